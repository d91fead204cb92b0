/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CUE sheets: the commands of CDRWIN's manual, as programs really write them. */
#ifndef ONDISK_CUE_H
#define ONDISK_CUE_H

#include <isokit/error.h>

#include "ondisk/cdtext.h"

enum {
	ONDISK_CUE_MAX_FILES = 100,
	ONDISK_CUE_MAX_TRACKS = 99,
	ONDISK_CUE_NAME = 512,
	ONDISK_CUE_MAX_INDEXES = 98, /* behind INDEX 01 */
};

enum ondisk_cue_file_type {
	ONDISK_CUE_BINARY,
	ONDISK_CUE_MOTOROLA, /* samples big-endian */
	ONDISK_CUE_SOUND,    /* WAVE or AIFF */
	ONDISK_CUE_PACKED,   /* MP3 and the like */
};

struct ondisk_cue_file {
	char name[ONDISK_CUE_NAME];
	enum ondisk_cue_file_type type;
};

/* A place in a file, in frames of 1/75 s. */
struct ondisk_cue_index {
	bool set;
	unsigned file;
	uint32_t frame;
};

struct ondisk_cue_track {
	unsigned number, session, line;
	unsigned mode;            /* 0: audio, 1, 2 */
	uint32_t sector_bytes;
	unsigned file;            /* in force at TRACK */
	struct ondisk_cue_index index0, index1;
	uint32_t pregap, postgap; /* frames that are in no file */
	uint32_t more[ONDISK_CUE_MAX_INDEXES]; /* INDEX 02 and so on: frames behind INDEX 01 */
	unsigned n_more;
	bool four_channels, copy, preemphasis;
	char text[ONDISK_CDTEXT_KINDS][ONDISK_CDTEXT_WORDS], isrc[16];
};

struct ondisk_cue {
	struct ondisk_cue_file files[ONDISK_CUE_MAX_FILES];
	unsigned n_files;
	struct ondisk_cue_track tracks[ONDISK_CUE_MAX_TRACKS];
	unsigned n_tracks;
	char cdtext[ONDISK_CUE_NAME]; /* name of the file with CD-TEXT, or "" */
	char catalog[16], text[ONDISK_CDTEXT_KINDS][ONDISK_CDTEXT_WORDS];
	unsigned unknown;      /* lines with commands that are none */
	unsigned unknown_line; /* the first of them */
	unsigned bad_lines;    /* known commands without sense, that do not matter */
	unsigned bad_line;
};

/* Decode a sheet. Its lines may end as on any system; case does not matter; what does not
 * touch tracks and their places may be wrong.
 * @return ISOKIT_OK; ISOKIT_E_NOT_ISO: no sheet at all (no FILE and no TRACK);
 *         ISOKIT_E_CORRUPT: the text says which line */
enum isokit_status ondisk_cue_decode(const char *text, size_t n, struct ondisk_cue *ret,
				     struct isokit_error *err);

#endif
