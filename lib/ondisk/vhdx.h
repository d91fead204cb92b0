/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHDX ([MS-VHDX]: Virtual Hard Disk v2). Numbers are little-endian; sections are those of
 * the specification. */
#ifndef ONDISK_VHDX_H
#define ONDISK_VHDX_H

#include <isokit/error.h>

enum {
	VHDX_UNIT = 1 << 20, /* offsets of data are multiples of it */
	VHDX_HEADER_BYTES = 4096,
	VHDX_REGION_BYTES = 64 * 1024,
	VHDX_METADATA_BYTES = 64 * 1024, /* of the table; items follow */

	/* 2.5.1.1: states of a block */
	VHDX_NOT_PRESENT = 0,
	VHDX_UNDEFINED = 1,
	VHDX_ZERO = 2,
	VHDX_UNMAPPED = 3,
	VHDX_UNMAPPED_OLD = 5, /* of drafts */
	VHDX_FULL = 6,
	VHDX_PARTIAL = 7,

	VHDX_LOG_SECTOR = 4096,
};

#define VHDX_HEADER_AT(i) ((uint64_t)((i) + 1) * 64 * 1024) /* 0, 1 */
#define VHDX_REGION_AT(i) ((uint64_t)((i) + 3) * 64 * 1024)

struct ondisk_vhdx_header { /* 2.2.2 */
	uint64_t sequence;
	uint8_t data_write_id[16], log_id[16];
	uint16_t log_version, version;
	uint32_t log_bytes;
	uint64_t log_at;
};

/* CRC-32C of n bytes, those of the checksum field (4 bytes at `at`) taken as zero. */
uint32_t ondisk_vhdx_crc(const uint8_t *raw, size_t n, size_t at);

/* Of VHDX_HEADER_BYTES. False: no mark, or its checksum is wrong. */
bool ondisk_vhdx_header_decode(const uint8_t *raw, struct ondisk_vhdx_header *ret);

struct ondisk_vhdx_regions { /* 2.2.3 */
	uint64_t bat_at, metadata_at;
	uint32_t bat_bytes, metadata_bytes; /* 0: not there */
	bool unknown; /* another one that must be understood */
};

/* Of VHDX_REGION_BYTES. False: no mark, or its checksum is wrong. */
bool ondisk_vhdx_regions_decode(const uint8_t *raw, struct ondisk_vhdx_regions *ret);

struct ondisk_vhdx_metadata { /* 2.6 */
	uint32_t block_bytes;
	bool has_parent;
	uint64_t bytes; /* of the disk */
	uint32_t sector_bytes;
	uint32_t locator_at, locator_bytes; /* of the parent, in the metadata; or 0 */
	bool unknown; /* an item that must be understood */
};

/* `raw` is the whole region, of `n` bytes. ISOKIT_E_CORRUPT: an item is missing, or cannot
 * be. */
enum isokit_status ondisk_vhdx_metadata_decode(const uint8_t *raw, size_t n,
					       struct ondisk_vhdx_metadata *ret,
					       struct isokit_error *err);

/* A value of the parent locator (2.6.2.6) as UTF-8. `out` has `out_bytes`; false where
 * there is no such key. */
bool ondisk_vhdx_locator_value(const uint8_t *raw, size_t n, const char *key, char *out,
			       size_t out_bytes);

struct ondisk_vhdx_log_entry { /* 2.3.1.1 */
	uint32_t bytes, tail, descriptors;
	uint64_t sequence, flushed_bytes, last_bytes;
};

/* The first 64 bytes of an entry. The checksum is that of the whole one. */
bool ondisk_vhdx_log_decode(const uint8_t *raw, const uint8_t log_id[16],
			    struct ondisk_vhdx_log_entry *ret);

#endif
