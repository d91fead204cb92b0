/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trailer of a DMG, and of each piece of one. */
#include "format/dmg.h"

#include <string.h>

#include "base/checked.h"

static bool sensible(const uint8_t *p, size_t n, struct ondisk_udif *ret)
{
	return ondisk_udif_decode(p, n, ret, NULL) == ISOKIT_OK &&
	       ret->header_bytes == UDIF_TRAILER_BYTES;
}

/* Does the trailer belong to this file? A property list is where it says; what else could
 * be looked at is not always there. */
static bool is_confirmed(const struct format_probe *p, const struct ondisk_udif *u)
{
	char mark[5];

	return u->xml_bytes && range_inside(u->xml_offset, sizeof(mark), p->size) &&
	       isokit_source_read_at(p->src, u->xml_offset, mark, sizeof(mark), NULL) == ISOKIT_OK &&
	       (memcmp(mark, "<?xml", 5) == 0 || memcmp(mark, "<plis", 5) == 0);
}

bool dmg_find_trailer(const struct format_probe *p, struct ondisk_udif *ret, uint64_t *ret_offset)
{
	bool image = format_has_descriptor(p);

	/* At the very end; or with something added by whoever passed it on. */
	for (size_t back = UDIF_TRAILER_BYTES; back <= p->tail_bytes; back++) {
		const uint8_t *at = p->tail + p->tail_bytes - back;

		if (memcmp(at, "koly", 4) == 0 && sensible(at, back, ret) &&
		    (is_confirmed(p, ret) || (!image && back == UDIF_TRAILER_BYTES))) {
			*ret_offset = p->size - back;
			return true;
		}
	}
	*ret_offset = 0;
	return sensible(p->head, p->head_bytes, ret);
}
