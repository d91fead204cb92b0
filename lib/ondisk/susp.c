/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/susp.h"

bool ondisk_sp_decode(const uint8_t *area, size_t bytes, uint8_t *ret_skip)
{
	if (bytes < 7 || area[0] != 'S' || area[1] != 'P' || area[2] != 7 || area[4] != 0xbe ||
	    area[5] != 0xef)
		return false;
	*ret_skip = area[6];
	return true;
}

bool ondisk_ce_decode(const struct ondisk_field *field, struct ondisk_ce *ret_ce)
{
	/* The little-endian halves are all that is used. */
	if (field->length < 24)
		return false;
	*ret_ce = (struct ondisk_ce){
		.block = get_both32(field->p + 4),
		.offset = get_both32(field->p + 12),
		.bytes = { .le = get_le32(field->p + 20) },
	};
	return true;
}

bool ondisk_er_decode(const struct ondisk_field *field, struct ondisk_er *ret_er)
{
	/* LEN_ID, LEN_DES, LEN_SRC, EXT_VER, then the three texts. */
	if (field->length < 8 || field->p[4] > field->length - 8)
		return false;
	*ret_er = (struct ondisk_er){
		.id = field->p + 8,
		.id_bytes = field->p[4],
		.version = field->p[7],
	};
	return true;
}
