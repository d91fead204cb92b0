/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/ntfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/pieces.h"

void ntfs_no_memory(struct ntfs_reader *r)
{
	gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for its file table");
}

/* ---- parts ------------------------------------------------------------------------------- */

bool ntfs_parts_add(struct ntfs_reader *r, const struct ondisk_ntfs_attribute *a)
{
	struct ntfs_file *f = &r->file;
	struct ondisk_ntfs_run run;
	uint64_t vcn = a->first_vcn, lcn = 0;
	size_t n, at = 0;

	while ((n = ondisk_ntfs_run_decode(a->runs + at, a->runs_bytes - at, &lcn, &run)) > 0) {
		if (!ARRAY_RESERVE(f->parts, f->parts_capacity, f->n_parts + 1)) {
			ntfs_no_memory(r);
			return false;
		}
		f->parts[f->n_parts++] =
			(struct ntfs_part){ .vcn = vcn, .lcn = run.lcn, .clusters = run.clusters };
		if (!add_u64(vcn, run.clusters, &vcn) || vcn > INT64_MAX)
			return false;
		at += n;
	}
	return true;
}

static int by_vcn(const void *a, const void *b)
{
	const struct ntfs_part *x = a, *y = b;

	return x->vcn < y->vcn ? -1 : x->vcn > y->vcn;
}

static void sort_parts(struct ntfs_file *f)
{
	if (f->n_parts)
		qsort(f->parts, f->n_parts, sizeof(*f->parts), by_vcn);
}

/* The same as runs of bytes; owned by caller, NULL: none, or out of memory, or too far. */
static struct gather_run *runs_of(struct ntfs_reader *r, const struct ntfs_file *f,
				  size_t *ret_n)
{
	struct gather_run *runs = calloc(f->n_parts + 1, sizeof(*runs));
	uint64_t cluster = r->boot.cluster_bytes;

	*ret_n = 0;
	if (!runs)
		ntfs_no_memory(r);
	for (size_t i = 0; runs && i < f->n_parts; i++) {
		const struct ntfs_part *p = &f->parts[i];
		struct gather_run *to = &runs[*ret_n];

		to->offset = GATHER_HOLE;
		if (!mul_u64(p->vcn, cluster, &to->at) ||
		    !mul_u64(p->clusters, cluster, &to->bytes) ||
		    (p->lcn != UINT64_MAX && !mul_u64(p->lcn, cluster, &to->offset))) {
			free(runs);
			return NULL;
		}
		++*ret_n;
	}
	return runs;
}

/* What was never written is zero, whatever lies there. */
static size_t cut_runs(struct gather_run *runs, size_t n, uint64_t initialized)
{
	size_t keep = 0;

	while (keep < n && runs[keep].at < initialized) {
		runs[keep].bytes = min_u64(runs[keep].bytes, initialized - runs[keep].at);
		keep++;
	}
	return keep;
}

enum isokit_status ntfs_parts_open(struct ntfs_reader *r, struct ntfs_file *f, uint64_t size,
				   struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t volume_bytes = isokit_source_size(r->volume), at = 0;
	struct bytes_piece *pieces;
	struct gather_run *runs;
	size_t n, k = 0;
	enum isokit_status st = ISOKIT_E_CORRUPT;

	sort_parts(f);
	runs = runs_of(r, f, &n);
	pieces = calloc(n + 1, sizeof(*pieces));
	for (; runs && pieces && k < n && at < size; k++) {
		uint64_t bytes = min_u64(runs[k].bytes, size - at);

		if (runs[k].at != at || (runs[k].offset != GATHER_HOLE &&
					 !range_inside(runs[k].offset, bytes, volume_bytes)))
			break;
		pieces[k] = (struct bytes_piece){ .at = at, .offset = runs[k].offset };
		at += bytes;
	}
	if (!runs || !pieces)
		st = isokit_fail_nomem(err, "NTFS", n * sizeof(*pieces));
	else if (at == size && size)
		st = bytes_pieces_new(r->volume, pieces, k, size, ret_src, err);
	else
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "NTFS",
				 "a file's places cannot be read");
	if (st == ISOKIT_E_NOMEM)
		ntfs_no_memory(r);
	free(runs);
	free(pieces);
	return st;
}

/* ---- compressed contents ----------------------------------------------------------------- */

struct compressed {
	struct isokit_source *volume;
	uint64_t initialized;
	uint32_t cluster_bytes, unit_clusters;
	size_t n;
	struct ntfs_part parts[];
};

static const struct ntfs_part *part_at(const struct compressed *c, uint64_t vcn)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (c->parts[mid].vcn + c->parts[mid].clusters <= vcn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n && c->parts[low].vcn <= vcn ? &c->parts[low] : NULL;
}

/* How many clusters of a unit are there, and their bytes in `in` (may be NULL). */
static enum isokit_status read_stored(const struct compressed *c, uint64_t unit, uint8_t *in,
				      size_t *ret_clusters, struct isokit_error *err)
{
	uint64_t vcn = unit * c->unit_clusters, end = vcn + c->unit_clusters;
	enum isokit_status st = ISOKIT_OK;

	*ret_clusters = 0;
	while (!st && vcn < end) {
		const struct ntfs_part *p = part_at(c, vcn);
		uint64_t n;

		if (!p || p->lcn == UINT64_MAX)
			break; /* the rest of it is what was saved */
		n = min_u64(p->vcn + p->clusters, end) - vcn;
		if (in)
			st = isokit_source_read_at(c->volume,
						   (p->lcn + (vcn - p->vcn)) * c->cluster_bytes,
						   in + *ret_clusters * c->cluster_bytes,
						   (size_t)n * c->cluster_bytes, err);
		*ret_clusters += (size_t)n;
		vcn += n;
	}
	return st;
}

static bool unit_is_hole(void *file, uint64_t unit)
{
	const struct compressed *c = file;
	size_t clusters;

	(void)read_stored(c, unit, NULL, &clusters, NULL);
	return clusters == 0;
}

static enum isokit_status expand_unit(void *file, uint64_t unit, uint8_t *out, size_t length,
				      struct isokit_error *err)
{
	const struct compressed *c = file;
	uint64_t start = unit * c->unit_clusters * c->cluster_bytes;
	size_t unit_bytes = (size_t)c->unit_clusters * c->cluster_bytes, clusters;
	uint8_t *in = malloc(unit_bytes);
	enum isokit_status st;

	if (!in)
		return isokit_fail_nomem(err, "NTFS", unit_bytes);
	st = read_stored(c, unit, in, &clusters, err);
	if (!st && clusters == c->unit_clusters)
		memcpy(out, in, length);
	else if (!st && clusters == 0)
		memset(out, 0, length);
	else if (!st && !ondisk_ntfs_expand(in, clusters * c->cluster_bytes, out, length))
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "NTFS",
				 "a compressed content is damaged");
	if (!st && start + length > c->initialized) {
		size_t keep = c->initialized > start ? (size_t)(c->initialized - start) : 0;

		memset(out + keep, 0, length - keep);
	}
	free(in);
	return st;
}

static void take_compressed(struct ntfs_reader *r, struct ntfs_file *f, struct tree_node *n)
{
	struct gather *g = &r->f.g;
	uint64_t clusters = isokit_source_size(r->volume) / r->boot.cluster_bytes;
	struct units_file file = { .size = f->size, .expand = expand_unit,
				   .is_hole = unit_is_hole, .release = free };
	struct compressed *c;
	struct isokit_source *src;

	for (size_t i = 0; i < f->n_parts; i++)
		f->damaged = f->damaged ||
			     (f->parts[i].lcn != UINT64_MAX &&
			      !range_inside(f->parts[i].lcn, f->parts[i].clusters, clusters));
	if (f->damaged || f->unit_shift > 8 || f->size > INT64_MAX ||
	    (uint64_t)r->boot.cluster_bytes << f->unit_shift > UNITS_MAX_BYTES) {
		gather_lost(g, f->damaged ? VOLUME_LOST_UNREADABLE : VOLUME_LOST_COMPRESSED);
		return;
	}
	if (!r->units)
		g->status = units_new(r->f.mount, &r->units, g->err);
	if (g->status)
		return;
	c = malloc(sizeof(*c) + f->n_parts * sizeof(*f->parts));
	if (!c) {
		ntfs_no_memory(r);
		return;
	}
	*c = (struct compressed){ .volume = r->volume, .initialized = f->initialized,
				  .cluster_bytes = r->boot.cluster_bytes,
				  .unit_clusters = 1u << f->unit_shift, .n = f->n_parts };
	if (f->n_parts)
		memcpy(c->parts, f->parts, f->n_parts * sizeof(*f->parts));
	file.file = c;
	file.unit_bytes = r->boot.cluster_bytes << f->unit_shift;
	g->status = units_source(r->units, &file, "NTFS", &src, g->err);
	if (!g->status)
		gather_source(g, n, src);
}

void ntfs_content_take(struct ntfs_reader *r, struct tree_node *n)
{
	struct ntfs_file *f = &r->file;
	struct gather_run *runs;
	size_t n_runs;

	if (f->encrypted) {
		gather_lost(&r->f.g, VOLUME_LOST_ENCRYPTED);
	} else if (f->resident) {
		gather_bytes(&r->f.g, n, f->value, f->value_bytes);
	} else if (f->damaged || !f->has_data) {
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	} else if (f->compressed) {
		sort_parts(f);
		take_compressed(r, f, n);
	} else {
		sort_parts(f);
		runs = runs_of(r, f, &n_runs);
		if (runs)
			(void)gather_runs(&r->f.g, n, f->size, runs,
					  cut_runs(runs, n_runs, f->initialized));
		else
			gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
		free(runs);
	}
}
