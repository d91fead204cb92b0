/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/joliet.h"

#include <string.h>

#include "unit.h"

START_TEST(tells_the_level_from_the_escape_sequence)
{
	uint8_t escapes[32] = { 0 };

	ck_assert_int_eq(ondisk_joliet_level(escapes, 32), 0);
	memcpy(escapes, "%/@", 3);
	ck_assert_int_eq(ondisk_joliet_level(escapes, 32), 1);
	memcpy(escapes, "%/C", 3);
	ck_assert_int_eq(ondisk_joliet_level(escapes, 32), 2);
	memcpy(escapes, "%/E", 3);
	ck_assert_int_eq(ondisk_joliet_level(escapes, 32), 3);
	memcpy(escapes, "%/G", 3); /* UTF-8 level 1: not Joliet */
	ck_assert_int_eq(ondisk_joliet_level(escapes, 32), 0);
	memset(escapes, 0, sizeof(escapes));
	memcpy(escapes + 29, "%/E", 3);
	ck_assert_int_eq(ondisk_joliet_level(escapes, 32), 3);
	ck_assert_int_eq(ondisk_joliet_level(escapes, 31), 0);
}
END_TEST

static void converts(const char *raw, size_t n, const char *want, bool lone, bool odd)
{
	struct ondisk_joliet_oddity oddity;
	char out[64];
	size_t used = ondisk_joliet_to_utf8((const uint8_t *)raw, n, out, &oddity);

	ck_assert_uint_eq(used, strlen(want));
	ck_assert_mem_eq(out, want, used);
	ck_assert_int_eq(oddity.lone_surrogate, lone);
	ck_assert_int_eq(oddity.odd_length, odd);
}

START_TEST(converts_names)
{
	converts("\0A\0b", 4, "Ab", false, false);
	converts("\0\xe4\x65\xe5", 4, "ä日", false, false);
	converts("\xd8\x3d\xdc\x27", 4, "🐧", false, false);
	converts("", 0, "", false, false);
}
END_TEST

START_TEST(replaces_lone_surrogates)
{
	converts("\xd8\x3d", 2, "\xef\xbf\xbd", true, false);
	converts("\xd8\x3d\0A", 4, "\xef\xbf\xbd" "A", true, false);
	converts("\xdc\x27\xd8\x3d", 4, "\xef\xbf\xbd\xef\xbf\xbd", true, false);
}
END_TEST

START_TEST(leaves_out_half_a_character)
{
	converts("\0A\0", 3, "A", false, true);
	converts("\xd8\x3d\xdc", 3, "\xef\xbf\xbd", true, true);
}
END_TEST

UNIT(joliet)
{
	tcase_add_test(tc, tells_the_level_from_the_escape_sequence);
	tcase_add_test(tc, converts_names);
	tcase_add_test(tc, replaces_lone_surrogates);
	tcase_add_test(tc, leaves_out_half_a_character);
}
