/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several files of a UDF volume at once, by their paths; and whether its tree is the one to
 * show. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "model/udf_walk.h"

enum {
	FIND_BYTES = 384 * 1024, /* of all folders of one search for paths */
	FIND_FOLDERS = 64,       /* and how many of them are read */
};

struct finder {
	const char *const *paths;
	bool *done;
	size_t n, left;
	model_udf_found_fn found;
	void *ctx;
	uint64_t bytes; /* of folders that may still be read */
	unsigned folders;
};

/* Is the name in the folder at the top one of a path, or on the way to it? The names
 * before it are compared last: they seldom decide. */
static bool is_on_way(struct udf_walk *w, const char *path, bool *ret_end)
{
	size_t n = strlen(path), folder = udf_top(w)->path_bytes, at = folder + w->name_bytes;
	bool any = path[n - 1] == '*' && n - 1 >= folder && !strchr(path + folder, '/');

	if (n < folder || (any ? at < n - 1 : at > n || (path[at] && path[at] != '/')))
		return false;
	if (!ascii_equal_nocase(path + folder, w->name, any ? n - 1 - folder : w->name_bytes))
		return false;
	*ret_end = any || !path[at];
	return ascii_equal_nocase(path, w->path.bytes, folder);
}

/* Into the folder of w->node, as far as the search goes. */
static enum isokit_status find_enter(struct udf_walk *w, struct finder *f)
{
	size_t depth = w->n_levels;
	enum isokit_status st;

	if (!f->bytes || !f->folders || !w->has_node ||
	    w->node.e.type != ONDISK_UDF_TYPE_DIRECTORY)
		return ISOKIT_OK;
	st = udf_enter(w);
	if (st || w->n_levels == depth)
		return st;
	udf_top(w)->bytes = min_u64(udf_top(w)->bytes, min_u64(UDF_QUICK_BYTES, f->bytes));
	f->bytes -= udf_top(w)->bytes;
	f->folders--;
	return ISOKIT_OK;
}

/* The name that was read: tell whoever asked for it, and go in where more lies below. */
static enum isokit_status find_take(struct udf_walk *w, struct finder *f)
{
	bool read = false, below = false;

	for (size_t i = 0; i < f->n; i++) {
		enum isokit_status st = ISOKIT_OK;
		bool end;

		if (f->done[i] || !is_on_way(w, f->paths[i], &end))
			continue;
		if (!read) {
			st = udf_take_node(w, w->fid.icb);
			if (!st)
				st = udf_make_entry(w);
			read = true;
		}
		if (st)
			return st;
		below |= !end;
		if (!end)
			continue;
		w->entry.path = udf_path(w, &w->entry.path_bytes);
		if (!w->entry.path)
			return isokit_fail_nomem(w->err, w->img->facts.path, 0);
		w->entry.name = w->entry.path + udf_top(w)->path_bytes;
		f->done[i] = true;
		f->left--;
		if (f->found(f->ctx, i, &w->entry))
			return isokit_fail(w->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
					   w->img->facts.path, "stopped by the caller");
	}
	return below ? find_enter(w, f) : ISOKIT_OK;
}

enum isokit_status model_udf_find(struct isokit_image *img, const char *const *paths, size_t n,
				  model_udf_found_fn found, void *ctx, struct isokit_error *err)
{
	struct finder f = { .paths = paths, .n = n, .left = n, .found = found, .ctx = ctx,
			    .bytes = FIND_BYTES, .folders = FIND_FOLDERS };
	enum isokit_status st = ISOKIT_OK;
	struct udf_walk *w;

	if (!n || !img->udf || !img->udf->has_root)
		return ISOKIT_OK;
	w = calloc(1, sizeof(*w));
	f.done = calloc(n, sizeof(*f.done));
	if (!w || !f.done)
		st = isokit_fail_nomem(err, img->facts.path, sizeof(*w));
	if (!st)
		st = udf_walk_start(w, img, err);
	if (!st)
		st = udf_set_root(w);
	if (!st)
		st = find_enter(w, &f);
	while (!st && w->n_levels && f.left) {
		bool more = false;

		st = udf_next_name(w, &more);
		if (!st && more)
			st = find_take(w, &f);
		else if (!st)
			udf_leave(w);
	}
	if (w)
		udf_walk_finish(w);
	free(w);
	free(f.done);
	return st;
}

/* ---- which tree shows more ---------------------------------------------------------------- */

enum { FEW_NAMES = 4 };

static int glance(void *ctx, const struct isokit_entry *e)
{
	size_t *names = ctx;

	*names += e->depth > 0;
	return *names > FEW_NAMES;
}

/* How many names a tree has, as far as FEW_NAMES + 1; 0 where it cannot be walked. */
static enum isokit_status count_few(struct isokit_image *img, enum isokit_namespace_kind ns,
				    size_t *ret_names, struct isokit_error *err)
{
	struct isokit_error failure;
	enum isokit_status st;

	*ret_names = 0;
	st = isokit_image_walk(img, ns, "/", glance, ret_names, &failure);
	if (st != ISOKIT_E_IO && st != ISOKIT_E_NOMEM && st != ISOKIT_E_CHANGED)
		return ISOKIT_OK;
	if (err)
		*err = failure;
	return st;
}

/* Windows media show one file, README.TXT, to systems without UDF, and have all the
 * others in UDF alone. */
enum isokit_status model_udf_prefer(struct isokit_image *img, struct isokit_error *err)
{
	enum isokit_namespace_kind best;
	size_t plain, udf;
	enum isokit_status st;

	if (!img->udf->has_root || !img->facts.primary)
		return ISOKIT_OK;
	best = model_best_tree(img);
	st = count_few(img, best, &plain, err);
	if (st || plain > FEW_NAMES)
		return st;
	st = count_few(img, ISOKIT_NS_UDF, &udf, err);
	img->udf->holds_more = udf > plain;
	return st;
}
