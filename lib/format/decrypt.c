/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encrypted disk images: a password opens a key, the key the blocks, each with a vector
 * that is the HMAC of its number. */
#include "format/decrypt.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "digest/cipher.h"
#include "format/formats.h"

enum { SPARE = 8, PIECE_BYTES = 64 * 1024, WRAP_3DES = 17, HMAC_BYTES = CIPHER_HMAC_KEY_BYTES };

#define WRAP_AES UINT32_C(0x80000001)

static const char subject[] = "encrypted DMG";

struct decrypt {
	struct ciphers *lib;
	enum cipher_kind kind;
	uint8_t key[32], hmac_key[HMAC_BYTES];
	uint32_t block_bytes;
	struct isokit_source *inner;
	uint64_t offset, bytes;
	_Atomic(struct cipher_blocks *) spare[SPARE]; /* not in use */
};

void decrypt_free(struct decrypt *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < SPARE; i++)
		cipher_blocks_free(atomic_load(&d->spare[i]));
	ciphers_free(d->lib);
	explicit_bzero(d, sizeof(*d));
	free(d);
}

/* ---- the key --------------------------------------------------------------------------------- */

static enum isokit_status wrong(struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, subject,
			   "the password does not open it");
}

/* Without PKCS #7 padding; 0 when there is none. */
static size_t unpadded(const uint8_t *p, size_t n, size_t block)
{
	size_t pad = n ? p[n - 1] : 0;

	if (pad == 0 || pad > block || pad > n)
		return 0;
	for (size_t i = n - pad; i < n; i++)
		if (p[i] != pad)
			return 0;
	return n - pad;
}

/* Version 2: AES key, HMAC key, and the word that says that they are right. */
static enum isokit_status unwrap(struct decrypt *d, const struct ondisk_dmgcrypt *head,
				 const uint8_t *key, enum cipher_kind wrap,
				 struct isokit_error *err)
{
	const struct ondisk_dmgcrypt_key *k = &head->key;
	size_t n, key_bytes = cipher_key_bytes(d->kind);
	uint8_t plain[DMGCRYPT_MAX_BLOB];
	enum isokit_status st = ISOKIT_OK;

	if (k->iv_bytes < cipher_block_bytes(wrap) ||
	    !cipher_decrypt(d->lib, wrap, key, k->iv, k->blob, k->blob_bytes, plain))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "its key cannot be unwrapped");
	n = unpadded(plain, k->blob_bytes, cipher_block_bytes(wrap));
	if (n < key_bytes + HMAC_BYTES + 4 || memcmp(plain + key_bytes + HMAC_BYTES, "CKIE", 4) != 0) {
		st = wrong(err);
	} else {
		memcpy(d->key, plain, key_bytes);
		memcpy(d->hmac_key, plain + key_bytes, HMAC_BYTES);
	}
	explicit_bzero(plain, sizeof(plain));
	return st;
}

/* Version 1: each key is wrapped twice, the second time backwards, behind four bytes. */
static bool unwrap_v1(const struct ciphers *lib, const uint8_t *key, const uint8_t *blob, size_t n,
		      uint8_t *out, size_t out_bytes)
{
	static const uint8_t iv[8] = { 0x4a, 0xdd, 0xa2, 0x2c, 0x79, 0xe8, 0x21, 0x05 };
	uint8_t once[DMGCRYPT_MAX_BLOB], turned[DMGCRYPT_MAX_BLOB], twice[DMGCRYPT_MAX_BLOB];
	bool ok = false;

	if (n && cipher_decrypt(lib, CIPHER_3DES_CBC, key, iv, blob, n, once)) {
		n = unpadded(once, n, 8);
		for (size_t i = 0; i < n; i++)
			turned[i] = once[n - 1 - i];
		if (n > 8 && cipher_decrypt(lib, CIPHER_3DES_CBC, key, turned, turned + 8, n - 8, twice)) {
			ok = unpadded(twice, n - 8, 8) == out_bytes + 4;
			if (ok)
				memcpy(out, twice + 4, out_bytes);
		}
	}
	explicit_bzero(once, sizeof(once));
	explicit_bzero(turned, sizeof(turned));
	explicit_bzero(twice, sizeof(twice));
	return ok;
}

static enum isokit_status open_keys(struct decrypt *d, const struct ondisk_dmgcrypt *head,
				    const struct isokit_medium_options *o, struct isokit_error *err)
{
	const struct ondisk_dmgcrypt_key *k = &head->key;
	enum cipher_kind wrap = CIPHER_3DES_CBC;
	enum isokit_status st;
	uint8_t key[32];

	if (head->version == 2 && k->algorithm == WRAP_AES)
		wrap = k->key_bits == 256 ? CIPHER_AES_256_CBC : CIPHER_AES_128_CBC;
	else if (head->version == 2 && k->algorithm != WRAP_3DES)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "its key is wrapped with algorithm %u, which is not known",
				   k->algorithm);
	if (!cipher_pbkdf2_sha1(d->lib, o->password, o->password_bytes, k->salt, k->salt_bytes,
				k->rounds, key, cipher_key_bytes(wrap)))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "libcrypto derives no key from the password");
	if (head->version == 2)
		st = unwrap(d, head, key, wrap, err);
	else
		st = unwrap_v1(d->lib, key, k->blob, k->blob_bytes, d->key, 16) &&
				     unwrap_v1(d->lib, key, k->hmac_blob, k->hmac_blob_bytes,
					       d->hmac_key, HMAC_BYTES) ?
			     ISOKIT_OK : wrong(err);
	explicit_bzero(key, sizeof(key));
	return st;
}

enum isokit_status decrypt_unlock(struct isokit_medium *m, const struct ondisk_dmgcrypt *head,
				  struct decrypt **ret, struct isokit_error *err)
{
	const struct isokit_medium_options *o = medium_options(m);
	enum isokit_status st;
	struct decrypt *d;

	if (head->key_bits != 128 && head->key_bits != 256)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "is encrypted with a key of %u bits, which is not known",
				   head->key_bits);
	if (!head->has_key)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "opens with a certificate or a keychain only, not with a "
				   "password");
	if (!o->password)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "is encrypted (AES-%u): a password is needed (--password-file)", head->key_bits);
	d = calloc(1, sizeof(*d));
	if (!d)
		return isokit_fail_nomem(err, subject, sizeof(*d));
	d->kind = head->key_bits == 256 ? CIPHER_AES_256_CBC : CIPHER_AES_128_CBC;
	d->block_bytes = head->block_bytes;
	st = ciphers_load(&d->lib, err);
	if (!st)
		st = open_keys(d, head, o, err);
	if (st) {
		decrypt_free(d);
		return st;
	}
	medium_set_encrypted(m);
	*ret = d;
	return ISOKIT_OK;
}

/* ---- the blocks -------------------------------------------------------------------------------- */

static struct cipher_blocks *borrow(struct decrypt *d)
{
	for (size_t i = 0; i < SPARE; i++) {
		struct cipher_blocks *b = atomic_exchange(&d->spare[i], NULL);

		if (b)
			return b;
	}
	return cipher_blocks_new(d->lib, d->kind, d->key, d->hmac_key);
}

static void give_back(struct decrypt *d, struct cipher_blocks *b)
{
	for (size_t i = 0; i < SPARE; i++) {
		struct cipher_blocks *none = NULL;

		if (atomic_compare_exchange_strong(&d->spare[i], &none, b))
			return;
	}
	cipher_blocks_free(b);
}

/* Whole blocks from `first` on, into `buffer`, n bytes. */
static enum isokit_status read_blocks(struct decrypt *d, struct cipher_blocks *b, uint64_t first,
				      uint8_t *buffer, size_t n, struct isokit_error *err)
{
	enum isokit_status st = isokit_source_read_at(d->inner, d->offset + first * d->block_bytes,
						      buffer, n, err);

	for (size_t at = 0; !st && at < n; at += d->block_bytes, first++)
		if (first > UINT32_MAX ||
		    !cipher_blocks_decrypt(b, (uint32_t)first, buffer + at, d->block_bytes, buffer + at))
			st = isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, subject,
					 "libcrypto cannot decrypt block %llu",
					 (unsigned long long)first);
	return st;
}

static enum isokit_status decrypt_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					  struct isokit_error *err)
{
	struct decrypt *d = self;
	size_t piece = d->block_bytes > PIECE_BYTES ? d->block_bytes :
						      PIECE_BYTES / d->block_bytes * d->block_bytes;
	struct cipher_blocks *b = borrow(d);
	uint8_t *plain = malloc(piece), *out = buffer;
	enum isokit_status st = ISOKIT_OK;

	if (!b || !plain)
		st = isokit_fail_nomem(err, subject, piece);
	while (!st && length) {
		uint64_t first = offset / d->block_bytes;
		size_t skip = (size_t)(offset % d->block_bytes);
		size_t n = (size_t)min_u64(length, piece - skip);
		size_t whole = (size_t)round_up(skip + n, d->block_bytes);

		st = read_blocks(d, b, first, plain, whole, err);
		if (st)
			break;
		memcpy(out, plain + skip, n);
		out += n;
		offset += n;
		length -= n;
	}
	free(plain);
	if (b)
		give_back(d, b);
	return st;
}

static void decrypt_close(void *self)
{
	decrypt_free(self);
}

static const struct isokit_source_ops decrypt_ops = {
	.size = sizeof(decrypt_ops),
	.read_at = decrypt_read_at,
	.close = decrypt_close,
};

enum isokit_status decrypt_source(struct decrypt *d, struct isokit_source *inner,
				  uint64_t data_offset, uint64_t data_bytes,
				  struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t whole = round_up(data_bytes, d->block_bytes);

	if (!range_inside(data_offset, whole, isokit_source_size(inner)))
		return isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, subject,
				   "is cut short: %llu bytes of data at %llu do not fit into %llu",
				   (unsigned long long)data_bytes, (unsigned long long)data_offset,
				   (unsigned long long)isokit_source_size(inner));
	d->inner = inner;
	d->offset = data_offset;
	return isokit_source_new(&decrypt_ops, d, data_bytes, isokit_source_name(inner), ret_src, err);
}

/* ---- as a container ------------------------------------------------------------------------------ */

static bool is_v1(const struct format_probe *p)
{
	return p->size >= DMGCRYPT_V1_BYTES && p->tail_bytes >= DMGCRYPT_V1_BYTES &&
	       !format_has_descriptor(p) &&
	       memcmp(p->tail + p->tail_bytes - 8, "cdsaencr", 8) == 0;
}

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (p->head_bytes >= 76 && memcmp(p->head, "encrcdsa", 8) == 0) {
		snprintf(evidence, FORMAT_EVIDENCE, "encrcdsa at byte 0, AES-%u",
			 get_be32(p->head + 24));
		return 97;
	}
	if (is_v1(p)) {
		snprintf(evidence, FORMAT_EVIDENCE, "cdsaencr at the end");
		return 97;
	}
	return 0;
}

static enum isokit_status open_encrypted(struct isokit_medium *m, const struct format_probe *p,
					 struct isokit_error *err)
{
	struct ondisk_dmgcrypt head;
	struct isokit_source *disk;
	enum isokit_status st;
	struct decrypt *d;

	if (is_v1(p))
		st = ondisk_dmgcrypt_decode_v1(p->tail + p->tail_bytes - DMGCRYPT_V1_BYTES, p->size,
					       &head, err);
	else
		st = ondisk_dmgcrypt_decode(p->head, p->head_bytes, &head, err);
	if (!st)
		st = decrypt_unlock(m, &head, &d, err);
	if (st)
		return st;
	st = decrypt_source(d, p->src, head.data_offset, head.data_bytes, &disk, err);
	if (st) {
		decrypt_free(d);
		return st;
	}
	return medium_set_disk(m, disk, err);
}

const struct format format_dmg_encrypted = {
	.name = "dmg-encrypted",
	.words = "encrypted Apple disk image",
	.probe = probe,
	.open = open_encrypted,
};
