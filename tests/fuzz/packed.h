/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks and volumes of megabytes in inputs of some kilobytes: what is not zero, in
 * pieces of 512 bytes.
 *
 *	8 bytes   "packed\r\n"
 *	4 bytes   size in pieces, little-endian
 *	then, for each piece: 4 bytes its number, 512 bytes
 *
 * What is left at the end belongs to no piece. Any other input is the image itself. */
#ifndef FUZZ_PACKED_H
#define FUZZ_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKED_MARK "packed\r\n"

enum {
	PACKED_PIECE = 512,
	PACKED_HEAD = 12,
	PACKED_RECORD = 4 + PACKED_PIECE,
	PACKED_MAX_RECORDS = 4096,
};

struct isokit_source;

/* An image as pieces that can be changed, packed or not. */
struct pieces {
	uint8_t *first; /* bytes of the first one */
	size_t n, step; /* how many, and bytes from one to the next */
	bool packed;
};

bool packed_is(const uint8_t *bytes, size_t n);
uint64_t packed_image_bytes(const uint8_t *bytes, size_t n);

/* The image as a source; of packed ones up to `most` bytes, zeros for what has no piece. The
 * input is borrowed. NULL without memory. */
struct isokit_source *packed_open(const uint8_t *bytes, size_t n, uint64_t most);

/* The image as it would lie in memory, of at most `most` bytes; from malloc, never empty. */
uint8_t *packed_expand(const uint8_t *bytes, size_t n, size_t most, size_t *ret_n);

/* The pieces of an input, from the first to the last that is whole. */
void packed_pieces(uint8_t *bytes, size_t n, struct pieces *ret);
uint32_t packed_number(const struct pieces *p, size_t i);

/* `n` bytes from byte `at` of the image on, and back: what has no piece stays zero. */
void packed_get(const struct pieces *p, uint64_t at, uint8_t *buffer, size_t n);
void packed_put(const struct pieces *p, uint64_t at, const uint8_t *buffer, size_t n);

/* Checksums of the block around byte `at`: were they right, and make them right again. */
struct packed_signer {
	bool (*right)(const struct pieces *p, uint64_t at);
	void (*sign)(const struct pieces *p, uint64_t at);
};

/* Change something: numbers of both byte orders, records, pieces, the size. */
size_t packed_mutate(uint8_t *bytes, size_t n, size_t max, unsigned seed,
		     const struct packed_signer *signer);

/* Some pieces of one packed image in another. */
size_t packed_cross(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b, uint8_t *out,
		    size_t max, unsigned seed);

#endif
