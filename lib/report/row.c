/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/row.h"

#include <stdlib.h>

#include "base/checked.h"

static void string_value(struct row_value *v, const char *s, bool ours)
{
	v->kind = ours ? VALUE_TEXT : VALUE_BYTES;
	v->text = s;
}

static void number_value(struct row_value *v, uint64_t n)
{
	v->kind = VALUE_NUMBER;
	v->number = n;
}

static const char *pointer_at(const void *member)
{
	const char *p;

	memcpy(&p, member, sizeof(p));
	return p;
}

static void value_of(const struct row *r, const void *object, bool iso, struct row_value *v)
{
	const void *m = (const char *)object + r->offset;
	const char *p;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	unsigned u;

	v->kind = VALUE_NONE;
	switch (r->type) {
	case ROW_END:
		return;
	case ROW_BYTES:
		p = pointer_at(m);
		string_value(v, p ? p : "", false);
		return;
	case ROW_ABSENT:
	case ROW_WORD:
		p = pointer_at(m);
		if (p)
			string_value(v, p, r->type == ROW_WORD);
		return;
	case ROW_CHARS:
		string_value(v, m, true);
		return;
	case ROW_U8:
		number_value(v, *(const uint8_t *)m);
		return;
	case ROW_U16:
		memcpy(&u16, m, sizeof(u16));
		number_value(v, u16);
		return;
	case ROW_U32:
		memcpy(&u32, m, sizeof(u32));
		number_value(v, u32);
		return;
	case ROW_U64:
		memcpy(&u64, m, sizeof(u64));
		number_value(v, u64);
		return;
	case ROW_UINT:
	case ROW_INT: /* a level: never negative */
		memcpy(&u, m, sizeof(u));
		number_value(v, u);
		return;
	case ROW_BOOL:
		v->kind = VALUE_BOOL;
		v->number = *(const bool *)m;
		return;
	case ROW_TIME:
		if (iso)
			report_time_iso(m, v->buffer);
		else
			report_time_words(m, v->buffer);
		string_value(v, v->buffer, true);
		return;
	case ROW_GET:
		r->get(object, v);
		return;
	}
}

void rows_json(struct json *j, const struct row *rows, const void *object)
{
	struct row_value v;

	for (const struct row *r = rows; r->type; r++) {
		if (!r->key)
			continue;
		value_of(r, object, true, &v);
		switch (v.kind) {
		case VALUE_NONE: break;
		case VALUE_NUMBER: json_number(j, r->key, v.number); break;
		case VALUE_BOOL: json_bool(j, r->key, v.number != 0); break;
		case VALUE_BYTES: json_bytes_str(j, r->key, v.text); break;
		case VALUE_TEXT: json_text(j, r->key, v.text); break;
		}
	}
}

void rows_json_array(struct json *j, const char *key, const struct row *rows,
		     const void *objects, size_t stride, size_t n)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		rows_json(j, rows, (const char *)objects + i * stride);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* A value as a person reads it, harmless, into a builder. */
static void add_words(struct text *t, const struct row_value *v)
{
	char grouped[REPORT_GROUPED_BYTES];

	switch (v->kind) {
	case VALUE_NONE:
		break;
	case VALUE_NUMBER:
		report_grouped(v->number, grouped);
		text_add_str(t, grouped);
		break;
	case VALUE_BOOL:
		if (v->number)
			text_add_str(t, "yes");
		break;
	case VALUE_BYTES:
	case VALUE_TEXT:
		text_add_escaped(t, v->text, strlen(v->text));
		break;
	}
}

size_t rows_captions(struct screen *s, const struct row *rows, const void *object)
{
	struct row_value v;
	size_t shown = 0;

	for (const struct row *r = rows; r->type; r++) {
		struct text t = { 0 };

		if (!r->label)
			continue;
		value_of(r, object, false, &v);
		add_words(&t, &v);
		if (t.failed)
			s->out_of_memory = true;
		if (t.n) {
			screen_begin(s);
			screen_add(s, STYLE_FAINT, r->label);
			screen_tab(s, SCREEN_INDENT + 14);
			screen_fold(s, STYLE_PLAIN, text_string(&t));
			shown++;
		}
		text_free(&t);
	}
	return shown;
}

enum { MAX_COLUMNS = 32 };

struct cell {
	size_t at, bytes; /* in the words of all */
	size_t wide;      /* columns on the screen */
	bool number;
};

/* A table on its way to the screen: one line of cells for each object. */
struct table {
	const struct row *rows;
	struct cell *cells;
	size_t n, n_columns;
	struct text words;
	size_t widths[MAX_COLUMNS]; /* of the widest cell of each column, 0 where all are empty */
	size_t last;                /* column that is not empty */
};

/* False without memory. */
static bool table_fill(struct table *t, const void *objects, size_t stride)
{
	size_t bytes;

	while (t->n_columns < MAX_COLUMNS && t->rows[t->n_columns].type)
		t->n_columns++;
	if (!mul_size(t->n * t->n_columns, sizeof(*t->cells), &bytes))
		return false;
	t->cells = malloc(bytes);
	if (!t->cells)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		for (size_t c = 0; c < t->n_columns; c++) {
			struct cell *cell = &t->cells[i * t->n_columns + c];
			struct row_value v = { .kind = VALUE_NONE };

			cell->at = t->words.n;
			if (t->rows[c].label) {
				value_of(&t->rows[c], (const char *)objects + i * stride, false, &v);
				add_words(&t->words, &v);
				text_add_char(&t->words, '\0');
			}
			if (t->words.failed)
				return false;
			cell->bytes = t->words.n - cell->at - (t->rows[c].label ? 1 : 0);
			cell->number = v.kind == VALUE_NUMBER;
			cell->wide = screen_columns(t->words.bytes + cell->at, cell->bytes);
			if (cell->wide > t->widths[c])
				t->widths[c] = cell->wide;
		}
	}
	for (size_t c = 0; c < t->n_columns; c++) {
		size_t label = t->widths[c] ? strlen(t->rows[c].label) : 0;

		if (t->widths[c] < label)
			t->widths[c] = label;
		if (t->widths[c])
			t->last = c;
	}
	return true;
}

enum { LAST_COLUMNS = 20 }; /* narrower, the last column is of no use */

/* A line of the table; the line of headings is aligned as the first object. */
static void table_line(struct screen *s, const struct table *t, size_t line, bool heading)
{
	size_t column = SCREEN_INDENT, column_end;
	bool ended = false;

	screen_begin(s);
	for (size_t c = 0; c <= t->last; c++) {
		const struct cell *cell = &t->cells[line * t->n_columns + c];
		const char *words = heading ? t->rows[c].label : t->words.bytes + cell->at;
		enum screen_style style = heading ? STYLE_FAINT : STYLE_PLAIN;
		size_t wide = heading && t->widths[c] ? strlen(words) : cell->wide;
		size_t room = t->widths[c] < LAST_COLUMNS ? t->widths[c] : LAST_COLUMNS;

		if (!t->widths[c])
			continue;
		column_end = column + t->widths[c] + 2;
		if (!wide) { /* no blanks at the end of a line */
			column = column_end;
			continue;
		}
		if (c == t->last && column + room > s->width) {
			/* No room beside the others: a line of its own below them. */
			screen_end(s);
			screen_begin(s);
			column = SCREEN_INDENT + 3;
		}
		screen_tab(s, column + (cell->number ? t->widths[c] - wide : 0));
		if (c == t->last) {
			screen_fold(s, style, words);
			ended = true;
		} else {
			screen_add(s, style, words);
		}
		column = column_end;
	}
	if (!ended)
		screen_end(s);
}

void rows_table(struct screen *s, const struct row *rows, const void *objects, size_t stride,
		size_t n)
{
	struct table t = { .rows = rows, .n = n };

	if (!n)
		return;
	if (table_fill(&t, objects, stride)) {
		table_line(s, &t, 0, true);
		for (size_t i = 0; i < n; i++)
			table_line(s, &t, i, false);
	} else {
		s->out_of_memory = true;
	}
	free(t.cells);
	text_free(&t.words);
}
