/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHDX: fixed, dynamic and differencing disks of Hyper-V. */
#include "ondisk/vhdx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "format/mapped.h"
#include "format/vhdx_log.h"

enum { NAME_BYTES = 2048, MAX_METADATA = 8 << 20 };

struct vhdx {
	struct isokit_source *src; /* with its log replayed */
	struct mapped_table *table;
	struct ondisk_vhdx_metadata md;
	struct ondisk_vhdx_regions regions;
	uint64_t ratio; /* blocks for each entry of a bitmap among them */
	bool has_parent;
};

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	if (p->head_bytes < 4096 || memcmp(p->head, "vhdxfile", 8) != 0)
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "mark \"vhdxfile\" at byte 0");
	return 90;
}

/* 2.5.1.1: a block of which only some sectors are here. */
static enum isokit_status lookup_partial(const struct vhdx *v, uint64_t offset, uint64_t at,
					 struct mapped_run *ret, struct isokit_error *err)
{
	uint64_t chunk = v->ratio * v->md.block_bytes, entry, bitmap;
	uint64_t sector = offset % chunk / v->md.sector_bytes, n = 1, first = sector / 512 * 512;
	uint64_t within = offset % v->md.block_bytes;
	uint64_t room = (v->md.block_bytes - within + offset % v->md.sector_bytes) /
			v->md.sector_bytes;
	enum isokit_status st;
	uint8_t bits[64];
	bool here;

	entry = (offset / chunk + 1) * (v->ratio + 1) - 1;
	if (entry * 8 + 8 > v->regions.bat_bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, v->regions.bat_at, isokit_source_name(v->src),
				   "the bitmap of a block is missing");
	st = mapped_table_read(v->table, v->src, v->regions.bat_at + entry * 8, bits, 8, err);
	if (st)
		return st;
	if ((get_le64(bits) & 7) != VHDX_FULL) {
		ret->kind = MAPPED_PARENT;
		return ISOKIT_OK;
	}
	bitmap = get_le64(bits) & ~UINT64_C(0xfffff);
	st = mapped_table_read(v->table, v->src, bitmap + first / 8, bits, sizeof(bits), err);
	if (st)
		return st;
	/* 2.5.2: the first sector in bit 0. */
	here = bits[(sector - first) / 8] >> (sector - first) % 8 & 1;
	for (; n < room && sector + n < first + 512; n++) {
		uint64_t k = sector + n - first;

		if ((bits[k / 8] >> k % 8 & 1) != here)
			break;
	}
	ret->bytes = n * v->md.sector_bytes - offset % v->md.sector_bytes;
	ret->kind = here ? MAPPED_STORED : MAPPED_PARENT;
	ret->src = v->src;
	ret->offset = at + within;
	return ISOKIT_OK;
}

static enum isokit_status lookup(void *self, uint64_t offset, struct mapped_run *ret,
				 struct isokit_error *err)
{
	const struct vhdx *v = self;
	uint64_t block = offset / v->md.block_bytes, within = offset % v->md.block_bytes, at;
	uint64_t entry = block + block / v->ratio; /* bitmaps have entries among the blocks */
	enum isokit_status st;
	uint8_t raw[8];

	*ret = (struct mapped_run){ .kind = MAPPED_ZEROS, .bytes = v->md.block_bytes - within };
	st = mapped_table_read(v->table, v->src, v->regions.bat_at + entry * 8, raw, sizeof(raw),
			       err);
	if (st)
		return st;
	at = get_le64(raw) & ~UINT64_C(0xfffff);
	switch (get_le64(raw) & 7) {
	case VHDX_NOT_PRESENT:
		ret->kind = MAPPED_PARENT; /* zeros without one */
		return ISOKIT_OK;
	case VHDX_UNDEFINED:
	case VHDX_ZERO:
	case VHDX_UNMAPPED:
	case VHDX_UNMAPPED_OLD:
		return ISOKIT_OK;
	case VHDX_FULL:
		ret->kind = MAPPED_STORED;
		ret->src = v->src;
		ret->offset = at + within;
		return ISOKIT_OK;
	case VHDX_PARTIAL:
		if (v->has_parent)
			return lookup_partial(v, offset, at, ret, err);
		break;
	default:
		break;
	}
	return isokit_fail(err, ISOKIT_E_CORRUPT, v->regions.bat_at + entry * 8,
			   isokit_source_name(v->src), "block %llu has a state that cannot be",
			   (unsigned long long)block);
}

static const struct mapped_ops ops = { .lookup = lookup };

/* ---- opening it -------------------------------------------------------------------- */

static bool read_header(struct isokit_source *src, struct ondisk_vhdx_header *ret)
{
	struct ondisk_vhdx_header h[2];
	uint8_t raw[VHDX_HEADER_BYTES];
	bool ok[2];

	for (int i = 0; i < 2; i++)
		ok[i] = !isokit_source_read_at(src, VHDX_HEADER_AT(i), raw, sizeof(raw), NULL) &&
			ondisk_vhdx_header_decode(raw, &h[i]);
	if (!ok[0] && !ok[1])
		return false;
	*ret = ok[0] && (!ok[1] || h[0].sequence >= h[1].sequence) ? h[0] : h[1];
	return true;
}

static enum isokit_status read_regions(struct vhdx *v, struct isokit_error *err)
{
	uint8_t *raw = malloc(VHDX_REGION_BYTES);
	bool ok = false;

	if (!raw)
		return isokit_fail_nomem(err, isokit_source_name(v->src), VHDX_REGION_BYTES);
	for (int i = 0; i < 2 && !ok; i++)
		ok = !isokit_source_read_at(v->src, VHDX_REGION_AT(i), raw, VHDX_REGION_BYTES, NULL) &&
		     ondisk_vhdx_regions_decode(raw, &v->regions);
	free(raw);
	if (!ok || !v->regions.bat_bytes || !v->regions.metadata_bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, VHDX_REGION_AT(0),
				   isokit_source_name(v->src), "VHDX without a region table that is right");
	if (v->regions.unknown)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, VHDX_REGION_AT(0),
				   isokit_source_name(v->src),
				   "VHDX with a region that is not known: not supported");
	return ISOKIT_OK;
}

/* The metadata, which the caller frees. */
static enum isokit_status read_metadata(struct vhdx *v, uint8_t **ret_raw, struct isokit_error *err)
{
	const char *name = isokit_source_name(v->src);
	uint32_t n = v->regions.metadata_bytes;
	enum isokit_status st;
	uint8_t *raw;

	if (n > MAX_METADATA || !range_inside(v->regions.metadata_at, n, isokit_source_size(v->src)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, v->regions.metadata_at, name,
				   "VHDX metadata of %u bytes do not lie inside the file", n);
	raw = malloc(n);
	if (!raw)
		return isokit_fail_nomem(err, name, n);
	st = isokit_source_read_at(v->src, v->regions.metadata_at, raw, n, err);
	if (!st)
		st = ondisk_vhdx_metadata_decode(raw, n, &v->md, err);
	if (!st && v->md.unknown)
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, v->regions.metadata_at, name,
				 "VHDX with metadata that are not known: not supported");
	if (st)
		free(raw);
	else
		*ret_raw = raw;
	return st;
}

/* "{83ed62c9-…}" of a GUID as it is stored. */
static void guid_text(const uint8_t *p, char out[39])
{
	snprintf(out, 39, "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", get_le32(p),
		 get_le16(p + 4), get_le16(p + 6), p[8], p[9], p[10], p[11], p[12], p[13], p[14],
		 p[15]);
}

static enum isokit_status open_parent(struct isokit_medium *m, struct vhdx *v,
				      const uint8_t *metadata, struct isokit_source **ret_parent,
				      struct isokit_error *err)
{
	const uint8_t *locator = metadata + v->md.locator_at;
	char path[NAME_BYTES], wanted[160] = "", other[160] = "", is[39];
	const char *name = isokit_source_name(v->src);
	struct ondisk_vhdx_header h;
	struct isokit_source *file;
	struct isokit_error why;
	size_t n = v->md.locator_bytes;
	enum isokit_status st;

	if (!ondisk_vhdx_locator_value(locator, n, "relative_path", path, sizeof(path)) &&
	    !ondisk_vhdx_locator_value(locator, n, "absolute_win32_path", path, sizeof(path)))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, name,
				   "is a differencing VHDX that does not say which disk it differs from");
	st = mapped_open_parent(m, path, false, ret_parent, &file, &why);
	if (st)
		return isokit_fail(err, st, ISOKIT_NO_OFFSET, name,
				   "is a differencing VHDX, and its parent cannot be had: %.100s: %.150s",
				   why.subject, why.text);
	(void)ondisk_vhdx_locator_value(locator, n, "parent_linkage", wanted, sizeof(wanted));
	(void)ondisk_vhdx_locator_value(locator, n, "parent_linkage2", other, sizeof(other));
	is[0] = '\0';
	if (read_header(file, &h))
		guid_text(h.data_write_id, is);
	if (!is[0] || (strcasecmp(is, wanted) != 0 && strcasecmp(is, other) != 0))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, isokit_source_name(file),
				   "is not the VHDX that %.100s differs from, or was changed since", name);
	v->has_parent = true;
	return ISOKIT_OK;
}

static enum isokit_status check_table(const struct vhdx *v, struct isokit_error *err)
{
	uint64_t blocks = div_up(v->md.bytes, v->md.block_bytes), entries;

	entries = blocks ? blocks + (blocks - 1) / v->ratio : 0;
	if (v->md.has_parent)
		entries = div_up(blocks, v->ratio) * (v->ratio + 1);
	if (entries * 8 > v->regions.bat_bytes ||
	    !range_inside(v->regions.bat_at, entries * 8, isokit_source_size(v->src)))
		return isokit_fail(err, ISOKIT_E_CORRUPT, v->regions.bat_at, isokit_source_name(v->src),
				   "VHDX block table of %llu entries does not lie inside the file",
				   (unsigned long long)entries);
	return ISOKIT_OK;
}

static enum isokit_status open_vhdx(struct isokit_medium *m, const struct format_probe *p,
				    struct isokit_error *err)
{
	struct vhdx *v = arena_alloc(medium_arena(m), sizeof(*v));
	const char *name = isokit_source_name(p->src);
	struct isokit_source *parent = NULL, *disk;
	struct ondisk_vhdx_header h;
	uint8_t *metadata = NULL;
	enum isokit_status st;
	unsigned replayed;

	if (!v)
		return isokit_fail_nomem(err, name, sizeof(*v));
	if (!read_header(p->src, &h))
		return isokit_fail(err, ISOKIT_E_CORRUPT, VHDX_HEADER_AT(0), name,
				   "VHDX without a header that is right");
	if (h.version != 1)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, VHDX_HEADER_AT(0), name,
				   "VHDX version %u: not supported", h.version);
	st = vhdx_log_replay(m, p->src, &h, &v->src, &replayed, err);
	if (!st)
		st = read_regions(v, err);
	if (!st)
		st = read_metadata(v, &metadata, err);
	if (st)
		return st;
	if (replayed)
		medium_note(m, "it was not closed in order; %u entries of its log were replayed",
			    replayed);
	/* 2.5: a bitmap of 1 MiB has a bit for each of 2^23 sectors. */
	v->ratio = ((uint64_t)v->md.sector_bytes << 23) / v->md.block_bytes;
	st = check_table(v, err);
	if (!st && v->md.has_parent)
		st = open_parent(m, v, metadata, &parent, err);
	free(metadata);
	if (!st)
		st = mapped_table_new(m, &v->table, err);
	if (!st)
		st = mapped_new(m, &ops, v, parent, v->md.bytes, name, &disk, err);
	return st ? st : medium_set_disk(m, disk, err);
}

const struct format format_vhdx = {
	.name = "vhdx",
	.words = "VHDX disk image (Hyper-V)",
	.probe = probe,
	.open = open_vhdx,
};
