/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codec/flac.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"

enum {
	MAX_BLOCK = 65536, /* samples of a frame */
	MAX_ORDER = 32,
	CHANNELS = 2,
};

/* Bits, the highest first; behind the end there are zeros, and `over` is set. */
struct bits {
	const uint8_t *p;
	size_t n, at; /* bytes taken into `held` */
	uint64_t held;
	unsigned count;
	bool over;
};

static void fill(struct bits *b, unsigned n)
{
	while (b->count < n) {
		b->held = b->held << 8 | (b->at < b->n ? b->p[b->at] : 0);
		b->over = b->over || b->at >= b->n + 8;
		b->at++;
		b->count += 8;
	}
}

/* Up to 32 bits. */
static uint32_t get(struct bits *b, unsigned n)
{
	if (n == 0)
		return 0;
	fill(b, n);
	b->count -= n;
	return (uint32_t)(b->held >> b->count & ((UINT64_C(1) << n) - 1));
}

static int32_t get_signed(struct bits *b, unsigned n)
{
	uint32_t v = get(b, n);

	return n && v >> (n - 1) ? (int32_t)(v - (UINT32_C(1) << (n - 1)) - (UINT32_C(1) << (n - 1))) :
				   (int32_t)v;
}

static uint32_t get_unary(struct bits *b)
{
	uint32_t zeros = 0;

	while (!b->over && get(b, 1) == 0)
		zeros++;
	return zeros;
}

/* Where the next whole byte is. */
static size_t align(struct bits *b)
{
	b->count -= b->count % 8;
	return b->at - b->count / 8;
}

/* ---- subframes ------------------------------------------------------------------------- */

/* Residual, section 9.2.7, behind the warm-up samples. */
static const char *residual(struct bits *b, int32_t *s, unsigned block, unsigned order)
{
	unsigned method = get(b, 2), partitions, width, escape, at = order;

	if (method > 1)
		return "a residual of a kind that there is not";
	width = method ? 5 : 4;
	escape = method ? 31 : 15;
	partitions = 1u << get(b, 4);
	if (block % partitions || block / partitions < order)
		return "partitions that do not fit the block";
	for (unsigned p = 0; p < partitions; p++) {
		unsigned n = block / partitions - (p ? 0 : order), k = get(b, width);

		if (k == escape) {
			unsigned raw = get(b, 5);

			for (; n; n--)
				s[at++] = get_signed(b, raw);
			continue;
		}
		for (; n; n--) {
			uint32_t v = get_unary(b);

			if (b->over)
				return "the bits end too early";
			v = v << k | get(b, k);
			s[at++] = (int32_t)(v >> 1) ^ -(int32_t)(v & 1);
		}
	}
	return NULL;
}

/* Wrapping is what a broken stream gets; nothing depends on the values. */
static int32_t add(int64_t a, int64_t b)
{
	return (int32_t)(uint32_t)((uint64_t)a + (uint64_t)b);
}

static void predict_fixed(int32_t *s, unsigned block, unsigned order)
{
	static const int8_t factors[5][4] = {
		{ 0 }, { 1 }, { 2, -1 }, { 3, -3, 1 }, { 4, -6, 4, -1 }
	};

	for (unsigned i = order; i < block; i++) {
		int64_t sum = 0;

		for (unsigned k = 0; k < order; k++)
			sum += (int64_t)factors[order][k] * s[i - 1 - k];
		s[i] = add(s[i], sum);
	}
}

static const char *linear(struct bits *b, int32_t *s, unsigned block, unsigned order)
{
	unsigned precision = get(b, 4) + 1;
	int32_t shift = get_signed(b, 5), factors[MAX_ORDER];
	const char *why;

	if (precision == 16 || shift < 0)
		return "a predictor that there is not";
	for (unsigned k = 0; k < order; k++)
		factors[k] = get_signed(b, precision);
	why = residual(b, s, block, order);
	for (unsigned i = order; !why && i < block; i++) {
		int64_t sum = 0;

		for (unsigned k = 0; k < order; k++)
			sum += (int64_t)factors[k] * s[i - 1 - k];
		s[i] = add(s[i], sum >> shift);
	}
	return why;
}

static const char *subframe(struct bits *b, int32_t *s, unsigned block, unsigned depth)
{
	unsigned kind, order, wasted = 0;
	const char *why = NULL;

	if (get(b, 1))
		return "a subframe without its zero bit";
	kind = get(b, 6);
	if (get(b, 1))
		wasted = get_unary(b) + 1;
	if (wasted >= depth)
		return "more wasted bits than there are";
	depth -= wasted;
	if (kind == 0) {
		s[0] = get_signed(b, depth);
		for (unsigned i = 1; i < block; i++)
			s[i] = s[0];
	} else if (kind == 1) {
		for (unsigned i = 0; i < block; i++)
			s[i] = get_signed(b, depth);
	} else if (kind >= 8 && kind <= 12) {
		order = kind - 8;
		if (order > block)
			return "a predictor longer than its block";
		for (unsigned i = 0; i < order; i++)
			s[i] = get_signed(b, depth);
		why = residual(b, s, block, order);
		if (!why)
			predict_fixed(s, block, order);
	} else if (kind >= 32) {
		order = kind - 31;
		if (order > block)
			return "a predictor longer than its block";
		for (unsigned i = 0; i < order; i++)
			s[i] = get_signed(b, depth);
		why = linear(b, s, block, order);
	} else {
		return "a subframe of a kind that there is not";
	}
	for (unsigned i = 0; wasted && !why && i < block; i++)
		s[i] = (int32_t)((uint32_t)s[i] << wasted);
	return why;
}

/* ---- frames -------------------------------------------------------------------------------- */

/* Section 9.1; *ret_channels is the code for how the two are coupled. */
static const char *header(struct bits *b, unsigned *ret_block, unsigned *ret_channels)
{
	unsigned block, rate, depth, lead;

	if (get(b, 14) != 0x3ffe)
		return "no frame where one should be";
	get(b, 2);
	block = get(b, 4);
	rate = get(b, 4);
	*ret_channels = get(b, 4);
	depth = get(b, 3);
	get(b, 1);
	if (*ret_channels != 1 && (*ret_channels < 8 || *ret_channels > 10))
		return "not two channels";
	if (depth != 0 && depth != 4)
		return "not 16 bits";
	/* The number of the frame, as UTF-8 counts. */
	lead = get(b, 8);
	for (unsigned bit = 0x40; (lead & 0x80) && (lead & bit) && bit > 1; bit >>= 1)
		get(b, 8);
	if (block == 0)
		return "a block without samples";
	if (block == 1)
		*ret_block = 192;
	else if (block <= 5)
		*ret_block = 576u << (block - 2);
	else if (block == 6)
		*ret_block = get(b, 8) + 1;
	else if (block == 7)
		*ret_block = get(b, 16) + 1;
	else
		*ret_block = 256u << (block - 8);
	if (rate == 12)
		get(b, 8);
	else if (rate >= 13)
		get(b, 16);
	get(b, 8); /* its CRC; that of the whole chunk is elsewhere */
	return NULL;
}

/* Left and right from what is coupled. */
static void decouple(unsigned channels, int32_t *a, int32_t *b, unsigned block)
{
	for (unsigned i = 0; i < block; i++) {
		if (channels == 8) {
			b[i] = add(a[i], -(int64_t)b[i]);
		} else if (channels == 9) {
			a[i] = add(a[i], b[i]);
		} else if (channels == 10) {
			int64_t mid = (int64_t)a[i] * 2 | (b[i] & 1), side = b[i];

			a[i] = (int32_t)((mid + side) >> 1);
			b[i] = (int32_t)((mid - side) >> 1);
		}
	}
}

static const char *frame(struct bits *b, int32_t *samples[CHANNELS], unsigned *ret_block)
{
	unsigned channels, block;
	const char *why = header(b, &block, &channels);

	for (unsigned c = 0; !why && c < CHANNELS; c++) {
		/* The difference of two has a bit more. */
		bool side = (channels == 8 && c == 1) || (channels == 9 && c == 0) ||
			    (channels == 10 && c == 1);

		why = subframe(b, samples[c], block, side ? 17 : 16);
	}
	if (!why && b->over)
		why = "the bits end too early";
	if (why)
		return why;
	align(b);
	get(b, 16); /* CRC of the frame */
	decouple(channels, samples[0], samples[1], block);
	*ret_block = block;
	return NULL;
}

static void put(uint8_t *out, const int32_t *left, const int32_t *right, size_t n, bool big_endian)
{
	for (size_t i = 0; i < n; i++, out += 4) {
		if (big_endian) {
			put_be16(out, (uint16_t)left[i]);
			put_be16(out + 2, (uint16_t)right[i]);
		} else {
			put_le16(out, (uint16_t)left[i]);
			put_le16(out + 2, (uint16_t)right[i]);
		}
	}
}

const char *codec_flac_run(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t samples,
			   bool big_endian, size_t *ret_used)
{
	struct bits b = { .p = in, .n = in_bytes };
	int32_t *memory, *both[CHANNELS];
	const char *why = NULL;
	unsigned block;

	memory = malloc(sizeof(*memory) * MAX_BLOCK * CHANNELS);
	if (!memory)
		return "no memory";
	both[0] = memory;
	both[1] = memory + MAX_BLOCK;
	while (samples && !why) {
		size_t n;

		why = frame(&b, both, &block);
		if (why)
			break;
		n = (size_t)min_u64(block, samples);
		put(out, both[0], both[1], n, big_endian);
		out += n * 4;
		samples -= n;
	}
	free(memory);
	*ret_used = (size_t)min_u64(align(&b), in_bytes);
	return why;
}
