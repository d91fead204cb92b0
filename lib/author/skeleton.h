/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stream of a layout into a sink: metadata as it comes, payload by way of
 * its placeholders. */
#ifndef AUTHOR_SKELETON_H
#define AUTHOR_SKELETON_H

#include "author/layout.h"
#include "bytes/sink.h"
#include "copy/engine.h"

/* Says how far a step is; not 0 cancels. */
struct author_progress {
	isokit_build_progress_fn tell; /* may be NULL */
	void *ctx;
	const char *phase;
	uint64_t total;
};

int author_tell(const struct author_progress *p, uint64_t done);

/* Write everything but payload and note where each payload lies. The sink is
 * fresh: blocks of zeros are left as holes. */
enum isokit_status skeleton_write(struct layout *l, struct sink *to,
				  const struct author_progress *progress,
				  struct isokit_error *err);

/* The same into a stream, with the contents in their places. */
enum isokit_status stream_write(struct layout *l, struct sink *to,
				const struct author_progress *progress,
				struct isokit_error *err);

/* Does our own model find every file of the plan where the layout put it? */
enum isokit_status skeleton_verify(struct layout *l, const struct plan *plan, int fd,
				   const char *name, struct isokit_error *err);

/* Copy the payload to its places; with only_boot just what boots. */
enum isokit_status fill_payload(struct layout *l, const struct plan *plan, struct sink *to,
				bool only_boot, unsigned threads,
				const struct author_progress *progress,
				struct copy_stats *ret_stats, struct isokit_error *err);

/* One payload, in order, into a stream. */
struct fill;
enum isokit_status fill_new(unsigned threads, struct fill **ret_fill, struct isokit_error *err);
void fill_free(struct fill *f);
enum isokit_status fill_one(struct fill *f, const struct payload *p, struct sink *to,
			    uint64_t offset, struct isokit_error *err);

/* Descriptor fields as the caller gave them (libisofs folds some to upper case). */
void skeleton_patch_descriptor(const struct plan *plan, uint64_t lba, uint8_t *block);

#endif
