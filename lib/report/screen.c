/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/screen.h"

#include "base/scan.h"

static const char *style_code(enum screen_style style)
{
	switch (style) {
	case STYLE_PLAIN: return NULL;
	case STYLE_TITLE: return "\033[1m";
	case STYLE_CAPTION: return "\033[1m";
	case STYLE_GOOD: return "\033[32m";
	case STYLE_BAD: return "\033[31m";
	case STYLE_WARN: return "\033[33m";
	case STYLE_FAINT: return "\033[2m";
	}
	return NULL;
}

/* Two columns for the scripts that terminals draw double width, none for
 * combining marks. Rough, but without the locale of the process. */
static unsigned character_columns(uint32_t c)
{
	if (c >= 0x300 && c < 0x370)
		return 0;
	if ((c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0) ||
	    (c >= 0xac00 && c < 0xd7a4) || (c >= 0xf900 && c < 0xfb00) ||
	    (c >= 0xfe30 && c < 0xfe70) || (c >= 0xff00 && c < 0xff61) ||
	    (c >= 0x1f300 && c < 0x1fa00) || (c >= 0x20000 && c < 0x40000))
		return 2;
	return 1;
}

size_t screen_columns(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t columns = 0, at = 0;
	uint32_t code;

	while (at < n) {
		size_t plain = ascii_bytes(p + at, n - at), used;

		columns += plain;
		at += plain;
		if (at == n)
			break;
		used = utf8_decode(p + at, n - at, &code);
		columns += used ? character_columns(code) : 1;
		at += used ? used : 1;
	}
	return columns;
}

static void style_begin(struct screen *s, enum screen_style style)
{
	const char *code = s->color ? style_code(style) : NULL;

	if (code)
		report_out_str(s->out, code);
}

static void style_end(struct screen *s, enum screen_style style)
{
	if (s->color && style_code(style))
		report_out_str(s->out, "\033[0m");
}

static void add_bytes(struct screen *s, const char *text, size_t n, size_t columns)
{
	report_out_add(s->out, text, n);
	s->column += columns;
}

void screen_section(struct screen *s, const char *caption)
{
	report_out_char(s->out, '\n');
	s->column = 0;
	s->caption = caption;
}

void screen_begin(struct screen *s)
{
	s->column = 0;
	if (s->caption)
		screen_add(s, STYLE_CAPTION, s->caption);
	s->caption = NULL;
	screen_tab(s, SCREEN_INDENT);
}

void screen_end(struct screen *s)
{
	report_out_char(s->out, '\n');
	s->column = 0;
}

void screen_add(struct screen *s, enum screen_style style, const char *text)
{
	size_t n = strlen(text);

	style_begin(s, style);
	add_bytes(s, text, n, screen_columns(text, n));
	style_end(s, style);
}

void screen_tab(struct screen *s, size_t column)
{
	if (s->column < column) {
		report_out_spaces(s->out, column - s->column);
		s->column = column;
	}
}

/* Of a word too long for a line: as many bytes as fit in so many columns. */
static size_t fitting(const char *text, size_t n, size_t columns)
{
	size_t at = 0, used = 0, slash = 0;

	while (at < n) {
		uint32_t code = 0;
		size_t more = utf8_decode((const uint8_t *)text + at, n - at, &code);
		size_t wide = more ? character_columns(code) : 1;

		more = more ? more : 1;
		if (at && used + wide > columns)
			break;
		used += wide;
		at += more;
		if (text[at - 1] == '/')
			slash = at;
	}
	/* A path is better broken between two names. */
	return at < n && slash > at / 3 ? slash : at;
}

/* The next line of a folded text. */
static void fold_line(struct screen *s, enum screen_style style, size_t indent)
{
	style_end(s, style);
	screen_end(s);
	screen_tab(s, indent);
	style_begin(s, style);
}

void screen_fold(struct screen *s, enum screen_style style, const char *text)
{
	/* On a very narrow terminal the indent would leave nothing. */
	size_t indent = s->column, limit = s->width > indent + 20 ? s->width : indent + 20;
	bool first = true;

	style_begin(s, style);
	while (*text) {
		size_t n = 0, part, columns;

		while (text[n] && text[n] != ' ')
			n++;
		columns = screen_columns(text, n);
		if (!first && s->column + 1 + columns > limit) {
			fold_line(s, style, indent);
		} else if (!first) {
			report_out_char(s->out, ' ');
			s->column++;
		}
		while (s->column + columns > limit) {
			part = fitting(text, n, limit - s->column);
			report_out_add(s->out, text, part);
			fold_line(s, style, indent);
			text += part;
			n -= part;
			columns = screen_columns(text, n);
		}
		add_bytes(s, text, n, columns);
		text += n;
		while (*text == ' ')
			text++;
		first = false;
	}
	style_end(s, style);
	screen_end(s);
}
