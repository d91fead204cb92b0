/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VirtualBox disk images (VDI 1.1), as VirtualBox writes them. Numbers are little-endian. */
#ifndef ONDISK_VDI_H
#define ONDISK_VDI_H

#include <isokit/error.h>

enum {
	VDI_HEADER_BYTES = 512,
	VDI_MARK_AT = 64,

	VDI_DYNAMIC = 1,
	VDI_FIXED = 2,
	VDI_UNDO = 3,
	VDI_DIFFERENCING = 4,
};

#define VDI_UNUSED UINT32_C(0xffffffff) /* entry of the block map: the parent's, or zeros */
#define VDI_ZEROS UINT32_C(0xfffffffe)

struct ondisk_vdi {
	uint16_t major, minor;
	uint32_t type;
	uint32_t map_at, data_at; /* bytes from the start of the file */
	uint64_t bytes;           /* of the disk */
	uint32_t block_bytes, extra_bytes, blocks; /* extra: ahead of the data of each block */
};

/* Decode VDI_HEADER_BYTES. ISOKIT_E_NOT_ISO: no mark; ISOKIT_E_UNSUPPORTED: another version
 * than 1; ISOKIT_E_CORRUPT: blocks of a size that cannot be, or too few of them. */
enum isokit_status ondisk_vdi_decode(const uint8_t *raw, struct ondisk_vdi *ret,
				     struct isokit_error *err);

#endif
