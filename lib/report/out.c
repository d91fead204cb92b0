/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/out.h"

#include "base/text.h"

const char report_two_digits[201] =
	"00010203040506070809"
	"10111213141516171819"
	"20212223242526272829"
	"30313233343536373839"
	"40414243444546474849"
	"50515253545556575859"
	"60616263646566676869"
	"70717273747576777879"
	"80818283848586878889"
	"90919293949596979899";

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
	char text[REPORT_NUMBER_BYTES];

	if (width > REPORT_NUMBER_WIDTH) {
		report_out_spaces(o, width - REPORT_NUMBER_WIDTH);
		width = REPORT_NUMBER_WIDTH;
	}
	report_out_add(o, text, (size_t)(report_put_number(text, n, width) - text));
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
		at += report_plain_bytes(p + at, n - at);
		if (at < n && p[at] == '"') {
			at++;
			continue;
		}
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
