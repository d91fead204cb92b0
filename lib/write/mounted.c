/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/mounted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "device/target.h"
#include "ondisk/fat.h"
#include "ondisk/gpt.h"
#include "ondisk/mbr.h"
#include "write/pool.h"

enum { MOST = 32, LOOK_BYTES = 4096 };

struct filesystem {
	const char *name;
	uint64_t from, to;           /* on the drive */
	uint64_t mark_from, mark_to; /* what a mount changes first */
	bool changed;
};

struct mounted {
	struct filesystem all[MOST];
	size_t n;
	char words[120];
};

static struct filesystem *add(struct mounted *m, const char *name, uint64_t from, uint64_t bytes,
			      uint64_t mark, uint64_t mark_bytes)
{
	struct filesystem *f = &m->all[m->n++];

	f->name = name;
	f->from = from;
	f->to = from + bytes;
	f->mark_from = from + mark;
	f->mark_to = f->mark_from + mark_bytes;
	return f;
}

/* What lies at the beginning of a partition. */
static void look_at(struct mounted *m, struct device_target *t, uint64_t at, uint64_t bytes,
		    uint8_t *buffer)
{
	uint64_t size = device_target_bytes(t);
	struct ondisk_fat fat;

	if (m->n == MOST || at % device_target_sector(t) || !range_inside(at, LOOK_BYTES, size) ||
	    device_read_at(t, at, buffer, LOOK_BYTES, NULL) != ISOKIT_OK)
		return;
	bytes = min_u64(bytes, size - at);
	if (ondisk_fat_decode(buffer, 512, &fat, NULL) == ISOKIT_OK)
		/* Dirty mark, free clusters, tables. */
		add(m, "FAT", at, min_u64(bytes, fat.bytes), 0, fat.data_offset);
	else if (get_le16(buffer + 1080) == 0xef53)
		/* When it was mounted, how often, and whether it is. */
		add(m, "ext4", at, bytes, 1024, 1024);
	else if (memcmp(buffer + 3, "EXFAT   ", 8) == 0)
		add(m, "exFAT", at, bytes, 0, 512);
	else if (memcmp(buffer + 3, "NTFS    ", 8) == 0)
		add(m, "NTFS", at, bytes, 0, bytes);
	else if (memcmp(buffer + 1024, "H+", 2) == 0 || memcmp(buffer + 1024, "HX", 2) == 0)
		add(m, "HFS+", at, bytes, 1024, 512);
	else if (memcmp(buffer, "XFSB", 4) == 0)
		add(m, "XFS", at, bytes, 0, 512);
}

static void look_gpt(struct mounted *m, struct device_target *t, const struct block *first,
		     uint32_t sector, uint8_t *buffer)
{
	struct ondisk_gpt_header h;
	uint64_t at;

	if (first->n < 2 * (size_t)sector ||
	    ondisk_gpt_header_decode(first->bytes + sector, GPT_HEADER_BYTES, &h, NULL) ||
	    h.entries_lba > BLOCK_BYTES / sector || h.entry_bytes < GPT_ENTRY_BYTES ||
	    h.entry_bytes > 4096)
		return;
	at = h.entries_lba * sector;
	for (uint32_t i = 0; i < h.n_entries && i < 128 && at + h.entry_bytes <= first->n;
	     i++, at += h.entry_bytes) {
		struct ondisk_gpt_entry e;

		ondisk_gpt_entry_decode(first->bytes + at, &e);
		if (e.used && e.last_lba >= e.first_lba && e.last_lba < UINT64_MAX / sector)
			look_at(m, t, e.first_lba * sector,
				(e.last_lba - e.first_lba + 1) * sector, buffer);
	}
}

struct mounted *mounted_new(struct device_target *t, const struct block *first)
{
	struct mounted *m = calloc(1, sizeof(*m));
	void *memory = NULL;
	struct ondisk_mbr mbr;

	if (!m || !first || posix_memalign(&memory, BLOCK_ALIGNMENT, LOOK_BYTES) != 0) {
		free(m);
		return NULL;
	}
	/* The image is without partitions: a file system on the whole drive. */
	look_at(m, t, 0, device_target_bytes(t), memory);
	if (first->n >= MBR_BYTES) {
		ondisk_mbr_decode(first->bytes, &mbr);
		for (unsigned i = 0; i < 4 && mbr.signature; i++)
			if (mbr.entries[i].type && mbr.entries[i].type != MBR_TYPE_GPT &&
			    mbr.entries[i].start_lba)
				look_at(m, t, (uint64_t)mbr.entries[i].start_lba * 512,
					(uint64_t)mbr.entries[i].sectors * 512, memory);
		look_gpt(m, t, first, device_target_sector(t), memory);
	}
	free(memory);
	return m;
}

void mounted_free(struct mounted *m)
{
	free(m);
}

bool mounted_touches(struct mounted *m, uint64_t offset)
{
	for (size_t i = 0; m && i < m->n; i++) {
		struct filesystem *f = &m->all[i];

		if (offset < f->from || offset >= f->to)
			continue;
		if (offset >= f->mark_from && offset < f->mark_to && !f->changed) {
			f->changed = true;
			snprintf(m->words, sizeof(m->words),
				 "%s at byte %llu has other metadata", f->name,
				 (unsigned long long)f->from);
		}
		return f->changed;
	}
	return false;
}

const char *mounted_words(const struct mounted *m)
{
	return m ? m->words : "";
}
