/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of an image say it is, with the files that say so. */
#include <string.h>

#include "base/text.h"
#include "report/image.h"

static const struct row content_rows[] = {
	ROW(ROW_ABSENT, isokit_content, distribution, "distribution", NULL),
	ROW(ROW_ABSENT, isokit_content, release, "release", NULL),
	ROW(ROW_ABSENT, isokit_content, edition, "edition", NULL),
	ROW(ROW_ABSENT, isokit_content, architecture, "architecture", NULL),
	ROW(ROW_WORD, isokit_content, kind, "kind", NULL),
	{ ROW_END },
};

static const struct row evidence_rows[] = {
	ROW(ROW_BYTES, isokit_evidence, path, "path", NULL),
	ROW(ROW_ABSENT, isokit_evidence, text, "text", NULL),
	{ ROW_END },
};

static const struct row windows_rows[] = {
	ROW(ROW_ABSENT, isokit_windows, install_path, "install_path", NULL),
	ROW(ROW_U64, isokit_windows, install_bytes, "install_size", NULL),
	ROW(ROW_BOOL, isokit_windows, bootmgr, "bootmgr", NULL),
	ROW(ROW_BOOL, isokit_windows, efi_loader, "efi_loader", NULL),
	{ ROW_END },
};

void report_content_json(struct json *j, const struct isokit_facts *f)
{
	const struct isokit_content *c = &f->content;

	if (!c->n_evidence)
		return;
	json_open(j, "content", '{');
	rows_json(j, content_rows, c);
	rows_json_array(j, "evidence", evidence_rows, c->evidence, sizeof(*c->evidence),
			c->n_evidence);
	if (f->windows.present) {
		json_open(j, "windows", '{');
		rows_json(j, windows_rows, &f->windows);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void add(struct text *t, const char *before, const char *bytes, const char *behind)
{
	if (!bytes)
		return;
	text_add_str(t, t->n ? before : "");
	text_add_escaped(t, bytes, strlen(bytes));
	text_add_str(t, behind);
}

static const char *kind_words(const char *kind)
{
	if (strcmp(kind, "live") == 0)
		return "live system";
	if (strcmp(kind, "rescue") == 0)
		return "rescue system";
	return strcmp(kind, "memory-test") == 0 ? "memory test" : kind;
}

void report_content_text(struct screen *s, const struct isokit_facts *f)
{
	const struct isokit_content *c = &f->content;
	struct text t = { 0 };

	if (!c->n_evidence)
		return;
	screen_section(s, "Content");
	add(&t, "", c->distribution, "");
	add(&t, " ", c->release, "");
	add(&t, c->distribution ? " (" : "", c->edition, c->distribution ? ")" : "");
	add(&t, ", ", c->architecture, "");
	add(&t, ", ", c->kind ? kind_words(c->kind) : NULL, "");
	screen_begin(s);
	screen_fold(s, STYLE_PLAIN, text_string(&t));
	for (size_t i = 0; i < c->n_evidence; i++) {
		text_clear(&t);
		text_add_str(&t, i ? "and " : "says ");
		text_add_escaped(&t, c->evidence[i].path, strlen(c->evidence[i].path));
		add(&t, ": ", c->evidence[i].text, "");
		screen_begin(s);
		screen_fold(s, STYLE_FAINT, text_string(&t));
	}
	if (t.failed)
		s->out_of_memory = true;
	text_free(&t);
}
