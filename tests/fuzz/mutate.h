/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing images where it matters: numbers in both byte orders, descriptors,
 * directory records, System Use fields, UDF descriptors (whose checksum and CRC are
 * made right again), GPT headers, boot catalogs, FAT folders, PE headers. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECTOR = 2048 };

/* An image as sectors, wherever they are. */
struct sectors {
	uint8_t *first;  /* bytes of the first one */
	size_t n, step;  /* how many, and bytes from one to the next */
	uint32_t (*lba)(const struct sectors *s, size_t i); /* NULL: i */
};

/* Change something. The same seed changes the same. */
void mutate_sectors(const struct sectors *s, unsigned seed);

/* A whole mutation of a raw image of `n` bytes in a buffer of `max`: sectors, or the
 * size. Returns the new size. */
size_t mutate_image(uint8_t *bytes, size_t n, size_t max, unsigned seed);

/* Some sectors of one image in another. */
size_t mutate_cross(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b, uint8_t *out,
		    size_t max, unsigned seed);

/* What libFuzzer offers, or the replay driver in its place: change up to n bytes. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t max);

#endif
