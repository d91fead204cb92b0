/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables of a disk that need not hold an ISO: GPT, MBR with its chain of logical
 * partitions, and Apple's map. Findings are for images (lib/model); here a table is there or
 * it is not. */
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "ondisk/apm.h"
#include "ondisk/fat.h"
#include "ondisk/gpt.h"
#include "ondisk/mbr.h"
#include "volume/impl.h"

enum {
	MAX_GPT_ENTRIES = 4096, /* looked at; the usual array has 128 */
	MAX_LINKS = 256,	/* of the chain of extended boot records */
	MAX_APM_ENTRIES = 256,
	MAX_BLOCK_BYTES = 4096,
};

static const uint32_t block_sizes[] = { 512, 4096, 2048, 1024 };
enum { N_BLOCK_SIZES = sizeof(block_sizes) / sizeof(block_sizes[0]) };

/* The range of a partition in bytes, cut to what is there. */
static void set_range(struct isokit_disk_volume *v, uint64_t disk_bytes, uint64_t first,
		      uint64_t blocks, uint32_t block_bytes)
{
	uint64_t offset, bytes;

	if (!mul_u64(first, block_bytes, &offset) || offset > disk_bytes)
		offset = disk_bytes;
	if (!mul_u64(blocks, block_bytes, &bytes))
		bytes = UINT64_MAX;
	v->offset = offset;
	v->bytes = min_u64(bytes, disk_bytes - offset);
}

/* ---- GPT --------------------------------------------------------------------------- */

struct gpt {
	struct ondisk_gpt_header h;
	uint32_t block_bytes;
	bool found; /* a header with an array that can be */
	bool right; /* both checksums agree */
};

static void read_gpt(struct isokit_source *disk, uint64_t offset, uint32_t block_bytes,
		     struct gpt *ret)
{
	uint8_t raw[MAX_BLOCK_BYTES];
	uint64_t bytes, at, done = 0;
	uint32_t crc = 0;

	*ret = (struct gpt){ .block_bytes = block_bytes };
	if (!volume_try_read(disk, offset, raw, block_bytes) ||
	    ondisk_gpt_header_decode(raw, block_bytes, &ret->h, NULL))
		return;
	if (ret->h.entry_bytes < GPT_ENTRY_BYTES || ret->h.entry_bytes > MAX_BLOCK_BYTES ||
	    ret->h.n_entries == 0 || !mul_u64(ret->h.entries_lba, block_bytes, &at))
		return;
	bytes = (uint64_t)min_u64(ret->h.n_entries, MAX_GPT_ENTRIES) * ret->h.entry_bytes;
	if (!range_inside(at, bytes, isokit_source_size(disk)))
		return;
	ret->found = true;
	while (done < bytes) {
		size_t n = (size_t)min_u64(sizeof(raw), bytes - done);

		if (!volume_try_read(disk, at + done, raw, n))
			return;
		crc = ondisk_crc32(crc, raw, n);
		done += n;
	}
	ret->right = ret->h.crc_ok && crc == ret->h.entries_crc;
}

/* The first copy that is right; else the first one that is there at all. */
static void find_gpt(struct isokit_source *disk, struct gpt *ret)
{
	uint64_t size = isokit_source_size(disk), at;
	struct gpt g, spare = { .found = false };

	for (size_t i = 0; i < N_BLOCK_SIZES; i++) {
		uint32_t bs = block_sizes[i];

		read_gpt(disk, bs, bs, &g);
		if (g.right)
			goto found;
		/* Away from 512, the place may belong to something else. */
		if (g.found && !spare.found && (i == 0 || g.h.crc_ok))
			spare = g;
		if (g.found && g.h.crc_ok && mul_u64(g.h.alternate_lba, bs, &at)) {
			read_gpt(disk, at, bs, &g);
			if (g.right)
				goto found;
		}
		if (size / bs < 2)
			continue;
		read_gpt(disk, (size / bs - 1) * bs, bs, &g);
		if (g.right)
			goto found;
	}
	g = spare;
found:
	*ret = g;
}

enum isokit_status partitions_gpt(struct isokit_source *disk, struct volume_list *list,
				  struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct ondisk_gpt_entry e;
	uint8_t raw[GPT_ENTRY_BYTES];
	struct gpt g;
	uint64_t at;
	uint32_t n;

	find_gpt(disk, &g);
	if (!g.found)
		return ISOKIT_OK;
	at = g.h.entries_lba * g.block_bytes;
	n = (uint32_t)min_u64(g.h.n_entries, MAX_GPT_ENTRIES);
	for (uint32_t i = 0; !st && i < n; i++, at += g.h.entry_bytes) {
		struct isokit_disk_volume v = { .partition = i + 1, .scheme = "gpt" };

		if (!volume_try_read(disk, at, raw, sizeof(raw)))
			break;
		ondisk_gpt_entry_decode(raw, &e);
		if (!e.used || e.last_lba < e.first_lba)
			continue;
		set_range(&v, isokit_source_size(disk), e.first_lba,
			  e.last_lba - e.first_lba < UINT64_MAX ? e.last_lba - e.first_lba + 1 :
								  UINT64_MAX,
			  g.block_bytes);
		ondisk_guid_text(e.type, v.type);
		volume_name_utf16le(v.name, sizeof(v.name), e.name, GPT_NAME_BYTES / 2);
		v.esp = strcmp(v.type, GPT_TYPE_ESP) == 0;
		v.active = e.attributes & GPT_ATTR_LEGACY_BOOT;
		st = volume_list_add(list, &v, err);
	}
	return st;
}

/* ---- MBR --------------------------------------------------------------------------- */

static bool read_mbr(struct isokit_source *disk, uint64_t at, struct ondisk_mbr *ret, uint8_t *raw)
{
	if (!volume_try_read(disk, at, raw, MBR_BYTES))
		return false;
	ondisk_mbr_decode(raw, ret);
	return ret->signature;
}

static bool is_file_system(const uint8_t *raw)
{
	struct ondisk_fat fat;

	return memcmp(raw + 3, "NTFS    ", 8) == 0 || memcmp(raw + 3, "EXFAT   ", 8) == 0 ||
	       memcmp(raw + 3, "-FVE-FS-", 8) == 0 || memcmp(raw + 3, "ReFS\0\0\0\0", 8) == 0 ||
	       ondisk_fat_decode(raw, MBR_BYTES, &fat, NULL) == ISOKIT_OK;
}

static bool is_partition(const struct ondisk_mbr_entry *e)
{
	return e->type && e->sectors;
}

/* Its table is one, and not what a boot sector happens to have there. */
static bool is_table(const struct ondisk_mbr *m, const uint8_t *raw, uint64_t disk_sectors)
{
	bool any = false;

	if (!m->table_like)
		return false;
	if (!is_file_system(raw))
		return true;
	for (size_t i = 0; i < 4; i++) {
		const struct ondisk_mbr_entry *e = &m->entries[i];

		if (is_partition(e) && e->start_lba &&
		    (uint64_t)e->start_lba + e->sectors <= disk_sectors)
			any = true;
	}
	return any;
}

bool partitions_gpt_counts(struct isokit_source *disk)
{
	uint8_t raw[MBR_BYTES];
	struct ondisk_mbr m;
	bool others = false;

	if (!read_mbr(disk, 0, &m, raw) || !is_table(&m, raw, UINT64_MAX))
		return true;
	for (size_t i = 0; i < 4; i++) {
		if (m.entries[i].type == MBR_TYPE_GPT)
			return true;
		others |= is_partition(&m.entries[i]);
	}
	return !others;
}

static enum isokit_status add_mbr(struct isokit_source *disk, struct volume_list *list,
				  unsigned number, const struct ondisk_mbr_entry *e,
				  uint64_t start, uint32_t sector_bytes, struct isokit_error *err)
{
	struct isokit_disk_volume v = {
		.partition = number,
		.scheme = "mbr",
		.active = e->status == 0x80,
		.esp = e->type == MBR_TYPE_ESP,
	};

	set_range(&v, isokit_source_size(disk), start, e->sectors, sector_bytes);
	snprintf(v.type, sizeof(v.type), "0x%02x", e->type);
	return volume_list_add(list, &v, err);
}

/* Each extended boot record has a logical partition, relative to itself, and a link to
 * the next one, relative to the first. Links must go on: backwards means a loop. */
static enum isokit_status add_logical(struct isokit_source *disk, struct volume_list *list,
				      uint64_t extended, uint32_t sector_bytes,
				      unsigned *io_number, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint64_t visited[MAX_LINKS], lba = extended;
	uint8_t raw[MBR_BYTES];

	for (size_t n = 0; !st && n < MAX_LINKS; n++) {
		struct ondisk_mbr ebr;
		uint64_t next = 0;

		for (size_t i = 0; i < n; i++)
			if (visited[i] == lba)
				return ISOKIT_OK;
		visited[n] = lba;
		if (!read_mbr(disk, lba * sector_bytes, &ebr, raw))
			return ISOKIT_OK;
		for (size_t i = 0; !st && i < 4; i++) {
			const struct ondisk_mbr_entry *e = &ebr.entries[i];

			if (ondisk_mbr_is_extended(e->type)) {
				if (!next && e->sectors)
					next = extended + e->start_lba;
			} else if (is_partition(e)) {
				st = add_mbr(disk, list, (*io_number)++, e, lba + e->start_lba,
					     sector_bytes, err);
			}
		}
		if (!next)
			break;
		lba = next;
	}
	return st;
}

enum isokit_status partitions_mbr(struct isokit_source *disk, uint32_t sector_bytes,
				  struct volume_list *list, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint8_t raw[MBR_BYTES];
	struct ondisk_mbr m;
	unsigned logical = 5;

	if (!read_mbr(disk, 0, &m, raw) ||
	    !is_table(&m, raw, isokit_source_size(disk) / sector_bytes))
		return ISOKIT_OK;
	for (unsigned i = 0; !st && i < 4; i++) {
		const struct ondisk_mbr_entry *e = &m.entries[i];

		if (is_partition(e) && e->type != MBR_TYPE_GPT && !ondisk_mbr_is_extended(e->type))
			st = add_mbr(disk, list, i + 1, e, e->start_lba, sector_bytes, err);
	}
	for (unsigned i = 0; !st && i < 4; i++) {
		const struct ondisk_mbr_entry *e = &m.entries[i];

		if (is_partition(e) && ondisk_mbr_is_extended(e->type) && e->start_lba)
			st = add_logical(disk, list, e->start_lba, sector_bytes, &logical, err);
	}
	return st;
}

/* ---- Apple's map ------------------------------------------------------------------- */

/* Entries that describe the map itself, or nothing. */
static bool is_filler(const char *type)
{
	return strcmp(type, "Apple_partition_map") == 0 || strcmp(type, "Apple_Free") == 0 ||
	       strcmp(type, "Apple_Void") == 0 || strcmp(type, "Apple_Scratch") == 0;
}

static bool read_apm(struct isokit_source *disk, uint32_t block_bytes, uint32_t index,
		     struct ondisk_apm_entry *ret)
{
	uint8_t raw[APM_ENTRY_BYTES];

	return volume_try_read(disk, (uint64_t)index * block_bytes, raw, sizeof(raw)) &&
	       ondisk_apm_entry_decode(raw, sizeof(raw), ret, NULL) == ISOKIT_OK;
}

/* 512 comes first: a disc may have a second map for its own sectors. */
static uint32_t find_apm(struct isokit_source *disk)
{
	struct ondisk_apm_entry e;

	for (size_t i = 0; i < N_BLOCK_SIZES; i++)
		if (read_apm(disk, block_sizes[i], 1, &e) && e.map_blocks)
			return block_sizes[i];
	return 0;
}

enum isokit_status partitions_apm(struct isokit_source *disk, struct volume_list *list,
				  struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint32_t block_bytes = find_apm(disk), announced = 1;

	for (uint32_t i = 1; block_bytes && !st && i <= announced && i <= MAX_APM_ENTRIES; i++) {
		struct isokit_disk_volume v = { .partition = i, .scheme = "apm" };
		struct ondisk_apm_entry e;

		if (!read_apm(disk, block_bytes, i, &e))
			break;
		if (i == 1)
			announced = e.map_blocks;
		if (is_filler(e.type))
			continue;
		set_range(&v, isokit_source_size(disk), e.start, e.blocks, block_bytes);
		volume_name(v.type, sizeof(v.type), e.type, strlen(e.type));
		volume_name(v.name, sizeof(v.name), e.name, strlen(e.name));
		st = volume_list_add(list, &v, err);
	}
	return st;
}
