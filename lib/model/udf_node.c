/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a UDF volume: from an address to a file entry, from its allocation
 * descriptors to extents of the image, and to bytes. */
#include "model/udf.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"

enum {
	WINDOW_BYTES = 64 * 1024,
	FIRST_WINDOW = 8 * 1024,
	NEAR_BYTES = 64 * 1024, /* a gap that does not end a run of reading ahead */
	MAX_REPLACEMENTS = 256, /* entries of one file of strategy 4096 */
};

enum isokit_status model_udf_reader_init(struct udf_reader *r, struct isokit_image *img,
					 const struct udf_volume *v, struct isokit_error *err)
{
	uint64_t blocks = img->facts.size / v->block_bytes;

	/* Lawful chains and extents do not overlap, so together they are no more than
	 * the image has blocks; hard links repeat them. */
	*r = (struct udf_reader){ .img = img, .v = v, .err = err, .chain_budget = blocks + 4096,
				  .extent_budget = blocks + 1024 * 1024, .ahead = FIRST_WINDOW,
				  .vat_at = ISOKIT_NO_OFFSET };
	r->window = malloc(WINDOW_BYTES);
	return r->window ? ISOKIT_OK : isokit_fail_nomem(err, img->facts.path, WINDOW_BYTES);
}

void model_udf_reader_free(struct udf_reader *r)
{
	free(r->window);
	r->window = NULL;
}

void model_udf_node_free(struct udf_node *node)
{
	free(node->extents);
	node->extents = NULL;
	node->capacity_extents = 0;
}

enum isokit_status model_udf_block(struct udf_reader *r, uint64_t at, const uint8_t **ret_block)
{
	uint64_t size = r->img->facts.size, end = r->window_at + r->window_bytes;
	size_t n = r->v->block_bytes;
	enum isokit_status st;

	*ret_block = NULL;
	if (!range_inside(at, n, size))
		return ISOKIT_OK;
	if (at < r->window_at || at + n > end) {
		/* Entries that follow each other are read in ever larger pieces. */
		r->ahead = r->window_bytes && at >= r->window_at && at <= end + NEAR_BYTES ?
			   (size_t)min_u64(r->ahead * 2, WINDOW_BYTES) : FIRST_WINDOW;
		r->window_bytes = 0;
		st = model_read(r->img, at, r->window, (size_t)min_u64(r->ahead, size - at),
				r->err);
		if (st)
			return st;
		r->window_at = at;
		r->window_bytes = (size_t)min_u64(r->ahead, size - at);
	}
	*ret_block = r->window + (at - r->window_at);
	return ISOKIT_OK;
}

/* ---- extents ------------------------------------------------------------------------ */

static enum isokit_status add_extent(struct udf_reader *r, struct udf_node *node, uint64_t at,
				     uint64_t bytes)
{
	uint32_t unit = r->v->block_bytes;
	struct isokit_extent *last =
		node->n_extents ? &node->extents[node->n_extents - 1] : NULL;

	if (bytes == 0)
		return ISOKIT_OK;
	if (at != ISOKIT_NO_OFFSET) {
		node->recorded_blocks += div_up(bytes, unit);
		if (!range_inside(at, bytes, r->img->facts.size)) {
			node->past_end = true;
			node->problem_at = at;
		}
	}
	node->stored_bytes += bytes;
	if (last && at == ISOKIT_NO_OFFSET && last->lba == ISOKIT_HOLE) {
		last->bytes += bytes;
		return ISOKIT_OK;
	}
	if (last && at != ISOKIT_NO_OFFSET && last->lba != ISOKIT_HOLE &&
	    last->lba * unit + last->skip_bytes + last->bytes == at) {
		last->bytes += bytes;
		return ISOKIT_OK;
	}
	if (node->n_extents >= UDF_MAX_EXTENTS || r->extent_budget == 0) {
		node->refused = "too many extents";
		return ISOKIT_OK;
	}
	r->extent_budget--;
	if (!ARRAY_RESERVE(node->extents, node->capacity_extents, node->n_extents + 1))
		return isokit_fail_nomem(r->err, r->img->facts.path, sizeof(*node->extents));
	node->extents[node->n_extents++] = at == ISOKIT_NO_OFFSET ?
		(struct isokit_extent){ .lba = ISOKIT_HOLE, .bytes = bytes } :
		(struct isokit_extent){ .lba = at / unit, .bytes = bytes,
					.skip_bytes = (uint32_t)(at % unit) };
	return ISOKIT_OK;
}

/* One allocation descriptor, no further than the length of the file. */
static enum isokit_status add_allocation(struct udf_reader *r, struct udf_node *node,
					 const struct ondisk_udf_long *ad)
{
	uint32_t unit = r->v->block_bytes;
	uint64_t left = min_u64(ad->bytes, node->e.bytes - node->stored_bytes);
	struct ondisk_udf_address from = ad->at;
	enum isokit_status st = ISOKIT_OK;

	if (left < node->e.bytes - node->stored_bytes && ad->bytes % unit != 0)
		node->odd_length = true; /* only the last may end inside a block: UDF 2.3.10 */
	if (ad->type != ONDISK_UDF_RECORDED)
		return add_extent(r, node, ISOKIT_NO_OFFSET, left);
	while (left && !st && !node->refused) {
		uint64_t at, blocks, n;

		st = model_udf_locate(r, from, div_up(left, unit), &at, &blocks);
		if (st)
			return st;
		if (blocks == 0) {
			node->outside = true;
			node->problem_block = from.block;
			node->refused = "lies outside its partition";
			return ISOKIT_OK;
		}
		n = min_u64(left, blocks * unit);
		st = add_extent(r, node, at, n);
		left -= n;
		from.block += (uint32_t)blocks;
	}
	return st;
}

/* Copy the descriptors of the next allocation extent (4/14.5) into `raw`. */
static enum isokit_status next_descriptors(struct udf_reader *r, struct udf_node *node,
					   const struct ondisk_udf_long *ad, uint8_t *raw,
					   size_t *ret_bytes)
{
	struct ondisk_udf_tag tag;
	const uint8_t *block;
	uint64_t at = 0, blocks = 0;
	enum isokit_status st;

	*ret_bytes = 0;
	node->problem_block = ad->at.block;
	if (r->chain_budget == 0) {
		node->endless = true;
		return ISOKIT_OK;
	}
	r->chain_budget--;
	st = model_udf_locate(r, ad->at, 1, &at, &blocks);
	if (st)
		return st;
	block = NULL;
	if (blocks)
		st = model_udf_block(r, at, &block);
	if (st)
		return st;
	if (!block || !ondisk_udf_tag_parse(block, &tag) ||
	    tag.id != ONDISK_UDF_ALLOCATION_EXTENT || tag.location != ad->at.block) {
		node->endless = true; /* nothing there to go on with */
		node->problem_at = blocks ? at : node->at;
		return ISOKIT_OK;
	}
	*ret_bytes = (size_t)min_u64(ondisk_udf_aed_bytes(block),
				     r->v->block_bytes - ONDISK_UDF_AED_HEAD);
	memcpy(raw, block + ONDISK_UDF_AED_HEAD, *ret_bytes);
	node->problem_at = at;
	return ISOKIT_OK;
}

/* All extents of the file. */
static enum isokit_status gather_extents(struct udf_reader *r, struct udf_node *node)
{
	uint8_t chained[UDF_MAX_BLOCK];
	const uint8_t *raw = node->block + node->e.ad_at;
	size_t n = node->e.ad_bytes, used;
	unsigned chain = 0;
	enum isokit_status st = ISOKIT_OK;

	if (node->e.ad_kind == ONDISK_UDF_AD_EMBEDDED) {
		if (node->e.bytes > n) {
			node->refused = "larger than the block that should hold it";
			return ISOKIT_OK;
		}
		st = add_extent(r, node, node->at + node->e.ad_at, node->e.bytes);
		node->recorded_blocks = 0; /* 4/14.9.11: none of its own */
		return st;
	}
	if (node->e.ad_kind > ONDISK_UDF_AD_EMBEDDED) {
		node->refused = "unknown kind of allocation descriptors";
		return ISOKIT_OK;
	}
	while (!st && !node->refused && node->stored_bytes < node->e.bytes) {
		struct ondisk_udf_long ad;

		used = ondisk_udf_ad_decode(raw, n, node->e.ad_kind, node->where.ref, &ad);
		if (used == 0 || ad.bytes == 0)
			break; /* a length of 0 ends them: 4/12 */
		raw += used;
		n -= used;
		if (ad.type != ONDISK_UDF_NEXT_EXTENT) {
			st = add_allocation(r, node, &ad);
			continue;
		}
		if (++chain > UDF_MAX_EXTENTS) {
			node->endless = true;
			break;
		}
		st = next_descriptors(r, node, &ad, chained, &n);
		raw = chained;
	}
	if (!node->refused && node->stored_bytes < node->e.bytes)
		node->refused = "its extents hold less than its size";
	if (!node->refused && node->past_end)
		node->refused = "lies past the end of the image";
	return st;
}

/* ---- file entries ------------------------------------------------------------------- */

/* The descriptor at an address, if it is one of a file; through the mirror where the
 * metadata file has nothing there. */
static enum isokit_status entry_block(struct udf_reader *r, struct ondisk_udf_address where,
				      uint64_t *ret_at, struct ondisk_udf_tag *ret_tag,
				      const uint8_t **ret_block, const char **ret_why)
{
	const struct udf_part *p = where.ref < r->v->n_parts ? &r->v->parts[where.ref] : NULL;
	bool mirrored = p && p->kind == ONDISK_UDF_MAP_METADATA && p->mirror;
	enum isokit_status st = ISOKIT_OK;

	for (int pass = 0; pass <= mirrored; pass++) {
		uint64_t at = 0, blocks = 0;
		const uint8_t *block = NULL;

		r->from_mirror = pass == 1;
		st = model_udf_locate(r, where, 1, &at, &blocks);
		r->from_mirror = false;
		*ret_why = "lies outside its partition";
		if (!st && blocks)
			st = model_udf_block(r, at, &block);
		if (st)
			return st;
		if (!block)
			continue;
		*ret_at = at;
		*ret_why = "has no valid descriptor";
		if (!ondisk_udf_tag_parse(block, ret_tag))
			continue;
		*ret_why = "has a descriptor that belongs to another block";
		if (ret_tag->location != where.block)
			continue;
		*ret_why = NULL;
		*ret_block = block;
		if (pass == 1 && r->report && !r->mirror_told) {
			r->mirror_told = true;
			model_find(r->img, ISOKIT_F_UDF_MIRROR_USED, at, r->v->block_bytes, NULL,
				   where.block, 0);
		}
		return ISOKIT_OK;
	}
	*ret_block = NULL;
	return ISOKIT_OK;
}

static bool crc_fits(const struct udf_reader *r, const struct ondisk_udf_tag *tag,
		     const uint8_t *block)
{
	return tag->crc_bytes <= r->v->block_bytes - ONDISK_UDF_TAG_BYTES &&
	       ondisk_udf_crc(0, block + ONDISK_UDF_TAG_BYTES, tag->crc_bytes) == tag->crc;
}

enum isokit_status model_udf_node_read(struct udf_reader *r, struct ondisk_udf_long icb,
				       struct udf_node *node, bool *ret_ok, const char **ret_why)
{
	size_t unit = r->v->block_bytes;
	bool found = false;

	node->n_extents = 0;
	node->stored_bytes = node->recorded_blocks = 0;
	node->refused = NULL;
	node->crc_wrong = node->past_end = node->odd_length = false;
	node->outside = node->endless = false;
	node->problem_at = node->problem_block = 0;
	node->at = ISOKIT_NO_OFFSET;
	*ret_ok = false;
	/* An entry of strategy 4096 is followed by an indirect one when it was replaced
	 * (4/A.6): the last entry of the chain is the file. */
	for (int i = 0; i < MAX_REPLACEMENTS && r->chain_budget; i++) {
		struct ondisk_udf_address after = icb.at;
		struct ondisk_udf_tag tag;
		const uint8_t *block = NULL;
		const char *why = NULL;
		enum isokit_status st;
		uint64_t at = 0;

		st = entry_block(r, icb.at, &at, &tag, &block, &why);
		if (st)
			return st;
		if (block && tag.id != ONDISK_UDF_FILE_ENTRY &&
		    tag.id != ONDISK_UDF_EXTENDED_FILE_ENTRY) {
			why = "has a descriptor of another kind";
			block = NULL;
		}
		if (!block) {
			if (!found)
				*ret_why = why;
			break;
		}
		if (ondisk_udf_entry_decode(block, unit, tag.id == ONDISK_UDF_EXTENDED_FILE_ENTRY,
					    &node->e, NULL)) {
			*ret_why = "has a file entry with lengths that cannot be";
			found = false;
			break;
		}
		/* The window moves on; most of the block is usually empty. */
		memcpy(node->block, block, node->e.ad_at + node->e.ad_bytes);
		node->e.modified = node->block + (node->e.modified - block);
		found = true;
		node->at = at;
		node->where = icb.at;
		node->crc_wrong = r->report && !crc_fits(r, &tag, block);
		if (node->e.strategy != 4096 || icb.bytes < 2 * unit)
			break;
		r->chain_budget--;
		after.block++;
		st = entry_block(r, after, &at, &tag, &block, &why);
		if (st)
			return st;
		if (!block || tag.id != ONDISK_UDF_INDIRECT_ENTRY)
			break;
		icb = ondisk_udf_indirect_decode(block);
		if (icb.bytes == 0)
			break;
	}
	*ret_ok = found;
	return found ? gather_extents(r, node) : ISOKIT_OK;
}

enum isokit_status model_udf_read(struct udf_reader *r, const struct isokit_extent *extents,
				  size_t n_extents, uint64_t position, void *buffer, size_t n,
				  size_t *ret_got)
{
	uint64_t size = r->img->facts.size, from = 0;
	uint8_t *out = buffer;
	size_t got = 0;

	for (size_t i = 0; i < n_extents && got < n; from += extents[i++].bytes) {
		uint64_t skip, take, at;
		enum isokit_status st;

		if (position + got >= from + extents[i].bytes)
			continue;
		skip = position + got - from;
		take = min_u64(extents[i].bytes - skip, n - got);
		if (extents[i].lba == ISOKIT_HOLE) {
			memset(out + got, 0, (size_t)take);
			got += (size_t)take;
			continue;
		}
		at = extents[i].lba * r->v->block_bytes + extents[i].skip_bytes + skip;
		if (at >= size)
			break;
		if (take > size - at) {
			take = size - at;
			n = got + (size_t)take; /* nothing behind it */
		}
		st = model_read(r->img, at, out + got, (size_t)take, r->err);
		if (st)
			return st;
		got += (size_t)take;
	}
	*ret_got = got;
	return ISOKIT_OK;
}
