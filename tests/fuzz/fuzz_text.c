/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as UTF-8: Joliet, UDF, and on their way to a terminal. */
#include <stdlib.h>
#include <string.h>

#include <isokit/report.h>

#include "ondisk/joliet.h"
#include "ondisk/udf.h"
#include "target.h"

/* Never more than promised, and always UTF-8. */
static void expect_utf8(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;

	for (size_t i = 0; i < n;) {
		size_t more = p[i] < 0x80 ? 0 : p[i] >= 0xf0 ? 3 : p[i] >= 0xe0 ? 2 : 1;

		if ((p[i] >= 0x80 && p[i] < 0xc2) || p[i] > 0xf4 || more > n - i - 1)
			abort();
		for (size_t k = 1; k <= more; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				abort();
		i += more + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct ondisk_joliet_oddity odd;
	size_t length;
	char *out;

	if (n > 4096)
		return 0;
	out = malloc(n * 8 + 64);
	if (!out)
		return 0;
	length = ondisk_joliet_to_utf8(bytes, n, out, &odd);
	if (length > n / 2 * 3 + 3)
		abort();
	expect_utf8(out, length);
	if (n >= 32)
		(void)ondisk_joliet_level(bytes, 32);
	if (n && n <= 255) {
		length = ondisk_udf_dstring(bytes, n, out);
		if (length > 2 * n + 4)
			abort();
		expect_utf8(out, length);
	}
	length = isokit_escape(bytes, n, out, n * 8 + 64);
	for (size_t i = 0; i < length && i < n * 8 + 63; i++)
		if ((uint8_t)out[i] < 0x20 || out[i] == 0x7f)
			abort();
	/* Cut off anywhere, it ends with a NUL. */
	(void)isokit_escape(bytes, n, out, n / 3 + 1);
	if (strlen(out) > n / 3)
		abort();
	free(out);
	return 0;
}
