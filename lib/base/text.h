/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded string builder, conversions between encodings, and escaping. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing buffer. Once an allocation fails it is empty (n is 0), `failed` stays
 * set, further additions do nothing, and the owner checks once at the end. The
 * content is always NUL-terminated when n > 0 or after text_string(). Free with
 * text_free(). */
struct text {
	char *bytes;
	size_t n, capacity;
	bool failed;
};

void text_add(struct text *t, const void *bytes, size_t n);
void text_add_str(struct text *t, const char *s);
void text_add_char(struct text *t, char c);
void text_add_number(struct text *t, uint64_t n); /* in decimal */
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *t);
void text_free(struct text *t);
/* The content as a C string; "" when empty or failed. Borrowed until the next change. */
const char *text_string(struct text *t);

/* Decode one UTF-8 sequence (no surrogates, no overlong forms, at most
 * U+10FFFF). Returns its length, or 0 when the bytes are no such sequence. */
size_t utf8_decode(const uint8_t *p, size_t n, uint32_t *ret_code);

/* Encode a code point, at most 4 bytes; returns how many. */
size_t utf8_encode(uint32_t code, char out[4]);

/* Would a terminal obey this character, or hide or reorder others by it? */
bool utf8_is_unprintable(uint32_t code);

bool utf8_valid(const void *bytes, size_t n);

/* UTF-16BE to UTF-8 (Joliet, UDF). Unpaired surrogates become U+FFFD. The
 * result needs at most 3 bytes for each 2; returns its length, no NUL added. */
size_t utf16be_to_utf8(const uint8_t *p, size_t n, char *out);

/* Add bytes so that a terminal shows them and obeys nothing: control
 * characters, DEL, C1, bidirectional and invisible format characters and bytes
 * that are not UTF-8 become \xHH or \u{HEX}, a backslash becomes "\\". */
void text_add_escaped(struct text *t, const void *bytes, size_t n);

/* The same of the first character or byte (n > 0): a string in `out`. Returns how many bytes
 * of `p` it stands for. Needs no memory. */
enum { TEXT_ESCAPED_BYTES = 12 };
size_t text_escape_one(const uint8_t *p, size_t n, char out[TEXT_ESCAPED_BYTES]);

#endif
