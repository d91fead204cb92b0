/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw CD sectors: ECMA-130 14 (sync, header, mode) and the subheader of CD-ROM
 * XA. A sector is 2352 bytes; programs also keep parts of it. */
#ifndef ONDISK_CDSECTOR_H
#define ONDISK_CDSECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ONDISK_CD_SYNC_BYTES = 12,
	ONDISK_CD_HEADER_BYTES = 16,    /* sync, address, mode */
	ONDISK_CD_SUBHEADER_BYTES = 8,  /* four bytes, twice */
	ONDISK_CD_RAW_BYTES = 2352,
	ONDISK_CD_SUBMODE_FORM2 = 0x20, /* bit 5 of the submode: 2324 bytes of data */
};

/* The sync pattern that every data sector begins with: 00, ten FF, 00. */
bool ondisk_cd_is_sync(const uint8_t *p, size_t n);

/* Is this a subheader: two equal copies of file, channel, submode, coding? */
bool ondisk_cd_is_subheader(const uint8_t *p, size_t n);

/* The logical address in a header at the sync pattern: minute, second and frame
 * in BCD, 150 frames ahead of block 0. False where they are no BCD. */
bool ondisk_cd_address(const uint8_t *sync, int32_t *ret_lba);

/* The error detection code (ECMA-130 14.3 and annex A): x^32 + x^31 + x^16 + x^15
 * + x^4 + x^3 + x + 1, least significant bit first. In mode 1 over bytes 0 to
 * 2063, in mode 2 form 1 over 16 to 2071. */
uint32_t ondisk_cd_edc(const uint8_t *p, size_t n);

#endif
