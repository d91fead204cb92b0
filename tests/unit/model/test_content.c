/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking apart the text of files that say what an image is. */
#include "unit.h"

#include <string.h>

#include "model/content.h"

static struct piece piece(const char *s)
{
	return (struct piece){ s, strlen(s) };
}

static bool same(struct piece p, const char *s)
{
	return p.p && p.n == strlen(s) && memcmp(p.p, s, p.n) == 0;
}

START_TEST(lines)
{
	static const char text[] = "one\r\n  two \n\nfour\0five";
	struct piece line;
	size_t at = 0;

	ck_assert(content_line(text, sizeof(text) - 1, &at, &line) && same(line, "one"));
	ck_assert(content_line(text, sizeof(text) - 1, &at, &line) && same(line, "two"));
	ck_assert(content_line(text, sizeof(text) - 1, &at, &line) && line.n == 0);
	ck_assert(content_line(text, sizeof(text) - 1, &at, &line) && same(line, "four"));
	ck_assert(content_line(text, sizeof(text) - 1, &at, &line) && same(line, "five"));
	ck_assert(!content_line(text, sizeof(text) - 1, &at, &line));
}
END_TEST

START_TEST(values)
{
	static const char text[] = "[a]\nkey = wrong\n[General]\nother=1\nkeyring=x\nkey =\n"
				   "KEY = \"right one\"\r\n[b]\nkey=late\n";
	size_t n = sizeof(text) - 1;
	struct piece line;

	ck_assert(same(content_value(text, n, "general", "key", '=', &line), "right one"));
	ck_assert(same(line, "KEY = \"right one\""));
	ck_assert(same(content_value(text, n, NULL, "key", '=', NULL), "wrong"));
	ck_assert_ptr_null(content_value(text, n, "none", "key", '=', NULL).p);
	ck_assert_ptr_null(content_value(text, n, "general", "missing", '=', NULL).p);
	ck_assert(same(content_value("LABEL  x y\n", 11, NULL, "LABEL", ' ', NULL), "x y"));
	ck_assert_ptr_null(content_value("LABEL", 5, NULL, "LABEL", ' ', NULL).p);
	ck_assert_ptr_null(content_value("", 0, NULL, "LABEL", '=', NULL).p);
}
END_TEST

START_TEST(words)
{
	struct piece rest = piece("  a  bc\t"), word;

	ck_assert(content_word(&rest, &word) && same(word, "a"));
	ck_assert(content_word(&rest, &word) && same(word, "bc"));
	ck_assert(!content_word(&rest, &word));
	ck_assert(content_is_architecture(piece("AMD64")));
	ck_assert(!content_is_architecture(piece("amd")));
	ck_assert_uint_eq(content_find(piece("abcABC"), "CA"), 2);
	ck_assert(content_find(piece("ab"), "abc") == SIZE_MAX);
	ck_assert(same(content_trim(piece(" 'x y'\r")), "x y"));
	ck_assert_uint_eq(content_trim(piece("  \"\" ")).n, 0);
}
END_TEST

UNIT(content)
{
	tcase_add_test(tc, lines);
	tcase_add_test(tc, values);
	tcase_add_test(tc, words);
}
