/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file digest.h  The digests that can be computed, and the library that does it. */
#ifndef ISOKIT_DIGEST_H
#define ISOKIT_DIGEST_H

#include <isokit/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A digest algorithm. */
enum isokit_digest_kind {
	ISOKIT_MD5,
	ISOKIT_SHA1,
	ISOKIT_SHA224,
	ISOKIT_SHA256,
	ISOKIT_SHA384,
	ISOKIT_SHA512,
	ISOKIT_BLAKE2B, /**< with 64 bytes, as b2sum computes it */
	ISOKIT_DIGEST_COUNT
};

/** Bytes of the longest digest. */
#define ISOKIT_DIGEST_MAX_BYTES 64

/** libcrypto, loaded when it is first needed. */
struct isokit_digests;

/**
 * Load libcrypto. It is no part of this library's own dependencies, so that
 * programs that hash nothing neither need nor load it. Opens files: call it
 * before a process confines itself.
 *
 * @param ret_digests  owned by caller, free with isokit_digests_free(); may be
 *                     used by several threads at once
 * @return ISOKIT_OK, ISOKIT_E_UNSUPPORTED (libcrypto is not installed, or isokit
 *         was built without its headers), ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_digests_load(struct isokit_digests **ret_digests,
						  struct isokit_error *err);

/** Release what isokit_digests_load() gave; NULL is allowed. */
ISOKIT_API void isokit_digests_free(struct isokit_digests *digests);

/** "md5", "sha256", "blake2b" …; static. */
ISOKIT_API const char *isokit_digest_name(enum isokit_digest_kind kind);

/** Bytes of a digest: 16 for MD5. */
ISOKIT_API size_t isokit_digest_bytes(enum isokit_digest_kind kind);

/** The algorithm of a name, in upper or lower case, with or without '-' ("SHA-256",
 * "sha2-256", "b2"): 0 and *ret_kind, or -1. */
ISOKIT_API int isokit_digest_find(const char *name, size_t length,
				  enum isokit_digest_kind *ret_kind);

#ifdef __cplusplus
}
#endif
#endif
