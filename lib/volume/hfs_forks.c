/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/hfs_forks.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/pieces.h"
#include "volume/impl.h"

static const char subject[] = "HFS";

enum { EXTENTS_FILE_ID = 3 };

bool hfs_volume_open(struct isokit_source *src, struct hfs_volume *v)
{
	uint64_t at;

	*v = (struct hfs_volume){ .src = src };
	if (!volume_try_read(src, ONDISK_HFS_HEADER_AT, v->header, sizeof(v->header)) ||
	    ondisk_hfs_decode(v->header, &v->h, NULL))
		return false;
	if (v->h.kind == ONDISK_HFS && v->h.embeds) {
		uint8_t inner[ONDISK_HFS_HEADER_BYTES];
		struct ondisk_hfs h;

		at = v->h.first_block_at +
		     (uint64_t)v->h.embedded.start * v->h.block_bytes;
		if (volume_try_read(src, at + ONDISK_HFS_HEADER_AT, inner, sizeof(inner)) &&
		    !ondisk_hfs_decode(inner, &h, NULL) && h.kind != ONDISK_HFS) {
			v->base = at;
			v->h = h;
			memcpy(v->header, inner, sizeof(inner));
		}
	}
	v->plus = v->h.kind != ONDISK_HFS;
	return v->h.kind != ONDISK_HFS_NONE;
}

void hfs_volume_close(struct hfs_volume *v)
{
	free(v->overflow);
}

/* ---- forks --------------------------------------------------------------------------------- */

static bool add_extent(const struct hfs_volume *v, const struct ondisk_hfs_extent *e,
		       struct hfs_runs *out)
{
	const struct gather_run *last = out->n ? &out->items[out->n - 1] : NULL;
	struct gather_run run = {
		.at = last ? last->at + last->bytes : 0,
		.offset = v->base + v->h.first_block_at + (uint64_t)e->start * v->h.block_bytes,
		.bytes = (uint64_t)e->blocks * v->h.block_bytes,
	};

	if (!ARRAY_RESERVE(out->items, out->capacity, out->n + 1))
		return false;
	out->items[out->n++] = run;
	return true;
}

static int compare_overflow(const void *a, const void *b)
{
	const struct ondisk_hfs_overflow *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->resource != y->resource)
		return x->resource ? 1 : -1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static const struct ondisk_hfs_overflow *find_overflow(const struct hfs_volume *v, uint32_t file,
						       bool resource, uint32_t start)
{
	struct ondisk_hfs_overflow key = { .file = file, .resource = resource, .start = start };

	if (!v->n_overflow)
		return NULL;
	return bsearch(&key, v->overflow, v->n_overflow, sizeof(key), compare_overflow);
}

enum isokit_status hfs_fork_runs(const struct hfs_volume *v, const struct ondisk_hfs_fork *f,
				 uint32_t file, bool resource, struct hfs_runs *out)
{
	uint64_t need = div_up(f->bytes, v->h.block_bytes), have = 0;
	const struct ondisk_hfs_extent *e = f->extent;
	unsigned n = f->n;

	out->n = 0;
	while (have < need) {
		for (unsigned i = 0; i < n && have < need; i++) {
			if (e[i].blocks == 0)
				return ISOKIT_E_CORRUPT;
			if (!add_extent(v, &e[i], out))
				return ISOKIT_E_NOMEM;
			have += e[i].blocks;
		}
		if (have < need) {
			const struct ondisk_hfs_overflow *o =
				have <= UINT32_MAX ?
					find_overflow(v, file, resource, (uint32_t)have) : NULL;

			if (!o || o->n == 0)
				return ISOKIT_E_CORRUPT;
			e = o->extent;
			n = o->n;
		}
	}
	return ISOKIT_OK;
}

enum isokit_status hfs_fork_open(const struct hfs_volume *v, const struct ondisk_hfs_fork *f,
				 uint32_t file, bool resource, struct isokit_source **ret_src,
				 struct isokit_error *err)
{
	uint64_t size = isokit_source_size(v->src);
	struct bytes_piece *pieces;
	struct hfs_runs runs = { 0 };
	enum isokit_status st = hfs_fork_runs(v, f, file, resource, &runs);
	size_t n = 0;

	if (!st && runs.n == 0)
		st = ISOKIT_E_CORRUPT;
	pieces = calloc(runs.n + 1, sizeof(*pieces));
	if (!pieces && !st)
		st = ISOKIT_E_NOMEM;
	for (; !st && n < runs.n; n++) {
		const struct gather_run *r = &runs.items[n];

		if (!range_inside(r->offset, min_u64(r->bytes, f->bytes - r->at), size))
			st = ISOKIT_E_CORRUPT;
		pieces[n] = (struct bytes_piece){ .at = r->at, .offset = r->offset };
	}
	if (st == ISOKIT_E_NOMEM)
		st = isokit_fail_nomem(err, subject, n);
	else if (st)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				 "parts of file %u are missing or lie outside the volume", file);
	else
		st = bytes_pieces_new(v->src, pieces, n, f->bytes, ret_src, err);
	free(pieces);
	free(runs.items);
	return st;
}

/* ---- trees ------------------------------------------------------------------------------------ */

enum isokit_status hfs_tree_walk(struct isokit_source *tree,
				 bool (*visit)(void *ctx, const uint8_t *record, size_t bytes),
				 void *ctx, struct gather *spend, struct isokit_error *err)
{
	struct ondisk_hfs_tree t;
	uint8_t head[128], *node;
	enum isokit_status st;
	uint32_t at, next = 0, seen = 0;
	uint64_t left, steps = 0, mark = 1;
	bool more = true;

	if (!volume_try_read(tree, 0, head, sizeof(head)) || !ondisk_hfs_tree_decode(head, &t))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "has a tree without a header");
	node = gather_alloc(spend, t.node_bytes);
	if (!node)
		return isokit_fail_nomem(err, subject, t.node_bytes);
	left = isokit_source_size(tree) / t.node_bytes;
	st = ISOKIT_OK;
	for (at = t.first_leaf; !st && at && more; at = next) {
		unsigned n;

		/* A chain in circles comes back to where it was after 1, 2, 4 ... leaves: the size
		 * of a volume full of holes is no bound. */
		if (at == seen || left-- == 0 || (spend && !gather_spend(spend, t.node_bytes)) ||
		    isokit_source_read_at(tree, (uint64_t)at * t.node_bytes, node, t.node_bytes,
					  NULL)) {
			st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					 "has a tree whose leaves cannot all be read");
			break;
		}
		if (++steps == mark) {
			seen = at;
			mark *= 2;
		}
		n = ondisk_hfs_leaf_decode(node, t.node_bytes, &next);
		if (n == 0)
			break;
		for (unsigned i = 0; i < n && more; i++) {
			size_t bytes;
			const uint8_t *r = ondisk_hfs_leaf_record(node, t.node_bytes, i, &bytes);

			if (r)
				more = visit(ctx, r, bytes);
		}
	}
	free(node);
	return st;
}

static bool on_overflow(void *ctx, const uint8_t *record, size_t bytes)
{
	struct hfs_volume *v = ctx;

	if (!ARRAY_RESERVE(v->overflow, v->overflow_capacity, v->n_overflow + 1))
		return false;
	v->n_overflow += ondisk_hfs_overflow_decode(record, bytes, v->plus,
						    &v->overflow[v->n_overflow]);
	return true;
}

enum isokit_status hfs_volume_load_overflow(struct hfs_volume *v, struct gather *spend,
					    struct isokit_error *err)
{
	struct ondisk_hfs_fork f;
	struct isokit_source *tree;
	enum isokit_status st;

	ondisk_hfs_special_fork(v->header, v->plus, ONDISK_HFS_EXTENTS_FILE, &f);
	if (f.bytes == 0)
		return ISOKIT_OK;
	st = hfs_fork_open(v, &f, EXTENTS_FILE_ID, false, &tree, err);
	if (st == ISOKIT_E_CORRUPT)
		return ISOKIT_OK;
	if (st)
		return st;
	st = hfs_tree_walk(tree, on_overflow, v, spend, err);
	isokit_source_close(tree);
	if (st == ISOKIT_E_CORRUPT && !spend->status)
		st = ISOKIT_OK;
	if (v->n_overflow)
		qsort(v->overflow, v->n_overflow, sizeof(*v->overflow), compare_overflow);
	return st;
}
