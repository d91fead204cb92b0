/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What starts a stick from a BIOS: SYSLINUX where the disc has ISOLINUX, GRUB where it has GRUB, of
 * the releases that this computer has. Modules in the image are of other releases and fit only
 * their own loader, so they are exchanged, too. */
#include "stick/files.h"

#include <isokit/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "author/grubimage.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "stick/syslinux.h"

enum {
	SECTOR = 512,
	GRUB_KERNEL_SECTOR = 0x5c, /* of boot.img: where its core begins */
	MAX_GRUB_MODULE = 1 << 20,
};

static const char subject[] = "boot files";

struct bios {
	struct syslinux *syslinux;
	struct tree_node *core; /* ldlinux.sys in the tree */
	char folder[SYSLINUX_DIR_BYTES];
	uint8_t *grub_boot, *grub_core;
	size_t grub_core_bytes;
};

static enum isokit_status add_file(struct files *f, const char *folder, const char *name,
				   const void *bytes, size_t n, struct tree_node **ret)
{
	struct text path = { 0 };
	enum isokit_status st;

	text_add_str(&path, folder);
	text_add_char(&path, '/');
	text_add_str(&path, name);
	st = path.failed ? isokit_fail_nomem(f->err, subject, 256) :
			   tree_add_memory(f->t, text_string(&path), bytes, n, false, ret, f->err);
	text_free(&path);
	return st;
}

static bool has_suffix(const struct tree_node *node, const char *suffix)
{
	size_t n = strlen(suffix);

	return node->name_bytes > n && tree_is_file(node) &&
	       strcasecmp(node->name + node->name_bytes - n, suffix) == 0;
}

/* ---- SYSLINUX ---------------------------------------------------------------------------------- */

static struct tree_node *config_of(const struct tree_node *dir)
{
	struct tree_node *n = tree_child_nocase(dir, "isolinux.cfg");

	if (!n || !tree_is_file(n))
		n = tree_child_nocase(dir, "syslinux.cfg");
	return n && tree_is_file(n) ? n : NULL;
}

/* isolinux.bin with its configuration beside it. */
static int find_isolinux(void *ctx, struct tree_node *node)
{
	struct tree_node **ret = ctx;

	if (!tree_is_file(node) || strcasecmp(node->name, "isolinux.bin") != 0 ||
	    !config_of(node->parent))
		return 0;
	*ret = node->parent;
	return 1;
}

/* Every module of the folder, and those that every one of them may need. */
static enum isokit_status put_modules(struct files *f, struct tree_node *dir, size_t *ret_missing)
{
	static const char *const always[] = { "ldlinux.c32", "libcom32.c32", "libutil.c32",
					      "libgpl.c32" };
	char name[256];
	struct tree_node *made;
	const uint8_t *bytes;
	size_t n;
	enum isokit_status st = ISOKIT_OK;

	*ret_missing = 0;
	for (uint32_t i = 0; i < dir->u.dir.n && st == ISOKIT_OK; i++) {
		struct tree_node *child = dir->u.dir.children[i];
		char small[256];
		size_t k;

		if (!has_suffix(child, ".c32") || child->name_bytes >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%s", child->name);
		for (k = 0; name[k]; k++) /* ISO 9660 alone has them in capitals */
			small[k] = name[k] >= 'A' && name[k] <= 'Z' ? (char)(name[k] + 32) : name[k];
		small[k] = '\0';
		st = syslinux_module(f->c, small, &bytes, &n, f->err);
		if (st == ISOKIT_OK && bytes)
			st = add_file(f, f->b->folder, name, bytes, n, &made);
		else if (st == ISOKIT_OK)
			++*ret_missing;
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]) && st == ISOKIT_OK; i++) {
		if (tree_child_nocase(dir, always[i]))
			continue;
		st = syslinux_module(f->c, always[i], &bytes, &n, f->err);
		if (st == ISOKIT_OK && bytes)
			st = add_file(f, f->b->folder, always[i], bytes, n, &made);
	}
	return st;
}

/* SYSLINUX reads the configuration under its own name. */
static enum isokit_status put_config(struct files *f, const struct tree_node *dir)
{
	struct tree_node *from = config_of(dir), *made;
	enum isokit_status st;

	if (tree_child_nocase(dir, "syslinux.cfg"))
		return ISOKIT_OK;
	st = add_file(f, f->b->folder, "syslinux.cfg", "", 0, &made);
	if (st)
		return st;
	made->content = from->content;
	made->u = from->u;
	made->size = from->size;
	made->mtime = from->mtime;
	return ISOKIT_OK;
}

static enum isokit_status set_up_syslinux(struct files *f, struct tree_node *dir)
{
	struct text path = { 0 };
	size_t missing;
	enum isokit_status st = syslinux_find(f->c, &f->b->syslinux, f->err);

	if (st)
		return st;
	if (!f->b->syslinux)
		return composer_note(f->c, f->err,
				     "it does not boot from a BIOS: SYSLINUX is not installed here "
				     "(packages syslinux and syslinux-common)");
	tree_node_path(dir, &path);
	if (path.failed || path.n >= sizeof(f->b->folder)) {
		text_free(&path);
		return composer_note(f->c, f->err, "it does not boot from a BIOS: ISOLINUX lies too "
						   "deep");
	}
	snprintf(f->b->folder, sizeof(f->b->folder), "%s", path.n > 1 ? text_string(&path) : "");
	text_free(&path);
	st = put_config(f, dir);
	if (st == ISOKIT_OK)
		st = put_modules(f, dir, &missing);
	if (st == ISOKIT_OK)
		st = add_file(f, f->b->folder, "ldlinux.sys", f->b->syslinux->core,
			      f->b->syslinux->core_bytes, &f->b->core);
	if (st)
		return st;
	f->b->core->weight = INT32_MAX; /* its boot sector reads it with 32 bits */
	f->bios = true;
	if (missing)
		st = composer_note(f->c, f->err,
				   "%zu modules of ISOLINUX are not installed here in the release that "
				   "starts the stick: what needs them will not run", missing);
	if (st == ISOKIT_OK)
		st = composer_note(f->c, f->err,
				   "from a BIOS it boots by SYSLINUX %s of this computer, and its "
				   "modules", f->b->syslinux->version);
	return st;
}

/* ---- GRUB ------------------------------------------------------------------------------------------ */

static const char *first_there(const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	return NULL;
}

/* A small file of this computer; NULL: none, or no memory. */
static uint8_t *read_small(struct files *f, const char *folder, const char *name, size_t *ret_n)
{
	struct isokit_source *src;
	char path[320];
	uint8_t *bytes = NULL;
	uint64_t n;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path) ||
	    isokit_source_open_file(path, &src, NULL))
		return NULL;
	n = isokit_source_size(src);
	if (n > 0 && n <= MAX_GRUB_MODULE)
		bytes = arena_alloc(composer_arena(f->c), (size_t)n);
	if (bytes && isokit_source_read_at(src, 0, bytes, (size_t)n, NULL))
		bytes = NULL;
	isokit_source_close(src);
	*ret_n = (size_t)n;
	return bytes;
}

/* Modules of the image's own release would be loaded into another one. */
static enum isokit_status exchange_modules(struct files *f, const char *modules)
{
	struct tree_node *dir = tree_lookup_nocase(f->t, "/boot/grub/i386-pc"), *made;
	struct text path = { 0 };
	enum isokit_status st = ISOKIT_OK;

	if (!dir || !tree_is_dir(dir))
		return ISOKIT_OK;
	tree_node_path(dir, &path);
	for (uint32_t i = 0; i < dir->u.dir.n && st == ISOKIT_OK; i++) {
		const struct tree_node *child = dir->u.dir.children[i];
		uint8_t *bytes;
		size_t n;

		if (!has_suffix(child, ".mod") && !has_suffix(child, ".lst"))
			continue;
		bytes = read_small(f, modules, child->name, &n);
		if (bytes)
			st = add_file(f, text_string(&path), child->name, bytes, n, &made);
	}
	text_free(&path);
	return st;
}

static enum isokit_status set_up_grub(struct files *f, const char *prefix, uint64_t gap)
{
	static const char *const programs[] = { "/usr/bin/grub-mkimage", "/usr/bin/grub2-mkimage" };
	static const char *const folders[] = { "/usr/lib/grub/i386-pc", "/usr/share/grub2/i386-pc" };
	struct grubimage_request request = {
		.program = first_there(programs, 2), .modules_dir = first_there(folders, 2),
		.format = "i386-pc", .prefix = prefix, .config = "",
	};
	struct text image = { 0 };
	struct isokit_error why;
	size_t n;
	enum isokit_status st;

	if (request.program && request.modules_dir)
		f->b->grub_boot = read_small(f, request.modules_dir, "boot.img", &n);
	if (!f->b->grub_boot || n != SECTOR || get_le64(f->b->grub_boot + GRUB_KERNEL_SECTOR) != 1)
		return composer_note(f->c, f->err,
				     "it does not boot from a BIOS: GRUB for it is not installed here "
				     "(packages grub-common and grub-pc-bin)");
	st = grubimage_make(&request, &image, &why);
	if (st == ISOKIT_OK && !image.failed && image.n + SECTOR <= gap) {
		f->b->grub_core_bytes = image.n;
		f->b->grub_core = arena_memdup(composer_arena(f->c), image.bytes, image.n);
		st = f->b->grub_core ? exchange_modules(f, request.modules_dir) :
				       isokit_fail_nomem(f->err, subject, image.n);
		f->bios = st == ISOKIT_OK;
		if (st == ISOKIT_OK)
			st = composer_note(f->c, f->err, "from a BIOS it boots by GRUB of this "
							 "computer, and its modules");
	} else {
		st = composer_note(f->c, f->err, "it does not boot from a BIOS: %s",
				   st ? why.text : "GRUB is too large for the place in front of the "
						   "partition");
	}
	text_free(&image);
	return st;
}

/* ---- all -------------------------------------------------------------------------------------------- */

static bool has_file(const struct files *f, const char *path)
{
	const struct tree_node *n = tree_lookup_nocase(f->t, path);

	return n && tree_is_file(n);
}

static bool has_folder(const struct files *f, const char *path)
{
	const struct tree_node *n = tree_lookup_nocase(f->t, path);

	return n && tree_is_dir(n);
}

enum isokit_status files_set_up_bios(struct files *f, uint64_t gap, bool mbr)
{
	struct tree_node *isolinux = NULL;

	f->b = arena_alloc(composer_arena(f->c), sizeof(*f->b));
	if (!f->b)
		return isokit_fail_nomem(f->err, subject, sizeof(*f->b));
	if (f->facts->windows.present)
		return composer_note(f->c, f->err,
				     "it boots by UEFI only: to start Windows' loader, a BIOS needs "
				     "Microsoft's code in the boot sector");
	tree_walk(f->t->root, find_isolinux, &isolinux);
	if (!isolinux && !(has_file(f, "/boot/grub/grub.cfg") && has_folder(f, "/boot/grub/i386-pc")))
		return composer_note(f->c, f->err,
				     "it does not boot from a BIOS: of what starts the disc there, "
				     "nothing is known that could start a stick");
	if (!mbr || f->o->sector != SECTOR)
		return composer_note(f->c, f->err,
				     "it does not boot from a BIOS: the drive is too large for that, "
				     "or has sectors of 4096 bytes");
	if (isolinux)
		return set_up_syslinux(f, isolinux);
	return set_up_grub(f, "(,msdos1)/boot/grub", gap);
}

enum isokit_status files_finish_bios(struct files *f, const struct fat_made *made, uint64_t at,
				     uint8_t *mbr)
{
	struct bios *b = f->b;
	uint64_t first;

	if (!f->bios)
		return ISOKIT_OK;
	if (b->grub_core) {
		memcpy(mbr, b->grub_boot, SYSLINUX_MBR_BYTES);
		return composer_bytes(f->c, SECTOR, b->grub_core, b->grub_core_bytes, f->err);
	}
	first = (fat_place(made, b->core) - at) / SECTOR;
	if (!syslinux_patch(b->syslinux, first, b->folder[0] ? b->folder : "/", made->boot)) {
		f->bios = false;
		return composer_note(f->c, f->err, "it does not boot from a BIOS after all: the name "
						   "of the folder %s is too long", b->folder);
	}
	memcpy(made->boot + 6 * made->boot_bytes, made->boot, made->boot_bytes);
	memcpy(mbr, b->syslinux->mbr, SYSLINUX_MBR_BYTES);
	return ISOKIT_OK;
}
