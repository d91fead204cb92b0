/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The algorithms: names and sizes. */
#include "digest/digest.h"

#include <string.h>

static const struct {
	const char *name;
	size_t bytes;
} kinds[ISOKIT_DIGEST_COUNT] = {
	[ISOKIT_MD5] = { "md5", 16 },	    [ISOKIT_SHA1] = { "sha1", 20 },
	[ISOKIT_SHA224] = { "sha224", 28 }, [ISOKIT_SHA256] = { "sha256", 32 },
	[ISOKIT_SHA384] = { "sha384", 48 }, [ISOKIT_SHA512] = { "sha512", 64 },
	[ISOKIT_BLAKE2B] = { "blake2b", 64 },
};

/* Other spellings, as coreutils, openssl and lists of checksums have them. */
static const struct {
	const char *name;
	enum isokit_digest_kind kind;
} aliases[] = {
	{ "sha2224", ISOKIT_SHA224 }, { "sha2256", ISOKIT_SHA256 },
	{ "sha2384", ISOKIT_SHA384 }, { "sha2512", ISOKIT_SHA512 },
	{ "b2", ISOKIT_BLAKE2B },     { "blake2", ISOKIT_BLAKE2B },
	{ "blake2b512", ISOKIT_BLAKE2B },
};

const char *isokit_digest_name(enum isokit_digest_kind kind)
{
	return (unsigned)kind < ISOKIT_DIGEST_COUNT ? kinds[kind].name : "";
}

size_t isokit_digest_bytes(enum isokit_digest_kind kind)
{
	return (unsigned)kind < ISOKIT_DIGEST_COUNT ? kinds[kind].bytes : 0;
}

int isokit_digest_find(const char *name, size_t length, enum isokit_digest_kind *ret_kind)
{
	char plain[16];
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		char c = name[i];

		if (c == '-')
			continue;
		if (n + 1 >= sizeof(plain))
			return -1;
		plain[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	plain[n] = '\0';
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		if (strcmp(plain, kinds[i].name) == 0) {
			*ret_kind = (enum isokit_digest_kind)i;
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(plain, aliases[i].name) == 0) {
			*ret_kind = aliases[i].kind;
			return 0;
		}
	}
	return -1;
}

void digest_hex(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool digest_unhex(const char *digits, size_t n, uint8_t *out)
{
	for (size_t i = 0; i < n; i++) {
		int high = hex_value(digits[2 * i]);
		int low = high < 0 ? -1 : hex_value(digits[2 * i + 1]);

		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
