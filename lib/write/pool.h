/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of which there is a fixed number, and queues of them. A block that is read once
 * waits in several queues, and is free again when the last one is done with it. */
#ifndef WRITE_POOL_H
#define WRITE_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BLOCK_BYTES = 1024 * 1024,
	BLOCK_ALIGNMENT = 4096,
	QUEUE_MOST = 24, /* blocks of the largest pool */
};

/* A run of bytes that lies inside of one MiB. */
struct block {
	uint8_t *bytes;   /* BLOCK_BYTES, aligned; behind n zeros, up to BLOCK_ALIGNMENT */
	uint64_t offset;
	size_t n;
	bool zeros;       /* nothing but */
	bool only_hash;   /* nobody writes it */
	unsigned refs;
	struct pool *pool;
	struct block *next;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct block *idle;
	struct block *blocks;
	uint8_t *memory;
};

/* False without memory. Two blocks at a time are touched as they are first used. */
bool pool_start(struct pool *p, unsigned n_blocks);
void pool_end(struct pool *p); /* also of one that never started, all zeros */

/* A block with one reference. NULL: none became free in so many milliseconds. */
struct block *pool_take(struct pool *p, unsigned wait_ms);
void block_ref(struct block *b);
void block_unref(struct block *b); /* NULL is allowed */

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct block *items[QUEUE_MOST];
	unsigned head, n;
	unsigned at_work; /* blocks taken out and not done with */
	bool ended;       /* no more will come */
	bool closed;      /* no more are wanted */
	bool poked;       /* queue_poke() */
};

bool queue_start(struct queue *q);
void queue_finish(struct queue *q);

/* Takes a reference of its own, unless the queue is closed. */
void queue_push(struct queue *q, struct block *b);
/* With a reference, which is the caller's; queue_done() afterwards. NULL: there will be no more. */
struct block *queue_pop(struct queue *q);
void queue_done(struct queue *q, struct block *b);
/* As queue_pop(), for so many milliseconds, or until somebody pokes. *ret_over: there will be no
 * more. */
struct block *queue_pop_soon(struct queue *q, unsigned wait_ms, bool *ret_over);
/* Who waits in queue_pop_soon() looks around; or the next one who does. */
void queue_poke(struct queue *q);
/* A block is there, or the end: wait for that. False: closed, or ended without any. */
bool queue_wait(struct queue *q);
void queue_end(struct queue *q);
void queue_close(struct queue *q);

/* How many blocks it holds, waiting or in work. */
unsigned queue_load(struct queue *q);
/* Drop what waits, for somebody will read it again: the offset of the first one, or
 * UINT64_MAX when none waits. */
uint64_t queue_drop(struct queue *q);

#endif
