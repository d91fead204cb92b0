/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "common/capture.h"
#include "common/message.h"

static struct isokit_error error_of(const char *subject, const char *text, uint64_t offset)
{
	struct isokit_error e = { .status = ISOKIT_E_CORRUPT, .offset = offset };

	snprintf(e.subject, sizeof(e.subject), "%s", subject);
	snprintf(e.text, sizeof(e.text), "%s", text);
	return e;
}

START_TEST(names_command_thing_and_cause)
{
	struct isokit_error e = error_of("root directory", "lies outside", 4096);

	message_start("test");
	message_set(false, 0);
	capture_start();
	message_failure("x.iso", &e);
	message_failure(NULL, &e);
	message_set(false, 1);
	message_failure("x.iso", &e);
	message_error("x.iso", "no %s", "space");
	message_error(NULL, "no space");
	ck_assert_str_eq(capture_end(), "test: x.iso: root directory: lies outside\n"
					"test: root directory: lies outside\n"
					"test: x.iso: root directory: lies outside (byte 4096)\n"
					"test: x.iso: no space\n"
					"test: no space\n");
}
END_TEST

/* The subject is the file itself: said once, also where it was cut. */
START_TEST(says_nothing_twice)
{
	struct isokit_error e = error_of("x.iso", "is empty", ISOKIT_NO_OFFSET);

	message_start("test");
	message_set(false, 1);
	capture_start();
	message_failure("x.iso", &e);
	e = error_of("...long/x.iso", "is empty", ISOKIT_NO_OFFSET);
	message_failure("/a/very/long/x.iso", &e);
	e = error_of("standard input", "is empty", ISOKIT_NO_OFFSET);
	message_failure("-", &e);
	e = error_of("", "", ISOKIT_NO_OFFSET);
	message_failure("x.iso", &e);
	ck_assert_str_eq(capture_end(), "test: x.iso: is empty\n"
					"test: /a/very/long/x.iso: is empty\n"
					"test: -: is empty\n"
					"test: x.iso: damaged\n");
}
END_TEST

START_TEST(escapes_everything)
{
	struct isokit_error e = error_of("a\nb", "c\033[2Jd", ISOKIT_NO_OFFSET);

	message_start("test");
	message_set(false, 0);
	capture_start();
	message_failure("\xff", &e);
	message_warning("w\r", "%s", "\a");
	ck_assert_str_eq(capture_end(), "test: \\xFF: a\\x0Ab: c\\x1B[2Jd\n"
					"test: w\\x0D: warning: \\x07\n");
}
END_TEST

START_TEST(is_as_loud_as_told)
{
	message_start("test");
	capture_start();
	message_set(true, 0);
	message_error(NULL, "e");
	message_warning(NULL, "w");
	message_info(NULL, "i");
	message_verbose(NULL, "v");
	message_set(false, 0);
	message_warning(NULL, "w");
	message_info(NULL, "i");
	message_verbose(NULL, "v");
	message_set(false, 2);
	message_verbose(NULL, "v");
	ck_assert_str_eq(capture_end(), "test: e\ntest: warning: w\ntest: i\ntest: v\n");
}
END_TEST

/* Longer than the line holds: one line all the same. */
START_TEST(stays_one_line)
{
	static char thing[20000];
	const char *text;

	memset(thing, 'x', sizeof(thing) - 1);
	message_start("test");
	capture_start();
	message_error(thing, "%s", thing);
	text = capture_end();
	ck_assert_uint_gt(strlen(text), 1000);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

UNIT(message)
{
	tcase_add_test(tc, names_command_thing_and_cause);
	tcase_add_test(tc, says_nothing_twice);
	tcase_add_test(tc, escapes_everything);
	tcase_add_test(tc, is_as_loud_as_told);
	tcase_add_test(tc, stays_one_line);
}
