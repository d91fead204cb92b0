/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A FAT file system inside the image, as far as firmware looks into it: the
 * folder \EFI\BOOT and the executables there. */
#include "ondisk/fat.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/text.h"
#include "model/boot.h"
#include "model/tree.h"
#include "ondisk/mbr.h"
#include "ondisk/pe.h"

enum {
	MAX_LOADERS = 16,
	CACHE_BYTES = 4096,
	NAME_BYTES = FAT_LONG_BYTES / 2 * 3 + 1,
	/* Links that are followed in one image: 512 MiB of loaders in the smallest
	 * clusters, far more than firmware can load. */
	MAX_LINKS = 1024 * 1024,
	/* Of a walk through everything. */
	MAX_FOLDERS = 4096,
	MAX_NAMES = 256 * 1024,
	MAX_PATH_BYTES = 4096,	       /* Windows ends at 260 characters */
	MAX_PATHS_BYTES = 1024 * 1024, /* of the folders that are waiting */
};

struct fat_walk {
	struct isokit_image *img;
	struct isokit_error *err;
	enum isokit_status status; /* an error that ends everything */
	uint64_t offset;           /* of the boot sector in the image */
	struct ondisk_fat f;
	uint8_t cache[CACHE_BYTES]; /* of the allocation table */
	uint64_t cache_at;
	size_t cache_bytes;
};

/* Field by field: the cache need not be cleared. */
static void start_walk(struct fat_walk *w, struct isokit_image *img, uint64_t offset,
		       struct isokit_error *err)
{
	w->img = img;
	w->err = err;
	w->status = ISOKIT_OK;
	w->offset = offset;
	w->f = (struct ondisk_fat){ 0 };
	w->cache_at = 0;
	w->cache_bytes = 0;
}

static bool read_bytes(struct fat_walk *w, uint64_t at, void *buffer, size_t length)
{
	uint64_t offset;
	bool ok = false;

	if (w->status || !add_u64(w->offset, at, &offset))
		return false;
	w->status = boot_try_read(w->img, offset, buffer, length, "FAT file system", &ok, w->err);
	return ok;
}

static bool cluster_exists(const struct fat_walk *w, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < w->f.n_clusters;
}

/* The link of an existing cluster. False when the table does not lie inside. */
static bool next_cluster(struct fat_walk *w, uint32_t cluster, uint32_t *ret_next)
{
	uint64_t at = w->f.table_offset + ondisk_fat_link_offset(w->f.bits, cluster);
	size_t need = ondisk_fat_link_bytes(w->f.bits);

	if (w->img->fat_links >= MAX_LINKS)
		return false;
	w->img->fat_links++;
	if (!w->cache_bytes || at < w->cache_at || at + need > w->cache_at + w->cache_bytes) {
		uint64_t from = at / 512 * 512;
		uint64_t size = w->img->facts.size - w->offset;

		if (from >= size)
			return false;
		w->cache_bytes = 0;
		w->cache_at = from;
		if (!read_bytes(w, from, w->cache, (size_t)min_u64(CACHE_BYTES, size - from)))
			return false;
		w->cache_bytes = (size_t)min_u64(CACHE_BYTES, size - from);
		if (at + need > from + w->cache_bytes)
			return false;
	}
	*ret_next = ondisk_fat_link(w->f.bits, cluster, w->cache + (at - w->cache_at));
	return true;
}

static uint64_t cluster_offset(const struct fat_walk *w, uint32_t cluster)
{
	return w->f.data_offset + (uint64_t)(cluster - 2) * w->f.cluster_bytes;
}

/* Read part of a file through its chain. */
static bool read_file(struct fat_walk *w, uint32_t cluster, uint64_t at, uint8_t *buffer,
		      size_t length)
{
	while (at >= w->f.cluster_bytes) {
		if (!cluster_exists(w, cluster) || !next_cluster(w, cluster, &cluster))
			return false;
		at -= w->f.cluster_bytes;
	}
	while (length) {
		size_t n = (size_t)min_u64(length, w->f.cluster_bytes - at);

		if (!cluster_exists(w, cluster) ||
		    !read_bytes(w, cluster_offset(w, cluster) + at, buffer, n))
			return false;
		buffer += n;
		length -= n;
		at = 0;
		if (length && !next_cluster(w, cluster, &cluster))
			return false;
	}
	return true;
}

/* Does every cluster of the file exist, and lie inside the image? */
static bool chain_is_complete(struct fat_walk *w, uint32_t cluster, uint64_t bytes)
{
	uint64_t need = div_up(bytes, w->f.cluster_bytes);
	uint64_t room = w->img->facts.size - w->offset;
	uint32_t mark = 0; /* Brent: meeting a cluster kept from before is a loop */
	uint64_t until = 1;

	if (need > w->f.n_clusters)
		return false;
	for (uint64_t i = 0; i < need; i++) {
		uint64_t n = min_u64(w->f.cluster_bytes, bytes - i * w->f.cluster_bytes);

		if (!cluster_exists(w, cluster) || cluster == mark ||
		    !range_inside(cluster_offset(w, cluster), n, room))
			return false;
		if (i == until) {
			mark = cluster;
			until *= 2;
		}
		if (i + 1 < need && !next_cluster(w, cluster, &cluster))
			return false;
	}
	return true;
}

/* ---- folders ------------------------------------------------------------------ */

struct fat_dir {
	uint32_t cluster; /* 0: the fixed root folder */
	uint64_t at;      /* in the cluster or the fixed root */
	uint64_t read;    /* bytes so far, to bound the chain */
	uint8_t sector[512];
};

struct fat_name {
	struct ondisk_fat_dirent e;
	char long_name[NAME_BYTES]; /* "" without one */
};

/* The next 32 bytes of a folder; false at its end or where it breaks off. */
static bool dir_next_raw(struct fat_walk *w, struct fat_dir *d, const uint8_t **ret_raw)
{
	if (d->read >= FAT_MAX_DIR_BYTES)
		return false;
	if (d->cluster == 0) {
		if (d->at >= (uint64_t)w->f.root_entries * FAT_DIRENT_BYTES)
			return false;
	} else if (d->at == w->f.cluster_bytes) {
		if (!next_cluster(w, d->cluster, &d->cluster))
			return false;
		d->at = 0;
	}
	if (d->cluster && !cluster_exists(w, d->cluster))
		return false;
	if (d->at % sizeof(d->sector) == 0) {
		uint64_t from = d->cluster ? cluster_offset(w, d->cluster) : w->f.root_offset;

		if (!read_bytes(w, from + d->at, d->sector, sizeof(d->sector)))
			return false;
	}
	*ret_raw = d->sector + d->at % sizeof(d->sector);
	d->at += FAT_DIRENT_BYTES;
	d->read += FAT_DIRENT_BYTES;
	return true;
}

static void long_name_text(const uint8_t *units, size_t n, char out[NAME_BYTES])
{
	uint8_t be[FAT_LONG_BYTES];

	for (size_t i = 0; i < n; i += 2) {
		be[i] = units[i + 1];
		be[i + 1] = units[i];
	}
	out[utf16be_to_utf8(be, n, out)] = '\0';
}

/* The next file or folder with its long name. */
static bool dir_next(struct fat_walk *w, struct fat_dir *d, struct fat_name *ret_name)
{
	struct ondisk_fat_long l;
	const uint8_t *raw;

	ondisk_fat_long_forget(&l); /* the rest need not be cleared */
	l.checksum = 0;
	while (dir_next_raw(w, d, &raw)) {
		struct ondisk_fat_dirent e;

		ondisk_fat_dirent_decode(raw, &e);
		switch (e.kind) {
		case ONDISK_FAT_END:
			return false;
		case ONDISK_FAT_LONG:
			ondisk_fat_long_part(&l, &e);
			break;
		case ONDISK_FAT_NAME:
			ret_name->e = e;
			long_name_text(l.units, ondisk_fat_long_take(&l, &e), ret_name->long_name);
			return true;
		case ONDISK_FAT_FREE:
		case ONDISK_FAT_LABEL:
			ondisk_fat_long_forget(&l);
			break;
		}
	}
	return false;
}

struct fat_file {
	struct fat_walk *walk;
	uint32_t cluster;
};

static bool is_named(const struct fat_name *n, const char *name)
{
	return ascii_same_nocase(n->e.name, name) || ascii_same_nocase(n->long_name, name);
}

static const char *shown_name(const struct fat_name *n)
{
	return n->long_name[0] ? n->long_name : n->e.name;
}

/* The first cluster of a folder inside another; 0 where there is none. */
static bool find_folder(struct fat_walk *w, uint32_t cluster, const char *name,
			struct fat_name *ret_name)
{
	struct fat_dir d = { .cluster = cluster };

	while (dir_next(w, &d, ret_name)) {
		if ((ret_name->e.attributes & FAT_ATTR_DIRECTORY) && is_named(ret_name, name))
			return cluster_exists(w, ret_name->e.cluster);
	}
	return false;
}

static enum isokit_status read_at(void *ctx, uint64_t at, void *buffer, size_t length,
				  bool *ret_ok)
{
	struct fat_file *f = ctx;

	*ret_ok = read_file(f->walk, f->cluster, at, buffer, length);
	return f->walk->status;
}

static enum isokit_status examine_loader(struct fat_walk *w, const struct fat_name *n,
					 struct isokit_efi_loader *l)
{
	struct fat_file f = { w, n->e.cluster };
	bool whole = n->e.bytes > 0 && chain_is_complete(w, n->e.cluster, n->e.bytes);

	if (w->status)
		return w->status;
	l->bytes = n->e.bytes;
	return boot_efi_examine(w->img, &(struct boot_efi_file){
						.read = read_at,
						.ctx = &f,
						.bytes = n->e.bytes,
						.whole = whole,
					}, l, w->err);
}

static const char *loader_path(struct isokit_image *img, const struct fat_name *efi,
			       const struct fat_name *boot, const struct fat_name *file)
{
	const char *parts[3] = { shown_name(efi), shown_name(boot), shown_name(file) };
	char path[3 * NAME_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		size_t length = strlen(parts[i]);

		path[n++] = '/';
		memcpy(path + n, parts[i], length);
		n += length;
	}
	return arena_strndup(&img->arena, path, n);
}

static void report_loader(struct isokit_image *img, uint64_t offset,
			  const struct isokit_efi_loader *l)
{
	if (!l->pe_ok)
		model_find(img, ISOKIT_F_EFI_LOADER_FORMAT, offset, 0, l->path, 0, 0);
	else if (!l->machine_ok)
		model_find(img, ISOKIT_F_EFI_LOADER_MACHINE, offset, 0, l->path, l->machine, 0);
	if (!l->complete)
		model_find(img, ISOKIT_F_EFI_LOADER_INCOMPLETE, offset, 0, l->path, l->bytes, 0);
	if (l->damaged_signature)
		model_find(img, ISOKIT_F_EFI_SIGNATURE, offset, 0, l->path, 0, 0);
}

static bool ends_in_efi(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && ascii_same_nocase(name + n - 4, ".EFI");
}

static const struct ondisk_pe_name *default_name(const struct fat_name *file)
{
	const struct ondisk_pe_name *known;

	for (size_t i = 0; (known = ondisk_pe_name_at(i)) != NULL; i++) {
		if (is_named(file, known->name))
			break;
	}
	return known;
}

struct loader_list {
	struct isokit_efi_loader items[MAX_LOADERS];
	size_t n;
};

static enum isokit_status keep_list(struct fat_walk *w, const struct loader_list *list,
				    const struct isokit_efi_loader **ret, size_t *ret_n)
{
	if (!list->n)
		return ISOKIT_OK;
	*ret = arena_memdup(&w->img->arena, list->items, list->n * sizeof(list->items[0]));
	if (!*ret)
		return isokit_fail_nomem(w->err, "EFI loaders", list->n * sizeof(list->items[0]));
	*ret_n = list->n;
	return ISOKIT_OK;
}

static enum isokit_status find_loaders(struct fat_walk *w, struct isokit_fat *fat)
{
	struct loader_list defaults, others;
	struct fat_name efi, boot, file;
	enum isokit_status st = ISOKIT_OK;
	struct fat_dir d = { 0 };

	defaults.n = others.n = 0; /* the rest need not be cleared */
	if (!find_folder(w, w->f.root_cluster, "EFI", &efi) ||
	    !find_folder(w, efi.e.cluster, "BOOT", &boot))
		return w->status;
	d.cluster = boot.e.cluster;
	while (!st && dir_next(w, &d, &file)) {
		const struct ondisk_pe_name *known = default_name(&file);
		struct loader_list *list = known ? &defaults : &others;
		struct isokit_efi_loader *l = &list->items[list->n];

		if ((file.e.attributes & FAT_ATTR_DIRECTORY) || list->n == MAX_LOADERS ||
		    (!known && !ends_in_efi(shown_name(&file))))
			continue;
		*l = (struct isokit_efi_loader){
			.path = loader_path(w->img, &efi, &boot, &file),
			.arch = known ? known->arch : NULL,
		};
		if (!l->path)
			return isokit_fail_nomem(w->err, "EFI loader", NAME_BYTES);
		st = examine_loader(w, &file, l);
		if (st)
			return st;
		l->machine_ok = known ? l->pe_ok && l->machine == known->machine : l->pe_ok;
		if (known)
			report_loader(w->img, w->offset, l);
		else
			l->arch = boot_efi_arch(l);
		list->n++;
	}
	if (w->status)
		return w->status;
	st = keep_list(w, &defaults, &fat->loaders, &fat->n_loaders);
	return st ? st : keep_list(w, &others, &fat->others, &fat->n_others);
}

enum isokit_status boot_fat_read(struct isokit_image *img, uint64_t offset, uint64_t window,
				 struct isokit_fat *ret_fat, struct isokit_error *err)
{
	struct fat_walk w;
	struct isokit_fat fat = { .offset = offset, .window = window, .label = "" };
	struct isokit_error why = { 0 };
	struct ondisk_boot_code code;
	enum isokit_status st;
	uint8_t raw[512];
	bool ok;

	start_walk(&w, img, offset, err);
	if (!read_bytes(&w, 0, raw, sizeof(raw))) {
		fat.problem = "it lies outside the image";
		*ret_fat = fat;
		return w.status;
	}
	st = ondisk_fat_decode(raw, sizeof(raw), &w.f, &why);
	if (st) {
		fat.problem = "it holds no FAT file system";
		if (st == ISOKIT_E_CORRUPT) {
			fat.problem = "its boot sector contradicts itself";
			model_find(img, ISOKIT_F_FAT_BROKEN, offset + (why.offset & 511), 0,
				   why.text, 0, 0);
		}
		*ret_fat = fat;
		return ISOKIT_OK;
	}
	fat.bits = w.f.bits;
	fat.bytes = w.f.bytes;
	fat.inside = range_inside(offset, w.f.bytes, img->facts.size);
	fat.fits = w.f.bytes <= window;
	fat.label = arena_strndup(&img->arena, w.f.label, strlen(w.f.label));
	if (!fat.label)
		return isokit_fail_nomem(err, "FAT label", sizeof(w.f.label));
	ondisk_boot_code_recognise(raw, 510, &code);
	fat.boot_code = w.f.has_signature && w.f.has_code && code.code != ONDISK_CODE_MESSAGE;
	/* The root folder must be readable; of FAT32 its cluster exists. */
	ok = read_bytes(&w, w.f.bits == 32 ? cluster_offset(&w, w.f.root_cluster) :
					     w.f.root_offset,
			raw, sizeof(raw));
	if (!ok) {
		fat.problem = "its root folder lies outside the image";
		*ret_fat = fat;
		return w.status;
	}
	fat.ok = true;
	*ret_fat = fat;
	return find_loaders(&w, ret_fat);
}

/* ---- everything in it ------------------------------------------------------------ */

struct fat_folder {
	uint32_t cluster; /* 0: the fixed root folder */
	char *path;       /* owned; "" of the root */
};

struct fat_all {
	struct fat_walk w;
	bool (*visit)(void *ctx, const struct boot_fat_run *run);
	void *ctx;
	bool ended, failed;
	struct fat_folder *folders;
	size_t n_folders, capacity_folders, path_bytes;
	struct lba_set seen; /* first clusters of folders */
	struct text path;
};

static void tell(struct fat_all *a, uint64_t at, uint64_t bytes, const char *kind,
		 const char *path, uint64_t file_offset)
{
	struct boot_fat_run run = {
		.offset = a->w.offset + at, .bytes = bytes, .file_offset = file_offset,
		.kind = kind, .path = path, .same_path = file_offset != 0,
	};

	if (bytes && !a->ended && !a->visit(a->ctx, &run))
		a->ended = true;
}

/* The clusters of a chain, those that follow each other as one run. A folder has no
 * size: UINT64_MAX, and ends with its chain. */
static void tell_chain(struct fat_all *a, uint32_t cluster, uint64_t bytes, const char *kind,
		       const char *path)
{
	const uint32_t unit = a->w.f.cluster_bytes;
	uint64_t most = bytes == UINT64_MAX ? FAT_MAX_DIR_BYTES : bytes;
	uint64_t need = min_u64(div_up(most, unit), a->w.f.n_clusters), from = 0;
	uint32_t first = cluster;

	for (uint64_t i = 1; i <= need && cluster_exists(&a->w, cluster) && !a->ended; i++) {
		uint32_t next = 0;
		bool on = i < need && next_cluster(&a->w, cluster, &next);

		if (!on || next != cluster + 1) {
			tell(a, cluster_offset(&a->w, first), min_u64(i * unit, most) - from, kind,
			     path, from);
			from = i * unit;
			first = next;
		}
		if (!on)
			break;
		cluster = next;
	}
}

static void queue_folder(struct fat_all *a, uint32_t cluster, const char *path, size_t n)
{
	bool known = false;

	if (a->n_folders >= MAX_FOLDERS || n > MAX_PATH_BYTES ||
	    n > MAX_PATHS_BYTES - a->path_bytes)
		return;
	if (cluster && !model_lba_set_add(&a->seen, cluster, 0, &known)) {
		a->failed = true;
		return;
	}
	if (known)
		return;
	if (!ARRAY_RESERVE(a->folders, a->capacity_folders, a->n_folders + 1)) {
		a->failed = true;
		return;
	}
	a->folders[a->n_folders] = (struct fat_folder){ cluster, strndup(path, n) };
	if (!a->folders[a->n_folders].path) {
		a->failed = true;
		return;
	}
	a->n_folders++;
	a->path_bytes += n;
}

static void walk_folder(struct fat_all *a, const struct fat_folder *folder, unsigned *names)
{
	struct fat_dir d = { .cluster = folder->cluster };
	struct fat_name name;

	if (folder->cluster)
		tell_chain(a, folder->cluster, UINT64_MAX, "folder", folder->path[0] ? folder->path :
										       "/");
	else
		tell(a, a->w.f.root_offset, (uint64_t)a->w.f.root_entries * FAT_DIRENT_BYTES,
		     "folder", "/", 0);
	while (!a->ended && !a->failed && *names < MAX_NAMES && dir_next(&a->w, &d, &name)) {
		const char *shown = shown_name(&name);

		(*names)++;
		if (strcmp(shown, ".") == 0 || strcmp(shown, "..") == 0)
			continue;
		text_clear(&a->path);
		text_add_str(&a->path, folder->path);
		text_add_char(&a->path, '/');
		text_add_str(&a->path, shown);
		a->failed |= a->path.failed;
		if (a->failed)
			return;
		if (name.e.attributes & FAT_ATTR_DIRECTORY) {
			if (cluster_exists(&a->w, name.e.cluster))
				queue_folder(a, name.e.cluster, a->path.bytes, a->path.n);
		} else {
			tell_chain(a, name.e.cluster, name.e.bytes, "file", a->path.bytes);
		}
	}
}

enum isokit_status boot_fat_walk(struct isokit_image *img, uint64_t offset,
				 bool (*visit)(void *ctx, const struct boot_fat_run *run), void *ctx,
				 struct isokit_error *err)
{
	struct fat_all a = { .visit = visit, .ctx = ctx };
	const struct ondisk_fat *f = &a.w.f;
	const uint32_t links = img->fat_links;
	unsigned names = 0;
	uint8_t raw[512];

	start_walk(&a.w, img, offset, err);
	if (!read_bytes(&a.w, 0, raw, sizeof(raw)) ||
	    ondisk_fat_decode(raw, sizeof(raw), &a.w.f, NULL))
		return a.w.status;
	img->fat_links = 0; /* what opening has followed does not count */
	tell(&a, 0, f->table_offset, "boot sector", NULL, 0);
	for (unsigned i = 0; i < f->n_tables; i++)
		tell(&a, f->table_offset + i * (uint64_t)f->table_sectors * f->sector_bytes,
		     (uint64_t)f->table_sectors * f->sector_bytes, "allocation table", NULL, 0);
	queue_folder(&a, f->bits == 32 ? f->root_cluster : 0, "", 0);
	for (size_t i = 0; i < a.n_folders && !a.ended && !a.failed && !a.w.status; i++) {
		struct fat_folder folder = a.folders[i]; /* the array moves when it grows */

		walk_folder(&a, &folder, &names);
	}
	img->fat_links = links;
	for (size_t i = 0; i < a.n_folders; i++)
		free(a.folders[i].path);
	free(a.folders);
	model_lba_set_free(&a.seen);
	text_free(&a.path);
	if (a.failed)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*a.folders));
	return a.w.status;
}
