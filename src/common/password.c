/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/password.h"

#include <errno.h>
#include <fcntl.h>
#include <isokit/isokit.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/message.h"

enum { MOST_BYTES = 4096 };

/* A line, byte by byte: what follows it is somebody else's. Up to MOST_BYTES (then it is
 * too long), -1 with errno. */
static ssize_t read_line(int fd, uint8_t *line)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	while (n < MOST_BYTES) {
		ssize_t got;

		/* A read goes on after a signal, this does not. */
		if (poll(&p, 1, -1) < 0 && errno == EINTR && interrupt_pending())
			return -1;
		got = read(fd, line + n, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0 || line[n] == '\n')
			break;
		n++;
	}
	if (n && line[n - 1] == '\r')
		n--;
	return (ssize_t)n;
}

static bool keep(struct password *p, ssize_t n)
{
	p->n = n > 0 && n < MOST_BYTES ? (size_t)n : 0;
	if (!p->n)
		password_end(p);
	return p->n != 0;
}

bool password_read(struct password *p, const char *path)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	*p = (struct password){ .bytes = malloc(MOST_BYTES) };
	if (fd >= 0 && p->bytes)
		n = read_line(fd, p->bytes);
	if (n < 0)
		message_error(path, "%s", p->bytes ? strerror(errno) : "out of memory");
	else if (n == 0)
		message_error(path, "has no password in its first line");
	else if (n == MOST_BYTES)
		message_error(path, "its first line is too long for a password");
	if (fd > STDIN_FILENO)
		(void)close(fd);
	return keep(p, n);
}

bool password_ask(struct password *p, const char *image)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios shown, hidden;
	char name[1024];
	ssize_t n = 0;

	*p = (struct password){ .bytes = malloc(MOST_BYTES) };
	(void)isokit_escape(image, strlen(image), name, sizeof(name));
	if (fd >= 0 && p->bytes && tcgetattr(fd, &shown) == 0) {
		hidden = shown;
		hidden.c_lflag &= ~(tcflag_t)ECHO;
		hidden.c_lflag |= ICANON;
		if (tcsetattr(fd, TCSAFLUSH, &hidden) == 0) {
			(void)dprintf(fd, "Password of %s: ", name);
			n = read_line(fd, p->bytes);
			(void)dprintf(fd, "\n");
			(void)tcsetattr(fd, TCSAFLUSH, &shown);
		}
	}
	if (fd >= 0)
		(void)close(fd);
	return keep(p, n);
}

void password_end(struct password *p)
{
	if (p->bytes)
		explicit_bzero(p->bytes, MOST_BYTES);
	free(p->bytes);
	*p = (struct password){ .bytes = NULL };
}
