/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DiscJuggler's images: tracks one behind the other, then a description of them, then 8
 * bytes that tell where that begins. Little-endian; not public. */
#ifndef ONDISK_CDI_H
#define ONDISK_CDI_H

#include <isokit/error.h>

enum { ONDISK_CDI_MAX_TRACKS = 99, ONDISK_CDI_FOOTER_BYTES = 8 };

/* From the last 8 bytes: which version (2, 3 or 35), and where the description begins.
 * False: no such image. */
bool ondisk_cdi_footer(const uint8_t tail[ONDISK_CDI_FOOTER_BYTES], uint64_t file_bytes,
		       unsigned *ret_version, uint64_t *ret_at);

struct ondisk_cdi_track {
	unsigned session;
	unsigned mode;          /* 0: audio, 1, 2 */
	uint32_t sector_bytes;
	uint32_t pregap, sectors, total; /* total: what is stored, pregap included */
	int32_t lba;            /* of the pregap's end on the disc */
	uint64_t at;            /* of the pregap in the file */
};

struct ondisk_cdi {
	struct ondisk_cdi_track tracks[ONDISK_CDI_MAX_TRACKS];
	unsigned n_tracks, n_sessions;
	uint64_t end;           /* of the last track in the file */
};

/* @return ISOKIT_OK, ISOKIT_E_CORRUPT */
enum isokit_status ondisk_cdi_decode(const uint8_t *p, size_t n, unsigned version,
				     struct ondisk_cdi *ret, struct isokit_error *err);

#endif
