/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan keeps for whoever asks: notes, sources, names that are free. */
#include "author/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"

bool plan_respells(const struct plan *plan)
{
	return plan->keep_iso_names ||
	       (plan->options.naming && plan->options.naming->as_genisoimage);
}

/* A rehearsal and then the build notice the same. */
static bool is_said(const struct plan *plan, const struct plan_note *note)
{
	for (size_t i = 0; i < plan->n_notes; i++) {
		const struct plan_note *n = &plan->notes[i];

		if (n->kind == note->kind && strcmp(n->text, note->text) == 0 &&
		    (n->path && note->path ? strcmp(n->path, note->path) == 0 :
					     n->path == note->path))
			return true;
	}
	return false;
}

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
	if (!note.text || (path && !note.path) || is_said(plan, &note)) {
		plan->notes_lost += !note.text || (path && !note.path);
		free(note.text);
		free(note.path);
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

void plan_free_path(const struct plan *plan, const char *stem, struct text *ret_path)
{
	unsigned n = 1;

	text_clear(ret_path);
	text_addf(ret_path, "/%s.img", stem);
	while (!ret_path->failed && tree_lookup_nocase(plan->tree, text_string(ret_path))) {
		text_clear(ret_path);
		text_addf(ret_path, "/%s-%u.img", stem, ++n);
	}
}
