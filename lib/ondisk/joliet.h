/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joliet: UCS-2 in a supplementary volume descriptor. */
#ifndef ONDISK_JOLIET_H
#define ONDISK_JOLIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The level that the 32 bytes of escape sequences announce: 1 to 3, or 0. */
int ondisk_joliet_level(const uint8_t *escapes, size_t n);

/* What conversion met. */
struct ondisk_joliet_oddity {
	bool lone_surrogate, odd_length;
};

/* UCS-2 or UTF-16, big endian, to UTF-8: at most 3 bytes for each 2. Unpaired
 * surrogates become U+FFFD. Returns the bytes written; no NUL is added. */
size_t ondisk_joliet_to_utf8(const uint8_t *raw, size_t n, char *out,
			     struct ondisk_joliet_oddity *ret_oddity);

#endif
