/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking over bytes: zeros, ASCII, and its letters without regard to case. */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/byteorder.h"

/* Also of no bytes at all. */
static inline bool all_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* How many bytes at the beginning are ASCII. */
static inline size_t ascii_bytes(const uint8_t *p, size_t n)
{
	size_t at = 0;

	while (n - at >= 8 && !(get_le64(p + at) & UINT64_C(0x8080808080808080)))
		at += 8;
	while (at < n && p[at] < 0x80)
		at++;
	return at;
}

/* Of A to Z only, whatever the locale says. */
static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Are these bytes equal but for the case of ASCII letters? */
static inline bool ascii_equal_nocase(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	while (i < n && ascii_lower(a[i]) == ascii_lower(b[i]))
		i++;
	return i == n;
}

static inline bool ascii_same_nocase(const char *a, const char *b)
{
	while (*a && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

static inline bool begins_with(const char *text, const char *begin)
{
	return strncmp(text, begin, strlen(begin)) == 0;
}

/* Does the text begin so, whatever the case of ASCII letters? */
static inline bool ascii_begins_nocase(const char *text, const char *begin)
{
	while (*begin && ascii_lower(*text) == ascii_lower(*begin)) {
		text++;
		begin++;
	}
	return !*begin;
}

#endif
