/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filling an error record. All return the status, so that a failing function
 * ends in one line: return isokit_fail(err, ISOKIT_E_SHORT, at, "x", "…"). */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <isokit/error.h>

#include <stdarg.h>

/* err may be NULL; subject may be NULL or longer than the record holds. */
enum isokit_status isokit_fail(struct isokit_error *err, enum isokit_status status,
			       uint64_t offset, const char *subject, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The same after a failed system call: appends the words of sys_errno. The
 * status is ISOKIT_E_NOMEM for ENOMEM, else ISOKIT_E_IO. */
enum isokit_status isokit_fail_errno(struct isokit_error *err, int sys_errno,
				     const char *subject, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Out of memory, asking for so many bytes (0: who knows). */
enum isokit_status isokit_fail_nomem(struct isokit_error *err, const char *subject, size_t bytes);

#endif
