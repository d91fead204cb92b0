/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/output.h"

#include <errno.h>
#include <isokit/isokit.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/message.h"

enum { BUFFER_BYTES = 64 * 1024 };

bool output_start(struct output *out)
{
	*out = (struct output){ .fd = STDOUT_FILENO, .capacity = BUFFER_BYTES };
	out->buffer = malloc(BUFFER_BYTES);
	if (!out->buffer)
		message_error(NULL, "out of memory");
	return out->buffer != NULL;
}

static int write_all(struct output *out, const char *bytes, size_t length)
{
	while (length && !out->sys_errno) {
		ssize_t n = write(out->fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			out->sys_errno = errno;
			break;
		}
		bytes += n;
		length -= (size_t)n;
	}
	return out->sys_errno;
}

int output_flush(struct output *out)
{
	size_t used = out->used;

	out->used = 0;
	return write_all(out, out->buffer, used);
}

int output_write(void *ctx, const char *bytes, size_t length)
{
	struct output *out = ctx;

	if (out->sys_errno)
		return out->sys_errno;
	if (length > out->capacity - out->used && output_flush(out))
		return out->sys_errno;
	if (length > out->capacity)
		return write_all(out, bytes, length);
	memcpy(out->buffer + out->used, bytes, length);
	out->used += length;
	return 0;
}

int output_string(struct output *out, const char *s)
{
	return output_write(out, s, strlen(s));
}

int output_format(struct output *out, const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0)
		return EINVAL;
	if ((size_t)n >= sizeof(line))
		n = (int)sizeof(line) - 1;
	return output_write(out, line, (size_t)n);
}

int output_escaped(struct output *out, const char *s)
{
	char words[1024];

	(void)isokit_escape(s, strlen(s), words, sizeof(words));
	return output_string(out, words);
}

void size_words(uint64_t bytes, char ret_words[SIZE_WORDS_BYTES])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1024 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		n /= 1024;
	(void)snprintf(ret_words, SIZE_WORDS_BYTES, i ? "%.1f %s" : "%.0f %s", n, units[i]);
}

enum exit_code output_finish(struct output *out)
{
	(void)output_flush(out);
	free(out->buffer);
	out->buffer = NULL;
	out->capacity = 0;
	/* Network and quota file systems report a lost write only here. */
	if (!out->sys_errno && close(out->fd) < 0 && errno != EINTR)
		out->sys_errno = errno;
	if (!out->sys_errno)
		return EXIT_DONE;
	message_error("standard output", "%s", strerror(out->sys_errno));
	return EXIT_UNABLE;
}

bool output_color(enum color_mode mode, int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	switch (mode) {
	case COLOR_ALWAYS:
		return true;
	case COLOR_NEVER:
		return false;
	case COLOR_AUTO:
		break;
	}
	return !(no_color && no_color[0]) && term && term[0] && strcmp(term, "dumb") != 0 &&
	       isatty(fd);
}

unsigned output_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned long n;
	char *end;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	if (columns && columns[0] >= '1' && columns[0] <= '9') {
		n = strtoul(columns, &end, 10);
		if (*end == '\0' && n <= 10000)
			return (unsigned)n;
	}
	return 80;
}
