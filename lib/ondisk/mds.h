/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alcohol 120%'s descriptors (.mds), version 1. Little-endian; not public, by what all
 * readers agree on. */
#ifndef ONDISK_MDS_H
#define ONDISK_MDS_H

#include <isokit/error.h>

enum { ONDISK_MDS_MAX_TRACKS = 99, ONDISK_MDS_MAX_FILES = 16, ONDISK_MDS_NAME = 512 };

struct ondisk_mds_track {
	unsigned number, session;
	unsigned mode;          /* low bits: 1 audio, 2 mode 1, 3 mode 2, 4 form 1, 5 form 2 */
	bool subchannels;       /* 96 bytes of each sector are those */
	uint32_t sector_bytes;  /* with them */
	int32_t lba;
	uint64_t at;            /* in the data files, one behind the other */
	bool sectors_set;
	uint32_t pregap, sectors;
	unsigned n_files;
	struct {
		uint32_t offset; /* of the name in the descriptor */
		bool wide;       /* UTF-16, else bytes */
	} files[ONDISK_MDS_MAX_FILES];
};

struct ondisk_mds {
	unsigned version, medium; /* of the medium: 0x10 and up are DVDs */
	unsigned n_sessions, n_tracks;
	struct ondisk_mds_track tracks[ONDISK_MDS_MAX_TRACKS];
};

bool ondisk_mds_is(const uint8_t *p, size_t n);

/* @return ISOKIT_OK, ISOKIT_E_NOT_ISO, ISOKIT_E_UNSUPPORTED (version 2), ISOKIT_E_CORRUPT */
enum isokit_status ondisk_mds_decode(const uint8_t *p, size_t n, struct ondisk_mds *ret,
				     struct isokit_error *err);

/* The name of a data file; "" when there is none. "*.mdf" means: with the name of the
 * descriptor. */
void ondisk_mds_name(const uint8_t *p, size_t n, uint32_t offset, bool wide,
		     char out[ONDISK_MDS_NAME]);

#endif
