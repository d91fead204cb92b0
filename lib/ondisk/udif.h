/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple's UDIF disk images (.dmg): the trailer, the lists of block maps, and the block
 * maps. Numbers are big-endian. There is no standard; what is here was told by programs
 * that read and write them, and holds for images that hdiutil made. */
#ifndef ONDISK_UDIF_H
#define ONDISK_UDIF_H

#include <isokit/error.h>

enum {
	UDIF_TRAILER_BYTES = 512,
	UDIF_MAP_BYTES = 204, /* of a block map, ahead of its runs */
	UDIF_RUN_BYTES = 40,
	UDIF_SECTOR_BYTES = 512,

	UDIF_CHECKSUM_NONE = 0,
	UDIF_CHECKSUM_CRC28 = 1,
	UDIF_CHECKSUM_CRC32 = 2,
	UDIF_CHECKSUM_DC42 = 3, /* of Disk Copy 4.2 */
	UDIF_CHECKSUM_MD5 = 4,
	UDIF_CHECKSUM_SHA = 5, /* SHA-0 */
	UDIF_CHECKSUM_SHA1 = 6,
	UDIF_CHECKSUM_SHA256 = 7,
	UDIF_CHECKSUM_SHA384 = 8,
	UDIF_CHECKSUM_SHA512 = 9,
};

/* A checksum: its type, and as many bits as are used. */
struct ondisk_udif_checksum {
	uint32_t type, bits;
	uint8_t bytes[128];
};

struct ondisk_udif {
	uint32_t version, header_bytes, flags;
	uint64_t running_offset; /* of this segment's data in that of all segments */
	uint64_t data_offset, data_bytes;
	uint64_t fork_offset, fork_bytes; /* resource fork; 0 bytes: none */
	uint32_t segment, n_segments;     /* from 1; 0: it is the only one */
	uint8_t segment_id[16];
	struct ondisk_udif_checksum data_checksum, master_checksum;
	uint64_t xml_offset, xml_bytes;   /* property list; 0 bytes: none */
	uint32_t variant;                 /* 1: whole device, 2: a partition */
	uint64_t sectors;                 /* may be 0 */
};

/* The trailer, at the end of each segment. ISOKIT_E_NOT_ISO: no koly mark. */
enum isokit_status ondisk_udif_decode(const uint8_t *raw, size_t len, struct ondisk_udif *ret,
				      struct isokit_error *err);

/* ---- where the block maps are ------------------------------------------------------------ */

/* An entry of the list: its name, and its block map as base64 text or as bytes. Borrowed
 * from what is searched. */
struct ondisk_udif_entry {
	const char *name; /* not terminated */
	size_t name_bytes;
	const uint8_t *map;
	size_t map_bytes;
	bool base64;
};

/* A search; zero-initialise, then set `raw` and `len`. */
struct ondisk_udif_list {
	const uint8_t *raw;
	size_t len;
	size_t at;       /* where the search goes on */
	unsigned state;
	size_t left, refs; /* of a resource fork */
};

/* The next blkx entry of a property list (XML) or of a resource fork; false: no more. */
bool ondisk_udif_next_xml(struct ondisk_udif_list *l, struct ondisk_udif_entry *ret);
bool ondisk_udif_next_resource(struct ondisk_udif_list *l, struct ondisk_udif_entry *ret);

/* Decode base64 text, in which white space is skipped. `out` has room for three bytes of
 * every four characters, and three more. False: it is no base64. */
bool ondisk_base64(const uint8_t *text, size_t n, uint8_t *out, size_t *ret_bytes);

/* ---- block maps ----------------------------------------------------------------------------- */

struct ondisk_udif_map {
	uint64_t first_sector, sectors; /* of the disk */
	uint64_t data_offset;           /* added to the offsets of runs */
	uint32_t max_sectors;           /* that a run expands to, as the writer says */
	struct ondisk_udif_checksum checksum;
	uint32_t n_runs;                /* not more than there are bytes for */
};

/* The head of a block map. ISOKIT_E_CORRUPT when it claims more runs than follow. */
enum isokit_status ondisk_udif_map_decode(const uint8_t *raw, size_t len,
					  struct ondisk_udif_map *ret, struct isokit_error *err);

enum {
	UDIF_RUN_ZEROS = 0,
	UDIF_RUN_RAW = 1,
	UDIF_RUN_IGNORED = 2, /* free space: zeros that no checksum covers */
	UDIF_RUN_COMMENT = 0x7ffffffe,
};
/* Not in the enum, since they do not fit an int. */
#define UDIF_RUN_ADC UINT32_C(0x80000004)
#define UDIF_RUN_ZLIB UINT32_C(0x80000005)
#define UDIF_RUN_BZIP2 UINT32_C(0x80000006)
#define UDIF_RUN_LZFSE UINT32_C(0x80000007)
#define UDIF_RUN_LZMA UINT32_C(0x80000008)
#define UDIF_RUN_END UINT32_C(0xffffffff)

struct ondisk_udif_run {
	uint32_t type, comment;
	uint64_t sector, sectors; /* from the map's first sector on */
	uint64_t offset, bytes;   /* in the data fork */
};

/* Run number i of a map that was decoded; raw is the map. */
void ondisk_udif_run_decode(const uint8_t *raw, uint32_t i, struct ondisk_udif_run *ret);

#endif
