/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of output gathered before they reach the caller's write function.
 * Lives on the stack; report_out_end() hands over the rest. */
#ifndef REPORT_OUT_H
#define REPORT_OUT_H

#include <isokit/report.h>

#include <stdint.h>
#include <string.h>

#include "base/byteorder.h"

struct report_out {
	isokit_write_fn write;
	void *ctx;
	size_t used;
	bool failed; /* the write function refused: nothing more is sent */
	bool out_of_memory; /* a name could not be escaped */
	char bytes[2048];
};

static inline void report_out_start(struct report_out *o, isokit_write_fn write, void *ctx)
{
	/* Field by field: the buffer need not be cleared for every line of a listing. */
	o->write = write;
	o->ctx = ctx;
	o->used = 0;
	o->failed = false;
	o->out_of_memory = false;
}

void report_out_flush(struct report_out *o);
void report_out_long(struct report_out *o, const void *bytes, size_t n);

static inline void report_out_add(struct report_out *o, const void *bytes, size_t n)
{
	if (n > sizeof(o->bytes) || n > sizeof(o->bytes) - o->used) {
		report_out_long(o, bytes, n);
		return;
	}
	memcpy(o->bytes + o->used, bytes, n);
	o->used += n;
}

/* Room for n bytes (at most what the buffer holds) that the caller fills; then
 * report_out_took() with what is behind them. */
static inline char *report_out_room(struct report_out *o, size_t n)
{
	if (n > sizeof(o->bytes) - o->used)
		report_out_flush(o);
	return o->bytes + o->used;
}

static inline void report_out_took(struct report_out *o, const char *end)
{
	o->used = (size_t)(end - o->bytes);
}

static inline void report_out_char(struct report_out *o, char c)
{
	if (o->used == sizeof(o->bytes))
		report_out_flush(o);
	o->bytes[o->used++] = c;
}

static inline void report_out_str(struct report_out *o, const char *s)
{
	report_out_add(o, s, strlen(s));
}

/* "00" to "99" */
extern const char report_two_digits[201];

enum {
	REPORT_NUMBER_BYTES = 40, /* room that report_put_number() needs */
	REPORT_NUMBER_WIDTH = 16, /* widest column it can fill */
};

/* The number, right-aligned in at least `width` columns; returns what is behind
 * it. More bytes than it takes may be written, of fixed numbers. */
static inline char *report_put_number(char *p, uint64_t n, unsigned width)
{
	char digits[40];
	unsigned at = 20, used;

	for (; n >= 100; n /= 100) {
		at -= 2;
		memcpy(digits + at, report_two_digits + n % 100 * 2, 2);
	}
	if (n >= 10) {
		at -= 2;
		memcpy(digits + at, report_two_digits + n * 2, 2);
	} else {
		digits[--at] = (char)('0' + n);
	}
	used = 20 - at;
	if (width > used) {
		memset(p, ' ', REPORT_NUMBER_WIDTH);
		p += width - used;
	}
	memset(digits + 20, 0, sizeof(digits) - 20);
	memcpy(p, digits + at, 20);
	return p + used;
}

static inline char *report_put_two(char *p, unsigned n)
{
	memcpy(p, report_two_digits + n % 100 * 2, 2);
	return p + 2;
}

/* How many bytes at the beginning are printable ASCII other than a backslash or
 * a quotation mark: eight at once. */
static inline size_t report_plain_bytes(const unsigned char *p, size_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
	size_t at = 0;

#define ZERO_BYTE(v) (((v) - ones) & ~(v) & high)
	for (; n - at >= 8; at += 8) {
		uint64_t x = get_le64(p + at);
		uint64_t stop = (x & high) | ((x - ones * 0x20) & ~x & high) |
				ZERO_BYTE(x ^ ones * 0x7f) | ZERO_BYTE(x ^ ones * '\\') |
				ZERO_BYTE(x ^ ones * '"');

		/* The lowest mark is right; those above it may be borrowed. */
		if (stop)
			return at + (size_t)__builtin_ctzll(stop) / 8;
	}
#undef ZERO_BYTE
	while (at < n && p[at] >= 0x20 && p[at] < 0x7f && p[at] != '\\' && p[at] != '"')
		at++;
	return at;
}

/* A number, right-aligned in at least `width` columns. */
void report_out_number(struct report_out *o, uint64_t n, unsigned width);

/* Exactly `digits` decimal digits (2: "07"). */
void report_out_digits(struct report_out *o, uint64_t n, unsigned digits);

void report_out_spaces(struct report_out *o, size_t n);

/* Bytes made harmless for a terminal, see isokit_escape(). */
void report_out_escaped(struct report_out *o, const void *bytes, size_t n);

/* ISOKIT_OK, ISOKIT_E_CANCELLED when the write function refused, or
 * ISOKIT_E_NOMEM. */
enum isokit_status report_out_end(struct report_out *o);

#endif
