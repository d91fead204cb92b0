/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of an image on a FAT32 file system: what Windows' media and other images need that
 * are made for discs only. */
#include "stick/stick.h"

#include <isokit/image.h>
#include <isokit/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "stick/empty.h"
#include "stick/esd.h"
#include "stick/fat.h"
#include "stick/files.h"
#include "stick/search.h"
#include "stick/wim.h"

static const char subject[] = "stick";

/* Parts of install.wim: what FAT32 holds, less what installers and other tools round up. */
#define PART_BYTES (UINT64_C(3800) * STICK_MIB)

/* ---- from the image ------------------------------------------------------------------------- */

static void count_lost(void *ctx, const char *path, const char *why)
{
	struct files *f = ctx;

	(void)why;
	if (f->n_lost++ == 0)
		snprintf(f->lost, sizeof(f->lost), "%s", path);
}

/* Windows' media show their files in UDF alone; of other images the name space that holds most. */
static enum isokit_namespace_kind namespace_of(const struct files *f)
{
	if (f->facts->windows.present && f->facts->namespaces[ISOKIT_NS_UDF].present)
		return ISOKIT_NS_UDF;
	return isokit_image_best_namespace(f->img);
}

static enum isokit_status read_tree(struct files *f)
{
	const struct tree_scan_options scan = {
		.cancelled = f->o->cancelled, .cancelled_ctx = f->o->ctx, .cut_names = true,
	};
	enum isokit_namespace_kind ns;
	struct tree *all;
	enum isokit_status st = isokit_image_open(f->image, 0, &f->img, f->err);

	if (st == ISOKIT_OK)
		st = composer_own_image(f->c, f->img, f->err);
	if (st == ISOKIT_OK)
		st = tree_new(&all, f->err);
	if (st == ISOKIT_OK)
		st = composer_own_tree(f->c, all, f->err);
	if (st)
		return st;
	f->facts = isokit_image_facts(f->img);
	ns = namespace_of(f);
	f->volume_id = f->facts->namespaces[ns].volume_id;
	if ((!f->volume_id || !f->volume_id[0]) && f->facts->primary)
		f->volume_id = f->facts->primary->id;
	st = tree_add_image(all, f->img, f->image, ns, &scan, composer_keep_source, f->c, count_lost, f,
			    f->err);
	if (st == ISOKIT_OK && f->n_lost)
		st = composer_note(f->c, f->err,
				   "%zu files cannot be read from the image and are left out (the "
				   "first is %s)", f->n_lost, f->lost);
	if (st == ISOKIT_OK)
		st = fat_tree_make(f->c, all, &f->t, f->err);
	return st;
}

/* ---- files that are too large ---------------------------------------------------------------- */

static int find_large(void *ctx, struct tree_node *node)
{
	struct tree_node **ret = ctx;

	if (!tree_is_file(node) || node->size <= UINT32_MAX)
		return 0;
	*ret = node;
	return 1;
}

void stick_kept_free(struct stick_kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->items[i].path);
		isokit_source_close(k->items[i].src);
	}
	k->n = 0;
}

/* What is compressed as a whole cannot be split as it is. */
static enum isokit_status expand(struct files *f, const char *path, struct isokit_source **io_wim)
{
	struct stick_kept *k = f->o->kept;
	struct isokit_source *made;
	enum isokit_status st;

	for (size_t i = 0; k && i < k->n; i++)
		if (strcmp(k->items[i].path, path) == 0) {
			*io_wim = k->items[i].src;
			return ISOKIT_OK;
		}
	st = esd_expand(*io_wim, path, f->o, &made, f->err);
	if (st)
		return st;
	*io_wim = made;
	if (!k || k->n == STICK_KEPT || !(k->items[k->n].path = strdup(path)))
		return composer_own_source(f->c, made, f->err);
	k->items[k->n++].src = made;
	return ISOKIT_OK;
}

/* Beside `path`, whose ending it gets another one for. */
static enum isokit_status add_part(struct files *f, const char *path, const char *ending,
				   struct isokit_source *src, int64_t mtime)
{
	struct text name = { 0 };
	struct tree_node *made;
	enum isokit_status st;

	text_add(&name, path, strlen(path) - 4);
	text_add_str(&name, ending);
	st = name.failed ? isokit_fail_nomem(f->err, subject, strlen(path)) :
	     tree_lookup_nocase(f->t, text_string(&name)) ?
			   isokit_fail(f->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
				       text_string(&name), "is there already, where %s, which is "
				       "larger than FAT32 can hold, would go in parts", path) :
			   tree_add_range(f->t, text_string(&name), src, 0,
					  isokit_source_size(src), &made, f->err);
	if (st == ISOKIT_OK)
		made->mtime = mtime;
	text_free(&name);
	return st;
}

/* "/sources/install.wim" into install.swm, install2.swm … beside it. */
static enum isokit_status split(struct files *f, struct tree_node *node, const char *path)
{
	struct isokit_source *wim;
	struct wim_parts parts;
	int64_t mtime = node->mtime;
	enum isokit_status st = tree_node_open(node, &wim, f->err);
	bool solid = false;

	if (st == ISOKIT_OK)
		st = composer_own_source(f->c, wim, f->err);
	if (st == ISOKIT_OK)
		st = esd_is_one(wim, path, &solid, f->err);
	if (st == ISOKIT_OK && solid)
		st = expand(f, path, &wim);
	if (st == ISOKIT_OK && isokit_source_size(wim) <= UINT32_MAX) {
		tree_remove(f->t, path);
		st = add_part(f, path, ".wim", wim, mtime);
		return st ? st : composer_note(f->c, f->err,
					       "%s is larger than FAT32 can hold: it is compressed in "
					       "another way, as install.wim", path);
	}
	if (st == ISOKIT_OK)
		st = wim_split(f->c, wim, path, PART_BYTES, &parts, f->err);
	if (st)
		return st;
	tree_remove(f->t, path);
	for (size_t i = 0; i < parts.n && st == ISOKIT_OK; i++) {
		char ending[16];

		snprintf(ending, sizeof(ending), i ? "%zu.swm" : ".swm", i + 1);
		st = add_part(f, path, ending, parts.parts[i], mtime);
	}
	if (st == ISOKIT_OK)
		st = composer_note(f->c, f->err,
				   "%s is larger than FAT32 can hold: it is %ssplit into %zu files, "
				   "install.swm and so on, which Windows' installer takes as one",
				   path, solid ? "compressed in another way and " : "", parts.n);
	return st;
}

static enum isokit_status fit_large(struct files *f)
{
	struct tree_node *node;
	enum isokit_status st = ISOKIT_OK;

	while (st == ISOKIT_OK && (node = NULL, tree_walk(f->t->root, find_large, &node))) {
		struct text path = { 0 };

		tree_node_path(node, &path);
		if (path.failed)
			st = isokit_fail_nomem(f->err, subject, 256);
		else if (strcasecmp(node->name, "install.wim") == 0 ||
			 strcasecmp(node->name, "install.esd") == 0)
			st = split(f, node, text_string(&path));
		else
			st = isokit_fail(f->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
					 text_string(&path),
					 "has %llu bytes: FAT32, which firmware starts from, holds "
					 "files of less than 4 GiB, and only install.wim and "
					 "install.esd can be split",
					 (unsigned long long)node->size);
		text_free(&path);
	}
	return st;
}

/* ---- what it is called ------------------------------------------------------------------------ */

/* As blkid and GRUB take it from the primary descriptor: when it was changed, else made. */
static bool iso_uuid(const struct isokit_facts *facts, char out[24])
{
	const struct isokit_time *t;
	int n;

	if (!facts->primary)
		return false;
	t = facts->primary->modified.set ? &facts->primary->modified : &facts->primary->created;
	if (!t->set)
		return false;
	n = snprintf(out, 24, "%04u-%02u-%02u-%02u-%02u-%02u-%02u", (unsigned)t->year % 10000, t->month % 100u,
		     t->day % 100u, t->hour % 100u, t->minute % 100u, t->second % 100u,
		     t->hundredths % 100u);
	return n == 22;
}

static enum isokit_status name_it(struct files *f)
{
	const char *text = f->o->label ? f->o->label : f->volume_id;
	char new_label[FAT_LABEL_BYTES + 1], old_uuid[24], new_uuid[16];
	struct search_names names = { .label = f->volume_id };
	uint8_t id[16];
	size_t n, changed;
	bool same;
	enum isokit_status st;

	composer_id(f->c, "FAT", id);
	f->serial = get_le32(id);
	snprintf(new_uuid, sizeof(new_uuid), "%04X-%04X", f->serial >> 16, f->serial & 0xffff);
	if (iso_uuid(f->facts, old_uuid)) {
		names.uuid = old_uuid;
		names.new_uuid = new_uuid;
	}
	f->has_label = text && text[0] && fat_label_make(text, f->label, &same);
	if (f->o->label && f->o->label[0] && (!f->has_label || !same))
		return isokit_fail(f->err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, f->o->label,
				   "cannot be the label of a FAT file system: at most 11 letters, "
				   "digits and few marks");
	memcpy(new_label, f->label, FAT_LABEL_BYTES);
	for (n = FAT_LABEL_BYTES; n && new_label[n - 1] == ' '; n--)
		;
	new_label[n] = '\0';
	if (f->has_label && f->volume_id && strcmp(f->volume_id, new_label) != 0)
		names.new_label = new_label;
	st = search_adapt(f->c, f->t, &names, &changed, f->err);
	if (st == ISOKIT_OK && names.new_label && f->volume_id[0])
		st = composer_note(f->c, f->err,
				   "the label is %s, as FAT can hold it, and not %s", new_label,
				   f->volume_id);
	if (st == ISOKIT_OK && changed)
		st = composer_note(f->c, f->err,
				   "%zu boot configuration %s changed: %s search%s for the file "
				   "system under its new name", changed,
				   changed == 1 ? "file is" : "files are",
				   changed == 1 ? "it" : "they", changed == 1 ? "es" : "");
	return st;
}

/* ---- all ---------------------------------------------------------------------------------------- */

static enum isokit_status compose(struct files *f, struct stick_layout *l)
{
	struct empty_partition p;
	struct fat_options fo;
	struct fat_made made;
	uint8_t *mbr;
	enum isokit_status st = empty_place(f->c, f->o, &p, f->err);

	if (st == ISOKIT_OK)
		st = read_tree(f);
	if (st == ISOKIT_OK)
		st = files_set_up_uefi(f);
	if (st == ISOKIT_OK)
		st = fit_large(f);
	if (st == ISOKIT_OK)
		st = name_it(f);
	if (st == ISOKIT_OK)
		st = files_set_up_bios(f, p.at, !p.gpt);
	if (st)
		return st;
	fo = (struct fat_options){
		.at = p.at, .bytes = p.bytes, .sector = f->o->sector, .align = p.unit,
		.label = f->has_label ? f->label : NULL, .serial = f->serial,
		.epoch = f->o->epoch, .tree = f->t,
		.stub = "Nothing on this drive starts from a BIOS. Set the firmware to UEFI.\r\n",
	};
	st = fat_compose(f->c, &fo, &made, f->err);
	if (st == ISOKIT_OK)
		st = empty_tables(f->c, f->o, &p, f->bios, TABLE_TYPE_FAT32, GPT_TYPE_BASIC_DATA,
				  &mbr, f->err);
	if (st == ISOKIT_OK)
		st = files_finish_bios(f, &made, p.at, mbr);
	l->file_bytes = made.file_bytes;
	l->bios = f->bios;
	l->uefi = f->uefi;
	l->fs = "FAT32";
	l->table = p.gpt ? "GPT" : "MBR";
	return st;
}

enum isokit_status stick_check_files(const struct stick_options *o, struct isokit_error *err)
{
	struct empty_partition p = { 0 };
	enum isokit_status st = empty_place(NULL, o, &p, err);
	struct fat_options fo = {
		.at = p.at, .bytes = p.bytes, .sector = o->sector, .align = p.unit,
	};

	return st ? st : fat_check(&fo, err);
}

enum isokit_status stick_compose_files(struct isokit_source *image, const struct stick_options *o,
				       struct stick_layout *ret, struct isokit_error *err)
{
	struct files f = { .image = image, .o = o };
	struct stick_layout l = { 0 };
	struct isokit_error local;
	enum isokit_status st;

	f.err = err ? err : &local;
	st = composer_new(o, &f.c, f.err);
	if (st)
		return st;
	st = compose(&f, &l);
	if (st == ISOKIT_OK)
		st = composer_finish(f.c, &l, f.err);
	if (st)
		composer_free(f.c);
	else
		*ret = l;
	return st;
}
