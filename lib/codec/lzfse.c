/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LZFSE: blocks that are raw, LZVN, or literals and (L, M, D) triples that are coded with
 * finite state entropy. L literals are followed by a match of M bytes at distance D, or at
 * the last distance where D is 0. The bit streams are read from their ends. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "codec/impl.h"

enum {
	L_SYMBOLS = 20, M_SYMBOLS = 20, D_SYMBOLS = 64, LITERAL_SYMBOLS = 256,
	SYMBOLS = L_SYMBOLS + M_SYMBOLS + D_SYMBOLS + LITERAL_SYMBOLS,
	L_STATES = 64, M_STATES = 64, D_STATES = 256, LITERAL_STATES = 1024,
	MAX_LITERALS = 40000, MAX_MATCHES = 10000,
	V1_BYTES = 772, V2_FIXED_BYTES = 32,

	MAGIC_END = 0x24787662, /* "bvx$" */
	MAGIC_RAW = 0x2d787662, /* "bvx-" */
	MAGIC_V1 = 0x31787662,	/* "bvx1": tables as they are */
	MAGIC_V2 = 0x32787662,	/* "bvx2": tables in bits */
	MAGIC_LZVN = 0x6e787662, /* "bvxn" */
};

/* The header of a block of triples, of either version. */
struct header {
	uint32_t n_literals, n_matches, literal_payload_bytes, lmd_payload_bytes;
	int literal_bits, lmd_bits; /* of the last byte, -7 to 0 */
	uint16_t literal_state[4], l_state, m_state, d_state;
	uint16_t freq[SYMBOLS]; /* L, M, D, literals */
	size_t bytes;
};

/* From a state to a symbol and the next state. */
struct literal_entry {
	int16_t delta;
	uint8_t bits, symbol;
};

struct value_entry {
	uint32_t base;
	int16_t delta;
	uint8_t total_bits, value_bits;
};

struct tables {
	struct header header;
	struct value_entry l[L_STATES], m[M_STATES], d[D_STATES];
	struct literal_entry literal[LITERAL_STATES];
	uint8_t literals[MAX_LITERALS + 64];
};

static const uint8_t l_extra[L_SYMBOLS] = { [16] = 2, [17] = 3, [18] = 5, [19] = 8 };
static const uint8_t m_extra[M_SYMBOLS] = { [16] = 3, [17] = 5, [18] = 8, [19] = 11 };

/* ---- bits from the end ---------------------------------------------------------------- */

struct bits {
	const uint8_t *start, *at; /* bytes before `at` are still to come */
	uint64_t held;
	unsigned n;                /* bits in `held` */
};

static bool bits_begin(struct bits *b, const uint8_t *start, const uint8_t *end, int last)
{
	size_t take = last ? 8 : 7;

	if ((size_t)(end - start) < 8)
		return false;
	b->start = start;
	b->at = end - take;
	b->held = last ? get_le64(b->at) : get_le64(end - 8) >> 8;
	b->n = (unsigned)((int)take * 8 + last);
	return b->held >> b->n == 0;
}

/* At least 56 bits, or false. */
static inline bool bits_fill(struct bits *b)
{
	unsigned n = (63 - b->n) & ~7u;

	if (n == 0)
		return true;
	if ((size_t)(b->at - b->start) < n / 8)
		return false;
	/* n is less than 64; what is read too much lies behind, in the payload. */
	b->at -= n / 8;
	b->held = b->held << n | (get_le64(b->at) & ((UINT64_C(1) << n) - 1));
	b->n += n;
	return true;
}

static inline uint32_t bits_take(struct bits *b, unsigned n)
{
	uint64_t v;

	b->n -= n;
	v = b->held >> b->n;
	b->held &= (UINT64_C(1) << b->n) - 1;
	return (uint32_t)v;
}

/* ---- headers ---------------------------------------------------------------------------- */

static uint32_t field(uint64_t v, unsigned from, unsigned n)
{
	return (uint32_t)(v >> from & ((UINT64_C(1) << n) - 1));
}

static bool decode_v1(const uint8_t *p, size_t n, struct header *ret)
{
	if (n < V1_BYTES)
		return false;
	ret->n_literals = get_le32(p + 12);
	ret->n_matches = get_le32(p + 16);
	ret->literal_payload_bytes = get_le32(p + 20);
	ret->lmd_payload_bytes = get_le32(p + 24);
	ret->literal_bits = (int32_t)get_le32(p + 28);
	for (size_t i = 0; i < 4; i++)
		ret->literal_state[i] = get_le16(p + 32 + 2 * i);
	ret->lmd_bits = (int32_t)get_le32(p + 40);
	ret->l_state = get_le16(p + 44);
	ret->m_state = get_le16(p + 46);
	ret->d_state = get_le16(p + 48);
	for (size_t i = 0; i < SYMBOLS; i++)
		ret->freq[i] = get_le16(p + 50 + 2 * i);
	ret->bytes = V1_BYTES;
	return true;
}

/* Frequencies of version 2: a prefix code, from the low bit on. */
static bool decode_freq(const uint8_t *p, size_t n, uint16_t freq[SYMBOLS])
{
	static const uint8_t lengths[32] = {
		2, 3, 2, 5, 2, 3, 2, 8, 2, 3, 2, 5, 2, 3, 2, 14,
		2, 3, 2, 5, 2, 3, 2, 8, 2, 3, 2, 5, 2, 3, 2, 14,
	};
	static const uint8_t values[32] = {
		0, 2, 1, 4, 0, 3, 1, 0, 0, 2, 1, 5, 0, 3, 1, 0,
		0, 2, 1, 6, 0, 3, 1, 0, 0, 2, 1, 7, 0, 3, 1, 0,
	};
	uint32_t held = 0;
	unsigned have = 0;
	size_t at = 0;

	memset(freq, 0, SYMBOLS * sizeof(*freq));
	if (n == 0)
		return true;
	for (size_t i = 0; i < SYMBOLS; i++) {
		unsigned length;

		while (at < n && have + 8 <= 32) {
			held |= (uint32_t)p[at++] << have;
			have += 8;
		}
		length = lengths[held & 31];
		if (length > have)
			return false;
		freq[i] = length == 8 ? (uint16_t)(8 + (held >> 4 & 15)) :
			  length == 14 ? (uint16_t)(24 + (held >> 4 & 1023)) :
					 values[held & 31];
		held >>= length;
		have -= length;
	}
	return at == n && have < 8;
}

static bool decode_v2(const uint8_t *p, size_t n, struct header *ret)
{
	uint64_t v0, v1, v2;

	if (n < V2_FIXED_BYTES)
		return false;
	v0 = get_le64(p + 8);
	v1 = get_le64(p + 16);
	v2 = get_le64(p + 24);
	ret->n_literals = field(v0, 0, 20);
	ret->literal_payload_bytes = field(v0, 20, 20);
	ret->n_matches = field(v0, 40, 20);
	ret->literal_bits = (int)field(v0, 60, 3) - 7;
	for (unsigned i = 0; i < 4; i++)
		ret->literal_state[i] = (uint16_t)field(v1, 10 * i, 10);
	ret->lmd_payload_bytes = field(v1, 40, 20);
	ret->lmd_bits = (int)field(v1, 60, 3) - 7;
	ret->bytes = field(v2, 0, 32);
	ret->l_state = (uint16_t)field(v2, 32, 10);
	ret->m_state = (uint16_t)field(v2, 42, 10);
	ret->d_state = (uint16_t)field(v2, 52, 10);
	if (ret->bytes < V2_FIXED_BYTES || ret->bytes > n)
		return false;
	return decode_freq(p + V2_FIXED_BYTES, ret->bytes - V2_FIXED_BYTES, ret->freq);
}

/* ---- tables ------------------------------------------------------------------------------- */

/* How one of `freq` states of a symbol goes on: states are shared out so that each needs
 * as few bits as its symbol's frequency allows. */
struct step {
	uint8_t bits;
	int16_t delta;
};

static struct step step_of(unsigned n_states, unsigned freq, unsigned j)
{
	unsigned k = (unsigned)(__builtin_clz(freq) - __builtin_clz(n_states));
	unsigned j0 = (2 * n_states >> k) - freq;

	if (j < j0)
		return (struct step){ (uint8_t)k, (int16_t)(((freq + j) << k) - n_states) };
	return (struct step){ (uint8_t)(k - 1), (int16_t)((j - j0) << (k - 1)) };
}

static bool make_literals(struct literal_entry *t, const uint16_t *freq)
{
	unsigned n = 0;

	memset(t, 0, LITERAL_STATES * sizeof(*t));
	for (unsigned s = 0; s < LITERAL_SYMBOLS; s++) {
		if (freq[s] > LITERAL_STATES - n)
			return false;
		for (unsigned j = 0; j < freq[s]; j++) {
			struct step step = step_of(LITERAL_STATES, freq[s], j);

			t[n++] = (struct literal_entry){ step.delta, step.bits, (uint8_t)s };
		}
	}
	return true;
}

static bool make_values(struct value_entry *t, unsigned n_states, const uint16_t *freq,
			unsigned n_symbols, const uint8_t *extra)
{
	uint32_t base = 0;
	unsigned n = 0;

	memset(t, 0, n_states * sizeof(*t));
	for (unsigned s = 0; s < n_symbols; s++) {
		/* Distances: four symbols for each number of bits. */
		uint8_t more = extra ? extra[s] : (uint8_t)(s / 4);

		if (freq[s] > n_states - n)
			return false;
		for (unsigned j = 0; j < freq[s]; j++) {
			struct step step = step_of(n_states, freq[s], j);

			t[n++] = (struct value_entry){
				base, step.delta, (uint8_t)(step.bits + more), more };
		}
		base += UINT32_C(1) << more;
	}
	return true;
}

static bool make_tables(struct tables *t)
{
	const struct header *h = &t->header;
	const uint16_t *freq = h->freq;

	if (h->n_literals > MAX_LITERALS || h->n_matches > MAX_MATCHES ||
	    h->literal_bits < -7 || h->literal_bits > 0 || h->lmd_bits < -7 || h->lmd_bits > 0 ||
	    h->l_state >= L_STATES || h->m_state >= M_STATES || h->d_state >= D_STATES)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (h->literal_state[i] >= LITERAL_STATES)
			return false;
	return make_values(t->l, L_STATES, freq, L_SYMBOLS, l_extra) &&
	       make_values(t->m, M_STATES, freq + L_SYMBOLS, M_SYMBOLS, m_extra) &&
	       make_values(t->d, D_STATES, freq + L_SYMBOLS + M_SYMBOLS, D_SYMBOLS, NULL) &&
	       make_literals(t->literal, freq + L_SYMBOLS + M_SYMBOLS + D_SYMBOLS);
}

/* ---- a block ------------------------------------------------------------------------------ */

/* Four streams of states take turns. */
static bool decode_literals(struct tables *t, const uint8_t *start, const uint8_t *end)
{
	const struct header *h = &t->header;
	const struct literal_entry *table = t->literal;
	unsigned s[4] = { h->literal_state[0], h->literal_state[1], h->literal_state[2],
			  h->literal_state[3] };
	struct bits b;

	if (h->n_literals == 0)
		return true;
	if (!bits_begin(&b, start, end, h->literal_bits))
		return false;
	for (size_t i = 0; i < h->n_literals; i += 4) {
		if (!bits_fill(&b))
			return false;
		for (size_t k = 0; k < 4; k++) {
			const struct literal_entry *e = &table[s[k]];

			s[k] = (unsigned)(e->delta + (int)bits_take(&b, e->bits));
			t->literals[i + k] = e->symbol;
		}
	}
	return true;
}

static inline uint32_t take_value(struct bits *b, const struct value_entry *table, unsigned *state)
{
	const struct value_entry *e = &table[*state];
	uint32_t v = bits_take(b, e->total_bits);

	*state = (unsigned)(e->delta + (int)(v >> e->value_bits));
	return e->base + (v & ((UINT32_C(1) << e->value_bits) - 1));
}

static inline void copy_literals(uint8_t *to, const uint8_t *from, size_t n, size_t room)
{
	/* The buffer of literals has 64 bytes more. */
	if (n <= 16 && room >= 16)
		memcpy(to, from, 16);
	else
		memcpy(to, from, n);
}

static enum isokit_status decode_matches(struct tables *t, const uint8_t *start,
					 const uint8_t *end, uint8_t *out, size_t *io_at,
					 size_t capacity, struct isokit_error *err)
{
	const struct header *h = &t->header;
	unsigned l = h->l_state, m = h->m_state, d = h->d_state;
	size_t at = *io_at, used = 0, distance = 0;
	struct bits b;

	if (h->n_matches == 0)
		return ISOKIT_OK;
	if (!bits_begin(&b, start, end, h->lmd_bits))
		return codec_fail_damaged(err, CODEC_LZFSE);
	for (uint32_t i = 0; i < h->n_matches; i++) {
		uint32_t literals, match, next;

		if (!bits_fill(&b))
			return codec_fail_damaged(err, CODEC_LZFSE);
		literals = take_value(&b, t->l, &l); /* 14 bits, */
		match = take_value(&b, t->m, &m);    /* 17, */
		next = take_value(&b, t->d, &d);     /* 23 at most */
		if (next)
			distance = next;
		if (literals > h->n_literals - used)
			return codec_fail_damaged(err, CODEC_LZFSE);
		if (literals > capacity - at || match > capacity - at - literals)
			return codec_fail_full(err, CODEC_LZFSE);
		copy_literals(out + at, t->literals + used, literals, capacity - at);
		at += literals;
		used += literals;
		if (match == 0)
			continue;
		if (distance == 0 || distance > at)
			return codec_fail_damaged(err, CODEC_LZFSE);
		codec_copy_match(out, at, distance, match, capacity);
		at += match;
	}
	*io_at = at;
	return ISOKIT_OK;
}

/* A block of triples at in[*io_from]. */
static enum isokit_status decode_block(struct tables *t, bool v2, const uint8_t *in,
				       size_t in_bytes, size_t *io_from, uint8_t *out,
				       size_t *io_at, size_t capacity, struct isokit_error *err)
{
	const uint8_t *p = in + *io_from;
	size_t left = in_bytes - *io_from;
	struct header *h = &t->header;
	const uint8_t *literals_end, *lmd_end;
	enum isokit_status st;

	if (!(v2 ? decode_v2(p, left, h) : decode_v1(p, left, h)) || !make_tables(t))
		return codec_fail_damaged(err, CODEC_LZFSE);
	left -= h->bytes;
	if (h->literal_payload_bytes > left ||
	    h->lmd_payload_bytes > left - h->literal_payload_bytes)
		return codec_fail_short(err, CODEC_LZFSE);
	literals_end = p + h->bytes + h->literal_payload_bytes;
	lmd_end = literals_end + h->lmd_payload_bytes;
	if (!decode_literals(t, p, literals_end))
		return codec_fail_damaged(err, CODEC_LZFSE);
	st = decode_matches(t, p, lmd_end, out, io_at, capacity, err);
	if (!st)
		*io_from = (size_t)(lmd_end - in);
	return st;
}

static enum isokit_status raw_block(const uint8_t *in, size_t in_bytes, size_t *io_from,
				    uint8_t *out, size_t *io_at, size_t capacity,
				    struct isokit_error *err)
{
	size_t n;

	if (in_bytes - *io_from < 8)
		return codec_fail_short(err, CODEC_LZFSE);
	n = get_le32(in + *io_from + 4);
	*io_from += 8;
	if (n > in_bytes - *io_from)
		return codec_fail_short(err, CODEC_LZFSE);
	if (n > capacity - *io_at)
		return codec_fail_full(err, CODEC_LZFSE);
	memcpy(out + *io_at, in + *io_from, n);
	*io_from += n;
	*io_at += n;
	return ISOKIT_OK;
}

static enum isokit_status lzvn_block(const uint8_t *in, size_t in_bytes, size_t *io_from,
				     uint8_t *out, size_t *io_at, size_t capacity,
				     struct isokit_error *err)
{
	enum isokit_status st;
	size_t n;

	if (in_bytes - *io_from < 12)
		return codec_fail_short(err, CODEC_LZFSE);
	n = get_le32(in + *io_from + 8);
	*io_from += 12;
	if (n > in_bytes - *io_from)
		return codec_fail_short(err, CODEC_LZFSE);
	st = codec_lzvn(in + *io_from, n, out, *io_at, capacity, io_at, err);
	*io_from += n;
	return st;
}

enum isokit_status codec_lzfse(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			       size_t *ret_bytes, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct tables *t = NULL;
	size_t from = 0, at = 0;
	uint32_t magic;

	for (;;) {
		if (in_bytes - from < 4) {
			st = codec_fail_short(err, CODEC_LZFSE);
			break;
		}
		magic = get_le32(in + from);
		if (magic == MAGIC_END)
			break;
		if (magic == MAGIC_RAW) {
			st = raw_block(in, in_bytes, &from, out, &at, capacity, err);
		} else if (magic == MAGIC_LZVN) {
			st = lzvn_block(in, in_bytes, &from, out, &at, capacity, err);
		} else if (magic == MAGIC_V1 || magic == MAGIC_V2) {
			if (!t)
				t = malloc(sizeof(*t));
			st = t ? decode_block(t, magic == MAGIC_V2, in, in_bytes, &from, out, &at,
					      capacity, err) :
				 isokit_fail_nomem(err, codec_name(CODEC_LZFSE), sizeof(*t));
		} else {
			st = codec_fail_damaged(err, CODEC_LZFSE);
		}
		if (st)
			break;
	}
	free(t);
	if (!st)
		*ret_bytes = at;
	return st;
}
