/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HFS and HFS+ beside ISO 9660: described by their headers, not walked. */
#include "ondisk/hfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/impl.h"

/* Where a volume may begin, and what it may fill. */
struct place {
	uint64_t start, bytes;
	const char *where; /* static or of the arena: for messages */
	bool apple;        /* a partition of the Apple map */
};

/* The header at a place; kind ONDISK_HFS_NONE where there is none. */
static enum isokit_status read_header(struct isokit_image *img, uint64_t at,
				      struct ondisk_hfs *ret, struct isokit_error *err)
{
	uint8_t raw[ONDISK_HFS_HEADER_BYTES];
	enum isokit_status st;

	*ret = (struct ondisk_hfs){ 0 };
	if (!range_inside(at, sizeof(raw), img->facts.size))
		return ISOKIT_OK;
	st = model_read(img, at, raw, sizeof(raw), err);
	if (!st && ondisk_hfs_decode(raw, ret, NULL) == ISOKIT_E_CORRUPT)
		*ret = (struct ondisk_hfs){ 0 };
	return st;
}

/* ---- the name of an HFS+ volume ------------------------------------------------- */

/* The byte of the image where a run of the catalog lies, or false. */
static bool catalog_place(const struct ondisk_hfs *h, uint64_t start, uint64_t offset,
			  uint64_t bytes, uint64_t *ret_at)
{
	if (!range_inside(offset, bytes, h->catalog_bytes))
		return false;
	for (size_t i = 0; i < 8; i++) {
		uint64_t length = (uint64_t)h->catalog[i].blocks * h->block_bytes;

		if (offset < length) {
			*ret_at = start + (uint64_t)h->catalog[i].start * h->block_bytes + offset;
			return bytes <= length - offset;
		}
		offset -= length;
	}
	return false;
}

static enum isokit_status read_name(struct isokit_image *img, const struct ondisk_hfs *h,
				    uint64_t start, char *out, size_t *ret_bytes,
				    struct isokit_error *err)
{
	uint64_t size = img->facts.size, at;
	uint8_t head[64], *node;
	uint16_t node_bytes;
	uint32_t leaf;
	enum isokit_status st;

	*ret_bytes = 0;
	if (!catalog_place(h, start, 0, sizeof(head), &at) ||
	    !range_inside(at, sizeof(head), size))
		return ISOKIT_OK;
	st = model_read(img, at, head, sizeof(head), err);
	if (st || !ondisk_hfsplus_tree_decode(head, &node_bytes, &leaf) ||
	    !catalog_place(h, start, (uint64_t)leaf * node_bytes, node_bytes, &at) ||
	    !range_inside(at, node_bytes, size))
		return st;
	node = malloc(node_bytes);
	if (!node)
		return isokit_fail_nomem(err, img->facts.path, node_bytes);
	st = model_read(img, at, node, node_bytes, err);
	if (!st)
		*ret_bytes = ondisk_hfsplus_root_name(node, node_bytes, out);
	free(node);
	return st;
}

/* ---- the copy at the end ----------------------------------------------------------- */

static bool same_volume(const struct ondisk_hfs *a, const struct ondisk_hfs *b)
{
	return a->kind == b->kind && a->block_bytes == b->block_bytes && a->blocks == b->blocks &&
	       a->created == b->created && a->first_block_at == b->first_block_at;
}

/* TN1150: 1024 bytes before the end. HFS leaves room for it behind its last
 * allocation block, or, as mkhybrid writes it, takes the last one. */
static enum isokit_status look_for_copy(struct isokit_image *img, const struct ondisk_hfs *h,
					const struct place *p, struct isokit_hfs *ret,
					struct isokit_error *err)
{
	uint64_t end = ret->offset + ret->bytes, limit = p->start + p->bytes;
	const uint64_t at[] = { end - 1024, end, end - 2048, limit - 1024, limit - 2048,
				limit - 512 };
	size_t n = h->kind == ONDISK_HFS ? sizeof(at) / sizeof(at[0]) : 1;

	ret->alternate = ISOKIT_HFS_COPY_MISSING;
	for (size_t i = 0; i < n; i++) {
		struct ondisk_hfs copy;
		enum isokit_status st;

		if (at[i] <= ret->offset + ONDISK_HFS_HEADER_AT || at[i] >= img->facts.size)
			continue;
		st = read_header(img, at[i], &copy, err);
		if (st)
			return st;
		if (copy.kind == ONDISK_HFS_NONE)
			continue;
		ret->alternate_offset = at[i];
		ret->alternate = same_volume(h, &copy) ? ISOKIT_HFS_COPY_AGREES :
							 ISOKIT_HFS_COPY_DIFFERS;
		if (ret->alternate == ISOKIT_HFS_COPY_AGREES)
			return ISOKIT_OK;
	}
	return ISOKIT_OK;
}

/* ---- one volume ---------------------------------------------------------------------- */

static const char *version_of(enum ondisk_hfs_kind kind)
{
	return kind == ONDISK_HFS ? "HFS" : kind == ONDISK_HFSPLUS ? "HFS+" : "HFSX";
}

static enum isokit_status describe(struct isokit_image *img, const struct ondisk_hfs *h,
				   const struct place *p, bool wrapped, struct isokit_error *err)
{
	struct isokit_namespace *ns = &img->facts.namespaces[ISOKIT_NS_HFS];
	struct isokit_hfs *out = &img->facts.hfs;
	char name[ONDISK_HFS_NAME_BYTES];
	enum isokit_status st = ISOKIT_OK;
	size_t name_bytes;

	*out = (struct isokit_hfs){
		.kind = h->kind == ONDISK_HFS	  ? "hfs" :
			h->kind == ONDISK_HFSPLUS ? "hfsplus" :
						    "hfsx",
		.offset = p->start,
		.bytes = h->first_block_at + (uint64_t)h->blocks * h->block_bytes,
		.block_bytes = h->block_bytes,
		.blocks = h->blocks,
		.free_blocks = h->free_blocks,
		.blessed = h->finder[0] ? h->finder[0] : h->finder[3] ? h->finder[3] : h->finder[5],
		.blessed_file = h->kind == ONDISK_HFS ? 0 : h->finder[1],
		.unmounted = h->unmounted,
		.locked = h->locked,
		.journaled = h->journaled,
		.wrapped = wrapped,
		.in_apple_partition = p->apple,
	};
	ondisk_hfs_time(h->created, &out->created);
	ondisk_hfs_time(h->modified, &out->modified);
	if (h->last_mounted[0]) {
		out->last_mounted = arena_strndup(&img->arena, h->last_mounted, 4);
		if (!out->last_mounted)
			return isokit_fail_nomem(err, img->facts.path, 5);
	}
	if (h->kind == ONDISK_HFS)
		name_bytes = ondisk_macroman_to_utf8(h->name, h->name_bytes, name);
	else
		st = read_name(img, h, p->start, name, &name_bytes, err);
	if (!st)
		st = look_for_copy(img, h, p, out, err);
	if (st)
		return st;
	*ns = (struct isokit_namespace){
		.present = true,
		.version = version_of(h->kind),
		.files = h->files,
		.directories = (uint64_t)h->folders + 1, /* the root is not counted */
	};
	if (name_bytes) {
		ns->volume_id = arena_strndup(&img->arena, name, name_bytes);
		if (!ns->volume_id)
			return isokit_fail_nomem(err, img->facts.path, name_bytes);
	}
	model_expect(img, out->offset + out->bytes, "HFS volume");
	if (out->bytes > p->bytes && out->offset + out->bytes <= img->facts.size)
		model_find(img, ISOKIT_F_HFS_OVER_PARTITION, out->offset + ONDISK_HFS_HEADER_AT,
			   ONDISK_HFS_HEADER_BYTES, p->where, out->bytes, p->bytes);
	if (out->alternate == ISOKIT_HFS_COPY_DIFFERS)
		model_find(img, ISOKIT_F_HFS_COPY_DIFFERS, out->alternate_offset,
			   ONDISK_HFS_HEADER_BYTES, NULL, out->offset + ONDISK_HFS_HEADER_AT, 0);
	else if (out->alternate == ISOKIT_HFS_COPY_MISSING &&
		 out->offset + out->bytes <= img->facts.size)
		model_find(img, ISOKIT_F_HFS_COPY_MISSING, out->offset + ONDISK_HFS_HEADER_AT,
			   ONDISK_HFS_HEADER_BYTES, NULL, out->offset + out->bytes - 1024, 0);
	if (!name_bytes)
		model_find(img, ISOKIT_F_HFS_NO_NAME, out->offset + ONDISK_HFS_HEADER_AT,
			   ONDISK_HFS_HEADER_BYTES, NULL, 0, 0);
	return ISOKIT_OK;
}

/* Is there a volume at this place? Describe it, or the HFS+ volume that it wraps. */
static enum isokit_status probe(struct isokit_image *img, struct place p, bool *ret_found,
				struct isokit_error *err)
{
	struct ondisk_hfs h, inner;
	enum isokit_status st;
	uint64_t at;

	*ret_found = false;
	if (p.start >= img->facts.size)
		return ISOKIT_OK;
	st = read_header(img, p.start + ONDISK_HFS_HEADER_AT, &h, err);
	if (st || h.kind == ONDISK_HFS_NONE)
		return st;
	*ret_found = true;
	if (!h.embeds)
		return describe(img, &h, &p, false, err);
	at = p.start + h.first_block_at + (uint64_t)h.embedded.start * h.block_bytes;
	st = read_header(img, at + ONDISK_HFS_HEADER_AT, &inner, err);
	if (st)
		return st;
	if (inner.kind != ONDISK_HFSPLUS && inner.kind != ONDISK_HFSX)
		return describe(img, &h, &p, false, err);
	p.start = at;
	p.bytes = (uint64_t)h.embedded.blocks * h.block_bytes;
	p.where = "the HFS wrapper";
	return describe(img, &inner, &p, true, err);
}

enum isokit_status model_hfs(struct isokit_image *img, struct isokit_error *err)
{
	static const char gpt_type[] = "48465300-0000-11AA-AA11-00306543ECAC";
	const struct isokit_facts *f = &img->facts;
	enum isokit_status st;
	bool found = false;

	/* Partitions first: they say how much room there is. */
	st = ISOKIT_OK;
	for (size_t i = 0; !st && !found && f->apm.present && i < f->apm.n_partitions; i++) {
		const struct isokit_apm_partition *p = &f->apm.partitions[i];

		if (p->type && strncmp(p->type, "Apple_HFS", 9) == 0)
			st = probe(img, (struct place){
				.start = (uint64_t)p->start * f->apm.block_size,
				.bytes = (uint64_t)p->blocks * f->apm.block_size,
				.where = "its partition", .apple = true }, &found, err);
	}
	for (size_t i = 0; !st && !found && i < f->gpt.n_partitions; i++) {
		const struct isokit_gpt_partition *p = &f->gpt.partitions[i];
		uint64_t start, bytes;

		if (strcmp(p->type_guid, gpt_type) == 0 && p->last_lba >= p->first_lba &&
		    mul_u64(p->first_lba, f->gpt.block_size, &start) &&
		    mul_u64(p->last_lba - p->first_lba + 1, f->gpt.block_size, &bytes))
			st = probe(img, (struct place){ .start = start, .bytes = bytes,
							.where = "its partition" }, &found, err);
	}
	for (size_t i = 0; !st && !found && i < f->mbr.n_partitions; i++) {
		const struct isokit_mbr_partition *p = &f->mbr.partitions[i];

		if (p->type == 0xaf)
			st = probe(img, (struct place){ .start = (uint64_t)p->start_lba * 512,
							.bytes = (uint64_t)p->sectors * 512,
							.where = "its partition" }, &found, err);
	}
	if (!st && !found)
		st = probe(img, (struct place){ .bytes = f->size, .where = "the image" }, &found,
			   err);
	return st;
}
