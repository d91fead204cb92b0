/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread of a flow that fetches its blocks, and expands what is compressed, while the
 * flow itself sums and hands on those that came before. */
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/thread.h"
#include "write/job.h"

struct cursor {
	size_t extent;
	uint64_t at;
};

/* The next run to read: inside of one MiB. False: that was all. */
static bool next_run(const struct flow *f, struct cursor *c, uint64_t *ret_at, size_t *ret_n,
		     bool *ret_only_hash)
{
	uint64_t end = UINT64_MAX;

	*ret_only_hash = false;
	if (f->extents) {
		const struct write_extent *e = f->extents;

		while (c->extent < f->n_extents &&
		       e[c->extent].offset + e[c->extent].bytes <= c->at)
			c->extent++;
		if (c->extent == f->n_extents || e[c->extent].offset > c->at) {
			bool more = c->extent < f->n_extents;

			if (f->hash_between) {
				*ret_only_hash = true;
				end = more ? e[c->extent].offset : end;
			} else if (more) {
				c->at = e[c->extent].offset;
			} else {
				return false;
			}
		}
		if (!*ret_only_hash)
			end = e[c->extent].offset + e[c->extent].bytes;
	}
	*ret_at = c->at;
	*ret_n = (size_t)min_u64(BLOCK_BYTES - c->at % BLOCK_BYTES, end - c->at);
	c->at += *ret_n;
	return true;
}

/* NULL: nobody wants more. `next`: what is ahead of that was handed over. */
static struct block *take_block(struct flow *f, uint64_t next)
{
	struct pool *pool = next < BLOCK_BYTES && f->own_pool.blocks ? &f->own_pool : f->pool;
	struct block *b = pool_take(pool, 0);

	if (b)
		return b;
	atomic_store(&f->wanting, next);
	queue_poke(&f->fetched);
	while (!b && !atomic_load(&f->enough))
		b = pool_take(pool, WAIT_MS);
	atomic_store(&f->wanting, FLOW_WANTS_NONE);
	return b;
}

/* All of a run, or what came of it before nothing more did for a while. */
static enum isokit_status fill(struct flow *f, struct block *b, size_t n, bool *ret_over,
			       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	size_t got = 0;

	while (!st && b->n < n && !*ret_over) {
		if (atomic_load(&f->enough))
			return write_fail_cancelled(err);
		st = intake_read_some(f->intake, b->offset + b->n, b->bytes + b->n, n - b->n, &got,
				      ret_over, err);
		b->n += st ? 0 : got;
		/* The first MiB is one block, and comes last anyway. */
		if (!got && b->n >= UNITS_LEAF_BYTES && b->offset >= BLOCK_BYTES)
			break;
	}
	return st;
}

static void hand_over(struct flow *f, struct block *b)
{
	if (b->n)
		queue_push(&f->fetched, b);
	block_unref(b);
}

/* Of a run that is waited for, whole leaves are handed over: whoever sends it may be slow,
 * and the drive need not wait as well. The rest goes on as *io_b. */
static bool hand_over_leaves(struct flow *f, struct block **io_b)
{
	struct block *b = *io_b, *rest = take_block(f, b->offset);
	size_t leaves = b->n - b->n % UNITS_LEAF_BYTES;

	if (!rest)
		return false;
	rest->offset = b->offset + leaves;
	rest->only_hash = b->only_hash;
	rest->n = b->n - leaves;
	memcpy(rest->bytes, b->bytes + leaves, rest->n);
	b->n = leaves;
	hand_over(f, b);
	*io_b = rest;
	return true;
}

static enum isokit_status fetch_run(struct flow *f, struct block *b, uint64_t end, bool *ret_over,
				    struct isokit_error *err)
{
	enum isokit_status st = fill(f, b, (size_t)(end - b->offset), ret_over, err);

	while (!st && !*ret_over && b->offset + b->n < end) {
		if (!hand_over_leaves(f, &b))
			st = write_fail_cancelled(err);
		if (!st)
			st = fill(f, b, (size_t)(end - b->offset), ret_over, err);
	}
	if (st)
		block_unref(b);
	else
		hand_over(f, b);
	return st;
}

static void *fetch(void *arg)
{
	struct flow *f = arg;
	struct cursor c = { .at = f->from };
	enum isokit_status st = ISOKIT_OK;
	bool over = false, only_hash;
	uint64_t at;
	size_t n;

	while (!st && !over && next_run(f, &c, &at, &n, &only_hash)) {
		struct block *b = take_block(f, at);

		if (!b) {
			st = write_fail_cancelled(&f->fetch_error);
			break;
		}
		b->offset = at;
		b->only_hash = only_hash;
		st = fetch_run(f, b, at + n, &over, &f->fetch_error);
	}
	f->fetch_status = st;
	queue_end(&f->fetched);
	return NULL;
}

enum isokit_status flow_fetch(struct flow *f, struct isokit_error *err)
{
	f->fetching = thread_start(&f->fetcher, fetch, f);
	return f->fetching ? ISOKIT_OK : write_fail_thread(err);
}

enum isokit_status flow_fetched(struct flow *f, struct isokit_error *err)
{
	if (!f->fetching)
		return ISOKIT_OK;
	atomic_store(&f->enough, true);
	queue_close(&f->fetched);
	(void)pthread_join(f->fetcher, NULL);
	f->fetching = false;
	if (f->fetch_status && err)
		*err = f->fetch_error;
	return f->fetch_status;
}
