/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed ISOs with an index of blocks: CSO (versions 1 and 2), ZSO, DAX. Numbers are
 * little-endian. */
#ifndef ONDISK_CSO_H
#define ONDISK_CSO_H

#include <isokit/error.h>

enum {
	CSO_HEADER_BYTES = 24,
	DAX_HEADER_BYTES = 32,
	DAX_FRAME_BYTES = 8192,
	CSO_MIN_BLOCK = 512,
	CSO_MAX_BLOCK = 4 * 1024 * 1024,
};

struct ondisk_cso {
	bool lz4;            /* ZSO */
	uint64_t bytes;      /* of the image */
	uint32_t block_bytes;
	uint8_t version;     /* 0, 1: the high bit means stored; 2: LZ4 */
	uint8_t shift;       /* offsets are shifted left so much */
	uint64_t n_blocks;   /* the index has one entry more */
};

/* A CISO or ZISO header. ISOKIT_E_NOT_ISO: neither. ISOKIT_E_CORRUPT: block size or shift
 * cannot be, or the index would not fit into file_bytes. */
enum isokit_status ondisk_cso_decode(const uint8_t *raw, size_t len, uint64_t file_bytes,
				     struct ondisk_cso *ret, struct isokit_error *err);

struct ondisk_dax {
	uint32_t bytes, version, n_areas; /* areas of frames that are not compressed */
	uint32_t n_frames;
	uint64_t sizes_offset, areas_offset; /* of the tables; offsets follow the header */
};

enum isokit_status ondisk_dax_decode(const uint8_t *raw, size_t len, uint64_t file_bytes,
				     struct ondisk_dax *ret, struct isokit_error *err);

#endif
