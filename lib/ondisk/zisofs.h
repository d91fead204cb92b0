/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header of a zisofs content: blocks, each compressed by itself, behind a table that
 * says where each one begins (zisofs-tools; libisofs, doc/zisofs_format.txt and
 * doc/zisofs2_format.txt). */
#ifndef ONDISK_ZISOFS_H
#define ONDISK_ZISOFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ONDISK_ZISOFS_HEAD_BYTES = 24 }; /* enough to decode any */

struct ondisk_zisofs {
	unsigned version;       /* 1 or 2 */
	unsigned header_bytes;  /* the table of pointers begins there */
	unsigned block_log2;
	unsigned pointer_bytes; /* 4 or 8, little-endian */
	uint64_t bytes;         /* expanded */
};

/* False when no such header of zlib compression begins there. */
bool ondisk_zisofs_decode(const uint8_t *head, size_t n, struct ondisk_zisofs *ret);

/* A pointer of the table. */
uint64_t ondisk_zisofs_pointer(const struct ondisk_zisofs *z, const uint8_t *raw);

/* How many blocks it has; the table has one pointer more. */
uint64_t ondisk_zisofs_blocks(const struct ondisk_zisofs *z);

#endif
