/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every decoder of System Use fields over an area. */
#ifndef FUZZ_FIELDS_H
#define FUZZ_FIELDS_H

#include <stdlib.h>

#include "ondisk/rrip.h"
#include "ondisk/susp.h"
#include "target.h"

static inline void look_at_field(const struct ondisk_field *field)
{
	const uint8_t *modified;
	bool is_long;
	struct both32 block;
	struct ondisk_px px;
	struct ondisk_pn pn;
	struct ondisk_nm nm;
	struct ondisk_zf zf;
	struct ondisk_ce ce;
	struct ondisk_er er;
	struct ondisk_sl sl;
	uint64_t bytes;
	size_t at = 5, last = 0;
	bool bad = false;

	/* Whatever the field says it is: a caller may ask about any. */
	(void)ondisk_px_decode(field, &px);
	(void)ondisk_pn_decode(field, &pn);
	if (ondisk_nm_decode(field, &nm))
		touch(nm.name, nm.bytes);
	(void)ondisk_cl_decode(field, &block);
	modified = ondisk_tf_modified_at(field, &is_long);
	if (modified)
		touch(modified, is_long ? 17 : 7);
	(void)ondisk_sf_decode(field, &bytes);
	(void)ondisk_zf_decode(field, &zf);
	(void)ondisk_ce_decode(field, &ce);
	if (ondisk_er_decode(field, &er))
		touch(er.id, er.id_bytes);
	while (ondisk_sl_next(field, &at, &sl, &bad)) {
		if (at <= last)
			abort();
		last = at;
		touch(sl.content, sl.bytes);
	}
}

static inline void look_at_fields(const uint8_t *area, size_t n)
{
	struct ondisk_field field;
	uint8_t skip;
	size_t at = 0;

	(void)ondisk_sp_decode(area, n, &skip);
	while (ondisk_field_next(area, n, &at, &field) == ONDISK_FIELD_OK) {
		touch(field.p, field.length);
		look_at_field(&field);
	}
}

#endif
