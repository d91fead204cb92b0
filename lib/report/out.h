/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of output gathered before they reach the caller's write function.
 * Lives on the stack; report_out_end() hands over the rest. */
#ifndef REPORT_OUT_H
#define REPORT_OUT_H

#include <isokit/report.h>

#include <stdint.h>
#include <string.h>

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
