/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/dmgcrypt.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum { V2_FIXED_BYTES = 76, KEY_ENTRY_BYTES = 20, PASSWORD_KEY = 1, KEY_HEAD_BYTES = 104,
       MAX_KEYS = 64, MAX_ROUNDS = 10 * 1000 * 1000 };

static const char subject[] = "encrypted DMG";

static enum isokit_status corrupt(struct isokit_error *err, uint64_t offset, const char *words)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, offset, subject, "%s", words);
}

/* What is behind an entry of type 1 of the key table. */
static enum isokit_status decode_key(const uint8_t *p, size_t n, struct ondisk_dmgcrypt_key *k,
				     struct isokit_error *err)
{
	uint32_t salt, iv, blob;

	if (n < KEY_HEAD_BYTES)
		return corrupt(err, ISOKIT_NO_OFFSET, "its key is cut short");
	salt = get_be32(p + 12);
	iv = get_be32(p + 48);
	blob = get_be32(p + 100);
	if (salt > 32 || iv > sizeof(k->iv) || blob > sizeof(k->blob) || blob > n - KEY_HEAD_BYTES)
		return corrupt(err, ISOKIT_NO_OFFSET, "the sizes of its key cannot be");
	k->rounds = get_be32(p + 8);
	k->salt_bytes = salt;
	memcpy(k->salt, p + 16, salt);
	k->iv_bytes = iv;
	memcpy(k->iv, p + 52, iv);
	k->key_bits = get_be32(p + 84);
	k->algorithm = get_be32(p + 88);
	k->blob_bytes = blob;
	memcpy(k->blob, p + 104, blob);
	if (k->rounds == 0 || k->rounds > MAX_ROUNDS)
		return corrupt(err, ISOKIT_NO_OFFSET, "its number of rounds cannot be");
	return ISOKIT_OK;
}

enum isokit_status ondisk_dmgcrypt_decode(const uint8_t *raw, size_t len,
					  struct ondisk_dmgcrypt *ret, struct isokit_error *err)
{
	struct ondisk_dmgcrypt c;

	if (len < V2_FIXED_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 76 are needed", len);
	if (memcmp(raw, "encrcdsa", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no encrcdsa mark");
	c = (struct ondisk_dmgcrypt){
		.version = get_be32(raw + 8),
		.key_bits = get_be32(raw + 24),
		.block_bytes = get_be32(raw + 52),
		.data_bytes = get_be64(raw + 56),
		.data_offset = get_be64(raw + 64),
		.n_keys = get_be32(raw + 72),
	};
	if (c.version != 2)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 8, subject,
				   "encryption of version %u is not known", c.version);
	if (c.block_bytes < 512 || c.block_bytes > 1u << 20 || c.block_bytes % 16)
		return corrupt(err, 52, "its block size cannot be");
	if (c.n_keys > MAX_KEYS)
		return corrupt(err, 72, "it claims too many keys");
	for (unsigned i = 0; i < c.n_keys; i++) {
		size_t at = V2_FIXED_BYTES + (size_t)i * KEY_ENTRY_BYTES;
		uint64_t offset, bytes;
		enum isokit_status st;

		if (!range_inside(at, KEY_ENTRY_BYTES, len))
			return corrupt(err, at, "its table of keys is cut short");
		if (get_be32(raw + at) != PASSWORD_KEY) {
			c.n_other++;
			continue;
		}
		if (c.has_key)
			continue;
		offset = get_be64(raw + at + 4);
		bytes = get_be64(raw + at + 12);
		if (!range_inside(offset, bytes, len))
			return corrupt(err, at, "its key lies elsewhere");
		st = decode_key(raw + offset, (size_t)bytes, &c.key, err);
		if (st)
			return st;
		c.has_key = true;
	}
	*ret = c;
	return ISOKIT_OK;
}

enum isokit_status ondisk_dmgcrypt_decode_v1(const uint8_t *raw, uint64_t file_bytes,
					     struct ondisk_dmgcrypt *ret,
					     struct isokit_error *err)
{
	struct ondisk_dmgcrypt c = { .version = 1, .block_bytes = DMGCRYPT_V1_BLOCK, .key_bits = 128,
				     .n_keys = 1, .has_key = true };
	struct ondisk_dmgcrypt_key *k = &c.key;
	uint32_t salt, blob, hmac;

	if (memcmp(raw + DMGCRYPT_V1_BYTES - 8, "cdsaencr", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no cdsaencr mark");
	k->rounds = get_be32(raw + 0x30);
	salt = get_be32(raw + 0x34);
	blob = get_be32(raw + 0x88);
	hmac = get_be32(raw + 0x1b4);
	if (salt > sizeof(k->salt) || blob > 296 || hmac > 300 || blob % 8 || hmac % 8)
		return corrupt(err, ISOKIT_NO_OFFSET, "the sizes of its keys cannot be");
	if (k->rounds == 0 || k->rounds > MAX_ROUNDS)
		return corrupt(err, ISOKIT_NO_OFFSET, "its number of rounds cannot be");
	k->salt_bytes = salt;
	memcpy(k->salt, raw + 0x38, salt);
	k->blob_bytes = blob;
	memcpy(k->blob, raw + 0x8c, blob);
	k->hmac_blob_bytes = hmac;
	memcpy(k->hmac_blob, raw + 0x1b8, hmac);
	c.data_bytes = (file_bytes - DMGCRYPT_V1_BYTES) / DMGCRYPT_V1_BLOCK * DMGCRYPT_V1_BLOCK;
	*ret = c;
	return ISOKIT_OK;
}
