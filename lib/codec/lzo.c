/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LZO1X, as Documentation/staging/lzo.rst of Linux describes it. */
#include <string.h>

#include "base/byteorder.h"
#include "codec/impl.h"

struct state {
	const uint8_t *in;
	size_t at, n;
	uint8_t *out;
	size_t to, capacity;
	enum isokit_status status;
	struct isokit_error *err;
};

static bool fail(struct state *s, enum isokit_status st)
{
	s->status = st;
	return false;
}

/* A length that its bits were too few for: zeros are 255 each. */
static bool long_length(struct state *s, size_t *length)
{
	while (s->at < s->n && s->in[s->at] == 0) {
		*length += 255;
		s->at++;
	}
	if (s->at == s->n || *length > s->capacity)
		return fail(s, codec_fail_short(s->err, CODEC_LZO));
	*length += s->in[s->at++];
	return true;
}

static bool literals(struct state *s, size_t n)
{
	if (n > s->n - s->at)
		return fail(s, codec_fail_short(s->err, CODEC_LZO));
	if (n > s->capacity - s->to)
		return fail(s, codec_fail_full(s->err, CODEC_LZO));
	memcpy(s->out + s->to, s->in + s->at, n);
	s->at += n;
	s->to += n;
	return true;
}

static bool match(struct state *s, size_t distance, size_t n)
{
	if (distance > s->to)
		return fail(s, codec_fail_damaged(s->err, CODEC_LZO));
	if (n > s->capacity - s->to)
		return fail(s, codec_fail_full(s->err, CODEC_LZO));
	codec_copy_match(s->out, s->to, distance, n, s->capacity);
	s->to += n;
	return true;
}

/* The two bytes of a far match: 14 bits of distance, 2 of literals that follow. */
static bool far_match(struct state *s, unsigned code, size_t *ret_distance, size_t *ret_length,
		      unsigned *ret_literals)
{
	bool farther = code < 32;
	size_t length = code & (farther ? 7 : 31);
	unsigned word;

	if (length == 0) {
		length = farther ? 7 : 31;
		if (!long_length(s, &length))
			return false;
	}
	if (s->n - s->at < 2)
		return fail(s, codec_fail_short(s->err, CODEC_LZO));
	word = get_le16(s->in + s->at);
	s->at += 2;
	*ret_distance = farther ? 16384 + ((code & 8u) << 11) + (word >> 2) : (word >> 2) + 1;
	*ret_length = length + 2;
	*ret_literals = word & 3;
	return true;
}

/* One instruction; `last`: how many literals the one before copied, 4 for more. False: the
 * end. */
static bool step(struct state *s, unsigned *last)
{
	size_t distance = 0, length = 0;
	unsigned code = s->in[s->at++], after = code & 3;

	if (code < 16 && *last == 0) {
		length = code;
		if (length == 0) {
			length = 15;
			if (!long_length(s, &length))
				return false;
		}
		*last = 4;
		return literals(s, length + 3);
	}
	if (code >= 16 && code < 64) {
		if (!far_match(s, code, &distance, &length, &after) ||
		    (code < 32 && distance == 16384)) /* the end of the stream */
			return false;
	} else {
		if (s->at == s->n)
			return fail(s, codec_fail_short(s->err, CODEC_LZO));
		if (code >= 64) {
			distance = ((size_t)s->in[s->at++] << 3) + (code >> 2 & 7) + 1;
			length = code >= 128 ? 5 + (code >> 5 & 3) : 3 + (code >> 5 & 1);
		} else {
			distance = ((size_t)s->in[s->at++] << 2) + (code >> 2) +
				   (*last == 4 ? 2049 : 1);
			length = *last == 4 ? 3 : 2;
		}
	}
	*last = after;
	return match(s, distance, length) && literals(s, after);
}

enum isokit_status codec_lzo(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			     size_t *ret_bytes, struct isokit_error *err)
{
	struct state s = { .in = in, .n = in_bytes, .out = out, .capacity = capacity, .err = err };
	unsigned last = 0;
	bool more = in_bytes > 0;

	if (!more)
		return codec_fail_short(err, CODEC_LZO);
	if (in[0] > 17) {
		s.at = 1;
		last = in[0] < 21 ? in[0] - 17 : 4;
		more = literals(&s, in[0] - 17u);
	}
	while (more) {
		if (s.at == s.n)
			return codec_fail_short(err, CODEC_LZO);
		more = step(&s, &last);
	}
	*ret_bytes = s.to;
	return s.status;
}
