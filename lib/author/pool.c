/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/thread.h"

struct crew {
	const struct pool *pool;
	atomic_size_t next;
	atomic_bool stop;
	pthread_mutex_t lock; /* of the two below */
	enum isokit_status status;
	struct isokit_error error;
};

struct hand {
	struct crew *crew;
	unsigned number;
	pthread_t thread;
};

static void *toil(void *arg)
{
	struct hand *h = arg;
	struct crew *c = h->crew;

	while (!atomic_load(&c->stop)) {
		size_t item = atomic_fetch_add(&c->next, 1);
		struct isokit_error why = { 0 };
		enum isokit_status st;

		if (item >= c->pool->n)
			break;
		st = c->pool->work(c->pool->ctx, h->number, item, &why);
		if (st == ISOKIT_OK)
			continue;
		pthread_mutex_lock(&c->lock);
		if (c->status == ISOKIT_OK) {
			c->status = st;
			c->error = why;
		}
		pthread_mutex_unlock(&c->lock);
		atomic_store(&c->stop, true);
	}
	return NULL;
}

static unsigned count_threads(const struct pool *pool)
{
	long n = pool->threads ? (long)pool->threads : sysconf(_SC_NPROCESSORS_ONLN);

	n = n < 1 ? 1 : n > POOL_MAX_THREADS ? POOL_MAX_THREADS : n;
	return pool->n < (size_t)n ? (unsigned)pool->n : (unsigned)n;
}

enum isokit_status pool_run(const struct pool *pool, struct isokit_error *err)
{
	struct crew c = { .pool = pool };
	struct hand hands[POOL_MAX_THREADS];
	unsigned n = count_threads(pool), started = 1;

	if (pool->n == 0)
		return ISOKIT_OK;
	pthread_mutex_init(&c.lock, NULL);
	/* The caller's thread is worker 0; fewer threads than wanted are no failure. */
	for (; started < n; started++) {
		hands[started] = (struct hand){ .crew = &c, .number = started };
		if (!thread_start(&hands[started].thread, toil, &hands[started]))
			break;
	}
	hands[0] = (struct hand){ .crew = &c };
	(void)toil(&hands[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(hands[i].thread, NULL);
	pthread_mutex_destroy(&c.lock);
	if (c.status && err)
		*err = c.error;
	return c.status;
}
