/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

/* What is read first of a block, and what its parts are multiples of: a page. Many
 * blocks are asked for one structure and never again. */
enum { PART_BYTES = 4096 };

struct block {
	uint64_t number1; /* which block of the source, + 1; 0: none */
	uint64_t used;    /* when, by the clock of the cache */
	size_t from, to;  /* the part of it that was read */
	size_t bytes;     /* of all of it: fewer at the end of the source */
	uint8_t *data;
};

struct cache {
	struct isokit_source *inner;
	struct cache_options options;
	pthread_mutex_t lock; /* over all below */
	uint64_t clock;
	size_t latest;        /* the block of the last read: the next is often there */
	uint64_t whole1;      /* the block that was read to its end last, + 1 */
	struct block blocks[];
};

/* The block, if some of it is kept. */
static struct block *find(struct cache *c, uint64_t number)
{
	if (c->blocks[c->latest].number1 == number + 1)
		return &c->blocks[c->latest];
	for (size_t i = 0; i < c->options.n_blocks; i++) {
		if (c->blocks[i].number1 == number + 1)
			return &c->blocks[i];
	}
	return NULL;
}

/* In place of the one that was unused for longest, a block with nothing in it. */
static struct block *replace(struct cache *c, uint64_t number)
{
	struct block *b = &c->blocks[0];

	for (size_t i = 1; i < c->options.n_blocks; i++) {
		if (c->blocks[i].used < b->used)
			b = &c->blocks[i];
	}
	b->number1 = number + 1;
	b->from = b->to = 0;
	b->bytes = (size_t)min_u64(c->options.block_bytes, isokit_source_size(c->inner) -
								   number * c->options.block_bytes);
	return b;
}

static bool read_part(struct cache *c, const struct block *b, size_t from, size_t to)
{
	return isokit_source_read_at(c->inner, (b->number1 - 1) * c->options.block_bytes + from,
				     b->data + from, to - from, NULL) == ISOKIT_OK;
}

/* Have these bytes of the block, and with them as much again as there was already:
 * who reads on, reads on for long. False where they cannot be read. */
static bool fetch(struct cache *c, struct block *b, size_t from, size_t to)
{
	from = from / PART_BYTES * PART_BYTES;
	if (b->from == b->to) {
		b->from = b->to = from;
		/* Reading on from the block before: then all of this one, too. */
		if (from == 0 && c->whole1 && c->whole1 == b->number1 - 1)
			to = b->bytes;
	}
	if (from < b->from) {
		if (!read_part(c, b, from, b->from))
			return false;
		b->from = from;
	}
	if (to > b->to) {
		if (to - b->to < b->to - b->from)
			to = b->to + (b->to - b->from);
		to = (size_t)min_u64(b->bytes, (to + PART_BYTES - 1) / PART_BYTES * PART_BYTES);
		if (!read_part(c, b, b->to, to))
			return false;
		b->to = to;
		if (to == b->bytes)
			c->whole1 = b->number1;
	}
	return true;
}

/* Copy out what blocks hold; false when one of them cannot be had. */
static bool copy(struct cache *c, uint64_t offset, uint8_t *to, size_t length)
{
	while (length) {
		uint64_t number = offset / c->options.block_bytes;
		size_t skip = (size_t)(offset % c->options.block_bytes), n;
		struct block *b = find(c, number);

		if (!b)
			b = replace(c, number);
		n = (size_t)min_u64(length, b->bytes - skip);
		if ((skip < b->from || skip + n > b->to) && !fetch(c, b, skip, skip + n)) {
			if (b->from == b->to)
				b->number1 = b->used = 0; /* nothing is kept */
			return false;
		}
		b->used = ++c->clock;
		c->latest = (size_t)(b - c->blocks);
		memcpy(to, b->data + skip, n);
		to += n;
		offset += n;
		length -= n;
	}
	return true;
}

static enum isokit_status cache_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	struct cache *c = self;
	bool done = false;

	if (length < c->options.block_bytes) {
		(void)pthread_mutex_lock(&c->lock);
		done = copy(c, offset, buffer, length);
		(void)pthread_mutex_unlock(&c->lock);
	}
	return done ? ISOKIT_OK : isokit_source_read_at(c->inner, offset, buffer, length, err);
}

static void cache_locate(void *self, uint64_t offset, uint64_t length,
			 struct isokit_location *ret_location)
{
	const struct cache *c = self;

	isokit_source_locate(c->inner, offset, length, ret_location);
}

static void cache_close(void *self)
{
	struct cache *c = self;

	if (!c->options.borrow)
		isokit_source_close(c->inner);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

static const struct isokit_source_ops cache_ops = {
	.size = sizeof(cache_ops),
	.read_at = cache_read_at,
	.locate = cache_locate,
	.close = cache_close,
};

enum isokit_status bytes_cache_new(struct isokit_source *inner,
				   const struct cache_options *options,
				   struct isokit_source **ret_src, struct isokit_error *err)
{
	const char *name = isokit_source_name(inner);
	enum isokit_status st;
	struct cache *c;
	size_t heads, bytes;

	if (!options->n_blocks || !options->block_bytes ||
	    (options->block_bytes & (options->block_bytes - 1)) != 0 ||
	    !mul_size(options->n_blocks, sizeof(c->blocks[0]), &heads) ||
	    !mul_size(options->n_blocks, options->block_bytes, &bytes) ||
	    bytes > SIZE_MAX / 2 || heads > SIZE_MAX / 2 - sizeof(*c) - PART_BYTES)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
				   "cannot be kept in %zu blocks of %zu bytes",
				   options->n_blocks, options->block_bytes);
	heads += sizeof(*c);
	/* At once, and not cleared: pages of blocks that are never used cost nothing. */
	c = malloc(heads + PART_BYTES + bytes);
	if (!c)
		return isokit_fail_nomem(err, name, heads + PART_BYTES + bytes);
	memset(c, 0, heads);
	c->inner = inner;
	c->options = *options;
	/* From a page on, so that a part is one page. */
	heads += (size_t)(-((uintptr_t)c + heads) % PART_BYTES);
	for (size_t i = 0; i < options->n_blocks; i++)
		c->blocks[i].data = (uint8_t *)c + heads + i * options->block_bytes;
	(void)pthread_mutex_init(&c->lock, NULL);
	st = isokit_source_new(&cache_ops, c, isokit_source_size(inner), name, ret_src, err);
	if (st) {
		(void)pthread_mutex_destroy(&c->lock);
		free(c);
	}
	return st;
}
