/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes/source.h"

static char folder[64], path[128];

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/isokit-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x", folder);
}

static void teardown(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void write_file(const char *content)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(content, f);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(reads_at_any_position)
{
	struct isokit_source *src = NULL;
	char buffer[16] = "";

	write_file("0123456789");
	ck_assert_int_eq(isokit_source_open_file(path, &src, NULL), ISOKIT_OK);
	ck_assert(isokit_source_size(src) == 10);
	ck_assert_str_eq(isokit_source_name(src), path);
	ck_assert_int_eq(isokit_source_read_at(src, 5, buffer, 5, NULL), ISOKIT_OK);
	ck_assert_str_eq(buffer, "56789");
	ck_assert_int_eq(isokit_source_read_at(src, 0, buffer, 5, NULL), ISOKIT_OK);
	ck_assert_str_eq(buffer, "01234");
	ck_assert_int_eq(isokit_source_read_at(src, 5, buffer, 6, NULL), ISOKIT_E_SHORT);
	isokit_source_close(src);
}
END_TEST

START_TEST(a_file_that_shrinks_is_an_error)
{
	struct isokit_source *src = NULL;
	struct isokit_error err = { 0 };
	char buffer[16];

	write_file("0123456789");
	ck_assert_int_eq(isokit_source_open_file(path, &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(truncate(path, 4), 0);
	ck_assert_int_eq(isokit_source_read_at(src, 0, buffer, 4, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(src, 2, buffer, 8, &err), ISOKIT_E_CHANGED);
	ck_assert(err.offset == 4);
	ck_assert_str_eq(err.subject, path);
	ck_assert_int_eq(isokit_source_read_at(src, 8, buffer, 1, NULL), ISOKIT_E_CHANGED);
	isokit_source_close(src);
}
END_TEST

START_TEST(a_file_that_grows_keeps_its_size)
{
	struct isokit_source *src = NULL;
	char buffer[16];

	write_file("0123456789");
	ck_assert_int_eq(isokit_source_open_file(path, &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(truncate(path, 4096), 0);
	ck_assert(isokit_source_size(src) == 10);
	ck_assert_int_eq(isokit_source_read_at(src, 8, buffer, 4, NULL), ISOKIT_E_SHORT);
	isokit_source_close(src);
}
END_TEST

START_TEST(refuses_what_is_not_there)
{
	struct isokit_source *src = NULL;
	struct isokit_error err;

	ck_assert_int_eq(isokit_source_open_file(path, &src, &err), ISOKIT_E_IO);
	ck_assert_int_eq(err.sys_errno, ENOENT);
	ck_assert_str_eq(err.subject, path);
	ck_assert_ptr_null(src);
}
END_TEST

START_TEST(refuses_a_folder)
{
	struct isokit_source *src = NULL;
	struct isokit_error err;

	ck_assert_int_eq(isokit_source_open_file(folder, &src, &err), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "folder"));
	ck_assert_ptr_null(src);
}
END_TEST

/* Nobody writes to the FIFO: waiting for one would hang until the time limit. */
START_TEST(refuses_a_fifo_at_once)
{
	struct isokit_source *src = NULL;
	struct isokit_error err;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(isokit_source_open_file(path, &src, &err), ISOKIT_E_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "pipe"));
	ck_assert_ptr_null(src);
}
END_TEST

START_TEST(refuses_a_character_device)
{
	struct isokit_source *src = NULL;

	ck_assert_int_eq(isokit_source_open_file("/dev/null", &src, NULL), ISOKIT_E_INVALID);
	ck_assert_int_eq(isokit_source_open_file("/dev/zero", &src, NULL), ISOKIT_E_INVALID);
	ck_assert_ptr_null(src);
}
END_TEST

START_TEST(standard_input_must_be_a_file)
{
	struct isokit_source *src = NULL;
	char buffer[4] = "";
	int ends[2];

	write_file("0123456789");
	ck_assert_int_eq(close(0), 0);
	ck_assert_int_eq(open(path, O_RDONLY), 0);
	ck_assert_int_eq(isokit_source_open_file("-", &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(src, 7, buffer, 3, NULL), ISOKIT_OK);
	ck_assert_str_eq(buffer, "789");
	isokit_source_close(src);
	ck_assert_int_ne(fcntl(0, F_GETFD), -1); /* borrowed, so still open */
	src = NULL;
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], 0), 0);
	ck_assert_int_eq(isokit_source_open_file("-", &src, NULL), ISOKIT_E_INVALID);
	ck_assert_ptr_null(src);
}
END_TEST

START_TEST(a_borrowed_descriptor_stays_open)
{
	struct isokit_source *src = NULL;
	struct isokit_location where;
	char name[] = "name", buffer[4];
	int fd;

	write_file("0123456789");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(isokit_source_from_fd(fd, name, &src, NULL), ISOKIT_OK);
	name[0] = 'X'; /* it was copied */
	ck_assert_str_eq(isokit_source_name(src), "name");
	isokit_source_locate(src, 3, 4, &where);
	ck_assert_int_eq(where.where, ISOKIT_WHERE_FD);
	ck_assert_int_eq(where.fd, fd);
	ck_assert(where.offset == 3 && where.length == 4);
	isokit_source_close(src);
	ck_assert_int_eq(pread(fd, buffer, 4, 0), 4);
	close(fd);
}
END_TEST

START_TEST(a_read_error_says_where)
{
	struct isokit_source *src = NULL;
	struct isokit_error err = { 0 };
	char buffer[4];
	int fd;

	write_file("0123456789");
	fd = open(path, O_WRONLY | O_CLOEXEC); /* reading gives EBADF */
	ck_assert_int_eq(isokit_source_from_fd(fd, "w", &src, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_source_read_at(src, 3, buffer, 4, &err), ISOKIT_E_IO);
	ck_assert_int_eq(err.sys_errno, EBADF);
	ck_assert(err.offset == 3);
	isokit_source_close(src);
	close(fd);
}
END_TEST

UNIT(file)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, reads_at_any_position);
	tcase_add_test(tc, a_file_that_shrinks_is_an_error);
	tcase_add_test(tc, a_file_that_grows_keeps_its_size);
	tcase_add_test(tc, refuses_what_is_not_there);
	tcase_add_test(tc, refuses_a_folder);
	tcase_add_test(tc, refuses_a_fifo_at_once);
	tcase_add_test(tc, refuses_a_character_device);
	tcase_add_test(tc, standard_input_must_be_a_file);
	tcase_add_test(tc, a_borrowed_descriptor_stays_open);
	tcase_add_test(tc, a_read_error_says_where);
}
