/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Virtual hard disks of Virtual PC and Windows ("Virtual Hard Disk Image Format
 * Specification", 1.0). Numbers are big-endian. */
#ifndef ONDISK_VHD_H
#define ONDISK_VHD_H

#include <isokit/error.h>

enum {
	VHD_FOOTER_BYTES = 512, /* 511 in files of before 2004 */
	VHD_HEADER_BYTES = 1024,
	VHD_SECTOR = 512,
	VHD_LOCATORS = 8,
	VHD_NAME_BYTES = 512,

	VHD_FIXED = 2,
	VHD_DYNAMIC = 3,
	VHD_DIFFERENCING = 4,
};

#define VHD_UNUSED UINT32_C(0xffffffff)
#define VHD_LOCATOR_RELATIVE UINT32_C(0x57327275) /* "W2ru" */

/* The footer; also the first sector of a file that is not of fixed size. */
struct ondisk_vhd_footer {
	uint64_t header_at; /* of the dynamic header; all ones for a fixed disk */
	uint64_t bytes;     /* current size */
	uint32_t type;
	uint8_t id[16];
	bool checksum_ok;
};

struct ondisk_vhd_locator {
	uint32_t platform, bytes;
	uint64_t at;
};

struct ondisk_vhd_header {
	uint64_t table_at;
	uint32_t table_entries, block_bytes;
	uint8_t parent_id[16];
	uint8_t parent_name[VHD_NAME_BYTES]; /* UTF-16BE, ends with a zero unit */
	struct ondisk_vhd_locator locators[VHD_LOCATORS];
	bool checksum_ok;
};

/* ISOKIT_E_NOT_ISO: no "conectix"; ISOKIT_E_SHORT below 85 bytes. */
enum isokit_status ondisk_vhd_footer_decode(const uint8_t *raw, size_t len,
					    struct ondisk_vhd_footer *ret,
					    struct isokit_error *err);

/* Of VHD_HEADER_BYTES. ISOKIT_E_NOT_ISO: no "cxsparse"; ISOKIT_E_CORRUPT: blocks of a size
 * that cannot be, or a table too large for any disk. */
enum isokit_status ondisk_vhd_header_decode(const uint8_t *raw, struct ondisk_vhd_header *ret,
					    struct isokit_error *err);

#endif
