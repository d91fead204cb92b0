/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of sources, and zeros between them, as one source. */
#ifndef BYTES_JOIN_H
#define BYTES_JOIN_H

#include <isokit/source.h>

struct join;

/* NULL: no memory. */
struct join *join_new(void);
void join_free(struct join *j); /* without join_finish() */

/* Each behind what there is. The source is borrowed: it must outlive the result. */
enum isokit_status join_add(struct join *j, struct isokit_source *src, uint64_t offset,
			    uint64_t length, struct isokit_error *err);
/* Likewise all of a source that is closed with the result, or here on failure. */
enum isokit_status join_add_owned(struct join *j, struct isokit_source *src,
				  struct isokit_error *err);
enum isokit_status join_add_zeros(struct join *j, uint64_t length, struct isokit_error *err);
uint64_t join_size(const struct join *j);

/* All pieces as a source; `j` is taken, also on failure. */
enum isokit_status join_finish(struct join *j, const char *name, struct isokit_source **ret_src,
			       struct isokit_error *err);

#endif
