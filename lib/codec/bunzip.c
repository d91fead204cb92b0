/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream of bzip2 that is in memory as a whole. libbz2 is made for pieces of any size,
 * and takes a third longer. Blocks that are randomised (nobody has written them since 0.9.5)
 * are left to it. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "codec/impl.h"

enum {
	MAX_GROUPS = 6, MAX_SYMBOLS = 258, MAX_SELECTORS = 18002, GROUP_RUN = 50,
	MAX_LENGTH = 20, FAST_BITS = 10, RUN_A = 0, RUN_B = 1, BLOCK_UNIT = 100000,
};

#define BLOCK_MARK UINT64_C(0x314159265359)
#define END_MARK UINT64_C(0x177245385090)

/* A prefix code. */
struct code {
	uint16_t fast[1 << FAST_BITS]; /* symbol × 32 + length; 0: longer */
	uint32_t limit[MAX_LENGTH + 2]; /* first code, of MAX_LENGTH bits, that is longer */
	uint32_t offset[MAX_LENGTH + 2];
	uint16_t symbols[MAX_SYMBOLS]; /* in order of their codes */
	unsigned longest;
};

struct bunzip {
	const uint8_t *in, *end;
	uint64_t held; /* its highest bits are the next */
	unsigned n;
	unsigned missing; /* bits that were taken from behind the end */
	uint8_t *out;
	size_t at, capacity;
	uint32_t crc[4][256];
	uint32_t combined;
	uint32_t block_max;
	struct code codes[MAX_GROUPS];
	uint8_t selectors[MAX_SELECTORS];
	uint8_t mtf[256 + 8];
	uint32_t *tt;
};

/* ---- bits ------------------------------------------------------------------------------------- */

static inline void refill(struct bunzip *b)
{
	if (b->end - b->in >= 8) {
		b->held |= get_be64(b->in) >> b->n;
		b->in += (63 - b->n) >> 3;
		b->n |= 56;
		return;
	}
	while (b->n <= 56) {
		if (b->in < b->end)
			b->held |= (uint64_t)*b->in++ << (56 - b->n);
		else
			b->missing += 8;
		b->n += 8;
	}
}

static inline uint32_t take(struct bunzip *b, unsigned n)
{
	uint32_t v;

	if (b->n < n)
		refill(b);
	v = (uint32_t)(b->held >> 32 >> (32 - n));
	b->held <<= n;
	b->n -= n;
	return v;
}

/* Were there bits that are not there? Those that were not used do not count. */
static bool is_short(const struct bunzip *b)
{
	return b->missing > b->n;
}

/* ---- codes -------------------------------------------------------------------------------------- */

static bool make_code(struct code *c, const uint8_t *lengths, unsigned n_symbols)
{
	unsigned counts[MAX_LENGTH + 2] = { 0 }, at = 0;
	uint32_t next = 0;

	memset(c->fast, 0, sizeof(c->fast));
	for (unsigned s = 0; s < n_symbols; s++)
		counts[lengths[s]]++;
	c->longest = 0;
	for (unsigned l = 1; l <= MAX_LENGTH; l++) {
		uint32_t first = next;

		if (counts[l])
			c->longest = l;
		if (counts[l] > (UINT32_C(1) << l) - first)
			return false;
		c->offset[l] = at - first;
		for (unsigned s = 0; s < n_symbols; s++) {
			if (lengths[s] != l)
				continue;
			c->symbols[at++] = (uint16_t)s;
			if (l <= FAST_BITS)
				for (uint32_t k = 0; k < UINT32_C(1) << (FAST_BITS - l); k++)
					c->fast[(next << (FAST_BITS - l)) + k] = (uint16_t)(s << 5 | l);
			next++;
		}
		c->limit[l] = next << (MAX_LENGTH - l);
		next <<= 1;
	}
	return true;
}

/* MAX_SYMBOLS: there is no such code. At least MAX_LENGTH bits are held. */
static inline unsigned symbol(struct bunzip *b, const struct code *c)
{
	unsigned e = c->fast[b->held >> (64 - FAST_BITS)], l;
	uint32_t v;

	if (e) {
		b->held <<= e & 31;
		b->n -= e & 31;
		return e >> 5;
	}
	v = (uint32_t)(b->held >> (64 - MAX_LENGTH));
	for (l = FAST_BITS + 1; l <= c->longest; l++)
		if (v < c->limit[l])
			break;
	if (l > c->longest)
		return MAX_SYMBOLS;
	b->held <<= l;
	b->n -= l;
	return c->symbols[(v >> (MAX_LENGTH - l)) + c->offset[l]];
}

/* ---- a block --------------------------------------------------------------------------------------- */

/* Bytes in use, selectors and codes. *ret_symbols is 0 when they cannot be. */
static void read_tables(struct bunzip *b, unsigned *ret_symbols, unsigned *ret_selectors)
{
	uint32_t used = take(b, 16);
	unsigned n = 0, groups, selectors, kept;
	uint8_t order[MAX_GROUPS] = { 0, 1, 2, 3, 4, 5 };

	*ret_symbols = 0;
	for (unsigned i = 0; i < 16; i++) {
		uint32_t row;

		if (!(used >> (15 - i) & 1))
			continue;
		row = take(b, 16);
		for (unsigned k = 0; k < 16; k++)
			if (row >> (15 - k) & 1)
				b->mtf[n++] = (uint8_t)(i * 16 + k);
	}
	groups = take(b, 3);
	selectors = take(b, 15);
	if (n == 0 || groups < 2 || groups > MAX_GROUPS || selectors == 0)
		return;
	kept = selectors < MAX_SELECTORS ? selectors : MAX_SELECTORS;
	for (unsigned i = 0; i < selectors; i++) {
		unsigned j = 0;
		uint8_t s;

		while (take(b, 1))
			if (++j >= groups)
				return;
		s = order[j];
		memmove(order + 1, order, j);
		order[0] = s;
		if (i < kept)
			b->selectors[i] = s;
	}
	for (unsigned g = 0; g < groups; g++) {
		uint8_t lengths[MAX_SYMBOLS];
		unsigned l = take(b, 5);

		for (unsigned s = 0; s < n + 2; s++) {
			for (;;) {
				if (l < 1 || l > MAX_LENGTH || is_short(b))
					return;
				if (!take(b, 1))
					break;
				l += take(b, 1) ? -1u : 1u;
			}
			lengths[s] = (uint8_t)l;
		}
		if (!make_code(&b->codes[g], lengths, n + 2))
			return;
	}
	*ret_symbols = n + 2;
	*ret_selectors = kept;
}

static inline uint8_t move_to_front(uint8_t *list, unsigned i)
{
	uint8_t c = list[i];

	if (i < 8) {
		uint64_t v = get_le64(list), mask = UINT64_MAX >> (56 - 8 * i);

		put_le64(list, (v & ~mask) | ((v << 8 | c) & mask));
	} else {
		memmove(list + 1, list, i);
		list[0] = c;
	}
	return c;
}

/* The symbols of a block into b->tt; returns how many, or UINT32_MAX. */
static uint32_t read_symbols(struct bunzip *b, unsigned n_symbols, unsigned n_selectors,
			     uint32_t counts[256])
{
	uint32_t n = 0, run = 0, weight = 1;

	for (unsigned group = 0; group < n_selectors; group++) {
		const struct code *c = &b->codes[b->selectors[group]];

		if (is_short(b))
			return UINT32_MAX;
		for (unsigned i = 0; i < GROUP_RUN; i++) {
			unsigned s;
			uint8_t byte;

			if (b->n < MAX_LENGTH)
				refill(b);
			s = symbol(b, c);
			if (s <= RUN_B) {
				if (weight > b->block_max)
					return UINT32_MAX;
				run += weight << s;
				weight <<= 1;
				continue;
			}
			if (run) {
				if (run > b->block_max - n)
					return UINT32_MAX;
				byte = b->mtf[0];
				counts[byte] += run;
				while (run) {
					b->tt[n++] = byte;
					run--;
				}
				weight = 1;
			}
			if (s == n_symbols - 1)
				return n;
			if (s >= n_symbols || n == b->block_max)
				return UINT32_MAX;
			byte = move_to_front(b->mtf, s - 1);
			counts[byte]++;
			b->tt[n++] = byte;
		}
	}
	return UINT32_MAX; /* no end */
}

/* Turn the transform around, and undo the first run-length coding. False: no room. */
static bool put_block(struct bunzip *b, uint32_t n, uint32_t origin, uint32_t counts[256])
{
	uint32_t *tt = b->tt, sum = 0, p;
	uint8_t *to = b->out + b->at, *end = b->out + b->capacity;
	unsigned same = 0, last = 256;

	for (unsigned i = 0; i < 256; i++) {
		uint32_t c = counts[i];

		counts[i] = sum;
		sum += c;
	}
	for (uint32_t i = 0; i < n; i++)
		tt[counts[tt[i] & 255]++] |= i << 8;
	p = tt[origin] >> 8;
	while (n--) {
		uint8_t byte;

		p = tt[p];
		byte = (uint8_t)p;
		p >>= 8;
		if (to == end)
			return false;
		*to++ = byte;
		if (byte != last) {
			last = byte;
			same = 1;
			continue;
		}
		if (++same == 4 && n) {
			n--;
			p = tt[p];
			if ((size_t)(end - to) < (p & 255))
				return false;
			memset(to, byte, p & 255);
			to += p & 255;
			p >>= 8;
			last = 256;
		}
	}
	b->at = (size_t)(to - b->out);
	return true;
}

/* ---- checksums: CRC32 from the highest bit on -------------------------------------------------------- */

static void make_crc(struct bunzip *b)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i << 24;

		for (unsigned k = 0; k < 8; k++)
			c = c << 1 ^ (c >> 31 ? UINT32_C(0x04c11db7) : 0);
		b->crc[0][i] = c;
	}
	for (unsigned k = 1; k < 4; k++)
		for (unsigned i = 0; i < 256; i++)
			b->crc[k][i] = b->crc[k - 1][i] << 8 ^ b->crc[0][b->crc[k - 1][i] >> 24];
}

static uint32_t crc_of(const struct bunzip *b, const uint8_t *p, size_t n)
{
	uint32_t c = UINT32_MAX;

	for (; n >= 4; n -= 4, p += 4) {
		c ^= get_be32(p);
		c = b->crc[3][c >> 24] ^ b->crc[2][c >> 16 & 255] ^ b->crc[1][c >> 8 & 255] ^
		    b->crc[0][c & 255];
	}
	for (; n; n--, p++)
		c = c << 8 ^ b->crc[0][c >> 24 ^ *p];
	return ~c;
}

/* ---- the stream ---------------------------------------------------------------------------------------- */

static enum isokit_status damaged(const struct bunzip *b, struct isokit_error *err)
{
	return is_short(b) ? codec_fail_short(err, CODEC_BZIP2) : codec_fail_damaged(err, CODEC_BZIP2);
}

static enum isokit_status read_block(struct bunzip *b, struct isokit_error *err)
{
	uint32_t crc = take(b, 32), counts[256] = { 0 }, origin, n;
	unsigned n_symbols, n_selectors = 0;
	size_t before = b->at;

	if (take(b, 1))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "bzip2",
				   "has randomised blocks");
	origin = take(b, 24);
	read_tables(b, &n_symbols, &n_selectors);
	if (n_symbols == 0 || is_short(b))
		return damaged(b, err);
	n = read_symbols(b, n_symbols, n_selectors, counts);
	if (n == UINT32_MAX || origin >= n || is_short(b))
		return damaged(b, err);
	if (!put_block(b, n, origin, counts))
		return codec_fail_full(err, CODEC_BZIP2);
	if (crc_of(b, b->out + before, b->at - before) != crc)
		return damaged(b, err);
	b->combined = (b->combined << 1 | b->combined >> 31) ^ crc;
	return ISOKIT_OK;
}

static enum isokit_status run(struct bunzip *b, struct isokit_error *err)
{
	for (;;) {
		uint64_t mark = (uint64_t)take(b, 24) << 24;
		enum isokit_status st;

		mark |= take(b, 24);
		if (mark == END_MARK)
			return take(b, 32) == b->combined && !is_short(b) ? ISOKIT_OK : damaged(b, err);
		if (mark != BLOCK_MARK)
			return damaged(b, err);
		st = read_block(b, err);
		if (st)
			return st;
	}
}

enum isokit_status codec_bunzip(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
				size_t *ret_bytes, struct isokit_error *err)
{
	enum isokit_status st;
	struct bunzip *b;

	if (in_bytes < 14)
		return codec_fail_short(err, CODEC_BZIP2);
	if (memcmp(in, "BZh", 3) != 0 || in[3] < '1' || in[3] > '9')
		return codec_fail_damaged(err, CODEC_BZIP2);
	b = malloc(sizeof(*b));
	if (!b)
		return isokit_fail_nomem(err, "bzip2", sizeof(*b));
	memset(b, 0, offsetof(struct bunzip, codes));
	memset(b->mtf, 0, sizeof(b->mtf));
	b->in = in + 4;
	b->end = in + in_bytes;
	b->out = out;
	b->capacity = capacity;
	b->block_max = (uint32_t)(in[3] - '0') * BLOCK_UNIT;
	b->tt = malloc(b->block_max * sizeof(*b->tt));
	make_crc(b);
	st = b->tt ? run(b, err) : isokit_fail_nomem(err, "bzip2", b->block_max * sizeof(*b->tt));
	if (!st)
		*ret_bytes = b->at;
	free(b->tt);
	free(b);
	return st;
}
