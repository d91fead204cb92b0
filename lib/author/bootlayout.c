/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A boot set-up that the caller says in full. */
#include "author/bootfiles.h"
#include "author/bootcontent.h"
#include "author/plan.h"
#include "base/checked.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

/* A path the caller named; the message says what for. */
static enum isokit_status find_file(const struct plan *plan, const char *path, const char *what,
				    struct tree_node **ret_node, struct isokit_error *err)
{
	struct tree_node *node = tree_lookup(plan->tree, path);

	if (node == NULL)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "not in the tree given (needed by the %s)", what);
	if (!tree_is_file(node))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is no regular file (needed by the %s)", what);
	*ret_node = node;
	return ISOKIT_OK;
}

static enum isokit_status find_const(const struct plan *plan, const char *path, const char *what,
				     const struct tree_node **ret_node, struct isokit_error *err)
{
	struct tree_node *node = NULL;
	enum isokit_status st = find_file(plan, path, what, &node, err);

	*ret_node = node;
	return st;
}

/* ---- El Torito ------------------------------------------------------------------- */

static enum isokit_status take_floppy(struct plan_boot_entry *e, const char *path,
				      struct isokit_error *err)
{
	e->emulation = bootfiles_floppy_of_size(e->node->size);
	if (e->emulation == ISOKIT_EMUL_NONE)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "has %llu bytes; a floppy has 1200, 1440 or 2880 KiB, and other "
				   "boot images go without emulation",
				   (unsigned long long)e->node->size);
	return ISOKIT_OK;
}

static enum isokit_status check_floppy(const struct plan_boot_entry *e, const char *path,
				       struct isokit_error *err)
{
	uint64_t bytes = bootfiles_floppy_bytes(e->emulation);

	if (bytes != 0 && e->node->size != bytes)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "has %llu bytes, the emulated floppy %llu",
				   (unsigned long long)e->node->size, (unsigned long long)bytes);
	return ISOKIT_OK;
}

static void take_exact_load(const struct plan *plan, struct plan_boot_entry *e)
{
	const struct tree_node *n = plan_entry_content(&plan->boot, e);

	if (n == NULL)
		return; /* plan_boot_check() will say so */
	e->full_load = false;
	e->load_sectors = (uint16_t)min_u64(div_up(n->size, 512), UINT16_MAX);
}

static enum isokit_status take_entry(struct plan *plan, const struct isokit_build_entry *from,
				     struct isokit_error *err)
{
	struct plan_boot_entry *e = &plan->boot.entries[plan->boot.n_entries];
	const struct isokit_build_content *image = &from->image;
	enum bootfiles_kind kind = BOOTFILES_UNKNOWN;
	enum isokit_status st;

	*e = (struct plan_boot_entry){
		.platform = from->platform,
		.emulation = from->emulation,
		.full_load = from->full_load,
		.load_sectors = from->load_sectors,
		.load_segment = from->load_segment,
		.not_bootable = from->not_bootable,
		.has_id = from->has_id,
		.has_selection = from->has_selection,
		.boot_info_table = from->boot_info_table,
		.grub2_boot_info = from->grub2_boot_info,
		.in_gpt = from->in_gpt,
		.in_apm = from->in_apm,
	};
	memcpy(e->id, from->id, sizeof(e->id));
	memcpy(e->selection, from->selection, sizeof(e->selection));
	plan->boot.n_entries++;
	if (image->kind == ISOKIT_BUILD_CONTENT_APPENDED) {
		e->partition = image->partition;
		return ISOKIT_OK; /* plan_boot_check() sees whether it is there */
	}
	if (image->kind != ISOKIT_BUILD_CONTENT_TREE)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot image",
				   "is neither a file of the tree nor an appended partition");
	st = find_file(plan, image->path, "boot catalog", &e->node, err);
	if (st == ISOKIT_OK)
		st = from->floppy ? take_floppy(e, image->path, err) :
				    check_floppy(e, image->path, err);
	if (st == ISOKIT_OK && e->platform == ISOKIT_PLATFORM_BIOS && e->node->size)
		st = bootfiles_kind_of(e->node, &kind, err);
	if (st)
		return st;
	e->node->flags |= TREE_BOOT;
	e->loader = kind == BOOTFILES_ISOLINUX ? "isolinux" :
		    kind == BOOTFILES_GRUB2 || kind == BOOTFILES_GRUB_LEGACY ? "grub" :
		    kind == BOOTFILES_WINDOWS ? "windows" : NULL;
	return ISOKIT_OK;
}

/* A catalog that was copied from another image is replaced: it is of no use there. */
static enum isokit_status take_catalog(struct plan *plan, const struct isokit_build_layout *l,
				       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct tree_node *old, *dir;
	char *path, *slash;

	plan->boot.catalog_hidden = l->catalog_hidden;
	if (l->catalog_path == NULL || l->n_entries == 0)
		return ISOKIT_OK;
	path = arena_strndup(&plan->arena, l->catalog_path, strlen(l->catalog_path));
	if (path == NULL)
		return isokit_fail_nomem(err, "boot catalog", 0);
	plan->boot.catalog_path = path;
	old = tree_lookup(plan->tree, path);
	if (old != NULL && (!tree_is_file(old) || old->flags & TREE_BOOT))
		return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
				   "is %s of the tree, and cannot be the boot catalog",
				   tree_is_file(old) ? "a boot image" : "no regular file");
	if (old != NULL) {
		plan_note(plan, ISOKIT_BUILD_NOTE, path,
			  "is replaced by the boot catalog of this image");
		(void)tree_remove(plan->tree, path);
	}
	slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		return ISOKIT_OK;
	*slash = '\0';
	if (tree_lookup(plan->tree, path) == NULL)
		st = tree_make_dir(plan->tree, path, &dir, err);
	*slash = '/';
	return st;
}

static enum isokit_status take_entries(struct plan *plan, const struct isokit_build_layout *l,
				       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (l->n_entries > PLAN_MAX_BOOT_ENTRIES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "boot set-up",
				   "more than %d entries", PLAN_MAX_BOOT_ENTRIES);
	for (size_t i = 0; i < l->n_entries && st == ISOKIT_OK; i++)
		st = take_entry(plan, &l->entries[i], err);
	return st == ISOKIT_OK ? take_catalog(plan, l, err) : st;
}

/* ---- system area, partitions ------------------------------------------------------ */

static enum isokit_status take_area(struct plan *plan, const struct isokit_build_layout *l,
				    struct isokit_error *err)
{
	struct plan_boot *boot = &plan->boot;
	bool pc = l->area == ISOKIT_BUILD_AREA_MBR;

	if (l->isohybrid && l->grub2)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "boot code of the MBR",
				   "is of isolinux or of GRUB2, not of both");
	if (!pc && (l->isohybrid || l->grub2 || l->label || l->generic_mbr || l->force_bootable))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "system area",
				   "is for a PC or for another computer, not for both");
	boot->area = l->area;
	boot->mbr = l->isohybrid ? PLAN_MBR_ISOHYBRID : l->grub2 ? PLAN_MBR_GRUB2 :
		    l->generic_mbr ? PLAN_MBR_PLAIN : PLAN_MBR_NONE;
	boot->mbr_name = l->isohybrid ? "isolinux" : l->grub2 ? "grub" : "other";
	boot->label = l->label;
	boot->active = l->force_bootable;
	boot->like_isohybrid = l->like_isohybrid;
	boot->has_iso_type = l->has_iso_type;
	boot->has_iso_guid = l->has_iso_guid;
	boot->iso_type = l->iso_type;
	memcpy(boot->iso_guid, l->iso_guid, sizeof(boot->iso_guid));
	boot->partition_offset = l->partition_offset;
	boot->sectors_per_head = l->sectors_per_head;
	boot->heads_per_cylinder = l->heads_per_cylinder;
	boot->alignment = l->alignment;
	boot->apm_block_size = l->apm_block_size;
	if (l->system_area.kind == ISOKIT_BUILD_CONTENT_NONE)
		return ISOKIT_OK;
	return bootcontent_read(plan, &l->system_area, "system area", PLAN_SYSTEM_AREA_BYTES,
			    &boot->system_area, &boot->system_area_bytes, err);
}

static enum isokit_status take_partition(struct plan *plan, const struct isokit_build_partition *from,
					 struct isokit_error *err)
{
	struct plan_partition *p;
	struct text name = { 0 };
	enum isokit_status st;

	if (from->number < 1 || from->number > PLAN_MAX_PARTITIONS)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "appended partition",
				   "%u is not a number from 1 to %d", from->number,
				   PLAN_MAX_PARTITIONS);
	p = &plan->boot.partitions[from->number - 1];
	*p = (struct plan_partition){ .used = true, .type = from->type,
				      .has_guid = from->has_guid };
	memcpy(p->guid, from->guid, sizeof(p->guid));
	if (from->content.kind == ISOKIT_BUILD_CONTENT_NONE)
		return ISOKIT_OK;
	text_addf(&name, "/partition-%u.img", from->number);
	st = name.failed ? isokit_fail_nomem(err, "appended partition", 0) :
			   plan_content_node(plan, &from->content, text_string(&name),
					     "appended partition", &p->node, err);
	text_free(&name);
	return st;
}

/* Number of the first UEFI entry with a file, whose image is then the partition. */
static enum isokit_status take_efi_entry(struct plan *plan, struct isokit_error *err)
{
	struct plan_boot *boot = &plan->boot;

	for (size_t i = 0; i < boot->n_entries; i++) {
		if (boot->entries[i].platform != ISOKIT_PLATFORM_UEFI ||
		    boot->entries[i].node == NULL)
			continue;
		boot->efi_part = boot->entries[i].node;
		boot->efi_is_entry = true;
		return ISOKIT_OK;
	}
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "EFI partition",
			   "no boot image for UEFI is there that it could show");
}

static enum isokit_status take_partitions(struct plan *plan, const struct isokit_build_layout *l,
					  struct isokit_error *err)
{
	struct plan_boot *boot = &plan->boot;
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < l->n_partitions && st == ISOKIT_OK; i++)
		st = take_partition(plan, &l->partitions[i], err);
	boot->appended_as_gpt = l->appended_as_gpt;
	boot->appended_as_apm = l->appended_as_apm;
	boot->has_gpt_guid = l->has_gpt_guid;
	boot->gpt_guid_by_date = l->gpt_guid_by_date;
	memcpy(boot->gpt_guid, l->gpt_guid, sizeof(boot->gpt_guid));
	if (st == ISOKIT_OK && l->efi_partition.kind == ISOKIT_BUILD_CONTENT_EFI_ENTRY)
		st = take_efi_entry(plan, err);
	else if (st == ISOKIT_OK && l->efi_partition.kind != ISOKIT_BUILD_CONTENT_NONE)
		st = plan_content_node(plan, &l->efi_partition, "/efi-partition.img",
				       "EFI partition", &boot->efi_part, err);
	if (st == ISOKIT_OK && l->prep_partition.kind != ISOKIT_BUILD_CONTENT_NONE)
		st = plan_content_node(plan, &l->prep_partition, "/prep-partition.img",
				       "PReP partition", &boot->prep_part, err);
	return st;
}

/* ---- HFS+, other computers ----------------------------------------------------------- */

static enum isokit_status find_any(const struct plan *plan, const char *path,
				   const struct tree_node **ret_node, struct isokit_error *err)
{
	*ret_node = tree_lookup(plan->tree, path);
	if (*ret_node == NULL)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "not in the tree given (needed by HFS+)");
	return ISOKIT_OK;
}

static enum isokit_status take_hfs(struct plan *plan, const struct isokit_build_layout *l,
				   struct isokit_error *err)
{
	struct plan_hfs *hfs = &plan->boot.hfs;
	enum isokit_status st = ISOKIT_OK;

	hfs->wanted = l->hfsplus;
	hfs->has_serial = l->has_hfs_serial;
	memcpy(hfs->serial, l->hfs_serial, sizeof(hfs->serial));
	hfs->block_size = l->hfs_block_size;
	if (!l->hfsplus)
		return ISOKIT_OK;
	hfs->types = arena_array(&plan->arena, l->n_hfs_types, sizeof(*hfs->types));
	if (hfs->types == NULL && l->n_hfs_types)
		return isokit_fail_nomem(err, "HFS+", l->n_hfs_types * sizeof(*hfs->types));
	for (size_t i = 0; i < l->n_hfs_types && st == ISOKIT_OK; i++) {
		struct plan_hfs_type *t = &hfs->types[hfs->n_types++];

		memcpy(t->type, l->hfs_types[i].type, sizeof(t->type));
		memcpy(t->creator, l->hfs_types[i].creator, sizeof(t->creator));
		st = find_any(plan, l->hfs_types[i].path, &t->node, err);
	}
	for (size_t i = 0; i < ISOKIT_BUILD_BLESSINGS && st == ISOKIT_OK; i++) {
		if (l->blessed[i] != NULL)
			st = find_any(plan, l->blessed[i], &hfs->blessed[i], err);
	}
	return st;
}

static enum isokit_status take_hppa(struct plan *plan, const struct isokit_build_layout *l,
				    struct isokit_error *err)
{
	struct plan_platforms *p = &plan->boot.platforms;
	const struct {
		const char *path, *what;
		const struct tree_node **node;
	} files[] = {
		{ l->hppa_bootloader, "boot loader for PA-RISC", &p->hppa_bootloader },
		{ l->hppa_kernel_32, "32-bit kernel for PA-RISC", &p->hppa_kernel_32 },
		{ l->hppa_kernel_64, "64-bit kernel for PA-RISC", &p->hppa_kernel_64 },
		{ l->hppa_ramdisk, "ramdisk for PA-RISC", &p->hppa_ramdisk },
	};
	enum isokit_status st = ISOKIT_OK;

	if (l->hppa_cmdline == NULL)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET,
				   "command line for PA-RISC", "is missing");
	p->hppa_cmdline = l->hppa_cmdline;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && st == ISOKIT_OK; i++) {
		if (files[i].path == NULL)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, files[i].what,
					   "is missing; command line, boot loader, both kernels and "
					   "ramdisk are needed");
		st = find_const(plan, files[i].path, files[i].what, files[i].node, err);
	}
	return st;
}

static enum isokit_status take_mips(struct plan *plan, const struct isokit_build_layout *l,
				    struct isokit_error *err)
{
	struct plan_platforms *p = &plan->boot.platforms;
	size_t most = l->area == ISOKIT_BUILD_AREA_MIPSEL ? 1 : ISOKIT_BUILD_MAX_MIPS_FILES;
	enum isokit_status st = ISOKIT_OK;

	if (l->n_mips_files == 0 || l->n_mips_files > most)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "boot files for MIPS",
				   "are %zu; 1 to %zu can be", l->n_mips_files, most);
	for (size_t i = 0; i < l->n_mips_files && st == ISOKIT_OK; i++)
		st = find_const(plan, l->mips_files[i], "boot block for MIPS",
				&p->mips_files[p->n_mips_files++], err);
	return st;
}

static enum isokit_status take_platforms(struct plan *plan, const struct isokit_build_layout *l,
					 struct isokit_error *err)
{
	struct plan_platforms *p = &plan->boot.platforms;

	switch (l->area) {
	case ISOKIT_BUILD_AREA_MBR:
	case ISOKIT_BUILD_AREA_CHRP: break;
	case ISOKIT_BUILD_AREA_MIPS:
	case ISOKIT_BUILD_AREA_MIPSEL: return take_mips(plan, l, err);
	case ISOKIT_BUILD_AREA_SPARC:
		p->sparc_label = l->sparc_label;
		if (l->sparc_core == NULL)
			return ISOKIT_OK;
		return find_const(plan, l->sparc_core, "SUN disk label", &p->sparc_core, err);
	case ISOKIT_BUILD_AREA_HPPA_4:
	case ISOKIT_BUILD_AREA_HPPA_5: return take_hppa(plan, l, err);
	case ISOKIT_BUILD_AREA_ALPHA:
		if (l->alpha_loader == NULL)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET,
					   "boot loader for Alpha", "is missing");
		return find_const(plan, l->alpha_loader, "boot block for Alpha", &p->alpha_loader,
				  err);
	}
	return ISOKIT_OK;
}

enum isokit_status plan_take_layout(struct plan *plan, const struct isokit_build_layout *layout,
				    struct isokit_error *err)
{
	struct isokit_build_layout l = { 0 };
	enum isokit_status st;

	/* A caller built for an older release has a shorter struct. */
	memcpy(&l, layout, (size_t)min_u64(layout->size, sizeof(l)));
	plan->boot.given = true;
	st = take_entries(plan, &l, err);
	if (st == ISOKIT_OK)
		st = take_area(plan, &l, err);
	if (st == ISOKIT_OK)
		st = take_partitions(plan, &l, err);
	for (size_t i = 0; i < l.n_entries && st == ISOKIT_OK; i++) {
		if (l.entries[i].exact_load)
			take_exact_load(plan, &plan->boot.entries[i]);
	}
	if (st == ISOKIT_OK)
		st = take_hfs(plan, &l, err);
	return st == ISOKIT_OK ? take_platforms(plan, &l, err) : st;
}
