/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <isokit/report.h>

#include <string.h>

#include "base/text.h"

size_t isokit_escape(const void *bytes, size_t length, char *buffer, size_t size)
{
	struct text t = { 0 };
	size_t n, fit;

	text_add_escaped(&t, bytes, length);
	n = t.failed ? 0 : t.n;
	fit = size == 0 ? 0 : n < size ? n : size - 1;
	/* Never half a character. */
	while (fit && fit < n && ((unsigned char)t.bytes[fit] & 0xc0) == 0x80)
		fit--;
	if (fit)
		memcpy(buffer, t.bytes, fit);
	if (size)
		buffer[fit] = '\0';
	text_free(&t);
	return n;
}
