/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple's sparse images (.sparseimage): bands of the disk in the order in which they were
 * first written to, behind index nodes that say which band each is. Numbers are
 * big-endian. */
#ifndef ONDISK_SPARSEIMAGE_H
#define ONDISK_SPARSEIMAGE_H

#include <isokit/error.h>

enum {
	SPARSEIMAGE_NODE_BYTES = 4096,
	SPARSEIMAGE_FIRST_BANDS = 1008, /* of the header */
	SPARSEIMAGE_MORE_BANDS = 1010,  /* of a further node */
};

struct ondisk_sparseimage {
	uint32_t version;
	uint64_t band_bytes;
	uint64_t sectors;   /* of 512 bytes, of the disk */
	uint64_t next_node; /* its offset; 0: none */
};

/* The header. ISOKIT_E_NOT_ISO: no sprs mark. ISOKIT_E_CORRUPT: sizes that cannot be. */
enum isokit_status ondisk_sparseimage_decode(const uint8_t *raw, size_t len,
					     struct ondisk_sparseimage *ret,
					     struct isokit_error *err);

/* Offset of the node behind a further node. */
uint64_t ondisk_sparseimage_next(const uint8_t *node);

/* The band that lies in place i behind a node; 0: none, else its number in the disk plus 1.
 * The places of a node follow it, each as large as a band. */
uint32_t ondisk_sparseimage_band(const uint8_t *node, bool header, unsigned i);

#endif
