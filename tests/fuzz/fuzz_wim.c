/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows images in parts. The last two bytes choose how large a part may be. Each part is read
 * in one piece and in small ones, and has a header and a table that hold. */
#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "stick/wim.h"
#include "target.h"

enum { HEADER = 208, ENTRY = 50, MAX_READ = 4 << 20 };

static uint64_t le56(const uint8_t *p)
{
	return get_le64(p) & UINT64_C(0x00ffffffffffffff);
}

static void expect_sound(struct isokit_source *part, unsigned number, size_t parts, uint64_t most)
{
	uint64_t size = isokit_source_size(part), table, bytes;
	uint8_t head[HEADER], entry[ENTRY];

	if (size > most || size < HEADER ||
	    isokit_source_read_at(part, 0, head, sizeof(head), NULL) != ISOKIT_OK)
		abort();
	table = get_le64(head + 56);
	bytes = le56(head + 48);
	if (get_le16(head + 40) != number || get_le16(head + 42) != parts || table < HEADER ||
	    bytes % ENTRY || table > size || bytes > size - table)
		abort();
	for (uint64_t at = 0; at < bytes && at < 1000 * ENTRY; at += ENTRY) {
		if (isokit_source_read_at(part, table + at, entry, sizeof(entry), NULL) != ISOKIT_OK ||
		    get_le64(entry + 8) < HEADER || get_le64(entry + 8) > table ||
		    le56(entry) > table - get_le64(entry + 8) || get_le16(entry + 24) != number)
			abort();
	}
}

/* The same, however it is read. */
static void expect_same(struct isokit_source *part)
{
	uint64_t size = isokit_source_size(part);
	uint8_t *all, piece[97];
	struct isokit_location l;

	if (size > MAX_READ)
		return;
	all = malloc((size_t)size);
	if (!all || isokit_source_read_at(part, 0, all, (size_t)size, NULL) != ISOKIT_OK)
		abort();
	for (uint64_t at = 0; at < size; at += sizeof(piece) + size / 500) {
		size_t n = size - at < sizeof(piece) ? (size_t)(size - at) : sizeof(piece);

		if (isokit_source_read_at(part, at, piece, n, NULL) != ISOKIT_OK ||
		    memcmp(piece, all + at, n) != 0)
			abort();
		isokit_source_locate(part, at, n, &l);
		if (l.length == 0 || l.length > n)
			abort();
	}
	free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct stick_options o = { .bytes = 1 << 30, .sector = 512 };
	uint64_t most = n < 2 ? 0 : (uint64_t)get_le16(bytes + n - 2) * 16;
	struct isokit_error err = { .text = "" };
	struct isokit_source *src = NULL;
	struct composer *c = NULL;
	struct wim_parts parts = { 0 };
	enum isokit_status st;

	if (isokit_source_from_memory(bytes, n, "fuzz", &src, NULL) || composer_new(&o, &c, NULL))
		abort();
	st = wim_split(c, src, "install.wim", most, &parts, &err);
	if (st && !err.text[0])
		abort();
	for (size_t i = 0; !st && i < parts.n; i++) {
		expect_sound(parts.parts[i], (unsigned)i + 1, parts.n, most);
		if (i < 4)
			expect_same(parts.parts[i]);
	}
	composer_free(c);
	isokit_source_close(src);
	return 0;
}
