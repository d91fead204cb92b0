/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FLAC (RFC 9639), by libFLAC: chunks of frames without a stream around them, which
 * codec_run_flac() does, and whole files, read at any place. */
#ifndef CODEC_FLAC_H
#define CODEC_FLAC_H

#include <isokit/error.h>

#include <stdbool.h>

enum { CODEC_FLAC_PAIR = 4 }; /* bytes of a sample of both channels */

/* Where the bytes of a file come from. */
struct codec_flac_input {
	enum isokit_status (*read_at)(void *ctx, uint64_t offset, void *buffer, size_t n,
				      struct isokit_error *err);
	uint64_t size;
	void *ctx;
};

struct codec_flac_facts {
	unsigned channels, bits, rate;
	uint64_t samples; /* of each channel; counted where the file does not say */
};

struct codec_flac;

/* Open a file of FLAC. `most`: a file that does not say how many samples it has is decoded to
 * count them, and ISOKIT_E_LIMIT if there are more. ISOKIT_E_UNSUPPORTED: no libFLAC;
 * ISOKIT_E_CORRUPT: no FLAC, or nothing in it. `input` is copied. */
enum isokit_status codec_flac_open(const struct codec_flac_input *input, const char *name,
				   uint64_t most, struct codec_flac **ret,
				   struct codec_flac_facts *ret_facts, struct isokit_error *err);
void codec_flac_close(struct codec_flac *f); /* NULL is allowed */

/* Samples [first, first + n) of a file of 16-bit stereo, as little-endian bytes, four for
 * each. One thread at a time. What cannot be decoded is zeros, and *ret_whole is false then;
 * fails only when the input does. */
enum isokit_status codec_flac_read(struct codec_flac *f, uint64_t first, size_t n, uint8_t *out,
				   bool *ret_whole, struct isokit_error *err);

#endif
