/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/fatname.h"

#include <string.h>

#include "base/byteorder.h"

/* ---- names -------------------------------------------------------------- */

uint16_t fatname_upper(uint16_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7))
		return (uint16_t)(c - 0x20);
	return c;
}

bool fatname_short_char(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != 0 && c < 0x80 && strchr("$%'-_@~`!(){}^#&", (int)c) != NULL);
}

bool fatname_basis(const uint16_t *units, size_t n, uint8_t ret_alias[FATNAME_ALIAS_BYTES],
		   size_t *ret_base, bool *ret_needs_long)
{
	size_t dot = n, base = 0, ext = 0;
	bool exact = true, other_case = false;

	memset(ret_alias, ' ', FATNAME_ALIAS_BYTES);
	for (size_t i = n; i-- > 1;)
		if (units[i] == '.') {
			dot = i;
			break;
		}
	for (size_t i = 0; i < n; i++) {
		uint16_t c = units[i];
		uint32_t up = c >= 'a' && c <= 'z' ? c - 0x20u : c;

		if (i == dot)
			continue;
		if (!fatname_short_char(up)) {
			exact = false;
			if (c == ' ' || c == '.')
				continue;
			up = '_';
		}
		if (up != c)
			other_case = true; /* only the case differs: an exact alias */
		if (i < dot && base < 8)
			ret_alias[base++] = (uint8_t)up;
		else if (i > dot && ext < 3)
			ret_alias[8 + ext++] = (uint8_t)up;
		else
			exact = false;
	}
	*ret_base = base;
	exact = exact && base > 0;
	*ret_needs_long = !exact || other_case;
	return exact;
}

void fatname_numbered(const uint8_t basis[FATNAME_ALIAS_BYTES], size_t base, uint32_t number,
		      uint8_t ret_alias[FATNAME_ALIAS_BYTES])
{
	uint8_t digits[10];
	size_t n = 0, keep;

	for (uint32_t v = number; v > 0 && n < 7; v /= 10)
		digits[n++] = (uint8_t)('0' + v % 10);
	keep = base < 7 - n ? base : 7 - n;
	memcpy(ret_alias, basis, FATNAME_ALIAS_BYTES);
	memset(ret_alias + keep, ' ', 8 - keep);
	ret_alias[keep] = '~';
	for (size_t d = 0; d < n; d++)
		ret_alias[keep + 1 + d] = digits[n - 1 - d];
}

/* ---- entries ------------------------------------------------------------- */

size_t fatname_long_entries(size_t n_units)
{
	return (n_units + FATNAME_UNITS - 1) / FATNAME_UNITS;
}

/* The last part comes first (overview, p. 27). */
uint8_t *fatname_put_long(uint8_t *p, const uint16_t *units, size_t n,
			  const uint8_t alias[FATNAME_ALIAS_BYTES])
{
	static const uint8_t place[FATNAME_UNITS] = { 1,  3,  5,  7,  9,  14, 16,
						      18, 20, 22, 24, 28, 30 };
	size_t entries = fatname_long_entries(n);
	uint8_t sum = 0;

	for (int i = 0; i < FATNAME_ALIAS_BYTES; i++)
		sum = (uint8_t)((sum << 7 | sum >> 1) + alias[i]);
	for (size_t k = entries; k-- > 0; p += FATNAME_ENTRY_BYTES) {
		memset(p, 0, FATNAME_ENTRY_BYTES);
		p[0] = (uint8_t)((k + 1) | (k + 1 == entries ? 0x40 : 0));
		p[11] = 0x0f;
		p[13] = sum;
		for (size_t j = 0; j < FATNAME_UNITS; j++) {
			size_t i = k * FATNAME_UNITS + j;
			uint16_t unit = 0xffff;

			if (i < n)
				unit = units[i];
			else if (i == n)
				unit = 0;
			put_le16(p + place[j], unit);
		}
	}
	return p;
}

void fatname_put_entry(uint8_t *p, const uint8_t name[FATNAME_ALIAS_BYTES], uint8_t attributes,
		       uint16_t date, uint16_t time, uint32_t cluster, uint32_t bytes)
{
	memset(p, 0, FATNAME_ENTRY_BYTES);
	memcpy(p, name, FATNAME_ALIAS_BYTES);
	p[11] = attributes;
	if (!(attributes & FATNAME_ATTR_LABEL)) {
		put_le16(p + 14, time); /* made */
		put_le16(p + 16, date);
		put_le16(p + 18, date); /* read */
	}
	put_le16(p + 20, (uint16_t)(cluster >> 16));
	put_le16(p + 22, time); /* written */
	put_le16(p + 24, date);
	put_le16(p + 26, (uint16_t)cluster);
	put_le32(p + 28, bytes);
}

/* ---- time ------------------------------------------------------------------ */

/* Civil date of a day number since 1970-01-01 (Hinnant's algorithm). */
static void civil(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468, era = z / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (unsigned)(era * 400) + yoe + (*month <= 2);
}

void fatname_time(int64_t epoch, uint16_t *ret_date, uint16_t *ret_time)
{
	const int64_t first = 315532800, last = 4354819198; /* 1980 … 2107-12-31 23:59:58 */
	unsigned year, month, day, seconds;

	epoch = epoch < first ? first : epoch > last ? last : epoch;
	civil(epoch / 86400, &year, &month, &day);
	seconds = (unsigned)(epoch % 86400);
	*ret_date = (uint16_t)((year - 1980) << 9 | month << 5 | day);
	*ret_time = (uint16_t)(seconds / 3600 << 11 | seconds / 60 % 60 << 5 | seconds % 60 / 2);
}

/* ---- boot code --------------------------------------------------------------- */

void fatname_put_stub(uint8_t *sector, size_t at, const char *text)
{
	static const uint8_t code[] = {
		0x31, 0xc0,             /* xor ax, ax */
		0x8e, 0xd8,             /* mov ds, ax */
		0xfc,                   /* cld */
		0xbe, 0x00, 0x00,       /* mov si, text */
		0xac,                   /* next: lodsb */
		0x84, 0xc0,             /* test al, al */
		0x74, 0x09,             /* jz halt */
		0xb4, 0x0e,             /* mov ah, 0x0e */
		0xbb, 0x07, 0x00,       /* mov bx, 7 */
		0xcd, 0x10,             /* int 0x10 */
		0xeb, 0xf2,             /* jmp next */
		0xf4,                   /* halt: hlt */
		0xeb, 0xfd,             /* jmp halt */
	};
	size_t n = strlen(text) + 1;

	memcpy(sector + at, code, sizeof(code));
	put_le16(sector + at + 6, (uint16_t)(0x7c00 + at + sizeof(code)));
	memcpy(sector + at + sizeof(code), text, n);
}
