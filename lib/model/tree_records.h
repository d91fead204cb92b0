/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the records of a directory to its files, for the walk. */
#ifndef MODEL_TREE_RECORDS_H
#define MODEL_TREE_RECORDS_H

#include "model/tree.h"

static inline struct level *model_tree_top(struct tree *t)
{
	return &t->levels[t->n_levels - 1];
}

/* ---- tree_record.c ----------------------------------------------------------- */

enum { RECORD, NO_MORE };

/* The next record of the directory, whatever it is. On RECORD *ret_offset is
 * where it lies; l->at is behind it. */
enum isokit_status model_tree_next_record(struct tree *t, struct level *l,
					  struct ondisk_dirent *ret_rec, uint64_t *ret_offset,
					  int *ret_what);
void model_tree_check_record(struct tree *t, const struct ondisk_dirent *r, uint64_t offset);
/* The section of t->file that a record has. */
enum isokit_status model_tree_add_extent(struct tree *t, const struct ondisk_dirent *r);
/* Collect the further sections of a file (ECMA-119 6.5.1, 9.1.6 bit 7): records
 * of the same identifier, the last one without the multi-extent bit. */
enum isokit_status model_tree_gather_extents(struct tree *t, struct level *l);

/* ---- tree_file.c ------------------------------------------------------------- */

/* The next file of the directory at the top becomes t->file. *ret_what: RECORD or NO_MORE. */
enum isokit_status model_tree_next_file(struct tree *t, int *ret_what);

#endif
