/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stream of a layout into a sink: metadata as it comes, payload by way of
 * its placeholders. */
#ifndef AUTHOR_SKELETON_H
#define AUTHOR_SKELETON_H

#include "author/layout.h"
#include "author/progress.h"
#include "bytes/sink.h"

/* Write what lies before the payload: descriptors, path tables, directories.
 * The sink is fresh: blocks of zeros are left as holes. */
enum isokit_status skeleton_head(struct layout *l, struct sink *to,
				 const struct author_progress *progress,
				 struct isokit_error *err);

/* Let our own model find every file of the plan in the head: note where its
 * content belongs, and compare all else. What no directory shows stays without
 * a place. */
enum isokit_status skeleton_locate(struct layout *l, const struct plan *plan, const struct sink *to,
				   struct isokit_error *err);

/* The rest of the stream, in a thread of its own while payload is filled in:
 * what is no payload is written, and each placeholder must stand where the model
 * has found its file. Where nothing but payload and zeros is left, it is not
 * even read. */
struct tail;
enum isokit_status skeleton_tail_start(struct layout *l, struct sink *to, struct tail **ret_tail,
				       struct isokit_error *err);
/* Wait for it, or (stop) end it; releases it. NULL is allowed. */
enum isokit_status skeleton_tail_end(struct tail *tail, bool stop, struct isokit_error *err);

/* The whole image into a stream, with the contents in their places. */
enum isokit_status stream_write(struct layout *l, struct sink *to,
				const struct author_progress *progress,
				struct isokit_error *err);

/* Descriptor fields as the caller gave them (libisofs folds some to upper case). */
void skeleton_patch_descriptor(const struct plan *plan, uint64_t lba, uint8_t *block);

#endif
