/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master boot record and its chain of extended boot records. */
#include <string.h>

#include "base/fail.h"
#include "model/boot.h"
#include "ondisk/fat.h"
#include "ondisk/mbr.h"

enum { MAX_PARTITIONS = 128 }; /* four, and more logical ones than anybody has */

struct mbr_work {
	struct isokit_image *img;
	struct isokit_mbr_partition list[MAX_PARTITIONS];
	size_t n;
};

static void add(struct mbr_work *w, unsigned index, const struct ondisk_mbr_entry *e,
		uint64_t start_lba)
{
	struct isokit_mbr_partition *p;
	uint64_t end = start_lba + e->sectors; /* below 2^34 */

	if (w->n == MAX_PARTITIONS)
		return;
	p = &w->list[w->n++];
	*p = (struct isokit_mbr_partition){
		.index = index,
		.active = e->status == 0x80,
		.status = e->status,
		.type = e->type,
		.start_lba = (uint32_t)start_lba,
		.sectors = e->sectors,
		.inside = end <= w->img->facts.size / SECTOR512,
		.fat = -1,
	};
	/* A protective entry describes the disk, by habit with any size. */
	if (e->type == MBR_TYPE_GPT)
		return;
	if (!p->inside)
		model_find(w->img, ISOKIT_F_MBR_PARTITION_OUTSIDE, start_lba * SECTOR512,
			   (uint64_t)e->sectors * SECTOR512, NULL, index, end);
	model_expect(w->img, end * SECTOR512, boot_numbered(w->img, "MBR partition", index));
}

static bool seen(const uint64_t *visited, size_t n, uint64_t lba)
{
	for (size_t i = 0; i < n; i++) {
		if (visited[i] == lba)
			return true;
	}
	return false;
}

/* Each extended boot record holds one logical partition, relative to itself,
 * and a link to the next, relative to the extended partition. */
static enum isokit_status read_chain(struct mbr_work *w, uint64_t extended_lba,
				     struct isokit_error *err)
{
	uint64_t visited[MAX_PARTITIONS];
	uint64_t lba = extended_lba;
	size_t n = 0;

	while (n < MAX_PARTITIONS) {
		enum isokit_status st;
		struct ondisk_mbr ebr;
		uint8_t raw[MBR_BYTES];
		uint64_t next = 0;
		bool ok;

		if (seen(visited, n, lba)) {
			model_find(w->img, ISOKIT_F_MBR_EBR_LOOP, lba * SECTOR512, MBR_BYTES, NULL,
				   lba, 0);
			return ISOKIT_OK;
		}
		visited[n++] = lba;
		st = boot_try_read(w->img, lba * SECTOR512, raw, sizeof(raw),
				   "extended boot record", &ok, err);
		if (st)
			return st;
		if (ok)
			ondisk_mbr_decode(raw, &ebr);
		if (!ok || !ebr.signature) {
			model_find(w->img, ISOKIT_F_MBR_EBR_MISSING, lba * SECTOR512, MBR_BYTES,
				   NULL, lba, 0);
			return ISOKIT_OK;
		}
		for (size_t i = 0; i < 4; i++) {
			const struct ondisk_mbr_entry *e = &ebr.entries[i];

			if (ondisk_mbr_is_extended(e->type)) {
				if (!next && e->sectors)
					next = extended_lba + e->start_lba;
			} else if (e->type && e->sectors) {
				unsigned index = 5;

				for (size_t k = 0; k < w->n; k++) {
					if (w->list[k].index >= index)
						index = w->list[k].index + 1;
				}
				add(w, index, e, lba + e->start_lba);
			}
		}
		if (!next)
			return ISOKIT_OK;
		lba = next;
	}
	return ISOKIT_OK;
}

/* Some entry looks like a real partition: a type, a start, inside the file. */
static bool has_real_entry(const struct ondisk_mbr *m, uint64_t size)
{
	for (size_t i = 0; i < 4; i++) {
		const struct ondisk_mbr_entry *e = &m->entries[i];

		if (e->type && e->start_lba && e->sectors &&
		    (uint64_t)e->start_lba + e->sectors <= size / SECTOR512)
			return true;
	}
	return false;
}

static bool is_file_system(const uint8_t *raw)
{
	struct ondisk_fat fat;

	return memcmp(raw + 3, "NTFS    ", 8) == 0 || memcmp(raw + 3, "EXFAT   ", 8) == 0 ||
	       ondisk_fat_decode(raw, MBR_BYTES, &fat, NULL) == ISOKIT_OK;
}

static void check_table(struct mbr_work *w)
{
	struct boot_range ranges[MAX_PARTITIONS];
	unsigned active = 0;
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct isokit_mbr_partition *p = &w->list[i];

		if (p->active && p->index <= 4)
			active++;
		/* Type 0 is how isohybrid covers the whole image: an unused entry to
		 * everybody but the BIOS. Extended ones contain the logical ones. */
		if (p->type == 0 || p->type == MBR_TYPE_GPT || p->sectors == 0 ||
		    ondisk_mbr_is_extended(p->type))
			continue;
		ranges[n++] = (struct boot_range){
			.index = p->index,
			.first = p->start_lba,
			.end = (uint64_t)p->start_lba + p->sectors,
		};
	}
	if (active > 1)
		model_find(w->img, ISOKIT_F_MBR_TWO_ACTIVE, 446, 64, NULL, active, 0);
	boot_find_overlaps(w->img, ranges, n, ISOKIT_F_MBR_OVERLAP, ISOKIT_F_MBR_OVERLAP,
			   SECTOR512);
}

static const enum isokit_boot_code public_code[] = {
	[ONDISK_CODE_NONE] = ISOKIT_CODE_NONE,
	[ONDISK_CODE_ISOLINUX] = ISOKIT_CODE_ISOLINUX,
	[ONDISK_CODE_GRUB] = ISOKIT_CODE_GRUB,
	[ONDISK_CODE_WINDOWS] = ISOKIT_CODE_WINDOWS,
	[ONDISK_CODE_MESSAGE] = ISOKIT_CODE_PROTECTIVE,
	[ONDISK_CODE_SYSLINUX] = ISOKIT_CODE_SYSLINUX,
	[ONDISK_CODE_UNKNOWN] = ISOKIT_CODE_UNKNOWN,
};

static const enum isokit_boot_needs public_needs[] = {
	[ONDISK_NEEDS_NOTHING] = ISOKIT_NEEDS_NOTHING,
	[ONDISK_NEEDS_ISOLINUX] = ISOKIT_NEEDS_ISOLINUX,
	[ONDISK_NEEDS_GRUB_CORE] = ISOKIT_NEEDS_GRUB_CORE,
	[ONDISK_NEEDS_DATA] = ISOKIT_NEEDS_DATA,
	[ONDISK_NEEDS_ACTIVE] = ISOKIT_NEEDS_ACTIVE,
	[ONDISK_NEEDS_GPT_LEGACY] = ISOKIT_NEEDS_GPT_LEGACY,
	[ONDISK_NEEDS_FREEBSD_BOOT] = ISOKIT_NEEDS_FREEBSD_BOOT,
};

enum isokit_status boot_mbr(struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_mbr *m = &img->facts.mbr;
	struct ondisk_boot_code code;
	struct ondisk_mbr mbr;
	struct mbr_work w = { .img = img };
	enum isokit_status st;
	uint8_t raw[MBR_BYTES];
	bool ok, file_system;

	m->fat = -1;
	st = boot_try_read(img, 0, raw, sizeof(raw), "master boot record", &ok, err);
	if (st || !ok)
		return st;
	ondisk_mbr_decode(raw, &mbr);
	if (!mbr.signature)
		return ISOKIT_OK;
	file_system = is_file_system(raw);
	m->present = true;
	m->disk_id = mbr.disk_id;
	m->plausible = mbr.table_like && (!file_system || has_real_entry(&mbr, img->facts.size));
	ondisk_boot_code_recognise(raw, m->plausible ? MBR_CODE_BYTES : MBR_BYTES - 2, &code);
	m->code = public_code[code.code];
	m->code_name = code.name;
	m->needs = public_needs[code.needs];
	m->pointer_known = code.needs == ONDISK_NEEDS_ISOLINUX ||
			   code.needs == ONDISK_NEEDS_GRUB_CORE || code.needs == ONDISK_NEEDS_DATA;
	m->pointer_sector = code.pointer;
	if (!m->plausible) {
		if (!file_system)
			model_find(img, ISOKIT_F_MBR_TABLE_ODD, 446, 64, NULL, 0, 0);
		return ISOKIT_OK;
	}
	for (size_t i = 0; i < 4; i++) {
		if (mbr.entries[i].type || mbr.entries[i].sectors)
			add(&w, (unsigned)i + 1, &mbr.entries[i], mbr.entries[i].start_lba);
	}
	for (size_t i = 0; i < 4 && !st; i++) {
		if (ondisk_mbr_is_extended(mbr.entries[i].type) && mbr.entries[i].start_lba)
			st = read_chain(&w, mbr.entries[i].start_lba, err);
	}
	if (st)
		return st;
	check_table(&w);
	if (w.n) {
		m->partitions = arena_memdup(&img->arena, w.list, w.n * sizeof(w.list[0]));
		if (!m->partitions)
			return isokit_fail_nomem(err, "master boot record", sizeof(w.list));
		m->n_partitions = w.n;
	}
	return ISOKIT_OK;
}
