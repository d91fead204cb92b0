/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/json.h"

#include "base/text.h"

static const char hex_digits[] = "0123456789abcdef";

/* Keys are ours: plain letters, nothing to escape. */
static void add_key(struct json *j, const char *key, const char *suffix)
{
	if (j->comma)
		report_out_char(j->out, ',');
	j->comma = true;
	if (!key)
		return;
	report_out_char(j->out, '"');
	report_out_str(j->out, key);
	report_out_str(j->out, suffix);
	report_out_add(j->out, "\":", 2);
}

void json_open(struct json *j, const char *key, char bracket)
{
	add_key(j, key, "");
	report_out_char(j->out, bracket);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	report_out_char(j->out, bracket);
	j->comma = true;
}

void json_number(struct json *j, const char *key, uint64_t n)
{
	add_key(j, key, "");
	report_out_number(j->out, n, 0);
}

void json_bool(struct json *j, const char *key, bool b)
{
	add_key(j, key, "");
	report_out_str(j->out, b ? "true" : "false");
}

static void add_control(struct report_out *out, unsigned char c)
{
	char escape[6] = { '\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15] };

	switch (c) {
	case '"': report_out_add(out, "\\\"", 2); return;
	case '\\': report_out_add(out, "\\\\", 2); return;
	case '\n': report_out_add(out, "\\n", 2); return;
	case '\t': report_out_add(out, "\\t", 2); return;
	case '\r': report_out_add(out, "\\r", 2); return;
	default: report_out_add(out, escape, sizeof(escape)); return;
	}
}

/* A character that JSON allows but a terminal obeys or hides: \uXXXX, in two
 * halves above U+FFFF. */
static void add_unprintable(struct report_out *out, uint32_t code)
{
	uint32_t units[2] = { code, 0 };
	size_t n = 1;

	if (code > 0xffff) {
		units[0] = 0xd800 + ((code - 0x10000) >> 10);
		units[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
		n = 2;
	}
	for (size_t i = 0; i < n; i++) {
		char escape[6] = { '\\', 'u', hex_digits[units[i] >> 12 & 15],
				   hex_digits[units[i] >> 8 & 15], hex_digits[units[i] >> 4 & 15],
				   hex_digits[units[i] & 15] };

		report_out_add(out, escape, sizeof(escape));
	}
}

/* RFC 8259, 7: the quotation mark, the reverse solidus and U+0000 to U+001F
 * must be escaped; what a terminal would obey is, too. True when all bytes were
 * UTF-8. */
static bool add_quoted(struct report_out *out, const unsigned char *p, size_t n)
{
	bool clean = true;

	report_out_char(out, '"');
	while (n) {
		size_t plain = report_plain_bytes(p, n), used;
		uint32_t code;

		report_out_add(out, p, plain);
		p += plain;
		n -= plain;
		if (!n)
			break;
		if (p[0] < 0x80) {
			add_control(out, p[0]);
			used = 1;
		} else if ((used = utf8_decode(p, n, &code)) != 0) {
			if (utf8_is_unprintable(code))
				add_unprintable(out, code);
			else
				report_out_add(out, p, used);
		} else {
			report_out_add(out, "\xef\xbf\xbd", 3);
			clean = false;
			used = 1;
		}
		p += used;
		n -= used;
	}
	report_out_char(out, '"');
	return clean;
}

void json_text(struct json *j, const char *key, const char *s)
{
	json_bytes(j, key, s ? s : "", s ? strlen(s) : 0);
}

void json_bytes(struct json *j, const char *key, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	add_key(j, key, "");
	if (add_quoted(j->out, p, n) || !key)
		return;
	add_key(j, key, "_hex");
	report_out_char(j->out, '"');
	for (size_t i = 0; i < n; i++) {
		report_out_char(j->out, hex_digits[p[i] >> 4]);
		report_out_char(j->out, hex_digits[p[i] & 15]);
	}
	report_out_char(j->out, '"');
}

void json_bytes_str(struct json *j, const char *key, const char *s)
{
	json_bytes(j, key, s ? s : "", s ? strlen(s) : 0);
}
