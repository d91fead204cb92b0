/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/zisofs.h"
#include "unpack/unpack.h"

enum { BLOCK = 32768, ROOM = 4096 };

static const uint8_t magic[8] = { 0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07 };
/* zlib of 3 times "ok\n" */
static const uint8_t packed[] = { 0x78, 0x9c, 0xcb, 0xcf, 0xe6, 0xca, 0x07, 0x23, 0x00, 0x0e,
				  0x94, 0x02, 0xad };

static uint8_t content[ROOM];

/* Two blocks of zeros, and then one of 9 bytes. */
static struct unpack_content make(size_t bytes)
{
	struct unpack_content c = { .bytes = bytes, .owned = true };
	uint32_t begin = 16 + 4 * 4;

	memset(content, 0, sizeof(content));
	memcpy(content, magic, 8);
	put_le32(content + 8, 2 * BLOCK + 9);
	content[12] = 4;
	content[13] = 15;
	for (unsigned i = 0; i < 3; i++)
		put_le32(content + 16 + 4 * i, begin);
	put_le32(content + 28, begin + sizeof(packed));
	memcpy(content + begin, packed, sizeof(packed));
	ck_assert_int_eq(isokit_source_from_memory(content, bytes, "x", &c.src, NULL), ISOKIT_OK);
	return c;
}

static enum isokit_status open_it(struct unpack_content *c)
{
	enum isokit_status st = unpack_zisofs_open(c, "x", NULL);

	if (st)
		unpack_content_close(c);
	return st;
}

START_TEST(blocks_of_nothing_are_zeros)
{
	static uint8_t all[2 * BLOCK + 9];
	struct unpack_content c = make(ROOM);
	struct isokit_location at;
	enum isokit_status st;

	ck_assert_int_eq(open_it(&c), ISOKIT_OK);
	ck_assert_uint_eq(c.bytes, sizeof(all));
	isokit_source_locate(c.src, 5, c.bytes - 5, &at);
	ck_assert_int_eq(at.where, ISOKIT_WHERE_ZEROS);
	ck_assert_uint_eq(at.length, 2 * BLOCK - 5);
	memset(all, 1, sizeof(all));
	ck_assert_int_eq(isokit_source_read_at(c.src, 1, all, 2 * BLOCK - 1, NULL), ISOKIT_OK);
	ck_assert(all[0] == 0 && memcmp(all, all + 1, 2 * BLOCK - 2) == 0);
	st = isokit_source_read_at(c.src, 2 * BLOCK - 2, all, 9, NULL);
	if (st != ISOKIT_E_UNSUPPORTED) { /* without zlib */
		ck_assert_int_eq(st, ISOKIT_OK);
		ck_assert_mem_eq(all, "\0\0ok\nok\no", 9);
	}
	unpack_content_close(&c);
}
END_TEST

START_TEST(tables_that_lie_are_refused)
{
	struct unpack_content c = make(ROOM);
	uint8_t byte;

	put_le32(content + 28, ROOM + 1);
	ck_assert_int_eq(open_it(&c), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(c.src, 2 * BLOCK, &byte, 1, NULL), ISOKIT_E_CORRUPT);
	put_le32(content + 28, 4); /* backwards */
	ck_assert_int_eq(isokit_source_read_at(c.src, 2 * BLOCK, &byte, 1, NULL), ISOKIT_E_CORRUPT);
	unpack_content_close(&c);

	c = make(ROOM);
	put_le32(content + 8, UINT32_MAX);
	ck_assert_int_eq(open_it(&c), ISOKIT_E_CORRUPT);
	c = make(ROOM);
	content[13] = 31;
	ck_assert_int_eq(open_it(&c), ISOKIT_E_CORRUPT);
	c = make(ROOM);
	content[12] = 255;
	put_le32(content + 8, ROOM);
	ck_assert_int_eq(open_it(&c), ISOKIT_OK); /* there is room for that table */
	unpack_content_close(&c);
	c = make(31); /* the last pointer is cut off */
	ck_assert_int_eq(open_it(&c), ISOKIT_E_CORRUPT);
	c = make(10);
	ck_assert_int_eq(open_it(&c), ISOKIT_E_CORRUPT);
}
END_TEST

START_TEST(numbers_of_both_versions)
{
	uint8_t head[24] = { 0xef, 0x22, 0x55, 0xa1, 0xbc, 0x1b, 0x95, 0xa0, 0, 6, 1, 20 };
	struct ondisk_zisofs z;

	put_le64(head + 12, UINT64_C(5) << 32);
	ck_assert(ondisk_zisofs_decode(head, sizeof(head), &z));
	ck_assert_uint_eq(z.version, 2);
	ck_assert_uint_eq(z.header_bytes, 24);
	ck_assert_uint_eq(z.pointer_bytes, 8);
	ck_assert_uint_eq(ondisk_zisofs_blocks(&z), 5 * 4096);
	ck_assert(!ondisk_zisofs_decode(head, 23, &z));
	head[10] = 2;
	ck_assert(!ondisk_zisofs_decode(head, sizeof(head), &z));
}
END_TEST

UNIT(zisofs)
{
	tcase_add_test(tc, blocks_of_nothing_are_zeros);
	tcase_add_test(tc, tables_that_lie_are_refused);
	tcase_add_test(tc, numbers_of_both_versions);
}
