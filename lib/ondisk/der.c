/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/der.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/text.h"

bool ondisk_der_next(struct der *der, struct der_element *ret_element)
{
	const uint8_t *p = der->p;
	size_t n = der->n, head = 2, length;

	if (n < 2 || (p[0] & 0x1f) == 0x1f) /* 8.1.2.4: tags from 31 on */
		return false;
	length = p[1];
	if (length & 0x80) {
		size_t count = length & 0x7f;

		if (count == 0 || count > 4 || n < 2 + count) /* 8.1.3.6: indefinite */
			return false;
		length = 0;
		for (size_t i = 0; i < count; i++)
			length = length << 8 | p[2 + i];
		head += count;
	}
	if (length > n - head)
		return false;
	*ret_element = (struct der_element){
		.tag = p[0],
		.content = { p + head, length },
		.whole = { p, head + length },
	};
	der->p += head + length;
	der->n -= head + length;
	return true;
}

bool ondisk_der_take(struct der *der, uint8_t tag, struct der *ret_content)
{
	struct der rest = *der;
	struct der_element e;

	if (!ondisk_der_next(&rest, &e) || e.tag != tag)
		return false;
	*der = rest;
	*ret_content = e.content;
	return true;
}

bool ondisk_der_equal(const struct der *a, const struct der *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

/* One character off the string; 0 at its end. */
static uint32_t next_character(uint8_t tag, struct der *rest)
{
	uint32_t code = '?';
	size_t used = 1;

	if (rest->n == 0)
		return 0;
	if (tag == DER_BMP_STRING) {
		if (rest->n < 2) {
			rest->n = 0;
			return 0;
		}
		code = get_be16(rest->p);
		used = 2;
		if (code >= 0xd800 && code <= 0xdfff)
			code = '?';
	} else if (tag == DER_UTF8_STRING) {
		used = utf8_decode(rest->p, rest->n, &code);
		if (!used) {
			code = '?';
			used = 1;
		}
	} else if (tag == DER_TELETEX_STRING || rest->p[0] < 0x80) {
		code = rest->p[0]; /* T.61 is ISO 8859-1 in practice */
	}
	rest->p += used;
	rest->n -= used;
	return code ? code : '?';
}

bool ondisk_der_text(const struct der_element *string, char *out, size_t size)
{
	struct der rest = string->content;
	size_t n = 0;
	uint32_t code;

	switch (string->tag) {
	case DER_UTF8_STRING:
	case DER_PRINTABLE_STRING:
	case DER_TELETEX_STRING:
	case DER_IA5_STRING:
	case DER_BMP_STRING:
		break;
	default:
		return false;
	}
	while ((code = next_character(string->tag, &rest)) != 0) {
		char bytes[4];
		size_t used = utf8_encode(code, bytes);

		if (used >= size - n)
			break;
		memcpy(out + n, bytes, used);
		n += used;
	}
	out[n] = '\0';
	return true;
}
