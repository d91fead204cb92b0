/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

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

UNIT(cdsector)
{
	tcase_add_test(tc, reads_the_address);
	tcase_add_test(tc, has_the_code_of_the_catalogue);
}
