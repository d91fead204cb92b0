/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system area and the partition tables of a base image: what each partition is
 * for, and which options of libisofs make the same again. */
#include <stdlib.h>
#include <string.h>

#include "author/base.h"
#include "author/gptkeep.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "ondisk/gpt.h"

enum { SECTOR_BYTES = 2048, UNIT_BYTES = 512, LBA_RATIO = 4 };
enum { HFS_HEADER_AT = 1024, MBR_TABLE = 446, MBR_TABLE_BYTES = 64, MBR_SIGNATURE = 510, MBR_POINTER = 432 };
enum { TYPE_PREP = 0x41, TYPE_CHRP = 0x96, TYPE_LABEL = 0xcd, TYPE_PROTECTIVE = 0xee,
       TYPE_EFI = 0xef };

#define GUID_HFS_PLUS "48465300-0000-11AA-AA11-00306543ECAC"

/* ---- the partitions, each once ------------------------------------------------------- */

static bool is_protective(const struct isokit_mbr_partition *p)
{
	return p->start_lba == 1 && (p->type == TYPE_LABEL || p->type == TYPE_PROTECTIVE);
}

static struct base_partition *partition_at(struct base *b, uint64_t offset, uint64_t bytes)
{
	for (size_t i = 0; i < b->n_partitions; i++) {
		if (b->partitions[i].offset == offset &&
		    (b->partitions[i].bytes == bytes || offset))
			return &b->partitions[i];
	}
	if (b->n_partitions == BASE_MAX_PARTITIONS)
		return NULL;
	b->partitions[b->n_partitions] = (struct base_partition){ .offset = offset,
								  .bytes = bytes };
	return &b->partitions[b->n_partitions++];
}

static void guid_bytes(const char *text, uint8_t out[16])
{
	static const uint8_t places[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned n = 0, value = 0;

	memset(out, 0, 16);
	for (; *text && n < 32; text++) {
		char c = *text;

		if (c == '-')
			continue;
		value = value << 4 | (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
		if (n++ & 1)
			out[places[n / 2 - 1]] = (uint8_t)value;
	}
}

static void take_mbr(struct base *b)
{
	const struct isokit_mbr *m = &b->facts->mbr;

	for (size_t i = 0; m->present && m->plausible && i < m->n_partitions; i++) {
		const struct isokit_mbr_partition *from = &m->partitions[i];
		struct base_partition *p;

		/* The entry that only carries the active flag has one sector. */
		if (is_protective(from) || from->sectors < LBA_RATIO)
			continue;
		p = partition_at(b, (uint64_t)from->start_lba * UNIT_BYTES,
				 (uint64_t)from->sectors * UNIT_BYTES);
		if (!p)
			return;
		p->in_mbr = true;
		p->number = from->index;
		p->mbr_type = from->type;
		p->active = from->active;
	}
}

static bool add_u64_of(uint64_t lba, uint32_t unit, uint64_t *ret)
{
	return mul_u64(lba, unit, ret);
}

static void take_gpt(struct base *b)
{
	const struct isokit_gpt *g = &b->facts->gpt;

	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct isokit_gpt_partition *from = &g->partitions[i];
		struct base_partition *p;
		uint64_t offset, bytes;

		if (from->last_lba < from->first_lba ||
		    !add_u64_of(from->first_lba, g->block_size, &offset) ||
		    !add_u64_of(from->last_lba - from->first_lba + 1, g->block_size, &bytes))
			continue;
		p = partition_at(b, offset, bytes);
		if (!p)
			return;
		if (!p->in_mbr) {
			p->number = from->index;
			p->bytes = bytes;
		}
		p->in_gpt = true;
		p->type_guid = from->type_guid;
		p->name = from->name ? from->name : "";
		guid_bytes(from->type_guid, p->guid);
	}
}

static void take_apm(struct base *b)
{
	const struct isokit_apm *a = &b->facts->apm;

	for (size_t i = 0; a->present && i < a->n_partitions; i++) {
		const struct isokit_apm_partition *from = &a->partitions[i];
		uint64_t offset = (uint64_t)from->start * a->block_size;
		struct base_partition *p;

		/* Gap fillers, the map itself, free space. */
		if (strcmp(from->type, "Apple_HFS") != 0 && strncmp(from->name, "Appended", 8) != 0)
			continue;
		p = partition_at(b, offset, (uint64_t)from->blocks * a->block_size);
		if (!p)
			return;
		p->in_apm = true;
		if (!p->number)
			p->number = from->index;
	}
}

/* Does a volume descriptor of its own begin there? */
static bool is_iso(const struct base *b, uint64_t offset)
{
	uint8_t mark[6];
	uint64_t at;

	return offset == 0 || (offset % SECTOR_BYTES == 0 &&
			       add_u64(offset, (uint64_t)16 * SECTOR_BYTES, &at) &&
			       range_inside(at, sizeof(mark), isokit_source_size(b->src)) &&
			       isokit_source_read_at(b->src, at, mark, sizeof(mark), NULL) ==
				       ISOKIT_OK &&
			       memcmp(mark, "\1CD001", 6) == 0);
}

enum isokit_status base_find_partitions(struct plan *plan, struct base *b,
					struct isokit_error *err)
{
	const struct isokit_hfs *hfs = &b->facts->hfs;

	(void)err;
	take_mbr(b);
	take_gpt(b);
	take_apm(b);
	if (b->n_partitions == BASE_MAX_PARTITIONS)
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "has more partitions than are kept (%d)", BASE_MAX_PARTITIONS);
	for (size_t i = 0; i < b->n_partitions; i++) {
		struct base_partition *p = &b->partitions[i];

		if (p->in_gpt && !p->in_mbr && strncmp(p->name, "Gap", 3) == 0)
			p->role = BASE_GAP;
		else if (b->facts->namespaces[ISOKIT_NS_HFS].present && hfs->offset == p->offset)
			p->role = BASE_HFS;
		else if (is_iso(b, p->offset))
			p->role = BASE_ISO;
	}
	return ISOKIT_OK;
}

/* The rest, when it is known which are files. */
void base_settle_partitions(struct base *b)
{
	for (size_t i = 0; i < b->n_partitions; i++) {
		struct base_partition *p = &b->partitions[i];

		if (p->role == BASE_UNKNOWN)
			p->role = p->offset >= b->data_end ? BASE_APPENDED : BASE_FILE;
	}
}

/* ---- the system area ------------------------------------------------------------------- */

static void zero(uint8_t *area, uint64_t offset, uint64_t bytes)
{
	if (offset >= PLAN_SYSTEM_AREA_BYTES)
		return;
	memset(area + offset, 0, (size_t)min_u64(bytes, PLAN_SYSTEM_AREA_BYTES - offset));
}

/* Tables are made again; old ones would contradict them. */
static void zero_tables(const struct base *b, uint8_t *area)
{
	const struct isokit_gpt *g = &b->facts->gpt;
	const struct isokit_apm *a = &b->facts->apm;
	uint64_t at;

	if (b->facts->mbr.present)
		zero(area, MBR_TABLE, MBR_TABLE_BYTES);
	if (g->primary.present && g->block_size) {
		if (mul_u64(g->primary.lba, g->block_size, &at))
			zero(area, at, UNIT_BYTES);
		if (mul_u64(g->primary.entries_lba, g->block_size, &at) && at >= UNIT_BYTES)
			zero(area, at, (uint64_t)g->primary.n_entries * g->primary.entry_bytes);
		/* A damaged one is anywhere, and would show through between new entries,
		 * which have blocks of 512 bytes. */
		if (!g->primary.entries_crc_ok)
			zero(area, 2 * UNIT_BYTES, PLAN_SYSTEM_AREA_BYTES);
	}
	for (size_t i = 0; a->present && i < a->n_partitions; i++)
		zero(area, (uint64_t)(i + 1) * a->block_size, UNIT_BYTES);
	/* The header of an HFS volume over the same files, 1024 bytes into it. */
	if (b->facts->namespaces[ISOKIT_NS_HFS].present &&
	    b->facts->hfs.offset < PLAN_SYSTEM_AREA_BYTES)
		zero(area, b->facts->hfs.offset + HFS_HEADER_AT, UNIT_BYTES);
}

/* Labels of other computers, with addresses that would be wrong. */
static const char *foreign_label(const uint8_t *area)
{
	if (get_be32(area) == 0x0be5a941)
		return "MIPS";
	if (get_be16(area + 508) == 0xdabe)
		return "SPARC";
	if (memcmp(area + 2, "PALO", 4) == 0 || memcmp(area, "PALO", 4) == 0)
		return "HP-PA";
	if (get_le32(area + 8) == 0x0002757a)
		return "MIPS (little endian)";
	return NULL;
}

/* How the code finds what it loads: the pointer at byte 432 that isohybrid and GRUB2
 * have, at the first boot image or at its third block of 512. */
static enum plan_mbr kind_of_code(const struct base *b, const uint8_t *area)
{
	uint64_t image, pointer = get_le64(area + MBR_POINTER);

	if (b->n_entries == 0)
		return PLAN_MBR_NONE;
	image = b->entries[0].offset / UNIT_BYTES;
	if (b->facts->mbr.code == ISOKIT_CODE_ISOLINUX && get_le32(area + MBR_POINTER) == image)
		return PLAN_MBR_ISOHYBRID;
	if (b->facts->mbr.code != ISOKIT_CODE_NONE && pointer == image + 4)
		return PLAN_MBR_GRUB2;
	return PLAN_MBR_NONE;
}

static enum isokit_status set_system_area(struct plan *plan, struct isokit_error *err)
{
	const struct base *b = plan->base;
	const struct isokit_mbr *m = &b->facts->mbr;
	struct plan_boot *boot = &plan->boot;
	uint8_t *area = malloc(PLAN_SYSTEM_AREA_BYTES);
	bool code_kept = true;
	const char *foreign;
	enum isokit_status st;

	if (!area)
		return isokit_fail_nomem(err, "system area", PLAN_SYSTEM_AREA_BYTES);
	st = isokit_source_read_at(b->src, 0, area, PLAN_SYSTEM_AREA_BYTES, err);
	if (st) {
		free(area);
		return st;
	}
	foreign = foreign_label(area);
	if (foreign) {
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "its boot set-up for %s computers is not kept", foreign);
		zero(area, 0, PLAN_SYSTEM_AREA_BYTES);
	}
	boot->area = ISOKIT_BUILD_AREA_MBR;
	boot->mbr = foreign || !m->present ? PLAN_MBR_NONE : kind_of_code(b, area);
	zero_tables(b, area);
	/* Code with an address of something that is not known any more would load whatever
	 * lies there. */
	if (boot->mbr == PLAN_MBR_NONE && !foreign && m->present && m->pointer_known &&
	    m->pointer_sector >= 64) {
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "its boot code for sticks (%s) is not kept: what it loads (sector %llu) is not the first boot image",
			  m->code_name ? m->code_name : "of no known kind",
			  (unsigned long long)m->pointer_sector);
		zero(area, 0, UNIT_BYTES);
		code_kept = false;
	}
	if (all_zero(area, PLAN_SYSTEM_AREA_BYTES)) {
		free(area);
		return ISOKIT_OK;
	}
	boot->system_area = area;
	boot->system_area_bytes = PLAN_SYSTEM_AREA_BYTES;
	boot->mbr_name = m->present && code_kept ? m->code_name : NULL;
	for (size_t i = 0; m->present && i < m->n_partitions; i++) {
		boot->active = boot->active || m->partitions[i].active;
		/* With isohybrid it comes from the partitions that are in the GPT alone. */
		boot->label = boot->label || (boot->mbr != PLAN_MBR_ISOHYBRID &&
					      is_protective(&m->partitions[i]));
	}
	return ISOKIT_OK;
}

/* ---- the partitions again ------------------------------------------------------------------ */

static enum isokit_status partition_node(struct plan *plan, const struct base_partition *p,
					 struct tree_node **ret_node, struct isokit_error *err)
{
	const struct base *b = plan->base;
	uint64_t size = isokit_source_size(b->src);
	struct text path = { 0 };
	enum isokit_status st;

	if (p->offset >= size)
		return isokit_fail(err, ISOKIT_E_SHORT, p->offset, b->facts->path,
				   "ends before its partition %u begins; --boot=auto or --boot=none goes without",
				   p->number);
	text_addf(&path, "/partition-%u.img", p->number);
	st = path.failed ? isokit_fail_nomem(err, b->facts->path, 0) :
			   tree_add_range(plan->extra, text_string(&path), b->src, p->offset,
					  min_u64(p->bytes, size - p->offset), ret_node, err);
	text_free(&path);
	return st;
}

static enum isokit_status append(struct plan *plan, const struct base_partition *p,
				 struct isokit_error *err)
{
	struct plan_boot *boot = &plan->boot;
	struct plan_partition *to;

	if (p->number < 1 || p->number > PLAN_MAX_PARTITIONS ||
	    boot->partitions[p->number - 1].used) {
		plan_note(plan, ISOKIT_BUILD_WARNING, plan->base->facts->path,
			  "its partition %u is not kept", p->number);
		return ISOKIT_OK;
	}
	to = &boot->partitions[p->number - 1];
	*to = (struct plan_partition){ .used = true, .type = p->mbr_type, .has_guid = p->in_gpt };
	memcpy(to->guid, p->guid, sizeof(to->guid));
	if (!p->in_mbr)
		to->type = p->in_gpt && strcmp(p->type_guid, GPT_TYPE_ESP) == 0 ? TYPE_EFI : 0x83;
	if (p->in_gpt && !p->in_mbr)
		boot->appended_as_gpt = true;
	if (p->in_apm)
		boot->appended_as_apm = true;
	return partition_node(plan, p, &to->node, err);
}

static struct plan_boot_entry *entry_at(struct plan *plan, uint64_t offset)
{
	for (size_t i = 0; i < plan->base->n_entries; i++) {
		if (plan->base->entries[i].offset == offset)
			return &plan->boot.entries[i];
	}
	return NULL;
}

static bool first_for_uefi(const struct plan_boot *boot, const struct plan_boot_entry *e)
{
	for (size_t i = 0; i < boot->n_entries; i++) {
		if (boot->entries[i].platform == ISOKIT_PLATFORM_UEFI)
			return &boot->entries[i] == e && e->node;
	}
	return false;
}

/* A boot image as isohybrid shows it in the tables. */
static void mention(const struct base_partition *p, struct plan_boot_entry *e)
{
	if (p->in_gpt)
		e->in_gpt = strcmp(p->type_guid, GUID_HFS_PLUS) == 0 ?
				    ISOKIT_BUILD_MENTION_HFS_PLUS :
				    ISOKIT_BUILD_MENTION_BASIC_DATA;
	else if (p->in_mbr && p->mbr_type == TYPE_EFI)
		e->in_gpt = ISOKIT_BUILD_MENTION_BASIC_DATA;
	if (p->in_apm)
		e->in_apm = true;
}

/* A file of the tree, or a part of the file system that is in no folder. */
static enum isokit_status show_file(struct plan *plan, const struct base_partition *p,
				    struct isokit_error *err)
{
	struct plan_boot *boot = &plan->boot;
	struct plan_boot_entry *e = entry_at(plan, p->offset);
	bool esp = (p->in_gpt && strcmp(p->type_guid, GPT_TYPE_ESP) == 0) ||
		   (!p->in_gpt && p->mbr_type == TYPE_EFI);

	if (p->in_mbr && p->mbr_type == TYPE_PREP)
		return partition_node(plan, p, &boot->prep_part, err);
	if (e && !boot->label) {
		mention(p, e);
		if (boot->mbr != PLAN_MBR_ISOHYBRID)
			boot->like_isohybrid = true;
		return ISOKIT_OK;
	}
	if (!boot->efi_part && (esp || (e && e->platform == ISOKIT_PLATFORM_UEFI))) {
		boot->efi_is_entry = e && first_for_uefi(boot, e);
		if (!boot->efi_is_entry)
			return partition_node(plan, p, &boot->efi_part, err);
		boot->efi_part = e->node;
		return ISOKIT_OK;
	}
	plan_note(plan, ISOKIT_BUILD_WARNING, plan->base->facts->path,
		  "its partition %u (at byte %llu) is not kept", p->number,
		  (unsigned long long)p->offset);
	return ISOKIT_OK;
}

static void show_iso(struct plan *plan, const struct base_partition *p)
{
	struct plan_boot *boot = &plan->boot;

	if (p->in_mbr && p->mbr_type == TYPE_CHRP) {
		boot->area = ISOKIT_BUILD_AREA_CHRP;
		return;
	}
	if (p->in_mbr) {
		boot->has_iso_type = true;
		boot->iso_type = p->mbr_type;
	}
	if (p->in_gpt && p->offset) {
		boot->has_iso_guid = true;
		memcpy(boot->iso_guid, p->guid, sizeof(boot->iso_guid));
	}
	if (p->offset >= (uint64_t)16 * SECTOR_BYTES && p->offset / SECTOR_BYTES <= UINT32_MAX)
		boot->partition_offset = (uint32_t)(p->offset / SECTOR_BYTES);
}

static enum isokit_status take_hfs(struct plan *plan, bool has_partition,
				   struct isokit_error *err)
{
	const struct isokit_facts *f = plan->base->facts;

	if (!f->namespaces[ISOKIT_NS_HFS].present)
		return ISOKIT_OK;
	if (!has_partition || strcmp(f->hfs.kind, "hfs") == 0) {
		plan_note(plan, ISOKIT_BUILD_WARNING, f->path,
			  "its HFS volume is not kept: old Macs will not start from the new image");
		return ISOKIT_OK;
	}
	return base_hfs(plan, err);
}

/* isohybrid pads to whole cylinders, of 1 MiB or of 255 heads and 63 sectors. */
static void choose_alignment(struct plan *plan)
{
	uint64_t size = isokit_source_size(plan->base->src);
	struct plan_boot *boot = &plan->boot;
	bool appended = false, whole;

	/* What is appended lies behind the cylinders of the partition before. */
	for (size_t i = 0; i < plan->base->n_partitions; i++)
		appended = appended || plan->base->partitions[i].role == BASE_APPENDED;
	for (size_t i = 0; appended && !boot->label && i < plan->base->n_partitions; i++) {
		const struct base_partition *p = &plan->base->partitions[i];

		if (p->role == BASE_ISO && p->in_mbr)
			size = p->offset + p->bytes;
	}
	whole = size % (UNIT_BYTES * 64 * 32) == 0 || size % (UNIT_BYTES * 255 * 63) == 0;
	boot->alignment = !whole ? ISOKIT_BUILD_ALIGN_OFF :
			  boot->mbr == PLAN_MBR_ISOHYBRID ? ISOKIT_BUILD_ALIGN_AUTO :
			  appended ? ISOKIT_BUILD_ALIGN_ON : ISOKIT_BUILD_ALIGN_OFF;
}

/* What became of the tables as such? */
static void say_lost(struct plan *plan)
{
	const struct isokit_facts *f = plan->base->facts;
	const struct plan_boot *boot = &plan->boot;

	if (f->gpt.n_partitions && !plan_boot_has_gpt(boot))
		plan_note(plan, ISOKIT_BUILD_WARNING, f->path, "its GPT is not kept");
	if (f->apm.present && !plan_boot_has_apm(boot))
		plan_note(plan, ISOKIT_BUILD_WARNING, f->path,
			  "its Apple partition map is not kept");
}

enum isokit_status base_tables(struct plan *plan, struct isokit_error *err)
{
	const struct base *b = plan->base;
	struct plan_boot *boot = &plan->boot;
	bool hfs = false, iso_in_mbr = false, appended = false;
	enum isokit_status st = set_system_area(plan, err);

	for (size_t i = 0; st == ISOKIT_OK && i < b->n_partitions; i++) {
		const struct base_partition *p = &b->partitions[i];

		switch (p->role) {
		case BASE_UNKNOWN:
		case BASE_GAP: break;
		case BASE_ISO:
			show_iso(plan, p);
			iso_in_mbr = iso_in_mbr || p->in_mbr;
			break;
		case BASE_FILE: st = show_file(plan, p, err); break;
		case BASE_APPENDED:
			st = append(plan, p, err);
			appended = true;
			break;
		case BASE_HFS: hfs = true; break;
		}
	}
	if (st)
		return st;
	/* Shown in both tables: the GPT comes from the entry that loads the partition. */
	for (size_t i = 0; i < boot->n_entries && boot->mbr == PLAN_MBR_ISOHYBRID; i++) {
		struct plan_boot_entry *e = &boot->entries[i];

		if (!e->node && e->partition && b->facts->gpt.n_partitions &&
		    !boot->appended_as_gpt)
			e->in_gpt = ISOKIT_BUILD_MENTION_BASIC_DATA;
	}
	if (boot->mbr == PLAN_MBR_NONE && iso_in_mbr && !appended && !boot->label)
		boot->mbr = PLAN_MBR_PLAIN;
	st = take_hfs(plan, hfs, err);
	if (st)
		return st;
	if (b->facts->apm.present && (b->facts->apm.block_size == UNIT_BYTES ||
				      b->facts->apm.block_size == SECTOR_BYTES))
		boot->apm_block_size = b->facts->apm.block_size;
	if (b->facts->gpt.primary.present && b->facts->gpt.n_partitions) {
		boot->has_gpt_guid = true;
		guid_bytes(b->facts->gpt.primary.disk_guid, boot->gpt_guid);
	}
	choose_alignment(plan);
	say_lost(plan);
	return gptkeep_take(plan, err);
}
