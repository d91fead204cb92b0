/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies behind boot entries and partitions: loaders, the tables patched
 * into them, FAT file systems, and whether the MBR's code finds its payload. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "model/boot.h"
#include "ondisk/eltorito.h"
#include "ondisk/gpt.h"
#include "ondisk/mbr.h"

enum {
	MAX_FATS = 32,
	HEAD_BYTES = MODEL_SCRATCH_BYTES,
	MAX_SUM_BYTES = 64 << 20, /* all boot images that carry a checksum are far smaller */
};

struct evidence {
	struct isokit_image *img;
	struct isokit_fat fats[MAX_FATS];
	size_t n_fats;
	struct isokit_boot_entry *entries; /* copies that may still be changed */
	size_t n_entries;
	uint64_t sum_budget; /* bytes of boot images that may still be summed up */
	uint8_t *head;       /* HEAD_BYTES of the image that is looked at, borrowed */
	size_t head_read;    /* how many there are */
};

/* ---- FAT file systems ----------------------------------------------------------- */

/* The index of the FAT at a byte, read at most once; -1 when there is none. */
static enum isokit_status want_fat(struct evidence *v, uint64_t offset, uint64_t window,
				   bool even_if_broken, const char *what, int *ret_index,
				   struct isokit_error *err)
{
	struct isokit_fat *f = &v->fats[v->n_fats];
	enum isokit_status st;

	*ret_index = -1;
	for (size_t i = 0; i < v->n_fats; i++) {
		if (v->fats[i].offset == offset) {
			*ret_index = (int)i;
			return ISOKIT_OK;
		}
	}
	if (v->n_fats == MAX_FATS)
		return ISOKIT_OK;
	st = boot_fat_read(v->img, offset, window, f, err);
	if (st || (!f->ok && !even_if_broken))
		return st;
	f->where = what;
	if (f->bytes) {
		if (!f->inside)
			model_find(v->img, ISOKIT_F_FAT_OUTSIDE, offset, f->bytes, what, f->bytes,
				   0);
		else if (!f->fits)
			model_find(v->img, ISOKIT_F_FAT_OVER_PARTITION, offset, f->bytes, what,
				   f->bytes, window);
		model_expect(v->img, offset + f->bytes, what);
	}
	*ret_index = (int)v->n_fats++;
	return ISOKIT_OK;
}

/* Is there a boot sector that does something? */
static enum isokit_status is_boot_sector(struct evidence *v, uint64_t offset, bool *ret_is,
					 struct isokit_error *err)
{
	struct ondisk_boot_code code;
	enum isokit_status st;
	uint8_t raw[MBR_BYTES];
	bool ok;

	*ret_is = false;
	st = boot_try_read(v->img, offset, raw, sizeof(raw), "boot sector", &ok, err);
	if (st || !ok || raw[510] != 0x55 || raw[511] != 0xaa)
		return st;
	ondisk_boot_code_recognise(raw, MBR_BYTES - 2, &code);
	*ret_is = code.code != ONDISK_CODE_NONE && code.code != ONDISK_CODE_MESSAGE;
	return ISOKIT_OK;
}

static enum isokit_status look_at_mbr_partitions(struct evidence *v, struct isokit_error *err)
{
	struct isokit_mbr *m = &v->img->facts.mbr;
	struct isokit_mbr_partition *list;
	enum isokit_status st = ISOKIT_OK;

	if (!m->n_partitions)
		return ISOKIT_OK;
	list = arena_memdup(&v->img->arena, m->partitions, m->n_partitions * sizeof(*list));
	if (!list)
		return isokit_fail_nomem(err, "partitions", m->n_partitions * sizeof(*list));
	m->partitions = list;
	for (size_t i = 0; i < m->n_partitions && !st; i++) {
		uint64_t at = (uint64_t)list[i].start_lba * SECTOR512;

		if (ondisk_mbr_is_fat(list[i].type))
			st = want_fat(v, at, (uint64_t)list[i].sectors * SECTOR512, true,
				      boot_numbered(v->img, "MBR partition", list[i].index),
				      &list[i].fat, err);
		/* A partition from sector 0 has the MBR as its boot sector. */
		if (!st && list[i].active && list[i].start_lba)
			st = is_boot_sector(v, at, &list[i].boot_sector, err);
	}
	return st;
}

static enum isokit_status look_at_gpt_partitions(struct evidence *v, struct isokit_error *err)
{
	struct isokit_gpt *g = &v->img->facts.gpt;
	struct isokit_gpt_partition *list;
	enum isokit_status st = ISOKIT_OK;

	if (!g->n_partitions)
		return ISOKIT_OK;
	list = arena_memdup(&v->img->arena, g->partitions, g->n_partitions * sizeof(*list));
	if (!list)
		return isokit_fail_nomem(err, "partitions", g->n_partitions * sizeof(*list));
	g->partitions = list;
	for (size_t i = 0; i < g->n_partitions && !st; i++) {
		bool esp = strcmp(list[i].type_guid, GPT_TYPE_ESP) == 0;
		uint64_t at, end;

		/* Beyond the image there is nothing to look at; the table code says so. */
		if (!mul_u64(list[i].first_lba, g->block_size, &at) || at >= v->img->facts.size ||
		    list[i].last_lba < list[i].first_lba)
			continue;
		if (list[i].last_lba == UINT64_MAX ||
		    !mul_u64(list[i].last_lba + 1, g->block_size, &end))
			end = UINT64_MAX;
		if (esp || strcmp(list[i].type_guid, GPT_TYPE_BASIC_DATA) == 0)
			st = want_fat(v, at, end - at, esp,
				      boot_numbered(v->img, "GPT partition", list[i].index),
				      &list[i].fat, err);
		if (!st && ((list[i].attributes & GPT_ATTR_LEGACY_BOOT) ||
			    strcmp(list[i].type_guid, GPT_TYPE_FREEBSD_BOOT) == 0))
			st = is_boot_sector(v, at, &list[i].boot_sector, err);
	}
	return st;
}

/* ---- El Torito entries ------------------------------------------------------------ */

/* How much of the image file a boot image may take, from its address on. */
static uint64_t room_at(const struct evidence *v, uint64_t at)
{
	return at < v->img->facts.size ? v->img->facts.size - at : 0;
}

static enum isokit_status check_info_sum(struct evidence *v, uint64_t at, uint32_t bytes,
					 uint32_t *ret_sum, bool *ret_ok, struct isokit_error *err)
{
	uint32_t sum = 0;
	uint64_t done = 0;

	*ret_ok = bytes <= v->sum_budget && range_inside(at, bytes, v->img->facts.size);
	if (*ret_ok)
		v->sum_budget -= bytes;
	while (*ret_ok && done < bytes) {
		size_t n = (size_t)min_u64(HEAD_BYTES, bytes - done);
		enum isokit_status st = ISOKIT_OK;

		if (done || n > v->head_read) /* the beginning is there already */
			st = boot_try_read(v->img, at + done, v->head, n, "boot image", ret_ok,
					   err);
		if (st)
			return st;
		if (*ret_ok)
			sum = ondisk_boot_info_sum(sum, done, v->head, n);
		done += n;
	}
	*ret_sum = sum;
	return ISOKIT_OK;
}

static bool needs_info_table(const char *loader)
{
	return loader && (strcmp(loader, "isolinux") == 0 || strcmp(loader, "grub") == 0 ||
			  strcmp(loader, "grub-legacy") == 0);
}

static bool is_descriptor(const struct evidence *v, uint32_t lba)
{
	if (lba == 16)
		return true;
	for (size_t i = 0; i < v->img->facts.n_descriptors; i++) {
		if (v->img->facts.descriptors[i].lba == lba)
			return true;
	}
	/* xorriso makes the table name the descriptor of the session it writes, which
	 * it copies to block 16. */
	for (size_t i = 0; i < v->img->facts.n_sessions; i++) {
		if (v->img->facts.sessions[i].lba + 16 == lba)
			return true;
	}
	return false;
}

static enum isokit_status check_info_table(struct evidence *v, struct isokit_boot_entry *e,
					   uint64_t file_bytes, struct isokit_error *err)
{
	struct isokit_boot_info_table *t = &e->info_table;
	const char *what = e->path ? e->path : boot_numbered(v->img, "boot image", e->index);
	uint64_t at = (uint64_t)e->lba * SECTOR_BYTES;
	struct ondisk_boot_info info;
	enum isokit_status st;
	uint32_t sum;
	bool ok;

	ondisk_boot_info_decode(v->head, &info);
	/* Loaders that need the table come from their maker with the first field
	 * set already and the others blank; a patched one names an address. Of
	 * other images only a table that fits exactly is believed. */
	t->present = is_descriptor(v, info.pvd_lba) && info.file_lba != 0 &&
		     (info.file_lba == e->lba ||
		      (needs_info_table(e->loader) && info.file_bytes != 0xdeadbeef &&
		       info.file_bytes != 0));
	if (!t->present)
		return ISOKIT_OK;
	t->pvd_lba = info.pvd_lba;
	t->file_lba = info.file_lba;
	t->file_bytes = info.file_bytes;
	t->checksum = info.checksum;
	t->lba_ok = info.file_lba == e->lba;
	/* Without a file that shows how long it should be: anything inside. */
	t->length_ok = file_bytes ? info.file_bytes == file_bytes :
				    info.file_bytes >= BOOT_INFO_END &&
					    range_inside(at, info.file_bytes, v->img->facts.size);
	st = check_info_sum(v, at, info.file_bytes, &sum, &ok, err);
	if (st)
		return st;
	t->checksum_ok = ok && sum == info.checksum;
	if (!t->lba_ok)
		model_find(v->img, ISOKIT_F_BOOT_INFO_LBA, at + 12, 4, what, info.file_lba,
			   e->lba);
	if (!t->length_ok)
		model_find(v->img, ISOKIT_F_BOOT_INFO_LENGTH, at + 16, 4, what,
			   info.file_bytes, file_bytes);
	if (!t->checksum_ok)
		model_find(v->img, ISOKIT_F_BOOT_INFO_CHECKSUM, at + 20, 4, what,
			   info.checksum, sum);
	return ISOKIT_OK;
}

static void check_grub2_info(struct evidence *v, struct isokit_boot_entry *e, size_t head_bytes)
{
	struct isokit_grub2_boot_info *g = &e->grub2_info;
	uint64_t right = (uint64_t)e->lba * 4 + GRUB2_INFO_SKIP_SECTORS512;
	uint64_t value;

	if (!e->loader || strcmp(e->loader, "grub") != 0 || head_bytes < GRUB2_INFO_END)
		return;
	value = get_le64(v->head + GRUB2_INFO_OFFSET);
	/* GRUB's own value, before an ISO program patched it, is sector 1 or 2. */
	g->present = value > 2;
	if (!g->present)
		return;
	g->value = value;
	g->ok = value == right;
	if (!g->ok)
		model_find(v->img, ISOKIT_F_GRUB2_INFO,
			   (uint64_t)e->lba * SECTOR_BYTES + GRUB2_INFO_OFFSET, 8,
			   e->path ? e->path : boot_numbered(v->img, "boot image", e->index),
			   value, right);
}

/* Length of what a no-emulation or emulated entry makes the firmware read. */
static uint64_t load_bytes(const struct isokit_boot_entry *e)
{
	switch (e->media & 0x0f) {
	case ISOKIT_EMUL_FLOPPY_1200: return 1228800;
	case ISOKIT_EMUL_FLOPPY_1440: return 1474560;
	case ISOKIT_EMUL_FLOPPY_2880: return 2949120;
	default: return (uint64_t)e->load_sectors * SECTOR512;
	}
}

/* The length in the boot info table of an image that begins in v->head, or 0. */
static uint64_t info_length(const struct evidence *v, const struct isokit_boot_entry *e)
{
	struct ondisk_boot_info info;

	ondisk_boot_info_decode(v->head, &info);
	return info.pvd_lba == 16 && info.file_lba == e->lba ? info.file_bytes : 0;
}

static enum isokit_status look_at_entry(struct evidence *v, struct isokit_boot_entry *e,
					uint64_t file_bytes, struct isokit_error *err)
{
	uint64_t at = (uint64_t)e->lba * SECTOR_BYTES;
	uint64_t room = room_at(v, at);
	const char *what = boot_numbered(v->img, "boot image", e->index);
	bool emulated = (e->media & 0x0f) != ISOKIT_EMUL_NONE;
	size_t head_bytes, first;
	enum isokit_status st;
	bool ok;

	/* What a writer left out of the boot menu is looked at where it is a file. */
	if (!e->bootable && !file_bytes)
		return ISOKIT_OK;
	if (room == 0) {
		model_find(v->img, ISOKIT_F_ELTORITO_IMAGE_OUTSIDE, at, load_bytes(e), e->path,
			   e->index, e->lba);
		model_expect(v->img, at + load_bytes(e), what);
		e->bytes = file_bytes ? file_bytes : load_bytes(e);
		return ISOKIT_OK;
	}
	/* A later entry of another platform may hold an EFI image all the same:
	 * genisoimage cannot say EF. */
	if (!emulated && (e->platform == ISOKIT_PLATFORM_UEFI || e->index > 1)) {
		st = want_fat(v, at, room, e->platform == ISOKIT_PLATFORM_UEFI, what, &e->fat,
			      err);
		if (st)
			return st;
	}
	e->bytes = file_bytes;
	if (!e->bytes && e->fat >= 0)
		e->bytes = v->fats[e->fat].bytes;
	if (!e->bytes) {
		/* UEFI 13.3.2.1: 0 and 1 mean "to the end of the medium". */
		e->bytes = e->platform == ISOKIT_PLATFORM_UEFI && e->load_sectors < 2 ?
				   room :
				   load_bytes(e);
	}
	e->inside = e->bytes <= room;
	if (!e->inside)
		model_find(v->img, ISOKIT_F_ELTORITO_IMAGE_OUTSIDE, at, e->bytes, e->path,
			   e->index, e->lba);
	model_expect(v->img, at + e->bytes, what);

	/* At least what the firmware loads at once, never beyond the image. */
	first = (size_t)min_u64(max_u64(emulated ? SECTOR512 : load_bytes(e), SECTOR512), room);
	/* A hidden image tells its length in its own table, if anywhere. */
	head_bytes = (size_t)min_u64(HEAD_BYTES, room);
	if (first > head_bytes)
		first = head_bytes;
	if (e->platform == ISOKIT_PLATFORM_UEFI)
		head_bytes = first; /* the rest tells nothing */
	v->head_read = head_bytes;
	st = boot_try_read(v->img, at, v->head, head_bytes, what, &ok, err);
	if (st || !ok)
		return st;
	e->not_zero = !all_zero(v->head, first);
	if (e->platform == ISOKIT_PLATFORM_UEFI)
		return ISOKIT_OK;
	head_bytes = (size_t)min_u64(
		head_bytes, max_u64(max_u64(e->bytes, first), file_bytes ? 0 : info_length(v, e)));
	e->loader = ondisk_boot_image_loader(v->head, head_bytes);
	if (!e->loader && head_bytes >= MBR_BYTES) {
		struct ondisk_boot_code code;

		ondisk_boot_code_recognise(v->head,
					   (e->media & 0x0f) == ISOKIT_EMUL_HARD_DISK ?
						   MBR_CODE_BYTES :
						   MBR_BYTES - 2,
					   &code);
		e->message_only = code.code == ONDISK_CODE_MESSAGE ||
				  (emulated && code.code == ONDISK_CODE_NONE);
	}
	if (!e->loader && e->platform == ISOKIT_PLATFORM_BIOS)
		e->foreign = ondisk_boot_image_foreign(v->head, head_bytes);
	if (emulated)
		return ISOKIT_OK;
	check_grub2_info(v, e, head_bytes);
	if (head_bytes < BOOT_INFO_END)
		return ISOKIT_OK;
	st = check_info_table(v, e, file_bytes, err);
	if (!st && !file_bytes && e->info_table.checksum_ok && e->info_table.lba_ok)
		e->bytes = e->info_table.file_bytes;
	return st;
}

static enum isokit_status look_at_entries(struct evidence *v, struct isokit_error *err)
{
	struct isokit_el_torito *et = &v->img->facts.el_torito;
	size_t n = et->n_entries;
	const char **paths;
	uint64_t *bytes;
	uint32_t *lbas;
	enum isokit_status st;

	if (!n)
		return ISOKIT_OK;
	v->entries = arena_memdup(&v->img->arena, et->entries, n * sizeof(*v->entries));
	paths = arena_array(&v->img->arena, n, sizeof(*paths));
	bytes = arena_array(&v->img->arena, n, sizeof(*bytes));
	lbas = arena_array(&v->img->arena, n, sizeof(*lbas));
	if (!v->entries || !paths || !bytes || !lbas)
		return isokit_fail_nomem(err, "boot entries", n * sizeof(*v->entries));
	v->n_entries = n;
	et->entries = v->entries;
	for (size_t i = 0; i < n; i++)
		lbas[i] = v->entries[i].lba;
	st = model_files_at(v->img, lbas, n, paths, bytes, err);
	for (size_t i = 0; i < n && !st; i++) {
		v->entries[i].path = paths[i];
		v->entries[i].path_unknown = !paths[i] && v->img->files_unknown;
		st = look_at_entry(v, &v->entries[i], bytes[i], err);
	}
	return st;
}

/* ---- the payload of the MBR's code --------------------------------------------------- */

/* A bootable BIOS entry whose image begins so many sectors before the pointer. */
static const struct isokit_boot_entry *entry_of_pointer(const struct evidence *v,
							uint64_t sector, uint64_t skip)
{
	for (size_t i = 0; i < v->n_entries; i++) {
		const struct isokit_boot_entry *e = &v->entries[i];

		if (e->bootable && e->platform == ISOKIT_PLATFORM_BIOS &&
		    (uint64_t)e->lba * 4 + skip == sector)
			return e;
	}
	return NULL;
}

/* isolinux.bin is known by the mark at byte 64 that the MBR code looks for,
 * and reads the rest of itself by its boot info table. */
static const char *isolinux_problem(const struct evidence *v, const uint8_t *raw, uint64_t sector)
{
	static const uint8_t mark[] = { 0xfb, 0xc0, 0x78, 0x70 };
	const struct isokit_boot_entry *e = entry_of_pointer(v, sector, 0);
	struct ondisk_boot_info info;

	if (memcmp(raw + 64, mark, sizeof(mark)) != 0)
		return "isolinux.bin is not there";
	ondisk_boot_info_decode(raw, &info);
	if ((uint64_t)info.file_lba * 4 != sector)
		return "the boot info table of isolinux.bin there names another place";
	if (e && !e->inside)
		return "isolinux.bin there is cut off";
	return NULL;
}

/* GRUB's core begins with a sector that loads the rest by a list at its end. */
static enum isokit_status grub_problem(struct evidence *v, const uint8_t *raw, uint64_t sector,
				       const char **ret_problem, struct isokit_error *err)
{
	uint64_t rest = get_le64(raw + 500);
	uint8_t first[SECTOR512];
	enum isokit_status st;
	bool ok = false;

	*ret_problem = NULL;
	if (memcmp(raw, "RV", 2) != 0 || !memmem(raw, SECTOR512, "loading", 7)) {
		*ret_problem = "GRUB's core image is not there";
		return ISOKIT_OK;
	}
	if (rest != sector + 1) {
		*ret_problem = "GRUB's core image there looks for its rest elsewhere";
		return ISOKIT_OK;
	}
	if (rest < v->img->facts.size / SECTOR512) {
		st = boot_try_read(v->img, rest * SECTOR512, first, sizeof(first),
				   "GRUB core image", &ok, err);
		if (st)
			return st;
	}
	if (!ok || all_zero(first, sizeof(first)))
		*ret_problem = "the rest of GRUB's core image is missing";
	return ISOKIT_OK;
}

static enum isokit_status check_pointer(struct evidence *v, struct isokit_error *err)
{
	struct isokit_mbr *m = &v->img->facts.mbr;
	const char *problem = NULL;
	uint8_t raw[SECTOR512];
	enum isokit_status st;
	bool ok = false;

	if (!m->present || !m->pointer_known)
		return ISOKIT_OK;
	if (m->pointer_sector && m->pointer_sector < v->img->facts.size / SECTOR512) {
		st = boot_try_read(v->img, m->pointer_sector * SECTOR512, raw, sizeof(raw),
				   "payload of the MBR code", &ok, err);
		if (st)
			return st;
	}
	if (!ok) {
		problem = "that lies outside the image";
	} else if (m->needs == ISOKIT_NEEDS_ISOLINUX) {
		problem = isolinux_problem(v, raw, m->pointer_sector);
	} else if (m->needs == ISOKIT_NEEDS_GRUB_CORE) {
		st = grub_problem(v, raw, m->pointer_sector, &problem, err);
		if (st)
			return st;
	} else {
		const struct isokit_boot_entry *e = entry_of_pointer(v, m->pointer_sector, 4);

		if (all_zero(raw, sizeof(raw)))
			problem = "only zeros are there";
		else if (v->n_entries && !e && m->code_name &&
			 strcmp(m->code_name, "memtest86+") == 0)
			problem = "no boot image is there";
		else if (e && !e->inside)
			problem = "the boot image there is cut off";
	}
	m->pointer_problem = problem;
	m->pointer_ok = !problem;
	if (problem)
		model_find(v->img, ISOKIT_F_MBR_POINTER, 0x1b0, 8, problem, m->pointer_sector, 0);
	return ISOKIT_OK;
}

static enum isokit_status gather(struct evidence *v, struct isokit_error *err)
{
	struct isokit_facts *facts = &v->img->facts;
	enum isokit_status st;

	/* Partitions first: they know how much room the FAT has. */
	st = look_at_mbr_partitions(v, err);
	if (!st)
		st = look_at_gpt_partitions(v, err);
	if (!st && facts->mbr.present)
		st = want_fat(v, 0, facts->size, false, "FAT at sector 0", &facts->mbr.fat, err);
	if (!st)
		st = look_at_entries(v, err);
	if (!st)
		st = check_pointer(v, err);
	if (st || !v->n_fats)
		return st;
	facts->fats = arena_memdup(&v->img->arena, v->fats, v->n_fats * sizeof(v->fats[0]));
	if (!facts->fats)
		return isokit_fail_nomem(err, "FAT file systems", v->n_fats * sizeof(v->fats[0]));
	facts->n_fats = v->n_fats;
	return ISOKIT_OK;
}

enum isokit_status model_boot_evidence(struct isokit_image *img, struct isokit_error *err)
{
	struct evidence *v = arena_alloc(&img->arena, sizeof(*v));

	if (!v)
		return isokit_fail_nomem(err, "boot evidence", sizeof(*v));
	v->img = img;
	v->sum_budget = MAX_SUM_BYTES;
	if (img->facts.el_torito.n_entries) {
		v->head = model_scratch(img, err);
		if (!v->head)
			return ISOKIT_E_NOMEM;
	}
	return gather(v, err);
}
