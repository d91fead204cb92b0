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

/* The bits of el_torito_set_isolinux_options(). */
enum { ENTRY_INFO_TABLE = 1, ENTRY_GPT_SHIFT = 2, ENTRY_APM = 1 << 8, ENTRY_GRUB2 = 1 << 9 };

static int isolinux_options(const struct plan_boot_entry *e)
{
	int options = 0;

	if (e->boot_info_table)
		options |= ENTRY_INFO_TABLE;
	if (e->grub2_boot_info)
		options |= ENTRY_GRUB2;
	if (e->in_gpt == ISOKIT_BUILD_MENTION_BASIC_DATA)
		options |= 1 << ENTRY_GPT_SHIFT;
	else if (e->in_gpt == ISOKIT_BUILD_MENTION_HFS_PLUS)
		options |= 2 << ENTRY_GPT_SHIFT;
	if (e->in_apm)
		options |= ENTRY_APM;
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

static void set_boot_entry(ElToritoBootImage *image, const struct plan_boot_entry *e)
{
	uint8_t id[28], selection[20];

	(void)el_torito_set_boot_platform_id(image, e->platform);
	el_torito_set_load_seg(image, (short)e->load_segment);
	if (e->full_load && e->emulation == ISOKIT_EMUL_NONE)
		el_torito_set_full_load(image, 1);
	else
		el_torito_set_load_size(image, (short)e->load_sectors);
	if (e->not_bootable)
		el_torito_set_no_bootable(image);
	memcpy(id, e->id, sizeof(id));
	memcpy(selection, e->selection, sizeof(selection));
	if (e->has_id)
		(void)el_torito_set_id_string(image, id);
	if (e->has_selection)
		(void)el_torito_set_selection_crit(image, selection);
	(void)el_torito_set_isolinux_options(image, isolinux_options(e), 0);
}

static enum isokit_status add_boot_entry(struct layout *l, size_t i, struct isokit_error *err)
{
	const struct plan_boot_entry *e = &l->plan->boot.entries[i];
	ElToritoBootImage *image = NULL;
	struct text path = { 0 };
	enum isokit_status st = ISOKIT_OK;
	int r;

	if (e->node)
		tree_node_path(e->node, &path);
	else
		text_addf(&path, "--interval:appended_partition_%u:all::", e->partition);
	if (path.failed)
		return isokit_fail_nomem(err, "boot image", 0);
	if (i == 0)
		r = iso_image_set_boot_image(l->image, text_string(&path),
					     media_type(e->emulation),
					     text_string(&l->catalog_path), &image);
	else
		r = iso_image_add_boot_image(l->image, text_string(&path),
					     media_type(e->emulation), 0, &image);
	if (r < 0)
		st = layout_fail(r, e->node ? text_string(&path) : "appended partition", err);
	else
		set_boot_entry(image, e);
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

/* libisofs reads the content of a partition from a path: a memory file of the right
 * size whose first block is a placeholder. */
static enum isokit_status make_stand_in(struct layout *l, const struct tree_node *node,
					struct text *ret_path, struct isokit_error *err)
{
	uint8_t head[LAYOUT_MAGIC_BYTES + 4];
	/* It fills its last block anyway. */
	off_t bytes = node->size > sizeof(head) ? (off_t)node->size : (off_t)sizeof(head);
	int fd = memfd_create("isokit-partition", MFD_CLOEXEC);

	if (fd < 0)
		return isokit_fail_errno(err, errno, node->name, "no memory file for it");
	l->fds[l->n_fds++] = fd;
	memcpy(head, l->magic, LAYOUT_MAGIC_BYTES);
	put_le32(head + LAYOUT_MAGIC_BYTES, node->id);
	if (ftruncate(fd, bytes) != 0 ||
	    pwrite(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return isokit_fail_errno(err, errno, node->name, "no memory file for it");
	text_clear(ret_path);
	text_addf(ret_path, "/proc/self/fd/%d", fd);
	return ret_path->failed ? isokit_fail_nomem(err, node->name, 0) : ISOKIT_OK;
}

static enum isokit_status append_partition(struct layout *l, int number, struct text *path,
					   struct isokit_error *err)
{
	struct plan_partition *p = &l->plan->boot.partitions[number - 1];
	enum isokit_status st = ISOKIT_OK;
	int r;

	text_clear(path); /* none: in a SUN label the same as the one before */
	if (p->node)
		st = make_stand_in(l, p->node, path, err);
	if (st)
		return st;
	r = iso_write_opts_set_partition_img(l->opts, number, p->type, path->bytes, 0);
	if (r >= 0 && p->has_guid)
		r = iso_write_opts_set_part_type_guid(l->opts, number, p->guid, 1);
	return r < 0 ? layout_fail(r, "appended partition", err) : ISOKIT_OK;
}

static enum isokit_status append_partitions(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	enum isokit_status st = ISOKIT_OK;
	struct text path = { 0 };

	text_add_char(&path, '\0'); /* so that there are bytes */
	for (int n = 1; n <= PLAN_MAX_PARTITIONS && st == ISOKIT_OK; n++) {
		if (boot->partitions[n - 1].used)
			st = append_partition(l, n, &path, err);
	}
	text_free(&path);
	(void)iso_write_opts_set_appended_as_gpt(l->opts, boot->appended_as_gpt);
	(void)iso_write_opts_set_appended_as_apm(l->opts, boot->appended_as_apm);
	return st;
}

/* Partitions whose content lies inside the image. */
static enum isokit_status set_inner_partitions(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	char by_entry[] = "--efi-boot-image";
	enum isokit_status st = ISOKIT_OK;
	struct text path = { 0 };
	int r = 1;

	if (boot->efi_part && boot->efi_is_entry) {
		r = iso_write_opts_set_efi_bootp(l->opts, by_entry, 0);
	} else if (boot->efi_part) {
		st = make_stand_in(l, boot->efi_part, &path, err);
		if (st == ISOKIT_OK)
			r = iso_write_opts_set_efi_bootp(l->opts, path.bytes, 0);
	}
	if (st == ISOKIT_OK && r < 0)
		st = layout_fail(r, "EFI partition", err);
	if (st == ISOKIT_OK && boot->prep_part) {
		st = make_stand_in(l, boot->prep_part, &path, err);
		if (st == ISOKIT_OK && iso_write_opts_set_prep_img(l->opts, path.bytes, 0) < 0)
			st = layout_fail((int)ISO_WRONG_ARG_VALUE, "PReP partition", err);
	}
	text_free(&path);
	return st;
}

/* The option bits of iso_write_opts_set_system_area(). */
enum { AREA_LABEL = 1, AREA_ISOHYBRID = 1 << 1, AREA_KIND_SHIFT = 2, AREA_ALIGN_SHIFT = 8,
       AREA_CHRP = 1 << 10, AREA_GENERIC = 2 << 10, AREA_GRUB2 = 1 << 14,
       AREA_ACTIVE = 1 << 15 };

static int area_options(const struct plan_boot *boot)
{
	static const int kinds[] = {
		[ISOKIT_BUILD_AREA_MIPS] = 1,   [ISOKIT_BUILD_AREA_MIPSEL] = 2,
		[ISOKIT_BUILD_AREA_SPARC] = 3,  [ISOKIT_BUILD_AREA_HPPA_4] = 4,
		[ISOKIT_BUILD_AREA_HPPA_5] = 5, [ISOKIT_BUILD_AREA_ALPHA] = 6,
	};
	static const int alignments[] = {
		[ISOKIT_BUILD_ALIGN_AUTO] = 0, [ISOKIT_BUILD_ALIGN_ON] = 1,
		[ISOKIT_BUILD_ALIGN_OFF] = 2,  [ISOKIT_BUILD_ALIGN_ALL] = 3,
	};
	int options = alignments[boot->alignment] << AREA_ALIGN_SHIFT;

	if (boot->area == ISOKIT_BUILD_AREA_CHRP)
		return options | AREA_CHRP;
	if (boot->area != ISOKIT_BUILD_AREA_MBR)
		return kinds[boot->area] << AREA_KIND_SHIFT;
	switch (boot->mbr) {
	case PLAN_MBR_NONE: break;
	case PLAN_MBR_PLAIN: options |= boot->label ? 0 : AREA_GENERIC; break;
	case PLAN_MBR_ISOHYBRID: options |= AREA_ISOHYBRID; break;
	case PLAN_MBR_GRUB2: options |= AREA_GRUB2; break;
	}
	return options | (boot->label ? AREA_LABEL : 0) | (boot->active ? AREA_ACTIVE : 0);
}

static enum isokit_status set_partition_table(struct layout *l, struct isokit_error *err)
{
	struct plan_boot *boot = &l->plan->boot;
	int r = 1;

	if (boot->like_isohybrid)
		(void)iso_write_opts_set_part_like_isohybrid(l->opts, 1);
	if (boot->has_iso_type)
		(void)iso_write_opts_set_iso_mbr_part_type(l->opts, boot->iso_type);
	if (boot->has_iso_guid)
		(void)iso_write_opts_set_iso_type_guid(l->opts, boot->iso_guid, 1);
	if (boot->partition_offset || boot->sectors_per_head || boot->heads_per_cylinder)
		r = iso_write_opts_set_part_offset(l->opts, boot->partition_offset,
						   (int)boot->sectors_per_head,
						   (int)boot->heads_per_cylinder);
	if (r >= 0 && (boot->hfs.block_size || boot->apm_block_size))
		r = iso_write_opts_set_hfsp_block_size(l->opts, (int)boot->hfs.block_size,
						       (int)boot->apm_block_size);
	return r < 0 ? layout_fail(r, "partition table", err) : ISOKIT_OK;
}

enum isokit_status layout_set_system_area(struct layout *l, struct isokit_error *err)
{
	const struct plan_boot *boot = &l->plan->boot;
	int options = area_options(boot), r = 1;
	enum isokit_status st;
	char *area = NULL;

	if (boot->system_area && boot->system_area_bytes) {
		area = calloc(1, PLAN_SYSTEM_AREA_BYTES);
		if (!area)
			return isokit_fail_nomem(err, "system area", PLAN_SYSTEM_AREA_BYTES);
		memcpy(area, boot->system_area,
		       (size_t)min_u64(boot->system_area_bytes, PLAN_SYSTEM_AREA_BYTES));
	}
	if (area || options)
		r = iso_write_opts_set_system_area(l->opts, area, options, area ? 0 : 2);
	free(area);
	if (r < 0)
		return layout_fail(r, "system area", err);
	st = set_partition_table(l, err);
	if (st == ISOKIT_OK)
		st = layout_set_platforms(l, err);
	if (st == ISOKIT_OK)
		st = set_inner_partitions(l, err);
	return st == ISOKIT_OK ? append_partitions(l, err) : st;
}
