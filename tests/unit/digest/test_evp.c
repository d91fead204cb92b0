/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hashes.h"
#include "unit.h"

#include <string.h>

#include "digest/digest.h"

static struct isokit_digests *load(void)
{
	struct isokit_digests *lib = NULL;
	struct isokit_error err;

	ck_assert_int_eq(isokit_digests_load(&lib, &err), ISOKIT_OK);
	return lib;
}

/* The digests of "abc": RFC 1321, FIPS 180-4, RFC 7693. */
static const char *const abc[ISOKIT_DIGEST_COUNT] = {
	[ISOKIT_MD5] = "900150983cd24fb0d6963f7d28e17f72",
	[ISOKIT_SHA1] = "a9993e364706816aba3e25717850c26c9cd0d89d",
	[ISOKIT_SHA224] = "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
	[ISOKIT_SHA256] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	[ISOKIT_SHA384] = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			  "8086072ba1e7cc2358baeca134c825a7",
	[ISOKIT_SHA512] = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	[ISOKIT_BLAKE2B] = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
			   "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
};

START_TEST(digests_are_those_of_the_standards)
{
	struct isokit_digests *lib = load();
	uint8_t out[ISOKIT_DIGEST_MAX_BYTES];
	char hex[2 * ISOKIT_DIGEST_MAX_BYTES + 1];

	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		enum isokit_digest_kind kind = (enum isokit_digest_kind)i;

		ck_assert(digest_of(lib, kind, "abc", 3, out));
		digest_hex(out, isokit_digest_bytes(kind), hex);
		ck_assert_str_eq(hex, abc[i]);
	}
	isokit_digests_free(lib);
}
END_TEST

START_TEST(a_peek_changes_nothing)
{
	struct isokit_digests *lib = load();
	struct digest *d = digest_new(lib, ISOKIT_SHA256);
	uint8_t out[ISOKIT_DIGEST_MAX_BYTES], first[ISOKIT_DIGEST_MAX_BYTES];
	char hex[2 * ISOKIT_DIGEST_MAX_BYTES + 1];

	ck_assert(digest_update(d, "a", 1));
	ck_assert(digest_peek(d, first));
	ck_assert(digest_peek(d, out));
	ck_assert_mem_eq(first, out, 32);
	ck_assert(digest_update(d, "bc", 2));
	ck_assert(digest_finish(d, out));
	digest_hex(out, 32, hex);
	ck_assert_str_eq(hex, abc[ISOKIT_SHA256]);
	ck_assert(digest_restart(d, ISOKIT_MD5));
	ck_assert(digest_update(d, "abc", 3));
	ck_assert(digest_finish(d, out));
	digest_hex(out, 16, hex);
	ck_assert_str_eq(hex, abc[ISOKIT_MD5]);
	digest_free(d);
	isokit_digests_free(lib);
}
END_TEST

START_TEST(names_of_other_programs_are_understood)
{
	static const struct {
		const char *name;
		int kind;
	} cases[] = {
		{ "md5", ISOKIT_MD5 },	       { "MD5", ISOKIT_MD5 },
		{ "SHA1", ISOKIT_SHA1 },       { "sha-1", ISOKIT_SHA1 },
		{ "SHA256", ISOKIT_SHA256 },   { "SHA-256", ISOKIT_SHA256 },
		{ "SHA2-256", ISOKIT_SHA256 }, { "sha512", ISOKIT_SHA512 },
		{ "BLAKE2b", ISOKIT_BLAKE2B }, { "BLAKE2B-512", ISOKIT_BLAKE2B },
		{ "b2", ISOKIT_BLAKE2B },      { "blake2b256", -1 },
		{ "sha3256", -1 },	       { "", -1 },
		{ "sha", -1 },		       { "md5-and-something-long", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum isokit_digest_kind kind = ISOKIT_DIGEST_COUNT;
		int r = isokit_digest_find(cases[i].name, strlen(cases[i].name), &kind);

		ck_assert_msg((r == 0 ? (int)kind : -1) == cases[i].kind, "%s", cases[i].name);
	}
}
END_TEST

START_TEST(hexadecimal_digits_come_back)
{
	uint8_t out[4];

	ck_assert(digest_unhex("00aBFf7e", 4, out));
	ck_assert_mem_eq(out, "\x00\xab\xff\x7e", 4);
	ck_assert(!digest_unhex("00aBFf7g", 4, out));
	ck_assert(!digest_unhex("00aBFf 7", 4, out));
}
END_TEST

UNIT(evp)
{
	tcase_add_test(tc, names_of_other_programs_are_understood);
	tcase_add_test(tc, hexadecimal_digits_come_back);
	if (!have_hashes())
		return;
	tcase_add_test(tc, digests_are_those_of_the_standards);
	tcase_add_test(tc, a_peek_changes_nothing);
}
