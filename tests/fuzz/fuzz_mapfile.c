/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps of ddrescue: what is read is in order and without gaps, also after changes, and is
 * the same when it was written and read again. */
#include "base/text.h"
#include "convert/mapfile.h"
#include "target.h"

#include <stdlib.h>

static void expect_sound(const struct mapfile *m, uint64_t bytes)
{
	uint64_t at = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (m->areas[i].offset != at || m->areas[i].bytes == 0 ||
		    (i && m->areas[i].status == m->areas[i - 1].status))
			abort();
		at += m->areas[i].bytes;
	}
	if (at != bytes)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct mapfile m = { 0 }, again = { 0 };
	struct text text = { 0 };
	struct isokit_error err = { 0 };
	enum isokit_status st = mapfile_parse(&m, (const char *)bytes, n, "fuzz", &err);

	if (st == ISOKIT_OK) {
		uint64_t size = m.areas[m.n - 1].offset + m.areas[m.n - 1].bytes;

		expect_sound(&m, size);
		mapfile_format(&m, 0, '+', &text);
		if (mapfile_parse(&again, text.bytes, text.n, "again", NULL) != ISOKIT_OK ||
		    again.n != m.n)
			abort();
		expect_sound(&again, size);
		for (size_t i = 0; i + 4 < n && i < 400; i += 5) {
			uint64_t from = size / 256 * bytes[i], end = from + size / 256 * bytes[i + 1];

			if (from >= size)
				continue;
			end = end > size ? size : end;
			if (!mapfile_set(&again, from, end - from,
					 (enum mapfile_status)"?*/-+"[bytes[i + 2] % 5]))
				abort();
			expect_sound(&again, size);
		}
	} else if (!err.text[0]) {
		abort();
	}
	text_free(&text);
	mapfile_free(&m);
	mapfile_free(&again);
	return 0;
}
