/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a conversion, and asked about it. */
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fail.h"
#include "convert/convert.h"

const char *convert_text(struct isokit_convert *c, const char *format, ...)
{
	const char *copy;
	va_list ap;

	va_start(ap, format);
	copy = arena_vprintf(&c->arena, format, ap);
	va_end(ap);
	c->no_memory |= !copy;
	return copy;
}

void convert_note(struct isokit_convert *c, enum isokit_convert_note_kind kind, const char *path,
		  const char *format, ...)
{
	struct isokit_convert_note note = { .kind = kind };
	va_list ap;

	if (c->n_notes == CONVERT_MAX_NOTES)
		return;
	va_start(ap, format);
	note.text = arena_vprintf(&c->arena, format, ap);
	va_end(ap);
	note.path = path ? arena_strndup(&c->arena, path, strlen(path)) : NULL;
	if (note.text && (!path || note.path) &&
	    ARRAY_RESERVE(c->notes, c->capacity_notes, c->n_notes + 1))
		c->notes[c->n_notes++] = note;
	else
		c->no_memory = true;
}

int convert_tell(struct isokit_convert *c, const char *phase, uint64_t done, uint64_t total)
{
	struct isokit_build_progress now = { .phase = phase, .done = done, .total = total };

	return c->options.progress ? c->options.progress(c->options.progress_ctx, &now) : 0;
}

enum isokit_status convert_check_not_cancelled(struct isokit_convert *c, const char *phase,
					       struct isokit_error *err)
{
	if (convert_tell(c, phase, 0, 0))
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	return ISOKIT_OK;
}

bool convert_is_drive(const struct isokit_convert *c)
{
	struct stat st;

	return stat(c->path, &st) == 0 && S_ISBLK(st.st_mode);
}

unsigned convert_threads(const struct isokit_convert *c)
{
	long n = c->options.threads;

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 2 ? 2 : n > 8 ? 8 : (unsigned)n;
}
