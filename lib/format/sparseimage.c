/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Apple's sparse images: bands that were never written to are not there. */
#include "ondisk/sparseimage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/chunks.h"
#include "format/formats.h"

enum { MAX_NODES = 1 << 16 };

static const char subject[] = "sparse image";

struct bands {
	const struct ondisk_sparseimage *head;
	struct isokit_source *src;
	uint64_t size, disk_bytes;
	struct chunk *chunks;
	size_t n, capacity;
};

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (p->head_bytes < SPARSEIMAGE_NODE_BYTES || memcmp(p->head, "sprs", 4) != 0)
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "sprs at byte 0, with an index of bands");
	return 92;
}

/* The bands behind a node. */
static enum isokit_status add_node(struct bands *b, const uint8_t *node, uint64_t offset,
				   bool header, struct isokit_error *err)
{
	uint64_t band_bytes = b->head->band_bytes;
	unsigned n = header ? SPARSEIMAGE_FIRST_BANDS : SPARSEIMAGE_MORE_BANDS;

	for (unsigned i = 0; i < n; i++) {
		uint32_t band = ondisk_sparseimage_band(node, header, i);
		struct chunk c = { .kind = CHUNK_STORED };

		if (band == 0)
			continue;
		c.start = (band - 1) * band_bytes;
		c.from = offset + SPARSEIMAGE_NODE_BYTES + i * band_bytes;
		if (c.start >= b->disk_bytes)
			return isokit_fail(err, ISOKIT_E_CORRUPT, offset, subject,
					   "has band %u, which lies behind the end of the disk",
					   band - 1);
		c.bytes = min_u64(band_bytes, b->disk_bytes - c.start);
		if (!range_inside(c.from, c.bytes, b->size))
			return isokit_fail(err, ISOKIT_E_SHORT, c.from, subject,
					   "band %u lies outside the file: it is cut short, or its "
					   "index is damaged", band - 1);
		if (!ARRAY_RESERVE(b->chunks, b->capacity, b->n + 1))
			return isokit_fail_nomem(err, subject, sizeof(c));
		b->chunks[b->n++] = c;
	}
	return ISOKIT_OK;
}

static enum isokit_status add_nodes(struct bands *b, const uint8_t *header,
				    struct isokit_error *err)
{
	enum isokit_status st = add_node(b, header, 0, true, err);
	uint64_t next = b->head->next_node;
	uint8_t node[SPARSEIMAGE_NODE_BYTES];

	for (unsigned i = 0; !st && next; i++) {
		if (i == MAX_NODES || !range_inside(next, sizeof(node), b->size))
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "its index nodes lead outside the file, or have no end");
		st = isokit_source_read_at(b->src, next, node, sizeof(node), err);
		if (!st)
			st = add_node(b, node, next, false, err);
		if (!st && ondisk_sparseimage_next(node) <= next && ondisk_sparseimage_next(node))
			return isokit_fail(err, ISOKIT_E_CORRUPT, next, subject,
					   "an index node points backwards");
		next = ondisk_sparseimage_next(node);
	}
	return st;
}

static int compare(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static enum isokit_status open_sparse(struct isokit_medium *m, const struct format_probe *p,
				      struct isokit_error *err)
{
	struct chunks_options o = { .name = isokit_source_name(p->src), .close = free };
	struct ondisk_sparseimage head;
	struct bands b = { .head = &head, .src = p->src, .size = p->size };
	struct isokit_source *disk;
	enum isokit_status st;

	st = ondisk_sparseimage_decode(p->head, p->head_bytes, &head, err);
	if (st)
		return st;
	b.disk_bytes = head.sectors * 512;
	st = add_nodes(&b, p->head, err);
	if (!st && b.n)
		qsort(b.chunks, b.n, sizeof(*b.chunks), compare);
	o.size = b.disk_bytes;
	o.table = b.chunks;
	o.n_chunks = b.n;
	o.self = b.chunks;
	if (!st)
		st = chunks_new(p->src, &o, &disk, err);
	if (st) {
		free(b.chunks);
		return st;
	}
	return medium_set_disk(m, disk, err);
}

const struct format format_sparseimage = {
	.name = "sparseimage",
	.words = "Apple sparse image",
	.probe = probe,
	.open = open_sparse,
};
