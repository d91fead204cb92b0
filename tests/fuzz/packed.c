/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "packed.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "mutate.h"

/* ---- reading ---------------------------------------------------------------------- */

struct record {
	uint32_t number;
	const uint8_t *bytes;
};

struct input {
	size_t n;
	struct record records[]; /* ascending */
};

bool packed_is(const uint8_t *bytes, size_t n)
{
	return n >= PACKED_HEAD && memcmp(bytes, PACKED_MARK, 8) == 0;
}

uint64_t packed_image_bytes(const uint8_t *bytes, size_t n)
{
	return packed_is(bytes, n) ? (uint64_t)get_le32(bytes + 8) * PACKED_PIECE : n;
}

void packed_pieces(uint8_t *bytes, size_t n, struct pieces *ret)
{
	ret->packed = packed_is(bytes, n);
	ret->step = ret->packed ? PACKED_RECORD : PACKED_PIECE;
	ret->first = ret->packed ? bytes + PACKED_HEAD + 4 : bytes;
	ret->n = (ret->packed ? n - PACKED_HEAD : n) / ret->step;
	if (ret->packed && ret->n > PACKED_MAX_RECORDS)
		ret->n = PACKED_MAX_RECORDS;
}

static uint8_t *piece(const struct pieces *p, size_t i)
{
	return p->first + i * p->step;
}

uint32_t packed_number(const struct pieces *p, size_t i)
{
	return p->packed ? get_le32(piece(p, i) - 4) : (uint32_t)i;
}

static int by_number(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->bytes < y->bytes ? -1 : 1; /* the later one counts */
}

static enum isokit_status input_read(void *self, uint64_t offset, void *buffer, size_t length,
				     struct isokit_error *err)
{
	const struct input *in = self;
	uint64_t end = offset + length;
	size_t low = 0, high = in->n;

	(void)err;
	memset(buffer, 0, length);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (((uint64_t)in->records[middle].number + 1) * PACKED_PIECE <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < in->n; low++) {
		uint64_t at = (uint64_t)in->records[low].number * PACKED_PIECE;
		uint64_t from = at > offset ? at : offset, to = min_u64(at + PACKED_PIECE, end);

		if (at >= end)
			break;
		memcpy((uint8_t *)buffer + (from - offset), in->records[low].bytes + (from - at),
		       (size_t)(to - from));
	}
	return ISOKIT_OK;
}

static void input_close(void *self)
{
	free(self);
}

static const struct isokit_source_ops input_ops = {
	.size = sizeof(input_ops),
	.read_at = input_read,
	.close = input_close,
};

struct isokit_source *packed_open(const uint8_t *bytes, size_t n, uint64_t most)
{
	struct isokit_source *src = NULL;
	struct pieces p;
	struct input *in;
	bool sorted = true;

	if (!packed_is(bytes, n))
		return isokit_source_from_memory(bytes, n, "input", &src, NULL) ? NULL : src;
	packed_pieces((uint8_t *)(uintptr_t)bytes, n, &p);
	in = malloc(sizeof(*in) + p.n * sizeof(in->records[0]));
	if (!in)
		return NULL;
	in->n = p.n;
	for (size_t i = 0; i < p.n; i++) {
		in->records[i].number = packed_number(&p, i);
		in->records[i].bytes = piece(&p, i);
		sorted = sorted && (!i || in->records[i - 1].number <= in->records[i].number);
	}
	if (!sorted)
		qsort(in->records, in->n, sizeof(in->records[0]), by_number);
	if (isokit_source_new(&input_ops, in, min_u64(packed_image_bytes(bytes, n), most), "input",
			      &src, NULL)) {
		free(in);
		return NULL;
	}
	return src;
}

uint8_t *packed_expand(const uint8_t *bytes, size_t n, size_t most, size_t *ret_n)
{
	size_t all = (size_t)min_u64(packed_image_bytes(bytes, n), most);
	uint8_t *image = calloc(1, all + 1);
	struct pieces p;

	*ret_n = all;
	if (!image)
		return NULL;
	if (!packed_is(bytes, n)) {
		if (all)
			memcpy(image, bytes, all);
		return image;
	}
	packed_pieces((uint8_t *)(uintptr_t)bytes, n, &p);
	for (size_t i = 0; i < p.n; i++) {
		uint64_t at = (uint64_t)packed_number(&p, i) * PACKED_PIECE;

		if (at < all)
			memcpy(image + at, piece(&p, i), (size_t)min_u64(PACKED_PIECE, all - at));
	}
	return image;
}

/* ---- blocks ----------------------------------------------------------------------- */

static void exchange(const struct pieces *p, uint64_t at, uint8_t *buffer, size_t n, bool put)
{
	for (size_t i = 0; i < p->n; i++) {
		uint64_t start = (uint64_t)packed_number(p, i) * PACKED_PIECE;
		uint64_t from = start > at ? start : at, to = min_u64(start + PACKED_PIECE, at + n);

		if (from >= to)
			continue;
		if (put)
			memcpy(piece(p, i) + (from - start), buffer + (from - at), (size_t)(to - from));
		else
			memcpy(buffer + (from - at), piece(p, i) + (from - start), (size_t)(to - from));
	}
}

void packed_get(const struct pieces *p, uint64_t at, uint8_t *buffer, size_t n)
{
	memset(buffer, 0, n);
	exchange(p, at, buffer, n, false);
}

void packed_put(const struct pieces *p, uint64_t at, const uint8_t *buffer, size_t n)
{
	exchange(p, at, (uint8_t *)(uintptr_t)buffer, n, true);
}

/* ---- changing --------------------------------------------------------------------- */

struct dice {
	const struct pieces *p;
	uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return n ? (uint32_t)((d->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n : 0;
}

static size_t any(struct dice *d)
{
	return roll(d, (uint32_t)d->p->n);
}

/* Somewhere where something is, if that can be helped. */
static uint8_t *any_place(struct dice *d, size_t *ret_piece, size_t *ret_at)
{
	for (unsigned tries = 0;; tries++) {
		size_t i = any(d), at = roll(d, PACKED_PIECE - 7);
		uint8_t *q = piece(d->p, i);

		if (tries < 40 && !q[at] && !q[at + 1] && !q[at + 3] && !q[at + 7])
			continue;
		if (roll(d, 3))
			at &= ~(size_t)3;
		*ret_piece = i;
		*ret_at = at;
		return q + at;
	}
}

static uint64_t load(const uint8_t *q, unsigned width, bool big)
{
	switch (width) {
	case 1: return q[0];
	case 2: return big ? get_be16(q) : get_le16(q);
	case 4: return big ? get_be32(q) : get_le32(q);
	default: return big ? get_be64(q) : get_le64(q);
	}
}

static void store(uint8_t *q, unsigned width, bool big, uint64_t v)
{
	for (unsigned i = 0; i < width; i++)
		q[big ? width - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

/* Edges, neighbours, other numbers of the image, and places in it in blocks of any size. */
static uint64_t number(struct dice *d, uint64_t old, unsigned width, bool big)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 1023,
		1024, 4095, 4096, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe,
		0xffffffff, 0x100000000, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX,
	};
	size_t i, at;

	switch (roll(d, 8)) {
	case 0:
	case 1: return edges[roll(d, sizeof(edges) / sizeof(edges[0]))];
	case 2: return load(any_place(d, &i, &at), width, big);
	case 3: return (uint64_t)packed_number(d->p, any(d)) >> roll(d, 7);
	case 4: return (uint64_t)packed_number(d->p, any(d)) * PACKED_PIECE;
	case 5: return old ^ UINT64_C(1) << roll(d, 8 * width);
	case 6: return old + roll(d, 17) - 8;
	default: return old * (2 + roll(d, 7)) / (1 + roll(d, 4));
	}
}

static void change_place(struct dice *d, size_t i, size_t at)
{
	uint8_t *q = piece(d->p, i) + at;
	unsigned width = 1u << roll(d, 4), bytes = 8u << roll(d, 5);
	bool big = roll(d, 2);
	size_t other_i, other_at;
	uint8_t *other = any_place(d, &other_i, &other_at);

	switch (roll(d, 16)) {
	case 0: /* a run of bytes from elsewhere */
		bytes = (unsigned)min_u64(bytes, PACKED_PIECE - at);
		memmove(q, other, (size_t)min_u64(bytes, PACKED_PIECE - other_at));
		return;
	case 1: /* what follows slides */
		bytes = (unsigned)min_u64(bytes, PACKED_PIECE - at);
		if (roll(d, 2))
			memmove(q, q + bytes, PACKED_PIECE - at - bytes);
		else
			memmove(q + bytes, q, PACKED_PIECE - at - bytes);
		return;
	case 2:
		(void)LLVMFuzzerMutate(q, PACKED_PIECE - at, PACKED_PIECE - at);
		return;
	case 3:
		*q = (uint8_t)roll(d, 256);
		return;
	default:
		store(q, width, big, number(d, load(q, width, big), width, big));
	}
}

static void change_some(struct dice *d, const struct packed_signer *signer)
{
	size_t i, at;
	uint64_t where;
	bool right;

	(void)any_place(d, &i, &at);
	where = (uint64_t)packed_number(d->p, i) * PACKED_PIECE + at;
	right = signer && signer->right(d->p, where);
	change_place(d, i, at);
	while (roll(d, 3) == 0) { /* more of the same record */
		size_t near = at + roll(d, 64);

		change_place(d, i, near < PACKED_PIECE - 7 ? near : at);
	}
	if (right && roll(d, 40))
		signer->sign(d->p, where);
}

/* Blocks in other places: cross-linked, old beside new. */
static void move_block(struct dice *d)
{
	uint32_t n = 1u << roll(d, 6), from = packed_number(d->p, any(d)) / n * n;
	uint32_t to = packed_number(d->p, any(d)) / n * n;
	uint8_t *block = malloc((size_t)n * PACKED_PIECE);

	if (!block)
		return;
	packed_get(d->p, (uint64_t)from * PACKED_PIECE, block, (size_t)n * PACKED_PIECE);
	packed_put(d->p, (uint64_t)to * PACKED_PIECE, block, (size_t)n * PACKED_PIECE);
	free(block);
}

/* Pieces more and less, and the size. */
static size_t change_shape(struct dice *d, uint8_t *bytes, size_t n, size_t max)
{
	uint8_t *record = piece(d->p, any(d)) - 4;

	switch (roll(d, 4)) {
	case 0:
		put_le32(bytes + 8, (uint32_t)number(d, get_le32(bytes + 8), 4, false));
		return n;
	case 1:
		put_le32(record, (uint32_t)number(d, get_le32(record), 4, false));
		return n;
	case 2:
		if (d->p->n < 2)
			return n;
		memmove(record, record + PACKED_RECORD, (size_t)(bytes + n - record) - PACKED_RECORD);
		return n - PACKED_RECORD;
	default:
		if (max < n || max - n < PACKED_RECORD || d->p->n == PACKED_MAX_RECORDS)
			return n;
		memmove(record + PACKED_RECORD, record, (size_t)(bytes + n - record));
		put_le32(record + PACKED_RECORD, get_le32(record) + 1 + roll(d, 4));
		return n + PACKED_RECORD;
	}
}

size_t packed_mutate(uint8_t *bytes, size_t n, size_t max, unsigned seed,
		     const struct packed_signer *signer)
{
	struct pieces p;
	struct dice d = { .p = &p, .state = UINT64_C(0x9e3779b97f4a7c15) + seed };

	packed_pieces(bytes, n, &p);
	if (!p.n)
		return LLVMFuzzerMutate(bytes, n, max);
	(void)roll(&d, 2);
	if (p.packed && roll(&d, 24) == 0)
		return change_shape(&d, bytes, n, max);
	for (uint32_t times = 1 + roll(&d, 3); times; times--) {
		if (roll(&d, 20))
			change_some(&d, signer);
		else
			move_block(&d);
	}
	return n;
}

size_t packed_cross(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b, uint8_t *out,
		    size_t max, unsigned seed)
{
	struct pieces p, other;
	struct dice d = { .p = &p, .state = UINT64_C(0x7e3779b97f4a7c15) + seed };
	size_t n = n_a < max ? n_a : max, from;

	memcpy(out, a, n);
	packed_pieces(out, n, &p);
	packed_pieces((uint8_t *)(uintptr_t)b, n_b, &other);
	if (!p.packed || !other.packed || !p.n || !other.n)
		return n;
	(void)roll(&d, 2);
	from = roll(&d, (uint32_t)other.n);
	for (uint32_t i = 1 + roll(&d, 32); i && from < other.n; i--, from++)
		packed_put(&p, (uint64_t)packed_number(&other, from) * PACKED_PIECE,
			   piece(&other, from), PACKED_PIECE);
	return n;
}
