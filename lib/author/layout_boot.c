/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot set-up of the plan, into libisofs. */
#include "author/layout_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "author/shape.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

static enum eltorito_boot_media_type media_type(enum isokit_emulation e)
{
	switch (e) {
	case ISOKIT_EMUL_FLOPPY_1200:
	case ISOKIT_EMUL_FLOPPY_1440:
	case ISOKIT_EMUL_FLOPPY_2880: return ELTORITO_FLOPPY_EMUL;
	case ISOKIT_EMUL_HARD_DISK: return ELTORITO_HARD_DISC_EMUL;
	case ISOKIT_EMUL_NONE: break;
	}
	return ELTORITO_NO_EMUL;
}

static int isolinux_options(const struct plan_boot *boot, const struct plan_boot_entry *e)
{
	int options = 0;

	if (e->boot_info_table)
		options |= 1;
	if (e->grub2_boot_info)
		options |= 1 << 9;
	if (boot->efi == PLAN_EFI_FILE_ISOHYBRID && e->node && e->node == boot->efi_node) {
		if (boot->gpt)
			options |= 1 << 2; /* in the GPT, as basic data */
		if (boot->apm)
			options |= 1 << 8;
	}
	return options;
}

/* Where the catalog goes: a path of the tree that nothing else uses. */
static enum isokit_status choose_catalog_path(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;

	if (boot->catalog_path) {
		if (boot->catalog_path[0] != '/')
			text_add_char(&l->catalog_path, '/');
		text_add_str(&l->catalog_path, boot->catalog_path);
	} else {
		struct text folder = { 0 };

		if (boot->entries[0].node)
			tree_node_path(boot->entries[0].node->parent, &folder);
		for (unsigned i = 0; i < 1000; i++) {
			text_clear(&l->catalog_path);
			if (folder.n > 1)
				text_add_str(&l->catalog_path, text_string(&folder));
			text_add_str(&l->catalog_path, "/boot.cat");
			if (i)
				text_addf(&l->catalog_path, ".%u", i);
			if (!tree_lookup(l->plan->tree, text_string(&l->catalog_path)))
				break;
		}
		if (folder.failed)
			l->catalog_path.failed = true;
		text_free(&folder);
	}
	if (l->catalog_path.failed)
		return isokit_fail_nomem(err, "boot catalog", 0);
	return ISOKIT_OK;
}

static enum isokit_status add_boot_entry(struct layout *l, size_t i, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	const struct plan_boot_entry *e = &boot->entries[i];
	ElToritoBootImage *image = NULL;
	struct text path = { 0 };
	enum isokit_status st = ISOKIT_OK;
	int r;

	if (e->node)
		tree_node_path(e->node, &path);
	else
		text_add_str(&path, "--interval:appended_partition_2:all::");
	if (path.failed)
		return isokit_fail_nomem(err, "boot image", 0);
	if (i == 0)
		r = iso_image_set_boot_image(l->image, text_string(&path),
					     media_type(e->emulation),
					     text_string(&l->catalog_path), &image);
	else
		r = iso_image_add_boot_image(l->image, text_string(&path),
					     media_type(e->emulation), 0, &image);
	if (r < 0) {
		st = layout_fail(r, e->node ? text_string(&path) : "appended EFI partition", err);
	} else {
		(void)el_torito_set_boot_platform_id(image, e->platform);
		el_torito_set_load_seg(image, (short)e->load_segment);
		if (e->load_sectors)
			el_torito_set_load_size(image, (short)e->load_sectors);
		else if (e->emulation == ISOKIT_EMUL_NONE)
			el_torito_set_full_load(image, 1);
		(void)el_torito_set_isolinux_options(image, isolinux_options(boot, e), 0);
	}
	text_free(&path);
	return st;
}

static void hide_catalog(struct layout *l)
{
	struct tree_node as_file = { 0 };

	if (l->plan->boot.catalog_hidden)
		as_file.flags = TREE_HIDDEN;
	else
		as_file.flags = shape_hidden_flags(l->plan, text_string(&l->catalog_path));
	(void)iso_image_set_boot_catalog_hidden(l->image, layout_hide_flags(&as_file));
}

enum isokit_status layout_add_el_torito(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	enum isokit_status st;

	if (boot->n_entries == 0)
		return ISOKIT_OK;
	st = choose_catalog_path(l, err);
	for (size_t i = 0; st == ISOKIT_OK && i < boot->n_entries; i++)
		st = add_boot_entry(l, i, err);
	if (st == ISOKIT_OK)
		hide_catalog(l);
	/* The folder of the catalog got a new child. */
	if (st == ISOKIT_OK)
		layout_set_attributes(l, (IsoNode *)iso_image_get_root(l->image), l->plan->tree->root);
	return st;
}

/* libisofs reads an appended partition from a path: a memory file of the right
 * size whose first block is a placeholder. */
static enum isokit_status append_efi(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	uint8_t head[LAYOUT_MAGIC_BYTES + 4];
	char path[40];
	int r;

	l->efi_fd = memfd_create("isokit-partition", MFD_CLOEXEC);
	if (l->efi_fd < 0)
		return isokit_fail_errno(err, errno, "appended EFI partition",
					 "no memory file for it");
	memcpy(head, l->magic, LAYOUT_MAGIC_BYTES);
	put_le32(head + LAYOUT_MAGIC_BYTES, boot->efi_node->id);
	if (ftruncate(l->efi_fd, (off_t)boot->efi_node->size) != 0 ||
	    pwrite(l->efi_fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return isokit_fail_errno(err, errno, "appended EFI partition",
					 "no memory file for it");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", l->efi_fd);
	r = iso_write_opts_set_partition_img(l->opts, 2, 0xef, path, 0);
	if (r < 0)
		return layout_fail(r, "appended EFI partition", err);
	(void)iso_write_opts_set_appended_as_gpt(l->opts, boot->gpt && !boot->mbr_table);
	(void)iso_write_opts_set_appended_as_apm(l->opts, boot->apm);
	return ISOKIT_OK;
}

enum isokit_status layout_set_system_area(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	bool gpt_file = boot->efi == PLAN_EFI_FILE_ISOHYBRID && boot->mbr != PLAN_MBR_ISOHYBRID;
	bool one_entry = false;
	char *area = NULL;
	int options = 0, r = 1;

	if (boot->system_area && boot->system_area_bytes) {
		area = calloc(1, PLAN_SYSTEM_AREA_BYTES);
		if (!area)
			return isokit_fail_nomem(err, "system area", PLAN_SYSTEM_AREA_BYTES);
		memcpy(area, boot->system_area,
		       (size_t)min_u64(boot->system_area_bytes, PLAN_SYSTEM_AREA_BYTES));
	}
	/* Without another maker of entries: one over the file system. */
	if (boot->mbr_table && boot->mbr != PLAN_MBR_ISOHYBRID && boot->efi != PLAN_EFI_APPENDED)
		one_entry = true;
	switch (boot->mbr) {
	case PLAN_MBR_NONE: break;
	case PLAN_MBR_PLAIN:
		if (!boot->protective && !one_entry)
			options |= 2 << 10;
		break;
	case PLAN_MBR_ISOHYBRID: options |= 1 << 1; break;
	case PLAN_MBR_GRUB2: options |= 1 << 14; break;
	}
	if (boot->mbr != PLAN_MBR_ISOHYBRID) {
		options |= 2 << 8; /* no cylinder alignment: nothing counts cylinders here */
		if (boot->protective || one_entry)
			options |= 1;
	}
	/* isohybrid's own entry is active, but gives way to a protective one. */
	if (boot->active && (boot->mbr != PLAN_MBR_ISOHYBRID || boot->protective))
		options |= 1 << 15;
	if (area || options)
		r = iso_write_opts_set_system_area(l->opts, area, options, area ? 0 : 2);
	free(area);
	if (r < 0)
		return layout_fail(r, "system area", err);
	if (gpt_file)
		(void)iso_write_opts_set_part_like_isohybrid(l->opts, 1);
	if (boot->apm) /* 512-byte blocks would collide with a GPT */
		(void)iso_write_opts_set_hfsp_block_size(l->opts, 0, LAYOUT_BLOCK_BYTES);
	if (boot->iso_partition_type)
		(void)iso_write_opts_set_iso_mbr_part_type(l->opts, boot->iso_partition_type);
	if (boot->efi == PLAN_EFI_FILE_GPT) {
		char by_entry[] = "--efi-boot-image";

		r = iso_write_opts_set_efi_bootp(l->opts, by_entry, 0);
		if (r < 0)
			return layout_fail(r, "EFI partition", err);
	}
	return boot->efi == PLAN_EFI_APPENDED ? append_efi(l, err) : ISOKIT_OK;
}

