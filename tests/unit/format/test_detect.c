/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <isokit/format.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "unit.h"

enum { SECTORS = 40, ROOT = 20 };

static uint8_t image[SECTORS * 2048];

/* Primary descriptor, terminator, root directory. */
static void make_image(void)
{
	uint8_t *p = image + 16 * 2048, *root = image + ROOT * 2048;

	memset(image, 0, sizeof(image));
	memcpy(p, "\1CD001\1", 7);
	put_both32(p + 80, SECTORS);
	put_both16(p + 128, 2048);
	p[156] = 34;
	put_both32(p + 158, ROOT);
	put_both32(p + 166, 2048);
	p[181] = 2;
	p[188] = 1;
	memcpy(p + 2048, "\377CD001\1", 7);
	root[0] = 34;
	put_both32(root + 2, ROOT);
	put_both32(root + 10, 2048);
	root[25] = 2;
	root[32] = 1;
}

/* The image in sectors of `stride` bytes behind `lead` other ones. The frame is
 * what `mode` has: sync and header for 1 and 2, a subheader for 2. */
static uint8_t *wrapped(size_t lead, size_t stride, size_t user, int mode, uint8_t submode,
			size_t *ret_bytes)
{
	size_t n = lead + SECTORS * stride;
	uint8_t *bytes = calloc(1, n);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', lead);
	for (size_t i = 0; i < SECTORS; i++) {
		uint8_t *s = bytes + lead + i * stride;

		memset(s, 0xe1, stride);
		if (user >= 16) {
			memcpy(s, "\0\377\377\377\377\377\377\377\377\377\377\0", 12);
			memcpy(s + 12, "\0\2\0", 3);
			s[15] = (uint8_t)mode;
		}
		if (mode == 2 && user >= 8) {
			uint8_t sub[4] = { 0, 0, i == 30 ? submode : 8, 0 };

			memcpy(s + user - 8, sub, 4);
			memcpy(s + user - 4, sub, 4);
		}
		memcpy(s + user, image + i * 2048, 2048);
	}
	*ret_bytes = n;
	return bytes;
}

static struct isokit_container detected(const uint8_t *bytes, size_t n)
{
	struct isokit_source *src = NULL;
	struct isokit_container c;

	memset(&c, 0x55, sizeof(c));
	ck_assert_int_eq(isokit_source_from_memory(bytes, n, "x", &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_format_detect(src, &c, NULL), ISOKIT_OK);
	isokit_source_close(src);
	return c;
}

START_TEST(tells_every_frame)
{
	static const struct {
		size_t lead, stride, user;
		int mode;
		uint8_t submode;
		enum isokit_sector_mode want;
	} cases[] = {
		{ 0, 2352, 16, 1, 0, ISOKIT_SECTORS_MODE1 },
		{ 0, 2352, 24, 2, 8, ISOKIT_SECTORS_MODE2 },
		{ 0, 2352, 24, 2, 0x28, ISOKIT_SECTORS_MODE2_MIXED },
		{ 0, 2448, 16, 1, 0, ISOKIT_SECTORS_MODE1 },
		{ 0, 2448, 24, 2, 8, ISOKIT_SECTORS_MODE2 },
		{ 0, 2368, 16, 1, 0, ISOKIT_SECTORS_MODE1 },
		{ 0, 2336, 8, 2, 8, ISOKIT_SECTORS_MODE2 },
		{ 0, 2336, 8, 2, 0x20, ISOKIT_SECTORS_MODE2_MIXED },
		{ 0, 2056, 8, 2, 8, ISOKIT_SECTORS_MODE2 },
		{ 0, 2328, 0, 0, 0, ISOKIT_SECTORS_PLAIN },
		{ 0, 2064, 12, 0, 0, ISOKIT_SECTORS_PLAIN },
		{ 352800, 2352, 16, 1, 0, ISOKIT_SECTORS_MODE1 },
		{ 77, 2352, 24, 2, 8, ISOKIT_SECTORS_MODE2 },
	};

	make_image();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct isokit_source *src = NULL, *inner = NULL;
		uint8_t got[SECTORS * 2048];
		struct isokit_container c;
		uint8_t *bytes;
		size_t n;

		bytes = wrapped(cases[i].lead, cases[i].stride, cases[i].user, cases[i].mode,
				cases[i].submode, &n);
		c = detected(bytes, n);
		ck_assert_msg(c.kind == ISOKIT_CONTAINER_RAW_SECTORS, "case %zu: kind %d", i,
			      c.kind);
		ck_assert_uint_eq(c.sector_bytes, cases[i].stride);
		ck_assert_uint_eq(c.user_offset, cases[i].user);
		ck_assert(c.offset == cases[i].lead);
		ck_assert(c.sectors == SECTORS && c.trailing == 0 && c.file_bytes == n);
		ck_assert_msg(c.mode == cases[i].want, "case %zu: mode %d", i, c.mode);
		ck_assert_ptr_nonnull(c.words);

		/* And what is opened by it is the image, byte for byte. */
		isokit_source_from_memory(bytes, n, "x", &src, NULL);
		ck_assert_int_eq(isokit_format_open(src, &c, &inner, NULL), ISOKIT_OK);
		ck_assert(isokit_source_size(inner) == sizeof(image));
		ck_assert_int_eq(isokit_source_read_at(inner, 0, got, sizeof(got), NULL),
				 ISOKIT_OK);
		ck_assert_mem_eq(got, image, sizeof(image));
		ck_assert(isokit_container_offset(&c, 2048 * 3 + 5) ==
			  cases[i].lead + 3 * cases[i].stride + cases[i].user + 5);
		isokit_source_close(inner);
		free(bytes);
	}
}
END_TEST

START_TEST(finds_the_end_of_a_header)
{
	static const size_t leads[] = { 1, 128, 512, 307200, 1024 * 1024 };

	make_image();
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		struct isokit_container c;
		uint8_t *bytes;
		size_t n;

		bytes = wrapped(leads[i], 2048, 0, 0, 0, &n);
		c = detected(bytes, n);
		ck_assert_int_eq(c.kind, ISOKIT_CONTAINER_LEADING_HEADER);
		ck_assert(c.offset == leads[i]);
		ck_assert_uint_eq(c.sector_bytes, 2048);
		ck_assert_str_eq(c.words, "something that is no part of it");
		free(bytes);
	}
}
END_TEST

START_TEST(names_what_stands_before)
{
	struct isokit_container c;
	uint8_t *bytes;
	size_t n;

	make_image();
	bytes = wrapped(128, 2048, 0, 0, 0, &n);
	memset(bytes, 0, 128);
	memcpy(bytes + 1, "\4disc", 5);
	c = detected(bytes, n);
	ck_assert_str_eq(c.words, "a MacBinary header");
	free(bytes);
	bytes = wrapped(307200, 2048, 0, 0, 0, &n);
	memset(bytes, 0, 307200);
	c = detected(bytes, n);
	ck_assert_str_eq(c.words, "an empty pregap of 150 sectors");
	free(bytes);
}
END_TEST

/* The mark alone proves nothing. */
START_TEST(needs_more_than_a_mark)
{
	uint8_t *bytes;
	size_t n;

	make_image();
	memset(image + 17 * 2048, 0, 2048);        /* no terminator */
	bytes = wrapped(100, 2048, 0, 0, 0, &n);
	ck_assert_int_eq(detected(bytes, n).kind, ISOKIT_CONTAINER_LEADING_HEADER);
	free(bytes);
	put_both32(image + ROOT * 2048 + 2, ROOT + 1); /* and a root that is elsewhere */
	bytes = wrapped(100, 2048, 0, 0, 0, &n);
	ck_assert_int_eq(detected(bytes, n).kind, ISOKIT_CONTAINER_NONE);
	free(bytes);

	bytes = calloc(1, 200000);
	for (size_t i = 0; i < 200000 - 8; i += 8)
		memcpy(bytes + i, "\1CD001\1", 7);
	ck_assert_int_eq(detected(bytes, 200000).kind, ISOKIT_CONTAINER_NONE);
	free(bytes);
}
END_TEST

/* A disc whose root is cut off is still one, by two descriptors in a row; whose
 * beginning is cut off, is not. */
START_TEST(takes_cut_images)
{
	uint8_t *bytes;
	size_t n;

	make_image();
	bytes = wrapped(0, 2352, 16, 1, 0, &n);
	ck_assert_int_eq(detected(bytes, 18 * 2352).kind, ISOKIT_CONTAINER_RAW_SECTORS);
	ck_assert(detected(bytes, 18 * 2352 + 9).trailing == 9);
	ck_assert_int_eq(detected(bytes + 2048, n - 2048).kind, ISOKIT_CONTAINER_NONE);
	for (size_t cut = 0; cut < 19 * 2352; cut += 997)
		detected(bytes, cut); /* and nothing is read past any end */
	free(bytes);
}
END_TEST

/* Raw sectors of something else are raw sectors all the same. */
START_TEST(knows_raw_sectors_by_their_sync)
{
	struct isokit_container c;
	uint8_t *bytes;
	size_t n;

	memset(image, 7, sizeof(image));
	bytes = wrapped(0, 2352, 24, 2, 8, &n);
	c = detected(bytes, n);
	ck_assert_int_eq(c.kind, ISOKIT_CONTAINER_RAW_SECTORS);
	ck_assert_uint_eq(c.user_offset, 24);
	free(bytes);
}
END_TEST

/* An image that is a file of something else is not what the file is. */
START_TEST(leaves_archives_and_disks_alone)
{
	uint8_t *bytes;
	size_t n;

	make_image();
	bytes = wrapped(512, 2048, 0, 0, 0, &n);
	memcpy(bytes + 257, "ustar", 5);
	ck_assert_int_eq(detected(bytes, n).kind, ISOKIT_CONTAINER_NONE);
	memset(bytes, 0, 512);
	memcpy(bytes + 510, "\x55\xaa", 2);
	ck_assert_int_eq(detected(bytes, n).kind, ISOKIT_CONTAINER_NONE);
	bytes[510] = 0;
	ck_assert_int_eq(detected(bytes, n).kind, ISOKIT_CONTAINER_LEADING_HEADER);
	memcpy(bytes + n - 512, "koly", 4);
	ck_assert_int_eq(detected(bytes, n).kind, ISOKIT_CONTAINER_NONE);
	memcpy(bytes + n - 12, "NER5", 4);
	memset(bytes + n - 512, 0, 4);
	ck_assert_int_eq(detected(bytes, n).kind, ISOKIT_CONTAINER_LEADING_HEADER);
	free(bytes);
}
END_TEST

UNIT(detect)
{
	tcase_add_test(tc, tells_every_frame);
	tcase_add_test(tc, finds_the_end_of_a_header);
	tcase_add_test(tc, names_what_stands_before);
	tcase_add_test(tc, needs_more_than_a_mark);
	tcase_add_test(tc, takes_cut_images);
	tcase_add_test(tc, knows_raw_sectors_by_their_sync);
	tcase_add_test(tc, leaves_archives_and_disks_alone);
}
