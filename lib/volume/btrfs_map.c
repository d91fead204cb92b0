/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/btrfs_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "volume/impl.h"

static const char subject[] = "Btrfs";

/* ---- chunks ---------------------------------------------------------------------------------- */

static int by_logical(const void *a, const void *b)
{
	const struct ondisk_btrfs_chunk *x = a, *y = b;

	return x->logical < y->logical ? -1 : x->logical > y->logical;
}

static bool add_chunk(struct btrfs_map *m, const struct ondisk_btrfs_chunk *c)
{
	if (!ARRAY_RESERVE(m->chunks, m->chunks_capacity, m->n_chunks + 1)) {
		m->no_memory = true;
		return false;
	}
	m->chunks[m->n_chunks++] = *c;
	return true;
}

static bool on_chunk(void *ctx, const struct ondisk_btrfs_item *i)
{
	struct btrfs_map *m = ctx;
	struct ondisk_btrfs_chunk c;
	bool striped;

	return i->key.type != ONDISK_BTRFS_CHUNK ||
	       !ondisk_btrfs_chunk_decode(i->data, i->bytes, i->key.offset, m->b.device, &c,
					  &striped) ||
	       add_chunk(m, &c);
}

/* Those that the superblock has itself lead to the tree of all. */
static bool take_first_chunks(struct btrfs_map *m)
{
	size_t at = 0;

	while (m->b.chunks_bytes - at > ONDISK_BTRFS_KEY_BYTES) {
		struct ondisk_btrfs_chunk c;
		struct ondisk_btrfs_key key;
		bool striped;

		ondisk_btrfs_key_decode(m->b.chunks + at, &key);
		at += ONDISK_BTRFS_KEY_BYTES;
		if (key.type != ONDISK_BTRFS_CHUNK ||
		    !ondisk_btrfs_chunk_decode(m->b.chunks + at, m->b.chunks_bytes - at,
					       key.offset, m->b.device, &c, &striped) ||
		    !add_chunk(m, &c))
			return false;
		at += c.stored;
	}
	return m->n_chunks > 0;
}

bool btrfs_map_open(struct isokit_source *src, struct gather *spend, struct btrfs_map *m)
{
	bool ok;

	*m = (struct btrfs_map){ .src = src, .raw = gather_alloc(spend, ONDISK_BTRFS_SUPER_BYTES) };
	ok = m->raw &&
	     volume_try_read(src, ONDISK_BTRFS_SUPER_AT, m->raw, ONDISK_BTRFS_SUPER_BYTES) &&
	     ondisk_btrfs_decode(m->raw, &m->b) && take_first_chunks(m);
	if (ok) {
		m->doubtful = !ondisk_btrfs_is_sound(m->raw, ONDISK_BTRFS_SUPER_BYTES, m->b.sum_kind);
		qsort(m->chunks, m->n_chunks, sizeof(*m->chunks), by_logical);
		(void)btrfs_walk(m, m->b.chunk_root, spend, on_chunk, m, &m->doubtful);
		qsort(m->chunks, m->n_chunks, sizeof(*m->chunks), by_logical);
	}
	if (m->no_memory && spend)
		(void)gather_no_memory(spend, 0);
	return ok && !m->no_memory && !(spend && spend->status);
}

void btrfs_map_close(struct btrfs_map *m)
{
	free(m->raw);
	free(m->chunks);
}

/* The chunk with a range, or NULL. */
static const struct ondisk_btrfs_chunk *chunk_of(const struct btrfs_map *m, uint64_t address,
						 uint64_t bytes)
{
	size_t low = 0, high = m->n_chunks;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->chunks[mid].logical <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low && range_inside(address - m->chunks[low - 1].logical, bytes,
				   m->chunks[low - 1].bytes) ? &m->chunks[low - 1] : NULL;
}

uint64_t btrfs_place(const struct btrfs_map *m, uint64_t address, uint64_t bytes)
{
	const struct ondisk_btrfs_chunk *c = chunk_of(m, address, bytes);
	uint64_t at = c ? c->physical + (address - c->logical) : 0;

	return c && range_inside(at, bytes, isokit_source_size(m->src)) ? at : UINT64_MAX;
}

uint64_t btrfs_mirror(const struct btrfs_map *m, uint64_t address, uint64_t bytes)
{
	const struct ondisk_btrfs_chunk *c = chunk_of(m, address, bytes);
	uint64_t at;

	return c && add_u64(c->mirror, address - c->logical, &at) &&
			       range_inside(at, bytes, isokit_source_size(m->src)) ? at : UINT64_MAX;
}

/* ---- trees ------------------------------------------------------------------------------------- */

struct walk {
	const struct btrfs_map *m;
	struct gather *spend;
	bool (*visit)(void *ctx, const struct ondisk_btrfs_item *i);
	void *ctx;
	bool damaged, stopped, doubtful;
};

/* The node at an address: the copy whose checksum is right, or the first one. */
static bool read_node(struct walk *w, uint64_t address, uint8_t *raw, struct ondisk_btrfs_node *n)
{
	uint32_t bytes = w->m->b.node_bytes;
	uint64_t at = btrfs_place(w->m, address, bytes), mirror;
	bool there = at != UINT64_MAX && volume_try_read(w->m->src, at, raw, bytes);

	if (there && ondisk_btrfs_is_sound(raw, bytes, w->m->b.sum_kind) &&
	    ondisk_btrfs_node_decode(raw, bytes, address, n))
		return true;
	mirror = btrfs_mirror(w->m, address, bytes);
	if (mirror != UINT64_MAX && volume_try_read(w->m->src, mirror, raw, bytes) &&
	    ondisk_btrfs_is_sound(raw, bytes, w->m->b.sum_kind) &&
	    ondisk_btrfs_node_decode(raw, bytes, address, n))
		return true;
	w->doubtful = true;
	return there && volume_try_read(w->m->src, at, raw, bytes) &&
	       ondisk_btrfs_node_decode(raw, bytes, address, n);
}

static void walk_node(struct walk *w, uint64_t address, unsigned level, bool root)
{
	uint32_t bytes = w->m->b.node_bytes;
	uint8_t *raw = gather_alloc(w->spend, bytes);
	struct ondisk_btrfs_item i;
	struct ondisk_btrfs_node n;

	/* Levels descend by one each: there are no circles. */
	if (!raw || (w->spend && !gather_spend(w->spend, bytes)) ||
	    !read_node(w, address, raw, &n) || (!root && n.level != level)) {
		w->damaged = true;
		free(raw);
		return;
	}
	for (uint32_t k = 0; k < n.n && !w->stopped; k++) {
		if (n.level) {
			walk_node(w, ondisk_btrfs_child(&n, k), n.level - 1, false);
			w->stopped = w->stopped || (w->spend && w->spend->status);
		} else if (!ondisk_btrfs_item_decode(&n, k, &i)) {
			w->damaged = true;
		} else {
			w->stopped = !w->visit(w->ctx, &i);
		}
	}
	free(raw);
}

bool btrfs_walk(const struct btrfs_map *m, uint64_t root, struct gather *spend,
		bool (*visit)(void *ctx, const struct ondisk_btrfs_item *i), void *ctx,
		bool *ret_doubtful)
{
	/* Chunks are added while their tree is walked: places are looked up in those before. */
	struct btrfs_map before = *m;
	struct walk w = { .m = m, .spend = spend, .visit = visit, .ctx = ctx };

	before.chunks = gather_alloc(spend, m->n_chunks * sizeof(*m->chunks) + 1);
	if (!before.chunks)
		return false;
	memcpy(before.chunks, m->chunks, m->n_chunks * sizeof(*m->chunks));
	w.m = &before;
	walk_node(&w, root, 0, true);
	free(before.chunks);
	if (ret_doubtful && w.doubtful)
		*ret_doubtful = true;
	return !w.damaged;
}

/* ---- compressed extents ---------------------------------------------------------------------------- */

struct packed_extent {
	uint64_t place;
	uint32_t stored, expanded;
	enum ondisk_btrfs_compression how;
};

struct btrfs_packed {
	struct isokit_source *volume;
	struct isokit_source *units; /* of all extents */
	struct codec *codec;
	uint32_t sector_bytes;
	struct packed_extent *extents;
	size_t n, capacity;
};

enum { LZO_HEAD = 4, MOST_STORED = 256 * 1024 };

/* Pieces of a sector each with their lengths, which do not cross the end of a sector of the
 * compressed bytes. */
static enum isokit_status expand_lzo(struct codec *codec, uint32_t sector, const uint8_t *in,
				     size_t n, bool in_item, uint8_t *out, size_t bytes,
				     struct isokit_error *err)
{
	size_t at = LZO_HEAD, to = 0, got;
	enum isokit_status st = ISOKIT_OK;

	if (n >= LZO_HEAD)
		n = min_u64(n, get_le32(in));
	while (!st && to < bytes && n >= LZO_HEAD && n - at >= LZO_HEAD) {
		size_t left = sector - at % sector;
		uint32_t piece;

		if (!in_item && left < LZO_HEAD) {
			at += left;
			continue;
		}
		piece = get_le32(in + at);
		at += LZO_HEAD;
		if (piece > n - at)
			break;
		st = codec_run(codec, CODEC_LZO, in + at, piece, out + to,
			       min_u64(sector, bytes - to), &got, err);
		at += piece;
		to += st ? 0 : got;
		if (!st && got < sector)
			break;
	}
	memset(out + to, 0, bytes - to);
	return st;
}

enum isokit_status btrfs_expand(struct codec *codec, enum ondisk_btrfs_compression how,
				uint32_t sector_bytes, const uint8_t *in, size_t in_bytes,
				bool in_item, uint8_t *out, size_t bytes,
				struct isokit_error *err)
{
	enum isokit_status st;
	size_t got = 0;

	if (how == ONDISK_BTRFS_LZO)
		return expand_lzo(codec, sector_bytes, in, in_bytes, in_item, out, bytes, err);
	if (how != ONDISK_BTRFS_ZLIB && how != ONDISK_BTRFS_ZSTD)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "has a compression that is not known");
	st = codec_run(codec, how == ONDISK_BTRFS_ZLIB ? CODEC_ZLIB : CODEC_ZSTD, in, in_bytes,
		       out, bytes, &got, err);
	if (!st)
		memset(out + got, 0, bytes - got);
	return st;
}

static enum isokit_status expand_extent(void *file, uint64_t unit, uint8_t *out, size_t length,
					struct isokit_error *err)
{
	const struct btrfs_packed *p = file;
	const struct packed_extent *e;
	enum isokit_status st;
	uint8_t *in;

	if (unit >= p->n || length < p->extents[unit].expanded)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, subject,
				   "has no such extent");
	e = &p->extents[unit];
	in = malloc(e->stored);
	if (!in)
		return isokit_fail_nomem(err, subject, e->stored);
	st = isokit_source_read_at(p->volume, e->place, in, e->stored, err);
	if (!st)
		st = btrfs_expand(p->codec, e->how, p->sector_bytes, in, e->stored, false, out,
				  e->expanded, err);
	if (!st)
		memset(out + e->expanded, 0, length - e->expanded);
	free(in);
	return st;
}

/* The volume, and behind it the extents. A range lies in one of them: so they are added. */
static enum isokit_status joined_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct btrfs_packed *p = self;

	return offset >= BTRFS_PACKED ?
		       isokit_source_read_at(p->units, offset - BTRFS_PACKED, buffer, length, err) :
		       isokit_source_read_at(p->volume, offset, buffer, length, err);
}

static void joined_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret_location)
{
	const struct btrfs_packed *p = self;

	if (offset < BTRFS_PACKED && range_inside(offset, length, isokit_source_size(p->volume)))
		isokit_source_locate(p->volume, offset, length, ret_location);
	else
		*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1,
							  .length = length };
}

static const struct isokit_source_ops joined_ops = {
	.size = sizeof(joined_ops),
	.read_at = joined_read_at,
	.locate = joined_locate,
};

static void packed_free(void *object)
{
	struct btrfs_packed *p = object;

	free(p->extents);
	free(p);
}

enum isokit_status btrfs_packed_new(struct isokit_source *volume, struct volume_mount *m,
				    uint32_t sector_bytes, struct btrfs_packed **ret,
				    struct isokit_source **ret_src, struct isokit_error *err)
{
	struct btrfs_packed *p = calloc(1, sizeof(*p));
	struct units_file file = { .size = BTRFS_PACKED, .unit_bytes = BTRFS_MOST_EXPANDED,
				   .expand = expand_extent, .file = p };
	struct units *units;
	enum isokit_status st;

	if (!p)
		return isokit_fail_nomem(err, subject, sizeof(*p));
	p->volume = volume;
	p->sector_bytes = sector_bytes;
	st = volume_mount_at_end(m, packed_free, p, err);
	if (!st)
		st = units_new(m, &units, err);
	if (st)
		return st;
	p->codec = units_codec(units);
	st = units_source(units, &file, isokit_source_name(volume), &p->units, err);
	if (!st)
		st = volume_mount_keep(m, p->units, err);
	if (!st)
		st = isokit_source_new(&joined_ops, p, 2 * BTRFS_PACKED, isokit_source_name(volume),
				       ret_src, err);
	if (!st)
		st = volume_mount_keep(m, *ret_src, err);
	*ret = p;
	return st;
}

uint64_t btrfs_packed_add(struct btrfs_packed *p, uint64_t place, uint32_t stored,
			  uint32_t expanded, enum ondisk_btrfs_compression how)
{
	const struct packed_extent *last = p->n ? &p->extents[p->n - 1] : NULL;

	if (!last || last->place != place || last->expanded != expanded) {
		if (!ARRAY_RESERVE(p->extents, p->capacity, p->n + 1))
			return UINT64_MAX;
		p->extents[p->n++] = (struct packed_extent){ .place = place, .stored = stored,
							     .expanded = expanded, .how = how };
	}
	return BTRFS_PACKED + (p->n - 1) * (uint64_t)BTRFS_MOST_EXPANDED;
}
