/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contents of files, into their places. */
#ifndef AUTHOR_FILL_H
#define AUTHOR_FILL_H

#include "author/layout.h"
#include "author/progress.h"
#include "bytes/sink.h"
#include "copy/engine.h"

/* Copy payload that is not filled yet to its places: with only_boot just what
 * boots, with only_located just what a directory shows. */
enum isokit_status fill_payload(struct layout *l, const struct plan *plan, struct sink *to,
				bool only_boot, bool only_located, unsigned threads,
				const struct author_progress *progress,
				struct copy_stats *io_stats, struct isokit_error *err);

/* One payload, in order, into a stream. */
struct fill;
enum isokit_status fill_new(unsigned threads, struct fill **ret_fill, struct isokit_error *err);
void fill_free(struct fill *f);
enum isokit_status fill_one(struct fill *f, const struct payload *p, struct sink *to,
			    uint64_t offset, struct isokit_error *err);

#endif
