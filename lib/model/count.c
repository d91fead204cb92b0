/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walks that count, and judge on the way what only a walk can see. */
#include "base/fail.h"
#include "model/tree.h"

struct counts {
	uint64_t files, directories, symlinks; /* by what the records are */
	uint64_t plain_files;                  /* without Rock Ridge: links are files */
	bool above_level1;
};

static int count_one(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct counts *c = ctx;

	(void)t;
	if (f->type == ISOKIT_DIR)
		c->directories++;
	else if (f->type == ISOKIT_SYMLINK)
		c->symlinks++;
	else
		c->files++;
	if (!c->above_level1 && f->depth)
		c->above_level1 = !model_name_is_level1(f->rec.name, f->rec.name_bytes,
						   f->rec.flags & ONDISK_DR_DIRECTORY);
	return 0;
}

static void keep(struct isokit_namespace *ns, const struct counts *c, bool has_links)
{
	ns->counted = true;
	ns->directories = c->directories;
	ns->files = has_links ? c->files : c->files + c->symlinks;
	ns->symlinks = has_links ? c->symlinks : 0;
}

static enum isokit_status count_walk(struct isokit_image *img, struct tree *t,
				     enum isokit_namespace_kind kind, bool physical, bool report,
				     struct counts *ret_counts, struct isokit_error *err)
{
	struct tree_options o = { .ns = kind, .physical = physical, .report = report,
				  .skip_targets = true, .visit = count_one, .ctx = ret_counts };
	enum isokit_status st;

	*ret_counts = (struct counts){ 0 };
	st = model_tree_init(t, img, &o, err);
	return st ? st : model_tree_walk(t, "/");
}

/* The plain tree and Rock Ridge are the same records: one walk counts both,
 * unless directories were relocated. */
static enum isokit_status count_primary(struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_namespace *iso = &img->facts.namespaces[ISOKIT_NS_ISO9660];
	struct isokit_namespace *rock = &img->facts.namespaces[ISOKIT_NS_ROCKRIDGE];
	bool again = false;
	struct counts c;
	struct tree t;
	enum isokit_status st;

	st = count_walk(img, &t, rock->present ? ISOKIT_NS_ROCKRIDGE : ISOKIT_NS_ISO9660, true,
			true, &c, err);
	if (!st) {
		keep(iso, &c, false);
		iso->level = t.saw_multi_extent ? 3 : c.above_level1 ? 2 : 1;
		img->facts.zisofs = t.saw_zisofs;
		again = t.saw_relocation;
		if (rock->present)
			keep(rock, &c, true);
	}
	model_tree_free(&t);
	if (st || !rock->present || !again)
		return st;
	st = count_walk(img, &t, ISOKIT_NS_ROCKRIDGE, false, true, &c, err);
	if (!st)
		keep(rock, &c, true);
	model_tree_free(&t);
	return st;
}

static enum isokit_status count_other(struct isokit_image *img, enum isokit_namespace_kind kind,
				      struct isokit_error *err)
{
	struct isokit_namespace *ns = &img->facts.namespaces[kind];
	struct counts c;
	struct tree t;
	enum isokit_status st;

	if (!ns->present || !ns->volume)
		return ISOKIT_OK;
	st = count_walk(img, &t, kind, true, true, &c, err);
	if (!st)
		keep(ns, &c, false);
	model_tree_free(&t);
	return st;
}

enum isokit_status isokit_image_count(struct isokit_image *img, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (img->counted)
		return ISOKIT_OK;
	if (img->facts.primary)
		st = count_primary(img, err);
	if (!st)
		st = count_other(img, ISOKIT_NS_JOLIET, err);
	if (!st)
		st = count_other(img, ISOKIT_NS_ENHANCED, err);
	model_findings_publish(img);
	if (st)
		return st;
	img->counted = true;
	return ISOKIT_OK;
}
