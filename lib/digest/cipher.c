/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libcrypto's ciphers, loaded as its digests are (evp.c). */
#include "digest/cipher.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_LIBCRYPTO
#include <openssl/evp.h>
#endif

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/library.h"

static const struct {
	const char *name;
	size_t key_bytes, block_bytes;
} kinds[CIPHER_COUNT] = {
	[CIPHER_AES_128_CBC] = { "AES-128-CBC", 16, 16 },
	[CIPHER_AES_256_CBC] = { "AES-256-CBC", 32, 16 },
	[CIPHER_3DES_CBC] = { "DES-EDE3-CBC", 24, 8 },
};

size_t cipher_key_bytes(enum cipher_kind kind)
{
	return kinds[kind].key_bytes;
}

size_t cipher_block_bytes(enum cipher_kind kind)
{
	return kinds[kind].block_bytes;
}

#ifdef HAVE_LIBCRYPTO

#define CIPHER_FUNCTIONS(F) \
	F(EVP_CIPHER_fetch) \
	F(EVP_CIPHER_free) \
	F(EVP_CIPHER_CTX_new) \
	F(EVP_CIPHER_CTX_free) \
	F(EVP_CIPHER_CTX_set_padding) \
	F(EVP_DecryptInit_ex2) \
	F(EVP_DecryptUpdate) \
	F(EVP_MD_fetch) \
	F(EVP_MD_free) \
	F(EVP_MD_CTX_new) \
	F(EVP_MD_CTX_free) \
	F(EVP_MD_CTX_copy_ex) \
	F(EVP_DigestInit_ex2) \
	F(EVP_DigestUpdate) \
	F(EVP_DigestFinal_ex) \
	F(PKCS5_PBKDF2_HMAC)

struct ciphers {
#define F(name) typeof(&name) name;
	CIPHER_FUNCTIONS(F)
#undef F
	EVP_CIPHER *kinds[CIPHER_COUNT]; /* NULL: not offered */
	EVP_MD *sha1;
};

#define F(name) { #name, offsetof(struct ciphers, name) },
static const struct library_symbol symbols[] = { CIPHER_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libcrypto.so.3", "nothing can be decrypted", "libssl3",
	LIBRARY_SYMBOLS(symbols),
};

enum isokit_status ciphers_load(struct ciphers **ret, struct isokit_error *err)
{
	struct ciphers *c;
	enum isokit_status st = library_new(&library, sizeof(*c), (void **)&c, err);

	if (st)
		return st;
	for (size_t i = 0; i < CIPHER_COUNT; i++)
		c->kinds[i] = c->EVP_CIPHER_fetch(NULL, kinds[i].name, NULL);
	c->sha1 = c->EVP_MD_fetch(NULL, "SHA1", NULL);
	if (!c->sha1) {
		ciphers_free(c);
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library.file,
				   "offers no SHA-1");
	}
	*ret = c;
	return ISOKIT_OK;
}

void ciphers_free(struct ciphers *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CIPHER_COUNT; i++)
		c->EVP_CIPHER_free(c->kinds[i]);
	c->EVP_MD_free(c->sha1);
	free(c);
}

bool cipher_pbkdf2_sha1(const struct ciphers *c, const void *password, size_t password_bytes,
			const uint8_t *salt, size_t salt_bytes, uint32_t rounds, uint8_t *key,
			size_t key_bytes)
{
	if (password_bytes > INT_MAX || salt_bytes > INT_MAX || rounds > INT_MAX || key_bytes > INT_MAX)
		return false;
	return c->PKCS5_PBKDF2_HMAC(password, (int)password_bytes, salt, (int)salt_bytes, (int)rounds,
				    c->sha1, (int)key_bytes, key) == 1;
}

static bool run(const struct ciphers *c, EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher,
		const uint8_t *key, const uint8_t *iv, const uint8_t *in, size_t n, uint8_t *out)
{
	int got = 0;

	return n <= INT_MAX && c->EVP_DecryptInit_ex2(ctx, cipher, key, iv, NULL) == 1 &&
	       c->EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	       c->EVP_DecryptUpdate(ctx, out, &got, in, (int)n) == 1 && (size_t)got == n;
}

bool cipher_decrypt(const struct ciphers *c, enum cipher_kind kind, const uint8_t *key,
		    const uint8_t *iv, const uint8_t *in, size_t n, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = c->EVP_CIPHER_CTX_new();
	bool ok = ctx && c->kinds[kind] && n % kinds[kind].block_bytes == 0 &&
		  run(c, ctx, c->kinds[kind], key, iv, in, n, out);

	c->EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* ---- blocks with a vector of their own ---------------------------------------------------- */

struct cipher_blocks {
	const struct ciphers *c;
	size_t block_bytes;
	EVP_CIPHER_CTX *ctx;
	EVP_MD_CTX *inner, *outer, *work; /* the two halves of HMAC, after their keys */
};

/* SHA-1 over a block of key with a constant: RFC 2104, 2. */
static EVP_MD_CTX *half(const struct ciphers *c, const uint8_t *key, uint8_t pad)
{
	EVP_MD_CTX *ctx = c->EVP_MD_CTX_new();
	uint8_t block[64];

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < CIPHER_HMAC_KEY_BYTES; i++)
		block[i] ^= key[i];
	if (ctx && c->EVP_DigestInit_ex2(ctx, c->sha1, NULL) == 1 &&
	    c->EVP_DigestUpdate(ctx, block, sizeof(block)) == 1)
		return ctx;
	c->EVP_MD_CTX_free(ctx);
	return NULL;
}

struct cipher_blocks *cipher_blocks_new(const struct ciphers *c, enum cipher_kind kind,
					const uint8_t *key,
					const uint8_t hmac_key[CIPHER_HMAC_KEY_BYTES])
{
	struct cipher_blocks *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->c = c;
	b->block_bytes = kinds[kind].block_bytes;
	b->ctx = c->EVP_CIPHER_CTX_new();
	b->work = c->EVP_MD_CTX_new();
	b->inner = half(c, hmac_key, 0x36);
	b->outer = half(c, hmac_key, 0x5c);
	if (b->ctx && b->work && b->inner && b->outer && c->kinds[kind] &&
	    c->EVP_DecryptInit_ex2(b->ctx, c->kinds[kind], key, NULL, NULL) == 1)
		return b;
	cipher_blocks_free(b);
	return NULL;
}

bool cipher_blocks_decrypt(struct cipher_blocks *b, uint32_t number, const uint8_t *in, size_t n,
			   uint8_t *out)
{
	const struct ciphers *c = b->c;
	uint8_t raw[4], sum[EVP_MAX_MD_SIZE];

	put_be32(raw, number);
	return c->EVP_MD_CTX_copy_ex(b->work, b->inner) == 1 &&
	       c->EVP_DigestUpdate(b->work, raw, sizeof(raw)) == 1 &&
	       c->EVP_DigestFinal_ex(b->work, sum, NULL) == 1 &&
	       c->EVP_MD_CTX_copy_ex(b->work, b->outer) == 1 &&
	       c->EVP_DigestUpdate(b->work, sum, 20) == 1 &&
	       c->EVP_DigestFinal_ex(b->work, sum, NULL) == 1 && n % b->block_bytes == 0 &&
	       run(c, b->ctx, NULL, NULL, sum, in, n, out);
}

void cipher_blocks_free(struct cipher_blocks *b)
{
	if (!b)
		return;
	b->c->EVP_CIPHER_CTX_free(b->ctx);
	b->c->EVP_MD_CTX_free(b->inner);
	b->c->EVP_MD_CTX_free(b->outer);
	b->c->EVP_MD_CTX_free(b->work);
	free(b);
}

#else /* built without the headers of libcrypto */

enum isokit_status ciphers_load(struct ciphers **ret, struct isokit_error *err)
{
	(void)ret;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcrypto",
			   "was not there when this program was built, so nothing can be decrypted");
}

void ciphers_free(struct ciphers *c)
{
	(void)c;
}

bool cipher_pbkdf2_sha1(const struct ciphers *c, const void *password, size_t password_bytes,
			const uint8_t *salt, size_t salt_bytes, uint32_t rounds, uint8_t *key,
			size_t key_bytes)
{
	(void)c, (void)password, (void)password_bytes, (void)salt, (void)salt_bytes, (void)rounds;
	(void)key, (void)key_bytes;
	return false;
}

bool cipher_decrypt(const struct ciphers *c, enum cipher_kind kind, const uint8_t *key,
		    const uint8_t *iv, const uint8_t *in, size_t n, uint8_t *out)
{
	(void)c, (void)kind, (void)key, (void)iv, (void)in, (void)n, (void)out;
	return false;
}

struct cipher_blocks *cipher_blocks_new(const struct ciphers *c, enum cipher_kind kind,
					const uint8_t *key,
					const uint8_t hmac_key[CIPHER_HMAC_KEY_BYTES])
{
	(void)c, (void)kind, (void)key, (void)hmac_key;
	return NULL;
}

bool cipher_blocks_decrypt(struct cipher_blocks *b, uint32_t number, const uint8_t *in, size_t n,
			   uint8_t *out)
{
	(void)b, (void)number, (void)in, (void)n, (void)out;
	return false;
}

void cipher_blocks_free(struct cipher_blocks *b)
{
	(void)b;
}

#endif
