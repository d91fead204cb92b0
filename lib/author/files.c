/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/files.h"

#include <stdlib.h>

#include "author/contents.h"
#include "base/fail.h"

enum isokit_status files_keep(struct files *f, struct layout *l, const struct isokit_facts *facts,
			      struct isokit_error *err)
{
	const struct plan_boot *boot = &layout_plan(l)->boot;
	size_t n;
	const struct payload *p = layout_payloads(l, &n);

	free(f->lba);
	f->n = 0;
	f->lba = calloc(n ? n : 1, sizeof(*f->lba));
	if (!f->lba)
		return isokit_fail_nomem(err, "places of files", n * sizeof(*f->lba));
	for (size_t i = 0; i < n; i++)
		f->lba[i] = p[i].node->size ? p[i].lba : LAYOUT_NO_LBA;
	f->n = n;
	/* What libisofs patches has no placeholder; the catalog is in the same order. */
	for (size_t i = 0; facts && i < boot->n_entries && i < facts->el_torito.n_entries; i++) {
		const struct tree_node *node = boot->entries[i].node;

		if (node && node->id < n && f->lba[node->id] == LAYOUT_NO_LBA)
			f->lba[node->id] = facts->el_torito.entries[i].lba;
	}
	return ISOKIT_OK;
}

void files_free(struct files *f)
{
	free(f->lba);
	free(f->sha256);
	*f = (struct files){ 0 };
}

struct walk {
	const struct files *f;
	const struct plan *plan;
	isokit_build_file_fn fn;
	void *ctx;
	struct text path;
	uint8_t expanded[FILES_SHA256_BYTES];
	bool failed;
};

static int visit(void *ctx, struct tree_node *n)
{
	struct walk *w = ctx;
	const struct tree_node *content = n->content == TREE_SHARED ? n->u.same : n;
	const uint8_t *ours = NULL;
	struct isokit_build_file file = { .stored_bytes = n->size, .bytes = n->size };

	if (!tree_is_file(n) || (n->flags & TREE_HIDDEN) || n->id >= w->f->n)
		return 0;
	text_clear(&w->path);
	tree_node_path(n, &w->path);
	if (w->path.failed) {
		w->failed = true;
		return 1;
	}
	file.path = text_string(&w->path);
	file.lba = n->size ? w->f->lba[n->id] : ISOKIT_NO_OFFSET;
	file.shared = n->content == TREE_SHARED;
	file.zisofs = n->flags & TREE_ZISOFS;
	file.sha256 = w->f->sha256 ? w->f->sha256[n->id] : NULL;
	if (file.zisofs && zisofs_describe(w->plan, content, &file.bytes, &ours) && !ours &&
	    file.sha256 && zisofs_hash(w->plan->digests, content, w->expanded))
		ours = w->expanded;
	/* Where nothing expands it, the sum is that of the bytes as they are. */
	if (ours)
		file.sha256 = ours;
	return w->fn(w->ctx, &file);
}

enum isokit_status files_walk(const struct files *f, const struct plan *plan,
			      isokit_build_file_fn fn, void *ctx, struct isokit_error *err)
{
	struct walk w = { .f = f, .plan = plan, .fn = fn, .ctx = ctx };
	int stopped;

	if (!f->lba)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "list of files",
				   "was not kept");
	stopped = tree_walk(plan->tree->root, visit, &w);
	text_free(&w.path);
	if (w.failed)
		return isokit_fail_nomem(err, "list of files", 0);
	return stopped ? isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, "list of files",
				     "was stopped") :
			 ISOKIT_OK;
}
