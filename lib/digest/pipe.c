/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "digest/pipe.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/thread.h"

enum {
	SLOT_BYTES = 256 * 1024, /* stays in the caches of reader and lanes */
	SLOTS = 8,
	ALIGNMENT = 4096,
};

static const char subject[] = "hashing";

struct slot {
	uint64_t offset;
	size_t n;
};

/* Slots are numbered on for ever; number k lies at k % SLOTS. */
struct ring {
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t filled, emptied;
	uint64_t head;        /* slots filled so far */
	uint64_t taken[PIPE_MAX_LANES]; /* slots that a lane is done with */
	size_t n_lanes;
	bool ended;           /* no more will be filled */
	bool failed;
	enum isokit_status status;
	struct isokit_error error;
	struct slot slots[SLOTS];
	uint8_t *bytes;
};

struct worker {
	struct ring *ring;
	const struct pipe_lane *lane;
	size_t number;
	pthread_t thread;
};

/* With the lock held. */
static void give_up(struct ring *r, enum isokit_status st, const struct isokit_error *why)
{
	if (!r->failed) {
		r->failed = true;
		r->status = st;
		r->error = *why;
	}
	pthread_cond_broadcast(&r->filled);
	pthread_cond_broadcast(&r->emptied);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct ring *r = w->ring;
	uint64_t next = 0;

	for (;;) {
		struct isokit_error why = { .status = ISOKIT_OK };
		struct slot s;
		uint64_t head;

		pthread_mutex_lock(&r->lock);
		r->taken[w->number] = next;
		pthread_cond_signal(&r->emptied);
		while (next == r->head && !r->ended && !r->failed)
			pthread_cond_wait(&r->filled, &r->lock);
		head = r->failed ? next : r->head;
		pthread_mutex_unlock(&r->lock);
		if (next == head)
			return NULL;
		s = r->slots[next % SLOTS];
		if (!w->lane->feed(w->lane->ctx, s.offset, r->bytes + next % SLOTS * SLOT_BYTES,
				   s.n, &why)) {
			pthread_mutex_lock(&r->lock);
			give_up(r, why.status ? why.status : ISOKIT_E_NOMEM, &why);
			pthread_mutex_unlock(&r->lock);
			return NULL;
		}
		next++;
	}
}

/* Wait until slot number `head` is free. False: a lane failed. */
static bool wait_for_slot(struct ring *r)
{
	bool ok;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		uint64_t slowest = r->head;

		for (size_t i = 0; i < r->n_lanes; i++)
			slowest = min_u64(slowest, r->taken[i]);
		if (r->failed || r->head - slowest < SLOTS)
			break;
		pthread_cond_wait(&r->emptied, &r->lock);
	}
	ok = !r->failed;
	pthread_mutex_unlock(&r->lock);
	return ok;
}

/* Hand a slot to the lanes; to those without a thread at once. */
static bool publish(struct ring *r, uint64_t offset, size_t n, const struct pipe_lane *lanes,
		    size_t n_threads, size_t n_lanes)
{
	uint8_t *bytes = r->bytes + r->head % SLOTS * SLOT_BYTES;
	struct isokit_error why = { .status = ISOKIT_OK };
	bool ok = true;
	size_t i;

	r->slots[r->head % SLOTS] = (struct slot){ .offset = offset, .n = n };
	if (n_threads) {
		pthread_mutex_lock(&r->lock);
		r->head++;
		pthread_cond_broadcast(&r->filled);
		pthread_mutex_unlock(&r->lock);
	}
	for (i = n_threads; i < n_lanes && ok; i++)
		ok = lanes[i].feed(lanes[i].ctx, offset, bytes, n, &why);
	if (!ok) {
		pthread_mutex_lock(&r->lock);
		give_up(r, why.status ? why.status : ISOKIT_E_NOMEM, &why);
		pthread_mutex_unlock(&r->lock);
	}
	return ok;
}

static void read_all(struct ring *r, const struct pipe_input *in, const struct pipe_range *ranges,
		     size_t n_ranges, const struct pipe_lane *lanes, size_t n_threads,
		     size_t n_lanes)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n_ranges; i++) {
		for (uint64_t done = 0; done < ranges[i].bytes;) {
			uint64_t at = ranges[i].offset + done;
			/* Slots end at round addresses, whatever the ranges do. */
			size_t n = (size_t)min_u64(SLOT_BYTES - at % SLOT_BYTES,
						   ranges[i].bytes - done);
			struct isokit_error why = { .status = ISOKIT_OK };
			enum isokit_status st = ISOKIT_OK;

			if (!wait_for_slot(r))
				return;
			if (in->progress && in->progress(in->ctx, total))
				st = isokit_fail(&why, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
						 subject, "stopped");
			if (!st)
				st = in->read_at(in->ctx, at,
						 r->bytes + r->head % SLOTS * SLOT_BYTES, n, &why);
			if (st) {
				pthread_mutex_lock(&r->lock);
				give_up(r, st, &why);
				pthread_mutex_unlock(&r->lock);
				return;
			}
			if (!publish(r, at, n, lanes, n_threads, n_lanes))
				return;
			done += n;
			total += n;
		}
	}
	if (in->progress)
		(void)in->progress(in->ctx, total);
}

enum isokit_status pipe_run(const struct pipe_input *in, const struct pipe_range *ranges,
			    size_t n_ranges, const struct pipe_lane *lanes, size_t n_lanes,
			    struct isokit_error *err)
{
	struct worker workers[PIPE_MAX_LANES];
	struct ring r = { .status = ISOKIT_OK };
	size_t n_threads = 0;
	void *memory;

	if (n_lanes > PIPE_MAX_LANES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "%zu things at once are more than %d", n_lanes, PIPE_MAX_LANES);
	if (posix_memalign(&memory, ALIGNMENT, (size_t)SLOTS * SLOT_BYTES) != 0)
		return isokit_fail_nomem(err, subject, (size_t)SLOTS * SLOT_BYTES);
	r.bytes = memory;
	pthread_mutex_init(&r.lock, NULL);
	pthread_cond_init(&r.filled, NULL);
	pthread_cond_init(&r.emptied, NULL);
	while (n_threads < n_lanes) {
		struct worker *w = &workers[n_threads];

		*w = (struct worker){ .ring = &r, .lane = &lanes[n_threads],
				      .number = n_threads };
		/* Counted before it runs: the reader waits for whom it knows. */
		pthread_mutex_lock(&r.lock);
		r.n_lanes = n_threads + 1;
		pthread_mutex_unlock(&r.lock);
		if (!thread_start(&w->thread, work, w))
			break;
		n_threads++;
	}
	pthread_mutex_lock(&r.lock);
	r.n_lanes = n_threads;
	pthread_mutex_unlock(&r.lock);
	read_all(&r, in, ranges, n_ranges, lanes, n_threads, n_lanes);
	pthread_mutex_lock(&r.lock);
	r.ended = true;
	pthread_cond_broadcast(&r.filled);
	pthread_mutex_unlock(&r.lock);
	for (size_t i = 0; i < n_threads; i++)
		(void)pthread_join(workers[i].thread, NULL);
	pthread_cond_destroy(&r.emptied);
	pthread_cond_destroy(&r.filled);
	pthread_mutex_destroy(&r.lock);
	free(memory);
	if (r.failed && err)
		*err = r.error;
	return r.failed ? r.status : ISOKIT_OK;
}
