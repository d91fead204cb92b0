/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcrypto's digests. The library is loaded when somebody hashes: linking with it
 * would cost every run of every command more time than a whole summary takes. */
#include "digest/digest.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_LIBCRYPTO
#include <openssl/evp.h>
#endif

#include "base/fail.h"
#include "base/library.h"

#ifdef HAVE_LIBCRYPTO

/* The functions in use, as the headers declare them. */
#define EVP_FUNCTIONS(F) \
	F(EVP_MD_fetch) \
	F(EVP_MD_free) \
	F(EVP_MD_CTX_new) \
	F(EVP_MD_CTX_free) \
	F(EVP_MD_CTX_copy_ex) \
	F(EVP_DigestInit_ex2) \
	F(EVP_DigestUpdate) \
	F(EVP_DigestFinal_ex)

struct isokit_digests {
#define F(name) typeof(&name) name;
	EVP_FUNCTIONS(F)
#undef F
	EVP_MD *kinds[ISOKIT_DIGEST_COUNT]; /* NULL: not offered */
};

struct digest {
	const struct isokit_digests *lib;
	EVP_MD_CTX *ctx;
	EVP_MD_CTX *copy; /* for digest_peek() */
};

#define F(name) { #name, offsetof(struct isokit_digests, name) },
static const struct library_symbol symbols[] = { EVP_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libcrypto.so.3", "nothing can be hashed", "libssl3",
	LIBRARY_SYMBOLS(symbols),
};

enum isokit_status isokit_digests_load(struct isokit_digests **ret_digests,
				       struct isokit_error *err)
{
	static const char *const names[ISOKIT_DIGEST_COUNT] = {
		[ISOKIT_MD5] = "MD5",	    [ISOKIT_SHA1] = "SHA1",
		[ISOKIT_SHA224] = "SHA224", [ISOKIT_SHA256] = "SHA256",
		[ISOKIT_SHA384] = "SHA384", [ISOKIT_SHA512] = "SHA512",
		[ISOKIT_BLAKE2B] = "BLAKE2B-512",
	};
	struct isokit_digests *d;
	enum isokit_status st = library_new(&library, sizeof(*d), (void **)&d, err);

	if (st)
		return st;
	/* Fetched now: later there may be no way to read a configuration. */
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++)
		d->kinds[i] = d->EVP_MD_fetch(NULL, names[i], NULL);
	if (!d->kinds[ISOKIT_SHA256]) {
		isokit_digests_free(d);
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library.file,
				   "offers no SHA-256: its configuration is broken");
	}
	*ret_digests = d;
	return ISOKIT_OK;
}

void isokit_digests_free(struct isokit_digests *digests)
{
	if (!digests)
		return;
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++)
		digests->EVP_MD_free(digests->kinds[i]);
	free(digests);
}

bool digest_restart(struct digest *d, enum isokit_digest_kind kind)
{
	const EVP_MD *md = d->lib->kinds[kind];

	return md && d->lib->EVP_DigestInit_ex2(d->ctx, md, NULL) == 1;
}

struct digest *digest_new(const struct isokit_digests *lib, enum isokit_digest_kind kind)
{
	struct digest *d;

	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->lib = lib;
	d->ctx = lib->EVP_MD_CTX_new();
	if (!d->ctx || !digest_restart(d, kind)) {
		digest_free(d);
		return NULL;
	}
	return d;
}

void digest_free(struct digest *d)
{
	if (!d)
		return;
	d->lib->EVP_MD_CTX_free(d->ctx);
	d->lib->EVP_MD_CTX_free(d->copy);
	free(d);
}

bool digest_update(struct digest *d, const void *bytes, size_t n)
{
	return d->lib->EVP_DigestUpdate(d->ctx, bytes, n) == 1;
}

bool digest_peek(struct digest *d, uint8_t out[ISOKIT_DIGEST_MAX_BYTES])
{
	if (!d->copy)
		d->copy = d->lib->EVP_MD_CTX_new();
	return d->copy && d->lib->EVP_MD_CTX_copy_ex(d->copy, d->ctx) == 1 &&
	       d->lib->EVP_DigestFinal_ex(d->copy, out, NULL) == 1;
}

bool digest_finish(struct digest *d, uint8_t out[ISOKIT_DIGEST_MAX_BYTES])
{
	return d->lib->EVP_DigestFinal_ex(d->ctx, out, NULL) == 1;
}

#else /* built without the headers of libcrypto */

enum isokit_status isokit_digests_load(struct isokit_digests **ret_digests,
				       struct isokit_error *err)
{
	(void)ret_digests;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcrypto",
			   "was not there when isokit was built, so nothing can be hashed");
}

void isokit_digests_free(struct isokit_digests *digests)
{
	(void)digests;
}

struct digest *digest_new(const struct isokit_digests *lib, enum isokit_digest_kind kind)
{
	(void)lib;
	(void)kind;
	return NULL;
}

void digest_free(struct digest *d)
{
	(void)d;
}

bool digest_restart(struct digest *d, enum isokit_digest_kind kind)
{
	(void)d;
	(void)kind;
	return false;
}

bool digest_update(struct digest *d, const void *bytes, size_t n)
{
	(void)d;
	(void)bytes;
	(void)n;
	return false;
}

bool digest_peek(struct digest *d, uint8_t out[ISOKIT_DIGEST_MAX_BYTES])
{
	(void)d;
	(void)out;
	return false;
}

bool digest_finish(struct digest *d, uint8_t out[ISOKIT_DIGEST_MAX_BYTES])
{
	(void)d;
	(void)out;
	return false;
}

#endif

bool digest_of(const struct isokit_digests *lib, enum isokit_digest_kind kind, const void *bytes,
	       size_t n, uint8_t out[ISOKIT_DIGEST_MAX_BYTES])
{
	struct digest *d = digest_new(lib, kind);
	bool ok = d && digest_update(d, bytes, n) && digest_finish(d, out);

	digest_free(d);
	return ok;
}
