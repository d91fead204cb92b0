/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/rrip.h"

bool ondisk_px_decode(const struct ondisk_field *field, struct ondisk_px *ret_px)
{
	const uint8_t *p = field->p;

	if (field->length < 36)
		return false;
	*ret_px = (struct ondisk_px){
		.mode = get_le32(p + 4),
		.links = get_le32(p + 12),
		.uid = get_le32(p + 20),
		.gid = get_le32(p + 28),
		.has_serial = field->length >= 44,
		.agree = get_le32(p + 4) == get_be32(p + 8),
	};
	if (ret_px->has_serial)
		ret_px->serial = get_le32(p + 36);
	return true;
}

bool ondisk_pn_decode(const struct ondisk_field *field, struct ondisk_pn *ret_pn)
{
	if (field->length < 20)
		return false;
	*ret_pn = (struct ondisk_pn){ .high = get_le32(field->p + 4),
				      .low = get_le32(field->p + 12) };
	return true;
}

bool ondisk_sl_next(const struct ondisk_field *field, size_t *at, struct ondisk_sl *ret_sl,
		    bool *ret_bad)
{
	size_t left = *at < field->length ? field->length - *at : 0;

	if (left == 0)
		return false;
	if (left < 2 || field->p[*at + 1] > left - 2) {
		*ret_bad = true;
		return false;
	}
	*ret_sl = (struct ondisk_sl){
		.flags = field->p[*at],
		.bytes = field->p[*at + 1],
		.content = field->p + *at + 2,
	};
	*at += 2u + ret_sl->bytes;
	return true;
}

bool ondisk_nm_decode(const struct ondisk_field *field, struct ondisk_nm *ret_nm)
{
	if (field->length < 5)
		return false;
	*ret_nm = (struct ondisk_nm){
		.flags = field->p[4],
		.bytes = (uint8_t)(field->length - 5),
		.name = field->p + 5,
	};
	return true;
}

bool ondisk_cl_decode(const struct ondisk_field *field, struct both32 *ret_block)
{
	if (field->length < 12)
		return false;
	*ret_block = get_both32(field->p + 4);
	return true;
}

const uint8_t *ondisk_tf_modified_at(const struct ondisk_field *field, bool *ret_long)
{
	size_t at = 5, each;

	/* Bit 0 creation, 1 modification; bit 7: 17-byte dates. In bit order. */
	if (field->length < 5 || !(field->p[4] & 2))
		return NULL;
	*ret_long = field->p[4] & 0x80;
	each = *ret_long ? 17 : 7;
	if (field->p[4] & 1)
		at += each;
	return at + each > field->length ? NULL : field->p + at;
}

bool ondisk_sf_decode(const struct ondisk_field *field, uint64_t *ret_bytes)
{
	if (field->length >= 21)
		*ret_bytes = (uint64_t)get_le32(field->p + 4) << 32 | get_le32(field->p + 12);
	else if (field->length >= 12)
		*ret_bytes = get_le32(field->p + 4);
	else
		return false;
	return true;
}

bool ondisk_zf_decode(const struct ondisk_field *field, struct ondisk_zf *ret_zf)
{
	const uint8_t *p = field->p;

	if (field->length < 16)
		return false;
	*ret_zf = (struct ondisk_zf){
		.algorithm = { (char)p[4], (char)p[5] },
		.header_words = p[6],
		.block_log2 = p[7],
		/* Version 2 stores 64 bits in one byte order, version 1 32 in both. */
		.bytes = field->version >= 2 ? get_le64(p + 8) : get_le32(p + 8),
	};
	return true;
}

bool ondisk_zf_is_version2(const struct ondisk_zf *zf)
{
	static const char known[][3] = { "PZ", "XZ", "xz", "L4", "l4", "ZD", "zd", "B2", "b2" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (zf->algorithm[0] == known[i][0] && zf->algorithm[1] == known[i][1])
			return true;
	return false;
}
