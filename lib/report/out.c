/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/out.h"

#include "base/text.h"

void report_out_flush(struct report_out *o)
{
	if (o->used && !o->failed && o->write(o->ctx, o->bytes, o->used) != 0)
		o->failed = true;
	o->used = 0;
}

void report_out_long(struct report_out *o, const void *bytes, size_t n)
{
	report_out_flush(o);
	if (n <= sizeof(o->bytes)) {
		memcpy(o->bytes, bytes, n);
		o->used = n;
	} else if (!o->failed && o->write(o->ctx, bytes, n) != 0) {
		o->failed = true;
	}
}

void report_out_number(struct report_out *o, uint64_t n, unsigned width)
{
	char digits[24];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	if (width > sizeof(digits) - at)
		report_out_spaces(o, width - (sizeof(digits) - at));
	report_out_add(o, digits + at, sizeof(digits) - at);
}

void report_out_digits(struct report_out *o, uint64_t n, unsigned digits)
{
	char text[24];

	for (unsigned i = digits; i-- > 0; n /= 10)
		text[i] = (char)('0' + n % 10);
	report_out_add(o, text, digits);
}

void report_out_spaces(struct report_out *o, size_t n)
{
	static const char spaces[] = "                                ";

	while (n) {
		size_t part = n < sizeof(spaces) - 1 ? n : sizeof(spaces) - 1;

		report_out_add(o, spaces, part);
		n -= part;
	}
}

/* How many bytes at the beginning can be shown as they are. */
static size_t plain_bytes(const unsigned char *p, size_t n)
{
	size_t at = 0, used;
	uint32_t code;

	for (;;) {
		while (at < n && p[at] >= 0x20 && p[at] < 0x7f && p[at] != '\\')
			at++;
		if (at == n || p[at] < 0x80)
			return at;
		used = utf8_decode(p + at, n - at, &code);
		if (!used || utf8_is_unprintable(code))
			return at;
		at += used;
	}
}

void report_out_escaped(struct report_out *o, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	size_t plain = plain_bytes(p, n);
	struct text t = { 0 };

	report_out_add(o, p, plain);
	if (plain == n)
		return;
	text_add_escaped(&t, p + plain, n - plain);
	if (t.failed)
		o->out_of_memory = true;
	else
		report_out_add(o, t.bytes, t.n);
	text_free(&t);
}

enum isokit_status report_out_end(struct report_out *o)
{
	report_out_flush(o);
	if (o->failed)
		return ISOKIT_E_CANCELLED;
	return o->out_of_memory ? ISOKIT_E_NOMEM : ISOKIT_OK;
}
