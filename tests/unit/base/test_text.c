/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

START_TEST(builds_a_string)
{
	struct text t = { 0 };

	ck_assert_str_eq(text_string(&t), "");
	text_add_str(&t, "ab");
	text_add_char(&t, 'c');
	text_add(&t, "d\0e", 3);
	ck_assert_uint_eq(t.n, 6);
	ck_assert_mem_eq(t.bytes, "abcd\0e", 7);
	text_clear(&t);
	ck_assert_str_eq(text_string(&t), "");
	text_addf(&t, "%s-%d", "x", 7);
	ck_assert_str_eq(text_string(&t), "x-7");
	text_free(&t);
	ck_assert_ptr_null(t.bytes);
}
END_TEST

/* Around the size of the buffer on the stack, and far above it. */
START_TEST(formats_strings_of_any_length)
{
	static const int lengths[] = { 0, 1, 254, 255, 256, 257, 100000 };
	struct text t = { 0 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		text_clear(&t);
		text_addf(&t, "<%*s>", lengths[i], "");
		ck_assert_uint_eq(t.n, (size_t)lengths[i] + 2);
		ck_assert_uint_eq(strlen(text_string(&t)), t.n);
		ck_assert_int_eq(t.bytes[t.n - 1], '>');
	}
	text_free(&t);
}
END_TEST

/* With and without the C library's help, which any conversion may need at last. */
START_TEST(formats_as_printf_does)
{
	struct text t = { 0 };

	text_addf(&t, "%u %lu %zu %llu %c|%s", 0u, 10ul, (size_t)4294967296, 18446744073709551615ull,
		  'x', "");
	ck_assert_str_eq(text_string(&t), "0 10 4294967296 18446744073709551615 x|");
	text_addf(&t, "%s%u%%%02X%-3d.%s", "a", 1u, 10u, 2, "end");
	ck_assert_str_eq(text_string(&t), "0 10 4294967296 18446744073709551615 x|a1%0A2  .end");
	text_clear(&t);
	text_add_number(&t, 100);
	text_add_number(&t, UINT64_MAX);
	ck_assert_str_eq(text_string(&t), "10018446744073709551615");
	text_free(&t);
}
END_TEST

START_TEST(a_failure_stays)
{
	struct text t = { 0 };

	text_add_str(&t, "kept");
	text_add(&t, "x", SIZE_MAX / 2);
	ck_assert(t.failed);
	text_add_str(&t, "more");
	text_addf(&t, "more");
	ck_assert_uint_eq(t.n, 0); /* fits text_string() */
	ck_assert_str_eq(text_string(&t), "");
	text_free(&t);
	ck_assert(!t.failed);
}
END_TEST

struct sequence {
	const char *bytes;
	size_t n, used;
	uint32_t code;
};

static const struct sequence sequences[] = {
	{ "", 0, 0, 0 },
	{ "a", 1, 1, 'a' },
	{ "\0", 1, 1, 0 },
	{ "\x7f", 1, 1, 0x7f },
	{ "\xc2\x80", 2, 2, 0x80 },
	{ "\xdf\xbf", 2, 2, 0x7ff },
	{ "\xe0\xa0\x80", 3, 3, 0x800 },
	{ "\xed\x9f\xbf", 3, 3, 0xd7ff },
	{ "\xee\x80\x80", 3, 3, 0xe000 },
	{ "\xef\xbf\xbf", 3, 3, 0xffff },
	{ "\xf0\x90\x80\x80", 4, 4, 0x10000 },
	{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
	{ "\x80", 1, 0, 0 },             /* continuation alone */
	{ "\xc0\x80", 2, 0, 0 },         /* overlong */
	{ "\xc1\xbf", 2, 0, 0 },
	{ "\xe0\x9f\xbf", 3, 0, 0 },
	{ "\xf0\x8f\xbf\xbf", 4, 0, 0 },
	{ "\xed\xa0\x80", 3, 0, 0 },     /* surrogates */
	{ "\xed\xbf\xbf", 3, 0, 0 },
	{ "\xf4\x90\x80\x80", 4, 0, 0 }, /* above U+10FFFF */
	{ "\xf5\x80\x80\x80", 4, 0, 0 },
	{ "\xff", 1, 0, 0 },
	{ "\xc3", 1, 0, 0 },             /* cut off */
	{ "\xe2\x82", 2, 0, 0 },
	{ "\xf0\x9f\x98", 3, 0, 0 },
	{ "\xc3(", 2, 0, 0 },            /* no continuation */
	{ "\xe2\x82(", 3, 0, 0 },
};
enum { N_SEQUENCES = sizeof(sequences) / sizeof(sequences[0]) };

START_TEST(decodes_only_good_utf8)
{
	const struct sequence *s = &sequences[_i];
	uint8_t *exact = malloc(s->n ? s->n : 1); /* the sanitizer sees a byte too far */
	uint32_t code = 0xabcdef;

	memcpy(exact, s->bytes, s->n);
	ck_assert_uint_eq(utf8_decode(exact, s->n, &code), s->used);
	ck_assert_uint_eq(code, s->used ? s->code : 0xabcdef);
	ck_assert_int_eq(utf8_valid(exact, s->n), s->n == 0 || s->used != 0);
	if (s->used) {
		char out[4];

		ck_assert_uint_eq(utf8_encode(code, out), s->used);
		ck_assert_mem_eq(out, s->bytes, s->used);
	}
	free(exact);
}
END_TEST

START_TEST(valid_means_to_the_end)
{
	ck_assert(utf8_valid("a\xc3\xa4\xe2\x82\xac", 6));
	ck_assert(!utf8_valid("a\xc3\xa4\xe2\x82", 5));
	ck_assert(!utf8_valid("\xff" "a", 2));
}
END_TEST

static void check_utf16(const char *in, size_t n, const char *want)
{
	char out[64];
	size_t used;

	ck_assert_uint_le(n / 2 * 3, sizeof(out));
	used = utf16be_to_utf8((const uint8_t *)in, n, out);
	ck_assert_uint_le(used, n / 2 * 3);
	ck_assert_uint_eq(used, strlen(want));
	ck_assert_mem_eq(out, want, used);
}

START_TEST(converts_utf16)
{
	check_utf16("", 0, "");
	check_utf16("\0a\0b", 4, "ab");
	check_utf16("\x00\xe4\x20\xac", 4, "\xc3\xa4\xe2\x82\xac");
	check_utf16("\xd8\x3d\xde\x00", 4, "\xf0\x9f\x98\x80");
	check_utf16("\0a\0", 3, "a");                           /* half a unit at the end */
	check_utf16("\xd8\x3d", 2, "\xef\xbf\xbd");             /* high alone, at the end */
	check_utf16("\xd8\x3d\xde", 3, "\xef\xbf\xbd");
	check_utf16("\xd8\x3d\0a", 4, "\xef\xbf\xbd" "a");      /* high alone */
	check_utf16("\xde\x00\0a", 4, "\xef\xbf\xbd" "a");      /* low alone */
	check_utf16("\xd8\x3d\xd8\x3d", 4, "\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

static void check_escape(const char *in, size_t n, const char *want)
{
	struct text t = { 0 };

	text_add_escaped(&t, in, n);
	ck_assert_str_eq(text_string(&t), want);
	text_free(&t);
}

START_TEST(escapes_what_a_terminal_obeys)
{
	check_escape("plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 15,
		     "plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	check_escape("a\x1b[31mb", 7, "a\\x1B[31mb");
	check_escape("a\nb\rc\td\0e", 9, "a\\x0Ab\\x0Dc\\x09d\\x00e");
	check_escape("\x7f", 1, "\\x7F");
	check_escape("a\\b", 3, "a\\\\b");
	check_escape("\xc2\x9b", 2, "\\u{9B}");                /* C1: CSI */
	check_escape("\x9b" "1m", 3, "\\x9B1m");               /* C1 as a bare byte */
	check_escape("\xe2\x80\xae" "exe", 6, "\\u{202E}exe"); /* right-to-left override */
	check_escape("\xe2\x81\xa6", 3, "\\u{2066}");          /* isolate */
	check_escape("\xef\xbb\xbf", 3, "\\u{FEFF}");
	check_escape("\xe2\x80\x8b", 3, "\\u{200B}");          /* zero width space */
	check_escape("\xff\xc3", 2, "\\xFF\\xC3");
}
END_TEST

UNIT(text)
{
	tcase_add_test(tc, builds_a_string);
	tcase_add_test(tc, formats_strings_of_any_length);
	tcase_add_test(tc, formats_as_printf_does);
	tcase_add_test(tc, a_failure_stays);
	tcase_add_loop_test(tc, decodes_only_good_utf8, 0, N_SEQUENCES);
	tcase_add_test(tc, valid_means_to_the_end);
	tcase_add_test(tc, converts_utf16);
	tcase_add_test(tc, escapes_what_a_terminal_obeys);
}
