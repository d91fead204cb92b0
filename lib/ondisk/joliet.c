/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/joliet.h"

#include "base/text.h"

int ondisk_joliet_level(const uint8_t *escapes, size_t n)
{
	/* ISO 2022: designate UCS-2 level 1, 2, 3. Other sequences may stand
	 * before it, so every position counts. */
	for (size_t i = 0; i + 3 <= n; i++) {
		if (escapes[i] != '%' || escapes[i + 1] != '/')
			continue;
		switch (escapes[i + 2]) {
		case '@': return 1;
		case 'C': return 2;
		case 'E': return 3;
		default: break;
		}
	}
	return 0;
}

size_t ondisk_joliet_to_utf8(const uint8_t *raw, size_t n, char *out,
			     struct ondisk_joliet_oddity *ret_oddity)
{
	size_t used = 0;

	*ret_oddity = (struct ondisk_joliet_oddity){ .odd_length = n % 2 != 0 };
	for (size_t i = 0; i + 1 < n; i += 2) {
		uint32_t code = (uint32_t)raw[i] << 8 | raw[i + 1];

		if (code < 0x80) {
			out[used++] = (char)code;
			continue;
		}
		if (code >= 0xd800 && code < 0xe000) {
			uint32_t low = i + 3 < n ? (uint32_t)raw[i + 2] << 8 | raw[i + 3] : 0;

			if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			} else {
				code = 0xfffd;
				ret_oddity->lone_surrogate = true;
			}
		}
		used += utf8_encode(code, out + used);
	}
	return used;
}
