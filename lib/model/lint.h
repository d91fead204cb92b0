/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that only isokit_image_check() looks at. Each part reads raw bytes
 * for itself and says what they break; none changes a fact. */
#ifndef MODEL_LINT_H
#define MODEL_LINT_H

#include "base/text.h"
#include "model/tree.h"
#include "ondisk/susp.h"
#include "ondisk/volume.h"

/* A range of the image that belongs to a structure and to no file. */
struct lint_range {
	uint64_t start, end;
	const char *what; /* static or owned by the image */
	bool is_file;     /* may also be a file: the boot catalog, a boot image */
	bool is_image;    /* a boot image that is no file */
	unsigned index;   /* of its entry */
};

struct lint {
	struct isokit_image *img;
	struct isokit_error *err;
	struct lint_range *ranges; /* sorted by start */
	size_t n_ranges, capacity_ranges;
	uint64_t longest_range;
	/* Of each code, in the scope (a tree, a table): how many so far, and which of
	 * the findings was the last that was kept. */
	struct lint_repeat {
		uint64_t n;
		size_t last;
	} repeat[ISOKIT_F_COUNT];
};

/* A directory of a tree, in the order of the path table (ECMA-119 6.9.1). */
struct lint_dir {
	uint64_t record_offset; /* of the record that leads here, in the image */
	uint64_t name_hash;     /* of the identifier */
	uint32_t lba, bytes;    /* as that record has them */
	uint32_t parent;        /* its place in this list */
	uint16_t depth, path_bytes;
	uint8_t xattr_blocks;
	bool entered;
};

struct lint_area { /* a continuation area, in bytes of the image */
	uint64_t start;
	uint32_t bytes;
	uint32_t dir;
};

struct lint_link { /* a CL, or a PL in a moved directory */
	uint32_t child, parent; /* logical blocks */
	uint64_t offset;
	bool up;                /* PL */
};

/* A record and what its system use area must agree with. */
struct lint_record {
	struct ondisk_dirent d;
	uint64_t offset;       /* in the image */
	uint32_t dir;          /* it stands in this directory */
	bool is_first;         /* the first of its directory: "." */
	bool is_second;        /* the second: ".." */
	bool continues;        /* a further section of the file before */
};

struct lint_tree {
	struct lint *l;
	const struct isokit_volume *v;
	enum isokit_namespace_kind ns;
	uint32_t block_bytes;
	bool rock, has_er;
	struct lint_dir *dirs;
	size_t n_dirs, capacity_dirs;
	struct lba_set seen; /* address -> place in dirs */
	uint64_t budget;     /* bytes of directories that may still be read */
	uint8_t *buffer;     /* of the directory that is being read */
	uint64_t buffer_at;
	size_t buffer_bytes;
	/* continuation areas */
	uint8_t *ce_buffer;
	uint64_t ce_at, ce_budget, ce_reads;
	size_t ce_bytes;
	struct lint_area *areas;
	size_t n_areas, capacity_areas;
	struct lint_link *links;
	size_t n_links, capacity_links;
	struct text path;
	bool no_memory;
	bool complete;       /* every directory was read to its end */
	bool root_has_file[3]; /* copyright, abstract, bibliographic file */
};

/* Is another finding of this code worth its path? Counts it if not. */
bool lint_wants(struct lint *l, enum isokit_finding_code code);
/* As model_find(), but after a few of one code in a scope only their number is kept. */
void lint_find(struct lint *l, enum isokit_finding_code code, uint64_t offset, uint64_t length,
	       const char *what, uint64_t n0, uint64_t n1);
/* Begin to count anew. */
void lint_scope(struct lint *l);

/* Read what may not be there; see boot_try_read(). */
enum isokit_status lint_read(struct lint *l, uint64_t offset, void *buffer, size_t length,
			     const char *what, bool *ret_ok);

bool lint_is_zero(const uint8_t *p, size_t n);
/* Find the first byte that is not zero where the standard reserves all of them. */
void lint_reserved(struct lint *l, enum isokit_finding_code code, const uint8_t *raw, size_t from,
		   size_t end, uint64_t offset, const char *what);

/* A structure lies at [start, end); false when memory is refused. */
bool lint_claim(struct lint *l, uint64_t start, uint64_t end, const char *what, bool is_file);
/* The structure that shares bytes with [start, end), or NULL. */
const struct lint_range *lint_claimed(const struct lint *l, uint64_t start, uint64_t end);

/* The path of a record of a tree, as far as it is worth for a finding. */
const char *lint_path(struct lint_tree *t, uint32_t dir, const struct ondisk_dirent *d);
/* A finding at a record. */
void lint_find_at(struct lint_tree *t, enum isokit_finding_code code, const struct lint_record *r,
		  uint64_t offset, uint64_t length, uint64_t n0, uint64_t n1);
uint64_t lint_hash(const uint8_t *p, size_t n);

/* The parts. */
enum isokit_status lint_volumes(struct lint *l);
enum isokit_status lint_el_torito(struct lint *l);
enum isokit_status lint_mbr(struct lint *l);
enum isokit_status lint_gpt(struct lint *l);
enum isokit_status lint_apm(struct lint *l);
enum isokit_status lint_padding(struct lint *l);
enum isokit_status lint_trees(struct lint *l);
enum isokit_status lint_path_tables(struct lint_tree *t);

/* Of one record: numbers, flags, date, extent. */
enum isokit_status lint_record(struct lint_tree *t, const struct lint_record *r, const uint8_t *raw);
/* Its name, by the rules of the name space. */
void lint_name(struct lint_tree *t, const struct lint_record *r);
/* Do two identifiers stand in the order of ECMA-119 9.3? */
bool lint_in_order(const struct lint_tree *t, const uint8_t *a, size_t n_a, const uint8_t *b,
		   size_t n_b);
/* Its system use area. `skip` bytes of it belong to something else. */
enum isokit_status lint_system_use(struct lint_tree *t, const struct lint_record *r);
/* The same where no such fields are announced. */
void lint_no_system_use(struct lint_tree *t, const struct lint_record *r);
/* What only the whole tree shows: continuation areas, moved directories. */
enum isokit_status lint_rock_end(struct lint_tree *t);

#endif
