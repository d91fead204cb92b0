/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options + tree → checked plan. */
#include "author/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"

void plan_note(struct plan *plan, enum isokit_build_note_kind kind, const char *path,
	       const char *format, ...)
{
	struct plan_note note = { .kind = kind };
	va_list ap;

	if (plan->n_notes >= PLAN_MAX_NOTES ||
	    !ARRAY_RESERVE(plan->notes, plan->capacity_notes, plan->n_notes + 1)) {
		plan->notes_lost++;
		return;
	}
	va_start(ap, format);
	if (vasprintf(&note.text, format, ap) < 0)
		note.text = NULL;
	va_end(ap);
	if (path)
		note.path = strdup(path);
	if (!note.text || (path && !note.path)) {
		free(note.text);
		free(note.path);
		plan->notes_lost++;
		return;
	}
	plan->notes[plan->n_notes++] = note;
}

enum isokit_status plan_keep_source(struct plan *plan, struct isokit_source *src,
				    struct isokit_error *err)
{
	if (!ARRAY_RESERVE(plan->sources, plan->capacity_sources, plan->n_sources + 1)) {
		isokit_source_close(src);
		return isokit_fail_nomem(err, "plan", sizeof(src));
	}
	plan->sources[plan->n_sources++] = src;
	return ISOKIT_OK;
}
