/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The password of an encrypted image: from a file, or asked for on a terminal. */
#ifndef COMMON_PASSWORD_H
#define COMMON_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct password {
	uint8_t *bytes;
	size_t n;
};

/* The first line of a file ("-": of standard input), without its end. False after a
 * message. */
bool password_read(struct password *p, const char *path);

/* Ask on the terminal, which does not show what is typed. False when there is none, or
 * nothing was typed. */
bool password_ask(struct password *p, const char *image);

/* Forget it. */
void password_end(struct password *p);

#endif
