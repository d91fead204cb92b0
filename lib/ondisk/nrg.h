/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nero's images: data, then chunks (identifier, length, content; big-endian), then a footer
 * that tells where the chunks begin. Not public; by what all readers agree on. */
#ifndef ONDISK_NRG_H
#define ONDISK_NRG_H

#include <isokit/error.h>

enum {
	ONDISK_NRG_MAX_TRACKS = 99,
	ONDISK_NRG_FOOTER_BYTES = 12,
	ONDISK_NRG_MAX_CHUNK_BYTES = 1024 * 1024, /* of all chunks together */
};

/* What a footer of the last 12 bytes says. False: none. */
bool ondisk_nrg_footer(const uint8_t tail[ONDISK_NRG_FOOTER_BYTES], unsigned *ret_version,
		       uint64_t *ret_chunks);

struct ondisk_nrg_track {
	unsigned number, session;
	unsigned mode;           /* Nero's code */
	unsigned kind;           /* 0: audio, 1: mode 1, 2: mode 2 */
	uint32_t sector_bytes;
	uint64_t pregap, start, end; /* bytes of the file; pregap = start where none is stored */
	int32_t lba;             /* of INDEX 01; meaningful if lba_set */
	bool lba_set;
	char isrc[13];
};

struct ondisk_nrg {
	struct ondisk_nrg_track tracks[ONDISK_NRG_MAX_TRACKS];
	unsigned n_tracks, n_sessions;
	bool at_once;            /* disc at once, else track at once */
	char catalog[16];        /* 13 digits, or "" */
	const uint8_t *cdtext;   /* packs, in the chunks that were decoded; NULL: none */
	size_t cdtext_bytes;
	bool ended;              /* the last chunk is END! */
};

/* @return ISOKIT_OK, ISOKIT_E_CORRUPT, ISOKIT_E_UNSUPPORTED (a mode that is not known) */
enum isokit_status ondisk_nrg_decode(const uint8_t *chunks, size_t n, struct ondisk_nrg *ret,
				     struct isokit_error *err);

#endif
