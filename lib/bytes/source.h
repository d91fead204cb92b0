/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BYTES_SOURCE_H
#define BYTES_SOURCE_H

#include <isokit/source.h>

/* isokit_source_from_fd() over a descriptor that is the source's from now on: it is
 * closed with it, or here when there is no source. */
enum isokit_status bytes_take_fd(int fd, const char *name, struct isokit_source **ret_src,
				 struct isokit_error *err);

/* As isokit_source_slice(), but `inner` is borrowed: it must outlive the result. */
enum isokit_status bytes_view(struct isokit_source *inner, uint64_t offset, uint64_t length,
			      struct isokit_source **ret_src, struct isokit_error *err);

/* As isokit_source_sectors(), but of each sector the `user_bytes` at user_offset. */
enum isokit_status bytes_sectors(struct isokit_source *inner, uint64_t offset,
				 uint32_t sector_bytes, uint32_t user_offset, uint32_t user_bytes,
				 struct isokit_source **ret_src, struct isokit_error *err);

/* What the operations of a source are handed, if they are these; else NULL. */
void *bytes_self(const struct isokit_source *src, const struct isokit_source_ops *ops);

#endif
