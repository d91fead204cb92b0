/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checksum tags of libisofs: one block each, a line of text (libisofs,
 * doc/checksums.txt). */
#ifndef VERIFY_TAGS_H
#define VERIFY_TAGS_H

#include "digest/digest.h"

enum tag_type {
	TAG_RELOCATED,  /* "rlsb32": the head of the image where a later session's
			 * descriptors were copied to block 16 */
	TAG_SUPERBLOCK, /* behind the volume descriptors */
	TAG_TREE,       /* behind the directories */
	TAG_SESSION,    /* behind everything */
};

struct tag {
	enum tag_type type;
	uint32_t pos, range_start, range_size; /* blocks of 2048 bytes */
	uint32_t next;      /* of the superblock and tree tags: where the next one is;
			     * of TAG_RELOCATED: where the session begins; else 0 */
	uint8_t md5[16];    /* of the range */
	uint8_t self[16];   /* of the line up to `self_bytes` */
	size_t self_bytes;
};

/* The line at the beginning of a block. False where no tag begins; *ret_damaged
 * when its first word is there and the rest cannot be read. */
bool tag_decode(const uint8_t *block, size_t n, struct tag *ret, bool *ret_damaged);

/* Value of the attribute isofs.ca of the root. */
struct checksum_area {
	uint32_t start, end; /* blocks that entry 0 is of; the array begins at `end` */
	uint32_t count;      /* of entries: files and two more */
	uint32_t size;       /* bytes of an entry */
	bool md5;
};
bool checksum_area_decode(const uint8_t *value, size_t n, struct checksum_area *ret);

#endif
