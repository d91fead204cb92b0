/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "base/scan.h"

START_TEST(sees_a_byte_anywhere)
{
	uint8_t raw[40] = { 0 };

	ck_assert(all_zero(raw, 0));
	ck_assert(all_zero(raw, sizeof(raw)));
	ck_assert_uint_eq(ascii_bytes(raw, sizeof(raw)), sizeof(raw));
	for (size_t i = 0; i < sizeof(raw); i++) {
		raw[i] = 0x80;
		ck_assert(!all_zero(raw, sizeof(raw)));
		ck_assert(all_zero(raw, i));
		ck_assert_uint_eq(ascii_bytes(raw, sizeof(raw)), i);
		ck_assert_uint_eq(ascii_bytes(raw, i), i);
		raw[i] = 0;
	}
}
END_TEST

START_TEST(only_the_case_of_letters_is_nothing)
{
	ck_assert(ascii_same_nocase("Boot.EFI", "bOOT.efi"));
	ck_assert(ascii_same_nocase("", ""));
	ck_assert(!ascii_same_nocase("boot", "boo"));
	ck_assert(!ascii_same_nocase("boo", "boot"));
	ck_assert(!ascii_same_nocase("[", "{")); /* 20 apart, as letters are */
	ck_assert(!ascii_same_nocase("\xc9", "\xe9"));
	ck_assert(ascii_begins_nocase("HTTP://x", "http://"));
	ck_assert(ascii_begins_nocase("x", ""));
	ck_assert(!ascii_begins_nocase("htt", "http"));
}
END_TEST

UNIT(scan)
{
	tcase_add_test(tc, sees_a_byte_anywhere);
	tcase_add_test(tc, only_the_case_of_letters_is_nothing);
}
