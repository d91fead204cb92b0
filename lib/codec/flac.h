/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FLAC frames without a stream around them, as CHD has them: RFC 9639 section 9. */
#ifndef CODEC_FLAC_H
#define CODEC_FLAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode frames of 16-bit stereo until `samples` pairs have come out, as bytes of either
 * order (four for each pair). *ret_used: how many bytes of the input the frames took.
 * NULL, or what is wrong. */
const char *codec_flac_run(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t samples,
			   bool big_endian, size_t *ret_used);

#endif
