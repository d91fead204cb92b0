/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directory records (ECMA-119 9.1) and path table records (9.4). */
#ifndef ONDISK_DIRECTORY_H
#define ONDISK_DIRECTORY_H

#include <isokit/error.h>

#include "base/byteorder.h"

enum { /* ECMA-119 9.1.6 */
	ONDISK_DR_HIDDEN = 0x01,
	ONDISK_DR_DIRECTORY = 0x02,
	ONDISK_DR_ASSOCIATED = 0x04,
	ONDISK_DR_RECORD = 0x08,
	ONDISK_DR_PROTECTION = 0x10,
	ONDISK_DR_MULTI_EXTENT = 0x80,
};

enum { ONDISK_DR_MIN_BYTES = 34, ONDISK_DR_MAX_BYTES = 255 };

struct ondisk_dirent {
	uint8_t length;       /* of the record, bytes */
	uint8_t xattr_blocks; /* extended attribute record before the data, logical blocks */
	uint8_t flags;
	uint8_t unit_blocks, gap_blocks; /* interleaving; 0 when there is none */
	uint8_t name_bytes, system_use_bytes;
	struct both32 lba;   /* logical blocks */
	struct both32 bytes; /* of this section's data */
	struct both16 volume;
	const uint8_t *date; /* for ondisk_time7_decode() */
	const uint8_t *name, *system_use;
};

/* `len` bytes are there, up to the end of the logical sector or the directory.
 * ISOKIT_E_SHORT: the record reaches over them; ISOKIT_E_CORRUPT: it is shorter
 * than its own head, or the name is longer than the record. */
enum isokit_status ondisk_dirent_decode(const uint8_t *raw, size_t len, bool high_sierra,
					struct ondisk_dirent *ret_dirent,
					struct isokit_error *err);

/* "." or ".." (ECMA-119 6.8.2.2)? */
static inline bool ondisk_dirent_is_dot(const struct ondisk_dirent *d)
{
	return d->name_bytes == 1 && d->name[0] <= 1;
}

struct ondisk_path_record {
	uint8_t xattr_blocks, name_bytes;
	uint16_t parent; /* number of a record, from 1 */
	uint32_t lba;
	const uint8_t *name;
	size_t length; /* of the record with its padding */
};

/* ISOKIT_E_SHORT when the record reaches over len, ISOKIT_E_CORRUPT when its
 * name has no byte. */
enum isokit_status ondisk_path_record_decode(const uint8_t *raw, size_t len, bool big_endian,
					     bool high_sierra,
					     struct ondisk_path_record *ret_record,
					     struct isokit_error *err);

#endif
