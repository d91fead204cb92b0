/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/cdtext.h"

/* The disc, and tracks 1 to 4: a title that goes on over packs, one that is repeated by a tab,
 * one with a letter of ISO 8859-1, and one in another language. */
static const uint8_t packs[] = {
	0x80, 0, 0, 0x00, 'J', 'o', 'y', 'f', 'u', 'l', ' ', 'N', 'i', 'g', 'h', 't', 0xf0, 0xf7,
	0x80, 0, 1, 0x0c, 's', 0, 'S', 'o', 'n', 'g', 0, '\t', 0, 'C', 'a', 'f', 0, 0,
	0x80, 3, 2, 0x03, 0xe9, 0, 'L', 'a', 's', 't', 0, 0, 0, 0, 0, 0, 0, 0,
	0x81, 0, 3, 0x00, 'U', 's', 0, 'M', 'e', 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0x80, 0, 4, 0x10, 'N', 'e', 'i', 'n', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

static void check(const struct ondisk_cdtext *t)
{
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_TITLE][0], "Joyful Nights");
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_TITLE][1], "Song");
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_TITLE][2], "Song");
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_TITLE][3], "Caf\xc3\xa9");
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_TITLE][4], "Last");
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_TITLE][5], "");
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_PERFORMER][0], "Us");
	ck_assert_str_eq(t->text[ONDISK_CDTEXT_PERFORMER][1], "Me");
	ck_assert(!t->double_byte);
	ck_assert_uint_eq(t->bad, 0);
}

START_TEST(packs_are_put_together)
{
	uint8_t with_head[4 + sizeof(packs) + 1] = { 0, sizeof(packs) + 2, 0, 0 };
	uint8_t bare[sizeof(packs)];
	struct ondisk_cdtext t;
	size_t n = sizeof(packs) / ONDISK_CDTEXT_PACK_BYTES;

	ck_assert(ondisk_cdtext_decode(packs, sizeof(packs), &t));
	check(&t);
	memcpy(with_head + 4, packs, sizeof(packs));
	ck_assert(ondisk_cdtext_decode(with_head, sizeof(with_head), &t));
	check(&t);
	for (size_t i = 0; i < n; i++)
		memcpy(bare + 16 * i, packs + ONDISK_CDTEXT_PACK_BYTES * i, 16);
	ck_assert(ondisk_cdtext_decode_bare(bare, 16 * n, &t));
	check(&t);
}
END_TEST

START_TEST(a_wrong_crc_is_told)
{
	uint8_t bytes[sizeof(packs)];
	struct ondisk_cdtext t;

	memcpy(bytes, packs, sizeof(packs));
	bytes[4] = 'T';
	ck_assert(ondisk_cdtext_decode(bytes, sizeof(bytes), &t));
	ck_assert_uint_eq(t.bad, 1);
	ck_assert_str_eq(t.text[ONDISK_CDTEXT_TITLE][1], "Song");
}
END_TEST

START_TEST(what_is_none_is_none)
{
	uint8_t bytes[ONDISK_CDTEXT_PACK_BYTES * 2] = { 0 };
	struct ondisk_cdtext t;

	ck_assert(!ondisk_cdtext_decode(bytes, sizeof(bytes), &t));
	ck_assert(!ondisk_cdtext_decode(packs, 17, &t));
	ck_assert(!ondisk_cdtext_decode(packs, 0, &t));
	/* Letters without end, for tracks that there cannot be. */
	for (unsigned track = 0; track < 256; track++) {
		bytes[0] = bytes[18] = 0x80;
		bytes[1] = bytes[19] = (uint8_t)track;
		memset(bytes + 4, 0xff, 12);
		memset(bytes + 22, 0, 12);
		(void)ondisk_cdtext_decode(bytes, sizeof(bytes), &t);
	}
	bytes[3] = 0x80;
	ck_assert(ondisk_cdtext_decode(bytes, 18, &t));
	ck_assert(t.double_byte);
}
END_TEST

UNIT(cdtext)
{
	tcase_add_test(tc, packs_are_put_together);
	tcase_add_test(tc, a_wrong_crc_is_told);
	tcase_add_test(tc, what_is_none_is_none);
}
