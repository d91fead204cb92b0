/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/cdsector.h"

START_TEST(reads_the_address)
{
	uint8_t s[16] = { 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 2, 0, 1 };
	int32_t lba = 7;

	ck_assert(ondisk_cd_is_sync(s, sizeof(s)));
	ck_assert(!ondisk_cd_is_sync(s, 11));
	ck_assert(ondisk_cd_address(s, &lba));
	ck_assert_int_eq(lba, 0);
	s[12] = 0x59;
	s[13] = 0x12;
	s[14] = 0x74;
	ck_assert(ondisk_cd_address(s, &lba));
	ck_assert_int_eq(lba, (59 * 60 + 12) * 75 + 74 - 150);
	s[14] = 0x75; /* 75 frames are a second */
	ck_assert(!ondisk_cd_address(s, &lba));
	s[14] = 0x0a;
	ck_assert(!ondisk_cd_address(s, &lba));
	s[5] = 0;
	ck_assert(!ondisk_cd_is_sync(s, sizeof(s)));
}
END_TEST

/* The check value that the CRC catalogue (reveng, CRC-32/CD-ROM-EDC) gives. */
START_TEST(has_the_code_of_the_catalogue)
{
	ck_assert_uint_eq(ondisk_cd_edc((const uint8_t *)"123456789", 9), 0x6ec2edc4u);
	ck_assert_uint_eq(ondisk_cd_edc((const uint8_t *)"", 0), 0);
}
END_TEST

/* However the processor computes it: bit by bit it is the same. */
START_TEST(has_the_same_code_for_any_length)
{
	uint8_t p[300];

	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 167 >> 2 ^ i);
	for (size_t n = 0; n <= sizeof(p); n++) {
		uint32_t edc = 0x12345678;

		for (size_t i = 0; i < n; i++) {
			edc ^= p[i];
			for (unsigned k = 0; k < 8; k++)
				edc = edc & 1 ? edc >> 1 ^ 0xd8018001 : edc >> 1;
		}
		ck_assert_uint_eq(ondisk_cd_edc_more(0x12345678, p, n), edc);
	}
}
END_TEST

/* ECMA-130, annex B: the table begins like this. */
START_TEST(scrambles_as_the_standard_does)
{
	static const uint8_t begin[] = { 0x01, 0x80, 0x00, 0x60, 0x00, 0x28, 0x00, 0x1e,
					 0x80, 0x08, 0x60, 0x06, 0xa8, 0x02, 0xfe, 0x81 };
	uint8_t table[ONDISK_CD_RAW_BYTES - ONDISK_CD_SYNC_BYTES];

	ondisk_cd_scrambler(table);
	ck_assert_mem_eq(table, begin, sizeof(begin));
}
END_TEST

static void make_sector(uint8_t s[ONDISK_CD_RAW_BYTES], unsigned mode)
{
	memset(s, 0, ONDISK_CD_RAW_BYTES);
	ondisk_cd_set_sync(s);
	s[13] = 2;
	s[15] = (uint8_t)mode;
	for (size_t i = 16; i < 2064; i++)
		s[i + (mode == 2 ? 8 : 0)] = (uint8_t)(i * i >> 5);
	if (mode == 2) {
		s[18] = s[22] = 8;
		put_le32(s + 2072, ondisk_cd_edc(s + 16, 2056));
	} else {
		put_le32(s + 2064, ondisk_cd_edc(s, 2064));
	}
	ondisk_cd_encode_ecc(s);
}

START_TEST(judges_sectors)
{
	uint8_t s[ONDISK_CD_RAW_BYTES];
	uint32_t user;

	make_sector(s, 1);
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_GOOD);
	ck_assert_uint_eq(user, 16);
	ck_assert_int_eq(ondisk_cd_judge(s + 12, 12, &user), ONDISK_CD_GOOD);
	ck_assert_uint_eq(user, 4);
	s[100] ^= 1;
	ck_assert_int_eq(ondisk_cd_judge(s + 12, 12, &user), ONDISK_CD_BAD_EDC);
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_BAD_EDC);
	memset(s + 2064, 0, 288);
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_UNCHECKED);
	s[15] = 3;
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_BAD_MODE);
	s[3] = 0;
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_NO_SYNC);
	make_sector(s, 2);
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_GOOD);
	ck_assert_uint_eq(user, 24);
	ck_assert_int_eq(ondisk_cd_judge(s + 16, 16, &user), ONDISK_CD_GOOD);
	ck_assert_uint_eq(user, 8);
	ck_assert_int_eq(ondisk_cd_judge(s + 12, 12, &user), ONDISK_CD_GOOD);
	ck_assert_uint_eq(user, 12);
	s[18] = s[22] = 0x20;
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_FORM2);
	memset(s + 15, 0, sizeof(s) - 15);
	ck_assert_int_eq(ondisk_cd_judge(s, 0, &user), ONDISK_CD_EMPTY);
}
END_TEST

/* Any single byte, in either mode, and a burst of two at odd places. */
START_TEST(repairs_single_bytes)
{
	uint8_t good[ONDISK_CD_RAW_BYTES], s[ONDISK_CD_RAW_BYTES];

	for (unsigned mode = 1; mode <= 2; mode++) {
		make_sector(good, mode);
		for (size_t i = mode == 1 ? 12 : 16; i < 2352; i += 7) {
			memcpy(s, good, sizeof(s));
			s[i] ^= 0x41;
			s[i - 1] ^= i > 16 && i % 2 ? 0x13 : 0;
			ck_assert(ondisk_cd_repair(s));
			ck_assert_mem_eq(s + 12, good + 12, 2064);
		}
		memcpy(s, good, sizeof(s));
		for (size_t i = 0; i < 900; i++)
			s[300 + i] ^= (uint8_t)(i + 1);
		ck_assert(!ondisk_cd_repair(s));
		ck_assert(s[300] == (good[300] ^ 1)); /* untouched */
	}
}
END_TEST

UNIT(cdsector)
{
	tcase_add_test(tc, has_the_same_code_for_any_length);
	tcase_add_test(tc, scrambles_as_the_standard_does);
	tcase_add_test(tc, judges_sectors);
	tcase_add_test(tc, repairs_single_bytes);
	tcase_add_test(tc, reads_the_address);
	tcase_add_test(tc, has_the_code_of_the_catalogue);
}
