/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot catalog byte by byte (El Torito 1.0, figures 2 to 5), and what the
 * emulated media and the patched tables in boot images must look like. */
#include "ondisk/eltorito.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "model/boot.h"
#include "model/lint.h"
#include "ondisk/mbr.h"

enum { MAX_CATALOG_BYTES = 4 * SECTOR_BYTES, ENTRY = ELTORITO_ENTRY_BYTES };

static bool known_platform(uint8_t p)
{
	return p == ISOKIT_PLATFORM_BIOS || p == ISOKIT_PLATFORM_PPC || p == ISOKIT_PLATFORM_MAC ||
	       p == ISOKIT_PLATFORM_UEFI;
}

static void check_platform(struct lint *l, uint64_t at, uint8_t platform, const char *what)
{
	if (!known_platform(platform))
		lint_find(l, ISOKIT_F_ELTORITO_PLATFORM, at + 1, 1, what, platform, 0);
}

/* Figures 3 and 5: the default entry has no flags in its media type and nothing
 * behind the address; a section entry may have selection criteria. */
static void check_entry(struct lint *l, const uint8_t *raw, uint64_t at, bool is_default,
			uint8_t platform, unsigned index, bool extended)
{
	static const enum isokit_finding_code reserved = ISOKIT_F_ELTORITO_RESERVED;
	const char *what = boot_numbered(l->img, "boot entry", index);
	uint16_t segment = get_le16(raw + 2);
	uint8_t flags = raw[1] & 0xf0, media = raw[1] & 0x0f;

	if (flags & (is_default ? 0xf0 : 0x10))
		lint_find(l, reserved, at + 1, 1, what, 1, raw[1]);
	if (!is_default && ((flags & 0x20) != 0) != extended)
		lint_find(l, ISOKIT_F_ELTORITO_EXTENSION, at + 1, 1, what, raw[1], extended);
	lint_reserved(l, reserved, raw, 5, 6, at, what);
	/* 1 is for language and version, the others are reserved. */
	if (is_default || raw[12] != 1 || lint_is_zero(raw + 13, ENTRY - 13))
		lint_reserved(l, reserved, raw, 12, ENTRY, at, what);
	if (media != ISOKIT_EMUL_HARD_DISK)
		lint_reserved(l, reserved, raw, 4, 5, at, what);
	if (segment && segment != 0x7c0)
		lint_find(l, ISOKIT_F_ELTORITO_SEGMENT, at + 2, 2, what, segment, 0);
	/* UEFI 13.3.2.1 gives 0 and 1 a meaning; a BIOS loads nothing. */
	if (raw[0] == ELTORITO_BOOTABLE && get_le16(raw + 6) == 0 && platform != ISOKIT_PLATFORM_UEFI)
		lint_find(l, ISOKIT_F_ELTORITO_LOAD_SIZE, at + 6, 2, what, 0, 0);
}

struct catalog {
	struct lint *l;
	const uint8_t *raw;
	size_t bytes, at;
	uint64_t offset;
	unsigned n; /* entries so far */
};

static enum ondisk_eltorito_kind kind_at(const struct catalog *c, size_t at)
{
	return at + ENTRY <= c->bytes ? ondisk_eltorito_kind(c->raw + at) : ONDISK_ELTORITO_OTHER;
}

/* Bit 5 of an extension's flags says that another one follows. */
static bool skip_extensions(struct catalog *c)
{
	bool any = false;

	while (kind_at(c, c->at) == ONDISK_ELTORITO_EXTENSION) {
		bool more = kind_at(c, c->at + ENTRY) == ONDISK_ELTORITO_EXTENSION;

		any = true;
		if (c->raw[c->at + 1] & 0xdf)
			lint_find(c->l, ISOKIT_F_ELTORITO_RESERVED, c->offset + c->at + 1, 1,
				  "boot entry extension", 1, c->raw[c->at + 1]);
		if (((c->raw[c->at + 1] & 0x20) != 0) != more)
			lint_find(c->l, ISOKIT_F_ELTORITO_EXTENSION, c->offset + c->at + 1, 1,
				  "boot entry extension", c->raw[c->at + 1], more);
		c->at += ENTRY;
	}
	return any;
}

static bool is_header(enum ondisk_eltorito_kind kind)
{
	return kind == ONDISK_ELTORITO_SECTION || kind == ONDISK_ELTORITO_LAST_SECTION;
}

/* One section; false when it was the last, or breaks off. */
static bool check_section(struct catalog *c)
{
	bool last = kind_at(c, c->at) == ONDISK_ELTORITO_LAST_SECTION;
	struct ondisk_eltorito_section s;
	size_t header = c->at;

	ondisk_eltorito_section_decode(c->raw + header, &s);
	check_platform(c->l, c->offset + header, s.platform, "section of the boot catalog");
	c->at += ENTRY;
	for (unsigned i = 0; i < s.n_entries && c->at + ENTRY <= c->bytes; i++) {
		size_t entry = c->at;

		if (is_header(kind_at(c, entry)) || lint_is_zero(c->raw + entry, ENTRY))
			return false; /* too few: said when the image was opened */
		c->at += ENTRY;
		check_entry(c->l, c->raw + entry, c->offset + entry, false, s.platform, ++c->n,
			    skip_extensions(c));
	}
	if (!last && !is_header(kind_at(c, c->at)))
		lint_find(c->l, ISOKIT_F_ELTORITO_LAST, c->offset + header, 1, NULL, c->raw[header], 0);
	return !last;
}

static void check_catalog(struct lint *l, const uint8_t *raw, size_t bytes, uint64_t offset)
{
	struct catalog c = { .l = l, .raw = raw, .bytes = bytes, .offset = offset };
	size_t sector;

	lint_reserved(l, ISOKIT_F_ELTORITO_RESERVED, raw, 2, 4, offset, "validation entry");
	check_platform(l, offset, raw[1], "boot catalog");
	check_entry(l, raw + ENTRY, offset + ENTRY, true, raw[1], c.n = 1, false);
	c.at = (size_t)2 * ENTRY;
	(void)skip_extensions(&c);
	while (is_header(kind_at(&c, c.at)) && check_section(&c))
		;
	/* Figure 1: unused bytes of its sector are zero. */
	sector = (size_t)min_u64(bytes, round_up(c.at, SECTOR_BYTES));
	if (!lint_is_zero(raw + c.at, sector - c.at)) {
		while (raw[c.at] == 0)
			c.at++;
		lint_find(l, ISOKIT_F_ELTORITO_TRAILING, offset + c.at, 1, NULL, raw[c.at], 0);
	}
}

/* ---- what the entries lead to ------------------------------------------------------ */

static void check_floppy(struct lint *l, const struct isokit_boot_entry *e)
{
	static const uint64_t sizes[] = { 0, 1228800, 1474560, 2949120 };
	uint64_t need = sizes[e->media & 3];

	if (e->path && e->bytes && e->bytes != need)
		lint_find(l, ISOKIT_F_ELTORITO_FLOPPY, (uint64_t)e->lba * SECTOR_BYTES, e->bytes, e->path,
			  e->bytes, need);
}

/* Figure 3, "hard disk": the image has an MBR with a single partition, whose type
 * the entry repeats. */
static enum isokit_status check_hard_disk(struct lint *l, const struct isokit_boot_entry *e)
{
	uint64_t at = (uint64_t)e->lba * SECTOR_BYTES;
	const char *what = e->path ? e->path : boot_numbered(l->img, "boot image", e->index);
	uint8_t raw[MBR_BYTES];
	struct ondisk_mbr mbr;
	enum isokit_status st;
	unsigned used = 0;
	uint8_t type = 0;
	bool ok;

	st = lint_read(l, at, raw, sizeof(raw), "boot image", &ok);
	if (st || !ok)
		return st;
	ondisk_mbr_decode(raw, &mbr);
	for (size_t i = 0; i < 4; i++) {
		if (!mbr.entries[i].type)
			continue;
		used++;
		type = mbr.entries[i].type;
	}
	if (!mbr.signature || !mbr.table_like || used != 1 || type != e->system_type)
		lint_find(l, ISOKIT_F_ELTORITO_HARD_DISK, at + 446, 66, what, type, e->system_type);
	return ISOKIT_OK;
}

/* The primary descriptor, also that of a later session. */
static bool is_primary(const struct lint *l, uint32_t lba)
{
	const struct isokit_facts *f = &l->img->facts;

	for (size_t i = 0; i < f->n_sessions; i++)
		if (f->sessions[i].lba + 16 == lba)
			return true;
	return lba == 16 || (f->primary && f->primary->lba == lba);
}

static enum isokit_status check_info_table(struct lint *l, const struct isokit_boot_entry *e)
{
	uint64_t at = (uint64_t)e->lba * SECTOR_BYTES;
	uint8_t raw[BOOT_INFO_END];
	struct ondisk_boot_info info;
	enum isokit_status st;
	bool ok, lba, bytes;

	st = lint_read(l, at, raw, sizeof(raw), "boot image", &ok);
	if (st || !ok || !e->path)
		return st;
	ondisk_boot_info_decode(raw, &info);
	/* Two numbers out of three that are right by chance are not to be had. */
	lba = info.file_lba == e->lba;
	bytes = info.file_bytes == e->bytes && e->bytes;
	if (!e->info_table.present && !(bytes && (lba || is_primary(l, info.pvd_lba))))
		return ISOKIT_OK;
	lint_reserved(l, ISOKIT_F_BOOT_INFO_RESERVED, raw, 24, BOOT_INFO_END, at, e->path);
	if (!is_primary(l, info.pvd_lba))
		lint_find(l, ISOKIT_F_BOOT_INFO_PVD, at + 8, 4, e->path, info.pvd_lba, 16);
	if (!lba && !e->info_table.present)
		lint_find(l, ISOKIT_F_BOOT_INFO_LBA, at + 12, 4, e->path, info.file_lba, e->lba);
	return ISOKIT_OK;
}

/* Where the firmware would begin to read. */
static enum isokit_status check_place(struct lint *l, const struct isokit_boot_entry *e)
{
	const struct isokit_facts *f = &l->img->facts;
	uint64_t at = (uint64_t)e->lba * SECTOR_BYTES;
	const char *what = boot_numbered(l->img, "boot entry", e->index);
	bool on_descriptor = false;

	for (size_t i = 0; i < f->n_descriptors; i++)
		on_descriptor |= f->descriptors[i].lba == e->lba;
	for (size_t i = 0; i < l->n_ranges; i++)
		on_descriptor |= !l->ranges[i].is_file && at >= l->ranges[i].start &&
				 at < l->ranges[i].end;
	if (on_descriptor || e->lba == f->el_torito.catalog_lba)
		lint_find(l, ISOKIT_F_ELTORITO_IMAGE_PLACE, at, SECTOR_BYTES, what, e->lba, 0);
	else if (e->platform == ISOKIT_PLATFORM_UEFI && (e->media & 0x0f) != ISOKIT_EMUL_NONE)
		lint_find(l, ISOKIT_F_ELTORITO_EFI_MEDIA, at, SECTOR_BYTES, what, e->media & 0x0f, 0);
	else if (e->platform == ISOKIT_PLATFORM_UEFI && (e->media & 0x0f) == ISOKIT_EMUL_NONE &&
		 (e->fat < 0 || !f->fats[e->fat].ok))
		lint_find(l, ISOKIT_F_ELTORITO_EFI_IMAGE, at, SECTOR_BYTES, what, e->lba, 0);
	else if (e->bootable && !e->not_zero)
		lint_find(l, ISOKIT_F_ELTORITO_IMAGE_EMPTY, at, SECTOR_BYTES, what, e->lba, 0);
	return ISOKIT_OK;
}

enum isokit_status lint_el_torito(struct lint *l)
{
	const struct isokit_el_torito *et = &l->img->facts.el_torito;
	uint64_t offset = (uint64_t)et->catalog_lba * SECTOR_BYTES;
	uint8_t raw[MAX_CATALOG_BYTES];
	enum isokit_status st;
	size_t bytes;
	bool ok;

	if (!et->present || !et->readable)
		return ISOKIT_OK;
	bytes = (size_t)min_u64(sizeof(raw), l->img->facts.size - offset);
	st = lint_read(l, offset, raw, bytes, "boot catalog", &ok);
	if (st || !ok)
		return st;
	check_catalog(l, raw, bytes, offset);
	for (size_t i = 0; i < et->n_entries && !st; i++) {
		const struct isokit_boot_entry *e = &et->entries[i];
		uint8_t media = e->media & 0x0f;

		if (media == ISOKIT_EMUL_HARD_DISK)
			st = check_hard_disk(l, e);
		else if (media >= ISOKIT_EMUL_FLOPPY_1200 && media <= ISOKIT_EMUL_FLOPPY_2880)
			check_floppy(l, e);
		if (!st && e->inside)
			st = check_place(l, e);
		if (!st && e->inside)
			st = check_info_table(l, e);
	}
	return st;
}
