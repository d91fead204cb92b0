/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a block of a partition of a UDF volume to a byte of the image, through sparing tables
 * (UDF 2.2.12), virtual allocation tables (2.2.11) and metadata files (2.2.13). */
#include "model/udf.h"

#include "base/byteorder.h"
#include "base/checked.h"

const struct udf_run *model_udf_run_at(const struct udf_run *runs, size_t n, uint64_t position)
{
	size_t low = 0, high = n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (runs[middle].from <= position)
			low = middle;
		else
			high = middle;
	}
	return n && position - runs[low].from < runs[low].bytes ? &runs[low] : NULL;
}

static void locate_sparable(const struct udf_reader *r, const struct udf_part *p, uint32_t block,
			    uint64_t want, uint64_t *ret_at, uint64_t *ret_blocks)
{
	uint32_t unit = r->v->block_bytes, packet = block - block % p->packet_blocks;
	size_t low = 0, high = p->n_spares;

	/* The first replaced packet at or behind this one. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->spares[middle].from < packet)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < p->n_spares && p->spares[low].from == packet) {
		uint32_t in = block - packet;

		*ret_at = (uint64_t)p->spares[low].to * r->v->sector_bytes + (uint64_t)in * unit;
		*ret_blocks = min_u64(want, p->packet_blocks - in);
		return;
	}
	if (low < p->n_spares)
		want = min_u64(want, p->spares[low].from - block);
	*ret_at = p->at + (uint64_t)block * unit;
	*ret_blocks = want;
}

/* The entry of the allocation table for a virtual block, ~0 where there is none. */
static enum isokit_status vat_entry(struct udf_reader *r, const struct udf_part *p,
				    uint32_t block, uint32_t *ret_block)
{
	uint64_t position = p->table_at + (uint64_t)block * 4;

	*ret_block = UINT32_MAX;
	if (block >= p->n_entries)
		return ISOKIT_OK;
	if (r->vat_at == ISOKIT_NO_OFFSET || position < r->vat_at ||
	    position - r->vat_at + 4 > r->vat_bytes) {
		const struct udf_run *run = model_udf_run_at(p->runs, p->n_runs, position);
		uint64_t skip, n;
		enum isokit_status st;

		r->vat_at = ISOKIT_NO_OFFSET;
		if (!run || run->at == ISOKIT_NO_OFFSET)
			return ISOKIT_OK;
		skip = position - run->from;
		n = min_u64(run->bytes - skip, sizeof(r->vat));
		/* Tables of whole blocks: no entry lies across two runs. */
		if (n < 4 || !range_inside(run->at + skip, n, r->img->facts.size))
			return ISOKIT_OK;
		st = model_read(r->img, run->at + skip, r->vat, (size_t)n, r->err);
		if (st)
			return st;
		r->vat_at = position;
		r->vat_bytes = (size_t)n;
	}
	*ret_block = get_le32(r->vat + (position - r->vat_at));
	return ISOKIT_OK;
}

static void locate_metadata(struct udf_reader *r, const struct udf_part *p, uint32_t block,
			    uint64_t want, uint64_t *ret_at, uint64_t *ret_blocks)
{
	uint32_t unit = r->v->block_bytes;
	uint64_t position = (uint64_t)block * unit;
	bool mirror = r->from_mirror && p->mirror;
	const struct udf_run *run = model_udf_run_at(mirror ? p->mirror : p->runs,
						     mirror ? p->n_mirror : p->n_runs, position);

	if (!run || run->at == ISOKIT_NO_OFFSET || run->bytes - (position - run->from) < unit)
		return;
	*ret_at = run->at + (position - run->from);
	*ret_blocks = min_u64(want, (run->bytes - (position - run->from)) / unit);
}

enum isokit_status model_udf_locate(struct udf_reader *r, struct ondisk_udf_address address,
				    uint64_t want, uint64_t *ret_at, uint64_t *ret_blocks)
{
	const struct udf_part *p;
	uint32_t block = address.block;

	*ret_blocks = 0;
	if (address.ref >= r->v->n_parts)
		return ISOKIT_OK;
	p = &r->v->parts[address.ref];
	if (p->kind == ONDISK_UDF_MAP_METADATA) {
		locate_metadata(r, p, block, want, ret_at, ret_blocks);
		return ISOKIT_OK;
	}
	if (p->kind == ONDISK_UDF_MAP_VIRTUAL) {
		enum isokit_status st = vat_entry(r, p, block, &block);

		if (st || block == UINT32_MAX)
			return st;
		want = min_u64(want, 1);
		p = &r->v->parts[p->base]; /* plain or sparable: model_udf_parts() */
	}
	if (p->kind == ONDISK_UDF_MAP_UNKNOWN || block >= p->blocks)
		return ISOKIT_OK;
	want = min_u64(want, p->blocks - block);
	if (p->kind == ONDISK_UDF_MAP_SPARABLE) {
		locate_sparable(r, p, block, want, ret_at, ret_blocks);
	} else {
		*ret_at = p->at + (uint64_t)block * r->v->block_bytes;
		*ret_blocks = want;
	}
	return ISOKIT_OK;
}
