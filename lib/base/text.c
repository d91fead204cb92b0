/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static bool reserve(struct text *t, size_t more)
{
	if (t->failed)
		return false;
	if (more > SIZE_MAX / 2 - t->n || !ARRAY_RESERVE(t->bytes, t->capacity, t->n + more + 1)) {
		t->failed = true;
		t->n = 0;
		return false;
	}
	return true;
}

void text_add(struct text *t, const void *bytes, size_t n)
{
	if (!reserve(t, n))
		return;
	if (n)
		memcpy(t->bytes + t->n, bytes, n);
	t->n += n;
	t->bytes[t->n] = '\0';
}

void text_add_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_add_char(struct text *t, char c)
{
	text_add(t, &c, 1);
}

void text_add_number(struct text *t, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	text_add(t, digits + at, sizeof(digits) - at);
}

static __attribute__((noinline, format(printf, 2, 0))) void
add_format(struct text *t, const char *format, va_list ap)
{
	char small[256];
	va_list again;
	int need;

	va_copy(again, ap);
	need = vsnprintf(small, sizeof(small), format, ap);
	if (need < 0) {
		t->failed = true;
		t->n = 0;
	} else if ((size_t)need < sizeof(small)) {
		text_add(t, small, (size_t)need);
	} else if (reserve(t, (size_t)need)) {
		(void)vsnprintf(t->bytes + t->n, (size_t)need + 1, format, again);
		t->n += (size_t)need;
	}
	va_end(again);
}

/* Strings, characters and unsigned numbers, which are nearly all there is, without
 * the C library's printf: it takes as long for one of them as a folder takes to be
 * read. False at any other conversion; what was added is to be taken back then. */
static bool add_plain(struct text *t, const char *p, va_list ap)
{
	while (*p) {
		const char *begin = p;

		while (*p && *p != '%')
			p++;
		text_add(t, begin, (size_t)(p - begin));
		if (!*p)
			break;
		if (p[1] == 's')
			text_add_str(t, va_arg(ap, const char *));
		else if (p[1] == 'c')
			text_add_char(t, (char)va_arg(ap, int));
		else if (p[1] == 'u')
			text_add_number(t, va_arg(ap, unsigned));
		else if ((p[1] == 'z' || p[1] == 'l') && p[2] == 'u')
			text_add_number(t, p[1] == 'z' ? va_arg(ap, size_t) :
							 va_arg(ap, unsigned long));
		else if (p[1] == 'l' && p[2] == 'l' && p[3] == 'u')
			text_add_number(t, va_arg(ap, unsigned long long));
		else
			return false;
		while (*p != 's' && *p != 'c' && *p != 'u')
			p++;
		p++;
	}
	return true;
}

void text_addf(struct text *t, const char *format, ...)
{
	const size_t before = t->n;
	va_list ap;
	bool done;

	va_start(ap, format);
	done = add_plain(t, format, ap);
	va_end(ap);
	if (done || t->failed)
		return;
	t->n = before;
	va_start(ap, format);
	add_format(t, format, ap);
	va_end(ap);
}

void text_clear(struct text *t)
{
	t->n = 0;
	if (t->bytes)
		t->bytes[0] = '\0';
}

void text_free(struct text *t)
{
	free(t->bytes);
	*t = (struct text){ 0 };
}

const char *text_string(struct text *t)
{
	return t->failed || !t->bytes ? "" : t->bytes;
}

size_t utf8_decode(const uint8_t *p, size_t n, uint32_t *ret_code)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length;
	uint32_t code;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret_code = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] < 0xe0) {
		length = 2;
		code = p[0] & 0x1fu;
	} else if (p[0] >= 0xe0 && p[0] < 0xf0) {
		length = 3;
		code = p[0] & 0x0fu;
	} else if (p[0] >= 0xf0 && p[0] < 0xf5) {
		length = 4;
		code = p[0] & 0x07u;
	} else {
		return 0;
	}
	if (length > n)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return length;
}

size_t utf8_encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

bool utf8_valid(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t code;

	while (n) {
		size_t used = utf8_decode(p, n, &code);

		if (!used)
			return false;
		p += used;
		n -= used;
	}
	return true;
}

size_t utf16be_to_utf8(const uint8_t *p, size_t n, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		uint32_t code = (uint32_t)p[i] << 8 | p[i + 1];

		if (code >= 0xd800 && code < 0xe000) {
			uint32_t low = i + 3 < n ? (uint32_t)p[i + 2] << 8 | p[i + 3] : 0;

			if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			} else {
				code = 0xfffd;
			}
		}
		used += utf8_encode(code, out + used);
	}
	return used;
}

bool utf8_is_unprintable(uint32_t c)
{
	if (c < 0x7f) /* nearly all there are */
		return c < 0x20;
	return c < 0xa0 || c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c < 0x2010) || (c >= 0x2028 && c < 0x202f) ||
	       (c >= 0x2060 && c < 0x2070) || c == 0xfeff || (c >= 0xfff9 && c < 0xfffc) ||
	       (c >= 0xe0000 && c < 0xe0080);
}

size_t text_escape_one(const uint8_t *p, size_t n, char out[TEXT_ESCAPED_BYTES])
{
	uint32_t code;
	size_t used = utf8_decode(p, n, &code);

	if (!used || (code < 0x80 && utf8_is_unprintable(code))) {
		(void)snprintf(out, TEXT_ESCAPED_BYTES, "\\x%02X", p[0]);
	} else if (utf8_is_unprintable(code)) {
		(void)snprintf(out, TEXT_ESCAPED_BYTES, "\\u{%X}", (unsigned)code);
	} else if (code == '\\') {
		memcpy(out, "\\\\", 3);
	} else {
		memcpy(out, p, used);
		out[used] = '\0';
	}
	return used ? used : 1;
}

void text_add_escaped(struct text *t, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	char one[TEXT_ESCAPED_BYTES];

	while (n) {
		size_t used = 0;

		while (used < n && p[used] >= 0x20 && p[used] < 0x7f && p[used] != '\\')
			used++;
		if (used) {
			text_add(t, p, used);
			p += used;
			n -= used;
			continue;
		}
		used = text_escape_one(p, n, one);
		text_add_str(t, one);
		p += used;
		n -= used;
	}
}
