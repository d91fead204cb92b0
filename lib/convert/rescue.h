/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copying from what may be damaged: first all that can be read at once, then, block by
 * block, what lies around the damage. */
#ifndef CONVERT_RESCUE_H
#define CONVERT_RESCUE_H

#include "convert/convert.h"
#include "convert/mapfile.h"

/* Is the input a drive, or is a map wanted? */
bool convert_rescues(const struct isokit_convert *c);

/* The payload into the descriptor `to`, as far as `map` does not have it already. `save` (may be NULL) is
 * called now and then, and before it returns. What stays unread becomes gaps of the result.
 * A failure of the output is an error, that of the input is not. */
enum isokit_status convert_rescue(struct isokit_convert *c, int to, const char *to_name,
				  struct mapfile *map,
				  enum isokit_status (*save)(void *ctx, struct isokit_error *err),
				  void *save_ctx, struct isokit_error *err);

/* A source that reads around damage: what cannot be read are zeros, and noted in `map`
 * (of all bytes, started), which convert_take_gaps() makes gaps of. For streams. Both are
 * borrowed. */
enum isokit_status convert_rescue_source(struct isokit_convert *c, struct mapfile *map,
					 struct isokit_source **ret_src, struct isokit_error *err);
enum isokit_status convert_take_gaps(struct isokit_convert *c, const struct mapfile *map,
				     struct isokit_error *err);

/* As convert_rescue(), to a file beside `path`, which is there until all was tried, with
 * options.map_file kept up. */
enum isokit_status convert_write_resumable(struct isokit_convert *c, const char *path,
					   struct isokit_error *err);

#endif
