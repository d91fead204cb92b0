/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A BSD mtree manifest (mtree(5) of FreeBSD and NetBSD, and as bsdtar writes it) into
 * a tree: paths, types, owners, modes, times, links, devices, and where contents are. */
#ifndef TREE_MTREE_H
#define TREE_MTREE_H

#include "tree/tree.h"

enum { TREE_MTREE_MAX_BYTES = 1 << 30 };

/* Add what the text of a manifest says to the folder `dest`. A file takes the content
 * of the host file that contents= names, else that of the file which the tree has there
 * already, else that of the host file at its path; host paths begin at the current
 * folder. What the manifest does not say of a file is as the host has it. */
enum isokit_status tree_add_mtree(struct tree *t, const char *dest, const char *name,
				  const char *text, size_t bytes,
				  const struct tree_scan_options *options,
				  struct isokit_error *err);

#endif
