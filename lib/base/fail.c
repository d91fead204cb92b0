/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void set_subject(struct isokit_error *err, const char *subject)
{
	size_t n = subject ? strlen(subject) : 0;

	if (n < sizeof(err->subject)) {
		if (n)
			memcpy(err->subject, subject, n);
		err->subject[n] = '\0';
		return;
	}
	/* The end of a long path tells more than its beginning. */
	size_t keep = sizeof(err->subject) - 1 - 3;
	memcpy(err->subject, "...", 3);
	memcpy(err->subject + 3, subject + n - keep, keep);
	err->subject[sizeof(err->subject) - 1] = '\0';
}

enum isokit_status isokit_fail(struct isokit_error *err, enum isokit_status status,
			       uint64_t offset, const char *subject, const char *format, ...)
{
	va_list ap;

	if (!err)
		return status;
	err->status = status;
	err->sys_errno = 0;
	err->offset = offset;
	set_subject(err, subject);
	va_start(ap, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	return status;
}

enum isokit_status isokit_fail_errno(struct isokit_error *err, int sys_errno,
				     const char *subject, const char *format, ...)
{
	enum isokit_status status = sys_errno == ENOMEM ? ISOKIT_E_NOMEM : ISOKIT_E_IO;
	va_list ap;
	int used;

	if (!err)
		return status;
	err->status = status;
	err->sys_errno = sys_errno;
	err->offset = ISOKIT_NO_OFFSET;
	set_subject(err, subject);
	va_start(ap, format);
	used = vsnprintf(err->text, sizeof(err->text), format, ap);
	va_end(ap);
	if (used >= 0 && (size_t)used < sizeof(err->text)) {
		char words[128];

		/* GNU strerror_r: the returned string, not the buffer, is the answer. */
		const char *why = strerror_r(sys_errno, words, sizeof(words));
		(void)snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s", why);
	}
	return status;
}

enum isokit_status isokit_fail_nomem(struct isokit_error *err, const char *subject, size_t bytes)
{
	enum isokit_status status =
		bytes ? isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, subject,
				    "out of memory (%zu bytes wanted)", bytes)
		      : isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, subject,
				    "out of memory");

	if (err)
		err->sys_errno = ENOMEM;
	return status;
}

const char *isokit_status_words(enum isokit_status status)
{
	switch (status) {
	case ISOKIT_OK: return "success";
	case ISOKIT_E_NOMEM: return "out of memory";
	case ISOKIT_E_SHORT: return "too short";
	case ISOKIT_E_NOT_ISO: return "not an ISO 9660 image";
	case ISOKIT_E_CORRUPT: return "damaged";
	case ISOKIT_E_IO: return "input/output error";
	case ISOKIT_E_UNSUPPORTED: return "not supported";
	case ISOKIT_E_INVALID: return "invalid request";
	case ISOKIT_E_NOT_FOUND: return "not found";
	case ISOKIT_E_EXISTS: return "exists";
	case ISOKIT_E_CANCELLED: return "cancelled";
	case ISOKIT_E_CHANGED: return "changed while being read";
	case ISOKIT_E_MISMATCH: return "differs";
	case ISOKIT_E_LIMIT: return "over a limit";
	}
	return "unknown status";
}
