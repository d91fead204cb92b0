/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/row.h"

#include <stdlib.h>

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

static void table_cell(const struct row *r, const void *object, struct text *t, bool *ret_number)
{
	struct row_value v;

	value_of(r, object, false, &v);
	*ret_number = v.kind == VALUE_NUMBER;
	text_clear(t);
	add_words(t, &v);
}

/* The widest cell of each column, 0 where all are empty. */
static void table_widths(struct screen *s, const struct row *rows, const void *objects,
			 size_t stride, size_t n, size_t widths[MAX_COLUMNS])
{
	struct text t = { 0 };
	bool number;

	for (size_t c = 0; rows[c].type && c < MAX_COLUMNS; c++) {
		widths[c] = 0;
		for (size_t i = 0; rows[c].label && i < n; i++) {
			size_t wide;

			table_cell(&rows[c], (const char *)objects + i * stride, &t, &number);
			wide = screen_columns(text_string(&t), t.n);
			if (wide > widths[c])
				widths[c] = wide;
		}
		if (widths[c] && widths[c] < strlen(rows[c].label))
			widths[c] = strlen(rows[c].label);
	}
	if (t.failed)
		s->out_of_memory = true;
	text_free(&t);
}

static size_t last_column(const struct row *rows, const size_t widths[MAX_COLUMNS])
{
	size_t last = 0;

	for (size_t c = 0; rows[c].type && c < MAX_COLUMNS; c++) {
		if (widths[c])
			last = c;
	}
	return last;
}

enum { LAST_COLUMNS = 20 }; /* narrower, the last column is of no use */

/* A line of the table; the line of headings is aligned as the first object. */
static void table_line(struct screen *s, const struct row *rows, const void *object, bool heading,
		       const size_t widths[MAX_COLUMNS], size_t last)
{
	struct text t = { 0 };
	size_t column = SCREEN_INDENT, column_end;
	bool ended = false;

	screen_begin(s);
	for (size_t c = 0; c <= last; c++) {
		enum screen_style style = heading ? STYLE_FAINT : STYLE_PLAIN;
		bool number;
		size_t wide;

		if (!widths[c])
			continue;
		table_cell(&rows[c], object, &t, &number);
		if (heading) {
			text_clear(&t);
			text_add_str(&t, rows[c].label);
		}
		wide = screen_columns(text_string(&t), t.n);
		column_end = column + widths[c] + 2;
		if (!t.n) { /* no blanks at the end of a line */
			column = column_end;
			continue;
		}
		if (c == last && column + (widths[c] < LAST_COLUMNS ? widths[c] : LAST_COLUMNS) >
					 s->width) {
			/* No room beside the others: a line of its own below them. */
			screen_end(s);
			screen_begin(s);
			column = SCREEN_INDENT + 3;
		}
		screen_tab(s, column + (number && wide < widths[c] ? widths[c] - wide : 0));
		if (c == last) {
			screen_fold(s, style, text_string(&t));
			ended = true;
		} else {
			screen_add(s, style, text_string(&t));
		}
		column = column_end;
	}
	if (!ended)
		screen_end(s);
	if (t.failed)
		s->out_of_memory = true;
	text_free(&t);
}

void rows_table(struct screen *s, const struct row *rows, const void *objects, size_t stride,
		size_t n)
{
	size_t widths[MAX_COLUMNS] = { 0 }, last;

	if (!n)
		return;
	table_widths(s, rows, objects, stride, n, widths);
	last = last_column(rows, widths);
	table_line(s, rows, objects, true, widths, last);
	for (size_t i = 0; i < n; i++)
		table_line(s, rows, (const char *)objects + i * stride, false, widths, last);
}
