/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/der.h"

START_TEST(takes_elements)
{
	static const uint8_t raw[] = { 0x02, 1, 5, 0x30, 0x81, 3, 0x06, 1, 0x2a, 0x05, 0 };
	struct der in = { raw, sizeof(raw) }, content;
	struct der_element e;

	ck_assert(!ondisk_der_take(&in, DER_SET, &content));
	ck_assert_ptr_eq(in.p, raw); /* a wrong tag takes nothing */
	ck_assert(ondisk_der_take(&in, DER_INTEGER, &content));
	ck_assert_uint_eq(content.n, 1);
	ck_assert_uint_eq(content.p[0], 5);
	ck_assert(ondisk_der_next(&in, &e));
	ck_assert_uint_eq(e.tag, DER_SEQUENCE);
	ck_assert_uint_eq(e.whole.n, 6);
	ck_assert(ondisk_der_take(&e.content, DER_OID, &content));
	ck_assert(!ondisk_der_next(&e.content, &e));
	ck_assert(ondisk_der_next(&in, &e)); /* empty */
	ck_assert_uint_eq(e.content.n, 0);
	ck_assert(!ondisk_der_next(&in, &e));
}
END_TEST

START_TEST(what_is_no_der)
{
	static const struct {
		uint8_t raw[6];
		size_t n;
	} bad[] = {
		{ { 0x30 }, 1 },                      /* no length */
		{ { 0x30, 2, 0 }, 3 },                /* longer than what is there */
		{ { 0x30, 0x80, 0, 0 }, 4 },          /* indefinite */
		{ { 0x30, 0x82, 0 }, 3 },             /* its length breaks off */
		{ { 0x30, 0x85, 0, 0, 0, 0 }, 6 },    /* a length of five bytes */
		{ { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff }, 6 },
		{ { 0x1f, 0x81, 0x01, 0 }, 4 },       /* a tag of several bytes */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct der in = { bad[i].raw, bad[i].n };
		struct der_element e;

		ck_assert_msg(!ondisk_der_next(&in, &e), "%zu", i);
		ck_assert_ptr_eq(in.p, bad[i].raw);
	}
}
END_TEST

static void expect_text(uint8_t tag, const void *bytes, size_t n, size_t size, const char *text)
{
	struct der_element e = { .tag = tag, .content = { bytes, n } };
	char out[64];

	memset(out, 'x', sizeof(out));
	ck_assert(ondisk_der_text(&e, out, size));
	ck_assert_str_eq(out, text);
}

START_TEST(strings_become_utf8)
{
	struct der_element number = { .tag = DER_INTEGER, .content = { (const uint8_t *)"7", 1 } };
	char out[8];

	expect_text(DER_PRINTABLE_STRING, "Signer", 6, 64, "Signer");
	expect_text(DER_UTF8_STRING, "\xc3\xa9", 2, 64, "\xc3\xa9");
	expect_text(DER_TELETEX_STRING, "\xe9", 1, 64, "\xc3\xa9");
	expect_text(DER_BMP_STRING, "\0A\x20\xac", 4, 64, "A\xe2\x82\xac");
	expect_text(DER_UTF8_STRING, "a\xff\0b", 4, 64, "a??b");
	expect_text(DER_BMP_STRING, "\xd8\0\0A\0", 5, 64, "?A");
	expect_text(DER_IA5_STRING, "\x80", 1, 64, "?");
	expect_text(DER_UTF8_STRING, "abc\xc3\xa9", 5, 5, "abc"); /* never half a character */
	expect_text(DER_UTF8_STRING, "abc", 3, 1, "");
	ck_assert(!ondisk_der_text(&number, out, sizeof(out)));
}
END_TEST

UNIT(der)
{
	tcase_add_test(tc, takes_elements);
	tcase_add_test(tc, what_is_no_der);
	tcase_add_test(tc, strings_become_utf8);
}
