/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (FIPS 180-4) of a few hundred bytes a file: names and attributes, from which
 * ids are made. Contents are hashed by libcrypto, which is faster but takes 3 MB of
 * memory to begin. */
#ifndef AUTHOR_SHA256_H
#define AUTHOR_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_BLOCK_BYTES = 64 };

struct sha256 {
	uint32_t state[8];
	uint64_t bytes; /* so far */
	uint8_t block[SHA256_BLOCK_BYTES];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *bytes, size_t n);
void sha256_finish(struct sha256 *s, uint8_t ret_digest[SHA256_BYTES]);

#endif
