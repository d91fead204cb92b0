/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>

#include "author/sha256.h"

static void expect(const char *text, size_t repeat, const char *hex)
{
	struct sha256 s;
	uint8_t digest[SHA256_BYTES];
	char got[2 * SHA256_BYTES + 1];

	sha256_init(&s);
	for (size_t i = 0; i < repeat; i++)
		sha256_update(&s, text, strlen(text));
	sha256_finish(&s, digest);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		snprintf(got + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(got, hex);
}

/* The examples of FIPS 180-2, B, and both sides of where padding takes a block more. */
START_TEST(gives_the_published_digests)
{
	expect("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	expect("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	expect("a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	expect("a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}
END_TEST

UNIT(sha256)
{
	tcase_add_test(tc, gives_the_published_digests);
}
