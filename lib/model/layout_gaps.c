/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What no region claims, and what is claimed twice. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/layout.h"
#include "model/udf.h"

enum {
	BUFFER_BYTES = 64 * 1024,
	WHOLE_BYTES = 1024 * 1024,   /* gaps up to this size are read, larger ones sampled */
	SAMPLES = 32,                /* of BUFFER_BYTES each, evenly spread */
	MAX_OVERLAPS = 1024,
	SYSTEM_AREA_BYTES = 16 * SECTOR_BYTES,
};

/* All gaps of an image together are read no further than this. */
static const uint64_t most_bytes_read = UINT64_C(64) * 1024 * 1024;

struct gaps {
	struct isokit_layout *l;
	uint8_t *buffer;
	uint64_t read; /* bytes so far */
	uint64_t volume_end;
	uint64_t after_descriptors; /* the byte behind the last volume descriptor */
};

static bool find_data(const uint8_t *p, size_t n, size_t *ret_at)
{
	if (n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0))
		return false;
	for (*ret_at = 0; p[*ret_at] == 0; (*ret_at)++)
		;
	return true;
}

/* Look for data in part of a gap. *ret_tag: where libisofs left a checksum tag. */
static enum isokit_status look(struct gaps *g, uint64_t at, uint64_t bytes,
			       struct isokit_region *r, uint64_t *ret_tag,
			       struct isokit_error *err)
{
	while (bytes) {
		size_t n = (size_t)min_u64(bytes, BUFFER_BYTES), data;
		enum isokit_status st;

		st = model_read(g->l->img, at, g->buffer, n, err);
		if (st == ISOKIT_E_IO) { /* a bad sector: unknown, and no reason to stop */
			r->sampled = true;
			return ISOKIT_OK;
		}
		if (st)
			return st;
		g->read += n;
		if (r->gap != ISOKIT_GAP_DATA && find_data(g->buffer, n, &data)) {
			r->gap = ISOKIT_GAP_DATA;
			r->data_offset = at + data;
		}
		for (size_t i = 0; i + SECTOR_BYTES <= n && *ret_tag == ISOKIT_NO_OFFSET;
		     i += SECTOR_BYTES)
			if (memcmp(g->buffer + i, "libisofs_", 9) == 0)
				*ret_tag = at + i;
		at += n;
		bytes -= n;
	}
	return ISOKIT_OK;
}

static enum isokit_status look_into(struct gaps *g, struct isokit_region *r, uint64_t *ret_tag,
				    struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint64_t step;

	*ret_tag = ISOKIT_NO_OFFSET;
	r->gap = ISOKIT_GAP_ZERO;
	if (g->read >= most_bytes_read) {
		r->gap = ISOKIT_GAP_UNREAD;
		return ISOKIT_OK;
	}
	if (r->bytes <= WHOLE_BYTES)
		return look(g, r->offset, r->bytes, r, ret_tag, err);
	r->sampled = true;
	step = (r->bytes - BUFFER_BYTES) / (SAMPLES - 1);
	step -= step % SECTOR_BYTES;
	for (unsigned i = 0; i < SAMPLES && !st; i++) {
		uint64_t at = i == SAMPLES - 1 ? r->bytes - BUFFER_BYTES : i * step;

		st = look(g, r->offset + at, BUFFER_BYTES, r, ret_tag, err);
	}
	return st;
}

static bool add(struct gaps *g, const struct isokit_region *r)
{
	struct isokit_layout *l = g->l;

	if (!r->bytes || !layout_wants(l, r->offset, r->bytes))
		return true;
	if (!ARRAY_RESERVE(l->regions, l->capacity_regions, l->n_regions + 1))
		return false;
	l->regions[l->n_regions++] = *r;
	return true;
}

/* A gap with a tag of libisofs in it: what stands before the tag at the end of a
 * session is the array of the files' checksums. */
static bool add_checksums(struct gaps *g, struct isokit_region *r, uint64_t tag)
{
	struct isokit_region before = *r, at = *r;

	before.bytes = tag - r->offset;
	before.kind = ISOKIT_REGION_CHECKSUM;
	before.name = "libisofs checksum array";
	before.gap = ISOKIT_GAP_UNREAD;
	at.offset = tag;
	at.bytes = min_u64(SECTOR_BYTES, r->offset + r->bytes - tag);
	at.kind = ISOKIT_REGION_CHECKSUM;
	at.name = "libisofs checksum tag";
	at.gap = ISOKIT_GAP_UNREAD;
	r->bytes -= at.offset + at.bytes - r->offset;
	r->offset = at.offset + at.bytes;
	if (r->gap == ISOKIT_GAP_ZERO || r->data_offset < tag) {
		if (!add(g, &before))
			return false;
	} else {
		before.kind = ISOKIT_REGION_GAP;
		before.name = NULL;
		before.gap = ISOKIT_GAP_ZERO;
		if (!add(g, &before))
			return false;
	}
	return add(g, &at);
}

/* Does a sector begin with a descriptor of UDF that says it lies there? genisoimage
 * pads with anchors. *ret_words is its name. */
static enum isokit_status udf_at(struct gaps *g, uint64_t at, const char **ret_words,
				 struct isokit_error *err)
{
	const struct udf_volume *v = g->l->img->udf;
	struct ondisk_udf_tag tag;
	enum isokit_status st;

	*ret_words = NULL;
	if (!range_inside(at, v->block_bytes, g->l->img->facts.size) ||
	    g->read >= most_bytes_read)
		return ISOKIT_OK;
	st = model_read(g->l->img, at, g->buffer, v->block_bytes, err);
	if (st)
		return st == ISOKIT_E_IO ? ISOKIT_OK : st;
	g->read += v->block_bytes;
	if (ondisk_udf_tag_decode(g->buffer, v->block_bytes, &tag, NULL) ||
	    (tag.location != at / v->block_bytes &&
	     (v->n_parts == 0 || at < v->parts[0].at ||
	      tag.location != (at - v->parts[0].at) / v->block_bytes)))
		return ISOKIT_OK;
	*ret_words = tag.id == ONDISK_UDF_ANCHOR ? "UDF anchors" :
		     tag.id == ONDISK_UDF_TERMINATOR ? "UDF terminator" : "UDF descriptor";
	return ISOKIT_OK;
}

/* What stands at the beginning of a gap and names itself: it is no gap. */
static enum isokit_status take_named(struct gaps *g, struct isokit_region *r,
				     struct isokit_error *err)
{
	struct isokit_region found = *r;
	const char *words = NULL;
	enum isokit_status st = ISOKIT_OK;

	found.bytes = 0;
	while (g->l->img->udf && found.bytes < r->bytes && !st) {
		const char *next;

		st = udf_at(g, r->offset + found.bytes, &next, err);
		if (st || !next || (words && next != words))
			break;
		words = next;
		found.bytes += g->l->img->udf->block_bytes;
	}
	if (st)
		return st;
	found.kind = ISOKIT_REGION_UDF;
	if (!words && r->bytes >= SECTOR_BYTES && r->offset == g->after_descriptors) {
		st = model_read(g->l->img, r->offset, g->buffer, SECTOR_BYTES, err);
		if (st)
			return st == ISOKIT_E_IO ? ISOKIT_OK : st;
		/* mkisofs and bsdtar put date, version and command line there. */
		if (memcmp(g->buffer, "MKI ", 4) == 0 || memcmp(g->buffer, "INFO", 4) == 0) {
			words = "writer's note";
			found.bytes = SECTOR_BYTES;
			found.kind = ISOKIT_REGION_DESCRIPTOR;
		}
	}
	if (!words)
		return ISOKIT_OK;
	found.name = words;
	found.bytes = min_u64(found.bytes, r->bytes);
	r->offset += found.bytes;
	r->bytes -= found.bytes;
	return add(g, &found) ? ISOKIT_OK :
				isokit_fail_nomem(err, g->l->img->facts.path, sizeof(found));
}

static const char *gap_name(const struct gaps *g, const struct isokit_region *r)
{
	uint64_t size = g->l->img->facts.size;

	if (r->gap == ISOKIT_GAP_UNREAD)
		return "unclaimed, not read";
	if (r->gap == ISOKIT_GAP_DATA)
		return "unclaimed data";
	if (r->offset + r->bytes == size || r->offset + r->bytes == g->volume_end)
		return "padding";
	return "unused";
}

/* HFS is not walked: data inside its volume that ISO 9660 does not explain is its. */
static bool in_hfs(const struct isokit_image *img, const struct isokit_region *r)
{
	const struct isokit_hfs *h = &img->facts.hfs;

	return img->facts.namespaces[ISOKIT_NS_HFS].present && r->gap == ISOKIT_GAP_DATA &&
	       h->bytes && r->offset >= h->offset && range_inside(r->offset - h->offset, r->bytes,
								   h->bytes);
}

static enum isokit_status add_gap(struct gaps *g, uint64_t from, uint64_t to,
				  struct isokit_error *err)
{
	struct isokit_region r = { .offset = from, .bytes = to - from,
				   .kind = ISOKIT_REGION_GAP, .layer = ISOKIT_LAYER_CONTENTS };

	if (!layout_wants(g->l, from, to - from))
		return ISOKIT_OK;
	for (uint64_t before = 0; r.bytes && r.bytes != before;) {
		enum isokit_status st = take_named(g, &r, err);

		if (st)
			return st;
		before = r.bytes;
		st = take_named(g, &r, err);
		if (st)
			return st;
	}
	while (r.bytes) {
		uint64_t tag;
		enum isokit_status st;

		r.data_offset = 0;
		r.sampled = false;
		st = look_into(g, &r, &tag, err);
		if (st)
			return st;
		if (tag == ISOKIT_NO_OFFSET)
			break;
		if (!add_checksums(g, &r, tag))
			return isokit_fail_nomem(err, g->l->img->facts.path, sizeof(r));
	}
	r.name = gap_name(g, &r);
	if (in_hfs(g->l->img, &r)) {
		r.kind = ISOKIT_REGION_HFS;
		r.name = "contents of the HFS volume";
	}
	return add(g, &r) ? ISOKIT_OK :
			    isokit_fail_nomem(err, g->l->img->facts.path, sizeof(r));
}

/* Does the region account for its bytes? A volume or a partition around
 * everything does not, one that is appended does. */
static bool accounts(const struct gaps *g, const struct isokit_region *r)
{
	switch (r->layer) {
	case ISOKIT_LAYER_CONTENTS:
	case ISOKIT_LAYER_BOOT:
		return true;
	case ISOKIT_LAYER_PARTITIONS:
		return r->offset >= g->volume_end && g->volume_end;
	case ISOKIT_LAYER_VOLUMES:
		return r->kind == ISOKIT_REGION_SYSTEM_AREA;
	}
	return false;
}

static int by_place(const void *pa, const void *pb)
{
	const struct isokit_region *a = pa, *b = pb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->layer != b->layer)
		return a->layer > b->layer ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->kind < b->kind ? -1 : a->kind > b->kind;
}

/* With a choice of ranges the regions are not all there, so only gaps around the
 * ranges can be told: between the nearest claims, which are not known. Then all
 * bytes of a range that no region covers are the gap. */
static uint64_t first_byte(const struct isokit_layout *l, size_t i)
{
	return l->options.ranges ? l->options.ranges[i].offset : 0;
}

static uint64_t end_byte(const struct isokit_layout *l, size_t i)
{
	uint64_t size = l->img->facts.size;

	if (!l->options.ranges)
		return size;
	return min_u64(size, l->options.ranges[i].offset + l->options.ranges[i].bytes);
}

bool isokit_layout_claims(const struct isokit_layout *l, const struct isokit_range *range)
{
	uint64_t end = range->offset + range->bytes;

	if (range->offset >= l->img->facts.size || !l->options.gaps)
		return false;
	end = min_u64(end, l->img->facts.size);
	for (size_t i = 0; i < l->n_regions; i++) {
		const struct isokit_region *r = &l->regions[i];

		if (r->kind == ISOKIT_REGION_GAP && r->offset <= range->offset &&
		    r->offset + r->bytes >= end)
			return false;
	}
	return true;
}

enum isokit_status layout_gaps(struct isokit_layout *l, struct isokit_error *err)
{
	struct gaps g = { .l = l };
	size_t n = l->n_regions, n_ranges = l->options.ranges ? l->options.n_ranges : 1;
	enum isokit_status st = ISOKIT_OK;

	g.buffer = malloc(BUFFER_BYTES);
	if (!g.buffer)
		return isokit_fail_nomem(err, l->img->facts.path, BUFFER_BYTES);
	if (l->img->facts.primary)
		g.volume_end = (uint64_t)l->img->facts.primary->blocks *
			       model_block_bytes(l->img->facts.primary);
	if (l->img->facts.n_descriptors)
		g.after_descriptors = (l->img->facts.descriptors[
			l->img->facts.n_descriptors - 1].lba + 1) * SECTOR_BYTES;
	for (size_t k = 0; k < n_ranges && !st; k++) {
		uint64_t covered = first_byte(l, k), end = end_byte(l, k);

		for (size_t i = 0; i < n && !st && l->regions[i].offset < end; i++) {
			const struct isokit_region *r = &l->regions[i];
			uint64_t r_end = r->offset + r->bytes;

			if (!accounts(&g, r) || r_end <= covered)
				continue;
			if (r->offset > covered)
				st = add_gap(&g, covered, r->offset, err);
			/* The rest of a file's last sector belongs to the file. */
			covered = r_end < SYSTEM_AREA_BYTES ? r_end : round_up(r_end, SECTOR_BYTES);
		}
		if (!st && covered < end)
			st = add_gap(&g, covered, end, err);
	}
	free(g.buffer);
	if (l->n_regions > n)
		qsort(l->regions, l->n_regions, sizeof(*l->regions), by_place);
	return st;
}

/* ---- overlaps --------------------------------------------------------------------- */

static bool add_overlap(struct isokit_layout *l, size_t a, size_t b)
{
	const struct isokit_region *x = &l->regions[a], *y = &l->regions[b];
	uint64_t end = min_u64(x->offset + x->bytes, y->offset + y->bytes);

	l->total_overlaps++;
	if (l->n_overlaps >= MAX_OVERLAPS)
		return true;
	if (!ARRAY_RESERVE(l->overlaps, l->capacity_overlaps, l->n_overlaps + 1))
		return false;
	l->overlaps[l->n_overlaps++] = (struct isokit_overlap){
		.offset = y->offset, .bytes = end - y->offset, .a = a, .b = b };
	return true;
}

/* A file may show what else is there: the boot catalog is not of this layer, but
 * writers also make files of the MBR or of a whole image. */
static bool may_share(const struct isokit_region *a, const struct isokit_region *b)
{
	if (a->offset == b->offset && a->bytes == b->bytes)
		return true;
	return a->kind == ISOKIT_REGION_GAP || b->kind == ISOKIT_REGION_GAP;
}

/* Each region against the one that reaches furthest so far. */
enum isokit_status layout_overlaps(struct isokit_layout *l, struct isokit_error *err)
{
	size_t far = SIZE_MAX;

	for (size_t i = 0; i < l->n_regions; i++) {
		const struct isokit_region *r = &l->regions[i];
		const struct isokit_region *f;

		if (r->layer != ISOKIT_LAYER_CONTENTS || r->kind == ISOKIT_REGION_GAP)
			continue;
		if (far == SIZE_MAX) {
			far = i;
			continue;
		}
		f = &l->regions[far];
		if (r->offset < f->offset + f->bytes && !may_share(f, r) &&
		    !add_overlap(l, far, i))
			return isokit_fail_nomem(err, l->img->facts.path, sizeof(*l->overlaps));
		if (r->offset + r->bytes > f->offset + f->bytes)
			far = i;
	}
	return ISOKIT_OK;
}
