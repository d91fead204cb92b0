/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stick/files.h"

#include <isokit/source.h>
#include <isokit/volume.h>

#include <string.h>
#include <strings.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "ondisk/pe.h"
#include "volume/volume.h"

static const char subject[] = "UEFI loader";

/* UEFI 2.10, 3.5.1.1: what firmware starts from a removable medium. */
static const struct {
	uint16_t machine;
	const char *name;
} loaders[] = {
	{ 0x8664, "BOOTX64.EFI" },      { 0x014c, "BOOTIA32.EFI" },
	{ 0xaa64, "BOOTAA64.EFI" },     { 0x01c2, "BOOTARM.EFI" },
	{ 0x5064, "BOOTRISCV64.EFI" },  { 0x6264, "BOOTLOONGARCH64.EFI" },
};

/* The PE header says for which machine it is. */
static uint16_t machine_of(const struct tree_node *node)
{
	uint8_t raw[64], pe[6];
	uint32_t at;

	if (node->size < 512 || tree_node_read(node, 0, raw, sizeof(raw), NULL) ||
	    raw[0] != 'M' || raw[1] != 'Z')
		return 0;
	at = get_le32(raw + 60);
	if (!range_inside(at, sizeof(pe), node->size) ||
	    tree_node_read(node, at, pe, sizeof(pe), NULL) || memcmp(pe, "PE\0\0", 4) != 0)
		return 0;
	return get_le16(pe + 4);
}

/* A loader that is one: firmware does not start what only has the name. */
static bool has_loader(const struct tree *t)
{
	const struct tree_node *dir = tree_lookup_nocase(t, "/EFI/BOOT");

	for (uint32_t i = 0; dir && tree_is_dir(dir) && i < dir->u.dir.n; i++)
		for (size_t k = 0; k < sizeof(loaders) / sizeof(loaders[0]); k++)
			if (strcasecmp(dir->u.dir.children[i]->name, loaders[k].name) == 0 &&
			    tree_is_file(dir->u.dir.children[i]) &&
			    machine_of(dir->u.dir.children[i]) == loaders[k].machine)
				return true;
	return false;
}

/* Windows 7 and its like have their boot manager where the installed system has it. */
static enum isokit_status copy_bootmgfw(struct files *f)
{
	struct tree_node *from = tree_lookup_nocase(f->t, "/efi/microsoft/boot/bootmgfw.efi");
	struct tree_node *dir, *made;
	struct text path = { 0 };
	const char *name = NULL;
	enum isokit_status st;
	uint16_t machine;

	if (!from || !tree_is_file(from))
		return ISOKIT_OK;
	machine = machine_of(from);
	for (size_t k = 0; k < sizeof(loaders) / sizeof(loaders[0]); k++)
		if (loaders[k].machine == machine)
			name = loaders[k].name;
	if (!name)
		return ISOKIT_OK;
	dir = tree_lookup_nocase(f->t, "/EFI/BOOT");
	if (dir && tree_is_dir(dir)) {
		tree_node_path(dir, &path);
	} else {
		dir = tree_lookup_nocase(f->t, "/EFI");
		tree_node_path(dir, &path);
		text_add_str(&path, "/BOOT");
	}
	text_add_char(&path, '/');
	text_add_str(&path, name);
	st = path.failed ? isokit_fail_nomem(f->err, subject, 64) :
			   tree_add_memory(f->t, text_string(&path), "", 0, true, &made, f->err);
	if (st == ISOKIT_OK) {
		made->content = from->content;
		made->u = from->u;
		made->size = from->size;
		made->mtime = from->mtime;
		st = composer_note(f->c, f->err,
				   "%s is a copy of efi/microsoft/boot/bootmgfw.efi", text_string(&path));
	}
	text_free(&path);
	return st;
}

static void free_volumes(void *volumes)
{
	isokit_volumes_free(volumes);
}

static void free_mount(void *mount)
{
	volume_mount_free(mount);
}

/* The files of one FAT image: a boot image of the disc. Damage leaves things as they are. */
static enum isokit_status merge_fat(struct files *f, const struct isokit_fat *fat)
{
	const struct tree_scan_options scan = {
		.cancelled = f->o->cancelled, .cancelled_ctx = f->o->ctx,
	};
	const struct volume_read_options options = { .scan = &scan };
	uint64_t size = isokit_source_size(f->image), bytes = fat->bytes;
	struct isokit_volumes *volumes;
	struct volume_mount *mount;
	struct isokit_source *view;
	struct tree *t;
	enum isokit_status st;

	if (fat->offset >= size)
		return ISOKIT_OK;
	bytes = min_u64(bytes, size - fat->offset);
	st = bytes_view(f->image, fat->offset, bytes, &view, f->err);
	if (st == ISOKIT_OK)
		st = composer_own_source(f->c, view, f->err);
	if (st == ISOKIT_OK)
		st = isokit_volumes_find(view, &volumes, f->err);
	if (st == ISOKIT_OK)
		st = composer_own(f->c, free_volumes, volumes, f->err);
	if (st == ISOKIT_OK)
		st = tree_new(&t, f->err);
	if (st == ISOKIT_OK)
		st = composer_own_tree(f->c, t, f->err);
	if (st)
		return st;
	st = volume_read(volumes, 0, t, "/", &options, &mount, f->err);
	if (st == ISOKIT_E_NOMEM || st == ISOKIT_E_CANCELLED || st == ISOKIT_E_IO)
		return st;
	if (st)
		return ISOKIT_OK;
	st = composer_own(f->c, free_mount, mount, f->err);
	if (st == ISOKIT_OK)
		st = fat_tree_merge(f->c, t, f->t, f->err);
	return st;
}

static enum isokit_status copy_boot_images(struct files *f)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < f->facts->n_fats && st == ISOKIT_OK; i++) {
		const struct isokit_fat *fat = &f->facts->fats[i];

		if (!fat->ok || fat->n_loaders == 0)
			continue;
		st = merge_fat(f, fat);
		if (st == ISOKIT_OK && has_loader(f->t))
			return composer_note(f->c, f->err,
					     "the UEFI loader comes from inside of a boot image of "
					     "the disc (%s)", fat->where ? fat->where : "FAT");
	}
	return st;
}

enum isokit_status files_set_up_uefi(struct files *f)
{
	enum isokit_status st = ISOKIT_OK;

	if (!has_loader(f->t))
		st = copy_bootmgfw(f);
	if (st == ISOKIT_OK && !has_loader(f->t))
		st = copy_boot_images(f);
	f->uefi = has_loader(f->t);
	if (st == ISOKIT_OK && !f->uefi)
		st = composer_note(f->c, f->err,
				   "it will not boot by UEFI: the image has no EFI/BOOT/BOOTX64.EFI "
				   "or its like, and none inside of its boot images");
	return st;
}
