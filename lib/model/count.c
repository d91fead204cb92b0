/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walks that count, and judge on the way what only a walk can see. */
#include "base/fail.h"
#include "model/overlap.h"
#include "model/tree.h"
#include "model/udf.h"

struct counts {
	uint64_t files, directories, symlinks; /* by what the records are */
	bool above_level1;
	struct overlap *overlap; /* extents are collected here, or NULL */
	bool failed;
};

/* Who owns which bytes: directories of all trees, files of the primary one. The
 * files of other trees are nearly always the same extents. */
static bool claim(struct tree *t, const struct tree_file *f, struct overlap *o)
{
	uint64_t at = (uint64_t)f->rec.lba.le * t->block_bytes;
	uint64_t xattr = (uint64_t)f->rec.xattr_blocks * t->block_bytes;
	uint64_t size = t->img->facts.size;

	if (f->type == ISOKIT_DIR)
		return at + xattr + f->rec.bytes.le > size ||
		       model_overlap_add(o, at, at + xattr + f->rec.bytes.le, f->record_offset);
	if (t->options.ns != ISOKIT_NS_ISO9660 && t->options.ns != ISOKIT_NS_ROCKRIDGE)
		return true;
	for (size_t i = 0; i < f->n_extents; i++) {
		uint64_t from = f->extents[i].lba * t->block_bytes;
		uint64_t end = from + f->extents[i].bytes;

		/* Data past the end has its own finding. */
		if (f->extents[i].bytes && end <= size &&
		    !model_overlap_add(o, i == 0 ? from - xattr : from, end, f->record_offset))
			return false;
	}
	return true;
}

static int count_one(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct counts *c = ctx;

	if (f->type == ISOKIT_DIR)
		c->directories++;
	else if (f->type == ISOKIT_SYMLINK)
		c->symlinks++;
	else
		c->files++;
	if (!c->above_level1 && f->depth)
		c->above_level1 = !model_name_is_level1(f->rec.name, f->rec.name_bytes,
							f->rec.flags & ONDISK_DR_DIRECTORY);
	if (c->overlap && !claim(t, f, c->overlap))
		c->failed = true;
	return c->failed;
}

static void keep(struct isokit_namespace *ns, const struct counts *c, bool has_links)
{
	ns->counted = true;
	ns->directories = c->directories;
	ns->files = has_links ? c->files : c->files + c->symlinks;
	ns->symlinks = has_links ? c->symlinks : 0;
}

static enum isokit_status count_walk(struct isokit_image *img, struct tree *t,
				     struct tree_options options, struct overlap *overlap,
				     struct counts *ret_counts, struct isokit_error *err)
{
	enum isokit_status st;

	*ret_counts = (struct counts){ .overlap = overlap };
	options.report = true;
	options.skip_targets = true;
	options.visit = count_one;
	options.ctx = ret_counts;
	st = model_tree_init(t, img, &options, err);
	if (!st)
		st = model_tree_walk(t, "/");
	return ret_counts->failed ? isokit_fail_nomem(err, img->facts.path, 0) : st;
}

/* The plain tree and Rock Ridge are the same records: one walk counts both,
 * unless directories were relocated. */
static enum isokit_status count_primary(struct isokit_image *img, struct overlap *overlap,
					struct isokit_error *err)
{
	struct isokit_namespace *iso = &img->facts.namespaces[ISOKIT_NS_ISO9660];
	struct isokit_namespace *rock = &img->facts.namespaces[ISOKIT_NS_ROCKRIDGE];
	struct tree_options options = {
		.ns = rock->present ? ISOKIT_NS_ROCKRIDGE : ISOKIT_NS_ISO9660, .physical = true };
	bool again = false;
	struct counts c;
	struct tree t;
	enum isokit_status st;

	st = count_walk(img, &t, options, overlap, &c, err);
	if (!st) {
		keep(iso, &c, false);
		iso->level = t.saw_multi_extent ? 3 : c.above_level1 ? 2 : 1;
		img->facts.zisofs = t.saw_zisofs;
		img->facts.apple = t.saw_apple;
		img->facts.aaip |= t.attributes.saw_aaip;
		again = t.saw_relocation;
		if (rock->present)
			keep(rock, &c, true);
		st = model_path_tables(img, iso->volume, &t.visited, model_tree_is_complete(&t), err);
	}
	model_tree_free(&t);
	if (st || !rock->present || !again)
		return st;
	options.physical = false;
	options.report_links = true;
	st = count_walk(img, &t, options, NULL, &c, err);
	if (!st)
		keep(rock, &c, true);
	model_tree_free(&t);
	return st;
}

static enum isokit_status count_other(struct isokit_image *img, enum isokit_namespace_kind kind,
				      struct overlap *overlap, struct isokit_error *err)
{
	struct isokit_namespace *ns = &img->facts.namespaces[kind];
	const struct isokit_namespace *iso = &img->facts.namespaces[ISOKIT_NS_ISO9660];
	struct counts c;
	struct tree t;
	enum isokit_status st;

	if (!ns->present || !ns->volume)
		return ISOKIT_OK;
	/* The enhanced descriptor often names the primary tree. */
	if (kind == ISOKIT_NS_ENHANCED && iso->counted && ns->volume->root_lba == iso->volume->root_lba)
		overlap = NULL;
	st = count_walk(img, &t, (struct tree_options){ .ns = kind, .physical = true }, overlap, &c,
			err);
	if (!st) {
		keep(ns, &c, false);
		st = model_path_tables(img, ns->volume, &t.visited, model_tree_is_complete(&t), err);
	}
	model_tree_free(&t);
	return st;
}

static bool claim_descriptors(struct isokit_image *img, struct overlap *o)
{
	for (size_t i = 0; i < img->facts.n_descriptors; i++) {
		uint64_t at = img->facts.descriptors[i].lba * SECTOR_BYTES;

		if (!model_overlap_add(o, at, at + SECTOR_BYTES, ISOKIT_NO_OFFSET))
			return false;
	}
	return true;
}

enum isokit_status isokit_image_count(struct isokit_image *img, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct overlap overlap = { 0 };

	if (img->counted)
		return ISOKIT_OK;
	if (!claim_descriptors(img, &overlap))
		st = isokit_fail_nomem(err, img->facts.path, 0);
	if (!st && img->facts.primary)
		st = count_primary(img, &overlap, err);
	if (!st)
		st = count_other(img, ISOKIT_NS_JOLIET, &overlap, err);
	if (!st)
		st = count_other(img, ISOKIT_NS_ENHANCED, &overlap, err);
	if (!st)
		st = model_udf_count(img, err);
	if (!st)
		st = model_overlap_report(&overlap, img, err);
	model_overlap_free(&overlap);
	model_findings_publish(img);
	if (st)
		return st;
	img->counted = true;
	return ISOKIT_OK;
}
