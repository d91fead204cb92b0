/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where boot files usually lie, and by what content they are believed. */
#include "author/bootfiles.h"

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/eltorito.h"
#include "ondisk/mbr.h"
#include "ondisk/pe.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- content ------------------------------------------------------------- */

static bool contains(const uint8_t *p, size_t n, const char *words)
{
	return memmem(p, n, words, strlen(words)) != NULL;
}

/* Read the beginning of a file, as much as there is. */
static enum isokit_status read_head(const struct tree_node *node, uint8_t *buffer, size_t most,
				    size_t *ret_n, struct isokit_error *err)
{
	size_t n = (size_t)min_u64(most, node->size);
	enum isokit_status status = tree_node_read(node, 0, buffer, n, err);

	if (status >= 0)
		*ret_n = n;
	return status;
}

enum isokit_status bootfiles_kind_of(const struct tree_node *node, enum bootfiles_kind *ret_kind,
				     struct isokit_error *err)
{
	uint8_t head[4096];
	enum isokit_status status;
	size_t n;

	status = read_head(node, head, sizeof(head), &n, err);
	if (status < 0)
		return status;
	if (n >= 2048 && contains(head, n, "ISOLINUX "))
		*ret_kind = BOOTFILES_ISOLINUX;
	else if (n > 2048 && contains(head, 2048, "no boot info"))
		*ret_kind = BOOTFILES_GRUB2;
	else if (n > 1024 && strcasecmp(node->name, "stage2_eltorito") == 0)
		*ret_kind = BOOTFILES_GRUB_LEGACY;
	else if (n >= 2048 && contains(head, n, "BOOTMGR"))
		*ret_kind = BOOTFILES_WINDOWS;
	else
		*ret_kind = BOOTFILES_UNKNOWN;
	return ISOKIT_OK;
}

enum isokit_status bootfiles_foreign(const struct tree_node *node, const char **ret_what,
				     struct isokit_error *err)
{
	uint8_t head[4096];
	size_t n = 0;
	enum isokit_status status = read_head(node, head, sizeof(head), &n, err);

	*ret_what = status >= 0 ? ondisk_boot_image_foreign(head, n) : NULL;
	return status;
}

enum isokit_status bootfiles_isolinux_is_hybrid(const struct tree_node *node, bool *ret_is,
						struct isokit_error *err)
{
	uint8_t head[68];
	enum isokit_status status;
	size_t n;

	status = read_head(node, head, sizeof(head), &n, err);
	if (status >= 0)
		*ret_is = n == sizeof(head) && get_le32(head + 64) == 0x7078c0fb;
	return status;
}

enum isokit_status bootfiles_pe_machine(const struct tree_node *node, uint16_t *ret_machine,
					struct isokit_error *err)
{
	uint8_t head[64], pe[6];
	enum isokit_status status;
	uint32_t at;
	size_t n;

	*ret_machine = 0;
	status = read_head(node, head, sizeof(head), &n, err);
	if (status < 0 || n < sizeof(head) || head[0] != 'M' || head[1] != 'Z')
		return status;
	at = get_le32(head + 60);
	if (!range_inside(at, sizeof(pe), node->size))
		return ISOKIT_OK;
	status = tree_node_read(node, at, pe, sizeof(pe), err);
	if (status >= 0 && memcmp(pe, "PE\0\0", 4) == 0)
		*ret_machine = get_le16(pe + 4);
	return status;
}

bool bootfiles_is_loader_name(const char *name)
{
	const struct ondisk_pe_name *known;

	for (size_t i = 0; (known = ondisk_pe_name_at(i)) != NULL; i++)
		if (strcasecmp(name, known->name) == 0)
			return true;
	return false;
}

uint64_t bootfiles_floppy_bytes(enum isokit_emulation emulation)
{
	switch (emulation) {
	case ISOKIT_EMUL_FLOPPY_1200: return 1228800;
	case ISOKIT_EMUL_FLOPPY_1440: return 1474560;
	case ISOKIT_EMUL_FLOPPY_2880: return 2949120;
	case ISOKIT_EMUL_NONE:
	case ISOKIT_EMUL_HARD_DISK: break;
	}
	return 0;
}

enum isokit_emulation bootfiles_floppy_of_size(uint64_t bytes)
{
	static const enum isokit_emulation floppies[] = {
		ISOKIT_EMUL_FLOPPY_1200, ISOKIT_EMUL_FLOPPY_1440, ISOKIT_EMUL_FLOPPY_2880,
	};

	for (size_t i = 0; i < sizeof(floppies) / sizeof(floppies[0]); i++)
		if (bytes == bootfiles_floppy_bytes(floppies[i]))
			return floppies[i];
	return ISOKIT_EMUL_NONE;
}

static void note_odd(struct bootfiles *found, struct tree_node *node, const char *kind)
{
	if (found->odd != NULL)
		return;
	found->odd = node;
	found->odd_kind = kind;
}

/* ---- the tree --------------------------------------------------------------- */

static struct tree_node *file_at(const struct plan *plan, const char *path)
{
	struct tree_node *node = tree_lookup_nocase(plan->tree, path);

	return node != NULL && tree_is_file(node) && node->size > 0 ? node : NULL;
}

/* What a walk over all names collects: files that lie in no usual place. */
struct search {
	struct tree_node *isolinux, *memtest_bios;
	struct tree_node *efi_programs[8]; /* memtest*.efi */
	size_t n_efi_programs;
	struct tree_node *floppies[8]; /* files of a floppy's size, not deep in the tree */
	size_t n_floppies;
	struct tree_node *efi_images[32]; /* files that by their name may be one */
	size_t n_efi_images;
};

static bool ends_with(const struct tree_node *node, const char *end)
{
	size_t n = strlen(end);

	return node->name_bytes >= n && strcasecmp(node->name + node->name_bytes - n, end) == 0;
}

static unsigned depth_of(const struct tree_node *node)
{
	unsigned depth = 0;

	for (; node->parent != NULL; node = node->parent)
		depth++;
	return depth;
}

static int search_visit(void *ctx, struct tree_node *node)
{
	struct search *s = ctx;

	if (!tree_is_file(node) || node->size == 0)
		return 0;
	/* The first in the order of the walk of those least deep. */
	if (node->name_bytes == 12 && strcasecmp(node->name, "isolinux.bin") == 0 &&
	    (s->isolinux == NULL || depth_of(node) < depth_of(s->isolinux)))
		s->isolinux = node;
	if (strncasecmp(node->name, "memtest", 7) == 0 && depth_of(node) <= 3) {
		if (ends_with(node, ".efi")) {
			if (s->n_efi_programs < 8)
				s->efi_programs[s->n_efi_programs++] = node;
		} else if (s->memtest_bios == NULL || strcasestr(node->name, "64") != NULL) {
			s->memtest_bios = node;
		}
	}
	if (bootfiles_floppy_of_size(node->size) != ISOKIT_EMUL_NONE && depth_of(node) <= 2 &&
	    s->n_floppies < 8)
		s->floppies[s->n_floppies++] = node;
	if (strcasestr(node->name, "efi") != NULL && ends_with(node, ".img") &&
	    s->n_efi_images < 32)
		s->efi_images[s->n_efi_images++] = node;
	return 0;
}

static enum isokit_status find_isolinux(const struct plan *plan, const struct search *s,
					struct bootfiles *found, struct isokit_error *err)
{
	static const char *const paths[] = {
		"/isolinux/isolinux.bin", "/boot/isolinux/isolinux.bin",
		"/boot/x86_64/loader/isolinux.bin", "/boot/i386/loader/isolinux.bin",
		"/boot/syslinux/isolinux.bin", "/syslinux/isolinux.bin", "/isolinux.bin", NULL
	};
	struct tree_node *node = NULL;
	enum bootfiles_kind kind;
	enum isokit_status status;

	for (size_t i = 0; paths[i] != NULL && node == NULL; i++)
		node = file_at(plan, paths[i]);
	if (node == NULL)
		node = s->isolinux;
	if (node == NULL)
		return ISOKIT_OK;
	status = bootfiles_kind_of(node, &kind, err);
	if (status >= 0 && kind == BOOTFILES_ISOLINUX)
		found->isolinux = node;
	else if (status >= 0)
		note_odd(found, node, "isolinux");
	return status;
}

static enum isokit_status find_grub(const struct plan *plan, struct bootfiles *found,
				    struct isokit_error *err)
{
	static const char *const images[] = {
		"/boot/grub/i386-pc/eltorito.img", "/boot/grub2/i386-pc/eltorito.img",
		"/boot/grub/bios.img", "/boot/grub/grub.img", "/boot/grub/grub_eltorito",
		"/boot/grub/eltorito.img", "/boot/grub2/eltorito.img", "/images/eltorito.img",
		"/boot/eltorito.img", "/boot/x86_64/loader/eltorito.img",
		"/boot/grub/stage2_eltorito", "/eltorito.img", NULL
	};
	static const char *const folders[] = { "/boot/grub", "/boot/grub2", "/grub", NULL };
	enum isokit_status status = ISOKIT_OK;

	for (size_t i = 0; images[i] != NULL && found->grub_image == NULL && status >= 0; i++) {
		struct tree_node *node = file_at(plan, images[i]);
		enum bootfiles_kind kind;

		if (node == NULL)
			continue;
		status = bootfiles_kind_of(node, &kind, err);
		if (status >= 0 && (kind == BOOTFILES_GRUB2 || kind == BOOTFILES_GRUB_LEGACY)) {
			found->grub_image = node;
			found->grub_kind = kind;
		} else if (status >= 0) {
			note_odd(found, node, "GRUB's image for El Torito");
		}
	}
	for (size_t i = 0; folders[i] != NULL && found->grub_dir == NULL; i++) {
		struct tree_node *dir = tree_lookup(plan->tree, folders[i]);
		struct tree_node *cfg =
			dir != NULL && tree_is_dir(dir) ? tree_child(dir, "grub.cfg", 8) : NULL;

		if (cfg != NULL)
			found->grub_dir = folders[i];
	}
	return status;
}

/* A BIOS memtest is a boot sector and, behind it, a Linux boot header. */
static enum isokit_status find_memtest(const struct search *s, struct bootfiles *found,
				       struct isokit_error *err)
{
	enum isokit_status status = ISOKIT_OK;
	uint8_t head[1024];
	size_t n;

	if (s->memtest_bios != NULL && s->memtest_bios->size <= 1474560) {
		status = read_head(s->memtest_bios, head, sizeof(head), &n, err);
		if (status >= 0 && n == sizeof(head) && get_le16(head + 510) == 0xaa55 &&
		    memcmp(head + 514, "HdrS", 4) == 0)
			found->memtest_bios = s->memtest_bios;
	}
	for (size_t i = 0; i < s->n_efi_programs && status >= 0; i++) {
		uint16_t machine;

		status = bootfiles_pe_machine(s->efi_programs[i], &machine, err);
		if (status >= 0 && machine == 0x8664 && found->memtest_efi[0] == NULL)
			found->memtest_efi[0] = s->efi_programs[i];
		else if (status >= 0 && machine == 0x014c && found->memtest_efi[1] == NULL)
			found->memtest_efi[1] = s->efi_programs[i];
	}
	return status;
}

/* Only where it is the only one: among several nobody knows which is meant. */
static enum isokit_status find_floppy(const struct search *s, struct bootfiles *found,
				      struct isokit_error *err)
{
	enum isokit_status status = ISOKIT_OK;
	size_t n_bootable = 0;

	for (size_t i = 0; i < s->n_floppies && status >= 0; i++) {
		struct ondisk_boot_code code;
		uint8_t head[512];
		bool efi = false;

		status = tree_node_read(s->floppies[i], 0, head, sizeof(head), err);
		if (status >= 0)
			status = bootfiles_is_efi_image(s->floppies[i], &efi, err);
		if (status < 0)
			break;
		ondisk_boot_code_recognise(head, 510, &code);
		if (efi || get_le16(head + 510) != 0xaa55 || code.code == ONDISK_CODE_NONE ||
		    code.code == ONDISK_CODE_MESSAGE)
			continue;
		found->floppy = s->floppies[i];
		n_bootable++;
	}
	if (n_bootable != 1)
		found->floppy = NULL;
	return status;
}

static int loader_visit(void *ctx, struct tree_node *node)
{
	bool *found = ctx;

	*found = *found || bootfiles_is_loader_name(node->name);
	return *found;
}

static enum isokit_status find_efi(const struct plan *plan, const struct search *s,
				   struct bootfiles *found, struct isokit_error *err)
{
	static const char *const images[] = {
		"/efi.img", "/boot/grub/efi.img", "/boot/efi.img", "/boot/grub2/efi.img",
		"/boot/efiboot.img", "/efi/efiboot.img", "/efi/boot/efiboot.img",
		"/isolinux/efiboot.img", "/isolinux/efi.img", "/images/efiboot.img",
		"/efi/archiso/efiboot.img", "/boot/x86_64/efi", "/boot/aarch64/efi",
		"/efiboot.img", NULL
	};
	static const char *const systemd[4] = {
		"systemd-bootx64.efi", "systemd-bootia32.efi", "systemd-bootaa64.efi",
		"systemd-bootarm.efi"
	};
	struct tree_node *dir = tree_lookup_nocase(plan->tree, "/efi");
	struct tree_node *node;
	enum isokit_status status = ISOKIT_OK;
	bool is = false;

	if (dir != NULL && tree_is_dir(dir)) {
		node = tree_child_nocase(dir, "boot");
		if (node != NULL && tree_is_dir(node)) {
			tree_walk(node, loader_visit, &is);
			found->efi_folder = is ? dir : NULL;
		}
		node = tree_child_nocase(dir, "systemd");
		for (size_t i = 0; i < 4 && node != NULL && tree_is_dir(node); i++)
			found->systemd_boot[i] = tree_child_nocase(node, systemd[i]);
	}
	node = file_at(plan, "/efi/microsoft/boot/efisys.bin");
	if (node != NULL) {
		status = bootfiles_is_efi_image(node, &is, err);
		found->efi_windows = status >= 0 && is ? node : NULL;
	}
	for (size_t i = 0; images[i] != NULL && found->efi_image == NULL && status >= 0; i++) {
		node = file_at(plan, images[i]);
		if (node == NULL)
			continue;
		status = bootfiles_is_efi_image(node, &is, err);
		found->efi_image = status >= 0 && is ? node : NULL;
	}
	for (size_t i = 0; i < s->n_efi_images && found->efi_image == NULL && status >= 0; i++) {
		status = bootfiles_is_efi_image(s->efi_images[i], &is, err);
		found->efi_image = status >= 0 && is ? s->efi_images[i] : NULL;
	}
	return status;
}

enum isokit_status bootfiles_find(const struct plan *plan, struct bootfiles *ret_found,
				  struct isokit_error *err)
{
	struct bootfiles found = { 0 };
	struct search s = { 0 };
	enum isokit_status status;
	enum bootfiles_kind kind;

	tree_walk(plan->tree->root, search_visit, &s);
	status = find_isolinux(plan, &s, &found, err);
	if (status >= 0)
		status = find_grub(plan, &found, err);
	if (status >= 0)
		status = find_memtest(&s, &found, err);
	if (status >= 0)
		status = find_floppy(&s, &found, err);
	if (status >= 0)
		status = find_efi(plan, &s, &found, err);
	found.windows = file_at(plan, "/boot/etfsboot.com");
	if (status >= 0 && found.windows != NULL) {
		status = bootfiles_kind_of(found.windows, &kind, err);
		if (status >= 0 && kind != BOOTFILES_WINDOWS) {
			note_odd(&found, found.windows, "Windows' boot code");
			found.windows = NULL;
		}
	}
	if (status >= 0)
		*ret_found = found;
	return status;
}

/* ---- the host ------------------------------------------------------------------ */

char *bootfiles_system_path(const struct plan *plan, const char *const *paths)
{
	const char *root = plan->options.system_root != NULL ? plan->options.system_root : "";

	for (size_t i = 0; paths[i] != NULL; i++) {
		struct text path = { 0 };

		text_add_str(&path, root);
		text_add_str(&path, paths[i]);
		if (!path.failed && access(text_string(&path), R_OK) == 0)
			return path.bytes;
		text_free(&path);
	}
	return NULL;
}

/* Codes that must be told where their second stage lies; others are taken as they are. */
static void mbr_kind(struct bootfiles_mbr *mbr)
{
	struct ondisk_boot_code code;
	uint8_t sector[512] = { 0 };

	memcpy(sector, mbr->bytes, mbr->n < sizeof(sector) ? mbr->n : sizeof(sector));
	ondisk_boot_code_recognise(sector, mbr->n < 440 ? mbr->n : 440, &code);
	mbr->kind = PLAN_MBR_PLAIN;
	if (code.code == ONDISK_CODE_ISOLINUX)
		mbr->kind = PLAN_MBR_ISOHYBRID;
	else if (code.code == ONDISK_CODE_GRUB && code.name != NULL &&
		 strcmp(code.name, "grub2-hybrid") == 0)
		mbr->kind = PLAN_MBR_GRUB2;
	mbr->grub_for_disks = code.code == ONDISK_CODE_GRUB && mbr->kind == PLAN_MBR_PLAIN;
}

static enum isokit_status mbr_from_source(struct isokit_source *src, const char *path,
					  struct bootfiles_mbr *ret_mbr, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src);
	enum isokit_status status;

	if (size == 0 || size > PLAN_SYSTEM_AREA_BYTES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
				   "is no boot code: it must have 1 to %d bytes",
				   PLAN_SYSTEM_AREA_BYTES);
	ret_mbr->path = strdup(path);
	ret_mbr->bytes = malloc((size_t)size);
	status = ret_mbr->path != NULL && ret_mbr->bytes != NULL ?
			 isokit_source_read_at(src, 0, ret_mbr->bytes, (size_t)size, err) :
			 isokit_fail_nomem(err, path, (size_t)size);
	if (status < 0) {
		bootfiles_mbr_release(ret_mbr);
		return status;
	}
	ret_mbr->n = (size_t)size;
	mbr_kind(ret_mbr);
	return ISOKIT_OK;
}

enum isokit_status bootfiles_mbr_load(const char *path, struct bootfiles_mbr *ret_mbr,
				      struct isokit_error *err)
{
	struct isokit_source *src;
	enum isokit_status status = isokit_source_open_file(path, &src, err);

	if (status < 0)
		return status;
	status = mbr_from_source(src, path, ret_mbr, err);
	isokit_source_close(src);
	return status;
}

static enum isokit_status mbr_from_tree(const struct tree_node *node,
					struct bootfiles_mbr *ret_mbr, struct isokit_error *err)
{
	struct text path = { 0 };
	struct isokit_source *src;
	enum isokit_status status = tree_node_open(node, &src, err);

	if (status < 0)
		return status;
	tree_node_path(node, &path);
	status = mbr_from_source(src, text_string(&path), ret_mbr, err);
	text_free(&path);
	isokit_source_close(src);
	return status;
}

enum isokit_status bootfiles_mbr_find(const struct plan *plan, enum plan_mbr kind,
				      const struct tree_node *boot_image,
				      struct bootfiles_mbr *ret_mbr, struct isokit_error *err)
{
	/* In the tree, then on the host: Debian; Arch; Fedora, openSUSE, Alpine; old. */
	static const char *const isohybrid_tree[] = { "/isolinux/isohdpfx.bin",
						      "/boot/syslinux/isohdpfx.bin", NULL };
	static const char *const isohybrid[] = {
		"/usr/lib/ISOLINUX/isohdpfx.bin", "/usr/lib/syslinux/bios/isohdpfx.bin",
		"/usr/share/syslinux/isohdpfx.bin", "/usr/lib/syslinux/isohdpfx.bin", NULL
	};
	static const char *const grub_tree[] = { "/boot/grub/i386-pc/boot_hybrid.img",
						 "/boot/grub2/i386-pc/boot_hybrid.img", NULL };
	static const char *const grub[] = {
		"/usr/lib/grub/i386-pc/boot_hybrid.img", "/usr/share/grub2/i386-pc/boot_hybrid.img",
		"/usr/lib/grub2/i386-pc/boot_hybrid.img", NULL
	};
	bool isolinux = kind == PLAN_MBR_ISOHYBRID;
	const char *const *in_tree = isolinux ? isohybrid_tree : grub_tree;
	const char *name = isolinux ? "isohdpfx.bin" : "boot_hybrid.img";
	enum isokit_status status = ISOKIT_OK;
	struct tree_node *node = NULL;
	char *path;

	ret_mbr->n = 0;
	if (boot_image != NULL && boot_image->parent != NULL)
		node = tree_child_nocase(boot_image->parent, name);
	for (size_t i = 0; in_tree[i] != NULL && node == NULL; i++)
		node = tree_lookup_nocase(plan->tree, in_tree[i]);
	if (node != NULL && tree_is_file(node) && node->size > 0 && node->size <= 512) {
		status = mbr_from_tree(node, ret_mbr, err);
		if (status < 0 || ret_mbr->kind == kind)
			return status;
		bootfiles_mbr_release(ret_mbr);
	}
	path = bootfiles_system_path(plan, isolinux ? isohybrid : grub);
	if (path == NULL)
		return ISOKIT_OK;
	status = bootfiles_mbr_load(path, ret_mbr, err);
	if (status >= 0 && ret_mbr->kind != kind)
		bootfiles_mbr_release(ret_mbr);
	free(path);
	return status;
}

void bootfiles_mbr_release(struct bootfiles_mbr *mbr)
{
	free(mbr->path);
	free(mbr->bytes);
	mbr->path = NULL;
	mbr->bytes = NULL;
	mbr->n = 0;
}
