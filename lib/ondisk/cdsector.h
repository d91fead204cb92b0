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
/* Of bytes behind others whose code is `edc`. */
uint32_t ondisk_cd_edc_more(uint32_t edc, const uint8_t *p, size_t n);

/* What a sector of a data track turns out to be. */
enum ondisk_cd_state {
	ONDISK_CD_GOOD,      /* 2048 bytes, and the EDC is right */
	ONDISK_CD_UNCHECKED, /* 2048 bytes, and nobody wrote EDC and ECC: all zero */
	ONDISK_CD_EMPTY,     /* mode 0: zeros by definition */
	ONDISK_CD_FORM2,     /* 2324 bytes, of which 2048 would be a part */
	ONDISK_CD_NO_SYNC,   /* not a data sector */
	ONDISK_CD_BAD_MODE,  /* a mode that there is not */
	ONDISK_CD_BAD_EDC,   /* damaged */
};

/* Judge a sector. `raw` has its bytes from byte `skip` of the 2352 on: 0, 12 (no sync) or
 * 16 (no header either, so it is one of mode 2). *ret_user: where in `raw` its 2048
 * bytes begin; of damaged ones, where they would. */
enum ondisk_cd_state ondisk_cd_judge(const uint8_t *raw, unsigned skip, uint32_t *ret_user);

/* What the bytes of a sector from 12 on are XORed with on a disc (ECMA-130 annex B); some
 * programs keep them that way. */
void ondisk_cd_scrambler(uint8_t table[ONDISK_CD_RAW_BYTES - ONDISK_CD_SYNC_BYTES]);

/* Write the ECC of a sector of mode 1 or of mode 2 form 1 whose other bytes are there. */
void ondisk_cd_encode_ecc(uint8_t sector[ONDISK_CD_RAW_BYTES]);
void ondisk_cd_set_sync(uint8_t sector[ONDISK_CD_SYNC_BYTES]);

/* Repair a whole sector of mode 1 or mode 2 form 1 by its ECC (ECMA-130 14.5 and annex A:
 * one byte in each code word of P and Q, in turns). True when its EDC is right then. */
bool ondisk_cd_repair(uint8_t sector[ONDISK_CD_RAW_BYTES]);

#endif
