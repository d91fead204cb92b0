/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of a UDF volume: depth first, in the order of the medium, with a stack of its
 * own. Memory goes with the depth, not with the number of files. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/udf_walk.h"

enum {
	MAX_DEPTH = 2048,
	MAX_PATH_BYTES = 16 * 1024,
	MAX_OPEN_EXTENTS = 256 * 1024, /* of all open folders: 6 MiB */
	NAME_SLOTS = 2 * 1024 * 1024,
	USUAL_IDENTIFIER = 60, /* bytes; only a guess ahead */
};

/* ---- entering and leaving ------------------------------------------------------------------ */

void udf_leave(struct udf_walk *w)
{
	struct udf_folder *l = udf_top(w);

	w->open_extents -= l->n_extents;
	free(l->extents);
	l->extents = NULL;
	w->n_levels--;
}

static bool is_ancestor(const struct udf_walk *w, uint64_t at)
{
	for (size_t i = 0; i < w->n_levels; i++)
		if (w->levels[i].at == at)
			return true;
	return false;
}

enum isokit_status udf_enter(struct udf_walk *w)
{
	struct udf_node *n = &w->node;
	uint64_t id = n->at / w->r.v->block_bytes;
	struct isokit_extent *extents;
	struct udf_folder *l;
	bool known = false;
	size_t path_bytes;

	if (id >= UINT32_MAX || w->n_levels >= MAX_DEPTH) {
		udf_find(w, ISOKIT_F_TREE_DEPTH, n->at, 0, MAX_DEPTH, 0);
		return ISOKIT_OK;
	}
	if (!model_lba_set_add(&w->visited, (uint32_t)id, 0, &known))
		return isokit_fail_nomem(w->err, w->img->facts.path, w->visited.capacity * 16);
	if (known) {
		udf_find(w, is_ancestor(w, n->at) ? ISOKIT_F_TREE_LOOP : ISOKIT_F_TREE_SHARED,
			 n->at, 0, id, 0);
		return ISOKIT_OK;
	}
	if (min_u64(n->e.bytes, n->stored_bytes) > w->folder_budget ||
	    n->n_extents > MAX_OPEN_EXTENTS - w->open_extents) {
		w->incomplete = true;
		udf_find(w, ISOKIT_F_TREE_OVERLAP, n->at, 0, 0, 0);
		return ISOKIT_OK;
	}
	(void)udf_path(w, &path_bytes);
	if (w->n_levels)
		text_add_char(&w->path, '/');
	if (w->path.failed)
		return isokit_fail_nomem(w->err, w->img->facts.path, path_bytes);
	if (w->path.n > MAX_PATH_BYTES) {
		udf_find(w, ISOKIT_F_TREE_DEPTH, n->at, 0, w->n_levels, w->path.n);
		return ISOKIT_OK;
	}
	if (w->n_levels >= w->capacity_levels) {
		size_t before = w->capacity_levels;

		if (!ARRAY_RESERVE(w->levels, w->capacity_levels, w->n_levels + 1))
			return isokit_fail_nomem(w->err, w->img->facts.path, sizeof(*l));
		memset(w->levels + before, 0, (w->capacity_levels - before) * sizeof(*l));
	}
	extents = malloc((n->n_extents + 1) * sizeof(*extents));
	if (!extents)
		return isokit_fail_nomem(w->err, w->img->facts.path,
					 n->n_extents * sizeof(*extents));
	if (n->n_extents)
		memcpy(extents, n->extents, n->n_extents * sizeof(*extents));
	l = &w->levels[w->n_levels];
	l->parent = w->n_levels ? udf_top(w)->where : n->where;
	w->n_levels++;
	w->open_extents += n->n_extents;
	l->extents = extents;
	l->n_extents = n->n_extents;
	l->bytes = min_u64(n->e.bytes, n->stored_bytes);
	l->position = 0;
	l->where = n->where;
	l->at = n->at;
	l->path_bytes = w->path.n;
	l->parent_seen = false;
	w->folder_budget -= l->bytes;
	if (w->report)
		model_name_set_clear(&l->names,
				     (size_t)(min_u64(l->bytes, 1 << 30) / USUAL_IDENTIFIER),
				     &w->name_budget);
	return ISOKIT_OK;
}

enum isokit_status udf_set_root(struct udf_walk *w)
{
	text_clear(&w->path);
	text_add_char(&w->path, '/');
	w->name_bytes = 0;
	return udf_take_node(w, w->r.v->root);
}

/* Descend from the root to the folder or file at `path`: it is in w->node. */
static enum isokit_status seek(struct udf_walk *w, const char *path)
{
	enum isokit_status st = udf_set_root(w);

	while (!st) {
		size_t n;
		bool more = false;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0)
			return ISOKIT_OK;
		if (!w->has_node || w->node.e.type != ONDISK_UDF_TYPE_DIRECTORY)
			break;
		{
			size_t depth = w->n_levels;

			st = udf_enter(w);
			if (st)
				return st;
			if (w->n_levels == depth)
				break; /* it leads nowhere */
		}
		if (w->img->quick && !w->img->opened)
			udf_top(w)->bytes = min_u64(udf_top(w)->bytes, UDF_QUICK_BYTES);
		do {
			st = udf_next_name(w, &more);
			if (st)
				return st;
		} while (more && (w->name_bytes != n || memcmp(w->name, path, n) != 0));
		if (!more)
			break;
		st = udf_take_node(w, w->fid.icb);
		path += n;
	}
	return st ? st : ISOKIT_E_NOT_FOUND;
}

static void count(struct udf_walk *w)
{
	const struct udf_node *n = &w->node;
	bool known = false;

	if (w->entry.type == ISOKIT_DIR)
		w->directories++;
	else if (w->entry.type == ISOKIT_SYMLINK)
		w->symlinks++;
	else
		w->files++;
	if (!w->has_node)
		return;
	w->highest_id = max_u64(w->highest_id, n->e.unique_id);
	/* Names of one file: some volumes count them once. */
	if (w->entry.type == ISOKIT_DIR || n->e.links < 2 ||
	    !model_lba_set_add(&w->linked, (uint32_t)(n->at / w->r.v->block_bytes), n->e.links - 1u,
			       &known))
		return;
	w->extra_links += known;
	if (known)
		model_lba_set_subtract(&w->linked, (uint32_t)(n->at / w->r.v->block_bytes));
}

/* Tell the caller; ISOKIT_E_CANCELLED when it has enough. */
static enum isokit_status visit(struct udf_walk *w)
{
	enum isokit_status st = udf_make_entry(w);
	struct isokit_entry *e = &w->entry;

	if (st)
		return st;
	if (w->report)
		count(w);
	if (!w->visit)
		return ISOKIT_OK;
	e->path = udf_path(w, &e->path_bytes);
	if (!e->path)
		return isokit_fail_nomem(w->err, w->img->facts.path, 0);
	e->name = e->path + (w->n_levels ? udf_top(w)->path_bytes : 1);
	if (w->visit(w->ctx, e))
		return isokit_fail(w->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
				   w->img->facts.path, "stopped by the caller");
	return ISOKIT_OK;
}

static enum isokit_status next_file(struct udf_walk *w, bool *ret_more)
{
	enum isokit_status st = udf_next_name(w, ret_more);

	if (st || !*ret_more)
		return st;
	if (w->report && model_name_set_add(&udf_top(w)->names, w->name, w->name_bytes,
					    &w->name_budget))
		udf_find(w, ISOKIT_F_NAME_DUPLICATE, w->fid_at, w->fid.length, 0, 0);
	return udf_take_node(w, w->fid.icb);
}

enum isokit_status udf_walk_from(struct udf_walk *w, const char *path)
{
	enum isokit_status st = seek(w, path);
	size_t base;

	if (st == ISOKIT_E_NOT_FOUND)
		return isokit_fail(w->err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is not in the image");
	base = w->n_levels;
	while (!st) {
		bool more = false;

		st = visit(w);
		if (!st && w->has_node && w->node.e.type == ONDISK_UDF_TYPE_DIRECTORY)
			st = udf_enter(w);
		while (!st && !more) {
			if (w->n_levels == base)
				return ISOKIT_OK;
			st = next_file(w, &more);
			if (!st && !more)
				udf_leave(w);
		}
	}
	return st;
}

enum isokit_status udf_walk_start(struct udf_walk *w, struct isokit_image *img,
				  struct isokit_error *err)
{
	enum isokit_status st = model_udf_reader_init(&w->r, img, img->udf, err);

	w->img = img;
	w->err = err;
	w->folder_budget = img->facts.size + 1024 * 1024;
	w->scan_budget = 4 * 1024 * 1024;
	w->name_budget = NAME_SLOTS;
	if (st)
		return st;
	w->buffer = malloc(UDF_BUFFER_BYTES);
	return w->buffer ? ISOKIT_OK : isokit_fail_nomem(err, img->facts.path, UDF_BUFFER_BYTES);
}

void udf_walk_finish(struct udf_walk *w)
{
	while (w->n_levels)
		udf_leave(w);
	for (size_t i = 0; i < w->capacity_levels; i++)
		model_name_set_free(&w->levels[i].names, &w->name_budget);
	free(w->levels);
	free(w->buffer);
	model_udf_node_free(&w->node);
	model_udf_reader_free(&w->r);
	model_lba_set_free(&w->visited);
	model_lba_set_free(&w->linked);
	text_free(&w->path);
	text_free(&w->target);
}

enum isokit_status model_udf_walk(struct isokit_image *img, const char *path,
				  isokit_visit_fn visitor, void *ctx, struct isokit_error *err)
{
	enum isokit_status st;
	struct udf_walk *w;

	if (!img->facts.namespaces[ISOKIT_NS_UDF].present)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, img->facts.path,
				   "has no udf names");
	if (!img->udf || !img->udf->has_root)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, img->facts.path,
				   "the root folder of its UDF volume cannot be read");
	w = calloc(1, sizeof(*w));
	if (!w)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*w));
	st = udf_walk_start(w, img, err);
	w->visit = visitor;
	w->ctx = ctx;
	if (!st)
		st = udf_walk_from(w, path);
	udf_walk_finish(w);
	free(w);
	return st;
}
