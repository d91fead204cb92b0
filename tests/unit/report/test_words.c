/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "report/words.h"

START_TEST(formats_times)
{
	const struct isokit_time east = { true, 2026, 1, 2, 3, 4, 5, 6, 4 };
	const struct isokit_time west = { true, 1, 12, 31, 23, 59, 60, 99, -19 };
	const struct isokit_time unset = { .set = false, .year = 1970 };
	char t[REPORT_TIME_BYTES];

	report_time_iso(&east, t);
	ck_assert_str_eq(t, "2026-01-02T03:04:05.06+01:00");
	report_time_words(&east, t);
	ck_assert_str_eq(t, "2026-01-02 03:04:05 +01:00");
	report_time_iso(&west, t);
	ck_assert_str_eq(t, "0001-12-31T23:59:60.99-04:45");
	report_time_iso(&unset, t);
	ck_assert_str_eq(t, "");
	report_time_words(&unset, t);
	ck_assert_str_eq(t, "");
}
END_TEST

/* Whatever an image holds in the bytes of a time, nothing overflows. */
START_TEST(bounds_wild_times)
{
	struct isokit_time t;
	char iso[REPORT_TIME_BYTES];

	memset(&t, 0xff, sizeof(t));
	t.set = true;
	t.year = INT32_MIN;
	t.gmt_quarters = -128;
	report_time_iso(&t, iso);
	ck_assert_uint_lt(strlen(iso), REPORT_TIME_BYTES);
}
END_TEST

START_TEST(formats_sizes)
{
	static const struct {
		uint64_t bytes;
		const char *words;
	} sizes[] = {
		{ 0, "0 bytes" },          { 1, "1 byte" },
		{ 1023, "1023 bytes" },    { 1024, "1.0 KiB" },
		{ 1048575, "1023.9 KiB" }, { 5242880, "5.0 MiB" },
		{ 4831838208, "4.5 GiB" }, { UINT64_MAX, "15.9 EiB" },
	};
	char words[REPORT_SIZE_BYTES], grouped[REPORT_GROUPED_BYTES];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		report_size_words(sizes[i].bytes, words);
		ck_assert_str_eq(words, sizes[i].words);
	}
	report_grouped(999, grouped);
	ck_assert_str_eq(grouped, "999");
	report_grouped(1000, grouped);
	ck_assert_str_eq(grouped, "1,000");
	report_grouped(UINT64_MAX, grouped);
	ck_assert_str_eq(grouped, "18,446,744,073,709,551,615");
}
END_TEST

START_TEST(fills_templates)
{
	struct isokit_finding f = { .code = ISOKIT_F_IMAGE_TRUNCATED, .n = { 100, 200 },
				    .what = "a\033b" };
	char text[256];
	size_t n;

	n = isokit_finding_sentence(&f, text, sizeof(text));
	ck_assert_str_eq(text, "the image ends at byte 100, but a\\x1Bb reaches to byte 200");
	ck_assert_uint_eq(n, strlen(text));
	/* Like snprintf: the whole length, and what fits. */
	ck_assert_uint_eq(isokit_finding_sentence(&f, text, 10), n);
	ck_assert_str_eq(text, "the image");
	ck_assert_uint_eq(isokit_finding_sentence(&f, NULL, 0), n);
	f.what = NULL;
	(void)isokit_finding_sentence(&f, text, sizeof(text));
	ck_assert_str_eq(text, "the image ends at byte 100, but ? reaches to byte 200");
}
END_TEST

/* Every template ends, and uses nothing that a finding does not have. */
START_TEST(fills_every_template)
{
	char text[2048];

	for (int code = 0; code < ISOKIT_F_COUNT; code++) {
		struct isokit_finding f = { .code = (enum isokit_finding_code)code, .what = "WHAT" };

		ck_assert_uint_gt(isokit_finding_sentence(&f, text, sizeof(text)), 10);
		ck_assert_msg(!strchr(text, '%'), "%s", text);
		ck_assert_msg(text[strlen(text) - 1] != '.', "%s", text);
	}
	for (int code = 0; code < ISOKIT_R_COUNT; code++) {
		struct isokit_boot_reason r = { .code = (enum isokit_boot_reason_code)code,
						.what = "WHAT" };

		ck_assert_uint_gt(isokit_boot_reason_sentence(&r, text, sizeof(text)), 10);
		ck_assert_msg(!strchr(text, '%'), "%s", text);
	}
}
END_TEST

START_TEST(escapes_without_half_characters)
{
	char text[8];

	ck_assert_uint_eq(isokit_escape("ab\xc3\xa4", 4, text, 4), 4);
	ck_assert_str_eq(text, "ab");
	ck_assert_uint_eq(isokit_escape("ab\xc3\xa4", 4, text, 5), 4);
	ck_assert_str_eq(text, "ab\xc3\xa4");
	ck_assert_uint_eq(isokit_escape("\a", 1, text, sizeof(text)), 4);
	ck_assert_str_eq(text, "\\x07");
	ck_assert_uint_eq(isokit_escape("", 0, text, 1), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

UNIT(words)
{
	tcase_add_test(tc, formats_times);
	tcase_add_test(tc, bounds_wild_times);
	tcase_add_test(tc, formats_sizes);
	tcase_add_test(tc, fills_templates);
	tcase_add_test(tc, fills_every_template);
	tcase_add_test(tc, escapes_without_half_characters);
}
