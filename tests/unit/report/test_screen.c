/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include "report/screen.h"
#include "report/sample.h"

static struct sample_output output;
static struct report_out out;
static struct screen screen;

static void start(unsigned width)
{
	output = (struct sample_output){ 0 };
	report_out_start(&out, sample_write, &output);
	screen = (struct screen){ .out = &out, .width = width };
}

static const char *finish(void)
{
	ck_assert_int_eq(report_out_end(&out), ISOKIT_OK);
	return output.bytes;
}

START_TEST(folds_at_words)
{
	start(40);
	screen_section(&screen, "Caption");
	screen_begin(&screen);
	screen_fold(&screen, STYLE_PLAIN, "one two three four five six seven");
	screen_begin(&screen);
	screen_fold(&screen, STYLE_PLAIN, "eight");
	ck_assert_str_eq(finish(), "\n"
				   "Caption      one two three four five six\n"
				   "             seven\n"
				   "             eight\n");
}
END_TEST

START_TEST(breaks_words_that_never_fit)
{
	start(40);
	screen_begin(&screen);
	screen_fold(&screen, STYLE_PLAIN, "a 0123456789012345678901234567890123456789 b");
	ck_assert_str_eq(finish(), "             a\n"
				   "             012345678901234567890123456\n"
				   "             7890123456789 b\n");
}
END_TEST

START_TEST(breaks_paths_between_names)
{
	start(40);
	screen_begin(&screen);
	screen_fold(&screen, STYLE_PLAIN, "/boot/grub/i386-pc/eltorito.img");
	ck_assert_str_eq(finish(), "             /boot/grub/i386-pc/\n"
				   "             eltorito.img\n");
}
END_TEST

START_TEST(counts_columns)
{
	ck_assert_uint_eq(screen_columns("abc", 3), 3);
	ck_assert_uint_eq(screen_columns("\xc3\xa4", 2), 1);
	ck_assert_uint_eq(screen_columns("a\xcc\x88", 3), 1);
	ck_assert_uint_eq(screen_columns("\xe6\x97\xa5\xe6\x9c\xac", 6), 4);
	ck_assert_uint_eq(screen_columns("\xff", 1), 1);
}
END_TEST

/* However narrow the terminal, every word is printed and it ends. */
START_TEST(survives_any_width)
{
	start((unsigned)_i);
	screen_begin(&screen);
	screen_fold(&screen, STYLE_PLAIN, "alpha \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e omega");
	ck_assert_ptr_nonnull(strstr(finish(), "alpha"));
	ck_assert_ptr_nonnull(strstr(output.bytes, "omega\n"));
}
END_TEST

UNIT(screen)
{
	tcase_add_test(tc, folds_at_words);
	tcase_add_test(tc, breaks_words_that_never_fit);
	tcase_add_test(tc, breaks_paths_between_names);
	tcase_add_test(tc, counts_columns);
	tcase_add_loop_test(tc, survives_any_width, 0, 45);
}
