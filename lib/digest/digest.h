/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Incremental digests over libcrypto. */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include <isokit/digest.h>

#include <stdbool.h>
#include <stdint.h>

struct digest;

/* A digest of no bytes yet, or NULL when memory is refused or libcrypto does not
 * offer the algorithm (a FIPS provider has no MD5). Free with digest_free(). */
struct digest *digest_new(const struct isokit_digests *lib, enum isokit_digest_kind kind);

/* False after a failure of libcrypto. */
bool digest_update(struct digest *d, const void *bytes, size_t n);

/* The digest of the bytes so far; more may follow. */
bool digest_peek(struct digest *d, uint8_t out[ISOKIT_DIGEST_MAX_BYTES]);

/* The digest; nothing may follow but digest_restart() and digest_free(). */
bool digest_finish(struct digest *d, uint8_t out[ISOKIT_DIGEST_MAX_BYTES]);

/* Of no bytes again, perhaps of another kind: cheaper than a new one. */
bool digest_restart(struct digest *d, enum isokit_digest_kind kind);

void digest_free(struct digest *d);

/* All at once. */
bool digest_of(const struct isokit_digests *lib, enum isokit_digest_kind kind, const void *bytes,
	       size_t n, uint8_t out[ISOKIT_DIGEST_MAX_BYTES]);

/* Lower-case hexadecimal digits and a NUL: 2 * n + 1 bytes. */
void digest_hex(const uint8_t *bytes, size_t n, char *out);

/* Exactly 2 * n hexadecimal digits of either case to bytes. */
bool digest_unhex(const char *digits, size_t n, uint8_t *out);

#endif
