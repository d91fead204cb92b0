/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the system use area beside SUSP: the attributes of CD-ROM XA
 * (System Description CD-ROM XA, 1991, II.2.7) and Apple's type and creator
 * ("Apple extensions to ISO 9660", technical note FL 36). Numbers are big-endian. */
#ifndef ONDISK_XA_H
#define ONDISK_XA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ONDISK_XA_BYTES = 14,
	ONDISK_XA_FORM1 = 0x0800,
	ONDISK_XA_FORM2 = 0x1000,
	ONDISK_XA_INTERLEAVED = 0x2000,
	ONDISK_XA_CDDA = 0x4000,
	ONDISK_XA_DIRECTORY = 0x8000,
	ONDISK_XA_VOLUME_MARK = 1024, /* byte of the primary descriptor: "CD-XA001" */
};

struct ondisk_xa {
	uint16_t group, user, attributes;
	uint8_t file_number;
};

/* At the head of the system use area? */
bool ondisk_xa_decode(const uint8_t *area, size_t n, struct ondisk_xa *ret_xa);

struct ondisk_apple {
	char type[5], creator[5]; /* four letters of MacRoman, others as '?' */
	uint16_t finder_flags;
};

/* AA with HFS information (14 bytes), or its forerunner BA (13 or 14). */
bool ondisk_apple_decode(const uint8_t *area, size_t n, struct ondisk_apple *ret_apple);

#endif
