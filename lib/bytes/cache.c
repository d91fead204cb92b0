/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

struct block {
	uint64_t number1; /* which block of the source, + 1; 0: none */
	uint64_t used;    /* when, by the clock of the cache */
	size_t bytes;     /* in it: fewer at the end of the source */
	uint8_t *data;
};

struct cache {
	struct isokit_source *inner;
	struct cache_options options;
	pthread_mutex_t lock; /* over all below */
	uint64_t clock;
	size_t latest;        /* the block of the last read: the next is often there */
	struct block blocks[];
};

/* The block, if it is kept. */
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

/* Read the block into the place of the one that was unused for longest. NULL
 * where it cannot be: then nothing is kept of it, and nothing said. */
static struct block *fetch(struct cache *c, uint64_t number)
{
	uint64_t at = number * c->options.block_bytes;
	struct block *b = &c->blocks[0];

	for (size_t i = 1; i < c->options.n_blocks; i++) {
		if (c->blocks[i].used < b->used)
			b = &c->blocks[i];
	}
	if (!b->data)
		b->data = malloc(c->options.block_bytes);
	if (!b->data)
		return NULL;
	b->number1 = 0;
	b->used = 0;
	b->bytes = (size_t)min_u64(c->options.block_bytes, isokit_source_size(c->inner) - at);
	if (isokit_source_read_at(c->inner, at, b->data, b->bytes, NULL))
		return NULL;
	b->number1 = number + 1;
	return b;
}

/* Copy out what blocks hold; false when one of them cannot be had. */
static bool copy(struct cache *c, uint64_t offset, uint8_t *to, size_t length)
{
	while (length) {
		uint64_t number = offset / c->options.block_bytes;
		size_t skip = (size_t)(offset % c->options.block_bytes), n;
		struct block *b = find(c, number);

		if (!b)
			b = fetch(c, number);
		if (!b)
			return false;
		b->used = ++c->clock;
		c->latest = (size_t)(b - c->blocks);
		n = (size_t)min_u64(length, b->bytes - skip);
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

	for (size_t i = 0; i < c->options.n_blocks; i++)
		free(c->blocks[i].data);
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
	size_t bytes;

	if (!options->n_blocks || !options->block_bytes ||
	    (options->block_bytes & (options->block_bytes - 1)) != 0 ||
	    !mul_size(options->n_blocks, sizeof(c->blocks[0]), &bytes) ||
	    bytes > SIZE_MAX - sizeof(*c))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
				   "cannot be kept in %zu blocks of %zu bytes",
				   options->n_blocks, options->block_bytes);
	c = calloc(1, sizeof(*c) + bytes);
	if (!c)
		return isokit_fail_nomem(err, name, sizeof(*c) + bytes);
	c->inner = inner;
	c->options = *options;
	(void)pthread_mutex_init(&c->lock, NULL);
	st = isokit_source_new(&cache_ops, c, isokit_source_size(inner), name, ret_src, err);
	if (st) {
		(void)pthread_mutex_destroy(&c->lock);
		free(c);
	}
	return st;
}
