/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a job tells: notes, progress, numbers in words, that it was stopped. */
#include "write/job.h"

#include <stdarg.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"

const char *write_text(struct isokit_write *w, const char *format, ...)
{
	const char *kept;
	va_list ap;

	va_start(ap, format);
	pthread_mutex_lock(&w->lock);
	kept = arena_vprintf(&w->arena, format, ap);
	pthread_mutex_unlock(&w->lock);
	va_end(ap);
	return kept ? kept : "";
}

void write_note(struct isokit_write *w, const char *format, ...)
{
	const char *kept;
	va_list ap;

	va_start(ap, format);
	pthread_mutex_lock(&w->lock);
	kept = w->n_notes < JOB_NOTES &&
	       ARRAY_RESERVE(w->notes, w->capacity_notes, w->n_notes + 1) ?
		       arena_vprintf(&w->arena, format, ap) : NULL;
	if (kept)
		w->notes[w->n_notes++] = kept;
	pthread_mutex_unlock(&w->lock);
	va_end(ap);
}

const char *write_number(uint64_t n, char to[NUMBER_BYTES])
{
	char *p = to + NUMBER_BYTES;
	unsigned digits = 0;

	*--p = '\0';
	do {
		if (digits && digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
		n /= 10;
		digits++;
	} while (n);
	memmove(to, p, (size_t)(to + NUMBER_BYTES - p));
	return to;
}

int write_tell(struct isokit_write *w, const char *phase, unsigned drive, uint64_t done,
	       uint64_t total)
{
	const struct isokit_write_progress now = { .phase = phase, .drive = drive, .done = done,
						   .total = total,
						   .waiting = atomic_load(&w->waiting) };

	return w->options.progress ? w->options.progress(w->options.progress_ctx, &now) : 0;
}

enum isokit_status write_fail_cancelled(struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
}

double write_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

enum isokit_status write_fail_changed(const struct isokit_write *w, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, w->path,
			   "was changed while it was read: let nobody write to it, and try again");
}

enum isokit_status write_fail_thread(struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, NULL, "no thread can be started");
}
