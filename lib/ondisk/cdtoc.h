/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of contents of a disc as a drive tells it: READ TOC/PMA/ATIP, format 2 ("full
 * TOC"), of MMC-3 6.25. */
#ifndef ONDISK_CDTOC_H
#define ONDISK_CDTOC_H

#include <isokit/error.h>

enum {
	ONDISK_CDTOC_TRACKS = 99,
	ONDISK_CDTOC_CONTROL_DATA = 4, /* of a track's control: data, not audio */
};

struct ondisk_cdtoc_track {
	bool set;
	unsigned session; /* from 1 */
	unsigned control; /* four bits of the Q subchannel */
	int32_t lba;      /* of INDEX 01 */
};

struct ondisk_cdtoc {
	unsigned n_sessions;
	struct ondisk_cdtoc_track tracks[ONDISK_CDTOC_TRACKS + 1]; /* by number, from 1 */
	int32_t lead_out[ONDISK_CDTOC_TRACKS + 1]; /* by session, from 1; 0: not told */
};

/* @return ISOKIT_OK; ISOKIT_E_SHORT, ISOKIT_E_CORRUPT (no track, or a session or an address
 * that no disc has) */
enum isokit_status ondisk_cdtoc_decode(const uint8_t *raw, size_t n, struct ondisk_cdtoc *ret,
				       struct isokit_error *err);

/* Sectors of a track: to the next one of its session, or to the lead-out. 0: they cannot be
 * told. */
uint32_t ondisk_cdtoc_sectors(const struct ondisk_cdtoc *toc, unsigned track);

#endif
