/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/squashfs_meta.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "volume/impl.h"

enum { SLOTS = 128, META_STORED = 0x8000 };

struct slot {
	uint64_t at, next; /* of the block, and of the one after it */
	size_t n;          /* 0: free */
	uint8_t *bytes;
};

struct squashfs_meta {
	struct gather *g;
	struct isokit_source *volume;
	struct codec *codec;
	enum codec_kind kind;
	struct slot slots[SLOTS];
};

/* Documentation/filesystems/squashfs.rst of Linux. */
bool squashfs_super_decode(const uint8_t raw[96], struct squashfs_super *ret)
{
	struct squashfs_super s = {
		.block_bytes = get_le32(raw + 12),
		.n_fragments = get_le32(raw + 16),
		.compression = get_le16(raw + 20),
		.n_ids = get_le16(raw + 26),
		.root = get_le64(raw + 32),
		.id_table = get_le64(raw + 48),
		.xattr_table = get_le64(raw + 56),
		.inode_table = get_le64(raw + 64),
		.directory_table = get_le64(raw + 72),
		.fragment_table = get_le64(raw + 80),
	};

	if (memcmp(raw, "hsqs", 4) != 0 || get_le16(raw + 28) != 4 || s.block_bytes < 4096 ||
	    s.block_bytes > UNITS_MAX_BYTES || s.block_bytes & (s.block_bytes - 1))
		return false;
	*ret = s;
	return true;
}

enum isokit_status squashfs_meta_new(struct gather *g, struct isokit_source *volume,
				     struct codec *codec, enum codec_kind kind, struct squashfs_meta **ret,
				     struct isokit_error *err)
{
	struct squashfs_meta *m = calloc(1, sizeof(*m));

	if (!m)
		return isokit_fail_nomem(err, "SquashFS", sizeof(*m));
	m->g = g;
	m->volume = volume;
	m->codec = codec;
	m->kind = kind;
	*ret = m;
	return ISOKIT_OK;
}

void squashfs_meta_free(struct squashfs_meta *m)
{
	for (size_t i = 0; m && i < SLOTS; i++)
		free(m->slots[i].bytes);
	free(m);
}

static const struct slot *block_at(struct squashfs_meta *m, uint64_t at)
{
	uint8_t head[2], in[SQUASHFS_META_BYTES];
	struct slot *s = &m->slots[(at ^ at >> 7 ^ at >> 13) % SLOTS];
	enum isokit_status st;
	size_t n, got;

	if (s->n && s->at == at)
		return s;
	if (!s->bytes)
		s->bytes = gather_alloc(m->g, SQUASHFS_META_BYTES);
	s->n = 0;
	if (!s->bytes || !volume_try_read(m->volume, at, head, sizeof(head)))
		return NULL;
	n = get_le16(head) & ~(unsigned)META_STORED;
	if (n == 0 || n > sizeof(in) || !volume_try_read(m->volume, at + 2, in, n))
		return NULL;
	if (get_le16(head) & META_STORED) {
		memcpy(s->bytes, in, n);
		got = n;
	} else {
		st = codec_run(m->codec, m->kind, in, n, s->bytes, SQUASHFS_META_BYTES, &got, NULL);
		if (st == ISOKIT_E_NOMEM)
			(void)gather_no_memory(m->g, 0);
		if (st)
			return NULL;
	}
	s->at = at;
	s->next = at + 2 + n;
	s->n = got;
	return got ? s : NULL;
}

bool squashfs_meta_read(struct squashfs_meta *m, struct squashfs_cursor *c, void *buffer,
			size_t bytes)
{
	uint8_t *to = buffer;

	while (bytes) {
		const struct slot *s = block_at(m, c->block);
		size_t n;

		if (!s || c->at > s->n)
			return false;
		n = (size_t)min_u64(bytes, s->n - c->at);
		memcpy(to, s->bytes + c->at, n);
		to += n;
		bytes -= n;
		c->at += (uint32_t)n;
		if (c->at == s->n) {
			if (s->n < SQUASHFS_META_BYTES && bytes)
				return false; /* only the last one is short */
			c->block = s->next;
			c->at = 0;
		}
	}
	return true;
}

bool squashfs_table_read(struct squashfs_meta *m, uint64_t index_at, uint64_t entry,
			 size_t entry_bytes, void *buffer)
{
	uint64_t per_block = SQUASHFS_META_BYTES / entry_bytes, at;
	uint8_t pointer[8];
	struct squashfs_cursor c = { .at = (uint32_t)((entry % per_block) * entry_bytes) };

	if (!add_u64(index_at, entry / per_block * 8, &at) ||
	    !volume_try_read(m->volume, at, pointer, sizeof(pointer)))
		return false;
	c.block = get_le64(pointer);
	return squashfs_meta_read(m, &c, buffer, entry_bytes);
}

enum isokit_status squashfs_block_expand(struct isokit_source *volume, struct codec *codec,
					 enum codec_kind kind, uint64_t at, uint32_t size,
					 uint8_t *out, size_t bytes, size_t *ret_bytes,
					 struct isokit_error *err)
{
	uint32_t n = size & (SQUASHFS_STORED - 1);
	enum isokit_status st;
	size_t got = 0;
	uint8_t *in;

	if (n > UNITS_MAX_BYTES)
		return isokit_fail(err, ISOKIT_E_CORRUPT, at, "SquashFS",
				   "a block is larger than it can be");
	if (size & SQUASHFS_STORED) {
		got = (size_t)min_u64(n, bytes);
		st = isokit_source_read_at(volume, at, out, got, err);
	} else {
		in = malloc(n ? n : 1);
		if (!in)
			return isokit_fail_nomem(err, "SquashFS", n);
		st = isokit_source_read_at(volume, at, in, n, err);
		if (!st && n)
			st = codec_run(codec, kind, in, n, out, bytes, &got, err);
		free(in);
	}
	if (!st)
		memset(out + got, 0, bytes - got);
	if (ret_bytes)
		*ret_bytes = got;
	return st;
}
