/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHD: fixed, dynamic and differencing disks. */
#include "ondisk/vhd.h"

#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "bytes/source.h"
#include "format/mapped.h"

enum { MAX_BLOCK_BYTES = 256 << 20, NAME_BYTES = 1024 };

struct vhd {
	struct isokit_source *src;
	struct mapped_table *table;
	struct ondisk_vhd_header h;
	uint64_t bitmap_bytes; /* ahead of each block, whole sectors */
	uint64_t bytes;
	bool has_parent;
};

/* The footer at the end, with 511 bytes in old files; else its copy at the beginning. */
static bool find_footer(const struct format_probe *p, struct ondisk_vhd_footer *ret,
			uint64_t *ret_at)
{
	for (size_t n = VHD_FOOTER_BYTES; n >= VHD_FOOTER_BYTES - 1; n--) {
		if (p->tail_bytes >= n && !ondisk_vhd_footer_decode(p->tail + p->tail_bytes - n, n,
								    ret, NULL)) {
			*ret_at = p->size - n;
			return true;
		}
	}
	*ret_at = 0;
	return p->head_bytes >= VHD_FOOTER_BYTES &&
	       !ondisk_vhd_footer_decode(p->head, VHD_FOOTER_BYTES, ret, NULL);
}

static const char *type_words(uint32_t type)
{
	switch (type) {
	case VHD_FIXED: return "fixed";
	case VHD_DYNAMIC: return "dynamic";
	case VHD_DIFFERENCING: return "differencing";
	default: return NULL;
	}
}

static unsigned probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_vhd_footer f;
	const char *words;
	uint64_t at;

	if (!find_footer(p, &f, &at))
		return 0;
	words = type_words(f.type);
	snprintf(evidence, FORMAT_EVIDENCE, "mark \"conectix\" at byte %llu, %s disk of %llu bytes%s",
		 (unsigned long long)at, words ? words : "unknown kind of",
		 (unsigned long long)f.bytes, f.checksum_ok ? "" : ", its checksum is wrong");
	return f.checksum_ok && words ? 95 : 50;
}

static bool sector_is_here(const uint8_t *bitmap, uint64_t sector)
{
	return bitmap[sector / 8] >> (7 - sector % 8) & 1;
}

/* Sectors have a bit each, the first one in bit 7: clear, and they are the parent's, or
 * zero where there is none. */
static enum isokit_status lookup(void *self, uint64_t offset, struct mapped_run *ret,
				 struct isokit_error *err)
{
	const struct vhd *v = self;
	uint64_t block = offset / v->h.block_bytes, within = offset % v->h.block_bytes;
	uint64_t sector = within / VHD_SECTOR, sectors = v->h.block_bytes / VHD_SECTOR, n, at;
	enum mapped_kind away = v->has_parent ? MAPPED_PARENT : MAPPED_ZEROS;
	uint8_t raw[4], bits[64];
	enum isokit_status st;
	uint64_t first, count;
	bool here;

	*ret = (struct mapped_run){ .kind = away, .bytes = v->h.block_bytes - within };
	if (block >= v->h.table_entries)
		return ISOKIT_OK;
	st = mapped_table_read(v->table, v->src, v->h.table_at + block * 4, raw, sizeof(raw), err);
	if (st)
		return st;
	if (get_be32(raw) == VHD_UNUSED)
		return ISOKIT_OK;
	at = (uint64_t)get_be32(raw) * VHD_SECTOR;
	/* As many bytes of the bitmap as one look gives. */
	first = sector / 8 / sizeof(bits) * sizeof(bits);
	count = min_u64(sizeof(bits), div_up(sectors, 8) - first);
	st = mapped_table_read(v->table, v->src, at + first, bits, (size_t)count, err);
	if (st)
		return st;
	here = sector_is_here(bits, sector - first * 8);
	for (n = 1; sector + n < sectors && sector + n < (first + count) * 8; n++)
		if (sector_is_here(bits, sector + n - first * 8) != here)
			break;
	ret->bytes = n * VHD_SECTOR - within % VHD_SECTOR;
	if (here) {
		ret->kind = MAPPED_STORED;
		ret->src = v->src;
		ret->offset = at + v->bitmap_bytes + within;
	}
	return ISOKIT_OK;
}

static const struct mapped_ops ops = { .lookup = lookup };

/* The parent's name: relative to the child where that is known, else the last part of the
 * path that it had. */
static void parent_name(const struct vhd *v, char out[NAME_BYTES])
{
	uint8_t raw[VHD_NAME_BYTES], be[VHD_NAME_BYTES];
	const char *last;
	size_t n;

	out[0] = '\0';
	for (size_t i = 0; i < VHD_LOCATORS; i++) {
		const struct ondisk_vhd_locator *l = &v->h.locators[i];

		n = l->bytes & ~1u;
		if (l->platform != VHD_LOCATOR_RELATIVE || n == 0 || n > sizeof(raw) ||
		    !range_inside(l->at, n, isokit_source_size(v->src)) ||
		    isokit_source_read_at(v->src, l->at, raw, n, NULL))
			continue;
		for (size_t k = 0; k < n; k += 2) {
			be[k] = raw[k + 1];
			be[k + 1] = raw[k];
		}
		out[utf16be_to_utf8(be, n, out)] = '\0';
		return;
	}
	for (n = 0; n + 1 < VHD_NAME_BYTES; n += 2)
		if (!v->h.parent_name[n] && !v->h.parent_name[n + 1])
			break;
	out[utf16be_to_utf8(v->h.parent_name, n, out)] = '\0';
	last = strrchr(out, '\\');
	if (last)
		memmove(out, last + 1, strlen(last));
}

static bool read_footer(struct isokit_source *file, struct ondisk_vhd_footer *ret)
{
	uint64_t size = isokit_source_size(file);
	uint8_t raw[VHD_FOOTER_BYTES];

	return size >= sizeof(raw) &&
	       !isokit_source_read_at(file, size - sizeof(raw), raw, sizeof(raw), NULL) &&
	       !ondisk_vhd_footer_decode(raw, sizeof(raw), ret, NULL);
}

static enum isokit_status open_parent(struct isokit_medium *m, struct vhd *v,
				      struct isokit_source **ret_disk, struct isokit_error *err)
{
	struct ondisk_vhd_footer f;
	struct isokit_source *file;
	struct isokit_error why;
	char name[NAME_BYTES];
	enum isokit_status st;

	parent_name(v, name);
	if (!name[0])
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
				   isokit_source_name(v->src),
				   "is a differencing VHD that does not say which disk it differs from");
	st = mapped_open_parent(m, name, false, ret_disk, &file, &why);
	if (st)
		return isokit_fail(err, st, ISOKIT_NO_OFFSET, isokit_source_name(v->src),
				   "is a differencing VHD, and its parent cannot be had: %.100s: %.150s",
				   why.subject, why.text);
	if (!read_footer(file, &f) || memcmp(f.id, v->h.parent_id, sizeof(f.id)) != 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, isokit_source_name(file),
				   "is not the VHD that %.100s differs from: its identifier is another",
				   isokit_source_name(v->src));
	v->has_parent = true;
	return ISOKIT_OK;
}

static enum isokit_status open_dynamic(struct isokit_medium *m, const struct format_probe *p,
				       const struct ondisk_vhd_footer *f, struct isokit_error *err)
{
	struct vhd *v = arena_alloc(medium_arena(m), sizeof(*v));
	struct isokit_source *parent = NULL, *disk;
	uint8_t raw[VHD_HEADER_BYTES];
	const char *name = isokit_source_name(p->src);
	enum isokit_status st;
	uint64_t room;

	if (!v)
		return isokit_fail_nomem(err, name, sizeof(*v));
	st = isokit_source_read_at(p->src, f->header_at, raw, sizeof(raw), err);
	if (!st)
		st = ondisk_vhd_header_decode(raw, &v->h, err);
	if (st)
		return st == ISOKIT_E_NOT_ISO ? isokit_fail(err, ISOKIT_E_CORRUPT, f->header_at, name,
							    "has no dynamic VHD header where its footer says") :
						st;
	if (v->h.block_bytes > MAX_BLOCK_BYTES)
		return isokit_fail(err, ISOKIT_E_LIMIT, f->header_at, name,
				   "VHD with blocks of %u bytes", v->h.block_bytes);
	if (!range_inside(v->h.table_at, (uint64_t)v->h.table_entries * 4, p->size))
		return isokit_fail(err, ISOKIT_E_CORRUPT, v->h.table_at, name,
				   "VHD block table of %u entries does not lie inside the file",
				   v->h.table_entries);
	if (!mul_u64(v->h.table_entries, v->h.block_bytes, &room) || f->bytes > room)
		return isokit_fail(err, ISOKIT_E_CORRUPT, v->h.table_at, name,
				   "VHD of %llu bytes whose block table has room for %llu",
				   (unsigned long long)f->bytes, (unsigned long long)room);
	if (!v->h.checksum_ok)
		medium_note(m, "the checksum of the dynamic header is wrong");
	v->src = p->src;
	v->bytes = f->bytes;
	v->bitmap_bytes = round_up(div_up(v->h.block_bytes / VHD_SECTOR, 8), VHD_SECTOR);
	if (f->type == VHD_DIFFERENCING)
		st = open_parent(m, v, &parent, err);
	if (!st)
		st = mapped_table_new(m, &v->table, err);
	if (!st)
		st = mapped_new(m, &ops, v, parent, f->bytes, name, &disk, err);
	return st ? st : medium_set_disk(m, disk, err);
}

static enum isokit_status open_vhd(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	const char *name = isokit_source_name(p->src);
	struct ondisk_vhd_footer f;
	struct isokit_source *disk;
	enum isokit_status st;
	uint64_t at;

	if (!find_footer(p, &f, &at))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name, "has no VHD footer");
	if (!f.checksum_ok)
		medium_note(m, "the checksum of the footer is wrong");
	if (at == 0 && f.type != VHD_FIXED)
		medium_note(m, "the footer at the end is missing: the file may be cut off");
	switch (f.type) {
	case VHD_FIXED:
		if (f.bytes > at || at == 0)
			return isokit_fail(err, ISOKIT_E_SHORT, at, name,
					   "fixed VHD of %llu bytes with only %llu ahead of its footer",
					   (unsigned long long)f.bytes, (unsigned long long)at);
		st = bytes_view(p->src, 0, f.bytes, &disk, err);
		return st ? st : medium_set_disk(m, disk, err);
	case VHD_DYNAMIC:
	case VHD_DIFFERENCING:
		return open_dynamic(m, p, &f, err);
	default:
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, at + 60, name,
				   "VHD of kind %u: not supported", f.type);
	}
}

const struct format format_vhd = {
	.name = "vhd",
	.words = "VHD disk image (Virtual PC, Hyper-V)",
	.probe = probe,
	.open = open_vhd,
};
