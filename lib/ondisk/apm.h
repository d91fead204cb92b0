/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple partition map. Clauses are those of "Inside Macintosh: Devices",
 * chapter "SCSI Manager". Numbers are big-endian. */
#ifndef ONDISK_APM_H
#define ONDISK_APM_H

#include <isokit/error.h>

enum { APM_ENTRY_BYTES = 136 };

struct ondisk_apm_entry {
	uint32_t map_blocks;    /* pmMapBlkCnt: entries in the whole map */
	uint32_t start, blocks; /* pmPyPartStart, pmPartBlkCnt, in blocks of the map */
	char name[33], type[33];
};

/* Block 0: "ER" and the size of a block, or 0 when it is no such block. */
uint16_t ondisk_apm_block_size(const uint8_t *raw);

/* Decode the head of an entry ("PM"); ISOKIT_E_NOT_ISO when it is none. */
enum isokit_status ondisk_apm_entry_decode(const uint8_t *raw, size_t len,
					   struct ondisk_apm_entry *ret_entry,
					   struct isokit_error *err);

#endif
