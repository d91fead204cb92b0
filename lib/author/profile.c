/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot set-ups recognised in a tree, and the partition tables that the most
 * firmware accepts for them. */
#include "author/profile.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

/* ---- entries ------------------------------------------------------------------- */

static enum isokit_status add_entry(struct plan *plan, const struct plan_boot_entry *entry,
				    struct isokit_error *err)
{
	if (plan->boot.n_entries >= PLAN_MAX_BOOT_ENTRIES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "boot set-up",
				   "more than %d entries", PLAN_MAX_BOOT_ENTRIES);
	plan->boot.entries[plan->boot.n_entries++] = *entry;
	if (entry->node != NULL)
		entry->node->flags |= TREE_BOOT;
	return ISOKIT_OK;
}

static struct plan_boot_entry entry_for(struct tree_node *node, enum bootfiles_kind kind)
{
	struct plan_boot_entry e = { .node = node, .platform = ISOKIT_PLATFORM_BIOS,
				     .emulation = ISOKIT_EMUL_NONE, .load_sectors = 4 };

	switch (kind) {
	case BOOTFILES_ISOLINUX:
		e.boot_info_table = true;
		e.loader = "isolinux";
		break;
	case BOOTFILES_GRUB2:
		e.boot_info_table = true;
		e.grub2_boot_info = true;
		e.loader = "grub";
		break;
	case BOOTFILES_GRUB_LEGACY:
		e.boot_info_table = true;
		e.loader = "grub";
		break;
	case BOOTFILES_WINDOWS:
		e.load_sectors = 8; /* all 4096 bytes: it loads nothing of itself */
		e.loader = "windows";
		break;
	case BOOTFILES_UNKNOWN:
		break;
	}
	return e;
}

/* Options for a BIOS image that is not there would be lost without a word. */
static enum isokit_status check_options(const struct profile *p, struct isokit_error *err)
{
	const struct isokit_build_options *o = &p->plan->options;
	const char *name = o->load_sectors != 0 ? "--load-sectors" :
			   o->has_emulation ? "--emulation" :
			   o->boot_info_table || o->no_boot_info_table ? "--boot-info-table" : NULL;

	if (name == NULL || p->options_applied)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, name,
			   "no boot image for BIOS is in the tree that this could be for");
}

/* What --load-sectors, --boot-info-table and --emulation say. */
static enum isokit_status apply_options(struct profile *p, struct plan_boot_entry *e,
					struct isokit_error *err)
{
	const struct isokit_build_options *o = &p->plan->options;
	struct text path = { 0 };
	enum isokit_status status = ISOKIT_OK;
	uint64_t bytes;

	p->options_applied = true;
	if (o->has_emulation) {
		e->emulation = o->emulation;
		if (e->emulation != ISOKIT_EMUL_NONE)
			e->load_sectors = 1;
	}
	if (o->load_sectors != 0)
		e->load_sectors = (uint16_t)o->load_sectors;
	if (o->boot_info_table)
		e->boot_info_table = true;
	if (o->no_boot_info_table)
		e->boot_info_table = e->grub2_boot_info = false;
	bytes = bootfiles_floppy_bytes(e->emulation);
	tree_node_path(e->node, &path);
	if (bytes != 0 && e->node->size != bytes)
		status = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, text_string(&path),
				     "has %llu bytes, the emulated floppy %llu",
				     (unsigned long long)e->node->size, (unsigned long long)bytes);
	else if (e->boot_info_table && e->node->size < 64)
		status = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, text_string(&path),
				     "is too short for a boot info table, which ends at byte 64");
	text_free(&path);
	return status;
}

/* A path the user named; the message says which option needs it. */
static enum isokit_status named_file(const struct plan *plan, const char *path, const char *option,
				     struct tree_node **ret_node, struct isokit_error *err)
{
	struct tree_node *node = tree_lookup(plan->tree, path);

	if (node == NULL)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "not in the tree given (needed by %s)", option);
	if (!tree_is_file(node) || node->size == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is no file with content (needed by %s)", option);
	*ret_node = node;
	return ISOKIT_OK;
}

/* ---- what is in the tree, beside the image ------------------------------------------- */

static bool in_isolinux_folders(const struct plan *plan, const struct tree_node *beside,
				const char *name)
{
	static const char *const folders[] = { "/boot/isolinux", "/isolinux", "/boot/syslinux",
					       "/syslinux", "/" };

	if (beside->parent != NULL && tree_child_nocase(beside->parent, name) != NULL)
		return true;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct tree_node *dir = tree_lookup_nocase(plan->tree, folders[i]);

		if (dir != NULL && tree_is_dir(dir) && tree_child_nocase(dir, name) != NULL)
			return true;
	}
	return false;
}

/* isolinux starts without its second half or its menu, but gets nowhere. */
static enum isokit_status check_isolinux(struct plan *plan, const struct tree_node *node,
					 struct isokit_error *err)
{
	char head[4097] = "";
	struct text path = { 0 };
	const char *version;
	enum isokit_status status;
	size_t n = node->size < 4096 ? (size_t)node->size : 4096;

	status = tree_node_read(node, 0, head, n, err);
	if (status < 0)
		return status;
	tree_node_path(node->parent, &path);
	text_add_str(&path, "/ldlinux.c32");
	version = memmem(head, n, "ISOLINUX ", 9);
	version = version != NULL ? version + 9 : "";
	if (version[0] >= '5' && version[0] <= '9' && version[1] == '.' &&
	    !in_isolinux_folders(plan, node, "ldlinux.c32"))
		plan_note(plan, ISOKIT_BUILD_MISSING, text_string(&path),
			  "not in the tree, and isolinux %.4s cannot start without it "
			  "(Debian package syslinux-common)", version);
	if (!in_isolinux_folders(plan, node, "isolinux.cfg") &&
	    !in_isolinux_folders(plan, node, "syslinux.cfg"))
		plan_note(plan, ISOKIT_BUILD_WARNING, "isolinux.cfg",
			  "not in the tree: isolinux will start, but not know what to load");
	text_free(&path);
	return ISOKIT_OK;
}

/* ---- BIOS --------------------------------------------------------------------------------- */

/* A boot image made here: in the tree, so that El Torito can point at it, but in
 * no directory. */
static enum isokit_status add_made(struct plan *plan, struct plan_boot_entry *entry,
				   const void *bytes, size_t n, struct isokit_error *err)
{
	struct text path = { 0 };
	enum isokit_status status;

	plan_free_path(plan, "isokit-bios", &path);
	status = path.failed ? isokit_fail_nomem(err, "boot image", n) :
			       tree_add_memory(plan->tree, text_string(&path), bytes, n, true,
					       &entry->node, err);
	text_free(&path);
	if (status < 0)
		return status;
	entry->node->flags |= TREE_HIDDEN;
	return add_entry(plan, entry, err);
}

static enum isokit_status bios_floppy(struct profile *p, struct isokit_error *err)
{
	enum { FLOPPY_BYTES = 1474560 };
	struct plan_boot_entry e = { .platform = ISOKIT_PLATFORM_BIOS, .load_sectors = 1,
				     .emulation = ISOKIT_EMUL_FLOPPY_1440, .loader = "memtest86+" };
	const struct tree_node *node = p->found.memtest_bios;
	uint8_t *floppy = calloc(1, FLOPPY_BYTES);
	enum isokit_status status;

	if (floppy == NULL)
		return isokit_fail_nomem(err, "memtest86+", FLOPPY_BYTES);
	status = tree_node_read(node, 0, floppy, (size_t)node->size, err);
	if (status >= 0)
		status = add_made(p->plan, &e, floppy, FLOPPY_BYTES, err);
	free(floppy);
	return status;
}

/* GRUB's own menu, or only memtest86+, started by an image made here. */
static enum isokit_status bios_grub_made(struct profile *p, bool memtest, bool *ret_made,
					 struct isokit_error *err)
{
	struct plan_boot_entry e = entry_for(NULL, BOOTFILES_GRUB2);
	struct text image = { 0 };
	enum isokit_status status;

	status = profile_grub_image(p, "i386-pc", memtest ? p->found.memtest_bios : NULL, &image,
				    err);
	*ret_made = status >= 0 && image.n > 0;
	if (!*ret_made)
		return status;
	p->bios_kind = BOOTFILES_GRUB2;
	status = add_made(p->plan, &e, image.bytes, image.n, err);
	text_free(&image);
	return status;
}

static enum isokit_status bios_auto(struct profile *p, struct isokit_error *err)
{
	const struct bootfiles *f = &p->found;
	struct plan_boot_entry e;
	enum isokit_status status;
	bool made = false;

	if (f->isolinux != NULL || f->grub_image != NULL || f->windows != NULL) {
		p->bios_kind = f->isolinux != NULL ? BOOTFILES_ISOLINUX :
			       f->grub_image != NULL ? f->grub_kind : BOOTFILES_WINDOWS;
		e = entry_for(f->isolinux != NULL ? f->isolinux :
			      f->grub_image != NULL ? f->grub_image : f->windows, p->bios_kind);
		status = apply_options(p, &e, err);
		if (status >= 0 && p->bios_kind == BOOTFILES_ISOLINUX)
			status = check_isolinux(p->plan, e.node, err);
		return status >= 0 ? add_entry(p->plan, &e, err) : status;
	}
	if (f->grub_dir != NULL)
		return bios_grub_made(p, false, &made, err);
	if (f->memtest_bios == NULL && f->floppy == NULL)
		return ISOKIT_OK;
	if (f->memtest_bios == NULL) {
		e = entry_for(f->floppy, BOOTFILES_UNKNOWN);
		e.emulation = bootfiles_floppy_of_size(f->floppy->size);
		e.load_sectors = 1;
		status = apply_options(p, &e, err);
		return status >= 0 ? add_entry(p->plan, &e, err) : status;
	}
	status = bios_grub_made(p, true, &made, err);
	return status < 0 || made ? status : bios_floppy(p, err);
}

static enum isokit_status bios_named(struct profile *p, struct isokit_error *err)
{
	const char *foreign = NULL;
	struct tree_node *node;
	struct plan_boot_entry e;
	enum isokit_status status;

	status = named_file(p->plan, p->plan->options.bios_path, "--bios", &node, err);
	if (status >= 0)
		status = bootfiles_kind_of(node, &p->bios_kind, err);
	if (status >= 0 && p->bios_kind == BOOTFILES_UNKNOWN)
		status = bootfiles_foreign(node, &foreign, err);
	if (status < 0)
		return status;
	if (foreign != NULL)
		plan_note(p->plan, ISOKIT_BUILD_WARNING, p->plan->options.bios_path,
			  "is %s, and no boot code: no BIOS will start it (--bios wants isolinux.bin, "
			  "GRUB's eltorito.img or the like)", foreign);
	e = entry_for(node, p->bios_kind);
	status = apply_options(p, &e, err);
	if (status >= 0 && p->bios_kind == BOOTFILES_ISOLINUX)
		status = check_isolinux(p->plan, node, err);
	return status >= 0 ? add_entry(p->plan, &e, err) : status;
}

/* ---- boot code of the first sector ---------------------------------------------------------- */

static enum isokit_status set_mbr(struct profile *p, const struct bootfiles_mbr *mbr,
				  const char *name, struct isokit_error *err)
{
	struct plan_boot *boot = &p->plan->boot;

	boot->system_area = malloc(mbr->n);
	if (boot->system_area == NULL)
		return isokit_fail_nomem(err, mbr->path, mbr->n);
	memcpy(boot->system_area, mbr->bytes, mbr->n);
	boot->system_area_bytes = mbr->n;
	boot->mbr = mbr->kind;
	boot->mbr_name = name;
	return ISOKIT_OK;
}

static const char *mbr_words(enum plan_mbr kind)
{
	return kind == PLAN_MBR_ISOHYBRID ? "isolinux" : kind == PLAN_MBR_GRUB2 ? "grub" : "other";
}

static enum isokit_status mbr_named(struct profile *p, struct isokit_error *err)
{
	struct plan *plan = p->plan;
	const char *file = plan->options.mbr_file;
	struct bootfiles_mbr mbr = { 0 };
	enum isokit_status status = bootfiles_mbr_load(file, &mbr, err);

	if (status < 0)
		return status;
	if (mbr.kind == PLAN_MBR_ISOHYBRID && p->bios_kind != BOOTFILES_ISOLINUX)
		status = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, file,
				     "starts isolinux.bin, but that is not the BIOS image");
	else if (mbr.grub_for_disks)
		status = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, file,
				     "is GRUB's code for disks; that for images is boot_hybrid.img");
	else if (mbr.kind == PLAN_MBR_GRUB2 && p->bios_kind != BOOTFILES_GRUB2)
		status = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, file,
				     "starts GRUB's El Torito image, but that is not the BIOS image");
	else
		status = set_mbr(p, &mbr, mbr_words(mbr.kind), err);
	bootfiles_mbr_release(&mbr);
	return status;
}

static enum isokit_status mbr_auto(struct profile *p, struct isokit_error *err)
{
	struct plan *plan = p->plan;
	bool isolinux = p->bios_kind == BOOTFILES_ISOLINUX, hybrid = true;
	enum plan_mbr kind = isolinux ? PLAN_MBR_ISOHYBRID : PLAN_MBR_GRUB2;
	struct bootfiles_mbr mbr = { 0 };
	enum isokit_status status = ISOKIT_OK;

	if (plan->boot.n_entries == 0 || (!isolinux && p->bios_kind != BOOTFILES_GRUB2))
		return ISOKIT_OK;
	if (isolinux)
		status = bootfiles_isolinux_is_hybrid(plan->boot.entries[0].node, &hybrid, err);
	if (status < 0)
		return status;
	if (!hybrid) {
		plan_note(plan, ISOKIT_BUILD_MISSING, plan->boot.entries[0].node->name,
			  "older than isolinux 3.72, which a BIOS cannot start from a stick");
		return ISOKIT_OK;
	}
	status = bootfiles_mbr_find(plan, kind, plan->boot.entries[0].node, &mbr, err);
	if (status < 0)
		return status;
	if (mbr.n > 0)
		status = set_mbr(p, &mbr, mbr_words(kind), err);
	else if (isolinux)
		plan_note(plan, ISOKIT_BUILD_MISSING, "/usr/lib/ISOLINUX/isohdpfx.bin",
			  "neither in the tree nor installed, so that a BIOS cannot boot it from "
			  "a stick (Debian package isolinux)");
	else
		plan_note(plan, ISOKIT_BUILD_MISSING, "/usr/lib/grub/i386-pc/boot_hybrid.img",
			  "neither in the tree nor installed, so that a BIOS cannot boot it from "
			  "a stick (Debian package grub-pc-bin)");
	bootfiles_mbr_release(&mbr);
	return status;
}

/* ---- UEFI --------------------------------------------------------------------------------------- */

static enum isokit_status esp_from_folder(struct profile *p, struct esp *esp,
					  struct isokit_error *err)
{
	struct plan *plan = p->plan;
	const char *path = plan->options.esp_folder;
	struct tree_node *folder = tree_lookup(plan->tree, path), *inner;
	enum isokit_status status;

	if (folder == NULL)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "not in the tree given (needed by --esp)");
	if (!tree_is_dir(folder))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is no folder (needed by --esp)");
	/* A folder with EFI in it is the partition; one with BOOT in it is its EFI. */
	inner = tree_child_nocase(folder, "efi");
	status = esp_add_folder(esp, plan, inner != NULL && tree_is_dir(inner) ? "" : "EFI", folder,
				err);
	if (status >= 0 && !esp->has_loader)
		status = isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				     "holds no EFI/BOOT/BOOT*.EFI (needed by --esp)");
	return status;
}

/* GRUB for every architecture that is installed, in place of loaders in the tree. */
static enum isokit_status esp_grub_made(struct profile *p, struct esp *esp,
					struct isokit_error *err)
{
	static const struct {
		const char *target, *path;
	} kinds[] = { { "x86_64-efi", "EFI/BOOT/BOOTX64.EFI" },
		      { "i386-efi", "EFI/BOOT/BOOTIA32.EFI" },
		      { "arm64-efi", "EFI/BOOT/BOOTAA64.EFI" } };
	enum isokit_status status = ISOKIT_OK;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && status >= 0; i++) {
		struct text image = { 0 };

		status = profile_grub_image(p, kinds[i].target, NULL, &image, err);
		if (status < 0 || image.n == 0)
			continue;
		status = esp_add_memory(esp, p->plan, kinds[i].path, &image, err);
		text_free(&image);
	}
	return status;
}

/* Find or make the image: p->efi, and whether it is a file of the tree. */
static enum isokit_status find_efi(struct profile *p, struct isokit_error *err)
{
	struct plan *plan = p->plan;
	const struct isokit_build_options *o = &plan->options;
	struct esp esp = { 0 };
	enum isokit_status status = ISOKIT_OK;
	bool is;

	if (o->efi_path != NULL) {
		status = named_file(plan, o->efi_path, "--efi", &p->efi, err);
		if (status >= 0)
			status = bootfiles_is_efi_image(p->efi, &is, err);
		if (status >= 0 && !is)
			plan_note(plan, ISOKIT_BUILD_WARNING, o->efi_path,
				  "is no FAT image with an EFI/BOOT/BOOT*.EFI inside");
		p->efi_is_file = true;
		return status;
	}
	if (o->esp_folder != NULL) {
		status = esp_from_folder(p, &esp, err);
	} else if (o->boot != ISOKIT_BUILD_BOOT_AUTO) {
		return ISOKIT_OK;
	} else if (p->found.efi_image != NULL || p->found.efi_windows != NULL) {
		bool windows = p->found.efi_image == NULL || p->bios_kind == BOOTFILES_WINDOWS;

		p->efi = windows && p->found.efi_windows != NULL ? p->found.efi_windows :
								   p->found.efi_image;
		p->efi_is_file = true;
		return ISOKIT_OK;
	} else {
		status = esp_add_found(&esp, plan, &p->found, err);
		if (status >= 0 && !esp.has_loader && p->found.grub_dir != NULL)
			status = esp_grub_made(p, &esp, err);
	}
	if (status >= 0 && esp.has_loader) {
		/* Without partitions El Torito needs a file to point at: see
		 * set_partitions(). */
		p->efi_is_file = o->hybrid == ISOKIT_BUILD_HYBRID_NONE ||
				 (o->hybrid == ISOKIT_BUILD_HYBRID_AUTO &&
				  p->bios_kind == BOOTFILES_WINDOWS);
		status = esp_make(&esp, plan, p->efi_is_file, &p->efi, err);
	}
	esp_release(&esp);
	return status;
}

/* ---- partitions ------------------------------------------------------------------------------------ */

/* The partition that is behind the ISO file system by habit. */
enum { EFI_PARTITION = 2, EFI_MBR_TYPE = 0xef };

static enum isokit_status append_efi(struct profile *p, bool gpt, struct isokit_error *err)
{
	struct plan_boot *boot = &p->plan->boot;
	struct plan_partition *part = &boot->partitions[EFI_PARTITION - 1];
	struct isokit_source *src;
	enum isokit_status status;

	*part = (struct plan_partition){ .used = true, .node = p->efi, .type = EFI_MBR_TYPE };
	boot->appended_as_gpt = gpt;
	boot->appended_as_apm = boot->apm_block_size != 0;
	if (!p->efi_is_file)
		return ISOKIT_OK;
	/* The image in the tree keeps its place there; the partition is a second copy. */
	status = tree_node_open(p->efi, &src, err);
	if (status >= 0)
		status = plan_keep_source(p->plan, src, err); /* closes it when it fails */
	if (status >= 0)
		status = tree_add_range(p->plan->extra, "/efi-partition.img", src, 0, p->efi->size,
					&part->node, err);
	return status;
}

/* A GPT with a protective MBR is what UEFI firmware asks for; a BIOS that wants an
 * active partition finds one in an empty MBR entry beside it. (The nested tables
 * of "isohybrid" images, GPT beside a real MBR, some firmware refuses.) */
static enum isokit_status set_partitions(struct profile *p, struct isokit_error *err)
{
	struct plan_boot *boot = &p->plan->boot;
	enum isokit_build_hybrid hybrid = p->plan->options.hybrid;
	bool apm = p->plan->options.apm, gpt;
	bool code = boot->mbr == PLAN_MBR_ISOHYBRID || boot->mbr == PLAN_MBR_GRUB2 ||
		    boot->system_area != NULL;
	bool windows = p->bios_kind == BOOTFILES_WINDOWS ||
		       (p->efi != NULL && p->efi == p->found.efi_windows);

	if (hybrid == ISOKIT_BUILD_HYBRID_AUTO && windows) {
		plan_note(p->plan, ISOKIT_BUILD_NOTE, NULL,
			  "Windows starts from a stick only when its files are copied onto one, "
			  "so that this image boots from discs alone");
		return ISOKIT_OK;
	}
	if (p->efi == NULL && (hybrid == ISOKIT_BUILD_HYBRID_GPT || apm))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET,
				   apm ? "--apm" : "--hybrid=gpt",
				   "needs an EFI partition, and nothing for UEFI is there");
	if (apm && hybrid == ISOKIT_BUILD_HYBRID_MBR)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "--apm",
				   "goes together with a GPT only");
	if (hybrid == ISOKIT_BUILD_HYBRID_NONE)
		return ISOKIT_OK;
	gpt = p->efi != NULL && hybrid != ISOKIT_BUILD_HYBRID_MBR;
	if (!gpt && !code && p->efi == NULL && hybrid == ISOKIT_BUILD_HYBRID_AUTO)
		return ISOKIT_OK;
	/* libisofs does not combine isohybrid or an APM with a partition inside the
	 * file system, nor can a real MBR entry point there. */
	p->efi_appended = p->efi != NULL &&
			  (!p->efi_is_file || !gpt || apm || boot->mbr == PLAN_MBR_ISOHYBRID);
	if (boot->mbr == PLAN_MBR_ISOHYBRID) {
		/* Its own entry is active, but gives way to a protective one. */
		boot->active = gpt;
	} else {
		if (boot->mbr == PLAN_MBR_NONE)
			boot->mbr = PLAN_MBR_PLAIN;
		boot->active = code;
		boot->label = gpt || p->efi == NULL; /* else the appended one is enough */
		boot->alignment = ISOKIT_BUILD_ALIGN_OFF; /* nothing here counts cylinders */
	}
	if (apm) /* 512-byte blocks would collide with a GPT */
		boot->apm_block_size = 2048;
	if (p->efi_appended)
		return append_efi(p, gpt, err);
	boot->efi_part = p->efi;
	boot->efi_is_entry = p->efi != NULL;
	return ISOKIT_OK;
}

static enum isokit_status add_efi_entry(struct profile *p, struct isokit_error *err)
{
	struct plan_boot_entry e = { .platform = ISOKIT_PLATFORM_UEFI,
				     .emulation = ISOKIT_EMUL_NONE, .full_load = true };

	if (p->efi == NULL)
		return ISOKIT_OK;
	if (p->efi_appended)
		e.partition = EFI_PARTITION;
	else
		e.node = p->efi;
	return add_entry(p->plan, &e, err);
}

/* ---- what is missing ----------------------------------------------------------------------------------- */

static void say_odd(struct plan *plan, const struct bootfiles *f)
{
	struct text path = { 0 };

	tree_node_path(f->odd, &path);
	plan_note(plan, ISOKIT_BUILD_MISSING, text_string(&path),
		  "is not %s by its content, so that it is left out and no BIOS boots it; take the "
		  "file of the distribution, or say --bios=%s if it is right", f->odd_kind,
		  text_string(&path) + 1);
	text_free(&path);
}

static void say_missing(struct profile *p)
{
	struct plan *plan = p->plan;
	const struct bootfiles *f = &p->found;
	bool bios = plan->boot.n_entries > 0 &&
		    plan->boot.entries[0].platform == ISOKIT_PLATFORM_BIOS;

	if (plan->options.boot != ISOKIT_BUILD_BOOT_AUTO)
		return;
	if (!bios && f->odd != NULL && plan->options.goal != ISOKIT_BUILD_FOR_UEFI)
		say_odd(plan, f);
	if (plan->boot.n_entries == 0 && f->grub_dir == NULL) {
		plan_note(plan, ISOKIT_BUILD_NOTE, NULL,
			  "nothing that boots is in the tree (looked for isolinux.bin, boot/grub, "
			  "EFI/BOOT/BOOT*.EFI, an EFI image, memtest86+, boot/etfsboot.com)");
		return;
	}
	if (!bios && f->odd == NULL && f->grub_dir == NULL && plan->options.goal != ISOKIT_BUILD_FOR_UEFI)
		plan_note(plan, ISOKIT_BUILD_MISSING, "isolinux/isolinux.bin",
			  "not in the tree, nor a boot/grub/grub.cfg, so that no BIOS boots it "
			  "(Debian packages isolinux, grub-pc-bin)");
	if (p->efi == NULL && f->grub_dir == NULL)
		plan_note(plan, ISOKIT_BUILD_MISSING, "EFI/BOOT/BOOTX64.EFI",
			  "not in the tree, nor an EFI image, so that no UEFI boots it (Debian "
			  "packages grub-efi-amd64-bin, systemd-boot)");
	if (bios && plan->boot.entries[0].node == f->floppy)
		plan_note(plan, ISOKIT_BUILD_NOTE, f->floppy->name,
			  "is a floppy image, which a BIOS boots from discs only");
	else if (bios && plan->boot.entries[0].emulation != ISOKIT_EMUL_NONE)
		plan_note(plan, ISOKIT_BUILD_MISSING, "/usr/lib/grub/i386-pc/cdboot.img",
			  "not installed, so that a BIOS boots memtest86+ from discs only (Debian "
			  "packages grub-pc-bin, grub-common)");
}

enum isokit_status author_profile_apply(struct plan *plan, struct isokit_error *err)
{
	struct profile p = { .plan = plan };
	const struct isokit_build_options *o = &plan->options;
	enum isokit_status status = ISOKIT_OK;

	if (o->layout != NULL)
		return plan_take_layout(plan, o->layout, err);
	if (plan->boot.given || o->boot == ISOKIT_BUILD_BOOT_NONE)
		return ISOKIT_OK;
	if (o->boot == ISOKIT_BUILD_BOOT_AUTO)
		status = bootfiles_find(plan, &p.found, err);
	if (status >= 0)
		status = o->bios_path != NULL ? bios_named(&p, err) :
			 o->boot == ISOKIT_BUILD_BOOT_AUTO && o->goal != ISOKIT_BUILD_FOR_UEFI ?
			 bios_auto(&p, err) : ISOKIT_OK;
	if (status >= 0)
		status = check_options(&p, err);
	if (status >= 0 && o->mbr_file != NULL)
		status = mbr_named(&p, err);
	else if (status >= 0 && o->hybrid != ISOKIT_BUILD_HYBRID_NONE)
		status = mbr_auto(&p, err);
	if (status >= 0)
		status = find_efi(&p, err);
	if (status < 0)
		return status;
	status = set_partitions(&p, err);
	if (status >= 0)
		status = add_efi_entry(&p, err);
	plan->boot.catalog_hidden = true;
	if (status >= 0)
		say_missing(&p);
	return status;
}
