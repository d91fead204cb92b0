/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header of a zisofs content. */
#ifndef AUTHOR_ZISOFS_H
#define AUTHOR_ZISOFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zisofs_header {
	unsigned version;      /* 1 or 2 */
	unsigned header_bytes;
	unsigned block_log2;
	uint64_t bytes;        /* expanded */
};

/* False when no such header of zlib compression begins there; 24 bytes are enough. */
bool zisofs_header_decode(const uint8_t *head, size_t n, struct zisofs_header *ret);

#endif
