/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "verify/sums.h"

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define LONG SHA256 SHA256

static bool parse(const char *text, struct sums_hint *hint, enum isokit_digest_kind *kind,
		  char name[64])
{
	char line[512];
	struct sums_line l;

	(void)snprintf(line, sizeof(line), "%s", text);
	if (!sums_line_parse(line, strlen(line), hint, &l))
		return false;
	*kind = l.kind;
	ck_assert_uint_lt(l.name_bytes, 64);
	memcpy(name, l.name, l.name_bytes);
	name[l.name_bytes] = '\0';
	return true;
}

START_TEST(damaged_lines_are_told_from_other_text)
{
	static const struct {
		const char *line;
		bool damaged;
	} cases[] = {
		{ "d41d8cd98f0gb204e9800998ecf8427e  a", true },
		{ "d41d8cd98f0 b204e9800998ecf8427e  a", true },
		{ MD5 "0 a", true },
		{ MD5 "x  a", true },
		{ "d41d8cd98f00b204e9800998ecf8427  a", true },
		{ "SHA256 (x.iso) = " MD5, true },
		{ "SHA256 (x.iso) = \xffx" MD5, true },
		{ "SHA2\xff" "56 (x.iso) = " SHA256, true },
		{ "SHA3-256 (x.iso) = " SHA256, false },
		{ "0123456789abcdef0123456789abcdef0123456789abcdef  tiger", false },
		{ "-----BEGIN PGP SIGNED MESSAGE-----", false },
		{ "iQIzBAEBCgAdFiEE3+3wLRXUTQRK2bCkFYcFpYIdS1kFAmYxABoACgkQFYcFpYId", false },
		{ "Hash: SHA256", false },
		{ "These are the MD5 sums of all files, see md5sum(1).", false },
		{ "# d41d8cd98f0gb204e9800998ecf8427e  a", false },
		{ "", false },
	};
	struct sums_hint hint = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(sums_line_damaged(cases[i].line, strlen(cases[i].line), &hint) ==
			      cases[i].damaged, "%s", cases[i].line);
}
END_TEST

START_TEST(lines_of_every_format_are_read)
{
	static const struct {
		const char *line, *name;
		int kind; /* -1: no checksum */
	} cases[] = {
		{ MD5 "  a/b", "a/b", ISOKIT_MD5 },
		{ MD5 " *a b", "a b", ISOKIT_MD5 },
		{ MD5 "   a", " a", ISOKIT_MD5 },
		{ MD5 "\ta", "a", ISOKIT_MD5 },
		{ MD5 " a", "a", ISOKIT_MD5 },
		{ MD5 "  ./a\r", "./a", ISOKIT_MD5 },
		{ MD5, "", ISOKIT_MD5 },
		{ "\xef\xbb\xbf" SHA1 "  a", "a", ISOKIT_SHA1 },
		{ "D41D8CD98F00B204E9800998ECF8427E  a", "a", ISOKIT_MD5 },
		{ SHA256 "  x.iso", "x.iso", ISOKIT_SHA256 },
		{ LONG "  x", "x", ISOKIT_SHA512 },
		{ "\\" MD5 "  a\\nb\\\\c\\r", "a\nb\\c\r", ISOKIT_MD5 },
		{ MD5 "  a\\nb", "a\\nb", ISOKIT_MD5 },
		{ "SHA256 (x (1).iso) = " SHA256, "x (1).iso", ISOKIT_SHA256 },
		{ "SHA2-256(x.iso)= " SHA256, "x.iso", ISOKIT_SHA256 },
		{ "BLAKE2b (x) = " LONG, "x", ISOKIT_BLAKE2B },
		{ "\\MD5 (a\\nb) = " MD5, "a\nb", ISOKIT_MD5 },
		{ "\\" MD5 "  a\\tb", NULL, -1 },
		{ "SHA256 (x.iso) = " MD5, NULL, -1 },
		{ "SHA3-256 (x.iso) = " SHA256, NULL, -1 },
		{ "SHA256 () = " SHA256, NULL, -1 },
		{ MD5 "0  a", NULL, -1 },
		{ MD5 "x  a", NULL, -1 },
		{ "d41d8cd98f00b204e9800998ecf8427  a", NULL, -1 },
		{ "-----BEGIN PGP SIGNED MESSAGE-----", NULL, -1 },
		{ "Hash: SHA256", NULL, -1 },
		{ "# Fedora-x.iso: 2147483648 bytes", NULL, -1 },
		{ "", NULL, -1 },
		{ "(", NULL, -1 },
		{ "MD5 (", NULL, -1 },
		{ "MD5 ) = " MD5, NULL, -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sums_hint hint = { .blake2b = false };
		enum isokit_digest_kind kind = ISOKIT_DIGEST_COUNT;
		char name[64] = "";
		bool ok = parse(cases[i].line, &hint, &kind, name);

		ck_assert_msg(ok == (cases[i].kind >= 0), "%s", cases[i].line);
		if (!ok)
			continue;
		ck_assert_msg((int)kind == cases[i].kind, "%s", cases[i].line);
		ck_assert_str_eq(name, cases[i].name);
	}
}
END_TEST

START_TEST(comments_and_names_of_lists_tell_long_digests_apart)
{
	struct sums_hint hint = sums_hint_of("B2SUMS", 6);
	enum isokit_digest_kind kind;
	char name[64];

	ck_assert(parse(LONG "  x", &hint, &kind, name));
	ck_assert_int_eq(kind, ISOKIT_BLAKE2B);
	ck_assert(!parse("# SHA512 HASH", &hint, &kind, name));
	ck_assert(parse(LONG "  x", &hint, &kind, name));
	ck_assert_int_eq(kind, ISOKIT_SHA512);
	ck_assert(!parse("# BLAKE2B HASH", &hint, &kind, name));
	ck_assert(parse(LONG "  x", &hint, &kind, name));
	ck_assert_int_eq(kind, ISOKIT_BLAKE2B);
	/* As long as SHA-256, but another algorithm: nothing is better than a lie. */
	hint = sums_hint_of("SHA3-256SUMS", 12);
	ck_assert(!parse(SHA256 "  x", &hint, &kind, name));
	hint = sums_hint_of("SHA384SUMS", 10);
	ck_assert(parse(SHA256 "  x", &hint, &kind, name));
}
END_TEST

START_TEST(lists_are_known_by_their_names)
{
	static const char *const lists[] = {
		"md5sum.txt", "MD5SUMS", "SHA256SUMS", "sha256sum.txt", "SHA512SUMS", "B2SUMS",
		"sha1sums", "CHECKSUM", "checksums.txt", "md5sums.asc",
		"Fedora-Server-40-1.14-x86_64-CHECKSUM", "SHA256SUM",
	};
	static const char *const others[] = { "md5sum", "readme.txt", "sum", "sums", "SHA",
					      "x.iso", "checksumming", "MD5SUMS.gpg", "" };
	static const struct {
		const char *name;
		size_t stem;
	} sidecars[] = {
		{ "x.iso.sha256", 5 }, { "x.sha512", 1 }, { "x.iso.md5sum", 5 },
		{ "x.iso.SHA256.txt", 5 }, { "x.iso.DIGESTS", 5 }, { ".md5", 0 }, { "x.iso", 0 },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		ck_assert_msg(sums_is_list(lists[i], strlen(lists[i])), "%s", lists[i]);
	for (size_t i = 1; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!sums_is_list(others[i], strlen(others[i])), "%s", others[i]);
	for (size_t i = 0; i < sizeof(sidecars) / sizeof(sidecars[0]); i++)
		ck_assert_msg(sums_is_sidecar(sidecars[i].name, strlen(sidecars[i].name)) ==
			      sidecars[i].stem, "%s", sidecars[i].name);
}
END_TEST

UNIT(sums)
{
	tcase_add_test(tc, lines_of_every_format_are_read);
	tcase_add_test(tc, damaged_lines_are_told_from_other_text);
	tcase_add_test(tc, comments_and_names_of_lists_tell_long_digests_apart);
	tcase_add_test(tc, lists_are_known_by_their_names);
}
