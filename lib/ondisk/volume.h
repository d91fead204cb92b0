/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume descriptors and dates: bytes to structs. No I/O, no allocation. */
#ifndef ONDISK_VOLUME_H
#define ONDISK_VOLUME_H

#include <isokit/error.h>

#include "base/byteorder.h"

enum {
	ONDISK_SECTOR_BYTES = 2048,
	ONDISK_VD_BOOT = 0,
	ONDISK_VD_PRIMARY = 1,
	ONDISK_VD_SUPPLEMENTARY = 2, /* version 2: enhanced */
	ONDISK_VD_PARTITION = 3,
	ONDISK_VD_TERMINATOR = 255,
};

/* Bytes inside the buffer that was decoded. */
struct ondisk_bytes {
	const uint8_t *p;
	size_t n;
};

/* The head that every sector of a volume recognition sequence begins with.
 * ECMA-119 8.1; ECMA-167 2/9.1; High Sierra has an 8-byte block number first. */
struct ondisk_vd_head {
	uint8_t type, version;
	char id[6]; /* NUL-terminated */
	bool high_sierra;
};

/* False when the sector carries no known identifier. len must be at least 2048. */
bool ondisk_vd_head_decode(const uint8_t *raw, size_t len, struct ondisk_vd_head *ret_head);

/* Primary, supplementary and enhanced descriptors. ECMA-119 8.4, 8.5. */
struct ondisk_volume {
	bool high_sierra;
	uint8_t type, version, flags;
	struct ondisk_bytes system_id, id, escapes;
	struct both32 space_blocks;
	struct both16 set_size, sequence_number, block_bytes;
	struct both32 path_table_bytes;
	uint32_t path_table_l, path_table_l_opt, path_table_m, path_table_m_opt;
	struct ondisk_bytes root; /* the 34-byte directory record */
	struct ondisk_bytes set_id, publisher_id, preparer_id, application_id;
	struct ondisk_bytes copyright_file_id, abstract_file_id, bibliographic_file_id;
	const uint8_t *created, *modified, *expires, *effective;
	struct ondisk_bytes application_use; /* 512 bytes at 883 */
};

/* Offsets inside the descriptor, for findings. */
enum {
	ONDISK_PVD_SPACE = 80,
	ONDISK_PVD_SET_SIZE = 120,
	ONDISK_PVD_SEQUENCE = 124,
	ONDISK_PVD_BLOCK = 128,
	ONDISK_PVD_PATH_TABLE_BYTES = 132,
	ONDISK_PVD_PATH_TABLE_L = 140,
	ONDISK_PVD_PATH_TABLE_M = 148,
	ONDISK_PVD_ROOT = 156,
	ONDISK_PVD_CREATED = 813,
};

/* ISOKIT_E_SHORT below 2048 bytes, ISOKIT_E_NOT_ISO for anything else. */
enum isokit_status ondisk_volume_decode(const uint8_t *raw, size_t len,
					struct ondisk_volume *ret_volume,
					struct isokit_error *err);

/* 16 digits and an offset (ECMA-119 8.4.26.1); High Sierra has no offset byte.
 * False when the bytes are no date; then, and for "not specified" (all zeros,
 * blanks or NUL), ret_time->set is false. */
bool ondisk_time17_decode(const uint8_t *raw, bool high_sierra, struct isokit_time *ret_time);

/* 7 binary bytes (ECMA-119 9.1.5), 6 in High Sierra. Result as above. */
bool ondisk_time7_decode(const uint8_t *raw, bool high_sierra, struct isokit_time *ret_time);

#endif
