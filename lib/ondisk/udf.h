/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Volume structures of ECMA-167 (3rd edition, part 3) and OSTA UDF (1.02 to 2.60):
 * tags, strings, times, and the descriptors that say what a volume is. All
 * numbers are little-endian; offsets in the comments are those of the standard. */
#ifndef ONDISK_UDF_H
#define ONDISK_UDF_H

#include <isokit/error.h>

enum { /* ECMA-167 3/7.2.1, 4/7.2.1 */
	ONDISK_UDF_SPARING = 0, /* UDF 2.2.12 gives its table no number */
	ONDISK_UDF_PRIMARY = 1,
	ONDISK_UDF_ANCHOR = 2,
	ONDISK_UDF_POINTER = 3,
	ONDISK_UDF_IMPLEMENTATION = 4,
	ONDISK_UDF_PARTITION = 5,
	ONDISK_UDF_LOGICAL = 6,
	ONDISK_UDF_UNALLOCATED = 7,
	ONDISK_UDF_TERMINATOR = 8,
	ONDISK_UDF_INTEGRITY = 9,
	ONDISK_UDF_FILE_SET = 256,
	ONDISK_UDF_FILE_IDENTIFIER = 257,
	ONDISK_UDF_ALLOCATION_EXTENT = 258,
	ONDISK_UDF_INDIRECT_ENTRY = 259,
	ONDISK_UDF_TERMINAL_ENTRY = 260,
	ONDISK_UDF_FILE_ENTRY = 261,
	ONDISK_UDF_SPACE_BITMAP = 264,
	ONDISK_UDF_EXTENDED_FILE_ENTRY = 266,
};

enum { ONDISK_UDF_TAG_BYTES = 16 };

struct ondisk_udf_tag {
	uint16_t id, version;
	uint16_t crc, crc_bytes; /* of the bytes behind the tag */
	uint32_t location; /* block where the descriptor says it lies */
};

/* Continue a CRC-ITU-T (polynomial 0x1021; begins with 0) over n bytes: 1/7.2.6. */
uint16_t ondisk_udf_crc(uint16_t crc, const uint8_t *p, size_t n);

/* The first 16 bytes of a descriptor. False when the checksum over them (3/7.2.3) is
 * wrong or all are zero. */
bool ondisk_udf_tag_parse(const uint8_t *raw, struct ondisk_udf_tag *ret_tag);

/* Tag and CRC of a whole descriptor of part 3. ISOKIT_E_SHORT below 512 bytes,
 * ISOKIT_E_NOT_ISO when the checksum over the tag is wrong, ISOKIT_E_CORRUPT when the
 * CRC over the body is. */
enum isokit_status ondisk_udf_tag_decode(const uint8_t *raw, size_t len,
					 struct ondisk_udf_tag *ret_tag,
					 struct isokit_error *err);

/* ECMA-167 3/7.1: bytes, then block of the volume. */
struct ondisk_udf_extent {
	uint32_t bytes, lba;
};

/* A dstring (1/7.2.12, UDF 2.1.1) of n bytes as UTF-8; `out` holds 2 * n + 4
 * bytes. Returns the bytes written, 0 for an empty or unknown string. */
size_t ondisk_udf_dstring(const uint8_t *raw, size_t n, char *out);

/* OSTA compressed unicode (UDF 2.1.1) without the count of a dstring: a byte with
 * the bits of each character (8 or 16; 254 and 255 in deleted entries), then the
 * characters. `out` holds 2 * n + 4 bytes. *ret_ok: the compression is known, and no
 * character is cut. */
size_t ondisk_udf_name(const uint8_t *raw, size_t n, char *out, bool *ret_ok);

/* A timestamp, 1/7.3: 12 bytes. False when it is no date; all zero is "not set".
 * A time zone that is not said counts as UTC. */
bool ondisk_udf_time_decode(const uint8_t *raw, struct isokit_time *ret_time);

/* The 23 bytes of an entity identifier (1/7.4) without the padding: how many. */
size_t ondisk_udf_entity_bytes(const uint8_t *raw32);

/* Is the identifier of a 32-byte entity identifier this one? */
bool ondisk_udf_entity_is(const uint8_t *raw32, const char *id);

/* The revision in the suffix of "*OSTA UDF Compliant" and of UDF's own identifiers
 * (UDF 2.1.5.3): 0x0102 is 1.02. */
uint16_t ondisk_udf_entity_revision(const uint8_t *raw32);

/* Main and reserve sequences of an anchor, 3/10.2. */
void ondisk_udf_anchor_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_main,
			      struct ondisk_udf_extent *ret_reserve);

/* The next extent of a sequence, 3/10.3. */
void ondisk_udf_pointer_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_next);

/* Which of several descriptors of one kind prevails: the one with the highest
 * number (3/8.4.3). Byte 16 of all of them. */
uint32_t ondisk_udf_sequence_number(const uint8_t *raw);

/* A primary volume descriptor, 3/10.1. Pointers reach into raw. */
struct ondisk_udf_primary {
	const uint8_t *id;             /* dstring of 32 bytes */
	const uint8_t *set_id;         /* dstring of 128 bytes */
	const uint8_t *application;    /* entity identifier */
	const uint8_t *implementation; /* entity identifier */
	const uint8_t *recorded;       /* timestamp */
};
void ondisk_udf_primary_decode(const uint8_t *raw, struct ondisk_udf_primary *ret_primary);

/* A partition, 3/10.5, in blocks of the volume. */
struct ondisk_udf_partition {
	uint16_t number;
	uint32_t access; /* 1 read only, 2 write once, 3 rewritable, 4 overwritable */
	uint32_t start, blocks;
	unsigned nsr;                    /* 2 or 3: the contents are "+NSR02" or "+NSR03" */
	struct ondisk_udf_extent bitmap; /* of unallocated space, in blocks of the
					  * partition: 4/14.3.2; 0 bytes: none */
};
void ondisk_udf_partition_decode(const uint8_t *raw, struct ondisk_udf_partition *ret_partition);

/* A logical volume, 3/10.6. */
struct ondisk_udf_logical {
	const uint8_t *id;    /* dstring of 128 bytes */
	uint32_t block_bytes;
	uint16_t revision;    /* 0x0102: UDF 1.02; 0 when the domain is not OSTA's */
	const uint8_t *implementation; /* entity identifier */
	uint32_t file_set_bytes, file_set_block; /* UDF 2.2.4.4 */
	uint16_t file_set_ref;
	struct ondisk_udf_extent integrity;
	uint32_t maps_bytes, n_maps;
	const uint8_t *maps;  /* to be read with ondisk_udf_map_decode(): within the block */
};
void ondisk_udf_logical_decode(const uint8_t *raw, struct ondisk_udf_logical *ret_logical);

/* A partition map, 3/10.7 and UDF 2.2.8 to 2.2.10. */
enum ondisk_udf_map_kind {
	ONDISK_UDF_MAP_PLAIN,
	ONDISK_UDF_MAP_VIRTUAL,
	ONDISK_UDF_MAP_SPARABLE,
	ONDISK_UDF_MAP_METADATA,
	ONDISK_UDF_MAP_UNKNOWN,
};

struct ondisk_udf_map {
	enum ondisk_udf_map_kind kind;
	uint16_t partition;     /* number of the partition that it lies in */
	uint16_t revision;      /* of type 2 */
	uint16_t packet_blocks; /* sparable */
	unsigned n_tables;      /* sparable: at most 4 */
	uint32_t table_bytes;   /* each */
	uint32_t tables[4];     /* blocks of the volume */
	uint32_t main, mirror, bitmap; /* metadata: blocks of the partition; ~0: none */
	bool duplicated;        /* metadata: the mirror has contents of its own */
};

/* Decode the map at the head of n bytes. Returns its length, 0 when there is none. */
size_t ondisk_udf_map_decode(const uint8_t *raw, size_t n, struct ondisk_udf_map *ret_map);

/* An integrity descriptor, 3/10.10 and UDF 2.2.6. */
struct ondisk_udf_integrity {
	const uint8_t *recorded; /* timestamp */
	uint32_t type;           /* 0 open, 1 closed */
	struct ondisk_udf_extent next;
	uint64_t next_unique_id;
	uint32_t n_partitions;
	const uint8_t *sizes;    /* of them, 4 bytes each, in blocks; NULL: out of reach */
	bool has_counts;         /* UDF's implementation use is there and in reach */
	const uint8_t *implementation;
	uint32_t files, directories;
	uint16_t min_read, min_write, max_write;
};
void ondisk_udf_integrity_decode(const uint8_t *raw, size_t len,
				 struct ondisk_udf_integrity *ret_integrity);

/* The head of a sparing table, UDF 2.2.12; the entries follow at byte 56, 8 bytes
 * each: block of the partition, block of the volume. False when it is none. */
enum { ONDISK_UDF_SPARING_HEAD = 56 };
bool ondisk_udf_sparing_decode(const uint8_t *raw, uint32_t *ret_entries, uint32_t *ret_sequence);

/* The head of a virtual allocation table, UDF 2.2.11, in 2.00 and later. False when it
 * is none: then it may be one of 1.50, which has a tail. */
struct ondisk_udf_vat {
	uint32_t head_bytes; /* before the first entry */
	uint32_t tail_bytes; /* behind the last */
	uint32_t previous;   /* block of the ICB of the one before; ~0: none */
	bool has_counts;
	uint32_t files, directories;
	uint16_t min_read, min_write, max_write;
	const uint8_t *id;   /* dstring of 128 bytes: the label now; or NULL */
};
bool ondisk_udf_vat_decode(const uint8_t *raw, size_t len, struct ondisk_udf_vat *ret_vat);

/* The last 36 bytes of one of UDF 1.50. */
enum { ONDISK_UDF_VAT_TAIL = 36 };
bool ondisk_udf_vat150_decode(const uint8_t *tail, struct ondisk_udf_vat *ret_vat);

#endif
