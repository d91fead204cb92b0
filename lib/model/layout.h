/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collecting the layout of an image. Only lib/model includes this. */
#ifndef MODEL_LAYOUT_H
#define MODEL_LAYOUT_H

#include <isokit/layout.h>

#include "base/text.h"
#include "model/impl.h"

#define LAYOUT_NO_NODE UINT32_MAX

/* Something claims bytes: one record of each name, 32 bytes. */
struct layout_claim {
	uint64_t offset, bytes;
	uint64_t file_offset; /* of a file's extent: where in the file it begins */
	uint32_t node;        /* its name among the nodes, or its line in things */
	uint8_t kind, tree;   /* tree: index into trees */
	uint8_t layer, flags;
};

enum {
	LAYOUT_HIDDEN = 1, /* the existence bit is set */
	LAYOUT_LINK = 2,   /* the path of a symbolic link of UDF; node is its name in a tree */
};

/* A name in a tree; the path is that of the parent and this. */
struct layout_node {
	uint32_t parent; /* or LAYOUT_NO_NODE */
	uint32_t name;   /* offset in names, NUL-terminated */
};

/* A claim that is no name in a tree. */
struct layout_thing {
	const char *name, *table;
	unsigned index;
	bool active;
};

struct layout_tree {
	enum isokit_namespace_kind ns;
	unsigned session;
};

enum { LAYOUT_MAX_TREES = 200 };

struct isokit_layout {
	struct isokit_image *img;
	struct isokit_layout_options options;
	struct arena arena;
	uint64_t shift; /* added to every claim: while a view from a partition is looked at */

	struct layout_claim *claims;
	size_t n_claims, capacity_claims;
	struct layout_node *nodes;
	size_t n_nodes, capacity_nodes;
	char *names;
	size_t n_names, capacity_names;
	struct layout_thing *things;
	size_t n_things, capacity_things;
	struct layout_tree trees[LAYOUT_MAX_TREES];
	unsigned n_trees;

	struct isokit_region *regions;
	size_t n_regions, capacity_regions;
	struct isokit_overlap *overlaps;
	size_t n_overlaps, capacity_overlaps;
	uint64_t total_overlaps;

	struct isokit_inside *inside; /* of FAT file systems */
	size_t n_inside, capacity_inside;

	struct text path; /* the one handed out */
};

/* Does a range touch what was asked for? */
bool layout_wants(const struct isokit_layout *l, uint64_t offset, uint64_t bytes);

/* Note a claim. False when memory is refused. Empty ones and those that nobody
 * asked for are left out. */
bool layout_claim(struct isokit_layout *l, const struct layout_claim *claim);

/* A claim of a structure. `name` is kept: static, or owned by image or layout. */
bool layout_thing(struct isokit_layout *l, enum isokit_region_kind kind, uint64_t offset,
		  uint64_t bytes, const char *name);

/* A node for a name; LAYOUT_NO_NODE when memory is refused. */
uint32_t layout_node(struct isokit_layout *l, uint32_t parent, const char *name, size_t n);

/* The path of a node in l->path; NULL when memory is refused. */
const char *layout_path(struct isokit_layout *l, uint32_t node);

/* The path tables of a volume; `of` says whose. */
bool layout_path_tables(struct isokit_layout *l, const struct isokit_volume *v, const char *of);

/* The parts of collecting. */
enum isokit_status layout_structures(struct isokit_layout *l, struct isokit_error *err);
enum isokit_status layout_trees(struct isokit_layout *l, struct isokit_error *err);

/* Sorted claims to regions; then what lies between and across them. */
enum isokit_status layout_regions(struct isokit_layout *l, struct isokit_error *err);
enum isokit_status layout_gaps(struct isokit_layout *l, struct isokit_error *err);
enum isokit_status layout_overlaps(struct isokit_layout *l, struct isokit_error *err);

#endif
