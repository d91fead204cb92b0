/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "common/capture.h"
#include "common/progress.h"

static const char *run(enum progress_mode mode, bool quiet, double already, uint64_t total)
{
	const struct common_options common = { .progress = mode, .quiet = quiet };
	struct progress p;

	capture_start();
	progress_start(&p, &common, "copying", NULL, total);
	p.started -= already; /* as if it had run so long */
	progress_update(&p, 1048576);
	progress_update(&p, 2097152);
	progress_end(&p);
	return capture_end();
}

START_TEST(is_silent_in_a_file)
{
	ck_assert_str_eq(run(PROGRESS_AUTO, false, 10, 4194304), "");
	ck_assert_str_eq(run(PROGRESS_NEVER, false, 10, 4194304), "");
}
END_TEST

START_TEST(is_silent_for_half_a_second)
{
	/* Begun in the future: this machine may be slow. */
	ck_assert_str_eq(run(PROGRESS_ALWAYS, false, -60, 4194304), "");
}
END_TEST

START_TEST(says_percent_rate_and_time_left)
{
	const char *text = run(PROGRESS_ALWAYS, false, 2000, 4194304);
	unsigned percent, minutes, seconds;
	double rate;
	int end = 0;

	/* 512 bytes a second, or a little less where the test was held up. */
	ck_assert_int_eq(sscanf(text, "\rcopying %u%% %lf bytes/s %u:%u left%n", &percent, &rate,
				&minutes, &seconds, &end), 4);
	ck_assert_uint_eq(percent, 25);
	ck_assert(rate > 450 && rate < 526);
	ck_assert_uint_ge(minutes, 99);
	ck_assert_uint_le(minutes, 116);
	ck_assert_uint_lt(seconds, 60);
	ck_assert_str_eq(text + end, "\033[K\r\033[K");
}
END_TEST

/* More than the total, or no total: no nonsense. */
START_TEST(survives_wrong_totals)
{
	ck_assert_ptr_nonnull(strstr(run(PROGRESS_ALWAYS, false, 2, 0), "1048576 bytes"));
	ck_assert_ptr_null(strstr(run(PROGRESS_ALWAYS, false, 2, 1000), "left"));
	ck_assert_ptr_nonnull(strstr(run(PROGRESS_ALWAYS, false, 2, 1000), " 100%"));
}
END_TEST

START_TEST(prints_objects_for_front_ends)
{
	const char *text = run(PROGRESS_JSON, true, 0, 4194304);

	ck_assert_ptr_eq(strstr(text, "{\"progress\":\"copying\",\"unit\":\"bytes\",\"done\":1048576,"
				      "\"total\":4194304,\"seconds\":"), text);
	ck_assert_ptr_nonnull(strstr(text, "\"done\":2097152,\"total\":4194304,\"seconds\":"));
	ck_assert_str_eq(text + strlen(text) - strlen(",\"finished\":true}\n"),
			 ",\"finished\":true}\n");
}
END_TEST

UNIT(progress)
{
	tcase_add_test(tc, is_silent_in_a_file);
	tcase_add_test(tc, is_silent_for_half_a_second);
	tcase_add_test(tc, says_percent_rate_and_time_left);
	tcase_add_test(tc, survives_wrong_totals);
	tcase_add_test(tc, prints_objects_for_front_ends);
}
