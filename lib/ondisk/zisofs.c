/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/zisofs.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"

enum { HEADER_1_BYTES = 16, HEADER_2_BYTES = 24 };

static const uint8_t magic_1[8] = { 0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07 };
static const uint8_t magic_2[8] = { 0xef, 0x22, 0x55, 0xa1, 0xbc, 0x1b, 0x95, 0xa0 };

bool ondisk_zisofs_decode(const uint8_t *head, size_t n, struct ondisk_zisofs *ret)
{
	struct ondisk_zisofs z = { .version = 0 };

	if (n >= HEADER_1_BYTES && memcmp(head, magic_1, sizeof(magic_1)) == 0) {
		z.version = 1;
		z.bytes = get_le32(head + 8);
		z.header_bytes = head[12] * 4u;
		z.block_log2 = head[13];
		z.pointer_bytes = 4;
	} else if (n >= HEADER_2_BYTES && memcmp(head, magic_2, sizeof(magic_2)) == 0) {
		z.version = 2;
		z.header_bytes = head[9] * 4u;
		z.block_log2 = head[11];
		z.bytes = get_le64(head + 12);
		z.pointer_bytes = 8;
		if (head[10] != 1) /* not zlib */
			return false;
	} else {
		return false;
	}
	if (z.header_bytes < (z.version == 1 ? HEADER_1_BYTES : HEADER_2_BYTES) ||
	    z.block_log2 < 15 || z.block_log2 > (z.version == 1 ? 17 : 20))
		return false;
	*ret = z;
	return true;
}

uint64_t ondisk_zisofs_pointer(const struct ondisk_zisofs *z, const uint8_t *raw)
{
	return z->pointer_bytes == 4 ? get_le32(raw) : get_le64(raw);
}

uint64_t ondisk_zisofs_blocks(const struct ondisk_zisofs *z)
{
	return div_up(z->bytes, UINT64_C(1) << z->block_log2);
}
