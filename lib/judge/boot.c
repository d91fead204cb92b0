/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an image boots: the rules of El Torito, of the PC's MBR and of UEFI over
 * the facts. Where an emulator is laxer than the rules, the rules win. */
#include <isokit/verdict.h>

#include <string.h>
#include <strings.h>

static const char *const names[] = {
#define ISOKIT_BOOT_REASON(id, code, prose) [ISOKIT_R_##id] = code,
#include <isokit/boot-reasons.h>
#undef ISOKIT_BOOT_REASON
};

const char *isokit_boot_reason_name(enum isokit_boot_reason_code code)
{
	return (size_t)code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown";
}

enum {
	MBR_TYPE_GPT = 0xee,
	MBR_TYPE_ESP = 0xef,
	/* From 7C00 hex to A0000 hex, less the BIOS data at the top. */
	MAX_LOAD_SECTORS = 1200,
	SECTOR512 = 512,
};

static const char type_esp[] = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
static const char type_basic_data[] = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
static const char type_freebsd_boot[] = "83BD6B9D-7F41-11DC-BE0B-001560B84F0F";

/* ---- collecting reasons ---------------------------------------------------------- */

static void add(struct isokit_boot_way *way, enum isokit_boot_reason_code code, bool risk,
		const char *what, uint64_t n0, uint64_t n1, uint64_t n2)
{
	for (size_t i = 0; i < way->n_reasons; i++) {
		const struct isokit_boot_reason *r = &way->reasons[i];

		if (r->code == code && r->n[0] == n0 && r->n[1] == n1 && r->what == what)
			return;
	}
	if (way->n_reasons < ISOKIT_MAX_REASONS)
		way->reasons[way->n_reasons++] = (struct isokit_boot_reason){
			.code = code,
			.risk = risk,
			.n = { n0, n1, n2 },
			.what = what,
		};
}

static void fails(struct isokit_boot_way *way, enum isokit_boot_reason_code code,
		  const char *what, uint64_t n0, uint64_t n1)
{
	add(way, code, false, what, n0, n1, 0);
}

static void risks(struct isokit_boot_way *way, enum isokit_boot_reason_code code, uint64_t n0,
		  uint64_t n1)
{
	add(way, code, true, NULL, n0, n1, 0);
}

/* A way boots when no reason speaks against it. Then only risks are left to
 * say; otherwise they are noise. */
static void conclude(struct isokit_boot_way *way)
{
	size_t kept = 0;

	way->bootable = true;
	for (size_t i = 0; i < way->n_reasons; i++) {
		if (!way->reasons[i].risk)
			way->bootable = false;
	}
	for (size_t i = 0; i < way->n_reasons; i++) {
		if (way->reasons[i].risk == way->bootable)
			way->reasons[kept++] = way->reasons[i];
	}
	way->n_reasons = kept;
	if (!way->bootable) {
		way->n_architectures = 0;
		way->is_signed = false;
	}
}

/* ---- El Torito, for both firmwares -------------------------------------------------- */

static bool catalog_is_usable(const struct isokit_el_torito *et, struct isokit_boot_way *way)
{
	if (!et->present)
		fails(way, ISOKIT_R_NO_ELTORITO, NULL, 0, 0);
	else if (!et->readable || !et->n_entries)
		fails(way, ISOKIT_R_CATALOG_OUTSIDE, NULL, et->catalog_lba, 0);
	else if (!et->valid)
		fails(way, ISOKIT_R_CATALOG_INVALID, NULL, 0, 0);
	return way->n_reasons == 0;
}

static uint8_t emulation(const struct isokit_boot_entry *e)
{
	return e->media & 0x0f;
}

/* ---- BIOS, optical ------------------------------------------------------------------- */

static bool loader_is(const struct isokit_boot_entry *e, const char *name)
{
	return e->loader && strcmp(e->loader, name) == 0;
}

static void judge_info_table(const struct isokit_boot_entry *e, struct isokit_boot_way *way)
{
	const struct isokit_boot_info_table *t = &e->info_table;
	const char *what = e->path ? e->path : e->loader;

	if (!t->present) {
		if (loader_is(e, "isolinux") || loader_is(e, "grub") ||
		    loader_is(e, "grub-legacy"))
			fails(way, ISOKIT_R_INFO_MISSING, what, e->index, 0);
		return;
	}
	/* GRUB reads address and length only, isolinux the checksum as well. */
	if (!t->lba_ok || !t->length_ok || (!t->checksum_ok && !loader_is(e, "grub")))
		fails(way, ISOKIT_R_INFO_WRONG, what ? what : "the boot image", e->index, 0);
}

static void judge_bios_entry(const struct isokit_boot_entry *e, struct isokit_boot_way *way)
{
	if (!e->bootable)
		fails(way, ISOKIT_R_ENTRY_NOT_BOOTABLE, NULL, e->index, 0);
	else if (emulation(e) > ISOKIT_EMUL_HARD_DISK)
		fails(way, ISOKIT_R_ENTRY_MEDIA, NULL, e->index, emulation(e));
	else if (!e->inside)
		fails(way, ISOKIT_R_IMAGE_OUTSIDE, e->path, e->index, e->lba);
	else if (!e->not_zero)
		fails(way, ISOKIT_R_IMAGE_ZERO, e->path, e->index, e->lba);
	if (way->n_reasons)
		return;

	if (e->foreign) {
		fails(way, ISOKIT_R_IMAGE_FOREIGN, e->foreign, e->index, 0);
		return;
	}
	if (e->message_only)
		fails(way, ISOKIT_R_BOOT_SECTOR_MESSAGE, NULL, e->index, 0);
	if (emulation(e) != ISOKIT_EMUL_NONE) {
		risks(way, ISOKIT_R_EMULATION, e->index, 0);
		return;
	}
	judge_info_table(e, way);
	if (e->load_sectors == 0)
		fails(way, ISOKIT_R_LOAD_ZERO, NULL, e->index, 0);
	else if (e->load_sectors > MAX_LOAD_SECTORS)
		risks(way, ISOKIT_R_LOAD_SIZE_LARGE, e->index, e->load_sectors);
	else if (e->load_sectors != 4 && !(e->load_sectors == 8 && loader_is(e, "windows")))
		risks(way, ISOKIT_R_LOAD_SIZE, e->index, e->load_sectors);
	if (!e->loader)
		risks(way, ISOKIT_R_LOADER_UNKNOWN, e->index, 0);
}

static void judge_bios_cd(const struct isokit_facts *f, struct isokit_boot_way *way)
{
	const struct isokit_el_torito *et = &f->el_torito;
	bool any = false;

	if (!catalog_is_usable(et, way))
		return;
	if (et->record_lba != 17 + f->session_lba)
		fails(way, ISOKIT_R_RECORD_PLACE, NULL, et->record_lba, 0);
	/* A BIOS takes the default entry, which is of the validation entry's
	 * platform. Choosing among sections is in the specification (chapter 4)
	 * and in hardly any BIOS. */
	for (size_t i = 0; i < et->n_entries; i++)
		any = any || (et->entries[i].platform == ISOKIT_PLATFORM_BIOS &&
			      et->entries[i].bootable);
	if (et->entries[0].platform == ISOKIT_PLATFORM_BIOS)
		judge_bios_entry(&et->entries[0], way);
	else if (any)
		fails(way, ISOKIT_R_FIRST_NOT_BIOS, NULL, et->entries[0].platform, 0);
	else
		fails(way, ISOKIT_R_NO_BIOS_ENTRY, NULL, 0, 0);
}

/* ---- BIOS, USB -------------------------------------------------------------------------- */

static unsigned count_active(const struct isokit_mbr *m, const struct isokit_mbr_partition **ret)
{
	unsigned n = 0;

	for (size_t i = 0; i < m->n_partitions; i++) {
		if (m->partitions[i].active && m->partitions[i].index <= 4) {
			*ret = &m->partitions[i];
			n++;
		}
	}
	return n;
}

/* Code that loads the boot sector of the active partition. */
static void judge_active(const struct isokit_mbr *m, struct isokit_boot_way *way)
{
	const struct isokit_mbr_partition *p = NULL;
	unsigned n = count_active(m, &p);

	if (n == 0)
		fails(way, ISOKIT_R_NO_ACTIVE, NULL, 0, 0);
	else if (n > 1)
		fails(way, ISOKIT_R_TWO_ACTIVE, NULL, n, 0);
	else if (!p->inside)
		fails(way, ISOKIT_R_ACTIVE_OUTSIDE, NULL, p->index, 0);
	else if (!p->boot_sector)
		fails(way, ISOKIT_R_ACTIVE_NO_CODE, NULL, p->index, 0);
}

static bool gpt_has_boot_partition(const struct isokit_gpt *g, bool freebsd)
{
	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct isokit_gpt_partition *p = &g->partitions[i];
		bool wanted = freebsd ? strcmp(p->type_guid, type_freebsd_boot) == 0 :
					(p->attributes >> 2 & 1) != 0;

		if (wanted && p->inside && p->boot_sector)
			return true;
	}
	return false;
}

static void judge_code(const struct isokit_facts *f, struct isokit_boot_way *way)
{
	const struct isokit_mbr *m = &f->mbr;
	const struct isokit_mbr_partition *active = NULL;

	switch (m->code) {
	case ISOKIT_CODE_NONE:
		fails(way, ISOKIT_R_MBR_CODE_ZERO, NULL, 0, 0);
		return;
	case ISOKIT_CODE_PROTECTIVE:
		fails(way, ISOKIT_R_MBR_CODE_MESSAGE, NULL, 0, 0);
		return;
	case ISOKIT_CODE_UNKNOWN:
		if (m->code_name)
			break;
		/* Code of no known kind that has an active partition to start is
		 * given the benefit of the doubt, and says so. */
		if (m->plausible && count_active(m, &active) == 1 && active->inside &&
		    active->boot_sector) {
			risks(way, ISOKIT_R_MBR_CODE_UNKNOWN, 0, 0);
			return;
		}
		fails(way, ISOKIT_R_MBR_CODE_UNKNOWN, NULL, 0, 0);
		return;
	case ISOKIT_CODE_ISOLINUX:
	case ISOKIT_CODE_GRUB:
	case ISOKIT_CODE_WINDOWS:
	case ISOKIT_CODE_SYSLINUX:
		break;
	}
	switch (m->needs) {
	case ISOKIT_NEEDS_ISOLINUX:
	case ISOKIT_NEEDS_GRUB_CORE:
	case ISOKIT_NEEDS_DATA:
		if (!m->pointer_ok)
			fails(way, ISOKIT_R_MBR_POINTER, m->pointer_problem, m->pointer_sector, 0);
		break;
	case ISOKIT_NEEDS_ACTIVE:
		judge_active(m, way);
		break;
	case ISOKIT_NEEDS_GPT_LEGACY:
		if (!gpt_has_boot_partition(&f->gpt, false))
			fails(way, ISOKIT_R_NO_GPT_LEGACY, NULL, 0, 0);
		break;
	case ISOKIT_NEEDS_FREEBSD_BOOT:
		if (!gpt_has_boot_partition(&f->gpt, true))
			fails(way, ISOKIT_R_NO_FREEBSD_BOOT, NULL, 0, 0);
		break;
	case ISOKIT_NEEDS_NOTHING:
		break;
	}
}

static void judge_bios_usb(const struct isokit_facts *f, struct isokit_boot_way *way)
{
	const struct isokit_mbr *m = &f->mbr;
	const struct isokit_mbr_partition *active = NULL;
	bool only_protective = m->n_partitions > 0;
	unsigned n;

	if (!m->present) {
		fails(way, ISOKIT_R_NO_MBR, NULL, 0, 0);
		return;
	}
	judge_code(f, way);
	/* isolinux checks itself before it runs, from a stick as well. */
	if (m->needs == ISOKIT_NEEDS_ISOLINUX) {
		for (size_t i = 0; i < f->el_torito.n_entries; i++) {
			const struct isokit_boot_entry *e = &f->el_torito.entries[i];

			if ((uint64_t)e->lba * 4 == m->pointer_sector && e->info_table.present)
				judge_info_table(e, way);
		}
	}
	if (!m->plausible) /* a superfloppy has no partitions to complain about */
		return;
	for (size_t i = 0; i < m->n_partitions; i++) {
		if (m->partitions[i].type != MBR_TYPE_GPT)
			only_protective = false;
		/* Type 0 is an empty entry, whatever its numbers say. */
		if (m->partitions[i].start_lba == 0 && m->partitions[i].type != 0)
			risks(way, ISOKIT_R_PARTITION_FROM_ZERO, m->partitions[i].index, 0);
	}
	n = count_active(m, &active);
	if (n > 1)
		risks(way, ISOKIT_R_TWO_ACTIVE, n, 0);
	else if (n == 0 && only_protective)
		risks(way, ISOKIT_R_ONLY_PROTECTIVE, 0, 0);
	else if (n == 0)
		risks(way, ISOKIT_R_NO_ACTIVE, 0, 0);
}

/* ---- UEFI ----------------------------------------------------------------------------------- */

static void add_architecture(struct isokit_boot_way *way, const char *arch)
{
	for (size_t i = 0; i < way->n_architectures; i++) {
		if (strcmp(way->architectures[i], arch) == 0)
			return;
	}
	if (way->n_architectures < ISOKIT_MAX_ARCHITECTURES)
		way->architectures[way->n_architectures++] = arch;
}

static bool loader_works(const struct isokit_efi_loader *l)
{
	return l->complete && l->pe_ok && l->machine_ok && l->subsystem == 10;
}

static void judge_loader(const struct isokit_efi_loader *l, bool others_work,
			 struct isokit_boot_way *way)
{
	if (!l->complete)
		add(way, ISOKIT_R_LOADER_INCOMPLETE, others_work, l->path, 0, 0, 0);
	else if (!l->pe_ok || l->subsystem != 10)
		add(way, ISOKIT_R_LOADER_FORMAT, others_work, l->path, 0, 0, 0);
	else if (!l->machine_ok)
		add(way, ISOKIT_R_LOADER_MACHINE, others_work, l->path, l->machine, 0, 0);
}

/* Is this the file name of what shim starts: grubx64.efi, or SUSE's grub.efi? */
static bool is_shims_next(const struct isokit_efi_loader *l, const char *arch)
{
	const char *slash = strrchr(l->path, '/');
	const char *name = slash ? slash + 1 : l->path;
	size_t n = strlen(arch);

	if (strncasecmp(name, "grub", 4) != 0)
		return false;
	name += 4;
	return strcasecmp(name, ".efi") == 0 ||
	       (strncasecmp(name, arch, n) == 0 && strcasecmp(name + n, ".efi") == 0);
}

/* Firmware only sees shim; what shim goes on with lies beside it. */
static void judge_shim(const struct isokit_fat *fat, const struct isokit_efi_loader *shim,
		       struct isokit_boot_way *way)
{
	const struct isokit_efi_loader *next = NULL;

	if (!shim->kind || strcmp(shim->kind, "shim") != 0)
		return;
	for (size_t i = 0; i < fat->n_others && !next; i++) {
		if (is_shims_next(&fat->others[i], shim->arch))
			next = &fat->others[i];
	}
	if (!next)
		add(way, ISOKIT_R_SHIM_ALONE, true, shim->path, 0, 0, 0);
	else if (!next->is_signed)
		add(way, ISOKIT_R_SHIM_NEXT_UNSIGNED, true, next->path, 0, 0, 0);
}

/* The FAT that a boot entry or a partition names. */
static void judge_fat(const struct isokit_facts *f, int index, const char *where, bool partition,
		      struct isokit_boot_way *way)
{
	const struct isokit_fat *fat = index >= 0 && (size_t)index < f->n_fats ? &f->fats[index] :
										 NULL;
	bool any = false;

	if (fat && fat->where)
		where = fat->where;
	if (!fat || (!fat->ok && !fat->bytes)) {
		fails(way, ISOKIT_R_NOT_FAT, where, 0, 0);
		return;
	}
	if (!fat->inside) {
		fails(way, ISOKIT_R_FAT_CUT, where, 0, 0);
		return;
	}
	if (!fat->ok) {
		fails(way, ISOKIT_R_NOT_FAT, where, 0, 0);
		return;
	}
	if (partition && !fat->fits)
		fails(way, ISOKIT_R_FAT_OVER_PARTITION, where, 0, 0);
	if (!fat->n_loaders)
		fails(way, ISOKIT_R_NO_LOADER, where, 0, 0);
	for (size_t i = 0; i < fat->n_loaders; i++)
		any = any || loader_works(&fat->loaders[i]);
	for (size_t i = 0; i < fat->n_loaders; i++) {
		const struct isokit_efi_loader *l = &fat->loaders[i];

		judge_loader(l, any, way);
		if (!loader_works(l))
			continue;
		if (way->n_architectures == 0)
			way->is_signed = true;
		way->is_signed = way->is_signed && l->is_signed;
		add_architecture(way, l->arch);
		judge_shim(fat, l, way);
	}
}

static bool has_failed(const struct isokit_boot_way *way)
{
	for (size_t i = 0; i < way->n_reasons; i++) {
		if (!way->reasons[i].risk)
			return true;
	}
	return false;
}

/* Firmware tries one candidate after the other: what works adds up, and only
 * if nothing works the reasons matter. */
struct candidates {
	struct isokit_boot_way works, broken;
	size_t n_works, n_broken;
};

static void merge(struct isokit_boot_way *into, const struct isokit_boot_way *from)
{
	for (size_t i = 0; i < from->n_reasons; i++) {
		const struct isokit_boot_reason *r = &from->reasons[i];

		add(into, r->code, r->risk, r->what, r->n[0], r->n[1], r->n[2]);
	}
	for (size_t i = 0; i < from->n_architectures; i++)
		add_architecture(into, from->architectures[i]);
}

static void offer(struct candidates *c, const struct isokit_boot_way *way)
{
	if (has_failed(way)) {
		merge(&c->broken, way);
		c->n_broken++;
		return;
	}
	c->works.is_signed = (c->n_works == 0 || c->works.is_signed) && way->is_signed;
	merge(&c->works, way);
	c->n_works++;
}

static void choose(const struct candidates *c, struct isokit_boot_way *way)
{
	merge(way, c->n_works ? &c->works : &c->broken);
	way->is_signed = c->n_works && c->works.is_signed;
}

static void judge_uefi_entry(const struct isokit_facts *f, const struct isokit_boot_entry *e,
			     struct isokit_boot_way *way)
{
	uint64_t sectors = 0;

	if (!e->bootable) {
		fails(way, ISOKIT_R_ENTRY_NOT_BOOTABLE, NULL, e->index, 0);
		return;
	}
	if (emulation(e) != ISOKIT_EMUL_NONE) {
		fails(way, ISOKIT_R_UEFI_EMULATED, NULL, e->index, 0);
		return;
	}
	if (!e->inside && e->fat < 0) {
		fails(way, ISOKIT_R_IMAGE_OUTSIDE, e->path, e->index, e->lba);
		return;
	}
	judge_fat(f, e->fat, "the EFI boot image", false, way);
	if (e->fat >= 0 && (size_t)e->fat < f->n_fats)
		sectors = f->fats[e->fat].bytes / SECTOR512;
	/* UEFI 13.3.2.1. A 16-bit field cannot say more than 32 MiB. */
	if (e->load_sectors < 2) {
		/* EDK II takes the volume's size for the end; behind it, in an
		 * appended partition, the length becomes negative. */
		if (f->primary && e->lba >= f->primary->blocks)
			add(way, ISOKIT_R_LOAD_PAST_VOLUME, false, NULL, e->index,
			    e->load_sectors, f->primary->blocks);
		else
			risks(way, ISOKIT_R_LOAD_TO_END, e->index, e->load_sectors);
	}
	/* Firmware opens so much of the medium as a disk. The unit is 512 bytes by
	 * the specification and 2048 in EDK II: by the latter it must fit. */
	if (e->load_sectors >= 2 && e->load_sectors < sectors)
		add(way, ISOKIT_R_LOAD_SIZE_SHORT, e->load_sectors * 4ull >= sectors, NULL,
		    e->index, e->load_sectors, sectors);
}

static void judge_uefi_cd(const struct isokit_facts *f, struct isokit_boot_way *way)
{
	const struct isokit_el_torito *et = &f->el_torito;
	struct candidates c = { 0 };

	if (!catalog_is_usable(et, way))
		return;
	for (size_t i = 0; i < et->n_entries; i++) {
		struct isokit_boot_way one = { 0 };

		if (et->entries[i].platform != ISOKIT_PLATFORM_UEFI)
			continue;
		judge_uefi_entry(f, &et->entries[i], &one);
		offer(&c, &one);
	}
	if (!c.n_works && !c.n_broken) {
		fails(way, ISOKIT_R_NO_UEFI_ENTRY, NULL, 0, 0);
		for (size_t i = 0; i < et->n_entries; i++) {
			int fat = et->entries[i].fat;

			if (fat >= 0 && (size_t)fat < f->n_fats && f->fats[fat].n_loaders)
				fails(way, ISOKIT_R_UEFI_PLATFORM, NULL, et->entries[i].index,
				      et->entries[i].platform);
		}
		return;
	}
	choose(&c, way);
	if (et->record_lba != 17 + f->session_lba)
		risks(way, ISOKIT_R_RECORD_PLACE, et->record_lba, 0);
}

static bool is_protective(const struct isokit_mbr *m)
{
	for (size_t i = 0; i < m->n_partitions; i++) {
		if (m->partitions[i].type == MBR_TYPE_GPT && m->partitions[i].start_lba == 1)
			return true;
	}
	return false;
}

/* EDK II skips partitions that overlap another or leave the usable range. */
static void judge_gpt_place(const struct isokit_gpt *g, const struct isokit_gpt_partition *p,
			    struct isokit_boot_way *way)
{
	const struct isokit_gpt_header *h = &g->primary;

	if (p->first_lba < h->first_usable || p->last_lba > h->last_usable)
		add(way, ISOKIT_R_GPT_UNUSABLE, false, NULL, p->index, h->first_usable,
		    h->last_usable);
	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct isokit_gpt_partition *q = &g->partitions[i];

		if (q != p && q->first_lba <= p->last_lba && p->first_lba <= q->last_lba) {
			fails(way, ISOKIT_R_GPT_OVERLAP, NULL, p->index, q->index);
			return;
		}
	}
}

static void offer_gpt(const struct isokit_facts *f, struct candidates *c)
{
	const struct isokit_gpt *g = &f->gpt;

	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct isokit_gpt_partition *p = &g->partitions[i];
		bool esp = strcmp(p->type_guid, type_esp) == 0;
		struct isokit_boot_way one = { 0 };

		/* Data partitions count when a FAT with loaders is in them. */
		if (!esp && (strcmp(p->type_guid, type_basic_data) != 0 || p->fat < 0 ||
			     (size_t)p->fat >= f->n_fats || !f->fats[p->fat].n_loaders))
			continue;
		judge_gpt_place(g, p, &one);
		if (!p->inside)
			fails(&one, ISOKIT_R_PARTITION_OUTSIDE, "GPT", p->index, 0);
		else
			judge_fat(f, p->fat, "the EFI partition", true, &one);
		offer(c, &one);
	}
}

static bool is_fat_type(uint8_t type)
{
	return type == 0x01 || type == 0x04 || type == 0x06 || type == 0x0b || type == 0x0c ||
	       type == 0x0e || type == MBR_TYPE_ESP;
}

/* EDK II's MBR driver refuses a table in which primary partitions overlap. */
static bool find_overlap(const struct isokit_mbr *m, unsigned *ret_a, unsigned *ret_b)
{
	for (size_t i = 0; i < m->n_partitions; i++) {
		for (size_t k = i + 1; k < m->n_partitions; k++) {
			const struct isokit_mbr_partition *a = &m->partitions[i];
			const struct isokit_mbr_partition *b = &m->partitions[k];

			if (a->index > 4 || b->index > 4 || !a->type || !b->type ||
			    !a->sectors || !b->sectors)
				continue;
			if (a->start_lba < (uint64_t)b->start_lba + b->sectors &&
			    b->start_lba < (uint64_t)a->start_lba + a->sectors) {
				*ret_a = a->index;
				*ret_b = b->index;
				return true;
			}
		}
	}
	return false;
}

/* Likewise when one of them ends behind the device. */
static unsigned find_outside(const struct isokit_mbr *m)
{
	for (size_t i = 0; i < m->n_partitions; i++) {
		const struct isokit_mbr_partition *p = &m->partitions[i];

		if (p->index <= 4 && p->type && p->sectors && !p->inside)
			return p->index;
	}
	return 0;
}

static void offer_mbr(const struct isokit_facts *f, struct candidates *c)
{
	const struct isokit_mbr *m = &f->mbr;
	unsigned a = 0, b = 0;
	bool overlap = find_overlap(m, &a, &b);
	unsigned outside = find_outside(m);

	for (size_t i = 0; i < m->n_partitions; i++) {
		const struct isokit_mbr_partition *p = &m->partitions[i];
		struct isokit_boot_way one = { 0 };

		if (!is_fat_type(p->type) || !p->sectors)
			continue;
		if (overlap)
			fails(&one, ISOKIT_R_MBR_OVERLAP, NULL, a, b);
		if (outside && outside != p->index)
			fails(&one, ISOKIT_R_MBR_OUTSIDE, NULL, outside, 0);
		if (!p->inside)
			fails(&one, ISOKIT_R_PARTITION_OUTSIDE, "MBR", p->index, 0);
		else
			judge_fat(f, p->fat, "the EFI partition", true, &one);
		offer(c, &one);
	}
}

static void judge_uefi_usb(const struct isokit_facts *f, struct isokit_boot_way *way)
{
	const struct isokit_gpt *g = &f->gpt;
	const struct isokit_mbr *m = &f->mbr;
	bool gpt_right = g->primary.present && g->primary.header_crc_ok &&
			 g->primary.entries_crc_ok && g->primary.my_lba == g->primary.lba &&
			 g->block_size == SECTOR512;
	bool gpt_rules = gpt_right && is_protective(m);
	struct candidates c = { 0 }, hidden = { 0 };

	/* UEFI 5.2.3: the protective entry is what makes firmware look at the GPT
	 * rather than at the MBR. */
	if (gpt_rules) {
		offer_gpt(f, &c);
	} else {
		if (m->present && m->plausible)
			offer_mbr(f, &c);
		if (m->present && m->fat >= 0 && !m->n_partitions) {
			struct isokit_boot_way one = { 0 };

			judge_fat(f, m->fat, "the FAT at sector 0", false, &one);
			offer(&c, &one);
		}
		if (gpt_right)
			offer_gpt(f, &hidden);
	}
	choose(&c, way);
	if (c.n_works) {
		if (g->primary.present && !gpt_rules)
			risks(way, ISOKIT_R_GPT_UNPROTECTED, 0, 0);
		if (gpt_rules && !(g->backup.present && g->backup_at_end))
			risks(way, ISOKIT_R_GPT_BACKUP, 0, 0);
		return;
	}
	if (g->primary.present && g->block_size != SECTOR512)
		fails(way, ISOKIT_R_GPT_BLOCK_SIZE, NULL, g->block_size, 0);
	else if (g->primary.present && !gpt_right)
		fails(way, ISOKIT_R_GPT_DAMAGED, NULL, 0, 0);
	else if (hidden.n_works)
		fails(way, ISOKIT_R_GPT_UNPROTECTED, NULL, 0, 0);
	if (!c.n_broken && way->n_reasons == 0)
		fails(way, ISOKIT_R_NO_EFI_PARTITION, NULL, 0, 0);
}

/* ---- Windows ---- */

/* "Make the image hybrid" is no advice for install media: the files have to be
 * copied. What else is in the way stays said. */
static void advise_windows(const struct isokit_windows *w, bool uefi, struct isokit_boot_way *way)
{
	struct isokit_boot_way old = *way;

	if (!w->present || way->bootable)
		return;
	*way = (struct isokit_boot_way){ .bootable = false };
	if (!uefi)
		fails(way, ISOKIT_R_WINDOWS_BIOS, NULL, 0, 0);
	else
		fails(way, w->efi_loader ? ISOKIT_R_WINDOWS_UEFI : ISOKIT_R_WINDOWS_NO_LOADER, NULL,
		      0, 0);
	if (uefi && w->install_bytes > UINT32_MAX)
		fails(way, ISOKIT_R_WINDOWS_LARGE, w->install_path, w->install_bytes, 0);
	for (size_t i = 0; i < old.n_reasons; i++) {
		const struct isokit_boot_reason *r = &old.reasons[i];

		if (r->code != ISOKIT_R_NO_MBR && r->code != ISOKIT_R_MBR_CODE_ZERO &&
		    r->code != ISOKIT_R_NO_EFI_PARTITION && r->code != ISOKIT_R_ELTORITO_ONLY)
			add(way, r->code, r->risk, r->what, r->n[0], r->n[1], r->n[2]);
	}
}

/* ---- all four ---------------------------------------------------------------------------------- */

/* A file that only contains the image boots nowhere, whatever the image could. */
static void judge_container(const struct isokit_container *c, struct isokit_boot_verdict *v)
{
	struct isokit_boot_way *const ways[] = { &v->bios_cd, &v->bios_usb, &v->uefi_cd,
						 &v->uefi_usb };
	bool raw = c->kind == ISOKIT_CONTAINER_RAW_SECTORS;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		fails(ways[i], raw ? ISOKIT_R_RAW_SECTORS : ISOKIT_R_LEADING_HEADER, c->words,
		      raw ? c->sector_bytes : c->offset, 0);
		conclude(ways[i]);
	}
}

void isokit_judge_boot(const struct isokit_facts *facts, struct isokit_boot_verdict *ret_verdict)
{
	struct isokit_boot_verdict v = { 0 };

	if (facts->container) {
		judge_container(facts->container, &v);
		*ret_verdict = v;
		return;
	}
	judge_bios_cd(facts, &v.bios_cd);
	conclude(&v.bios_cd);
	judge_bios_usb(facts, &v.bios_usb);
	conclude(&v.bios_usb);
	judge_uefi_cd(facts, &v.uefi_cd);
	conclude(&v.uefi_cd);
	judge_uefi_usb(facts, &v.uefi_usb);
	conclude(&v.uefi_usb);
	/* The commonest question has an answer of its own. */
	if (v.uefi_cd.bootable && !v.uefi_usb.bootable && v.uefi_usb.n_reasons == 1 &&
	    v.uefi_usb.reasons[0].code == ISOKIT_R_NO_EFI_PARTITION)
		v.uefi_usb.reasons[0].code = ISOKIT_R_ELTORITO_ONLY;
	advise_windows(&facts->windows, false, &v.bios_usb);
	advise_windows(&facts->windows, true, &v.uefi_usb);
	v.optical_bootable = v.bios_cd.bootable || v.uefi_cd.bootable;
	v.usb_bootable = v.bios_usb.bootable || v.uefi_usb.bootable;
	v.hybrid = v.optical_bootable && v.usb_bootable;
	*ret_verdict = v;
}
