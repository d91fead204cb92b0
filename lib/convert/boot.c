/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/boot.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "convert/tracks.h"
#include "ondisk/fat.h"
#include "ondisk/mbr.h"

enum { SECTOR = 512, MBR_CODE = 440, MBR_TABLE = 446, MBR_ENTRY = 16, VBR_CODE = 510 };

static const char image_path[] = "/boot-image.img";

/* ---- floppies --------------------------------------------------------------------------- */

static const struct floppy {
	enum isokit_emulation kind;
	uint64_t bytes;
	unsigned sectors; /* of a track */
} floppies[] = {
	{ ISOKIT_EMUL_FLOPPY_1200, 1200 * 1024, 15 },
	{ ISOKIT_EMUL_FLOPPY_1440, 1440 * 1024, 18 },
	{ ISOKIT_EMUL_FLOPPY_2880, 2880 * 1024, 36 },
};

/* 0: of no floppy. */
static uint64_t floppy_bytes(enum isokit_emulation kind)
{
	for (size_t i = 0; i < sizeof(floppies) / sizeof(floppies[0]); i++)
		if (floppies[i].kind == kind)
			return floppies[i].bytes;
	return 0;
}

/* The emulation of a floppy that holds so many bytes; none where it is too large, or of a
 * format whose sectors lie otherwise than El Torito's floppies have them. */
static enum isokit_emulation emulation_of(uint64_t bytes, const uint8_t *boot)
{
	/* FAT: sectors per track at byte 24, heads at 26. */
	unsigned sectors = get_le16(boot + 24), heads = get_le16(boot + 26);
	bool fat = get_le16(boot + 11) == SECTOR && heads == 2 && sectors >= 8 && sectors <= 36;

	for (size_t i = 0; i < sizeof(floppies) / sizeof(floppies[0]); i++) {
		const struct floppy *f = &floppies[i];

		if (bytes > f->bytes || (fat && sectors != f->sectors))
			continue;
		/* Of what says nothing about tracks, the most usual drive. */
		if (!fat && bytes != f->bytes && f->kind == ISOKIT_EMUL_FLOPPY_1200)
			continue;
		return f->kind;
	}
	return ISOKIT_EMUL_NONE;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Code that a BIOS would start and that does more than print a message. */
static bool has_boot_code(const uint8_t *sector, size_t code_bytes)
{
	struct ondisk_boot_code code;

	if (sector[510] != 0x55 || sector[511] != 0xaa || is_zero(sector, 3))
		return false;
	ondisk_boot_code_recognise(sector, code_bytes, &code);
	return code.code != ONDISK_CODE_NONE && code.code != ONDISK_CODE_MESSAGE;
}

static bool read_first(const struct isokit_convert *c, uint8_t sector[SECTOR])
{
	return c->input && isokit_source_size(c->input) >= SECTOR &&
	       isokit_source_read_at(c->input, 0, sector, SECTOR, NULL) == ISOKIT_OK;
}

/* A FAT floppy with other tracks than El Torito knows, as those of 360 and 720 KiB: on a
 * larger one it is all the same when its boot sector says how long tracks are there. */
static enum isokit_emulation larger_floppy(uint64_t bytes, const uint8_t *boot)
{
	struct ondisk_fat fat;

	if (ondisk_fat_decode(boot, SECTOR, &fat, NULL) || fat.bits != 12 ||
	    fat.sector_bytes != SECTOR || fat.bytes > bytes || get_le16(boot + 24) > 36 ||
	    get_le16(boot + 26) > 2)
		return ISOKIT_EMUL_NONE;
	return bytes <= floppy_bytes(ISOKIT_EMUL_FLOPPY_1440) ? ISOKIT_EMUL_FLOPPY_1440 :
	       bytes <= floppy_bytes(ISOKIT_EMUL_FLOPPY_2880) ? ISOKIT_EMUL_FLOPPY_2880 :
								ISOKIT_EMUL_NONE;
}

/* As what floppy a disc could stand for it; *ret_other: with its boot sector changed. */
static enum isokit_emulation floppy_kind(const struct isokit_convert *c, const uint8_t *sector,
					 bool *ret_other)
{
	uint64_t bytes = isokit_source_size(c->input);
	enum isokit_emulation kind = emulation_of(bytes, sector);

	for (size_t i = 0; i < c->plan.n_volumes; i++)
		if (c->plan.volumes[i].partition)
			return ISOKIT_EMUL_NONE;
	*ret_other = kind == ISOKIT_EMUL_NONE;
	return *ret_other ? larger_floppy(bytes, sector) : kind;
}

bool convert_is_boot_floppy(const struct isokit_convert *c)
{
	uint8_t sector[SECTOR];
	bool other;

	return read_first(c, sector) && has_boot_code(sector, VBR_CODE) &&
	       floppy_kind(c, sector, &other) != ISOKIT_EMUL_NONE;
}

/* ---- an EFI partition ------------------------------------------------------------------- */

static enum isokit_status take_efi(struct isokit_convert *c, struct convert_boot *b, size_t which,
				   struct isokit_error *err)
{
	struct isokit_build_entry *e = &b->entries[b->layout.n_entries++];
	struct isokit_build_partition *p = &b->partitions[b->layout.n_partitions++];
	struct isokit_source *src;
	enum isokit_status st = volume_source(c->volumes, which, &src, err);

	if (st)
		return st;
	*p = (struct isokit_build_partition){
		.number = 2,
		.type = 0xef,
		.content = { .kind = ISOKIT_BUILD_CONTENT_SOURCE, .source = src },
	};
	*e = (struct isokit_build_entry){
		.image = { .kind = ISOKIT_BUILD_CONTENT_APPENDED, .partition = 2 },
		.platform = ISOKIT_PLATFORM_UEFI,
		.full_load = true,
	};
	b->layout.appended_as_gpt = true;
	b->layout.generic_mbr = true;
	b->used = true;
	convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
		     "EFI partition %u is in the image as it was: what UEFI starts from, from disc "
		     "and stick", c->plan.volumes[which].partition);
	return ISOKIT_OK;
}

/* ---- what a BIOS starts ------------------------------------------------------------------ */

/* The floppy with the tracks of a larger one. */
static enum isokit_status change_tracks(struct isokit_convert *c, enum isokit_emulation kind,
					struct isokit_error *err)
{
	size_t bytes = (size_t)floppy_bytes(kind);
	uint8_t *copy = arena_alloc(&c->arena, bytes);
	enum isokit_status st;

	if (!copy)
		return isokit_fail_nomem(err, c->path, bytes);
	st = isokit_source_read_at(c->input, 0, copy, (size_t)isokit_source_size(c->input), err);
	if (st)
		return st;
	put_le16(copy + 24, kind == ISOKIT_EMUL_FLOPPY_1440 ? 18 : 36);
	put_le16(copy + 26, 2);
	return isokit_source_from_memory(copy, bytes, c->path, &c->boot_image, err);
}

static enum isokit_status take_image(struct isokit_convert *c, struct convert_boot *b,
				     enum isokit_emulation emulation, struct isokit_error *err)
{
	uint64_t bytes = floppy_bytes(emulation);
	enum isokit_status st = ISOKIT_OK;
	struct isokit_build_entry *e;

	/* The default entry is that of the BIOS. */
	if (b->layout.n_entries)
		b->entries[1] = b->entries[0];
	e = &b->entries[0];
	b->layout.n_entries++;
	*e = (struct isokit_build_entry){
		.image = { .kind = ISOKIT_BUILD_CONTENT_TREE, .path = image_path },
		.platform = ISOKIT_PLATFORM_BIOS,
		.emulation = emulation,
		.load_sectors = 1,
	};
	b->image = c->boot_image ? c->boot_image : c->input;
	if (!c->boot_image && bytes && bytes != isokit_source_size(c->input)) {
		st = convert_padded(c, c->input, bytes, &c->boot_image, err);
		b->image = c->boot_image;
	}
	b->image_path = image_path;
	b->hide = (struct isokit_build_hide){ .pattern = image_path };
	b->used = true;
	return st;
}

/* Is there what the code of the MBR starts? */
static bool has_next_stage(const struct isokit_convert *c, const uint8_t *mbr)
{
	struct ondisk_boot_code code;
	uint8_t sector[SECTOR];

	ondisk_boot_code_recognise(mbr, MBR_CODE, &code);
	if (code.needs != ONDISK_NEEDS_ACTIVE)
		return true;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *e = mbr + MBR_TABLE + i * MBR_ENTRY;
		uint64_t at = (uint64_t)get_le32(e + 8) * SECTOR;

		if (e[0] == 0x80 && range_inside(at, SECTOR, isokit_source_size(c->input)) &&
		    isokit_source_read_at(c->input, at, sector, SECTOR, NULL) == ISOKIT_OK &&
		    has_boot_code(sector, VBR_CODE))
			return true;
	}
	return false;
}

/* El Torito, Boot Media Type 4: an image of a hard disk has one partition. */
static const char *no_hard_disk(const uint8_t *mbr)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (mbr[MBR_TABLE + i * MBR_ENTRY + 4] == 0xee)
			return "its partition table is a GPT, which no disc can stand for";
		n += mbr[MBR_TABLE + i * MBR_ENTRY + 4] != 0;
	}
	return n == 0 ? "its MBR has no partition" :
	       n > 1  ? "a disc can only stand for a disk with one partition" : NULL;
}

enum isokit_status convert_boot_find(struct isokit_convert *c, struct convert_boot *b,
				     struct isokit_error *err)
{
	const struct isokit_disk_volume *v = c->plan.volumes;
	enum isokit_status st = ISOKIT_OK;
	enum isokit_emulation kind;
	uint8_t sector[SECTOR];
	const char *why;
	bool other;

	*b = (struct convert_boot){ .layout = { .size = sizeof(b->layout) } };
	b->layout.entries = b->entries;
	b->layout.partitions = b->partitions;
	for (size_t i = 0; i < c->plan.n_volumes && !st && !c->options.partition; i++)
		if (v[i].esp && v[i].bytes && v[i].fs >= ISOKIT_FS_FAT12 &&
		    v[i].fs <= ISOKIT_FS_FAT32) {
			st = take_efi(c, b, i, err);
			break;
		}
	b->layout.catalog_hidden = true;
	if (st || c->options.partition || !read_first(c, sector))
		return st;
	kind = floppy_kind(c, sector, &other);
	if (kind != ISOKIT_EMUL_NONE) {
		if (!has_boot_code(sector, VBR_CODE))
			return ISOKIT_OK;
		if (other)
			st = change_tracks(c, kind, err);
		if (!st)
			st = take_image(c, b, kind, err);
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
			     "the floppy is in the image as a BIOS starts it (floppy emulation)%s",
			     other ? "; its boot sector now has the tracks of a larger floppy, since "
				     "no disc can stand for one of its kind" : "");
		return st;
	}
	/* A disk without a table has code of a file system at most. */
	if (c->plan.n_volumes == 0 || v[0].partition == 0 || !has_boot_code(sector, MBR_CODE) ||
	    !has_next_stage(c, sector))
		return ISOKIT_OK;
	why = no_hard_disk(sector);
	if (why) {
		convert_note(c, ISOKIT_CONVERT_WARNING, NULL,
			     "a BIOS will not start it from a disc any more: %s", why);
		return ISOKIT_OK;
	}
	st = take_image(c, b, ISOKIT_EMUL_HARD_DISK, err);
	convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
		     "the disk is in the image as a BIOS starts it (hard-disk emulation)");
	return st;
}

enum isokit_status convert_boot_add(struct convert_boot *b, struct isokit_build *build,
				    struct isokit_error *err)
{
	if (!b->image)
		return ISOKIT_OK;
	return isokit_build_add_bytes(build, b->image_path, b->image, 0,
				      isokit_source_size(b->image), err);
}
