/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For the readers of lib/volume: the files that they find, on their way into a tree. */
#ifndef VOLUME_FILES_H
#define VOLUME_FILES_H

#include "tree/gather.h"
#include "volume/impl.h"

/* What a reader collects into. */
struct volume_files {
	struct gather g;
	struct volume_mount *mount;
	const struct volume_read_options *options;
};

/* Begin; `subject` is the file system, for messages ("NTFS"). End in any case. */
enum isokit_status volume_files_begin(struct volume_files *f, struct isokit_source *volume,
				      struct tree *t, const char *subject,
				      const struct volume_read_options *options,
				      struct isokit_error *err);

/* Into the tree; `root_id` is the number of the root folder. Also after a failure. */
enum isokit_status volume_files_end(struct volume_files *f, uint64_t root_id, const char *dest,
				    struct volume_mount **ret_mount);

/* An extended attribute of the node added last, counted as lost where it is not kept. */
void volume_files_xattr(struct volume_files *f, struct tree_node *node, const char *name,
			const void *value, size_t bytes);

/* UTF-16LE to UTF-8: unpaired surrogates become U+FFFD. At most 3 bytes for each 2. */
size_t volume_utf16le_to_utf8(const uint8_t *p, size_t bytes, char *out);

#endif
