/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/compose.h"

#include <isokit/source.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "author/sha256.h"
#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "tree/tree.h"

enum {
	JOIN_BYTES = 64 * 1024, /* a gap that is written sooner than skipped */
	MAX_NOTES = 200,        /* of a hostile image, one may be about each of its files */
};

static const char subject[] = "stick";

struct piece {
	uint64_t at, bytes;
	const uint8_t *memory;     /* or: */
	struct isokit_source *src;
	uint64_t offset;
};

struct owned {
	void (*release)(void *);
	void *object;
};

struct composer {
	struct arena arena;
	const struct stick_options *options;
	uint64_t bytes;
	uint32_t sector;
	struct piece *pieces;
	size_t n_pieces, pieces_capacity;
	struct stick_extent *zeros;
	size_t n_zeros, zeros_capacity;
	struct owned *owned;
	size_t n_owned, owned_capacity;
	char **notes;
	size_t n_notes, notes_capacity;
	struct sha256 seed;
};

/* ---- what is put in ------------------------------------------------------------------- */

enum isokit_status composer_new(const struct stick_options *o, struct composer **ret_c,
				struct isokit_error *err)
{
	struct composer *c;

	if ((o->sector != 512 && o->sector != 4096) || o->bytes % o->sector != 0)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "sectors of %u bytes: only 512 and 4096 are known", o->sector);
	c = calloc(1, sizeof(*c));
	if (!c)
		return isokit_fail_nomem(err, subject, sizeof(*c));
	c->bytes = o->bytes;
	c->sector = o->sector;
	sha256_init(&c->seed);
	sha256_update(&c->seed, &o->bytes, sizeof(o->bytes));
	sha256_update(&c->seed, &o->epoch, sizeof(o->epoch));
	if (o->seed)
		sha256_update(&c->seed, o->seed, strlen(o->seed) + 1);
	if (o->label)
		sha256_update(&c->seed, o->label, strlen(o->label) + 1);
	*ret_c = c;
	return ISOKIT_OK;
}

void composer_free(struct composer *c)
{
	if (!c)
		return;
	while (c->n_owned) {
		c->n_owned--;
		c->owned[c->n_owned].release(c->owned[c->n_owned].object);
	}
	for (size_t i = 0; i < c->n_notes; i++)
		free(c->notes[i]);
	free(c->notes);
	free(c->owned);
	free(c->pieces);
	free(c->zeros);
	arena_release(&c->arena);
	free(c);
}

struct arena *composer_arena(struct composer *c)
{
	return &c->arena;
}

enum isokit_status composer_own(struct composer *c, void (*release)(void *), void *object,
				struct isokit_error *err)
{
	if (!ARRAY_RESERVE(c->owned, c->owned_capacity, c->n_owned + 1)) {
		release(object);
		return isokit_fail_nomem(err, subject, sizeof(*c->owned));
	}
	c->owned[c->n_owned++] = (struct owned){ release, object };
	return ISOKIT_OK;
}

static void free_image(void *img)
{
	isokit_image_free(img);
}

enum isokit_status composer_own_image(struct composer *c, struct isokit_image *img,
				      struct isokit_error *err)
{
	return composer_own(c, free_image, img, err);
}

static void free_tree(void *t)
{
	tree_free(t);
}

enum isokit_status composer_own_tree(struct composer *c, struct tree *t, struct isokit_error *err)
{
	return composer_own(c, free_tree, t, err);
}

static void close_source(void *src)
{
	isokit_source_close(src);
}

enum isokit_status composer_own_source(struct composer *c, struct isokit_source *src,
				       struct isokit_error *err)
{
	return composer_own(c, close_source, src, err);
}

enum isokit_status composer_keep_source(void *ctx, struct isokit_source *src,
					struct isokit_error *err)
{
	return composer_own_source(ctx, src, err);
}

static enum isokit_status add(struct composer *c, const struct piece *p, struct isokit_error *err)
{
	if (!range_inside(p->at, p->bytes, c->bytes))
		return isokit_fail(err, ISOKIT_E_LIMIT, p->at, subject,
				   "the drive is too small for it");
	if (p->bytes == 0)
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(c->pieces, c->pieces_capacity, c->n_pieces + 1))
		return isokit_fail_nomem(err, subject, sizeof(*p));
	c->pieces[c->n_pieces++] = *p;
	return ISOKIT_OK;
}

uint8_t *composer_memory(struct composer *c, uint64_t at, size_t n, struct isokit_error *err)
{
	uint8_t *bytes = arena_alloc(&c->arena, n);
	struct piece p = { .at = at, .bytes = n, .memory = bytes };

	if (!bytes) {
		isokit_fail_nomem(err, subject, n);
		return NULL;
	}
	return add(c, &p, err) ? NULL : bytes;
}

enum isokit_status composer_bytes(struct composer *c, uint64_t at, const uint8_t *bytes, size_t n,
				  struct isokit_error *err)
{
	struct piece p = { .at = at, .bytes = n, .memory = bytes };

	return add(c, &p, err);
}

enum isokit_status composer_source(struct composer *c, uint64_t at, uint64_t n,
				   struct isokit_source *src, uint64_t offset,
				   struct isokit_error *err)
{
	struct piece p = { .at = at, .bytes = n, .src = src, .offset = offset };

	return add(c, &p, err);
}

enum isokit_status composer_zeros(struct composer *c, uint64_t at, uint64_t n,
				  struct isokit_error *err)
{
	if (!range_inside(at, n, c->bytes))
		return isokit_fail(err, ISOKIT_E_LIMIT, at, subject,
				   "the drive is too small for it");
	if (n == 0)
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(c->zeros, c->zeros_capacity, c->n_zeros + 1))
		return isokit_fail_nomem(err, subject, sizeof(*c->zeros));
	c->zeros[c->n_zeros++] = (struct stick_extent){ at, n };
	return ISOKIT_OK;
}

enum isokit_status composer_note(struct composer *c, struct isokit_error *err, const char *format,
				 ...)
{
	va_list args;
	char *note;
	int n;

	if (c->n_notes > MAX_NOTES)
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(c->notes, c->notes_capacity, c->n_notes + 1))
		return isokit_fail_nomem(err, subject, sizeof(*c->notes));
	if (c->n_notes == MAX_NOTES) {
		note = strdup("there is more of this kind that is not listed");
		n = 0;
	} else {
		va_start(args, format);
		n = vasprintf(&note, format, args);
		va_end(args);
	}
	if (n < 0 || !note)
		return isokit_fail_nomem(err, subject, strlen(format));
	c->notes[c->n_notes++] = note;
	return ISOKIT_OK;
}

void composer_id(const struct composer *c, const char *words, uint8_t ret_id[16])
{
	uint8_t digest[SHA256_BYTES];
	struct sha256 s = c->seed;

	sha256_update(&s, words, strlen(words) + 1);
	sha256_finish(&s, digest);
	memcpy(ret_id, digest, 16);
}

/* ---- the source ------------------------------------------------------------------------ */

/* The first piece that ends behind an offset. */
static size_t piece_at(const struct composer *c, uint64_t offset)
{
	size_t lo = 0, hi = c->n_pieces;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->pieces[mid].at + c->pieces[mid].bytes <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum isokit_status composed_read(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	const struct composer *c = self;
	uint8_t *out = buffer;

	for (size_t i = piece_at(c, offset); length > 0;) {
		const struct piece *p = &c->pieces[i];
		enum isokit_status st = ISOKIT_OK;
		size_t n = length;

		if (i == c->n_pieces) {
			memset(out, 0, n);
		} else if (offset < p->at) {
			n = (size_t)min_u64(n, p->at - offset);
			memset(out, 0, n);
		} else {
			n = (size_t)min_u64(n, p->bytes - (offset - p->at));
			if (p->memory)
				memcpy(out, p->memory + (offset - p->at), n);
			else
				st = isokit_source_read_at(p->src, p->offset + (offset - p->at), out,
							   n, err);
			if (offset + n == p->at + p->bytes)
				i++;
		}
		if (st)
			return st;
		out += n;
		offset += n;
		length -= n;
	}
	return ISOKIT_OK;
}

/* Where the bytes are of a piece that lies in a file: they can be moved by the kernel. */
static void composed_locate(void *self, uint64_t offset, uint64_t length,
			    struct isokit_location *ret)
{
	const struct composer *c = self;
	size_t i = piece_at(c, offset);
	const struct piece *p = &c->pieces[i];

	if (i == c->n_pieces || offset < p->at) {
		*ret = (struct isokit_location){
			.where = ISOKIT_WHERE_ZEROS, .fd = -1,
			.length = i == c->n_pieces ? length : min_u64(length, p->at - offset),
		};
	} else if (p->memory) {
		*ret = (struct isokit_location){
			.where = ISOKIT_WHERE_READ, .fd = -1,
			.length = min_u64(length, p->bytes - (offset - p->at)),
		};
	} else {
		isokit_source_locate(p->src, p->offset + (offset - p->at),
				     min_u64(length, p->bytes - (offset - p->at)), ret);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static int by_offset(const void *a, const void *b)
{
	const struct stick_extent *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Zeros and pieces as whole sectors, joined where they touch or nearly do. */
static enum isokit_status make_extents(struct composer *c, struct stick_layout *ret,
				       struct isokit_error *err)
{
	size_t n = c->n_pieces + c->n_zeros, used = 0;
	struct stick_extent *e = calloc(n + 1, sizeof(*e));

	if (!e)
		return isokit_fail_nomem(err, subject, n * sizeof(*e));
	for (size_t i = 0; i < c->n_pieces; i++)
		e[i] = (struct stick_extent){ c->pieces[i].at, c->pieces[i].bytes };
	if (c->n_zeros)
		memcpy(e + c->n_pieces, c->zeros, c->n_zeros * sizeof(*e));
	qsort(e, n, sizeof(*e), by_offset);
	ret->extent_bytes = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t from = e[i].offset - e[i].offset % c->sector;
		uint64_t to = round_up(e[i].offset + e[i].bytes, c->sector);
		struct stick_extent *last = used ? &e[used - 1] : NULL;

		if (last && from <= last->offset + last->bytes + JOIN_BYTES) {
			if (to > last->offset + last->bytes)
				last->bytes = to - last->offset;
		} else {
			e[used++] = (struct stick_extent){ from, to - from };
		}
	}
	for (size_t i = 0; i < used; i++)
		ret->extent_bytes += e[i].bytes;
	ret->extents = e;
	ret->n_extents = used;
	return ISOKIT_OK;
}

enum isokit_status composer_finish(struct composer *c, struct stick_layout *ret,
				   struct isokit_error *err)
{
	static const struct isokit_source_ops ops = {
		.size = sizeof(ops), .read_at = composed_read, .locate = composed_locate,
	};
	enum isokit_status st;

	if (c->n_pieces)
		qsort(c->pieces, c->n_pieces, sizeof(*c->pieces), by_place);
	for (size_t i = 1; i < c->n_pieces; i++)
		if (c->pieces[i].at < c->pieces[i - 1].at + c->pieces[i - 1].bytes)
			return isokit_fail(err, ISOKIT_E_INVALID, c->pieces[i].at, subject,
					   "two things would lie in the same place");
	st = isokit_source_new(&ops, c, c->bytes, subject, &ret->src, err);
	if (st)
		return st;
	st = make_extents(c, ret, err);
	if (st) {
		isokit_source_close(ret->src);
		ret->src = NULL;
		return st;
	}
	ret->notes = c->notes;
	ret->n_notes = c->n_notes;
	ret->keep = c;
	return ISOKIT_OK;
}

void stick_layout_release(struct stick_layout *l)
{
	isokit_source_close(l->src);
	free(l->extents);
	composer_free(l->keep);
	*l = (struct stick_layout){ 0 };
}
