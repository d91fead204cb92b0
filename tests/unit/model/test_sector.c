/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw sectors against their own codes and addresses. */
#include <isokit/format.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "ondisk/cdsector.h"
#include "unit.h"

enum { RAW = 2352 };

static struct disc d;
static uint8_t raw[DISC_SECTORS * RAW];

static uint8_t bcd(unsigned v)
{
	return (uint8_t)(v / 10 * 16 + v % 10);
}

/* The disc in sectors of mode 1, or 2 (form 1), with codes and addresses. */
static void wrap(unsigned mode)
{
	size_t user = mode == 1 ? 16 : 24;

	disc_begin(&d);
	memset(raw, 0, sizeof(raw));
	for (unsigned i = 0; i < DISC_SECTORS; i++) {
		uint8_t *s = raw + i * RAW;

		memset(s + 1, 0xff, 10);
		s[13] = bcd((i + 150) / 75);
		s[14] = bcd((i + 150) % 75);
		s[15] = (uint8_t)mode;
		if (mode == 2)
			s[18] = s[22] = 8;
		memcpy(s + user, d.bytes + i * 2048, 2048);
		if (mode == 1)
			put_le32(s + 2064, ondisk_cd_edc(s, 2064));
		else
			put_le32(s + 2072, ondisk_cd_edc(s + 16, 2056));
	}
}

/* How many findings of a code, and the place of the last one. */
static unsigned found(enum isokit_finding_code code, struct isokit_finding *ret)
{
	struct isokit_source *file = NULL, *src = NULL, *inner = NULL;
	struct isokit_image_options o = { .size = sizeof(o) };
	struct isokit_image *img = NULL;
	const struct isokit_facts *f;
	struct isokit_container c;
	unsigned n = 0;

	isokit_source_from_memory(raw, sizeof(raw), "raw", &file, NULL);
	isokit_source_from_memory(raw, sizeof(raw), "raw", &src, NULL);
	ck_assert_int_eq(isokit_format_detect(src, &c, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_format_open(src, &c, &inner, NULL), ISOKIT_OK);
	o.container = &c;
	ck_assert_int_eq(isokit_image_open_with(inner, 0, &o, &img, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_image_check_sectors(img, file, NULL, NULL, NULL), ISOKIT_OK);
	f = isokit_image_facts(img);
	for (size_t i = 0; i < f->n_findings; i++) {
		if (f->findings[i].code != code)
			continue;
		n++;
		*ret = f->findings[i];
	}
	isokit_image_free(img);
	isokit_source_close(inner);
	isokit_source_close(file);
	return n;
}

START_TEST(finds_damaged_sectors)
{
	struct isokit_finding f;

	for (unsigned mode = 1; mode <= 2; mode++) {
		wrap(mode);
		ck_assert_uint_eq(found(ISOKIT_F_SECTOR_EDC, &f), 0);
		ck_assert_uint_eq(found(ISOKIT_F_SECTOR_EDC_NONE, &f), 0);
		ck_assert_uint_eq(found(ISOKIT_F_SECTOR_ADDRESS, &f), 0);
		raw[77 * RAW + 1000] ^= 1;
		raw[99 * RAW + 30] ^= 0x80;
		ck_assert_uint_eq(found(ISOKIT_F_SECTOR_EDC, &f), 1);
		ck_assert(f.n[0] == 2 && f.n[1] == 77 && f.offset == 77 * RAW);
	}
}
END_TEST

/* Form 2 need not have a code, and audio has neither code nor address. */
START_TEST(lets_other_sectors_be)
{
	struct isokit_finding f;

	wrap(2);
	raw[90 * RAW + 18] = raw[90 * RAW + 22] = 0x28;
	memset(raw + 91 * RAW, 0x5a, 20 * RAW);
	ck_assert_uint_eq(found(ISOKIT_F_SECTOR_EDC, &f), 0);
	ck_assert_uint_eq(found(ISOKIT_F_SECTOR_ADDRESS, &f), 0);
}
END_TEST

START_TEST(says_where_there_are_no_codes)
{
	struct isokit_finding f;

	wrap(1);
	for (unsigned i = 0; i < DISC_SECTORS; i++)
		put_le32(raw + i * RAW + 2064, 0);
	ck_assert_uint_eq(found(ISOKIT_F_SECTOR_EDC_NONE, &f), 1);
	ck_assert(f.n[0] == DISC_SECTORS);
	ck_assert_uint_eq(found(ISOKIT_F_SECTOR_EDC, &f), 0);
}
END_TEST

START_TEST(sees_sectors_that_are_missing)
{
	struct isokit_finding f;

	wrap(1);
	memmove(raw + 100 * RAW, raw + 101 * RAW, 27 * RAW); /* the last one twice, then */
	ck_assert_uint_eq(found(ISOKIT_F_SECTOR_ADDRESS, &f), 1);
	ck_assert(f.n[0] == 2 && f.n[1] == 99 && f.offset == 100 * RAW);
}
END_TEST

UNIT(sector)
{
	tcase_add_test(tc, finds_damaged_sectors);
	tcase_add_test(tc, lets_other_sectors_be);
	tcase_add_test(tc, says_where_there_are_no_codes);
	tcase_add_test(tc, sees_sectors_that_are_missing);
}
