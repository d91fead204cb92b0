/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exit codes: a promise to scripts, the same for every command. */
#ifndef COMMON_EXIT_H
#define COMMON_EXIT_H

#include <isokit/error.h>
#include <unistd.h>

enum exit_code {
	EXIT_DONE = 0,          /* done, or yes */
	EXIT_NO = 1,            /* done, and the answer is no */
	EXIT_UNABLE = 2,        /* could not do it */
	EXIT_INTERRUPTED = 130, /* by SIGINT or SIGTERM, and cleaned up */
};

/* The only place where a status of the library becomes an exit code. */
static inline enum exit_code exit_code_of(enum isokit_status status)
{
	switch (status) {
	case ISOKIT_OK:
		return EXIT_DONE;
	case ISOKIT_E_MISMATCH:
		return EXIT_NO;
	case ISOKIT_E_CANCELLED:
		return EXIT_INTERRUPTED;
	case ISOKIT_E_NOMEM:
	case ISOKIT_E_SHORT:
	case ISOKIT_E_NOT_ISO:
	case ISOKIT_E_CORRUPT:
	case ISOKIT_E_IO:
	case ISOKIT_E_UNSUPPORTED:
	case ISOKIT_E_INVALID:
	case ISOKIT_E_NOT_FOUND:
	case ISOKIT_E_EXISTS:
	case ISOKIT_E_CHANGED:
	case ISOKIT_E_LIMIT:
		return EXIT_UNABLE;
	}
	return EXIT_UNABLE;
}

/* Several things done, one exit code: the one that says more. */
static inline enum exit_code exit_code_worse(enum exit_code a, enum exit_code b)
{
	return a > b ? a : b;
}

/* What main() ends with when nothing is left to be written or removed: exit() would only
 * look for handlers that nobody has set, and take a fiftieth of a summary for that. It
 * has work to do for sanitizers and gcov, as confinement would be in their way. */
static inline int exit_at_once(enum exit_code code)
{
#if !defined(CONFINE_POSSIBLE) || CONFINE_POSSIBLE
	_exit((int)code);
#endif
	return (int)code;
}

#endif
