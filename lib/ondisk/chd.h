/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MAME's Compressed Hunks of Data, version 5: header, map of hunks, metadata. Big-endian. */
#ifndef ONDISK_CHD_H
#define ONDISK_CHD_H

#include <isokit/error.h>

enum {
	ONDISK_CHD_HEADER_BYTES = 124,
	ONDISK_CHD_CODECS = 4,
	ONDISK_CHD_MAP_BYTES = 12,      /* of a hunk in the map that ondisk_chd_map() makes */
	ONDISK_CHD_META_BYTES = 16,     /* head of an entry of metadata */
	ONDISK_CHD_CD_UNIT = 2352 + 96, /* of CDs: a sector and its subchannels */
};

#define ONDISK_CHD_TAG(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct ondisk_chd {
	unsigned version;
	uint32_t codecs[ONDISK_CHD_CODECS]; /* tags; 0: none. All 0: nothing is compressed */
	uint64_t bytes;          /* of the content */
	uint64_t map, metadata;  /* where they are; metadata 0: none */
	uint32_t hunk_bytes, unit_bytes;
	uint64_t n_hunks;
	uint8_t raw_sha1[20];    /* of the content */
	bool has_parent;
};

bool ondisk_chd_is(const uint8_t *p, size_t n);

/* @return ISOKIT_OK, ISOKIT_E_SHORT, ISOKIT_E_NOT_ISO, ISOKIT_E_UNSUPPORTED (another
 *         version), ISOKIT_E_CORRUPT */
enum isokit_status ondisk_chd_decode(const uint8_t *p, size_t n, struct ondisk_chd *ret,
				     struct isokit_error *err);

/* ---- the map ------------------------------------------------------------------------------ */

enum ondisk_chd_kind {
	ONDISK_CHD_CODEC0, /* to CODEC3: compressed by that one */
	ONDISK_CHD_STORED = 4,
	ONDISK_CHD_SELF,   /* the same as another hunk: its number is in `offset` */
	ONDISK_CHD_PARENT,
};

struct ondisk_chd_hunk {
	enum ondisk_chd_kind kind;
	uint32_t length;
	uint64_t offset;
	uint16_t crc;
};

enum { ONDISK_CHD_MAP_HEAD = 16 };

/* How many bytes of compressed map follow its head of ONDISK_CHD_MAP_HEAD bytes. */
uint32_t ondisk_chd_map_bytes(const uint8_t *head);

/* Expand a compressed map (`packed` is what follows its head) into n_hunks entries of
 * ONDISK_CHD_MAP_BYTES bytes. ISOKIT_E_CORRUPT: also when its CRC differs. */
enum isokit_status ondisk_chd_map(const struct ondisk_chd *chd, const uint8_t *head,
				  const uint8_t *packed, size_t n, uint8_t *map,
				  struct isokit_error *err);
struct ondisk_chd_hunk ondisk_chd_hunk(const uint8_t *map, uint64_t hunk);

uint16_t ondisk_chd_crc(const uint8_t *p, size_t n);

/* ---- a codec of its own --------------------------------------------------------------------- */

enum { ONDISK_CHD_TABLE = 65536 };

/* "huff": bytes by a Huffman code of at most 16 bits. NULL, or what is wrong. `table` is for
 * its work. */
const char *ondisk_chd_huffman(const uint8_t *in, size_t in_bytes, uint16_t table[ONDISK_CHD_TABLE],
			       uint8_t *out, size_t n);

/* ---- metadata --------------------------------------------------------------------------------- */

struct ondisk_chd_meta {
	uint32_t tag, bytes;
	uint64_t next; /* 0: the last */
};

void ondisk_chd_meta_decode(const uint8_t head[ONDISK_CHD_META_BYTES], struct ondisk_chd_meta *ret);

struct ondisk_chd_track {
	unsigned number, frames, pregap, postgap, pad;
	unsigned mode;          /* 0: audio, 1, 2 */
	bool form2;
	uint32_t sector_bytes;  /* of those that are used in a unit of 2448 */
	bool pregap_stored;     /* the frames begin with it */
};

/* The text of a track's entry: CHTR, CHT2 or CHGD. False: no sense in it. */
bool ondisk_chd_track_decode(const char *text, size_t n, struct ondisk_chd_track *ret);

#endif
