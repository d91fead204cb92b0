/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries that come in any order, each with its whole path (archives, manifests),
 * into a tree. For this file and those that use it only.
 *
 * While a graft lasts, folders that it has touched are not sorted, and names are
 * found in a table instead: a folder of n entries in the order of somebody's disk
 * costs O(n), not O(n²). */
#ifndef TREE_GRAFT_H
#define TREE_GRAFT_H

#include "tree/impl.h"

struct graft_slot;

struct graft {
	struct tree *t;
	const struct tree_scan_options *opt;
	const char *subject;    /* the archive, for messages */
	struct isokit_error *err;
	struct tree_node *base; /* the folder that paths begin at */
	struct text path;       /* of the last entry, below base: no '/' at either end */
	struct text full;       /* the same from the root, "/a/b" */
	struct text host;       /* "archive.tar/a/b", for the caller's rules */
	size_t base_bytes;      /* of full: where base ends */
	uint64_t n_entries;     /* kept so far */
	uint64_t n_absolute;    /* paths that began with '/' */
	unsigned since_cancel_check;
	struct graft_slot *slots;
	size_t n_slots, capacity;
};

/* Where an entry belongs. */
struct graft_place {
	struct tree_node *dir; /* NULL: the base itself */
	const char *name;      /* inside graft.path, until the next call */
	size_t name_bytes;
	bool excluded;         /* then nothing else is set */
};

/* Begin at the folder `dest`, which is made where it is missing. End it with
 * graft_end() in any case. */
enum isokit_status graft_begin(struct graft *g, struct tree *t, const char *dest,
			       const char *subject, const struct tree_scan_options *options,
			       struct isokit_error *err);

/* Sort what was touched; on failure the tree must not be used any more. */
void graft_end(struct graft *g);

/* The place of a path: '/' at its beginning and "." go, ".." is an error, folders
 * above it are made. */
enum isokit_status graft_locate(struct graft *g, const char *path, struct graft_place *ret);

/* What is at a place already, or NULL. */
struct tree_node *graft_at(struct graft *g, const struct graft_place *place);

/* The node at a path below the base, or NULL. */
struct tree_node *graft_lookup(struct graft *g, const char *path);

/* Put a node made with tree_node_new() at its place, after the caller's rules. A
 * folder that meets a folder gives it its attributes and is dropped; all else
 * replaces what is there. *ret_node is what is in the tree now. */
enum isokit_status graft_put(struct graft *g, const struct graft_place *place,
			     struct tree_node *node, struct tree_node **ret_node);

/* An error about the last entry. */
enum isokit_status graft_fail(struct graft *g, enum isokit_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
