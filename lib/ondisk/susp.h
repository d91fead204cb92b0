/* SPDX-License-Identifier: GPL-3.0-or-later */
/* System Use Sharing Protocol (IEEE P1281, SUSP 1.12): fields in the tail of a
 * directory record and in continuation areas. */
#ifndef ONDISK_SUSP_H
#define ONDISK_SUSP_H

#include <isokit/error.h>

#include "base/byteorder.h"

#define ONDISK_SIG(a, b) ((uint16_t)((unsigned)(a) << 8 | (unsigned)(b)))

struct ondisk_field {
	uint16_t signature; /* ONDISK_SIG('N', 'M') … */
	uint8_t length;     /* with the 4 bytes of the head, at least 4 */
	uint8_t version;
	const uint8_t *p;   /* the whole field, `length` bytes are there */
};

enum ondisk_field_result {
	ONDISK_FIELD_END,   /* no further field: fewer than 4 bytes, zeros, or ST */
	ONDISK_FIELD_OK,
	ONDISK_FIELD_SHORT, /* length 1 to 3, or 0 after a signature */
	ONDISK_FIELD_OVER,  /* longer than its area */
};

/* The field at *at of an area; advances *at past it on ONDISK_FIELD_OK. */
static inline enum ondisk_field_result ondisk_field_next(const uint8_t *area, size_t bytes,
							 size_t *at, struct ondisk_field *ret)
{
	const uint8_t *p = area + *at;

	/* SUSP 4: fewer than four bytes left are no field. */
	if (bytes < 4 || *at > bytes - 4)
		return ONDISK_FIELD_END;
	if (p[2] < 4)
		return (p[0] | p[1] | p[2]) == 0 ? ONDISK_FIELD_END : ONDISK_FIELD_SHORT;
	if (p[2] > bytes - *at)
		return ONDISK_FIELD_OVER;
	ret->signature = ONDISK_SIG(p[0], p[1]);
	ret->length = p[2];
	ret->version = p[3];
	ret->p = p;
	if (ret->signature == ONDISK_SIG('S', 'T'))
		return ONDISK_FIELD_END;
	*at += p[2];
	return ONDISK_FIELD_OK;
}

/* SP, SUSP 5.3: present at the head of an area? Gives the skip length. */
bool ondisk_sp_decode(const uint8_t *area, size_t bytes, uint8_t *ret_skip);

/* CE, SUSP 5.1. The big-endian length is not read: writers were seen that cut
 * the field before it. */
struct ondisk_ce {
	struct both32 block, offset, bytes;
};
bool ondisk_ce_decode(const struct ondisk_field *field, struct ondisk_ce *ret_ce);

/* ER, SUSP 5.5: the identifier of an extension. */
struct ondisk_er {
	const uint8_t *id;
	uint8_t id_bytes, version;
};
bool ondisk_er_decode(const struct ondisk_field *field, struct ondisk_er *ret_er);

#endif
