/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cdsector.h"

#include <string.h>

#include "base/byteorder.h"

bool ondisk_cd_is_sync(const uint8_t *p, size_t n)
{
	static const uint8_t sync[ONDISK_CD_SYNC_BYTES] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0xff,
							    0xff, 0xff, 0xff, 0xff, 0xff, 0x00 };

	return n >= sizeof(sync) && memcmp(p, sync, sizeof(sync)) == 0;
}

bool ondisk_cd_is_subheader(const uint8_t *p, size_t n)
{
	return n >= ONDISK_CD_SUBHEADER_BYTES && memcmp(p, p + 4, 4) == 0;
}

static bool from_bcd(uint8_t b, int32_t *ret)
{
	*ret = (b >> 4) * 10 + (b & 0x0f);
	return (b >> 4) < 10 && (b & 0x0f) < 10;
}

bool ondisk_cd_address(const uint8_t *sync, int32_t *ret_lba)
{
	int32_t minute, second, frame;

	if (!from_bcd(sync[12], &minute) || !from_bcd(sync[13], &second) ||
	    !from_bcd(sync[14], &frame) || second > 59 || frame > 74)
		return false;
	*ret_lba = (minute * 60 + second) * 75 + frame - 150;
	return true;
}

/* A register of 15 bits, x^15 + x + 1, that begins with 1. */
void ondisk_cd_scrambler(uint8_t table[ONDISK_CD_RAW_BYTES - ONDISK_CD_SYNC_BYTES])
{
	unsigned bits = 1;

	for (size_t i = 0; i < ONDISK_CD_RAW_BYTES - ONDISK_CD_SYNC_BYTES; i++) {
		table[i] = (uint8_t)bits;
		for (unsigned k = 0; k < 8; k++)
			bits = bits >> 1 | ((bits ^ bits >> 1) & 1) << 14;
	}
}

/* ---- what a sector is ---------------------------------------------------------------- */

static bool is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static enum ondisk_cd_state by_edc(uint32_t edc, const uint8_t *from, size_t n, const uint8_t *behind)
{
	if (ondisk_cd_edc_more(edc, from, n) == get_le32(from + n))
		return ONDISK_CD_GOOD;
	return is_zero(from + n, (size_t)(behind - from) - n) ? ONDISK_CD_UNCHECKED :
							      ONDISK_CD_BAD_EDC;
}

/* `p` is where the subheader is, 16 bytes into a whole sector. */
static enum ondisk_cd_state judge_mode2(const uint8_t *p)
{
	if (ondisk_cd_is_subheader(p, ONDISK_CD_SUBHEADER_BYTES) &&
	    (p[2] & ONDISK_CD_SUBMODE_FORM2))
		return ONDISK_CD_FORM2;
	return by_edc(0, p, ONDISK_CD_SUBHEADER_BYTES + 2048, p + ONDISK_CD_RAW_BYTES - 16);
}

enum ondisk_cd_state ondisk_cd_judge(const uint8_t *raw, unsigned skip, uint32_t *ret_user)
{
	uint8_t mode = skip <= ONDISK_CD_SYNC_BYTES ? raw[15 - skip] : 2;
	uint8_t sync[ONDISK_CD_SYNC_BYTES];

	*ret_user = (mode == 2 ? 24 : 16) - skip;
	if (skip == 0 && !ondisk_cd_is_sync(raw, ONDISK_CD_SYNC_BYTES))
		return ONDISK_CD_NO_SYNC;
	switch (mode) {
	case 0:
		return is_zero(raw + 16 - skip, ONDISK_CD_RAW_BYTES - 16) ? ONDISK_CD_EMPTY :
									  ONDISK_CD_BAD_MODE;
	case 1:
		if (skip == 0)
			return by_edc(0, raw, 2064, raw + ONDISK_CD_RAW_BYTES);
		/* The sync pattern is not there, but counts. */
		ondisk_cd_set_sync(sync);
		return by_edc(ondisk_cd_edc(sync, sizeof(sync)), raw, 2064 - sizeof(sync),
			      raw + ONDISK_CD_RAW_BYTES - sizeof(sync));
	case 2:
		return judge_mode2(raw + 16 - skip);
	default:
		return ONDISK_CD_BAD_MODE;
	}
}
