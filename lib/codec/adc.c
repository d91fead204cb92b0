/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple Data Compression: runs of literals, and matches of two lengths. */
#include <string.h>

#include "codec/impl.h"

enum isokit_status codec_adc(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t capacity,
			     size_t *ret_bytes, struct isokit_error *err)
{
	size_t from = 0, at = 0;

	while (from < in_bytes && at < capacity) {
		uint8_t head = in[from];
		size_t bytes, distance, need;

		if (head & 0x80) {
			bytes = (size_t)(head & 0x7f) + 1;
			need = 1 + bytes;
		} else {
			need = head & 0x40 ? 3 : 2;
			bytes = head & 0x40 ? (size_t)(head & 0x3f) + 4 : (size_t)(head >> 2) + 3;
		}
		if (need > in_bytes - from)
			return codec_fail_short(err, CODEC_ADC);
		if (bytes > capacity - at)
			return codec_fail_full(err, CODEC_ADC);
		if (head & 0x80) {
			memcpy(out + at, in + from + 1, bytes);
		} else {
			distance = head & 0x40 ? (size_t)in[from + 1] << 8 | in[from + 2] :
						 (size_t)(head & 3) << 8 | in[from + 1];
			if (distance + 1 > at)
				return codec_fail_damaged(err, CODEC_ADC);
			codec_copy_match(out, at, distance + 1, bytes, capacity);
		}
		at += bytes;
		from += need;
	}
	*ret_bytes = at;
	return ISOKIT_OK;
}
