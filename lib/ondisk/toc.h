/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptions of discs by cdrdao: the language of its manual page, "TOC FILES". */
#ifndef ONDISK_TOC_H
#define ONDISK_TOC_H

#include <isokit/error.h>

#include "ondisk/cdtext.h"

enum {
	ONDISK_TOC_MAX_TRACKS = 99,
	ONDISK_TOC_MAX_FILES = 100,
	ONDISK_TOC_MAX_PARTS = 1000,
	ONDISK_TOC_NAME = 512,
	ONDISK_TOC_MAX_INDEXES = 98, /* behind INDEX 01 */
};

/* A piece of a track: a range of a file, or zeros. Lengths and starts are bytes, of audio
 * samples of 4 bytes each. */
struct ondisk_toc_part {
	int file;          /* index; -1: zeros */
	bool sound;        /* FILE, AUDIOFILE: may be a WAVE file */
	bool swap;
	uint64_t offset;   /* bytes of the file, ahead of everything */
	uint64_t start;
	bool length_set;
	uint64_t length;
};

struct ondisk_toc_track {
	unsigned line;
	unsigned mode;          /* 0: audio, 1, 2 */
	bool form2;
	uint32_t sector_bytes;  /* with subchannels */
	unsigned first_part, n_parts;
	bool start_set, start_all; /* START without a time: all that is ahead of it */
	uint64_t start;         /* bytes ahead of INDEX 01: the pregap */
	uint64_t ahead;         /* bytes of the parts when START came */
	bool ahead_known;
	uint64_t pregap;        /* PREGAP: bytes of zeros ahead of the parts */
	uint64_t indexes[ONDISK_TOC_MAX_INDEXES]; /* bytes behind INDEX 01 */
	unsigned n_indexes;
	bool copy, preemphasis, four_channels;
	char text[ONDISK_CDTEXT_KINDS][ONDISK_CDTEXT_WORDS], isrc[16];
};

struct ondisk_toc {
	char files[ONDISK_TOC_MAX_FILES][ONDISK_TOC_NAME];
	unsigned n_files;
	struct ondisk_toc_part parts[ONDISK_TOC_MAX_PARTS];
	unsigned n_parts;
	struct ondisk_toc_track tracks[ONDISK_TOC_MAX_TRACKS];
	unsigned n_tracks;
	char catalog[16], text[ONDISK_CDTEXT_KINDS][ONDISK_CDTEXT_WORDS];
};

/* @return ISOKIT_OK; ISOKIT_E_NOT_ISO: has no TRACK; ISOKIT_E_CORRUPT: the text says where */
enum isokit_status ondisk_toc_decode(const char *text, size_t n, struct ondisk_toc *ret,
				     struct isokit_error *err);

#endif
