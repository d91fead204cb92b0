/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CloneCD's control files: sections and keys, as in INI files. */
#ifndef ONDISK_CCD_H
#define ONDISK_CCD_H

#include <isokit/error.h>

enum { ONDISK_CCD_CDTEXT_PACKS = 2048, ONDISK_CCD_CDTEXT_BYTES = 16 };

struct ondisk_ccd_track {
	bool set;         /* has an [Entry] or a [TRACK] */
	unsigned session;
	int mode;         /* 0: audio, 1, 2; -1: not said */
	unsigned control; /* bit 2: data */
	bool plba_set, index0_set, index1_set;
	int32_t plba, index0, index1;
	char isrc[16];
};

struct ondisk_ccd {
	struct ondisk_ccd_track tracks[100]; /* by number, from 1 */
	int32_t lead_out[100];               /* by session, from 1 */
	bool lead_out_set[100];
	unsigned n_tracks, n_sessions;
	bool scrambled;
	char catalog[16];
	uint8_t cdtext[ONDISK_CCD_CDTEXT_PACKS * ONDISK_CCD_CDTEXT_BYTES]; /* packs without CRC */
	size_t n_cdtext;                     /* of them */
};

/* @return ISOKIT_OK, ISOKIT_E_NOT_ISO (no [CloneCD] section), ISOKIT_E_CORRUPT */
enum isokit_status ondisk_ccd_decode(const char *text, size_t n, struct ondisk_ccd *ret,
				     struct isokit_error *err);

#endif
