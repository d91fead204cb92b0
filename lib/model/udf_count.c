/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a UDF volume holds, counted, and compared with what it says itself. */
#include <stdlib.h>

#include "base/fail.h"
#include "model/udf_walk.h"

static void keep_counts(struct udf_walk *w)
{
	const struct isokit_udf *f = &w->img->facts.udf;
	struct isokit_namespace *ns = &w->img->facts.namespaces[ISOKIT_NS_UDF];
	uint64_t names = w->files + w->symlinks, at = w->r.v->integrity_at;

	ns->counted = true;
	ns->files = w->files;
	ns->directories = w->directories;
	ns->symlinks = w->symlinks;
	if (w->incomplete)
		return; /* what was not found cannot be counted against the volume */
	for (size_t i = 0; i < w->linked.capacity; i++) {
		const struct lba_slot *l = &w->linked.slots[i];

		/* What is left are links without a name, or names too many. */
		if (l->key1 && l->value &&
		    w->reported[ISOKIT_F_UDF_LINKS]++ < UDF_FINDINGS_PER_CODE)
			model_find(w->img, ISOKIT_F_UDF_LINKS,
				   (uint64_t)(l->key1 - 1) * w->r.v->block_bytes + 48, 2,
				   "a file with several names",
				   l->value > UINT16_MAX ? UINT32_MAX - l->value + 1 : l->value, 0);
	}
	if (f->has_counts && (f->closed || w->r.v->virtual_counts) &&
	    (f->directories != w->directories ||
	     (f->files != names && f->files != names - w->extra_links))) {
		struct text t = { 0 };

		text_addf(&t, "%llu files and %llu folders", (unsigned long long)names,
			  (unsigned long long)w->directories);
		model_find(w->img, ISOKIT_F_UDF_COUNTS,
			   w->r.v->virtual_counts ? ISOKIT_NO_OFFSET : at, 0, text_string(&t),
			   f->files, f->directories);
		text_free(&t);
	}
	if (f->closed && w->r.v->next_unique_id && w->highest_id >= w->r.v->next_unique_id)
		model_find(w->img, ISOKIT_F_UDF_UNIQUE_ID, at == ISOKIT_NO_OFFSET ? at : at + 40, 8,
			   NULL, w->r.v->next_unique_id, w->highest_id);
}

enum isokit_status model_udf_count(struct isokit_image *img, struct isokit_error *err)
{
	enum isokit_status st;
	struct udf_walk *w;

	if (!img->udf || !img->udf->has_root)
		return ISOKIT_OK;
	st = model_udf_compare_mirrors(img, err);
	if (st)
		return st;
	w = calloc(1, sizeof(*w));
	if (!w)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*w));
	st = udf_walk_start(w, img, err);
	w->report = w->r.report = true;
	if (!st)
		st = udf_walk_from(w, "/");
	if (!st)
		keep_counts(w);
	udf_walk_finish(w);
	free(w);
	return st;
}
