/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty file system on one partition. */
#include "stick/stick.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "stick/empty.h"
#include "stick/exfat.h"
#include "stick/ext.h"
#include "stick/fat.h"

static const char subject[] = "stick";

/* Of code that has nothing to start: the BIOS goes on to the next device, or it halts. */
static const uint8_t no_boot[] = { 0xcd, 0x18, 0xf4, 0xeb, 0xfd };

#define GB UINT64_C(1000000000)

/* SD Physical Layer Specification and its part 2, File System: what an SDHC or SDXC card of
 * that size takes as the border of a unit, so that no write of the file system crosses one
 * more than it must. Other drives: 1 MiB, as all systems do it. */
static uint64_t unit_of(const struct stick_options *o)
{
	if (!o->card)
		return o->bytes >= (uint64_t)64 * STICK_MIB ? STICK_MIB : 64 * 1024;
	return o->bytes <= 8 * GB / 4   ? STICK_MIB :
	       o->bytes <= 32 * GB + GB / 2 ? (uint64_t)4 * STICK_MIB :
	       o->bytes <= 129 * GB     ? (uint64_t)16 * STICK_MIB :
	       o->bytes <= 513 * GB     ? (uint64_t)32 * STICK_MIB : (uint64_t)64 * STICK_MIB;
}

enum isokit_status empty_place(struct composer *c, const struct stick_options *o,
			       struct empty_partition *p, struct isokit_error *err)
{
	uint64_t unit = unit_of(o), tail = 0;

	(void)c;
	p->gpt = o->bytes / o->sector > UINT32_MAX;
	if (p->gpt)
		tail = STICK_MIB; /* of which the backup needs a part */
	if (o->bytes < 4 * unit + tail)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "the drive is too small for a file system");
	p->at = unit;
	p->unit = unit;
	p->bytes = o->bytes - unit - tail;
	p->bytes -= p->bytes % o->sector;
	return ISOKIT_OK;
}

static enum isokit_status put_mbr(struct composer *c, const struct stick_options *o,
				  const struct empty_partition *p, bool active, uint8_t type,
				  uint8_t **ret_mbr, struct isokit_error *err)
{
	uint8_t *mbr = composer_memory(c, 0, o->sector, err), id[16];
	uint8_t *entry;

	if (!mbr)
		return ISOKIT_E_NOMEM;
	entry = mbr + TABLE_MBR_ENTRIES_AT;
	memcpy(mbr, no_boot, sizeof(no_boot));
	composer_id(c, "MBR", id);
	memcpy(mbr + TABLE_MBR_ID_AT, id, 4);
	if (p->gpt)
		table_mbr_entry_put(entry, false, MBR_TYPE_GPT, 1, o->bytes / o->sector - 1);
	else
		table_mbr_entry_put(entry, active, type, p->at / o->sector, p->bytes / o->sector);
	put_le16(mbr + 510, 0xaa55);
	if (ret_mbr)
		*ret_mbr = mbr;
	return ISOKIT_OK;
}

static enum isokit_status put_gpt(struct composer *c, const struct stick_options *o,
				  const struct empty_partition *p, const char *type,
				  struct isokit_error *err)
{
	uint64_t sectors = o->bytes / o->sector, n;
	uint8_t id[16], *entry, *backup = NULL, *room;
	struct table_gpt g;
	enum isokit_status st;
	unsigned number;

	composer_id(c, "disk", id);
	id[7] = (uint8_t)((id[7] & 0x0f) | 0x40);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
	st = table_gpt_new(o->sector, id, &g, err);
	if (st)
		return st;
	entry = table_gpt_unused(&g, &number);
	composer_id(c, "partition", id);
	table_gpt_entry_put(entry, type, id, p->at / o->sector,
			    (p->at + p->bytes) / o->sector - 1, "");
	st = table_gpt_settle(&g, sectors, &backup, err);
	n = o->sector + g.entries_bytes;
	if (st == ISOKIT_OK) {
		room = composer_memory(c, o->sector, (size_t)n, err);
		if (room) {
			memcpy(room, g.head, o->sector);
			memcpy(room + o->sector, g.entries, (size_t)g.entries_bytes);
		}
		n = table_gpt_backup_bytes(&g);
		room = room ? composer_memory(c, sectors * o->sector - n, (size_t)n, err) : NULL;
		if (room)
			memcpy(room, backup, (size_t)n);
		else
			st = ISOKIT_E_NOMEM;
	}
	free(backup);
	table_gpt_free(&g);
	return st;
}

enum isokit_status empty_tables(struct composer *c, const struct stick_options *o,
				const struct empty_partition *p, bool active, uint8_t mbr_type,
				const char *gpt_type, uint8_t **ret_mbr, struct isokit_error *err)
{
	uint64_t tail = min_u64(STICK_MIB, o->bytes - p->at);
	enum isokit_status st = put_mbr(c, o, p, active, mbr_type, ret_mbr, err);

	if (st == ISOKIT_OK && p->gpt)
		st = put_gpt(c, o, p, gpt_type, err);
	/* Tables and signatures of before: in front of the partition and at the end. */
	if (st == ISOKIT_OK)
		st = composer_zeros(c, 0, p->at, err);
	if (st == ISOKIT_OK)
		st = composer_zeros(c, o->bytes - tail, tail, err);
	return st;
}

/* ---- file systems ------------------------------------------------------------------------- */

static enum isokit_status put_fat(struct composer *c, const struct stick_options *o,
				  const struct empty_partition *p, uint8_t *ret_type,
				  struct isokit_error *err)
{
	uint8_t label[FAT_LABEL_BYTES], id[16];
	struct fat_options fo = {
		.at = p->at, .bytes = p->bytes, .sector = o->sector, .align = p->unit,
		.epoch = o->epoch, .small = true,
		.stub = "There is nothing on this drive that a BIOS could start.\r\n",
	};
	struct fat_made made;
	enum isokit_status st;
	bool same;

	if (o->label && o->label[0]) {
		if (!fat_label_make(o->label, label, &same) || !same)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, o->label,
					   "cannot be the label of a FAT file system: at most 11 "
					   "letters, digits and few marks");
		fo.label = label;
	}
	composer_id(c, "FAT", id);
	fo.serial = get_le32(id);
	st = fat_compose(c, &fo, &made, err);
	*ret_type = st == ISOKIT_OK && made.bits == 16 ? TABLE_TYPE_FAT16 : TABLE_TYPE_FAT32;
	return st;
}

static enum isokit_status put_exfat(struct composer *c, const struct stick_options *o,
				    const struct empty_partition *p, struct isokit_error *err)
{
	struct exfat_options xo = {
		.at = p->at, .bytes = p->bytes, .sector = o->sector, .align = p->unit,
		.label = o->label,
	};
	uint8_t id[16];

	composer_id(c, "exFAT", id);
	xo.serial = get_le32(id);
	return exfat_compose(c, &xo, err);
}

static enum isokit_status put_ext(struct composer *c, const struct stick_options *o,
				  const struct empty_partition *p, struct isokit_error *err)
{
	struct ext_options eo = {
		.at = p->at, .bytes = p->bytes, .label = o->label, .epoch = o->epoch,
	};

	if (o->label && strlen(o->label) > EXT_LABEL_BYTES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, o->label,
				   "an ext4 label has at most %d bytes", EXT_LABEL_BYTES);
	composer_id(c, "ext4", eo.uuid);
	return ext_compose(c, &eo, err);
}

static enum isokit_status compose(struct composer *c, const struct stick_options *o,
				  struct stick_layout *l, struct isokit_error *err)
{
	/* The SD standard has FAT32 up to 32 GB, and exFAT from there on. */
	const char *fs = o->fs ? o->fs : o->bytes > 32 * GB + GB / 2 ? "exfat" : "fat32";
	const char *gpt_type = GPT_TYPE_BASIC_DATA;
	struct empty_partition p;
	uint8_t type = TABLE_TYPE_FAT32;
	enum isokit_status st = empty_place(c, o, &p, err);

	if (st)
		return st;
	if (strcmp(fs, "fat32") == 0) {
		st = put_fat(c, o, &p, &type, err);
		l->fs = type == TABLE_TYPE_FAT16 ? "FAT16" : "FAT32";
	} else if (strcmp(fs, "exfat") == 0) {
		st = put_exfat(c, o, &p, err);
		type = TABLE_TYPE_EXFAT;
		l->fs = "exFAT";
	} else if (strcmp(fs, "ext4") == 0) {
		st = put_ext(c, o, &p, err);
		type = TABLE_TYPE_LINUX;
		gpt_type = TABLE_GPT_TYPE_LINUX;
		l->fs = "ext4";
	} else {
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, fs,
				   "is no file system that is made here: fat32, exfat and ext4 "
				   "are");
	}
	l->table = p.gpt ? "GPT" : "MBR";
	if (st == ISOKIT_OK)
		st = empty_tables(c, o, &p, false, type, gpt_type, NULL, err);
	return st;
}

enum isokit_status stick_compose_empty(const struct stick_options *o, struct stick_layout *ret,
				       struct isokit_error *err)
{
	struct stick_layout l = { 0 };
	struct isokit_error local;
	struct composer *c;
	enum isokit_status st;

	err = err ? err : &local;
	st = composer_new(o, &c, err);
	if (st)
		return st;
	st = compose(c, o, &l, err);
	if (st == ISOKIT_OK)
		st = composer_finish(c, &l, err);
	if (st)
		composer_free(c);
	else
		*ret = l;
	return st;
}
