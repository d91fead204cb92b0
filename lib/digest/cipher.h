/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ciphers, and keys from passwords, over libcrypto: what encrypted disk images need. */
#ifndef DIGEST_CIPHER_H
#define DIGEST_CIPHER_H

#include <isokit/error.h>

#include <stdbool.h>

enum cipher_kind { CIPHER_AES_128_CBC, CIPHER_AES_256_CBC, CIPHER_3DES_CBC, CIPHER_COUNT };

/* libcrypto, loaded. Any number of threads may use it. */
struct ciphers;

/* ISOKIT_E_UNSUPPORTED: there is no libcrypto. Free with ciphers_free(). */
enum isokit_status ciphers_load(struct ciphers **ret, struct isokit_error *err);
void ciphers_free(struct ciphers *c); /* NULL is allowed */

size_t cipher_key_bytes(enum cipher_kind kind);
size_t cipher_block_bytes(enum cipher_kind kind); /* also of the initialisation vector */

/* PBKDF2 with HMAC-SHA-1. False after a failure of libcrypto. */
bool cipher_pbkdf2_sha1(const struct ciphers *c, const void *password, size_t password_bytes,
			const uint8_t *salt, size_t salt_bytes, uint32_t rounds, uint8_t *key,
			size_t key_bytes);

/* Decrypt n bytes, a multiple of the block, without looking at padding. */
bool cipher_decrypt(const struct ciphers *c, enum cipher_kind kind, const uint8_t *key,
		    const uint8_t *iv, const uint8_t *in, size_t n, uint8_t *out);

/* Blocks that each have a vector of their own: the HMAC-SHA-1 of their number. Not for
 * several threads at once. */
struct cipher_blocks;

enum { CIPHER_HMAC_KEY_BYTES = 20 };

/* NULL after a failure. Free with cipher_blocks_free(). */
struct cipher_blocks *cipher_blocks_new(const struct ciphers *c, enum cipher_kind kind,
					const uint8_t *key,
					const uint8_t hmac_key[CIPHER_HMAC_KEY_BYTES]);
bool cipher_blocks_decrypt(struct cipher_blocks *b, uint32_t number, const uint8_t *in, size_t n,
			   uint8_t *out);
void cipher_blocks_free(struct cipher_blocks *b);

#endif
