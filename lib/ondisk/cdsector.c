/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cdsector.h"

#include <string.h>

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

uint32_t ondisk_cd_edc(const uint8_t *p, size_t n)
{
	uint32_t edc = 0;

	for (size_t i = 0; i < n; i++) {
		edc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			edc = edc >> 1 ^ (edc & 1 ? 0xd8018001u : 0);
	}
	return edc;
}
