/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an archive holds, into a tree. */
#ifndef TREE_ARCHIVE_H
#define TREE_ARCHIVE_H

#include "tree/tree.h"

struct tree_archive {
	const char *name; /* for messages */
	/* An archive that can be read at any place; must outlive the tree, whose nodes
	 * may be ranges of it. NULL: */
	struct isokit_source *src;
	/* a stream: `head`, which was read from it already, and what follows. */
	int fd;
	const uint8_t *head;
	size_t head_bytes;
	const char *spool_folder; /* where contents are kept that cannot be ranges … */
	bool spool_beside;        /* … and that is where the output goes */
	bool any_size; /* also what expands beyond all measure */
	uint64_t free_bytes; /* so much never counts as that; 0: 1 GiB */
};

/* Add what is in a tar, cpio, zip, 7-Zip, RAR, cabinet, LHA or xar archive, also
 * compressed, to the folder `dest`. Contents of a tar or cpio archive that is not compressed
 * become ranges of in->src; others go to a spool, returned in *ret_spool (NULL when
 * there is none), which must outlive the tree and is the caller's also on failure.
 *
 * No path leads out of dest: ".." is an error, a '/' at the beginning is dropped, and
 * symbolic links are not followed. */
enum isokit_status tree_add_archive(struct tree *t, const char *dest,
				    const struct tree_archive *in,
				    const struct tree_scan_options *options,
				    struct isokit_source **ret_spool, struct isokit_error *err);

enum tree_source_kind {
	TREE_KIND_OTHER,    /* nothing that is taken apart */
	TREE_KIND_TREE,     /* an archive of files with all their attributes: tar, cpio */
	TREE_KIND_ARCHIVE,  /* an archive of another kind: zip, 7-Zip … */
	TREE_KIND_COMPRESSED, /* compressed: only opening it tells */
	TREE_KIND_MTREE,    /* a manifest, see mtree.h */
};

/* What the first bytes of a file (512 are enough) look like. */
enum tree_source_kind tree_source_kind(const uint8_t *head, size_t n);

/* Is a compressed file one of TREE_KIND_TREE inside? False also when it cannot be
 * opened, or without libarchive. */
bool tree_archive_holds_tree(struct isokit_source *src);

#endif
