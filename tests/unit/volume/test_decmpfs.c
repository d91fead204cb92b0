/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "volume/appledouble.h"
#include "volume/decmpfs.h"

static struct volume_mount *mount;
static struct units *units;

static void set_up(void)
{
	ck_assert_int_eq(volume_mount_new(&mount, NULL), ISOKIT_OK);
	ck_assert_int_eq(units_new(mount, &units, NULL), ISOKIT_OK);
}

static void tear_down(void)
{
	volume_mount_free(mount);
}

static size_t header(uint8_t *p, uint32_t type, uint64_t size)
{
	memcpy(p, "fpmc", 4);
	put_le32(p + 4, type);
	put_le64(p + 8, size);
	return 16;
}

static void expect_text(struct isokit_source *src, const char *text)
{
	char bytes[64] = { 0 };
	struct isokit_error err = { 0 };
	enum isokit_status st;

	ck_assert_uint_eq(isokit_source_size(src), strlen(text));
	st = isokit_source_read_at(src, 0, bytes, strlen(text), &err);
	if (st == ISOKIT_E_UNSUPPORTED && strstr(err.text, "was not there when")) {
		isokit_source_close(src); /* zlib */
		return;
	}
	ck_assert_int_eq(st, ISOKIT_OK);
	ck_assert_str_eq(bytes, text);
	memset(bytes, 0, sizeof(bytes));
	ck_assert_int_eq(isokit_source_read_at(src, 1, bytes, 3, NULL), ISOKIT_OK);
	ck_assert_mem_eq(bytes, text + 1, 3);
	isokit_source_close(src);
}

/* "hello" in a stored block of deflate. */
static const uint8_t zlib_hello[] = { 0x78, 0x01, 0x01, 5,   0,    0xfa, 0xff, 'h',
				      'e',  'l',  'l',	'o', 0x06, 0x2c, 0x02, 0x15 };
/* The same as literals of LZVN, and its end. */
static const uint8_t lzvn_hello[] = { 0xe5, 'h', 'e', 'l', 'l', 'o', 0x06, 0, 0, 0, 0, 0, 0, 0 };

START_TEST(content_in_the_attribute)
{
	static const struct {
		uint32_t type;
		const uint8_t *bytes;
		size_t n;
	} cases[] = {
		{ 1, (const uint8_t *)"hello", 5 },
		{ 3, (const uint8_t *)"\xff" "hello", 6 },
		{ 3, zlib_hello, sizeof(zlib_hello) },
		{ 7, (const uint8_t *)"\x06" "hello", 6 },
		{ 7, lzvn_hello, sizeof(lzvn_hello) },
		{ 9, (const uint8_t *)"\xcc" "hello", 6 },
	};

	set_up();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct isokit_source *src;
		uint8_t attribute[64];
		size_t n = header(attribute, cases[i].type, 5);

		memcpy(attribute + n, cases[i].bytes, cases[i].n);
		ck_assert_int_eq(decmpfs_source(units, attribute, n + cases[i].n, NULL, &src,
						NULL), ISOKIT_OK);
		expect_text(src, "hello");
	}
	tear_down();
}
END_TEST

START_TEST(content_in_the_resource_fork)
{
	uint8_t attribute[16], zlib[0x100 + 4 + 4 + 8 + sizeof(zlib_hello)] = { 0 };
	uint8_t lzvn[8 + sizeof(lzvn_hello)];
	struct isokit_source *fork, *src;

	set_up();
	put_be32(zlib, 0x100);
	put_be32(zlib + 0x100, 4 + 8 + sizeof(zlib_hello));
	put_le32(zlib + 0x104, 1);
	put_le32(zlib + 0x108, 12); /* from the number of blocks on */
	put_le32(zlib + 0x10c, sizeof(zlib_hello));
	memcpy(zlib + 0x110, zlib_hello, sizeof(zlib_hello));
	(void)header(attribute, 4, 5);
	ck_assert_int_eq(isokit_source_from_memory(zlib, sizeof(zlib), "fork", &fork, NULL),
			 ISOKIT_OK);
	ck_assert_int_eq(decmpfs_source(units, attribute, 16, fork, &src, NULL), ISOKIT_OK);
	expect_text(src, "hello");

	put_le32(lzvn, 8);
	put_le32(lzvn + 4, sizeof(lzvn));
	memcpy(lzvn + 8, lzvn_hello, sizeof(lzvn_hello));
	(void)header(attribute, 8, 5);
	ck_assert_int_eq(isokit_source_from_memory(lzvn, sizeof(lzvn), "fork", &fork, NULL),
			 ISOKIT_OK);
	ck_assert_int_eq(decmpfs_source(units, attribute, 16, fork, &src, NULL), ISOKIT_OK);
	expect_text(src, "hello");
	tear_down();
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	uint8_t attribute[16], fork_bytes[300] = { 0 };
	struct isokit_source *fork, *src;

	set_up();
	(void)header(attribute, 99, 5);
	ck_assert_int_eq(decmpfs_source(units, attribute, 16, NULL, &src, NULL),
			 ISOKIT_E_UNSUPPORTED);
	(void)header(attribute, 4, 5); /* without a fork */
	ck_assert_int_eq(decmpfs_source(units, attribute, 16, NULL, &src, NULL),
			 ISOKIT_E_CORRUPT);
	(void)header(attribute, 3, UINT64_C(1) << 40); /* more than the attribute can hold */
	ck_assert_int_eq(decmpfs_source(units, attribute, 16, NULL, &src, NULL),
			 ISOKIT_E_CORRUPT);
	(void)header(attribute, 8, UINT64_C(1) << 40); /* more than the table has */
	ck_assert_int_eq(isokit_source_from_memory(fork_bytes, sizeof(fork_bytes), "fork", &fork,
						   NULL), ISOKIT_OK);
	ck_assert_int_eq(decmpfs_source(units, attribute, 16, fork, &src, NULL),
			 ISOKIT_E_CORRUPT);
	attribute[0] = 'x';
	ck_assert_int_eq(decmpfs_source(units, attribute, 16, NULL, &src, NULL),
			 ISOKIT_E_CORRUPT);
	tear_down();
}
END_TEST

START_TEST(appledouble_has_both_parts)
{
	uint8_t finder[APPLEDOUBLE_FINDER_BYTES] = "TEXTttxt", bytes[90];
	struct isokit_source *fork, *src;

	ck_assert_int_eq(isokit_source_from_memory("resource", 8, "fork", &fork, NULL), ISOKIT_OK);
	ck_assert_int_eq(appledouble_source(finder, fork, &src, NULL), ISOKIT_OK);
	ck_assert_uint_eq(isokit_source_size(src), 82 + 8);
	ck_assert_int_eq(isokit_source_read_at(src, 0, bytes, 90, NULL), ISOKIT_OK);
	ck_assert_mem_eq(bytes, "\0\5\x16\7\0\2\0\0Mac OS X        \0\2", 26);
	ck_assert_mem_eq(bytes + 50, "TEXTttxt", 8);
	ck_assert_mem_eq(bytes + 82, "resource", 8);
	ck_assert_uint_eq(get_be32(bytes + 42), 82); /* RFC 1740: offset and length */
	ck_assert_uint_eq(get_be32(bytes + 46), 8);
	isokit_source_close(src);
}
END_TEST

UNIT(decmpfs)
{
	tcase_add_test(tc, content_in_the_attribute);
	tcase_add_test(tc, content_in_the_resource_fork);
	tcase_add_test(tc, what_cannot_be_is_refused);
	tcase_add_test(tc, appledouble_has_both_parts);
}
