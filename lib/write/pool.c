/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/thread.h"

enum { HUGE_BYTES = 2 * 1024 * 1024 };

/* ---- blocks ------------------------------------------------------------------------------ */

bool pool_start(struct pool *p, unsigned n_blocks)
{
	void *memory = NULL;

	memset(p, 0, sizeof(*p));
	p->blocks = calloc(n_blocks, sizeof(*p->blocks));
	if (!p->blocks || !thread_cond_start(&p->freed)) {
		free(p->blocks);
		p->blocks = NULL;
		return false;
	}
	if (posix_memalign(&memory, HUGE_BYTES, (size_t)n_blocks * BLOCK_BYTES)) {
		pthread_cond_destroy(&p->freed);
		free(p->blocks);
		p->blocks = NULL;
		return false;
	}
	/* The kernel looks up each page that a drive reads or writes directly: few are better. */
	(void)madvise(memory, (size_t)n_blocks * BLOCK_BYTES, MADV_HUGEPAGE);
	p->memory = memory;
	for (unsigned i = n_blocks; i--;) {
		p->blocks[i].bytes = p->memory + (size_t)i * BLOCK_BYTES;
		p->blocks[i].pool = p;
		p->blocks[i].next = p->idle;
		p->idle = &p->blocks[i];
	}
	pthread_mutex_init(&p->lock, NULL);
	return true;
}

void pool_end(struct pool *p)
{
	if (!p->blocks)
		return;
	pthread_cond_destroy(&p->freed);
	pthread_mutex_destroy(&p->lock);
	free(p->memory);
	free(p->blocks);
	p->blocks = NULL;
}

struct block *pool_take(struct pool *p, unsigned wait_ms)
{
	struct timespec until = thread_moment_in(wait_ms);
	struct block *b;
	int e = 0;

	pthread_mutex_lock(&p->lock);
	while (!p->idle && e == 0)
		e = pthread_cond_timedwait(&p->freed, &p->lock, &until);
	b = p->idle;
	if (b) {
		p->idle = b->next;
		b->refs = 1;
		b->n = 0;
		b->zeros = b->only_hash = false;
	}
	pthread_mutex_unlock(&p->lock);
	return b;
}

void block_ref(struct block *b)
{
	pthread_mutex_lock(&b->pool->lock);
	b->refs++;
	pthread_mutex_unlock(&b->pool->lock);
}

void block_unref(struct block *b)
{
	struct pool *p;

	if (!b)
		return;
	p = b->pool;
	pthread_mutex_lock(&p->lock);
	if (--b->refs == 0) {
		b->next = p->idle;
		p->idle = b;
		pthread_cond_signal(&p->freed);
	}
	pthread_mutex_unlock(&p->lock);
}

/* ---- queues ------------------------------------------------------------------------------ */

bool queue_start(struct queue *q)
{
	memset(q, 0, sizeof(*q));
	if (pthread_mutex_init(&q->lock, NULL) != 0)
		return false;
	if (!thread_cond_start(&q->filled)) {
		pthread_mutex_destroy(&q->lock);
		return false;
	}
	return true;
}

/* With the lock held. Returns the first of them. */
static uint64_t drop_all(struct queue *q)
{
	uint64_t first = UINT64_MAX;

	for (; q->n; q->n--) {
		struct block *b = q->items[q->head];

		if (first == UINT64_MAX)
			first = b->offset;
		block_unref(b);
		q->head = (q->head + 1) % QUEUE_MOST;
	}
	return first;
}

void queue_finish(struct queue *q)
{
	(void)drop_all(q);
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
}

void queue_push(struct queue *q, struct block *b)
{
	pthread_mutex_lock(&q->lock);
	if (!q->closed && q->n < QUEUE_MOST) {
		block_ref(b);
		q->items[(q->head + q->n++) % QUEUE_MOST] = b;
		pthread_cond_signal(&q->filled);
	}
	pthread_mutex_unlock(&q->lock);
}

/* With the lock held. */
static struct block *pop(struct queue *q)
{
	struct block *b;

	if (!q->n || q->closed)
		return NULL;
	b = q->items[q->head];
	q->head = (q->head + 1) % QUEUE_MOST;
	q->n--;
	q->at_work++;
	return b;
}

struct block *queue_pop(struct queue *q)
{
	struct block *b;

	pthread_mutex_lock(&q->lock);
	while (!q->n && !q->ended && !q->closed)
		pthread_cond_wait(&q->filled, &q->lock);
	b = pop(q);
	pthread_mutex_unlock(&q->lock);
	return b;
}

struct block *queue_pop_soon(struct queue *q, unsigned wait_ms, bool *ret_over)
{
	struct timespec until = thread_moment_in(wait_ms);
	struct block *b;
	int e = 0;

	pthread_mutex_lock(&q->lock);
	while (!q->n && !q->ended && !q->closed && !q->poked && e == 0)
		e = pthread_cond_timedwait(&q->filled, &q->lock, &until);
	b = pop(q);
	q->poked = false;
	*ret_over = !b && (q->ended || q->closed);
	pthread_mutex_unlock(&q->lock);
	return b;
}

void queue_poke(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->poked = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

void queue_done(struct queue *q, struct block *b)
{
	pthread_mutex_lock(&q->lock);
	q->at_work--;
	pthread_mutex_unlock(&q->lock);
	block_unref(b);
}

bool queue_wait(struct queue *q)
{
	bool any;

	pthread_mutex_lock(&q->lock);
	while (!q->n && !q->ended && !q->closed)
		pthread_cond_wait(&q->filled, &q->lock);
	any = q->n && !q->closed;
	/* Whoever was woken in our place has to know as well. */
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
	return any;
}

void queue_end(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->ended = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	(void)drop_all(q);
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

unsigned queue_load(struct queue *q)
{
	unsigned n;

	pthread_mutex_lock(&q->lock);
	n = q->n + q->at_work;
	pthread_mutex_unlock(&q->lock);
	return n;
}

uint64_t queue_drop(struct queue *q)
{
	uint64_t first;

	pthread_mutex_lock(&q->lock);
	first = drop_all(q);
	pthread_mutex_unlock(&q->lock);
	return first;
}
