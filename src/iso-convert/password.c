/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passwords: from a file, or from a terminal that does not show them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/message.h"
#include "convert.h"

enum { MAX_BYTES = 4096 };

/* Up to the end of the first line. */
static bool read_line(int fd, const char *name, struct convert_options *opt)
{
	uint8_t *line = calloc(1, MAX_BYTES), *end;
	size_t n = 0;
	ssize_t got = 1;

	if (!line) {
		message_error(NULL, "out of memory");
		return false;
	}
	while (n < MAX_BYTES && !memchr(line, '\n', n)) {
		got = read(fd, line + n, MAX_BYTES - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (got < 0) {
		message_error(name, "cannot be read: %s", strerror(errno));
		free(line);
		return false;
	}
	end = memchr(line, '\n', n);
	n = end ? (size_t)(end - line) : n;
	if (n == MAX_BYTES) {
		message_error(name, "its first line is too long for a password");
		free(line);
		return false;
	}
	if (n && line[n - 1] == '\r')
		n--;
	free(opt->password);
	opt->password = line;
	opt->lib.password = line;
	opt->lib.password_bytes = n;
	return true;
}

bool password_read(struct convert_options *opt)
{
	const char *path = opt->password_file;
	bool ok;
	int fd;

	if (!path)
		return true;
	if (strcmp(path, "-") == 0)
		return read_line(STDIN_FILENO, "standard input", opt);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		message_error(path, "cannot be opened: %s", strerror(errno));
		return false;
	}
	ok = read_line(fd, path, opt);
	(void)close(fd);
	return ok;
}

bool password_ask(struct convert_options *opt, const char *path)
{
	static const char words[] = ": password: ";
	struct termios before, silent;
	bool ok = false;
	int fd;

	if (!isatty(STDIN_FILENO))
		return false;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	if (tcgetattr(fd, &before) == 0) {
		char name[1024];

		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		(void)isokit_escape(path, strlen(path), name, sizeof(name));
		(void)!write(fd, name, strlen(name));
		(void)!write(fd, words, sizeof(words) - 1);
		if (tcsetattr(fd, TCSAFLUSH, &silent) == 0) {
			ok = read_line(fd, "the terminal", opt);
			(void)tcsetattr(fd, TCSAFLUSH, &before);
			(void)!write(fd, "\n", 1);
		}
	}
	(void)close(fd);
	return ok;
}
