/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UDF bridge: UDF's names over the same extents as those of ISO 9660. libisofs knows
 * no UDF, but can begin its image behind a head room, and keep the first 64 KiB for
 * itself; the rest of that room is ours (unit: blocks of 2048 bytes):
 *
 *   0     system area, ISO 9660 descriptors (libisofs), recognition sequence
 *   base  volume descriptor sequences, integrity descriptor
 *   256   anchor
 *   start the partition: file set, file entries and folders
 *   head  the rest of libisofs' image, inside the partition
 *   end   another anchor, in the padding */
#ifndef AUTHOR_UDF_H
#define AUTHOR_UDF_H

#include "author/layout.h"
#include "author/plan.h"
#include "bytes/sink.h"

/* Decide the size of the head room; says which names will be others. Does nothing
 * unless the options want UDF. */
enum isokit_status udf_plan(struct plan *plan, struct isokit_error *err);

/* Write the UDF structures into an image that is complete but for them: every content
 * has its place. Notes in the plan where the last anchor went. */
enum isokit_status udf_write(struct layout *l, struct plan *plan, struct sink *to,
			     struct isokit_error *err);

/* The name of the i-th child of a folder as UDF has it, up to 255 bytes: returns how
 * many. *ret_altered: it is another one than in the tree. In udf_name.c. */
size_t udf_name(const struct tree_node *dir, uint32_t i, uint8_t *out, bool *ret_altered);

/* The target of a symbolic link as path components; false without memory. */
bool udf_link(const struct tree_node *link, struct text *out);

/* ---- where everything lies: udf_map.c ---------------------------------------------- */

/* Blocks count from the beginning of the partition. */
enum { UDF_FILE_SET = 0, UDF_ROOT = 2, UDF_FIRST_UNIQUE_ID = 16 };

/* A file with several names. */
struct udf_family {
	const struct tree_node *first; /* tree_node.link of all of them */
	uint32_t block;
	uint32_t links;
};

struct udf_map {
	struct udf_family *families; /* hashed by `first` */
	size_t n_families, capacity_families;
	const struct tree_node *catalog_folder; /* where the boot catalog is shown */
	const char *catalog_name;
	uint32_t catalog_name_bytes;
	uint64_t blocks;             /* of the partition, that are taken */
	uint64_t files, directories, extra_links;
	uint64_t altered;            /* names */
	const struct tree_node *first_altered;
	bool failed;                 /* out of memory */
};

/* Give every folder its block (in tree_node.id) and every family too. The caller has
 * filled in the catalog's members. */
enum isokit_status udf_map_make(struct udf_map *m, struct tree_node *root,
				struct isokit_error *err);
void udf_map_free(struct udf_map *m);

/* Is a node shown in UDF? */
bool udf_shows(const struct tree_node *n);

/* Blocks that a node other than a folder takes; and bytes of identifiers of a folder. */
uint64_t udf_node_blocks(const struct tree_node *n);
uint64_t udf_folder_bytes(const struct udf_map *m, const struct tree_node *dir);

/* The family of a node that has one. */
struct udf_family *udf_family_of(struct udf_map *m, const struct tree_node *n);

/* Extents of a file: how many descriptors, and how many blocks of further ones. */
enum {
	UDF_ENTRY_ADS = (2048 - 176) / 8,
	UDF_CHAINED_ADS = (2048 - 24) / 8,
	UDF_ROOM = 2048 - 176, /* bytes behind the head of a file entry */
};
uint64_t udf_chained_blocks(uint64_t bytes);

#endif
