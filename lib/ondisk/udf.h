/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of ECMA-167 and OSTA UDF that says what a volume is: descriptor
 * tags, the anchor, and the fields of the volume descriptors. */
#ifndef ONDISK_UDF_H
#define ONDISK_UDF_H

#include <isokit/error.h>

enum { /* ECMA-167 3/7.2.1 */
	ONDISK_UDF_PRIMARY = 1,
	ONDISK_UDF_ANCHOR = 2,
	ONDISK_UDF_POINTER = 3,
	ONDISK_UDF_PARTITION = 5,
	ONDISK_UDF_LOGICAL = 6,
	ONDISK_UDF_TERMINATOR = 8,
};

struct ondisk_udf_tag {
	uint16_t id, version;
	uint32_t location; /* block where the descriptor says it lies */
};

/* ISOKIT_E_SHORT below 512 bytes, ISOKIT_E_NOT_ISO when the checksum over the
 * tag (3/7.2.3) is wrong, ISOKIT_E_CORRUPT when the CRC over the body is. */
enum isokit_status ondisk_udf_tag_decode(const uint8_t *raw, size_t len,
					 struct ondisk_udf_tag *ret_tag,
					 struct isokit_error *err);

/* ECMA-167 3/7.1: bytes, then block. */
struct ondisk_udf_extent {
	uint32_t bytes, lba;
};

/* Main and reserve sequences of an anchor, 3/10.2. */
void ondisk_udf_anchor_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_main,
			      struct ondisk_udf_extent *ret_reserve);

/* The next extent of a sequence, 3/10.3. */
void ondisk_udf_pointer_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_next);

/* A partition, 3/10.5, in blocks of the volume. */
struct ondisk_udf_partition {
	uint32_t access; /* 1 read only, 2 write once, 3 rewritable, 4 overwritable */
	uint32_t start, blocks;
};
void ondisk_udf_partition_decode(const uint8_t *raw, struct ondisk_udf_partition *ret_partition);

/* A logical volume, 3/10.6. */
struct ondisk_udf_logical {
	const uint8_t *id;    /* dstring of 128 bytes */
	uint32_t block_bytes;
	uint16_t revision;    /* 0x0102: UDF 1.02; 0 when the domain is not OSTA's */
};
void ondisk_udf_logical_decode(const uint8_t *raw, struct ondisk_udf_logical *ret_logical);

/* A dstring (1/7.2.12, UDF 2.1.1) of n bytes as UTF-8; `out` holds 3 * n / 2 + 4
 * bytes. Returns the bytes written, 0 for an empty or unknown string. */
size_t ondisk_udf_dstring(const uint8_t *raw, size_t n, char *out);

#endif
