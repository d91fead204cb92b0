/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A track on its way to the drive. */
#ifndef BURN_FEED_H
#define BURN_FEED_H

#include <stdatomic.h>

#include "burn/burn.h"

enum { FEED_BYTES = 256 * 1024 };

struct feed {
	const struct isokit_burn_track *track;
	struct burn_checks *checks; /* of a data track; NULL: not remembered */
	uint64_t lead;              /* bytes of the gap, which come first */
	uint64_t bytes;             /* in all; 0: up to the end of the stream */
	uint64_t at;                /* read from the source */
	uint8_t *buffer;
	size_t used, filled;
	bool ended;
	struct isokit_error err;    /* valid once `failed` is set */
	atomic_bool failed;
};

enum isokit_status feed_start(struct feed *f, const struct isokit_burn_track *track,
			      bool with_gap, struct burn_checks *checks,
			      struct isokit_error *err);
void feed_end(struct feed *f);
/* optical_track.read */
long feed_read(void *feed, void *buffer, size_t n);

#endif
