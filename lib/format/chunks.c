/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading chunks: found in a table, expanded by whoever needs them first. */
#include "format/chunks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"

enum { MAX_SLOTS = 64, MIN_SLOTS = 2, LARGE_BYTES = 4 * 1024 * 1024 };

enum slot_state { EMPTY, BUSY, READY };

/* An expanded chunk. While it is BUSY or has users, only the lock's owner may look at it,
 * and nobody may change what is in it but who made it BUSY. */
struct slot {
	enum slot_state state;
	unsigned users;
	uint64_t start;
	uint64_t used_at;
	uint8_t *bytes;
	size_t capacity;
};

struct chunks {
	struct isokit_source *inner;
	struct chunks_options o;
	struct codec *codec;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t clock;
	unsigned n_slots; /* so many may be used */
	struct slot slots[MAX_SLOTS];
	/* Packed bytes of a chunk that takes more than LARGE_BYTES, by one thread at a time. */
	pthread_mutex_t large_lock;
	uint8_t *large;
	size_t large_bytes;
};

struct codec *chunks_codec(struct chunks *c)
{
	return c->codec;
}

struct isokit_source *chunks_inner(struct chunks *c)
{
	return c->inner;
}

/* ---- finding and expanding ------------------------------------------------------------- */

/* In a table: the last one that begins at the offset or before. */
static void find_in_table(const struct chunks *c, uint64_t offset, struct chunk *ret)
{
	const struct chunk *t = c->o.table;
	size_t low = 0, high = c->o.n_chunks;
	uint64_t gap_start = 0, gap_end = c->o.size;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0) {
		if (offset - t[low - 1].start < t[low - 1].bytes) {
			*ret = t[low - 1];
			return;
		}
		gap_start = t[low - 1].start + t[low - 1].bytes;
	}
	if (low < c->o.n_chunks)
		gap_end = t[low].start;
	*ret = (struct chunk){ .start = gap_start, .bytes = gap_end - gap_start,
			       .kind = CHUNK_ZEROS };
}

static enum isokit_status find(struct chunks *c, uint64_t offset, struct chunk *ret,
			       struct isokit_error *err)
{
	enum isokit_status st;

	if (!c->o.find) {
		find_in_table(c, offset, ret);
		return ISOKIT_OK;
	}
	st = c->o.find(c->o.self, offset, ret, err);
	if (!st && (ret->start > offset || offset - ret->start >= ret->bytes))
		st = isokit_fail(err, ISOKIT_E_CORRUPT, offset, c->o.name,
				 "its table has no chunk for this place");
	return st;
}

/* Where the packed bytes go; NULL without memory. */
static uint8_t *packed_room(struct chunks *c, uint32_t bytes)
{
	if (bytes <= LARGE_BYTES)
		return malloc(bytes ? bytes : 1);
	(void)pthread_mutex_lock(&c->large_lock);
	if (bytes > c->large_bytes) {
		free(c->large);
		c->large = malloc(bytes);
		c->large_bytes = c->large ? bytes : 0;
	}
	if (!c->large)
		(void)pthread_mutex_unlock(&c->large_lock);
	return c->large;
}

enum isokit_status chunks_load(struct chunks *c, const struct chunk *chunk, uint8_t **ret,
			       struct isokit_error *err)
{
	uint8_t *in = packed_room(c, chunk->packed);
	enum isokit_status st;

	if (!in)
		return isokit_fail_nomem(err, c->o.name, chunk->packed);
	st = isokit_source_read_at(c->inner, chunk->from, in, chunk->packed, err);
	if (st)
		chunks_unload(c, chunk, in);
	else
		*ret = in;
	return st;
}

void chunks_unload(struct chunks *c, const struct chunk *chunk, uint8_t *packed)
{
	if (chunk->packed <= LARGE_BYTES)
		free(packed);
	else
		(void)pthread_mutex_unlock(&c->large_lock);
}

enum isokit_status chunks_expand(struct chunks *c, const struct chunk *chunk, uint8_t *out,
				 struct isokit_error *err)
{
	enum isokit_status st;
	size_t got = 0;
	uint8_t *in;

	if (chunk->codec >= CODEC_COUNT)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, chunk->from, c->o.name,
				   "a chunk of unknown compression");
	st = chunks_load(c, chunk, &in, err);
	if (st)
		return st;
	st = codec_run(c->codec, (enum codec_kind)chunk->codec, in, chunk->packed, out,
		       (size_t)chunk->bytes, &got, err);
	chunks_unload(c, chunk, in);
	if (!st && got != chunk->bytes)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, chunk->from, c->o.name,
				 "a chunk expands to %zu bytes instead of %llu", got,
				 (unsigned long long)chunk->bytes);
	return st;
}

static enum isokit_status too_large(const struct chunks *c, const struct chunk *chunk,
				    struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_LIMIT, chunk->from, c->o.name,
			   "a chunk of %llu bytes; at most %u are expanded at once",
			   (unsigned long long)chunk->bytes, c->o.max_bytes);
}

static enum isokit_status expand(struct chunks *c, const struct chunk *chunk, uint8_t *out,
				 struct isokit_error *err)
{
	struct isokit_error why = { 0 };
	enum isokit_status st;

	if (chunk->bytes > c->o.max_bytes)
		return too_large(c, chunk, err);
	if (c->o.damaged)
		memset(out, 0, (size_t)chunk->bytes);
	st = c->o.expand ? c->o.expand(c->o.self, c, chunk, out, &why) :
			   chunks_expand(c, chunk, out, &why);
	if (st == ISOKIT_E_CORRUPT && c->o.damaged && c->o.damaged(c->o.self, chunk, &why))
		return ISOKIT_OK;
	if (st == ISOKIT_E_CORRUPT)
		return isokit_fail(err, st, chunk->start, c->o.name,
				   "bytes %llu to %llu cannot be read: %s: %s",
				   (unsigned long long)chunk->start,
				   (unsigned long long)(chunk->start + chunk->bytes - 1),
				   why.subject, why.text);
	if (st && err)
		*err = why;
	return st;
}

/* ---- the cache ------------------------------------------------------------------------- */

static struct slot *look_up(struct chunks *c, uint64_t start)
{
	for (unsigned i = 0; i < c->n_slots; i++)
		if (c->slots[i].state != EMPTY && c->slots[i].start == start)
			return &c->slots[i];
	return NULL;
}

/* One that nobody needs, the longest unused; NULL: all are in use. */
static struct slot *make_room(struct chunks *c)
{
	struct slot *best = NULL;

	for (unsigned i = 0; i < c->n_slots; i++) {
		struct slot *s = &c->slots[i];

		if (s->state == EMPTY && s->users == 0)
			return s;
		if (s->state == READY && s->users == 0 && (!best || s->used_at < best->used_at))
			best = s;
	}
	return best;
}

/* Expand into a slot, which is free. Called with the lock, which is given up meanwhile. */
static enum isokit_status fill(struct chunks *c, struct slot *s, const struct chunk *chunk,
			       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	size_t need = (size_t)chunk->bytes;

	s->state = BUSY;
	s->start = chunk->start;
	pthread_mutex_unlock(&c->lock);
	if (need > s->capacity) {
		free(s->bytes);
		s->bytes = malloc(need);
		s->capacity = s->bytes ? need : 0;
		if (!s->bytes)
			st = isokit_fail_nomem(err, c->o.name, need);
	}
	if (!st)
		st = expand(c, chunk, s->bytes, err);
	pthread_mutex_lock(&c->lock);
	s->state = st ? EMPTY : READY;
	s->used_at = ++c->clock;
	pthread_cond_broadcast(&c->changed);
	return st;
}

/* Instead of waiting for a chunk: the one behind it, if it is not there yet. Called with
 * the lock; whether it could be done is no matter. */
static bool expand_next(struct chunks *c, const struct chunk *chunk)
{
	struct chunk next;
	struct slot *s;

	if (chunk->start + chunk->bytes >= c->o.size ||
	    find(c, chunk->start + chunk->bytes, &next, NULL) || next.kind != CHUNK_PACKED ||
	    next.bytes > c->o.max_bytes || look_up(c, next.start))
		return false;
	s = make_room(c);
	if (!s)
		return false;
	fill(c, s, &next, NULL);
	return true;
}

/* Part of a chunk, through the cache. */
static enum isokit_status read_part(struct chunks *c, const struct chunk *chunk, uint64_t at,
				    uint8_t *buffer, size_t n, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	bool helped = false;
	struct slot *s;

	if (chunk->bytes > c->o.max_bytes)
		return too_large(c, chunk, err);
	pthread_mutex_lock(&c->lock);
	for (;;) {
		s = look_up(c, chunk->start);
		if (s && s->state == READY)
			break;
		if (s && !helped) {
			helped = true;
			if (expand_next(c, chunk))
				continue;
		}
		if (!s) {
			s = make_room(c);
			if (s) {
				st = fill(c, s, chunk, err);
				if (st) {
					pthread_mutex_unlock(&c->lock);
					return st;
				}
				break;
			}
		}
		pthread_cond_wait(&c->changed, &c->lock);
	}
	s->users++;
	s->used_at = ++c->clock;
	pthread_mutex_unlock(&c->lock);
	memcpy(buffer, s->bytes + (at - chunk->start), n);
	pthread_mutex_lock(&c->lock);
	if (--s->users == 0)
		pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return ISOKIT_OK;
}

/* Is it there, or about to be? */
static bool is_cached(struct chunks *c, uint64_t start)
{
	bool there;

	pthread_mutex_lock(&c->lock);
	there = look_up(c, start) != NULL;
	pthread_mutex_unlock(&c->lock);
	return there;
}

/* ---- the source ------------------------------------------------------------------------ */

static enum isokit_status chunks_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	struct chunks *c = self;
	uint8_t *out = buffer;

	while (length) {
		enum isokit_status st;
		struct chunk chunk;
		size_t n;

		st = find(c, offset, &chunk, err);
		if (st)
			return st;
		n = (size_t)min_u64(length, chunk.bytes - (offset - chunk.start));
		switch (chunk.kind) {
		case CHUNK_ZEROS:
			memset(out, 0, n);
			break;
		case CHUNK_STORED:
			st = isokit_source_read_at(c->inner, chunk.from + (offset - chunk.start), out,
						   n, err);
			break;
		case CHUNK_PACKED:
			if (n == chunk.bytes && !is_cached(c, chunk.start))
				st = expand(c, &chunk, out, err);
			else
				st = read_part(c, &chunk, offset, out, n, err);
			break;
		}
		if (st)
			return st;
		offset += n;
		out += n;
		length -= n;
	}
	return ISOKIT_OK;
}

/* Packed ranges are told chunk by chunk, for who divides work among threads. */
static void chunks_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret)
{
	struct chunks *c = self;
	struct chunk chunk;
	uint64_t n;

	*ret = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1, .length = length };
	if (length == 0 || find(c, offset, &chunk, NULL))
		return;
	n = min_u64(length, chunk.bytes - (offset - chunk.start));
	if (chunk.kind == CHUNK_STORED &&
	    range_inside(chunk.from + (offset - chunk.start), n, isokit_source_size(c->inner))) {
		isokit_source_locate(c->inner, chunk.from + (offset - chunk.start), n, ret);
		return;
	}
	ret->length = n;
	if (chunk.kind == CHUNK_ZEROS)
		ret->where = ISOKIT_WHERE_ZEROS;
}

static void release(struct chunks *c)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++)
		free(c->slots[i].bytes);
	free(c->large);
	pthread_mutex_destroy(&c->large_lock);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	codec_free(c->codec);
	free(c);
}

static void chunks_close(void *self)
{
	struct chunks *c = self;

	if (c->o.close)
		c->o.close(c->o.self);
	release(c);
}

static const struct isokit_source_ops chunks_ops = {
	.size = sizeof(chunks_ops),
	.read_at = chunks_read_at,
	.locate = chunks_locate,
	.close = chunks_close,
};

/* A table must be what find_in_table() takes it for. */
static enum isokit_status check_table(const struct chunks_options *o, struct isokit_error *err)
{
	uint64_t end = 0;

	for (size_t i = 0; i < o->n_chunks; i++) {
		const struct chunk *t = &o->table[i];

		if (t->bytes == 0 || t->start < end || !range_inside(t->start, t->bytes, o->size))
			return isokit_fail(err, ISOKIT_E_CORRUPT, t->start, o->name,
					   "chunk %zu of its table overlaps another one or lies "
					   "outside", i);
		end = t->start + t->bytes;
	}
	return ISOKIT_OK;
}

enum isokit_status chunks_new(struct isokit_source *inner, const struct chunks_options *options,
			      struct isokit_source **ret_src, struct isokit_error *err)
{
	enum isokit_status st = check_table(options, err);
	struct chunks *c;
	uint64_t n;

	if (st)
		return st;
	c = calloc(1, sizeof(*c));
	if (!c)
		return isokit_fail_nomem(err, options->name, sizeof(*c));
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->large_lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	c->inner = inner;
	c->o = *options;
	if (c->o.max_bytes > CHUNKS_MAX_BYTES)
		c->o.max_bytes = CHUNKS_MAX_BYTES;
	n = c->o.max_bytes ? CHUNKS_CACHE_BYTES / c->o.max_bytes : MAX_SLOTS;
	c->n_slots = n < MIN_SLOTS ? MIN_SLOTS : n > MAX_SLOTS ? MAX_SLOTS : (unsigned)n;
	c->codec = codec_new();
	if (!c->codec) {
		release(c);
		return isokit_fail_nomem(err, options->name, sizeof(*c));
	}
	st = isokit_source_new(&chunks_ops, c, c->o.size, options->name, ret_src, err);
	if (st) {
		release(c);
		return st;
	}
	c->o.name = isokit_source_name(*ret_src); /* the copy */
	return ISOKIT_OK;
}
