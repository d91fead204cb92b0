/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/fail.h"

START_TEST(fills_the_record)
{
	struct isokit_error err = { 0 };

	ck_assert_int_eq(isokit_fail(&err, ISOKIT_E_SHORT, 17, "a thing", "%d bytes", 5),
			 ISOKIT_E_SHORT);
	ck_assert_int_eq(err.status, ISOKIT_E_SHORT);
	ck_assert_int_eq(err.sys_errno, 0);
	ck_assert(err.offset == 17);
	ck_assert_str_eq(err.subject, "a thing");
	ck_assert_str_eq(err.text, "5 bytes");
}
END_TEST

START_TEST(needs_no_record_and_no_subject)
{
	struct isokit_error err = { .subject = "old" };

	ck_assert_int_eq(isokit_fail(NULL, ISOKIT_E_LIMIT, 0, NULL, "x"), ISOKIT_E_LIMIT);
	ck_assert_int_eq(isokit_fail_errno(NULL, EIO, NULL, "x"), ISOKIT_E_IO);
	ck_assert_int_eq(isokit_fail_nomem(NULL, NULL, 1), ISOKIT_E_NOMEM);
	isokit_fail(&err, ISOKIT_E_LIMIT, 0, NULL, "x");
	ck_assert_str_eq(err.subject, "");
}
END_TEST

START_TEST(keeps_the_end_of_a_long_subject)
{
	struct isokit_error err;
	char path[1000];

	memset(path, 'd', sizeof(path));
	memcpy(path + sizeof(path) - 10, "/name.iso", 10);
	isokit_fail(&err, ISOKIT_E_IO, 0, path, "x");
	ck_assert_uint_eq(strlen(err.subject), sizeof(err.subject) - 1);
	ck_assert_int_eq(strncmp(err.subject, "...ddd", 6), 0);
	ck_assert_str_eq(err.subject + strlen(err.subject) - 9, "/name.iso");
}
END_TEST

START_TEST(cuts_a_long_text)
{
	struct isokit_error err;

	isokit_fail(&err, ISOKIT_E_IO, 0, "x", "%0500d", 1);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	isokit_fail_errno(&err, EIO, "x", "%0500d", 1);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}
END_TEST

START_TEST(adds_the_words_of_errno)
{
	struct isokit_error err;

	ck_assert_int_eq(isokit_fail_errno(&err, EACCES, "f", "cannot be opened"), ISOKIT_E_IO);
	ck_assert_int_eq(err.sys_errno, EACCES);
	ck_assert_str_eq(err.text, "cannot be opened: Permission denied");
	ck_assert_int_eq(isokit_fail_errno(&err, ENOMEM, "f", "no"), ISOKIT_E_NOMEM);
	ck_assert_int_eq(isokit_fail_nomem(&err, "f", 123), ISOKIT_E_NOMEM);
	ck_assert_str_eq(err.text, "out of memory (123 bytes wanted)");
}
END_TEST

START_TEST(every_status_has_words)
{
	for (int st = ISOKIT_OK; st >= ISOKIT_E_LIMIT; st--)
		ck_assert_str_ne(isokit_status_words((enum isokit_status)st), "unknown status");
	ck_assert_str_eq(isokit_status_words((enum isokit_status)-999), "unknown status");
}
END_TEST

UNIT(fail)
{
	tcase_add_test(tc, fills_the_record);
	tcase_add_test(tc, needs_no_record_and_no_subject);
	tcase_add_test(tc, keeps_the_end_of_a_long_subject);
	tcase_add_test(tc, cuts_a_long_text);
	tcase_add_test(tc, adds_the_words_of_errno);
	tcase_add_test(tc, every_status_has_words);
}
