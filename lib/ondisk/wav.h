/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Audio files as discs have them: RIFF WAVE and AIFF, 16 bits, stereo, 44,100 Hz. */
#ifndef ONDISK_WAV_H
#define ONDISK_WAV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ONDISK_WAV_HEADER_BYTES = 44 };

/* The head of a WAVE file of so many bytes of CD samples (little-endian, as tracks give
 * them). More than its sizes can hold (4 GiB) is written as the most that they can. */
void ondisk_wav_header(uint64_t pcm_bytes, uint8_t out[ONDISK_WAV_HEADER_BYTES]);

struct ondisk_wav {
	uint64_t offset, bytes; /* of the samples in the file */
	bool big_endian;
	uint16_t channels, bits;
	uint32_t rate;
};

/* Find the samples of a WAVE or AIFF file by its first bytes; `file_bytes` is its size.
 * NULL, or why it is none. What has other than CD samples is decoded, too. */
const char *ondisk_wav_decode(const uint8_t *head, size_t n, uint64_t file_bytes,
			      struct ondisk_wav *ret);

/* What a file of sound is that is compressed: "MP3", "Monkey's Audio"; static. NULL: not known.
 * *ret_flac: it is FLAC, with or without a tag of ID3 ahead. */
const char *ondisk_sound_packed(const uint8_t *head, size_t n, bool *ret_flac);

/* 16 bits, two channels, 44,100 Hz? */
bool ondisk_wav_is_cd(const struct ondisk_wav *w);

#endif
