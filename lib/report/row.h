/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: one table says what of a structure is reported, under which JSON key
 * and which words for people. Both outputs are made from it, so that they
 * cannot drift apart. */
#ifndef REPORT_ROW_H
#define REPORT_ROW_H

#include <stddef.h>

#include "report/json.h"
#include "report/screen.h"

enum row_type {
	ROW_END = 0,
	ROW_BYTES,  /* const char *: bytes of the medium, NULL is "" */
	ROW_ABSENT, /* const char *: the same, but NULL is no key at all */
	ROW_WORD,   /* const char *: static text, NULL is no key at all */
	ROW_CHARS,  /* char[]: static text */
	ROW_U8,
	ROW_U16,
	ROW_U32,
	ROW_U64,
	ROW_UINT,
	ROW_INT,
	ROW_BOOL,
	ROW_TIME, /* struct isokit_time */
	ROW_GET,  /* by a function */
};

/* A value between the structure and its output. */
struct row_value {
	enum { VALUE_NONE, VALUE_NUMBER, VALUE_BOOL, VALUE_BYTES, VALUE_TEXT } kind;
	uint64_t number;
	const char *text;                /* may point into buffer */
	char buffer[REPORT_CELL_BYTES];
};

struct row {
	enum row_type type;
	const char *key;   /* in JSON; NULL: for people only */
	const char *label; /* heading or caption for people; NULL: in JSON only */
	size_t offset;     /* of the member */
	void (*get)(const void *object, struct row_value *ret_value);
};

#define ROW(type, structure, member, key, label) \
	{ type, key, label, offsetof(struct structure, member), NULL }
#define ROW_FUNCTION(function, key, label) { ROW_GET, key, label, 0, function }

/* The rows with a key, into the open JSON object. */
void rows_json(struct json *j, const struct row *rows, const void *object);

/* The rows with a label, each "label  value" on a line of its own, empty ones
 * left out. Returns how many there were. */
size_t rows_captions(struct screen *s, const struct row *rows, const void *object);

/* The rows with a label as columns, one line for each of n objects, under a
 * line of headings. Columns that are empty for all objects are left out. */
void rows_table(struct screen *s, const struct row *rows, const void *objects, size_t stride,
		size_t n);

/* An array of objects under a key. */
void rows_json_array(struct json *j, const char *key, const struct row *rows,
		     const void *objects, size_t stride, size_t n);

#endif
