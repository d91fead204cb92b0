/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of an image: where they are, what may happen to them, and why some of it
 * cannot be seen. Written from the standards, without the decoders of lib/. */
#ifndef MUTATION_MUTATE_H
#define MUTATION_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ways to spoil a field. Numbers in both byte orders are two halves: all ways but
 * SWAP change one half. SWAP turns the whole field around: of a number in both
 * orders that is another number, in both orders. */
enum {
	FLIP = 1,	/* bits, one at a time */
	ZERO = 2,	/* all bytes 0 */
	ONES = 4,	/* all bytes FF */
	PLUS = 8,	/* one more */
	SWAP = 16,
	ALL = 31,
	BOTH = 64,	/* the field is in both byte orders: not a way, but a form */
	BIG = 128,	/* big-endian, for PLUS */
};

struct field {
	const char *name;
	uint32_t at, bytes;
	unsigned ways;      /* that must be found */
	const char *why;    /* ... and why not the others */
	uint8_t bits;	    /* for FLIP in fields of one byte: these bits; 0: all */
};

/* One field of the image at hand. */
typedef void (*field_fn)(void *ctx, const char *structure, const struct field *f, size_t offset);

/* Report every field of every structure that the image has. */
void structures(const uint8_t *image, size_t n, field_fn each, void *ctx);

#endif
