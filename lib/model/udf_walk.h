/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A walk through the tree of a UDF volume, from the inside: udf_walk.c goes, udf_folder.c reads
 * the names of a folder, udf_entry.c what is known of a file; udf_search.c and udf_count.c are
 * walks with a purpose. */
#ifndef MODEL_UDF_WALK_H
#define MODEL_UDF_WALK_H

#include "base/text.h"
#include "model/tree.h"
#include "model/udf.h"

enum {
	UDF_BUFFER_BYTES = 128 * 1024, /* one identifier takes up to 64 KiB and a little */
	UDF_FINDINGS_PER_CODE = 64,
	UDF_QUICK_BYTES = 128 * 1024, /* of a folder, searched for a name while opening quickly */
};

/* A folder on the way from the root to where the walk is. */
struct udf_folder {
	struct isokit_extent *extents;
	size_t n_extents;
	uint64_t bytes, position;
	struct ondisk_udf_address where, parent;
	uint64_t at;       /* byte of its entry */
	uint32_t key;      /* among the folders seen */
	size_t path_bytes; /* of its path with the final '/' */
	bool parent_seen;
	struct name_set names;
};

struct udf_walk {
	struct udf_reader r;
	struct isokit_image *img;
	struct isokit_error *err;
	bool report;
	isokit_visit_fn visit;
	void *ctx;

	struct udf_folder *levels;
	size_t n_levels, capacity_levels;
	size_t open_extents;
	struct lba_set visited, linked;
	uint64_t folder_budget, scan_budget;
	size_t name_budget;

	uint8_t *buffer; /* part of the folder at the top */
	size_t buffer_level; /* whose: n_levels when that was read */
	uint64_t buffer_at;  /* byte of the folder */
	size_t buffer_bytes, ahead;

	struct udf_node node;      /* the file being visited */
	struct ondisk_udf_fid fid; /* and its identifier */
	uint64_t fid_at;           /* byte in the image */
	bool has_node;
	const char *why;           /* it has none */
	struct isokit_entry entry;
	struct text path, target;
	char name[TREE_NAME_BYTES];
	size_t name_bytes;
	bool renamed;
	uint32_t reported[ISOKIT_F_COUNT];

	/* What counting collects. */
	uint64_t files, directories, symlinks, extra_links;
	uint64_t highest_id;
	bool incomplete;
};

static inline struct udf_folder *udf_top(struct udf_walk *w)
{
	return &w->levels[w->n_levels - 1];
}

/* ---- udf_walk.c -------------------------------------------------------------------------- */

enum isokit_status udf_walk_start(struct udf_walk *w, struct isokit_image *img,
				  struct isokit_error *err);
void udf_walk_finish(struct udf_walk *w);
/* All that is in `path`, and itself. */
enum isokit_status udf_walk_from(struct udf_walk *w, const char *path);
/* Of the file that is being looked at, until the next call; NULL without memory. */
const char *udf_path(struct udf_walk *w, size_t *ret_bytes);
/* A finding at it. */
void udf_find(struct udf_walk *w, enum isokit_finding_code code, uint64_t at,
	      uint64_t length, uint64_t n0, uint64_t n1);
/* The root becomes w->node. */
enum isokit_status udf_set_root(struct udf_walk *w);
/* Go into the folder of w->node, if it may be entered: then there is one level more. */
enum isokit_status udf_enter(struct udf_walk *w);
void udf_leave(struct udf_walk *w);

/* ---- udf_folder.c ------------------------------------------------------------------------ */

/* The next name of the folder at the top; *ret_more is false behind the last. */
enum isokit_status udf_next_name(struct udf_walk *w, bool *ret_more);

/* ---- udf_entry.c ------------------------------------------------------------------------- */

/* What an address leads to becomes w->node, if there is anything. */
enum isokit_status udf_take_node(struct udf_walk *w, struct ondisk_udf_long icb);
/* Fill w->entry from w->node and w->fid. */
enum isokit_status udf_make_entry(struct udf_walk *w);

#endif
