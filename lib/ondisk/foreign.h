/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of what is no ISO 9660 image: archives, containers, file systems. */
#ifndef ONDISK_FOREIGN_H
#define ONDISK_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ondisk_foreign_kind {
	ONDISK_FOREIGN_PACKED,     /* compressed, encrypted, or an archive */
	ONDISK_FOREIGN_CONTAINER,  /* a disc image that holds plain or raw sectors somewhere */
	ONDISK_FOREIGN_VOLUME,     /* a file system or a partitioned disk */
	ONDISK_FOREIGN_OTHER,      /* no image at all */
};

struct ondisk_foreign {
	enum ondisk_foreign_kind kind;
	uint64_t offset; /* of the mark; in a tail: back from the end */
	size_t n; /* of bytes; arrays, so that nothing is relocated when a program starts */
	char bytes[40];
	char words[160]; /* what it is and what to do, after "FILE …" */
};

enum { ONDISK_FOREIGN_HEAD_BYTES = 72 * 1024, ONDISK_FOREIGN_TAIL_BYTES = 512 };

/* What the first bytes are a mark of, or NULL. */
const struct ondisk_foreign *ondisk_foreign_head(const uint8_t *head, size_t n);

/* What the last ONDISK_FOREIGN_TAIL_BYTES bytes are a mark of, or NULL. */
const struct ondisk_foreign *ondisk_foreign_tail(const uint8_t *tail);

#endif
