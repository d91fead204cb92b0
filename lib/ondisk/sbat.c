/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/sbat.h"

#include <string.h>

/* The next field of a line, copied and cut; *at moves behind its comma. */
static size_t take_field(const uint8_t *raw, size_t end, size_t *at, char *out)
{
	size_t from = *at, n = 0;

	while (*at < end && raw[*at] != ',')
		(*at)++;
	n = *at - from;
	if (*at < end)
		(*at)++;
	if (n >= SBAT_NAME_BYTES)
		n = SBAT_NAME_BYTES - 1;
	memcpy(out, raw + from, n);
	out[n] = '\0';
	return n;
}

static bool read_number(const char *digits, uint32_t *ret)
{
	uint32_t n = 0;

	if (!*digits)
		return false;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9' || n > (UINT32_MAX - 9) / 10)
			return false;
		n = n * 10 + (uint32_t)(*digits - '0');
	}
	*ret = n;
	return true;
}

static bool read_line(const uint8_t *raw, size_t at, size_t end, struct ondisk_sbat *e)
{
	char field[SBAT_NAME_BYTES];

	while (end > at && (raw[end - 1] == '\r' || raw[end - 1] == ' '))
		end--;
	if (take_field(raw, end, &at, e->component) == 0)
		return false;
	(void)take_field(raw, end, &at, field);
	if (!read_number(field, &e->generation))
		return false;
	(void)take_field(raw, end, &at, field); /* vendor */
	(void)take_field(raw, end, &at, field); /* package */
	(void)take_field(raw, end, &at, e->version);
	return true;
}

bool ondisk_sbat_next(const uint8_t *raw, size_t len, size_t *at, struct ondisk_sbat *ret_entry)
{
	while (*at < len && raw[*at]) {
		struct ondisk_sbat e = { .version = "" };
		size_t from = *at, end = from;

		while (end < len && raw[end] && raw[end] != '\n')
			end++;
		*at = end < len && raw[end] == '\n' ? end + 1 : end;
		if (read_line(raw, from, end, &e)) {
			*ret_entry = e;
			return true;
		}
	}
	return false;
}
