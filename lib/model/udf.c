/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDF: is it there, how is it called, which revision. Its tree is not walked. */
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "model/impl.h"
#include "ondisk/udf.h"

enum {
	MAX_BLOCK_BYTES = 4096,
	MAX_DESCRIPTORS = 64, /* of one sequence: 16 are the least, few discs have more */
	MAX_POINTERS = 8,
};

struct volume {
	struct isokit_image *img;
	uint32_t block_bytes; /* of the medium */
	struct ondisk_udf_extent main, reserve;
	bool logical_seen;
	uint8_t raw[MAX_BLOCK_BYTES];
};

/* Read a block and decode its tag; *ret_ok tells whether it is a descriptor
 * that says it lies there. */
static enum isokit_status read_tag(struct volume *v, uint64_t block, struct ondisk_udf_tag *ret_tag,
				   bool *ret_ok, struct isokit_error *err)
{
	uint64_t at = block * v->block_bytes;
	enum isokit_status st;

	*ret_ok = false;
	if (!range_inside(at, v->block_bytes, v->img->facts.size))
		return ISOKIT_OK;
	st = model_read(v->img, at, v->raw, v->block_bytes, err);
	if (st)
		return st;
	*ret_ok = ondisk_udf_tag_decode(v->raw, v->block_bytes, ret_tag, NULL) == ISOKIT_OK &&
		  ret_tag->location == block;
	return ISOKIT_OK;
}

/* Anchors are at 256, 256 before the last block and the last block (ECMA-167
 * 3/8.4.2.1); at 512 on discs that are still open (UDF 6.11.1). The size of a
 * block is not known before one is found. */
static enum isokit_status find_anchor(struct volume *v, bool *ret_found, struct isokit_error *err)
{
	static const uint32_t sizes[] = { 2048, 512, 4096, 1024 };
	struct ondisk_udf_tag tag;
	enum isokit_status st;

	*ret_found = false;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t n = v->img->facts.size / sizes[i];
		const uint64_t at[] = { 256, n - 257, n - 1, 512 };

		v->block_bytes = sizes[i];
		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
			bool ok = false;

			if (at[k] >= n)
				continue;
			st = read_tag(v, at[k], &tag, &ok, err);
			if (st)
				return st;
			if (!ok || tag.id != ONDISK_UDF_ANCHOR)
				continue;
			ondisk_udf_anchor_decode(v->raw, &v->main, &v->reserve);
			*ret_found = true;
			return ISOKIT_OK;
		}
	}
	return ISOKIT_OK;
}

/* "1.02" out of 0x0102. */
static const char *revision_text(struct isokit_image *img, uint16_t revision)
{
	struct text t = { 0 };
	const char *kept;

	text_addf(&t, "%x.%02x", revision >> 8, revision & 0xffu);
	kept = t.failed ? NULL : arena_strndup(&img->arena, t.bytes, t.n);
	text_free(&t);
	return kept;
}

static enum isokit_status take_logical(struct volume *v, struct isokit_error *err)
{
	struct isokit_namespace *ns = &v->img->facts.namespaces[ISOKIT_NS_UDF];
	struct ondisk_udf_logical logical;
	char id[128 / 2 * 3 + 4];
	size_t n;

	ondisk_udf_logical_decode(v->raw, &logical);
	n = ondisk_udf_dstring(logical.id, 128, id);
	ns->volume_id = arena_strndup(&v->img->arena, id, n);
	ns->version = logical.revision ? revision_text(v->img, logical.revision) : NULL;
	if (!ns->volume_id || (logical.revision && !ns->version))
		return isokit_fail_nomem(err, v->img->facts.path, n);
	v->logical_seen = true;
	return ISOKIT_OK;
}

static void take_partition(struct volume *v)
{
	struct ondisk_udf_partition p;

	ondisk_udf_partition_decode(v->raw, &p);
	/* Partitions of recordable discs reach to the end of the medium, recorded or
	 * not. */
	if (p.access == 2 || p.access == 3)
		return;
	model_expect(v->img, ((uint64_t)p.start + p.blocks) * v->block_bytes, "UDF partition");
}

/* Walk one volume descriptor sequence (3/8.4.2). */
static enum isokit_status read_sequence(struct volume *v, struct ondisk_udf_extent extent,
					struct isokit_error *err)
{
	unsigned pointers = 0;
	uint32_t i = 0;

	for (unsigned seen = 0; seen < MAX_DESCRIPTORS * MAX_POINTERS; seen++) {
		struct ondisk_udf_tag tag;
		enum isokit_status st;
		bool ok;

		if (i >= MAX_DESCRIPTORS || i >= extent.bytes / v->block_bytes)
			return ISOKIT_OK;
		st = read_tag(v, (uint64_t)extent.lba + i, &tag, &ok, err);
		if (st || !ok)
			return st;
		i++;
		if (tag.id == ONDISK_UDF_TERMINATOR)
			return ISOKIT_OK;
		if (tag.id == ONDISK_UDF_PARTITION)
			take_partition(v);
		if (tag.id == ONDISK_UDF_LOGICAL && !v->logical_seen) {
			st = take_logical(v, err);
			if (st)
				return st;
		}
		if (tag.id == ONDISK_UDF_POINTER) {
			if (++pointers > MAX_POINTERS)
				return ISOKIT_OK;
			ondisk_udf_pointer_decode(v->raw, &extent);
			i = 0;
		}
	}
	return ISOKIT_OK;
}

enum isokit_status model_udf(struct isokit_image *img, struct isokit_error *err)
{
	struct volume v = { .img = img };
	uint64_t vrs = ISOKIT_NO_OFFSET;
	enum isokit_status st;
	bool found;

	for (size_t i = 0; i < img->facts.n_descriptors; i++)
		if (strncmp(img->facts.descriptors[i].id, "NSR0", 4) == 0)
			vrs = img->facts.descriptors[i].lba * SECTOR_BYTES;
	if (vrs == ISOKIT_NO_OFFSET)
		return ISOKIT_OK;
	st = find_anchor(&v, &found, err);
	if (st)
		return st;
	if (!found) {
		model_find(img, ISOKIT_F_UDF_NO_ANCHOR, vrs, SECTOR_BYTES, NULL, 0, 0);
		return ISOKIT_OK;
	}
	img->facts.namespaces[ISOKIT_NS_UDF].present = true;
	st = read_sequence(&v, v.main, err);
	if (!st && !v.logical_seen)
		st = read_sequence(&v, v.reserve, err);
	if (!st && !v.logical_seen)
		model_find(img, ISOKIT_F_UDF_NO_VOLUME, (uint64_t)v.main.lba * v.block_bytes,
			   v.main.bytes, NULL, 0, 0);
	return st;
}
