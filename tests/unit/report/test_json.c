/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>

#include "report/json.h"
#include "report/sample.h"

static struct sample_output output;
static struct report_out out;
static struct json json;

static void start(void)
{
	output = (struct sample_output){ 0 };
	report_out_start(&out, sample_write, &output);
	json = (struct json){ .out = &out };
}

static const char *finish(void)
{
	ck_assert_int_eq(report_out_end(&out), ISOKIT_OK);
	return output.bytes;
}

START_TEST(puts_commas_between_values_only)
{
	start();
	json_open(&json, NULL, '{');
	json_number(&json, "a", 1);
	json_open(&json, "b", '[');
	json_close(&json, ']');
	json_open(&json, "c", '[');
	json_bool(&json, NULL, true);
	json_open(&json, NULL, '{');
	json_close(&json, '}');
	json_bool(&json, NULL, false);
	json_close(&json, ']');
	json_text(&json, "d", NULL);
	json_close(&json, '}');
	ck_assert_str_eq(finish(), "{\"a\":1,\"b\":[],\"c\":[true,{},false],\"d\":\"\"}");
}
END_TEST

START_TEST(prints_whole_numbers)
{
	start();
	json_open(&json, NULL, '[');
	json_number(&json, NULL, 0);
	json_number(&json, NULL, UINT64_MAX);
	json_close(&json, ']');
	ck_assert_str_eq(finish(), "[0,18446744073709551615]");
}
END_TEST

static const struct {
	const char *bytes;
	size_t n;
	const char *text, *hex;
} strings[] = {
	{ "plain", 5, "plain", NULL },
	{ "a\"b\\c/", 6, "a\\\"b\\\\c/", NULL },
	{ "\0\x01\t\n\r\x1f\x7f", 7, "\\u0000\\u0001\\t\\n\\r\\u001f\\u007f", NULL },
	{ "\xc3\xa4\xf0\x9f\x90\xa7", 6, "\xc3\xa4\xf0\x9f\x90\xa7", NULL },
	/* a name written backwards, a tag character, a C1 control */
	{ "\xe2\x80\xae", 3, "\\u202e", NULL },
	{ "\xf3\xa0\x80\xa1", 4, "\\udb40\\udc21", NULL },
	{ "\xc2\x9b", 2, "\\u009b", NULL },
	/* Latin-1, overlong, surrogate, cut */
	{ "\xe9", 1, "\xef\xbf\xbd", "e9" },
	{ "\xc0\x80", 2, "\xef\xbf\xbd\xef\xbf\xbd", "c080" },
	{ "\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "eda080" },
	{ "a\xe2\x82", 3, "a\xef\xbf\xbd\xef\xbf\xbd", "61e282" },
};

START_TEST(keeps_strings_valid)
{
	char want[256];

	start();
	json_open(&json, NULL, '{');
	json_bytes(&json, "k", strings[_i].bytes, strings[_i].n);
	json_close(&json, '}');
	if (strings[_i].hex)
		snprintf(want, sizeof(want), "{\"k\":\"%s\",\"k_hex\":\"%s\"}", strings[_i].text,
			 strings[_i].hex);
	else
		snprintf(want, sizeof(want), "{\"k\":\"%s\"}", strings[_i].text);
	ck_assert_str_eq(finish(), want);
}
END_TEST

/* Pieces larger than the buffer, and of its exact size, arrive whole. */
START_TEST(gathers_pieces_of_any_size)
{
	static char big[10000];
	size_t total = 0;

	start();
	memset(big, 'x', sizeof(big));
	for (size_t n = 1; n < sizeof(big) && total + n < sizeof(output.bytes); n *= 2) {
		report_out_add(&out, big, n);
		report_out_add(&out, big, n - 1);
		total += 2 * n - 1;
	}
	report_out_spaces(&out, 5000);
	ck_assert_uint_eq(strlen(finish()), total + 5000);
	ck_assert_uint_eq(strspn(output.bytes, "x"), total);
	ck_assert_uint_lt(output.calls, 20);
}
END_TEST

START_TEST(stops_when_refused)
{
	static char big[5000];

	start();
	output.refuse_after = 3000;
	memset(big, 'x', sizeof(big));
	report_out_add(&out, big, 2500);
	report_out_add(&out, big, 2500);
	report_out_add(&out, big, 100);
	ck_assert_int_eq(report_out_end(&out), ISOKIT_E_CANCELLED);
	ck_assert_uint_le(output.n, 3000);
}
END_TEST

UNIT(json)
{
	tcase_add_test(tc, puts_commas_between_values_only);
	tcase_add_test(tc, prints_whole_numbers);
	tcase_add_loop_test(tc, keeps_strings_valid, 0,
			    (int)(sizeof(strings) / sizeof(strings[0])));
	tcase_add_test(tc, gathers_pieces_of_any_size);
	tcase_add_test(tc, stops_when_refused);
}
