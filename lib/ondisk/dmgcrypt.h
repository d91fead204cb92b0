/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encrypted disk images of Apple: the header of version 2 at the beginning of a file, the
 * one of version 1 at its end. Numbers are big-endian. */
#ifndef ONDISK_DMGCRYPT_H
#define ONDISK_DMGCRYPT_H

#include <isokit/error.h>

enum {
	DMGCRYPT_HEAD_BYTES = 4096, /* enough of version 2; it says where its keys are */
	DMGCRYPT_V1_BYTES = 1276,
	DMGCRYPT_V1_BLOCK = 4096,
	DMGCRYPT_MAX_BLOB = 320,
};

/* A key that a password opens: salt, rounds, and the wrapped key material. */
struct ondisk_dmgcrypt_key {
	uint32_t rounds; /* of PBKDF2 with HMAC-SHA-1 */
	uint8_t salt[48];
	size_t salt_bytes;
	/* version 2 */
	uint8_t iv[32];
	size_t iv_bytes;
	uint32_t algorithm, key_bits; /* of the wrapping: 17 is 3DES, 80000001 AES */
	uint8_t blob[DMGCRYPT_MAX_BLOB];
	size_t blob_bytes;
	/* version 1: the key of the HMAC is wrapped by itself */
	uint8_t hmac_blob[DMGCRYPT_MAX_BLOB];
	size_t hmac_blob_bytes;
};

struct ondisk_dmgcrypt {
	unsigned version;
	uint32_t block_bytes;  /* each has a vector of its own */
	uint32_t key_bits;     /* 128 or 256 of AES */
	uint64_t data_offset, data_bytes;
	unsigned n_keys;       /* entries of its key table; n_other are not for a password */
	unsigned n_other;
	struct ondisk_dmgcrypt_key key; /* the first one for a password */
	bool has_key;
};

/* Version 2, from the beginning of a file. ISOKIT_E_NOT_ISO: no encrcdsa mark. */
enum isokit_status ondisk_dmgcrypt_decode(const uint8_t *raw, size_t len,
					  struct ondisk_dmgcrypt *ret, struct isokit_error *err);

/* Version 1, from the last DMGCRYPT_V1_BYTES of a file of file_bytes. */
enum isokit_status ondisk_dmgcrypt_decode_v1(const uint8_t *raw, uint64_t file_bytes,
					     struct ondisk_dmgcrypt *ret,
					     struct isokit_error *err);

#endif
