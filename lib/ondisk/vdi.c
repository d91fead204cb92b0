/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/vdi.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum isokit_status ondisk_vdi_decode(const uint8_t *raw, struct ondisk_vdi *ret,
				     struct isokit_error *err)
{
	static const char subject[] = "VDI header";

	if (get_le32(raw + VDI_MARK_AT) != UINT32_C(0xbeda107f))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, VDI_MARK_AT, subject, "no mark");
	*ret = (struct ondisk_vdi){
		.minor = get_le16(raw + 68),
		.major = get_le16(raw + 70),
	};
	if (ret->major != 1)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 68, subject,
				   "VDI version %u.%u: not supported", ret->major, ret->minor);
	ret->type = get_le32(raw + 76);
	ret->map_at = get_le32(raw + 340);
	ret->data_at = get_le32(raw + 344);
	ret->bytes = get_le64(raw + 368);
	ret->block_bytes = get_le32(raw + 376);
	ret->extra_bytes = get_le32(raw + 380);
	ret->blocks = get_le32(raw + 384);
	if (ret->block_bytes < 512 || ret->block_bytes % 512)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 376, subject, "blocks of %u bytes",
				   ret->block_bytes);
	if (div_up(ret->bytes, ret->block_bytes) > ret->blocks)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 384, subject,
				   "%u blocks are too few for %llu bytes", ret->blocks,
				   (unsigned long long)ret->bytes);
	return ISOKIT_OK;
}
