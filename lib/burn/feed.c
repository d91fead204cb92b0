/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "burn/feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

enum isokit_status feed_start(struct feed *f, const struct isokit_burn_track *track,
			      bool with_gap, struct burn_checks *checks, struct isokit_error *err)
{
	*f = (struct feed){ .track = track, .checks = checks,
			    .bytes = track->source ? isokit_source_size(track->source) : track->bytes };
	if (with_gap && track->gap) {
		f->lead = isokit_source_size(track->gap);
		f->bytes += f->lead;
	}
	f->buffer = malloc(FEED_BYTES);
	return f->buffer ? ISOKIT_OK : isokit_fail_nomem(err, "track", FEED_BYTES);
}

void feed_end(struct feed *f)
{
	free(f->buffer);
	f->buffer = NULL;
}

static long broken(struct feed *f)
{
	f->ended = true;
	atomic_store(&f->failed, true);
	return -1;
}

/* More into the buffer, which is used up. */
static long refill(struct feed *f)
{
	uint64_t left = f->bytes ? f->bytes - f->at : FEED_BYTES;
	size_t n = (size_t)min_u64(left, FEED_BYTES), got = 0;

	f->used = f->filled = 0;
	if (f->at < f->lead)
		n = (size_t)min_u64(n, f->lead - f->at);
	if (!n || f->ended)
		return 0;
	if (f->track->source) {
		bool gap = f->at < f->lead;

		if (isokit_source_read_at(gap ? f->track->gap : f->track->source,
					  gap ? f->at : f->at - f->lead, f->buffer, n, &f->err))
			return broken(f);
		got = n;
	}
	while (!f->track->source && got < n) {
		long r = f->track->read(f->track->read_ctx, f->buffer + got, n - got);

		if (r < 0) {
			(void)isokit_fail(&f->err, ISOKIT_E_IO, f->at + got, NULL, "the stream cannot be read");
			return broken(f);
		}
		if (r == 0)
			break;
		got += (size_t)r;
	}
	f->ended = got < n;
	if (f->ended && f->bytes) {
		(void)isokit_fail(&f->err, ISOKIT_E_SHORT, f->at + got, NULL,
				  "the stream ended too early");
		return broken(f);
	}
	if (f->checks && got && !burn_checks_add(f->checks, f->buffer, got)) {
		(void)isokit_fail_nomem(&f->err, "checksums", got);
		return broken(f);
	}
	f->at += got;
	f->filled = got;
	return (long)got;
}

long feed_read(void *feed, void *buffer, size_t n)
{
	struct feed *f = feed;
	uint8_t *to = buffer;
	size_t done = 0;

	while (done < n) {
		size_t step = f->filled - f->used;

		if (!step) {
			long r = refill(f);

			if (r < 0)
				return -1;
			if (r == 0)
				break;
			continue;
		}
		step = (size_t)min_u64(step, n - done);
		memcpy(to + done, f->buffer + f->used, step);
		f->used += step;
		done += step;
	}
	return (long)done;
}
