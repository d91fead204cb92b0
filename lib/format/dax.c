/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DAX: frames of 8 KiB compressed with zlib, but for areas where that did not pay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/chunks.h"
#include "format/formats.h"
#include "ondisk/cso.h"

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_dax d;

	if (ondisk_dax_decode(p->head, p->head_bytes, p->size, &d, NULL))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "DAX at byte 0, version %u, %u frames", d.version,
		 d.n_frames);
	return 90;
}

/* The chunks, from three tables that are in `raw`. */
static enum isokit_status fill(const struct ondisk_dax *d, const uint8_t *raw,
			       uint64_t file_bytes, struct chunk *t, struct isokit_error *err)
{
	const uint8_t *sizes = raw + 4 * (size_t)d->n_frames;
	const uint8_t *areas = sizes + 2 * (size_t)d->n_frames;

	for (uint32_t i = 0; i < d->n_frames; i++) {
		uint64_t start = (uint64_t)i * DAX_FRAME_BYTES;

		t[i] = (struct chunk){ .start = start, .bytes = min_u64(DAX_FRAME_BYTES, d->bytes - start),
				       .kind = CHUNK_PACKED, .codec = CODEC_ZLIB,
				       .from = get_le32(raw + 4 * (size_t)i),
				       .packed = get_le16(sizes + 2 * (size_t)i) };
	}
	for (uint32_t i = 0; i < d->n_areas; i++) {
		uint32_t first = get_le32(areas + 8 * (size_t)i), n = get_le32(areas + 8 * (size_t)i + 4);

		if (!range_inside(first, n, d->n_frames))
			return isokit_fail(err, ISOKIT_E_CORRUPT, d->areas_offset + 8ull * i, "DAX",
					   "an area of frames lies outside the image");
		for (uint32_t k = first; k < first + n; k++)
			t[k].kind = CHUNK_STORED;
	}
	for (uint32_t i = 0; i < d->n_frames; i++)
		if (!range_inside(t[i].from, t[i].kind == CHUNK_STORED ? t[i].bytes : t[i].packed,
				  file_bytes))
			return isokit_fail(err, ISOKIT_E_CORRUPT, DAX_HEADER_BYTES + 4ull * i, "DAX",
					   "frame %u lies outside the file", i);
	return ISOKIT_OK;
}

static enum isokit_status open_dax(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct chunks_options o = { .name = isokit_source_name(p->src), .close = free,
				    .max_bytes = DAX_FRAME_BYTES };
	struct isokit_source *disk;
	enum isokit_status st;
	struct ondisk_dax d;
	struct chunk *t;
	uint8_t *raw;
	size_t bytes;

	st = ondisk_dax_decode(p->head, p->head_bytes, p->size, &d, err);
	if (st)
		return st;
	bytes = (size_t)(d.areas_offset - DAX_HEADER_BYTES) + 8 * (size_t)d.n_areas;
	raw = malloc(bytes);
	t = calloc(d.n_frames, sizeof(*t));
	if (raw && t)
		st = isokit_source_read_at(p->src, DAX_HEADER_BYTES, raw, bytes, err);
	else
		st = isokit_fail_nomem(err, "DAX", bytes);
	if (!st)
		st = fill(&d, raw, p->size, t, err);
	free(raw);
	o.size = d.bytes;
	o.table = t;
	o.n_chunks = d.n_frames;
	o.self = t;
	if (!st)
		st = chunks_new(p->src, &o, &disk, err);
	if (st) {
		free(t);
		return st;
	}
	return medium_set_disk(m, disk, err);
}

const struct format format_dax = {
	.name = "dax", .words = "compressed ISO (DAX)", .probe = probe, .open = open_dax,
};
