/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One walk over one directory tree: depth first, in the order of the medium,
 * with a stack of its own. Memory goes with the depth, not with the number of
 * files; only the set of directories seen grows with the tree. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/tree_records.h"

enum {
	MAX_DEPTH = 2048, /* a path of one-letter names that Linux still opens */
	/* Every entry below repeats the path of its folder: four times what Linux
	 * takes, so that a listing stays in proportion to the image. */
	MAX_PATH_BYTES = 16 * 1024,
	USUAL_RECORD = 110, /* bytes; only a guess ahead */
	NAME_SLOTS = 2 * 1024 * 1024, /* 16 MiB: a million names in open directories */
};

/* ---- preparing ------------------------------------------------------------- */

enum isokit_status model_tree_init(struct tree *t, struct isokit_image *img,
				   const struct tree_options *options, struct isokit_error *err)
{
	const struct isokit_namespace *ns = &img->facts.namespaces[options->ns];

	*t = (struct tree){ .img = img, .options = *options, .err = err };
	if (!ns->present)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, img->facts.path,
				   "has no %s names", isokit_namespace_name(options->ns));
	if (!ns->volume)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, img->facts.path,
				   "%s folders cannot be listed yet",
				   isokit_namespace_name(options->ns));
	t->volume = ns->volume;
	t->block_bytes = model_block_bytes(ns->volume);
	t->high_sierra = img->facts.format == ISOKIT_FORMAT_HIGH_SIERRA;
	t->use_rock = options->ns == ISOKIT_NS_ROCKRIDGE;
	t->logical = t->use_rock && !options->physical;
	/* Lawful directories do not overlap, so all of them together are not
	 * larger than the image; the same goes for continuation areas. */
	t->directory_budget = img->facts.size + 1024 * 1024;
	t->ce_budget = img->facts.size + 1024 * 1024;
	t->name_budget = NAME_SLOTS;
	return ISOKIT_OK;
}

void model_tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->capacity_levels; i++) {
		free(t->levels[i].buffer);
		model_name_set_free(&t->levels[i].names, &t->name_budget);
	}
	free(t->levels);
	free(t->extents);
	free(t->ce.bytes);
	if (t->options.attributes || t->options.report)
		model_attributes_free(&t->attributes);
	model_lba_set_free(&t->visited);
	text_free(&t->path);
	text_free(&t->target);
}

bool model_tree_is_complete(const struct tree *t)
{
	static const enum isokit_finding_code spoilers[] = {
		ISOKIT_F_TREE_LOOP, ISOKIT_F_TREE_SHARED, ISOKIT_F_TREE_OVERLAP,
		ISOKIT_F_TREE_DEPTH, ISOKIT_F_DIR_OUTSIDE, ISOKIT_F_DIR_SIZE,
		ISOKIT_F_DIR_RECORD_ZERO, ISOKIT_F_DIR_RECORD_OVER, ISOKIT_F_DIR_RECORD_BAD,
		ISOKIT_F_DIR_EMPTY_SECTORS,
	};

	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++)
		if (t->reported[spoilers[i]])
			return false;
	return true;
}

/* ---- entering and leaving ----------------------------------------------------- */

static bool is_ancestor(const struct tree *t, uint32_t lba)
{
	for (size_t i = 0; i < t->n_levels; i++)
		if (t->levels[i].lba == lba)
			return true;
	return false;
}

/* Go into the directory of t->file, if it may be entered. */
static enum isokit_status enter(struct tree *t)
{
	struct tree_file *f = &t->file;
	uint32_t lba = t->rock.has_child && t->logical ? t->rock.child_lba : f->rec.lba.le;
	uint64_t start = ((uint64_t)lba + f->rec.xattr_blocks) * t->block_bytes;
	uint64_t bytes = f->rec.bytes.le, size = t->img->facts.size;
	uint64_t at = f->record_offset;
	size_t path_bytes;
	struct level *l;
	bool known = false;

	if (start == 0 || start >= size) {
		model_tree_find(t, ISOKIT_F_DIR_OUTSIDE, at + 2, 8, start, size);
		return ISOKIT_OK;
	}
	if (t->n_levels >= MAX_DEPTH) {
		model_tree_find(t, ISOKIT_F_TREE_DEPTH, at, 0, MAX_DEPTH, 0);
		return ISOKIT_OK;
	}
	if (is_ancestor(t, lba)) {
		model_tree_find(t, ISOKIT_F_TREE_LOOP, at, 0, lba, 0);
		return ISOKIT_OK;
	}
	if (!model_lba_set_add(&t->visited, lba, f->parent_lba, &known))
		return isokit_fail_nomem(t->err, t->img->facts.path, t->visited.capacity * 16);
	if (known) {
		model_tree_find(t, ISOKIT_F_TREE_SHARED, at, 0, lba, 0);
		return ISOKIT_OK;
	}
	if (bytes > size - start)
		model_tree_find(t, ISOKIT_F_DIR_SIZE, at + 10, 8, bytes, size - start);
	if (min_u64(bytes, size - start) > t->directory_budget) {
		model_tree_find(t, ISOKIT_F_TREE_OVERLAP, at, 0, lba, 0);
		return ISOKIT_OK;
	}
	(void)model_tree_path(t, &path_bytes);
	if (t->n_levels)
		text_add_char(&t->path, '/');
	if (t->path.failed)
		return isokit_fail_nomem(t->err, t->img->facts.path, path_bytes);
	path_bytes = t->path.n;
	if (path_bytes > MAX_PATH_BYTES) {
		model_tree_find(t, ISOKIT_F_TREE_DEPTH, at, 0, t->n_levels, path_bytes);
		return ISOKIT_OK;
	}
	if (t->n_levels >= t->capacity_levels) {
		size_t before = t->capacity_levels;

		if (!ARRAY_RESERVE(t->levels, t->capacity_levels, t->n_levels + 1))
			return isokit_fail_nomem(t->err, t->img->facts.path, sizeof(*l));
		memset(t->levels + before, 0, (t->capacity_levels - before) * sizeof(*l));
	}
	l = &t->levels[t->n_levels++];
	l->at = start;
	l->end = start + min_u64(bytes, size - start);
	l->clipped = bytes > size - start;
	l->buffer_bytes = 0;
	l->path_bytes = path_bytes;
	l->lba = lba;
	l->parent_lba = f->parent_lba;
	l->first_seen = false;
	l->empty = 0;
	if (t->options.report)
		model_name_set_clear(&l->names, (size_t)(l->end - l->at) / USUAL_RECORD,
				     &t->name_budget);
	t->directory_budget -= l->end - start;
	return ISOKIT_OK;
}

/* The root as a file: record in the descriptor, attributes in its ".". */
static enum isokit_status set_root(struct tree *t)
{
	struct tree_file *f = &t->file;
	uint8_t sector[SECTOR_BYTES], descriptor[SECTOR_BYTES];
	const struct isokit_volume *v = t->volume;
	uint64_t at = (uint64_t)v->root_lba * t->block_bytes;
	struct ondisk_volume d;
	struct ondisk_dirent dot;
	enum isokit_status st;

	*f = (struct tree_file){ .rock = &t->rock, .name = "", .parent_lba = v->root_lba };
	t->named = true;
	st = model_read(t->img, v->lba * SECTOR_BYTES, descriptor, sizeof(descriptor), t->err);
	if (st)
		return st;
	st = ondisk_volume_decode(descriptor, sizeof(descriptor), &d, t->err);
	if (st)
		return st;
	memcpy(t->first_record, d.root.p, d.root.n);
	t->first_record[0] = ONDISK_DR_MIN_BYTES;
	t->first_record[32] = 1;
	(void)ondisk_dirent_decode(t->first_record, d.root.n, t->high_sierra, &f->rec, NULL);
	f->record_offset = v->lba * SECTOR_BYTES + (uint64_t)(d.root.p - descriptor);
	f->type = ISOKIT_DIR;
	f->rec.flags |= ONDISK_DR_DIRECTORY;
	f->dir_lba = v->root_lba;
	text_clear(&t->path);
	text_add_char(&t->path, '/');
	if (!t->use_rock || !range_inside(at, sizeof(sector), t->img->facts.size))
		return ISOKIT_OK;
	st = model_read(t->img, at, sector, sizeof(sector), t->err);
	if (st || ondisk_dirent_decode(sector, sizeof(sector), t->high_sierra, &dot, NULL) ||
	    !ondisk_dirent_is_dot(&dot))
		return st;
	if (dot.system_use_bytes > t->img->susp_skip)
		st = model_rock_parse(t, dot.system_use + t->img->susp_skip,
				      (size_t)dot.system_use_bytes - t->img->susp_skip,
				      at + (uint64_t)(dot.system_use - sector) + t->img->susp_skip);
	t->rock.has_child = t->rock.relocated = t->rock.has_name = false;
	if (!st && (t->options.attributes || t->options.report))
		st = model_attributes_read(t, f);
	return st;
}

/* ---- one folder ----------------------------------------------------------------- */

enum isokit_status model_tree_root(struct tree *t, struct tree_place *ret_place)
{
	enum isokit_status st = set_root(t);

	if (!st)
		*ret_place = model_tree_place(t);
	return st;
}

struct tree_place model_tree_place(const struct tree *t)
{
	return (struct tree_place){
		.lba = t->rock.has_child && t->logical ? t->rock.child_lba : t->file.rec.lba.le,
		.parent_lba = t->file.parent_lba,
		.bytes = t->file.rec.bytes.le,
		.xattr_blocks = t->file.rec.xattr_blocks,
	};
}

enum isokit_status model_tree_folder(struct tree *t, const struct tree_place *place,
				     const char *path, uint64_t most_bytes, bool *ret_cut)
{
	enum isokit_status st;
	int what;

	*ret_cut = false;
	t->n_levels = 0;
	t->rock.has_child = false;
	t->file = (struct tree_file){
		.rec = { .lba = { .le = place->lba }, .bytes = { .le = place->bytes },
			 .xattr_blocks = place->xattr_blocks, .flags = ONDISK_DR_DIRECTORY },
		.rock = &t->rock, .name = "", .parent_lba = place->parent_lba,
	};
	text_clear(&t->path);
	text_add_str(&t->path, path);
	if (path[1]) /* the root ends in '/' already */
		text_add_char(&t->path, '/');
	st = enter(t);
	if (st || t->n_levels == 0)
		return st;
	if (model_tree_top(t)->end - model_tree_top(t)->at > most_bytes) {
		model_tree_top(t)->end = model_tree_top(t)->at + most_bytes;
		*ret_cut = true;
	}
	for (;;) {
		st = model_tree_next_file(t, &what);
		if (st || what == NO_MORE)
			return st;
		if (t->options.visit(t, &t->file, t->options.ctx))
			return isokit_fail(t->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
					   t->img->facts.path, "stopped by the caller");
	}
}

/* ---- the whole tree --------------------------------------------------------------- */

/* Descend from the root to the folder or file at `path`. On success t->file is
 * it; a folder's parents are on the stack below *ret_base. */
static enum isokit_status seek(struct tree *t, const char *path)
{
	enum isokit_status st = set_root(t);

	while (!st) {
		size_t n;
		int what;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0)
			return ISOKIT_OK;
		if (t->file.type != ISOKIT_DIR)
			break;
		st = enter(t);
		if (st)
			return st;
		do {
			if (t->n_levels == 0)
				return ISOKIT_E_NOT_FOUND;
			st = model_tree_next_file(t, &what);
			if (st)
				return st;
		} while (what == RECORD &&
			 (t->file.name_bytes != n || memcmp(t->file.name, path, n) != 0));
		if (what == NO_MORE)
			break;
		path += n;
	}
	return st ? st : ISOKIT_E_NOT_FOUND;
}

enum isokit_status model_tree_walk(struct tree *t, const char *path)
{
	enum isokit_status st = seek(t, path);
	size_t base;

	if (st == ISOKIT_E_NOT_FOUND)
		return isokit_fail(t->err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is not in the image");
	if (st)
		return st;
	base = t->n_levels;
	for (;;) {
		int what;

		if (t->options.visit(t, &t->file, t->options.ctx))
			return isokit_fail(t->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
					   t->img->facts.path, "stopped by the caller");
		if (t->file.type == ISOKIT_DIR) {
			st = enter(t);
			if (st)
				return st;
		}
		for (;;) {
			if (t->n_levels == base)
				return ISOKIT_OK;
			st = model_tree_next_file(t, &what);
			if (st)
				return st;
			if (what == RECORD)
				break;
			t->n_levels--;
		}
	}
}
