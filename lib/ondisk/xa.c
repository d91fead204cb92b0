/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/xa.h"

#include "base/byteorder.h"

bool ondisk_xa_decode(const uint8_t *area, size_t n, struct ondisk_xa *ret_xa)
{
	if (n < ONDISK_XA_BYTES || area[6] != 'X' || area[7] != 'A')
		return false;
	*ret_xa = (struct ondisk_xa){
		.group = get_be16(area),
		.user = get_be16(area + 2),
		.attributes = get_be16(area + 4),
		.file_number = area[8],
	};
	return true;
}

static void letters(const uint8_t *p, char out[5])
{
	for (int i = 0; i < 4; i++)
		out[i] = p[i] >= ' ' && p[i] < 0x7f ? (char)p[i] : '?';
	out[4] = '\0';
}

bool ondisk_apple_decode(const uint8_t *area, size_t n, struct ondisk_apple *ret_apple)
{
	const uint8_t *p;

	/* The system use id says what follows: 2 in AA and 6 in BA is HFS. */
	if (n >= 14 && area[0] == 'A' && area[1] == 'A' && area[2] == 14 && area[3] == 2)
		p = area + 4;
	else if (n >= 13 && area[0] == 'B' && area[1] == 'A' && area[2] == 6)
		p = area + 3;
	else
		return false;
	letters(p, ret_apple->type);
	letters(p + 4, ret_apple->creator);
	ret_apple->finder_flags = get_be16(p + 8);
	return true;
}
