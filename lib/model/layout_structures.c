/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What everything but the trees claims: descriptors, path tables, boot images,
 * partition tables and partitions, file systems inside, sessions. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/layout.h"
#include "model/udf.h"
#include "ondisk/joliet.h"
#include "ondisk/volume.h"

enum {
	SECTOR512 = 512,
	SYSTEM_AREA_SECTORS = 16,
	MAX_SESSION_DESCRIPTORS = 32,
	MAX_ARRAY_BYTES = 4 << 20,
	MAX_SEQUENCE = 64, /* descriptors of UDF */
};

/* "word 2 (name)", owned by the layout; the bare word when memory is refused. */
static const char *named(struct isokit_layout *l, const char *word, unsigned number,
			 const char *name)
{
	struct text t = { 0 };
	const char *kept;

	text_add_str(&t, word);
	if (number)
		text_addf(&t, " %u", number);
	if (name && name[0])
		text_addf(&t, " (%s)", name);
	kept = t.failed ? NULL : arena_strndup(&l->arena, t.bytes, t.n);
	text_free(&t);
	return kept ? kept : word;
}

/* ---- volumes -------------------------------------------------------------------- */

static const char *descriptor_words(const char *name)
{
	static const char *const words[][2] = {
		{ "primary", "primary volume descriptor" },
		{ "supplementary", "supplementary volume descriptor" },
		{ "enhanced", "enhanced volume descriptor" },
		{ "boot", "boot record" },
		{ "partition", "volume partition descriptor" },
		{ "terminator", "descriptor set terminator" },
		{ "udf-bea01", "UDF recognition: BEA01" },
		{ "udf-nsr02", "UDF recognition: NSR02" },
		{ "udf-nsr03", "UDF recognition: NSR03" },
		{ "udf-tea01", "UDF recognition: TEA01" },
		{ "udf-boot2", "UDF recognition: BOOT2" },
		{ "cdw02", "CD-WO recognition: CDW02" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i][0], name) == 0)
			return words[i][1];
	return "volume descriptor";
}

bool layout_path_tables(struct isokit_layout *l, const struct isokit_volume *v, const char *of)
{
	const struct {
		uint32_t lba;
		const char *word;
	} tables[] = {
		{ v->path_table_l_lba, "path table L" },
		{ v->path_table_l_opt_lba, "optional path table L" },
		{ v->path_table_m_lba, "path table M" },
		{ v->path_table_m_opt_lba, "optional path table M" },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i].lba &&
		    !layout_thing(l, ISOKIT_REGION_PATH_TABLE,
				  (uint64_t)tables[i].lba * model_block_bytes(v),
				  v->path_table_bytes, named(l, tables[i].word, 0, of)))
			return false;
	return true;
}

/* Trees that share their path tables and directories are one volume. */
static bool claim_volumes(struct isokit_layout *l)
{
	static const struct {
		enum isokit_namespace_kind kind;
		const char *words, *short_words;
	} kinds[] = {
		{ ISOKIT_NS_ISO9660, "ISO 9660 volume", "ISO 9660" },
		{ ISOKIT_NS_JOLIET, "Joliet volume", "Joliet" },
		{ ISOKIT_NS_ENHANCED, "enhanced volume", "enhanced" },
	};
	const struct isokit_volume *first = l->img->facts.primary;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct isokit_volume *v = l->img->facts.namespaces[kinds[i].kind].volume;

		if (!v)
			continue;
		if (v != first && first && v->path_table_l_lba == first->path_table_l_lba)
			continue;
		if (!layout_path_tables(l, v, kinds[i].short_words))
			return false;
		if ((v == first || !first || v->blocks != first->blocks) &&
		    !layout_thing(l, ISOKIT_REGION_VOLUME, 0,
				  (uint64_t)v->blocks * model_block_bytes(v), kinds[i].words))
			return false;
	}
	return true;
}

static bool claim_descriptors(struct isokit_layout *l)
{
	const struct isokit_facts *f = &l->img->facts;
	uint64_t system = (uint64_t)SYSTEM_AREA_SECTORS * SECTOR_BYTES;

	for (size_t i = 0; i < f->n_descriptors; i++)
		if (!layout_thing(l, ISOKIT_REGION_DESCRIPTOR, f->descriptors[i].lba * SECTOR_BYTES,
				  SECTOR_BYTES, descriptor_words(f->descriptors[i].name)))
			return false;
	return layout_thing(l, ISOKIT_REGION_SYSTEM_AREA, 0, min_u64(system, f->size),
			    "system area");
}

/* ---- El Torito -------------------------------------------------------------------- */

static bool claim_boot(struct isokit_layout *l)
{
	const struct isokit_el_torito *et = &l->img->facts.el_torito;

	if (et->readable &&
	    !layout_thing(l, ISOKIT_REGION_CATALOG, (uint64_t)et->catalog_lba * SECTOR_BYTES,
			  SECTOR_BYTES, "boot catalog"))
		return false;
	for (size_t i = 0; i < et->n_entries; i++) {
		const struct isokit_boot_entry *e = &et->entries[i];
		uint64_t bytes = e->bytes;

		/* "To the end of the medium" says nothing about what is there. */
		if (e->platform == ISOKIT_PLATFORM_UEFI && e->load_sectors < 2 && !e->path &&
		    e->fat < 0)
			bytes = SECTOR_BYTES;
		if (!layout_thing(l, ISOKIT_REGION_BOOT_IMAGE, (uint64_t)e->lba * SECTOR_BYTES,
				  bytes, named(l, "boot image", e->index, e->loader)))
			return false;
		l->things[l->n_things - 1].index = e->index;
	}
	return true;
}

static bool claim_fats(struct isokit_layout *l)
{
	const struct isokit_facts *f = &l->img->facts;

	for (size_t i = 0; i < f->n_fats; i++) {
		const struct isokit_fat *fat = &f->fats[i];

		if (fat->bytes &&
		    !layout_thing(l, ISOKIT_REGION_FAT, fat->offset, fat->bytes,
				  named(l, fat->bits == 12 ? "FAT12" : fat->bits == 16 ? "FAT16" :
									 "FAT32",
					0, fat->label)))
			return false;
	}
	return true;
}

/* ---- partitions ------------------------------------------------------------------- */

static bool claim_partition(struct isokit_layout *l, uint64_t offset, uint64_t bytes,
			    const char *table, unsigned index, const char *name, bool active)
{
	struct text t = { 0 };
	const char *kept;
	bool ok;

	text_addf(&t, "%s partition", table);
	kept = t.failed ? NULL : named(l, t.bytes, index, name);
	/* named() gives back what it was given where memory is refused. */
	if (!kept || kept == t.bytes)
		kept = "partition";
	text_free(&t);
	ok = layout_thing(l, ISOKIT_REGION_PARTITION, offset, bytes, kept);
	if (ok) {
		l->things[l->n_things - 1].table = table;
		l->things[l->n_things - 1].index = index;
		l->things[l->n_things - 1].active = active;
	}
	return ok;
}

static bool claim_mbr(struct isokit_layout *l)
{
	const struct isokit_mbr *m = &l->img->facts.mbr;

	if (!m->present)
		return true;
	if (m->code != ISOKIT_CODE_NONE &&
	    !layout_thing(l, ISOKIT_REGION_BOOT_CODE, 0, m->plausible ? 440 : 510,
			  named(l, "MBR boot code", 0, m->code_name)))
		return false;
	if (m->plausible && !layout_thing(l, ISOKIT_REGION_PARTITION_TABLE, 440, SECTOR512 - 440,
					  "MBR partition table"))
		return false;
	for (size_t i = 0; i < m->n_partitions; i++) {
		const struct isokit_mbr_partition *p = &m->partitions[i];
		uint64_t at = (uint64_t)p->start_lba * SECTOR512;
		uint64_t bytes = (uint64_t)p->sectors * SECTOR512;
		char type[16] = "type ??";

		type[5] = "0123456789ABCDEF"[p->type >> 4];
		type[6] = "0123456789ABCDEF"[p->type & 15];
		/* A protective entry describes the disk, by habit with any size. */
		if (p->type == 0xee && at < l->img->facts.size)
			bytes = min_u64(bytes, l->img->facts.size - at);
		if (!claim_partition(l, at, bytes, "MBR", p->index, type, p->active))
			return false;
	}
	return true;
}

static bool claim_gpt_copy(struct isokit_layout *l, const struct isokit_gpt_header *h,
			   const char *header, const char *array)
{
	uint32_t bs = l->img->facts.gpt.block_size;
	uint64_t at, bytes = (uint64_t)h->n_entries * h->entry_bytes;

	if (!h->present)
		return true;
	if (!layout_thing(l, ISOKIT_REGION_PARTITION_TABLE, h->lba * bs, bs, header))
		return false;
	return bytes > MAX_ARRAY_BYTES || !mul_u64(h->entries_lba, bs, &at) ||
	       layout_thing(l, ISOKIT_REGION_PARTITION_TABLE, at, bytes, array);
}

static bool claim_gpt(struct isokit_layout *l)
{
	const struct isokit_gpt *g = &l->img->facts.gpt;

	if (!claim_gpt_copy(l, &g->primary, "GPT header", "GPT entry array") ||
	    !claim_gpt_copy(l, &g->backup, "GPT backup header", "GPT backup entry array"))
		return false;
	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct isokit_gpt_partition *p = &g->partitions[i];
		uint64_t at, bytes;

		if (p->last_lba < p->first_lba || p->last_lba == UINT64_MAX ||
		    !mul_u64(p->first_lba, g->block_size, &at) ||
		    !mul_u64(p->last_lba - p->first_lba + 1, g->block_size, &bytes))
			continue;
		if (!claim_partition(l, at, bytes, "GPT", p->index, p->name, false))
			return false;
	}
	return true;
}

static bool claim_apm(struct isokit_layout *l)
{
	const struct isokit_apm *a = &l->img->facts.apm;

	for (size_t i = 0; a->present && i < a->n_partitions; i++) {
		const struct isokit_apm_partition *p = &a->partitions[i];
		uint64_t at = (uint64_t)p->start * a->block_size;

		if (!layout_thing(l, ISOKIT_REGION_PARTITION_TABLE,
				  (uint64_t)p->index * a->block_size, SECTOR512,
				  named(l, "APM entry", p->index, NULL)) ||
		    !claim_partition(l, at, (uint64_t)p->blocks * a->block_size, "APM", p->index,
				     p->type, false))
			return false;
	}
	return true;
}

/* ---- labels of other machines ------------------------------------------------------- */

/* Sun's label: BE magic at 508 and all 16-bit words XORed zero; 8 slices at 444, of a first
 * cylinder and a number of sectors. genisoimage -B puts a boot image for each kind of
 * machine into one of its own, behind the ISO 9660 volume in slice 1. */
static bool claim_sun(struct isokit_layout *l, const uint8_t *raw)
{
	uint32_t cylinder = (uint32_t)get_be16(raw + 436) * get_be16(raw + 438);
	uint16_t sum = 0;

	for (size_t i = 0; i < SECTOR512; i += 2)
		sum ^= get_be16(raw + i);
	if (get_be16(raw + 508) != 0xdabe || sum != 0)
		return true;
	if (!layout_thing(l, ISOKIT_REGION_PARTITION_TABLE, 0, SECTOR512, "Sun disk label"))
		return false;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t at = (uint64_t)get_be32(raw + 444 + i * 8) * cylinder * SECTOR512;
		uint64_t bytes = (uint64_t)get_be32(raw + 448 + i * 8) * SECTOR512;

		if (at == 0 || bytes == 0 || !range_inside(at, bytes, l->img->facts.size))
			continue;
		if (!layout_thing(l, ISOKIT_REGION_BOOT_IMAGE, at, bytes,
				  named(l, "Sun slice", i + 1, NULL)))
			return false;
	}
	return true;
}

static enum isokit_status claim_labels(struct isokit_layout *l, bool *ret_ok,
				       struct isokit_error *err)
{
	uint8_t raw[SECTOR512];
	enum isokit_status st;

	*ret_ok = true;
	if (l->img->facts.size < sizeof(raw) || !layout_wants(l, 0, l->img->facts.size))
		return ISOKIT_OK;
	st = model_read(l->img, 0, raw, sizeof(raw), err);
	if (st)
		return st == ISOKIT_E_IO ? ISOKIT_OK : st;
	if (get_be32(raw) == 0x0be5a941) /* SGI: a volume header, its files are in the tree */
		*ret_ok = layout_thing(l, ISOKIT_REGION_PARTITION_TABLE, 0, SECTOR512,
				       "SGI volume header");
	else
		*ret_ok = claim_sun(l, raw);
	return ISOKIT_OK;
}

/* ---- UDF ---------------------------------------------------------------------------- */

static bool claim_blocks(struct isokit_layout *l, uint64_t at, uint64_t block, uint32_t block_bytes,
			 uint64_t bytes, const char *words)
{
	uint64_t from;

	return bytes == 0 || !mul_u64(block, block_bytes, &from) || !add_u64(at, from, &from) ||
	       !range_inside(from, bytes, l->img->facts.size) ||
	       layout_thing(l, ISOKIT_REGION_UDF, from, bytes, words);
}

/* The partition header descriptor (ECMA-167 4/14.3) names tables and bitmaps in short_ads. */
static bool claim_partition_header(struct isokit_layout *l, const struct udf_volume *v,
				   const uint8_t *raw)
{
	static const char *const words[] = {
		"UDF unallocated space table", "UDF space bitmap", "UDF partition integrity table",
		"UDF freed space table", "UDF freed space bitmap",
	};
	struct ondisk_udf_partition p;

	ondisk_udf_partition_decode(raw, &p);
	for (size_t i = 0; p.nsr && i < sizeof(words) / sizeof(words[0]); i++) {
		const uint8_t *ad = raw + 56 + i * 8;

		if (!claim_blocks(l, (uint64_t)p.start * v->sector_bytes, get_le32(ad + 4),
				  v->block_bytes, get_le32(ad) & 0x3fffffff, words[i]))
			return false;
	}
	return true;
}

/* The file at a block of a partition that lists the free blocks of the metadata. */
static enum isokit_status claim_metadata_bitmap(struct isokit_layout *l, const struct udf_volume *v,
						unsigned base, uint32_t block, bool *ret_ok,
						struct isokit_error *err)
{
	struct ondisk_udf_long icb = { .bytes = v->block_bytes,
				       .at = { .block = block, .ref = (uint16_t)base } };
	struct udf_node *node = calloc(1, sizeof(*node));
	struct udf_reader r = { 0 };
	const char *why;
	bool there = false;
	enum isokit_status st;

	if (!node)
		return isokit_fail_nomem(err, l->img->facts.path, sizeof(*node));
	st = model_udf_reader_init(&r, l->img, v, err);
	if (!st)
		st = model_udf_node_read(&r, icb, node, &there, &why);
	if (!st && there && node->e.type == ONDISK_UDF_TYPE_METADATA_BITMAP) {
		*ret_ok = claim_blocks(l, node->at, 0, v->block_bytes, v->block_bytes,
				       "UDF metadata bitmap file");
		for (size_t i = 0; i < node->n_extents && *ret_ok; i++)
			if (node->extents[i].lba != ISOKIT_HOLE && !node->extents[i].skip_bytes)
				*ret_ok = claim_blocks(l, 0, node->extents[i].lba, v->block_bytes,
						       node->extents[i].bytes,
						       "UDF metadata bitmap");
	}
	model_udf_node_free(node);
	free(node);
	model_udf_reader_free(&r);
	return st;
}

/* The tables and files that the partition maps of a logical volume name. */
static enum isokit_status claim_maps(struct isokit_layout *l, const struct udf_volume *v,
				     const uint8_t *raw, uint32_t sector_bytes, bool *ret_ok,
				     struct isokit_error *err)
{
	struct ondisk_udf_logical lv;
	size_t at = 0, end;

	ondisk_udf_logical_decode(raw, &lv);
	end = (size_t)min_u64(lv.maps_bytes, sector_bytes - 440u);
	for (unsigned i = 0; i < v->n_parts && i < lv.n_maps && *ret_ok; i++) {
		struct ondisk_udf_map m;
		size_t n = ondisk_udf_map_decode(lv.maps + at, end - at, &m);
		uint64_t base_at;
		enum isokit_status st = ISOKIT_OK;

		if (!n)
			return ISOKIT_OK;
		at += n;
		for (unsigned k = 0; m.kind == ONDISK_UDF_MAP_SPARABLE && k < m.n_tables && *ret_ok; k++)
			*ret_ok = claim_blocks(l, 0, m.tables[k], sector_bytes, m.table_bytes,
					       "UDF sparing table");
		if (m.kind != ONDISK_UDF_MAP_METADATA || v->parts[i].kind != m.kind)
			continue;
		base_at = v->parts[v->parts[i].base].at;
		*ret_ok = claim_blocks(l, base_at, m.main, v->block_bytes, v->block_bytes,
				       "UDF metadata file") &&
			  claim_blocks(l, base_at, m.mirror, v->block_bytes, v->block_bytes,
				       "UDF metadata mirror file");
		if (*ret_ok && m.bitmap != UINT32_MAX)
			st = claim_metadata_bitmap(l, v, v->parts[i].base, m.bitmap, ret_ok, err);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

/* What the descriptors of the main sequence name. */
static enum isokit_status claim_sequence(struct isokit_layout *l, const struct udf_volume *v,
					 struct ondisk_udf_extent main, bool *ret_ok,
					 struct isokit_error *err)
{
	uint32_t bs = v->sector_bytes, n = (uint32_t)min_u64(main.bytes / bs, MAX_SEQUENCE);
	bool logical = false;

	for (uint32_t i = 0; i < n && *ret_ok; i++) {
		uint64_t at = ((uint64_t)main.lba + i) * bs;
		uint8_t raw[UDF_MAX_BLOCK];
		struct ondisk_udf_tag tag;
		enum isokit_status st;

		if (!range_inside(at, bs, l->img->facts.size))
			return ISOKIT_OK;
		st = model_read(l->img, at, raw, bs, err);
		if (st)
			return st == ISOKIT_E_IO ? ISOKIT_OK : st;
		if (ondisk_udf_tag_decode(raw, bs, &tag, NULL) || tag.id == ONDISK_UDF_TERMINATOR)
			return ISOKIT_OK;
		if (tag.id == ONDISK_UDF_PARTITION)
			*ret_ok = claim_partition_header(l, v, raw);
		if (tag.id == ONDISK_UDF_LOGICAL && !logical) {
			logical = true;
			st = claim_maps(l, v, raw, bs, ret_ok, err);
		}
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

/* An anchor and the volume descriptor sequences that it names (ECMA-167 3/8.4.2.1). */
static enum isokit_status claim_anchor(struct isokit_layout *l, const struct udf_volume *v,
				       uint64_t block, bool sequences, bool *ret_ok,
				       struct isokit_error *err)
{
	const uint32_t bs = v->sector_bytes;
	struct ondisk_udf_extent main, reserve;
	uint8_t raw[UDF_MAX_BLOCK];
	struct ondisk_udf_tag tag;
	enum isokit_status st;

	*ret_ok = true;
	if (!range_inside(block * bs, bs, l->img->facts.size))
		return ISOKIT_OK;
	st = model_read(l->img, block * bs, raw, bs, err);
	if (st || ondisk_udf_tag_decode(raw, bs, &tag, NULL) || tag.id != ONDISK_UDF_ANCHOR)
		return st;
	*ret_ok = layout_thing(l, ISOKIT_REGION_UDF, block * bs, bs, "UDF anchor");
	if (!sequences || !*ret_ok)
		return ISOKIT_OK;
	ondisk_udf_anchor_decode(raw, &main, &reserve);
	*ret_ok = layout_thing(l, ISOKIT_REGION_UDF, (uint64_t)main.lba * bs, main.bytes,
			       "UDF volume descriptor sequence") &&
		  layout_thing(l, ISOKIT_REGION_UDF, (uint64_t)reserve.lba * bs, reserve.bytes,
			       "UDF reserve descriptor sequence");
	return *ret_ok ? claim_sequence(l, v, main, ret_ok, err) : ISOKIT_OK;
}

/* The file set descriptors, and the files that stand for partitions. */
static enum isokit_status claim_udf_volume(struct isokit_layout *l, const struct udf_volume *v,
					   bool *ret_ok, struct isokit_error *err)
{
	uint64_t want = div_up(v->file_set.bytes ? v->file_set.bytes : v->block_bytes,
			       v->block_bytes);
	enum isokit_status st;
	struct udf_reader r;
	uint64_t at, blocks;

	*ret_ok = true;
	if (v->integrity_at != ISOKIT_NO_OFFSET)
		*ret_ok = layout_thing(l, ISOKIT_REGION_UDF, v->integrity_at, v->sector_bytes,
				       "UDF integrity descriptor");
	/* Of an allocation table inside its file entry, the whole entry. */
	for (unsigned i = 0; i < v->n_parts && *ret_ok; i++)
		for (size_t k = 0; v->parts[i].kind == ONDISK_UDF_MAP_VIRTUAL &&
				   k < v->parts[i].n_runs && *ret_ok; k++) {
			const struct udf_run *run = &v->parts[i].runs[k];
			uint64_t in = run->at % v->block_bytes;

			if (run->at != ISOKIT_NO_OFFSET)
				*ret_ok = claim_blocks(l, run->at - in, 0, v->block_bytes,
						       in ? v->block_bytes : run->bytes,
						       "UDF virtual allocation table");
		}
	for (unsigned i = 0; i < v->n_parts && *ret_ok; i++)
		for (size_t k = 0; v->parts[i].mirror && k < v->parts[i].n_mirror && *ret_ok; k++)
			if (v->parts[i].mirror[k].at != ISOKIT_NO_OFFSET)
				*ret_ok = layout_thing(l, ISOKIT_REGION_UDF,
						       v->parts[i].mirror[k].at,
						       v->parts[i].mirror[k].bytes,
						       "UDF metadata mirror");
	if (!*ret_ok)
		return ISOKIT_OK;
	st = model_udf_reader_init(&r, l->img, v, err);
	if (st)
		return st;
	st = model_udf_locate(&r, v->file_set.at, want, &at, &blocks);
	if (!st && blocks)
		*ret_ok = layout_thing(l, ISOKIT_REGION_UDF, at,
				       min_u64(blocks, want) * v->block_bytes, "UDF file set");
	model_udf_reader_free(&r);
	return st;
}

static enum isokit_status claim_udf(struct isokit_layout *l, bool *ret_ok,
				    struct isokit_error *err)
{
	const struct isokit_udf *f = &l->img->facts.udf;
	const struct udf_volume *v = l->img->udf;
	enum isokit_status st = ISOKIT_OK;

	*ret_ok = true;
	if (!l->img->facts.namespaces[ISOKIT_NS_UDF].present || !v)
		return ISOKIT_OK;
	for (unsigned i = 0; i < f->n_anchors && *ret_ok && !st; i++)
		st = claim_anchor(l, v, f->anchors[i], i == 0, ret_ok, err);
	return st || !*ret_ok ? st : claim_udf_volume(l, v, ret_ok, err);
}

/* ---- sessions ----------------------------------------------------------------------- */

/* The descriptors of a session that block 16 does not show. */
static enum isokit_status claim_session(struct isokit_layout *l, unsigned index,
					const struct isokit_session *s, bool *ret_ok,
					struct isokit_error *err)
{
	uint64_t size = l->img->facts.size;

	*ret_ok = true;
	for (unsigned i = 0; i < MAX_SESSION_DESCRIPTORS && *ret_ok; i++) {
		uint64_t lba = s->lba + SYSTEM_AREA_SECTORS + i;
		struct ondisk_vd_head head;
		uint8_t raw[SECTOR_BYTES];
		enum isokit_status st;
		struct isokit_volume *v;

		if (!range_inside(lba * SECTOR_BYTES, SECTOR_BYTES, size))
			return ISOKIT_OK;
		st = model_read(l->img, lba * SECTOR_BYTES, raw, sizeof(raw), err);
		if (st)
			return st;
		if (!ondisk_vd_head_decode(raw, sizeof(raw), &head))
			return ISOKIT_OK;
		*ret_ok = layout_thing(l, ISOKIT_REGION_DESCRIPTOR, lba * SECTOR_BYTES,
				       SECTOR_BYTES,
				       named(l, "volume descriptor of session", index, NULL));
		if (head.type == ONDISK_VD_TERMINATOR)
			return ISOKIT_OK;
		if (!*ret_ok ||
		    (head.type != ONDISK_VD_PRIMARY && head.type != ONDISK_VD_SUPPLEMENTARY))
			continue;
		v = model_volume_from(l->img, raw, lba, false);
		*ret_ok = v && layout_path_tables(l, v, "older session");
	}
	return ISOKIT_OK;
}

static enum isokit_status claim_sessions(struct isokit_layout *l, bool *ret_ok,
					 struct isokit_error *err)
{
	const struct isokit_facts *f = &l->img->facts;

	*ret_ok = true;
	if (!f->primary || f->n_sessions < 2)
		return ISOKIT_OK;
	for (size_t i = 0; i < f->n_sessions && *ret_ok; i++) {
		const struct isokit_session *s = &f->sessions[i];
		unsigned index = (unsigned)i + 1;
		enum isokit_status st;

		*ret_ok = layout_thing(l, ISOKIT_REGION_SESSION, s->lba * SECTOR_BYTES,
				       (uint64_t)s->blocks * model_block_bytes(f->primary),
				       named(l, "session", index, s->volume_id));
		if (!*ret_ok)
			return ISOKIT_OK;
		l->things[l->n_things - 1].index = index;
		if (s->lba == 0)
			continue;
		st = claim_session(l, index, s, ret_ok, err);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

/* ---- HFS ---------------------------------------------------------------------------- */

static bool claim_hfs(struct isokit_layout *l)
{
	const struct isokit_hfs *h = &l->img->facts.hfs;

	if (!l->img->facts.namespaces[ISOKIT_NS_HFS].present || !h->bytes)
		return true;
	if (h->alternate_offset && range_inside(h->alternate_offset, SECTOR512, l->img->facts.size) &&
	    !layout_thing(l, ISOKIT_REGION_HFS, h->alternate_offset, SECTOR512,
			  "HFS alternate header"))
		return false;
	return layout_thing(l, ISOKIT_REGION_VOLUME, h->offset, h->bytes,
			    h->kind && strcmp(h->kind, "hfs") != 0 ? "HFS+ volume" : "HFS volume") &&
	       layout_thing(l, ISOKIT_REGION_HFS, h->offset + 1024, SECTOR512,
			    "HFS volume header");
}

enum isokit_status layout_structures(struct isokit_layout *l, struct isokit_error *err)
{
	enum isokit_status st;
	bool ok = claim_descriptors(l) && claim_volumes(l) && claim_boot(l) && claim_fats(l) &&
		  claim_mbr(l) && claim_gpt(l) && claim_apm(l) && claim_hfs(l);

	if (!ok)
		return isokit_fail_nomem(err, l->img->facts.path, sizeof(*l->claims));
	st = claim_udf(l, &ok, err);
	if (!st && ok)
		st = claim_labels(l, &ok, err);
	if (!st && ok)
		st = claim_sessions(l, &ok, err);
	if (!st && !ok)
		st = isokit_fail_nomem(err, l->img->facts.path, sizeof(*l->claims));
	return st;
}
