/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>

#include "common/options.h"

enum { OPT_OUT = OPT_OWN, OPT_JOLIET, OPT_BOOT, OPT_SIZE };

static const struct option_row rows[] = {
	{ OPT_OUT, 'o', "output", ARG_REQUIRED, "FILE", "where to", "Own", false, false },
	{ OPT_JOLIET, 'J', "joliet", ARG_NONE, NULL, "names", NULL, true, false },
	{ OPT_BOOT, 'b', "boot", ARG_OPTIONAL, "HOW", "how", NULL, false, false },
	{ OPT_SIZE, 0, "size", ARG_REQUIRED, "SIZE", "how large", NULL, false, false },
	{ 0 },
};

static const char *const usage[] = { "X", NULL };
static const struct command command = { .name = "test", .summary = "s", .usage = usage,
					.options = rows };

static struct options o;

/* Starts with these arguments; the array must outlive the test. */
#define START(...) \
	static char *argv[] = { (char *)"test", __VA_ARGS__, NULL }; \
	options_start(&o, &command, (int)(sizeof(argv) / sizeof(argv[0])) - 1, argv)
#define A(s) ((char *)(s))

static void expect(int id, const char *value, bool negated)
{
	ck_assert_int_eq(options_next(&o), id);
	ck_assert_pstr_eq(o.value, value);
	if (id > 0)
		ck_assert_int_eq(o.negated, negated);
}

START_TEST(reads_long_options)
{
	START(A("--output=a=b"), A("--output"), A("--joliet"), A("--joliet"), A("--no-joliet"),
	      A("--boot"), A("--boot=auto"), A("--output="));
	expect(OPT_OUT, "a=b", false);
	expect(OPT_OUT, "--joliet", false);
	expect(OPT_JOLIET, NULL, false);
	expect(OPT_JOLIET, NULL, true);
	expect(OPT_BOOT, NULL, false);
	expect(OPT_BOOT, "auto", false);
	expect(OPT_OUT, "", false);
	ck_assert_int_eq(options_next(&o), OPT_END);
	ck_assert_int_eq(options_next(&o), OPT_END);
}
END_TEST

START_TEST(reads_short_bundles)
{
	START(A("-vJofile"), A("-qv"), A("-o"), A("x"), A("-bJ"));
	expect(OPT_JOLIET, NULL, false);
	expect(OPT_OUT, "file", false);
	expect(OPT_OUT, "x", false);
	expect(OPT_BOOT, NULL, false);
	expect(OPT_JOLIET, NULL, false);
	ck_assert_int_eq(options_next(&o), OPT_END);
	ck_assert(o.common.quiet);
	ck_assert_uint_eq(o.common.verbose, 2);
}
END_TEST

START_TEST(hands_out_operands_in_order)
{
	START(A("a"), A("-J"), A("-"), A("--"), A("-J"), A("--"));
	expect(OPT_OPERAND, "a", false);
	expect(OPT_JOLIET, NULL, false);
	expect(OPT_OPERAND, "-", false);
	expect(OPT_OPERAND, "-J", false);
	expect(OPT_OPERAND, "--", false);
	ck_assert_int_eq(options_next(&o), OPT_END);
}
END_TEST

START_TEST(takes_care_of_common_options)
{
	START(A("--json"), A("--color=never"), A("--progress"), A("json"), A("x"));
	expect(OPT_OPERAND, "x", false);
	ck_assert(o.common.json);
	ck_assert_int_eq(o.common.color, COLOR_NEVER);
	ck_assert_int_eq(o.common.progress, PROGRESS_JSON);
}
END_TEST

/* What is wrong is refused; a message goes to stderr, which tests/cli reads. */
START_TEST(refuses_nonsense)
{
	static const char *const wrong[] = { "--outputs=x", "--out=x",        "--joliet=yes",
					     "--no-joliet=no", "--no-output", "--output",
					     "-o",          "-x",             "--no-",
					     "---",         "--=x",           "--color=blue",
					     "--no-json" };
	static char argument[32];
	static char *argv[] = { A("test"), argument, NULL };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(argument, sizeof(argument), "%s", wrong[i]);
		options_start(&o, &command, 2, argv);
		ck_assert_msg(options_next(&o) == OPT_ERROR, "%s is taken", wrong[i]);
	}
}
END_TEST

static const struct {
	const char *text;
	bool ok;
	uint64_t size;
} sizes[] = {
	{ "0", true, 0 },
	{ "12", true, 12 },
	{ "1k", true, 1024 },
	{ "4K", true, 4096 },
	{ "3MiB", true, 3145728 },
	{ "2G", true, UINT64_C(2147483648) },
	{ "16777215T", true, UINT64_C(18446742974197923840) },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "16777216T", false, 0 },
	{ "18446744073709551616", false, 0 },
	{ "", false, 0 },
	{ "-1", false, 0 },
	{ " 1", false, 0 },
	{ "1 K", false, 0 },
	{ "1Q", false, 0 },
	{ "1KB", false, 0 },
	{ "0x10", false, 0 },
};

START_TEST(reads_sizes)
{
	static char argument[32];
	static char *argv[] = { A("test"), A("--size"), argument, NULL };
	uint64_t size = 4711;

	snprintf(argument, sizeof(argument), "%s", sizes[_i].text);
	options_start(&o, &command, 3, argv);
	ck_assert_int_eq(options_next(&o), OPT_SIZE);
	ck_assert_int_eq(options_size(&o, &size), sizes[_i].ok);
	ck_assert_uint_eq(size, sizes[_i].ok ? sizes[_i].size : 4711);
}
END_TEST

START_TEST(reads_numbers_in_their_range)
{
	uint64_t n = 0;

	START(A("--size=4"), A("--size=9"));
	expect(OPT_SIZE, "4", false);
	ck_assert(options_number(&o, 1, 8, &n));
	ck_assert_uint_eq(n, 4);
	expect(OPT_SIZE, "9", false);
	ck_assert(!options_number(&o, 1, 8, &n));
}
END_TEST

UNIT(options)
{
	tcase_add_test(tc, reads_long_options);
	tcase_add_test(tc, reads_short_bundles);
	tcase_add_test(tc, hands_out_operands_in_order);
	tcase_add_test(tc, takes_care_of_common_options);
	tcase_add_test(tc, refuses_nonsense);
	tcase_add_loop_test(tc, reads_sizes, 0, (int)(sizeof(sizes) / sizeof(sizes[0])));
	tcase_add_test(tc, reads_numbers_in_their_range);
}
