/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes behind everything that the image announces. */
#include <stdlib.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/lint.h"

enum {
	CHUNK_BYTES = 256 * 1024,
	/* Writers add 150 sectors for drives that read ahead, or fill up a cylinder. */
	USUAL_BYTES = 2 * 1024 * 1024,
};

/* Read of a larger tail: its first and its last part. */
#define MOST_BYTES (UINT64_C(64) * 1024 * 1024)

static uint64_t claimed_end(const struct isokit_facts *f)
{
	uint64_t end = f->expected.bytes;

	for (size_t i = 0; i < f->n_sessions; i++)
		end = max_u64(end, (f->sessions[i].lba + f->sessions[i].blocks) * (uint64_t)SECTOR_BYTES);
	return end;
}

static enum isokit_status find_data(struct lint *l, uint8_t *chunk, uint64_t from, uint64_t end,
				    uint64_t *ret_at, bool *ret_found)
{
	*ret_found = false;
	while (from < end) {
		size_t n = (size_t)min_u64(CHUNK_BYTES, end - from), i = 0;
		enum isokit_status st;
		bool ok;

		st = lint_read(l, from, chunk, n, "end of the image", &ok);
		if (st || !ok)
			return st;
		if (!lint_is_zero(chunk, n)) {
			while (chunk[i] == 0)
				i++;
			*ret_at = from + i;
			*ret_found = true;
			return ISOKIT_OK;
		}
		from += n;
	}
	return ISOKIT_OK;
}

enum isokit_status lint_padding(struct lint *l)
{
	const struct isokit_facts *f = &l->img->facts;
	uint64_t from = claimed_end(f), at = 0;
	enum isokit_status st;
	uint8_t *chunk;
	bool found;

	/* Behind an image in a container come other tracks, or tables of the container. */
	if (f->format == ISOKIT_FORMAT_UDF || f->expected.bytes == 0 || f->container)
		return ISOKIT_OK;
	if (f->size % 512)
		lint_find(l, ISOKIT_F_IMAGE_PARTIAL_SECTOR, f->size - f->size % 512, f->size % 512, NULL,
			  f->size, 0);
	if (from >= f->size)
		return ISOKIT_OK;
	chunk = malloc(CHUNK_BYTES);
	if (!chunk)
		return isokit_fail_nomem(l->err, f->path, CHUNK_BYTES);
	st = find_data(l, chunk, from, min_u64(f->size, from + MOST_BYTES), &at, &found);
	if (!st && !found && f->size - from > MOST_BYTES)
		st = find_data(l, chunk, f->size - min_u64(MOST_BYTES, f->size - from - MOST_BYTES),
			       f->size, &at, &found);
	if (!st && found)
		lint_find(l, ISOKIT_F_IMAGE_TRAILING, at, f->size - at, NULL, f->size - from, from);
	else if (!st && f->size - from > USUAL_BYTES)
		lint_find(l, ISOKIT_F_IMAGE_PADDING, from, f->size - from, NULL, f->size - from, from);
	free(chunk);
	return st;
}
