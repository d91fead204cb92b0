/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of lib/tree, and those that make trees out of trees. */
#ifndef TREE_IMPL_H
#define TREE_IMPL_H

#include "tree/tree.h"

/* Folders below a source, and likewise above the place that it is put to. */
enum { TREE_MAX_DEPTH = 256, TREE_MAX_CHAIN = 2 * TREE_MAX_DEPTH + 64, TREE_MAX_NAME = 255 };

/* A new node outside any folder; NULL when out of memory. */
struct tree_node *tree_node_new(struct tree *t, const char *name, size_t name_bytes);

/* Put a node into a folder, replacing one of the same name. */
bool tree_node_attach(struct tree_node *dir, struct tree_node *node);

/* Where a name is, or would be inserted; *ret_found says which. */
uint32_t tree_child_index(const struct tree_node *dir, const char *name, size_t name_bytes,
			  bool *ret_found);

/* Make room for so many children; memory of the tree. */
bool tree_children_reserve(struct tree_node *dir, uint32_t need);

/* Take out all that is below a folder; nothing for other nodes. */
void tree_node_clear(struct tree_node *node);

/* A folder that was there keeps its children and takes the new attributes. */
void tree_node_adopt(struct tree_node *old, const struct tree_node *fresh);

/* Do the patterns name it? `below` is its path below the source. */
bool tree_excluded(const struct tree_scan_options *options, const char *name, const char *below);

/* What stat() says of a host file, into a node with a name: attributes and, of a regular
 * file, the content. `host` leads to it (its path, or that of its folder, in which it has
 * the node's name). ISOKIT_E_NOT_FOUND where nothing is. */
enum isokit_status tree_node_from_host(struct tree *t, struct tree_node *node, const char *path,
				       const struct tree_hostdir *host,
				       const struct tree_scan_options *options,
				       struct isokit_error *err);

/* The family of an inode: the node met first under that key, which is `node` itself
 * when there was none; NULL when out of memory. */
struct tree_node *tree_links_first(struct tree *t, dev_t dev, ino_t ino, struct tree_node *node);

/* Release the family table. */
void tree_links_free(struct tree_links *links);

#endif
