/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command says on stderr: one line each, "command: thing: what is wrong".
 * Everything is escaped for the terminal. */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

#include <isokit/error.h>

/* The prefix and loudness of all later messages. */
void message_start(const char *command);
void message_set(bool quiet, unsigned verbose);

/* An error. `thing` may be NULL. Printed also when quiet. */
void message_error(const char *thing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A failure of the library. `thing` (the file the user named) stands first
 * unless the record's subject is the same; may be NULL. With -v the byte
 * offset is added. */
void message_failure(const char *thing, const struct isokit_error *err);

/* Something the user should know; not printed when quiet. */
void message_warning(const char *thing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void message_info(const char *thing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Details; printed with -v only. */
void message_verbose(const char *thing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
