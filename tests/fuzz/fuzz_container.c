/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Containers of disks and discs: whatever the bytes are, they open or are refused, reads
 * agree with each other, and checksums can be asked for. */
#include <stdlib.h>
#include <string.h>

#include <isokit/medium.h>

#include "target.h"

enum { PIECE = 70001, MOST = 4 << 20 };

/* The same bytes at once and in parts, and where they are told to be zeros, they are. */
static void look(struct isokit_source *src)
{
	uint64_t size = isokit_source_size(src);
	uint8_t *whole = malloc(PIECE), *part = malloc(PIECE);

	if (!whole || !part)
		abort();
	for (uint64_t at = 0; at < size && at < MOST; at += PIECE) {
		size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
		struct isokit_location where;

		isokit_source_locate(src, at, n, &where);
		if (where.length == 0 || where.length > n)
			abort();
		if (isokit_source_read_at(src, at, whole, n, NULL))
			break;
		if (where.where == ISOKIT_WHERE_ZEROS)
			for (size_t i = 0; i < where.length; i++)
				if (whole[i])
					abort();
		if (isokit_source_read_at(src, at + n / 3, part, n / 3, NULL) ||
		    memcmp(part, whole + n / 3, n / 3) != 0)
			abort();
	}
	if (size)
		(void)isokit_source_read_at(src, size - 1, whole, 1, NULL);
	if (isokit_source_read_at(src, size, whole, 1, NULL) == ISOKIT_OK)
		abort();
	free(whole);
	free(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const uint8_t password[] = "secret";
	struct isokit_medium_options o = { .size = sizeof(o), .password = password,
					   .password_bytes = sizeof(password) - 1,
					   .scratch_folder = "/tmp" };
	const struct isokit_medium_facts *facts;
	struct isokit_source *src, *track;
	struct isokit_medium *m;
	uint64_t lost;
	size_t n_damages;

	if (isokit_source_from_memory(bytes, n, "fuzz", &src, NULL))
		return 0;
	if (isokit_medium_open_source(src, NULL, &o, &m, NULL)) {
		isokit_source_close(src);
		return 0;
	}
	facts = isokit_medium_facts(m);
	for (size_t i = 0; i < facts->n_layers; i++)
		touch(facts->layers[i].evidence, strlen(facts->layers[i].evidence));
	if (isokit_medium_disk(m))
		look(isokit_medium_disk(m));
	for (size_t i = 0; i < facts->n_tracks; i++)
		if (isokit_medium_track(m, i, &track, NULL) == ISOKIT_OK)
			look(track);
	if (!isokit_medium_disk(m) || isokit_source_size(isokit_medium_disk(m)) < MOST)
		(void)isokit_medium_verify(m, NULL, NULL);
	(void)isokit_medium_damages(m, &n_damages, &lost);
	isokit_medium_free(m);
	return 0;
}
