/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image that a build starts from: checked, its tree, its descriptor fields, and
 * what boots it. base_add() looks at it once; what it found about booting becomes
 * plan->boot in base_boot(), when the tree is complete. */
#ifndef AUTHOR_BASE_H
#define AUTHOR_BASE_H

#include <isokit/image.h>

#include <sys/stat.h>

#include "author/plan.h"

/* ECMA-119 8.4.26 to 8.4.29: the four times of a volume, 17 bytes each. */
enum { BASE_TIMES_AT = 813, BASE_TIMES_BYTES = 4 * 17 };

/* An El Torito entry of the base, and how its image will be found again. */
struct base_entry {
	uint64_t offset;  /* bytes in the base */
	const char *path; /* in the tree; NULL: it is not in the tree */
};

/* What a partition of the base is for the new image. */
enum base_role {
	BASE_UNKNOWN,
	BASE_GAP,      /* nothing but the place between others, or everything */
	BASE_ISO,      /* the ISO file system */
	BASE_FILE,     /* a file of the tree, or inside the file system in no folder */
	BASE_APPENDED, /* behind the file system */
	BASE_HFS,
};

/* A partition of the base, from whichever tables have it. */
struct base_partition {
	uint64_t offset, bytes;
	enum base_role role;
	unsigned number;      /* in the table, from 1 */
	bool in_mbr, in_gpt, in_apm;
	uint8_t mbr_type;
	bool active;
	uint8_t guid[16];     /* type in the GPT */
	const char *type_guid, *name;
	const char *path;     /* BASE_FILE: in the tree, or NULL */
};

enum { BASE_MAX_PARTITIONS = 64 };

/* What an HFS+ volume knows of its files. Paths are of the tree. */
struct base_hfs {
	uint8_t serial[8]; /* zeros: none */
	uint32_t block_bytes;
	bool has_blessing[ISOKIT_BUILD_BLESSINGS];
	const char *blessed[ISOKIT_BUILD_BLESSINGS]; /* NULL: not found */
	struct base_hfs_type {
		const char *path;
		char type[4], creator[4];
	} *types; /* owned */
	size_t n_types;
	uint64_t n_types_lost, n_forks, n_flags; /* files whose type was not found, that have
						  * a resource fork, flags of the Finder */
};

struct base {
	struct isokit_source *src; /* closed by the plan */
	struct isokit_image *image;
	const struct isokit_facts *facts;
	struct stat stat;          /* when it was opened */
	uint64_t n_errors;         /* findings that a build refuses */
	uint64_t n_lost;           /* files that are left out */
	bool boots;                /* it has a boot set-up of whatever kind */
	const char *catalog_path;  /* that it had in the tree, or NULL: it was hidden */
	struct base_entry entries[PLAN_MAX_BOOT_ENTRIES];
	size_t n_entries;
	struct base_partition partitions[BASE_MAX_PARTITIONS];
	size_t n_partitions;
	struct base_hfs hfs;
	uint64_t data_end;         /* where the last content of the file system ends */
};

/* Take an image as what the build starts from. The tree must be empty. */
enum isokit_status base_add(struct plan *plan, const char *path,
			    const struct tree_scan_options *scan, struct isokit_error *err);

/* Where its boot images are: nodes and paths, before sources replace any of them. */
enum isokit_status base_find_boot(struct plan *plan, struct base *b, struct isokit_error *err);

/* Is the set-up of the base to be kept? Else options.boot says which is to be made. Also
 * without a base. */
enum isokit_status base_choose(struct plan *plan, bool *ret_keep, struct isokit_error *err);

/* Its boot set-up as that of the plan. */
enum isokit_status base_boot(struct plan *plan, struct isokit_error *err);

/* base_table.c: the partitions of all tables, each once; and what the tables and the
 * system area become. */
enum isokit_status base_find_partitions(struct plan *plan, struct base *b,
					struct isokit_error *err);
void base_settle_partitions(struct base *b);
enum isokit_status base_tables(struct plan *plan, struct isokit_error *err);

/* Where the contents of a file begin, bytes of the base. False: nowhere, or it is none. */
bool base_place_of(const struct isokit_entry *e, uint32_t block_bytes, uint64_t *ret_at);

/* base_hidden.c: files that not all of its trees show stay so. */
enum isokit_status base_hide(struct plan *plan, enum isokit_namespace_kind shown,
			     struct isokit_error *err);

/* base_names.c: names of ISO 9660 where the tree is that of Joliet or UDF. */
enum isokit_status base_find_names(struct plan *plan, enum isokit_namespace_kind shown,
				   struct isokit_error *err);

/* base_hfs.c: what its HFS+ volume is started by, and types of files; and the same for
 * the one that is made anew, with warnings of what is lost. */
enum isokit_status base_find_hfs(struct plan *plan, struct base *b, struct isokit_error *err);
enum isokit_status base_hfs(struct plan *plan, struct isokit_error *err);

/* Is it still the file that was opened? */
enum isokit_status base_check_unchanged(const struct plan *plan, struct isokit_error *err);

void base_free(struct base *b);

#endif
