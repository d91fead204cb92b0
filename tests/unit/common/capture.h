/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function writes to stderr, as a string. */
#ifndef UNIT_COMMON_CAPTURE_H
#define UNIT_COMMON_CAPTURE_H

#include <stdio.h>
#include <unistd.h>

static int capture_saved;
static FILE *capture_file;

static inline void capture_start(void)
{
	capture_file = tmpfile();
	ck_assert_ptr_nonnull(capture_file);
	capture_saved = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fileno(capture_file), STDERR_FILENO), 0);
}

static inline const char *capture_end(void)
{
	static char text[65536];
	ssize_t n;

	ck_assert_int_ge(dup2(capture_saved, STDERR_FILENO), 0);
	close(capture_saved);
	n = pread(fileno(capture_file), text, sizeof(text) - 1, 0);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	fclose(capture_file);
	return text;
}

#endif
