/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distinguished encoding of ASN.1 (ITU-T X.690), as far as certificates use
 * it: one-byte tags and definite lengths. Nothing is copied or allocated; every
 * element lies inside the one it was taken from. */
#ifndef ONDISK_DER_H
#define ONDISK_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DER_INTEGER = 0x02,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_TELETEX_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0, /* constructed, context-specific [0] */
};

/* Bytes not looked at yet. */
struct der {
	const uint8_t *p;
	size_t n;
};

/* One element: its tag, its content, and the whole of it with its head. */
struct der_element {
	uint8_t tag;
	struct der content, whole;
};

/* Take the next element off `der`. False at the end and where the bytes are no
 * DER: a tag of several bytes, an indefinite length, a length that is not inside.
 * Then `der` has not moved. */
bool ondisk_der_next(struct der *der, struct der_element *ret_element);

/* The same, but it must have this tag; *ret_content is what is in it. */
bool ondisk_der_take(struct der *der, uint8_t tag, struct der *ret_content);

/* Are these the same bytes? */
bool ondisk_der_equal(const struct der *a, const struct der *b);

/* A string of any of the types above as UTF-8, at most `size` bytes with the
 * NUL; a longer one is cut, never inside a character. Bytes that are no text
 * become '?'. False when the type holds no text. */
bool ondisk_der_text(const struct der_element *string, char *out, size_t size);

#endif
