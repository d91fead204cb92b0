/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking over bytes: zeros, and ASCII letters without regard to case. */
#ifndef BASE_SCAN_H
#define BASE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Also of no bytes at all. */
static inline bool all_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
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

#endif
