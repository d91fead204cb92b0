/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSO and ZSO: an index of blocks, each compressed by itself or stored. */
#include "ondisk/cso.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/chunks.h"
#include "format/formats.h"

struct cso {
	struct ondisk_cso head;
	struct isokit_source *inner;
	uint8_t *index; /* as it is in the file */
};

#define HIGH_BIT UINT32_C(0x80000000)

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_cso c;

	if (p->head_bytes < 4 || (memcmp(p->head, "CISO", 4) != 0 && memcmp(p->head, "ZISO", 4) != 0))
		return 0;
	if (ondisk_cso_decode(p->head, p->head_bytes, p->size, &c, NULL))
		snprintf(evidence, FORMAT_EVIDENCE, "%.4s at byte 0", (const char *)p->head);
	else
		snprintf(evidence, FORMAT_EVIDENCE, "%.4s at byte 0, version %u, %llu blocks of %u "
			 "bytes", (const char *)p->head, c.version, (unsigned long long)c.n_blocks,
			 c.block_bytes);
	return 95;
}

static uint64_t offset_of(const struct cso *c, uint64_t i)
{
	return (uint64_t)(get_le32(c->index + 4 * i) & ~HIGH_BIT) << c->head.shift;
}

static enum isokit_status find(void *self, uint64_t offset, struct chunk *ret,
			       struct isokit_error *err)
{
	const struct cso *c = self;
	uint64_t i = offset / c->head.block_bytes, room;
	bool high = get_le32(c->index + 4 * i) & HIGH_BIT;
	struct chunk k = { .start = i * c->head.block_bytes, .kind = CHUNK_PACKED };

	(void)err;
	k.bytes = min_u64(c->head.block_bytes, c->head.bytes - k.start);
	k.from = offset_of(c, i);
	room = offset_of(c, i + 1) - k.from; /* was checked */
	k.packed = (uint32_t)room;
	if (c->head.version == 2) {
		if (room >= c->head.block_bytes)
			k.kind = CHUNK_STORED;
		k.codec = high ? CODEC_LZ4_BLOCK : CODEC_DEFLATE;
	} else {
		if (high)
			k.kind = CHUNK_STORED;
		k.codec = c->head.lz4 ? CODEC_LZ4_BLOCK : CODEC_DEFLATE;
	}
	*ret = k;
	return ISOKIT_OK;
}

/* The last block may expand to a whole one, of which the image has a part. */
static enum isokit_status expand(void *self, struct chunks *chunks, const struct chunk *k,
				 uint8_t *out, struct isokit_error *err)
{
	const struct cso *c = self;
	struct chunk whole = *k;
	enum isokit_status st;
	uint8_t *block;

	if (k->bytes == c->head.block_bytes || chunks_expand(chunks, k, out, NULL) == ISOKIT_OK)
		return k->bytes == c->head.block_bytes ? chunks_expand(chunks, k, out, err) :
							 ISOKIT_OK;
	whole.bytes = c->head.block_bytes;
	block = malloc(whole.bytes);
	if (!block)
		return isokit_fail_nomem(err, "CSO", whole.bytes);
	st = chunks_expand(chunks, &whole, block, err);
	if (!st)
		memcpy(out, block, (size_t)k->bytes);
	free(block);
	return st;
}

static void release(void *self)
{
	struct cso *c = self;

	free(c->index);
	free(c);
}

/* Blocks follow each other, and lie inside the file. */
static enum isokit_status check_index(const struct cso *c, uint64_t file_bytes,
				      struct isokit_error *err)
{
	uint64_t most = (uint64_t)c->head.block_bytes * 2 + 4096 + (1u << c->head.shift);

	for (uint64_t i = 0; i < c->head.n_blocks; i++) {
		uint64_t at = offset_of(c, i), next = offset_of(c, i + 1);
		uint64_t start = i * c->head.block_bytes;
		uint64_t stored = min_u64(c->head.block_bytes, c->head.bytes - start);
		bool plain = c->head.version < 2 && (get_le32(c->index + 4 * i) & HIGH_BIT);

		if (next < at || next - at > most || at > file_bytes ||
		    (next > file_bytes && next - file_bytes >= 1u << c->head.shift) ||
		    (plain && !range_inside(at, stored, file_bytes)))
			return isokit_fail(err, ISOKIT_E_CORRUPT, CSO_HEADER_BYTES + 4 * i, "CSO",
					   "the index puts block %llu at bytes %llu to %llu of a file "
					   "of %llu", (unsigned long long)i, (unsigned long long)at,
					   (unsigned long long)next, (unsigned long long)file_bytes);
	}
	return ISOKIT_OK;
}

static enum isokit_status open_chunks(struct isokit_medium *m, const struct format_probe *p,
				      struct cso *c, bool *ret_taken, struct isokit_error *err)
{
	struct chunks_options o = { .name = isokit_source_name(p->src), .find = find,
				    .expand = expand, .close = release, .self = c };
	struct isokit_source *disk;
	enum isokit_status st;
	size_t bytes;

	*ret_taken = false;
	st = ondisk_cso_decode(p->head, p->head_bytes, p->size, &c->head, err);
	if (st)
		return st;
	bytes = (size_t)(c->head.n_blocks + 1) * 4;
	c->index = malloc(bytes);
	if (!c->index)
		return isokit_fail_nomem(err, "CSO", bytes);
	st = isokit_source_read_at(p->src, CSO_HEADER_BYTES, c->index, bytes, err);
	if (!st)
		st = check_index(c, p->size, err);
	if (st)
		return st;
	o.size = c->head.bytes;
	o.max_bytes = c->head.block_bytes;
	st = chunks_new(p->src, &o, &disk, err);
	if (st)
		return st;
	*ret_taken = true;
	return medium_set_disk(m, disk, err);
}

static enum isokit_status open_cso(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct cso *c = calloc(1, sizeof(*c));
	enum isokit_status st;
	bool taken;

	if (!c)
		return isokit_fail_nomem(err, "CSO", sizeof(*c));
	st = open_chunks(m, p, c, &taken, err);
	if (!taken)
		release(c);
	return st;
}

const struct format format_cso = {
	.name = "cso", .words = "compressed ISO (CSO or ZSO)", .probe = probe, .open = open_cso,
};
