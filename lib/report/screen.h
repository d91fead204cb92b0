/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for people: a caption at the left, words folded beside it, colours. */
#ifndef REPORT_SCREEN_H
#define REPORT_SCREEN_H

#include "base/text.h"
#include "report/out.h"
#include "report/words.h"

enum { REPORT_CELL_BYTES = 64 };

/* Where the text beside the captions begins. */
enum { SCREEN_INDENT = 13 };

enum screen_style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_CAPTION,
	STYLE_GOOD,
	STYLE_BAD,
	STYLE_WARN,
	STYLE_FAINT,
};

struct screen {
	struct report_out *out;
	unsigned width;       /* columns to use */
	bool color;
	bool out_of_memory;
	size_t column;        /* where the cursor is */
	const char *caption;  /* printed before the next line, then cleared */
};

/* A section: an empty line, then its caption before the first line of it. */
void screen_section(struct screen *s, const char *caption);

/* Go to the beginning of a line, print the caption or its blank. */
void screen_begin(struct screen *s);
void screen_end(struct screen *s);

/* Add text at the cursor (already harmless), in a style. */
void screen_add(struct screen *s, enum screen_style style, const char *text);

/* Move the cursor to a column, if it is not there yet. */
void screen_tab(struct screen *s, size_t column);

/* Add text at the cursor, folded at words; further lines begin at the column
 * where the cursor was. Ends the line. */
void screen_fold(struct screen *s, enum screen_style style, const char *text);

/* How many columns a terminal needs for UTF-8 text. */
size_t screen_columns(const char *text, size_t n);

#endif
