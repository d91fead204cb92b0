/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking the directory trees. Only lib/model includes this. */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include "base/text.h"
#include "model/impl.h"
#include "ondisk/directory.h"
#include "ondisk/rrip.h"
#include "ondisk/xa.h"

/* Longest component of a path, with NUL: 255 bytes is what file systems take,
 * Joliet needs up to 330 for 110 characters, RRIP sets no bound. */
enum { TREE_NAME_BYTES = 1024 };

/* What the Rock Ridge fields of one record say. */
struct rock {
	bool any;                 /* a field of RRIP was there */
	bool has_px, has_pn, has_modified, has_child, has_sparse, has_zf, has_target;
	bool relocated;           /* RE: shown elsewhere, through a CL */
	bool has_name, name_open; /* NM so far; the next NM continues it */
	bool target_closed;       /* a slash belongs before the next SL component */
	struct ondisk_px px;
	struct ondisk_pn pn;
	struct isokit_time modified;
	uint32_t child_lba;       /* CL */
	uint64_t sparse_bytes;
	struct ondisk_zf zf;
	bool announces_aaip;      /* an ER names it */
	const char *extension;    /* of the first ER met: static, or NULL */
	size_t name_bytes;
	char name[TREE_NAME_BYTES];
};

/* One file: a record, or several for a file of several extents. */
struct tree_file {
	struct ondisk_dirent rec; /* the first record */
	uint64_t record_offset;   /* byte offset in the image */
	enum isokit_file_type type;
	const char *name;         /* as this name space shows it, not terminated */
	size_t name_bytes;
	bool renamed;             /* NUL, '/', "." or ".." in it was replaced */
	unsigned depth;
	const struct isokit_extent *extents; /* in logical blocks */
	size_t n_extents;
	uint64_t stored_bytes;    /* sum of the extents */
	const char *refused;      /* see struct isokit_entry */
	const struct rock *rock;  /* zeroed where there is no Rock Ridge */
	const char *target;       /* of a symbolic link, or NULL */
	uint32_t dir_lba;         /* of a directory: its extent, in logical blocks */
	uint32_t parent_lba;
};

struct tree;

/* Return 0 to go on, anything else to stop. model_tree_path() gives the path. */
typedef int (*tree_visit_fn)(struct tree *t, const struct tree_file *file, void *ctx);

struct tree_options {
	enum isokit_namespace_kind ns;
	bool physical;       /* the tree as recorded: relocated directories where they lie */
	bool report;         /* damage becomes findings */
	bool report_links;   /* but only what relocation of directories adds */
	bool skip_targets;   /* do not assemble symbolic links */
	bool attributes;     /* read what model_attributes_of() gives */
	const uint32_t *only_lbas; /* visit folders and files that begin there; NULL: all */
	size_t n_only;
	size_t read_bytes;   /* at most, of a folder at once; 0: as many as walks want */
	tree_visit_fn visit;
	/* Told of each continuation area that is read; may be NULL. */
	void (*continuation)(struct tree *t, uint64_t at, uint64_t bytes, void *ctx);
	/* Told of each folder that is left out because its files show elsewhere: type, name,
	 * depth and rec are filled in; may be NULL. */
	void (*relocated)(struct tree *t, const struct tree_file *file, void *ctx);
	void *ctx;
};

/* A set of block numbers with a value each. Zeroed is empty. */
struct lba_set {
	struct lba_slot {
		uint32_t key1, value; /* key + 1; 0: free */
	} *slots;
	size_t n, capacity;
};

/* False when memory is refused. *ret_known tells whether the key was there. */
bool model_lba_set_add(struct lba_set *set, uint32_t key, uint32_t value, bool *ret_known);
bool model_lba_set_get(const struct lba_set *set, uint32_t key, uint32_t *ret_value);
/* One less in the value of a key that is there. */
void model_lba_set_subtract(struct lba_set *set, uint32_t key);
void model_lba_set_free(struct lba_set *set);

/* The names of a directory, to see one twice. Zeroed is empty. `budget` counts
 * the slots that all sets of a walk may still take. */
struct name_set {
	uint64_t *slots;
	size_t n, capacity;
};

/* Was the name there already? */
bool model_name_set_add(struct name_set *set, const char *name, size_t n, size_t *budget);
/* Empty it, with room for about so many names. */
void model_name_set_clear(struct name_set *set, size_t expected, size_t *budget);
void model_name_set_free(struct name_set *set, size_t *budget);

/* A directory on the way from the root to where the walk is. */
struct level {
	uint64_t at, end;       /* next byte and first byte behind, in the image */
	uint64_t buffer_at;     /* where the buffer was read */
	size_t buffer_bytes;
	uint8_t *buffer;
	size_t buffer_capacity;
	size_t path_bytes;      /* of the path of this directory, with the final '/' */
	uint32_t lba, parent_lba;
	bool clipped;           /* it claims more than the image has */
	bool first_seen;
	unsigned empty;         /* sectors in a row without a record */
	struct name_set names;  /* where the walk reports */
};

/* The continuation area that was read last. */
struct ce_buffer {
	uint8_t *bytes;
	size_t capacity;
	uint64_t block;  /* where it lies */
	uint64_t blocks; /* how often that was another one */
};

/* Attributes beside Rock Ridge of the file that is being looked at. */
struct tree_attributes {
	struct text list;   /* the component areas of its AL fields, joined */
	uint64_t offset;    /* of the first of them */
	bool saw_aaip, has_apple;
	struct ondisk_apple apple; /* from a field among those of SUSP */
	struct text names, values, acl, scratch;
	const char **xattrs;
	const uint8_t **xattr_values;
	size_t *xattr_bytes;
	size_t capacity_xattrs, capacity_values, capacity_bytes;
	struct isokit_attributes result;
};

struct tree {
	struct isokit_image *img;
	struct tree_options options;
	const struct isokit_volume *volume;
	uint32_t block_bytes;
	bool high_sierra, use_rock, logical;
	struct isokit_error *err;

	struct level *levels;
	size_t n_levels, capacity_levels;
	struct lba_set visited;
	uint64_t directory_budget, ce_budget; /* bytes that may still be read */
	uint64_t record_sectors; /* that held records so far */
	size_t name_budget;                   /* slots for names */

	struct text path; /* of the directory, then of the file on demand */
	struct tree_file file;
	struct rock rock;
	struct text target;
	char name[TREE_NAME_BYTES];
	struct isokit_extent *extents;
	size_t capacity_extents;
	uint8_t first_record[ONDISK_DR_MAX_BYTES]; /* kept while its file goes on */
	struct ce_buffer ce;
	uint8_t last_date[7]; /* most files have the date of their neighbour */
	struct isokit_time last_time;
	struct tree_attributes attributes;
	uint32_t reported[ISOKIT_F_COUNT]; /* findings of each code so far */
	bool named; /* file.name is that of the file being looked at */
	bool saw_relocation, saw_multi_extent, saw_zisofs, saw_rock, saw_apple;
};

/* Prepare; ISOKIT_E_UNSUPPORTED for name spaces without a tree of this kind. */
enum isokit_status model_tree_init(struct tree *t, struct isokit_image *img,
				   const struct tree_options *options, struct isokit_error *err);
void model_tree_free(struct tree *t);

/* Visit what is at a path, and all below it if that is a folder. */
enum isokit_status model_tree_walk(struct tree *t, const char *path);

/* A folder that can be visited later, by itself. */
struct tree_place {
	uint32_t lba, parent_lba, bytes; /* of its extent, logical blocks */
	uint8_t xattr_blocks;
};

/* The root, and the folder that is being visited. */
enum isokit_status model_tree_root(struct tree *t, struct tree_place *ret_place);
struct tree_place model_tree_place(const struct tree *t);

/* Visit what one folder holds and nothing below, from its first `most_bytes`
 * only; *ret_cut tells that it is longer. `path` is its path ("/" or "/a").
 * A folder that this tree has visited before is empty now. */
enum isokit_status model_tree_folder(struct tree *t, const struct tree_place *place,
				     const char *path, uint64_t most_bytes, bool *ret_cut);

/* The path of the file that is being visited, NUL-terminated; NULL when memory
 * is refused. */
const char *model_tree_path(struct tree *t, size_t *ret_bytes);

/* A finding at the file that is being looked at, if the walk reports. At most
 * a few dozen of each code are kept from one walk. */
void model_tree_find(struct tree *t, enum isokit_finding_code code, uint64_t offset,
		     uint64_t length, uint64_t n0, uint64_t n1);

/* A 7-byte date (ECMA-119 9.1.5). */
void model_tree_time7(struct tree *t, const uint8_t *raw, bool high_sierra,
		      struct isokit_time *ret_time);

/* Did every directory that has a record turn out readable? */
bool model_tree_is_complete(const struct tree *t);

/* Compare both path tables of a volume with its directories. */
enum isokit_status model_path_tables(struct isokit_image *img, const struct isokit_volume *v,
				     const struct lba_set *directories, bool tree_complete,
				     struct isokit_error *err);

/* Read the system use area at `offset` in the image into t->rock and, unless
 * told to skip them, the link target into t->target. */
enum isokit_status model_rock_parse(struct tree *t, const uint8_t *area, size_t bytes, uint64_t offset);

/* An AL field of the file; called while its fields are parsed. */
void model_attributes_field(struct tree *t, const struct ondisk_field *f, uint64_t offset);
/* Make sense of all of them, once the record is complete. */
enum isokit_status model_attributes_read(struct tree *t, const struct tree_file *f);
/* What was read, or NULL; valid until the next file. */
const struct isokit_attributes *model_attributes_of(const struct tree *t);
void model_attributes_free(struct tree_attributes *a);

/* Names. `out` holds TREE_NAME_BYTES; the result is never empty, "." or "..",
 * and has neither NUL nor '/': *ret_renamed tells when that took a change. */
size_t model_name_iso9660(const uint8_t *raw, size_t n, bool is_directory, char *out,
		     bool *ret_renamed);
size_t model_name_enhanced(const uint8_t *raw, size_t n, char *out, bool *ret_renamed);
size_t model_name_joliet(const uint8_t *raw, size_t n, bool is_directory, char *out,
		    bool *ret_renamed, bool *ret_bad);
size_t model_name_clean(char *name, size_t n, bool *ret_renamed);

/* Does an identifier keep to level 1: 8.3 for files, 8 for directories, only
 * d-characters? ECMA-119 10.1. */
bool model_name_is_level1(const uint8_t *raw, size_t n, bool is_directory);

#endif
