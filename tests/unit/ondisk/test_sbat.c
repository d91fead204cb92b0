/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "ondisk/sbat.h"

START_TEST(reads_lines)
{
	static const char text[] = "sbat,1,SBAT Version,sbat,1,https://example\n"
				   "shim,4,UEFI shim,shim,16.1,https://example\r\n"
				   "\nnonsense\n,5,x\nneg,-1,x\nbig,99999999999,x\n"
				   "grub.debian,5\0hidden,1\n";
	const uint8_t *raw = (const uint8_t *)text;
	struct ondisk_sbat e;
	size_t at = 0;

	ck_assert(ondisk_sbat_next(raw, sizeof(text), &at, &e));
	ck_assert_str_eq(e.component, "sbat");
	ck_assert(ondisk_sbat_next(raw, sizeof(text), &at, &e));
	ck_assert_str_eq(e.component, "shim");
	ck_assert_uint_eq(e.generation, 4);
	ck_assert_str_eq(e.version, "16.1");
	ck_assert(ondisk_sbat_next(raw, sizeof(text), &at, &e));
	ck_assert_str_eq(e.component, "grub.debian");
	ck_assert_uint_eq(e.generation, 5);
	ck_assert_str_eq(e.version, "");
	ck_assert(!ondisk_sbat_next(raw, sizeof(text), &at, &e));
}
END_TEST

START_TEST(cuts_long_names)
{
	uint8_t raw[300];
	struct ondisk_sbat e;
	size_t at = 0;

	memset(raw, 'a', sizeof(raw));
	memcpy(raw + 200, ",7", 2);
	raw[202] = '\n';
	ck_assert(ondisk_sbat_next(raw, sizeof(raw), &at, &e));
	ck_assert_uint_eq(strlen(e.component), SBAT_NAME_BYTES - 1);
	ck_assert_uint_eq(e.generation, 7);
	ck_assert(!ondisk_sbat_next(raw, sizeof(raw), &at, &e)); /* no generation */
	ck_assert_uint_eq(at, sizeof(raw));
}
END_TEST

UNIT(sbat)
{
	tcase_add_test(tc, reads_lines);
	tcase_add_test(tc, cuts_long_names);
}
