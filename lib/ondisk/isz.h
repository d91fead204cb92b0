/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed images of three programs: ISZ (UltraISO; EZB Systems published it), DAA
 * (PowerISO) and UIF (MagicISO), which others described. Numbers are little-endian. */
#ifndef ONDISK_ISZ_H
#define ONDISK_ISZ_H

#include <isokit/error.h>

enum {
	ISZ_HEADER_BYTES = 48,  /* 64 with checksums */
	ISZ_ZEROS = 0, ISZ_STORED = 1, ISZ_ZLIB = 2, ISZ_BZIP2 = 3, /* of chunks */

	DAA_HEADER_BYTES = 76,
	DAA_ENTRY_BYTES = 3,

	UIF_TRAILER_BYTES = 64,
	UIF_TABLE_BYTES = 16,   /* head of the table, whose entries are compressed */
	UIF_ENTRY_BYTES = 24,
	UIF_STORED = 1, UIF_ZEROS = 3, UIF_ZLIB = 5,
};

struct ondisk_isz {
	uint8_t version, encryption;  /* 0: none */
	uint32_t sector_bytes, sectors;
	uint64_t segment_bytes;       /* 0: there is one segment */
	uint32_t n_chunks, chunk_bytes;
	uint8_t entry_bytes, segment;
	uint32_t table_offset, segments_offset, data_offset; /* 0: none */
	bool has_checksum;
	uint32_t checksum;            /* CRC32 of the image, inverted */
};

enum isokit_status ondisk_isz_decode(const uint8_t *raw, size_t len, struct ondisk_isz *ret,
				     struct isokit_error *err);

/* Undo the obfuscation of the tables. */
void ondisk_isz_clear(uint8_t *table, size_t n);

/* Kind and length of a chunk in a table that is clear. */
void ondisk_isz_entry(const uint8_t *table, uint8_t entry_bytes, uint32_t i, unsigned *ret_kind,
		      uint32_t *ret_bytes);

struct ondisk_daa {
	uint32_t table_offset, format, data_offset, chunk_bytes;
	uint64_t iso_bytes, file_bytes;
	bool encrypted, split; /* as the blocks between header and table say */
};

/* The header, and the blocks behind it as far as raw goes. */
enum isokit_status ondisk_daa_decode(const uint8_t *raw, size_t len, struct ondisk_daa *ret,
				     struct isokit_error *err);

/* Bytes of a chunk, from its three in the table of format 0x100. */
uint32_t ondisk_daa_entry(const uint8_t *entry);

struct ondisk_uif {
	uint16_t version, image_type;  /* 8: ISO, 9: mixed */
	uint32_t sectors, sector_bytes;
	uint64_t table_offset;
	bool password;
};

/* The trailer. */
enum isokit_status ondisk_uif_decode(const uint8_t *raw, struct ondisk_uif *ret,
				     struct isokit_error *err);

struct ondisk_uif_table {
	uint32_t packed, n_chunks;
	bool compressed;
};

enum isokit_status ondisk_uif_table_decode(const uint8_t *raw, struct ondisk_uif_table *ret,
					   struct isokit_error *err);

struct ondisk_uif_entry {
	uint64_t offset;
	uint32_t packed, sector, sectors, kind;
};

void ondisk_uif_entry_decode(const uint8_t *raw, struct ondisk_uif_entry *ret);

#endif
