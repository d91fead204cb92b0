/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/crc32c.h"

/* RFC 3720, appendix B.4, and the check value of catalogues. */
START_TEST(values_of_the_standard)
{
	uint8_t bytes[32];

	memset(bytes, 0, sizeof(bytes));
	ck_assert_uint_eq(ondisk_crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_uint_eq(ondisk_crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	ck_assert_uint_eq(ondisk_crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
	ck_assert_uint_eq(ondisk_crc32c(0, "123456789", 9), 0xe3069283);
	/* In pieces of any length. */
	for (size_t cut = 0; cut <= sizeof(bytes); cut++)
		ck_assert_uint_eq(ondisk_crc32c(ondisk_crc32c(0, bytes, cut), bytes + cut,
						sizeof(bytes) - cut), 0x46dd794e);
}
END_TEST

UNIT(crc32c)
{
	tcase_add_test(tc, values_of_the_standard);
}
