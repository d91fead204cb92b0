/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/apm.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"

uint16_t ondisk_apm_block_size(const uint8_t *raw)
{
	return raw[0] == 'E' && raw[1] == 'R' ? get_be16(raw + 2) : 0;
}

enum isokit_status ondisk_apm_entry_decode(const uint8_t *raw, size_t len,
					   struct ondisk_apm_entry *ret_entry,
					   struct isokit_error *err)
{
	static const char subject[] = "Apple partition map entry";
	struct ondisk_apm_entry e;

	if (len < APM_ENTRY_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 136 are needed", len);
	if (raw[0] != 'P' || raw[1] != 'M')
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no PM mark");
	e = (struct ondisk_apm_entry){
		.map_blocks = get_be32(raw + 4),
		.start = get_be32(raw + 8),
		.blocks = get_be32(raw + 12),
	};
	memcpy(e.name, raw + 16, 32);
	memcpy(e.type, raw + 48, 32);
	*ret_entry = e;
	return ISOKIT_OK;
}
