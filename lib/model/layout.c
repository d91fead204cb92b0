/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every claim on bytes of an image, sorted, with equal ones made one region. */
#include "model/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/boot.h"

enum { MAX_INSIDE = 64 * 1024, MAX_INSIDE_PATHS = 4 * 1024 * 1024 };

const char *isokit_region_kind_name(enum isokit_region_kind kind)
{
	switch (kind) {
	case ISOKIT_REGION_BOOT_CODE: return "boot code";
	case ISOKIT_REGION_PARTITION_TABLE: return "partition table";
	case ISOKIT_REGION_DESCRIPTOR: return "descriptor";
	case ISOKIT_REGION_PATH_TABLE: return "path table";
	case ISOKIT_REGION_DIRECTORY: return "directory";
	case ISOKIT_REGION_ATTRIBUTES: return "attributes";
	case ISOKIT_REGION_FILE: return "file";
	case ISOKIT_REGION_UDF: return "UDF structure";
	case ISOKIT_REGION_HFS: return "HFS structure";
	case ISOKIT_REGION_CHECKSUM: return "checksum";
	case ISOKIT_REGION_CATALOG: return "boot catalog";
	case ISOKIT_REGION_BOOT_IMAGE: return "boot image";
	case ISOKIT_REGION_FAT: return "FAT file system";
	case ISOKIT_REGION_PARTITION: return "partition";
	case ISOKIT_REGION_SYSTEM_AREA: return "system area";
	case ISOKIT_REGION_SESSION: return "session";
	case ISOKIT_REGION_VOLUME: return "volume";
	case ISOKIT_REGION_GAP: return "gap";
	case ISOKIT_REGION_KINDS: break;
	}
	return "unknown";
}

/* ---- regions -------------------------------------------------------------------- */

static int by_place(const void *pa, const void *pb)
{
	const struct layout_claim *a = pa, *b = pb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->layer != b->layer)
		return a->layer > b->layer ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

static bool has_names(unsigned kind)
{
	return kind == ISOKIT_REGION_FILE || kind == ISOKIT_REGION_DIRECTORY;
}

static struct isokit_region *add_region(struct isokit_layout *l)
{
	if (!ARRAY_RESERVE(l->regions, l->capacity_regions, l->n_regions + 1))
		return NULL;
	l->regions[l->n_regions] = (struct isokit_region){ 0 };
	return &l->regions[l->n_regions++];
}

static bool same_run(const struct isokit_region *r, const struct layout_claim *c)
{
	return r->offset == c->offset && r->bytes == c->bytes && r->kind == c->kind &&
	       has_names(c->kind);
}

/* Continuation areas are pieces of a sector, one for each name: shown as a whole. */
static bool joins(const struct isokit_region *r, const struct layout_claim *c)
{
	return c->kind == ISOKIT_REGION_ATTRIBUTES &&
	       c->offset <= round_up(r->offset + r->bytes, SECTOR_BYTES);
}

/* File entries of UDF, and paths of symbolic links in them or behind them, are blocks
 * that follow each other: shown as a whole, too. The node of such a path is a name in
 * the tree, not a line in things. */
static bool is_entry(const struct layout_claim *c)
{
	return c->kind == ISOKIT_REGION_UDF &&
	       (c->node == LAYOUT_NO_NODE || (c->flags & LAYOUT_LINK));
}

enum isokit_status layout_regions(struct isokit_layout *l, struct isokit_error *err)
{
	size_t attributes = SIZE_MAX, entries = SIZE_MAX; /* the last regions of these */

	if (l->n_claims)
		qsort(l->claims, l->n_claims, sizeof(*l->claims), by_place);
	for (size_t i = 0; i < l->n_claims; i++) {
		const struct layout_claim *c = &l->claims[i];
		struct isokit_region *r = l->n_regions ? &l->regions[l->n_regions - 1] : NULL;

		if (attributes != SIZE_MAX && joins(&l->regions[attributes], c)) {
			struct isokit_region *a = &l->regions[attributes];

			a->bytes = max_u64(a->offset + a->bytes, c->offset + c->bytes) - a->offset;
			continue;
		}
		if (entries != SIZE_MAX && is_entry(c) &&
		    c->offset <= l->regions[entries].offset + l->regions[entries].bytes) {
			struct isokit_region *a = &l->regions[entries];

			a->bytes = max_u64(a->offset + a->bytes, c->offset + c->bytes) - a->offset;
			continue;
		}
		if (!r || !same_run(r, c)) {
			r = add_region(l);
			if (!r)
				return isokit_fail_nomem(err, l->img->facts.path, sizeof(*r));
			r->offset = c->offset;
			r->bytes = c->bytes;
			r->kind = (enum isokit_region_kind)c->kind;
			r->layer = (enum isokit_region_layer)c->layer;
			if (c->kind == ISOKIT_REGION_ATTRIBUTES)
				attributes = l->n_regions - 1;
			if (is_entry(c)) {
				entries = l->n_regions - 1;
				r->name = "UDF file entries";
			}
		}
		if (has_names(c->kind)) {
			if (r->n_names == 0)
				r->first_name = i;
			r->n_names++;
			r->namespaces |= 1u << l->trees[c->tree].ns;
		} else if (!is_entry(c) && c->node != LAYOUT_NO_NODE) {
			r->name = l->things[c->node].name;
			r->table = l->things[c->node].table;
			r->index = l->things[c->node].index;
			r->active = l->things[c->node].active;
		}
	}
	return ISOKIT_OK;
}

static int by_offset(const void *pa, const void *pb)
{
	const struct isokit_range *a = pa, *b = pb;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* A copy of the ranges, sorted, without overlaps. */
static enum isokit_status take_ranges(struct isokit_layout *l, struct isokit_error *err)
{
	size_t n = l->options.n_ranges, kept = 0;
	struct isokit_range *r;

	if (!l->options.ranges)
		return ISOKIT_OK;
	r = arena_array(&l->arena, n ? n : 1, sizeof(*r));
	if (!r)
		return isokit_fail_nomem(err, l->img->facts.path, n * sizeof(*r));
	memcpy(r, l->options.ranges, n * sizeof(*r));
	qsort(r, n, sizeof(*r), by_offset);
	for (size_t i = 0; i < n; i++) {
		uint64_t end, last;

		if (!r[i].bytes || !add_u64(r[i].offset, r[i].bytes, &end))
			continue;
		last = kept ? r[kept - 1].offset + r[kept - 1].bytes : 0;
		if (kept && r[i].offset <= last)
			r[kept - 1].bytes = max_u64(last, end) - r[kept - 1].offset;
		else
			r[kept++] = r[i];
	}
	l->options.ranges = r;
	l->options.n_ranges = kept;
	return ISOKIT_OK;
}

/* ---- inside FAT file systems ------------------------------------------------------ */

struct inside_walk {
	struct isokit_layout *l;
	uint64_t fat_offset;
	const char *path; /* kept last, of the file that is being told */
	size_t path_bytes;
	bool failed;
};

static bool keep_inside(void *ctx, const struct boot_fat_run *run)
{
	struct inside_walk *w = ctx;
	struct isokit_layout *l = w->l;

	if (!run->same_path)
		w->path = NULL;
	if (!layout_wants(l, run->offset, run->bytes))
		return true;
	if (run->path && !w->path) {
		size_t n = strlen(run->path);

		w->path = arena_strndup(&l->arena, run->path, n);
		w->path_bytes += n;
	}
	if ((run->path && !w->path) ||
	    !ARRAY_RESERVE(l->inside, l->capacity_inside, l->n_inside + 1)) {
		w->failed = true;
		return false;
	}
	l->inside[l->n_inside++] = (struct isokit_inside){
		.offset = run->offset, .bytes = run->bytes, .fat_offset = w->fat_offset,
		.kind = run->kind, .path = run->path ? w->path : NULL,
		.file_offset = run->file_offset,
	};
	return l->n_inside < MAX_INSIDE && w->path_bytes < MAX_INSIDE_PATHS;
}

static int inside_by_place(const void *pa, const void *pb)
{
	const struct isokit_inside *a = pa, *b = pb;

	if (a->fat_offset != b->fat_offset)
		return a->fat_offset < b->fat_offset ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static enum isokit_status look_inside(struct isokit_layout *l, struct isokit_error *err)
{
	const struct isokit_facts *f = &l->img->facts;

	for (size_t i = 0; l->options.ranges && i < f->n_fats; i++) {
		struct inside_walk w = { .l = l, .fat_offset = f->fats[i].offset };
		enum isokit_status st;

		if (!f->fats[i].ok || !layout_wants(l, w.fat_offset, f->fats[i].bytes))
			continue;
		st = boot_fat_walk(l->img, w.fat_offset, keep_inside, &w, err);
		if (st || w.failed)
			return st ? st : isokit_fail_nomem(err, f->path, sizeof(*l->inside));
	}
	if (l->n_inside)
		qsort(l->inside, l->n_inside, sizeof(*l->inside), inside_by_place);
	return ISOKIT_OK;
}

/* ---- for callers ---------------------------------------------------------------- */

enum isokit_status isokit_image_layout(struct isokit_image *img,
				       const struct isokit_layout_options *options,
				       struct isokit_layout **ret_layout,
				       struct isokit_error *err)
{
	struct isokit_layout *l = calloc(1, sizeof(*l));
	enum isokit_status st;

	if (!l)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*l));
	l->img = img;
	if (options)
		memcpy(&l->options, options, min_u64(options->size, sizeof(l->options)));
	st = take_ranges(l, err);
	if (!st)
		st = layout_structures(l, err);
	if (!st)
		st = layout_trees(l, err);
	if (!st)
		st = layout_regions(l, err);
	if (!st && l->options.gaps)
		st = layout_gaps(l, err);
	if (!st)
		st = layout_overlaps(l, err);
	if (!st)
		st = look_inside(l, err);
	if (st) {
		isokit_layout_free(l);
		return st;
	}
	*ret_layout = l;
	return ISOKIT_OK;
}

void isokit_layout_free(struct isokit_layout *layout)
{
	if (!layout)
		return;
	free(layout->claims);
	free(layout->nodes);
	free(layout->names);
	free(layout->things);
	free(layout->regions);
	free(layout->overlaps);
	free(layout->inside);
	text_free(&layout->path);
	arena_release(&layout->arena);
	free(layout);
}

const struct isokit_region *isokit_layout_regions(const struct isokit_layout *layout,
						  size_t *ret_n)
{
	*ret_n = layout->n_regions;
	return layout->regions;
}

const struct isokit_overlap *isokit_layout_overlaps(const struct isokit_layout *layout,
						    size_t *ret_n, uint64_t *ret_total)
{
	*ret_n = layout->n_overlaps;
	if (ret_total)
		*ret_total = layout->total_overlaps;
	return layout->overlaps;
}

const struct isokit_inside *isokit_layout_inside(const struct isokit_layout *layout, size_t *ret_n)
{
	*ret_n = layout->n_inside;
	return layout->inside;
}

enum isokit_status isokit_layout_names(struct isokit_layout *layout,
				       const struct isokit_region *region,
				       isokit_region_name_fn visit, void *ctx)
{
	for (size_t i = 0; i < region->n_names; i++) {
		const struct layout_claim *c = &layout->claims[region->first_name + i];
		struct isokit_region_name name = {
			.ns = layout->trees[c->tree].ns,
			.session = layout->trees[c->tree].session,
			.file_offset = c->file_offset,
			.path = layout_path(layout, c->node),
		};

		if (!name.path)
			return ISOKIT_E_NOMEM;
		if (visit(ctx, &name))
			return ISOKIT_E_CANCELLED;
	}
	return ISOKIT_OK;
}
