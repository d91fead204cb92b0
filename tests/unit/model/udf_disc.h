/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small UDF volume in memory, written descriptor by descriptor. */
#ifndef UNIT_MODEL_UDF_DISC_H
#define UNIT_MODEL_UDF_DISC_H

#include <isokit/image.h>

#include "ondisk/udf_file.h"

enum {
	UD_BLOCKS = 320, /* of the image */
	UD_UNIT = 2048,
	UD_MAIN = 32,    /* sectors of the volume structures */
	UD_RESERVE = 48,
	UD_INTEGRITY = 64,
	UD_SPARING = 68, /* both tables: 68, 70 */
	UD_START = 80,   /* of the partition */
	UD_LENGTH = 224,
	UD_ROOT = 1,     /* block of the file entry of the root */
	UD_ROOT_DATA = 2,
	UD_META_MAIN = 100, /* of the partition: file entry, then contents */
	UD_META_MIRROR = 140,
	UD_META_BLOCKS = 32,
	UD_VAT = 223,    /* the last block of the partition */
	UD_PACKET = 32,
	UD_SPARE = 192,  /* block of the partition where packet 0 really is */
};

enum ud_kind { UD_PLAIN, UD_SPARABLE, UD_VIRTUAL, UD_METADATA };

struct ud {
	uint8_t *bytes;
	uint64_t size;
	enum ud_kind kind;
	uint16_t ref;        /* of the partition that holds the file structures */
	uint16_t revision;
	uint32_t files, directories; /* for the integrity descriptor */
	size_t fid_at;       /* where the next identifier of the root goes */
	struct isokit_source *src;
	struct isokit_image *img;
};

/* An empty volume with a root folder. */
void ud_begin(struct ud *d, enum ud_kind kind);
void ud_end(struct ud *d);

/* A sector of the image; a block of the partition with the file structures, where it
 * really lies. */
uint8_t *ud_sector(struct ud *d, uint32_t sector);
uint8_t *ud_block(struct ud *d, uint32_t block);

/* Give the descriptor at p its tag, over so many bytes. */
void ud_tag(uint8_t *p, uint16_t id, uint32_t location, size_t bytes);

/* A file entry in a block, with room for what the test puts in. */
struct ud_entry {
	uint32_t block;
	uint8_t type;
	bool extended;
	enum ondisk_udf_ad_kind kind;
	uint64_t bytes;
	uint64_t blocks; /* 0: as many as the bytes need */
	const void *ads; /* allocation descriptors, or contents */
	size_t ads_bytes;
	uint16_t links; /* 0: 1 */
	uint16_t flags;
	const void *ea;
	size_t ea_bytes;
	uint16_t strategy; /* 0: 4 */
};
void ud_entry(struct ud *d, struct ud_entry e);

/* An identifier at p, of the name as it is recorded (its first byte counts bits).
 * Returns its length. */
size_t ud_fid(struct ud *d, uint8_t *p, const char *name, size_t name_bytes, uint32_t icb,
	      uint8_t characteristics, uint32_t location);

/* Add a name to the root, of 8-bit characters. */
void ud_add(struct ud *d, const char *name, uint32_t icb, uint8_t characteristics);

/* Allocation descriptors; return their length. */
size_t ud_short(uint8_t *p, uint32_t bytes, unsigned type, uint32_t block);
size_t ud_long(uint8_t *p, uint32_t bytes, unsigned type, uint32_t block, uint16_t ref);

/* Write the descriptors that count and check, and the image's source; open it. */
void ud_finish(struct ud *d);
void ud_open(struct ud *d);

/* All paths of a walk, " path" each, a '/' behind folders, "->target" behind links. */
const char *ud_list(struct ud *d);

/* The entry at a path; the test fails unless there is one. */
struct isokit_entry ud_at(struct ud *d, const char *path);

/* Counts the tree, then: how many findings of this code, the last of them. */
size_t ud_found(struct ud *d, enum isokit_finding_code code, struct isokit_finding *ret_finding);
/* Fails the test, with its code, when there is a finding. */
void ud_clean(struct ud *d);

#endif
