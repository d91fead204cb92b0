/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extents that share sectors without being the same extent. */
#include "model/overlap.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"

enum { MAX_CLAIMS = 512 * 1024, MAX_OVERLAPS = 32 };

bool model_overlap_add(struct overlap *o, uint64_t start, uint64_t end, uint64_t record_offset)
{
	/* Units of 512 bytes in 32 bits reach to 2 TiB; what lies beyond is left
	 * out, as is all behind half a million extents. */
	if (start >= end || (end + 511) / 512 > UINT32_MAX || o->n >= MAX_CLAIMS)
		return true;
	if (!ARRAY_RESERVE(o->claims, o->capacity, o->n + 1))
		return false;
	o->claims[o->n++] = (struct overlap_claim){
		.start = (uint32_t)(start / 512),
		.end = (uint32_t)((end + 511) / 512),
		.record_offset = record_offset,
	};
	return true;
}

void model_overlap_free(struct overlap *o)
{
	free(o->claims);
	*o = (struct overlap){ 0 };
}

static bool before(const struct overlap_claim *a, const struct overlap_claim *b)
{
	return a->start != b->start ? a->start < b->start : a->end > b->end;
}

static void merge(const struct overlap_claim *from, size_t a, size_t b, size_t end,
		  struct overlap_claim *to)
{
	size_t i = a, j = b;

	for (size_t k = a; k < end; k++)
		to[k] = j >= end || (i < b && !before(&from[j], &from[i])) ? from[i++] : from[j++];
}

static size_t run_end(const struct overlap_claim *c, size_t from, size_t n)
{
	while (from + 1 < n && !before(&c[from + 1], &c[from]))
		from++;
	return from + 1 < n ? from + 1 : n;
}

/* Merge sort of natural runs: writers lay files out in the order of the tree, so
 * there are few. */
static bool sort(struct overlap *o)
{
	struct overlap_claim *from = o->claims, *to, *spare;
	size_t runs = 0;

	if (run_end(from, 0, o->n) == o->n)
		return true;
	spare = to = malloc(o->n * sizeof(*to));
	if (!to)
		return false;
	do {
		runs = 0;
		for (size_t a = 0; a < o->n; runs++) {
			size_t b = run_end(from, a, o->n);
			size_t end = b < o->n ? run_end(from, b, o->n) : b;

			merge(from, a, b, end, to);
			a = end;
		}
		spare = from;
		from = to;
		to = spare;
	} while (runs > 1);
	o->claims = from;
	o->capacity = o->n;
	free(to);
	return true;
}

/* Names for the findings: one more walk, on damaged images only. */
struct naming {
	const uint64_t *offsets;
	size_t n;
	char *paths[MAX_OVERLAPS];
	struct arena *arena;
};

static int name_one(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct naming *names = ctx;

	for (size_t i = 0; i < names->n; i++) {
		size_t n;
		const char *path;

		if (names->offsets[i] != f->record_offset || names->paths[i])
			continue;
		path = model_tree_path(t, &n);
		if (path)
			names->paths[i] = arena_strndup(names->arena, path, n);
	}
	return 0;
}

static enum isokit_status report(struct isokit_image *img, const struct overlap_claim *found,
				 size_t n, const uint64_t *offsets, struct isokit_error *err)
{
	struct naming names = { .offsets = offsets, .n = n, .arena = &img->arena };
	bool rock = img->facts.namespaces[ISOKIT_NS_ROCKRIDGE].present;
	struct tree_options options = {
		.ns = rock ? ISOKIT_NS_ROCKRIDGE : ISOKIT_NS_ISO9660,
		.physical = true, .skip_targets = true, .visit = name_one, .ctx = &names,
	};
	struct tree t;
	enum isokit_status st = model_tree_init(&t, img, &options, err);

	if (st)
		return st;
	st = model_tree_walk(&t, "/");
	model_tree_free(&t);
	for (size_t i = 0; !st && i < n; i++)
		model_find(img, ISOKIT_F_FILE_OVERLAP, offsets[i], 0,
			   names.paths[i] ? names.paths[i] : "something",
			   (uint64_t)found[i].start * 512, (uint64_t)found[i].end * 512);
	return st;
}

enum isokit_status model_overlap_report(struct overlap *o, struct isokit_image *img,
					struct isokit_error *err)
{
	struct overlap_claim found[MAX_OVERLAPS];
	uint64_t offsets[MAX_OVERLAPS];
	const struct overlap_claim *far = o->claims; /* reaches furthest so far */
	size_t n = 0;

	if (o->n < 2)
		return ISOKIT_OK;
	if (!sort(o))
		return isokit_fail_nomem(err, img->facts.path, o->n * sizeof(*o->claims));
	far = o->claims;
	for (size_t i = 1; i < o->n && n < MAX_OVERLAPS; i++) {
		const struct overlap_claim *c = &o->claims[i];
		bool same = c->start == far->start && c->end == far->end;

		if (c->start < far->end && !same) {
			/* The finding stands at a file rather than at a structure. */
			const struct overlap_claim *who =
				c->record_offset == ISOKIT_NO_OFFSET ? far : c;

			offsets[n] = who->record_offset;
			found[n++] = (struct overlap_claim){
				.start = c->start, .end = c->end < far->end ? c->end : far->end };
		}
		if (c->end > far->end)
			far = c;
	}
	return n ? report(img, found, n, offsets, err) : ISOKIT_OK;
}
