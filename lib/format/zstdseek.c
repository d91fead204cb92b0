/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zstd with a table of its frames at the end ("Zstandard Seekable Format", 0.1.0): read at any
 * place, without unpacking it first. */
#include <stdio.h>
#include <stdlib.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/chunks.h"
#include "format/formats.h"

enum { FOOTER_BYTES = 9, FRAME_HEAD_BYTES = 8, MAX_FRAMES = 1 << 21 };

#define FOOTER_MARK UINT32_C(0x8f92eab1)
#define TABLE_MARK UINT32_C(0x184d2a5e)
#define FRAME_MARK UINT32_C(0xfd2fb528)

struct table {
	uint32_t n_frames, entry_bytes;
	uint64_t offset; /* of the first entry; the frames end FRAME_HEAD_BYTES before it */
	uint64_t bytes;
};

/* The table as its footer and its own frame tell of it. */
static bool find_table(const struct format_probe *p, struct table *ret)
{
	const uint8_t *foot = p->tail + p->tail_bytes - FOOTER_BYTES;
	uint8_t head[FRAME_HEAD_BYTES];
	struct table t;

	if (p->head_bytes < 4 || p->tail_bytes < FOOTER_BYTES || get_le32(p->head) != FRAME_MARK ||
	    get_le32(foot + 5) != FOOTER_MARK || (foot[4] & 0x7c))
		return false;
	t.n_frames = get_le32(foot);
	t.entry_bytes = foot[4] & 0x80 ? 12 : 8;
	t.bytes = (uint64_t)t.n_frames * t.entry_bytes;
	if (t.n_frames == 0 || t.n_frames > MAX_FRAMES ||
	    t.bytes + FOOTER_BYTES + FRAME_HEAD_BYTES > p->size)
		return false;
	t.offset = p->size - FOOTER_BYTES - t.bytes;
	if (isokit_source_read_at(p->src, t.offset - FRAME_HEAD_BYTES, head, sizeof(head), NULL) ||
	    get_le32(head) != TABLE_MARK || get_le32(head + 4) != t.bytes + FOOTER_BYTES)
		return false;
	*ret = t;
	return true;
}

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct table t;

	if (!find_table(p, &t))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "frame at byte 0, table of %u frames at the end", t.n_frames);
	return 85;
}

/* The chunks of the table. False: it does not fit to the file, or is of frames too large to
 * be expanded whole. */
static bool fill(const struct table *t, const uint8_t *raw, struct chunk *chunks, size_t *ret_n,
		 struct chunks_options *o)
{
	uint64_t from = 0, start = 0;
	size_t n = 0;

	for (uint32_t i = 0; i < t->n_frames; i++) {
		uint32_t packed = get_le32(raw + (size_t)i * t->entry_bytes);
		uint32_t bytes = get_le32(raw + (size_t)i * t->entry_bytes + 4);

		if (bytes > CHUNKS_MAX_BYTES || packed > 2 * (uint64_t)bytes + 65536)
			return false;
		if (bytes)
			chunks[n++] = (struct chunk){ .start = start, .bytes = bytes, .kind = CHUNK_PACKED,
						      .from = from, .packed = packed,
						      .codec = CODEC_ZSTD };
		if (bytes > o->max_bytes)
			o->max_bytes = bytes;
		from += packed;
		start += bytes;
	}
	o->size = start;
	*ret_n = n;
	return from == t->offset - FRAME_HEAD_BYTES;
}

static enum isokit_status open_frames(struct isokit_medium *m, const struct format_probe *p,
				      struct isokit_error *err)
{
	struct chunks_options o = { .name = isokit_source_name(p->src), .close = free };
	struct isokit_source *disk;
	enum isokit_status st;
	struct chunk *chunks;
	struct table t;
	uint8_t *raw;

	if (!find_table(p, &t))
		return format_zstd.open(m, p, err);
	raw = malloc((size_t)t.bytes);
	chunks = calloc(t.n_frames, sizeof(*chunks));
	if (!raw || !chunks)
		st = isokit_fail_nomem(err, "zstd", (size_t)t.bytes);
	else
		st = isokit_source_read_at(p->src, t.offset, raw, (size_t)t.bytes, err);
	if (!st && !fill(&t, raw, chunks, &o.n_chunks, &o)) {
		free(raw);
		free(chunks);
		return format_zstd.open(m, p, err);
	}
	free(raw);
	o.table = chunks;
	o.self = chunks;
	if (!st)
		st = chunks_new(p->src, &o, &disk, err);
	if (st) {
		free(chunks);
		return st;
	}
	return medium_set_disk(m, disk, err);
}

const struct format format_zstd_seekable = {
	.name = "zstd",
	.words = "zstd file with a table of frames",
	.probe = probe,
	.open = open_frames,
};
