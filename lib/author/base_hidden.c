/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that only some of a base's trees show: they are not shown by the others in the
 * new image either. A file is known by where its contents are, so one that is empty, or
 * has another name with the same contents, is shown by all. */
#include <stdlib.h>

#include "author/base.h"
#include "base/array.h"
#include "base/fail.h"

struct places {
	const struct base *b;
	enum isokit_namespace_kind ns;
	uint32_t block_bytes;
	uint64_t *at; /* of contents, bytes of the base */
	size_t n, capacity;
	enum tree_flag flag;
	uint64_t hidden;
	bool failed;
};

static int take_place(void *ctx, const struct isokit_entry *e)
{
	struct places *p = ctx;
	uint64_t at;

	if (!base_place_of(e, p->block_bytes, &at))
		return 0;
	p->failed = !ARRAY_RESERVE(p->at, p->capacity, p->n + 1);
	if (!p->failed)
		p->at[p->n++] = at;
	return p->failed;
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int hide(void *ctx, struct tree_node *n)
{
	struct places *p = ctx;
	uint64_t at = tree_node_offset_in(n, p->b->src);

	if (at == UINT64_MAX || n->size == 0 ||
	    (p->n && bsearch(&at, p->at, p->n, sizeof(at), ascending)))
		return 0;
	n->flags |= (uint16_t)p->flag;
	p->hidden++;
	return 0;
}

static int stop_there(void *ctx, const struct isokit_entry *e)
{
	(void)ctx;
	(void)e;
	return 1;
}

/* Does that tree lack a folder? Names that it spells in its own way are not found. */
static bool lacks(const struct places *p, const struct tree_node *dir)
{
	struct text path = { 0 };
	bool missing;

	tree_node_path(dir, &path);
	missing = !path.failed && isokit_image_walk(p->b->image, p->ns, text_string(&path),
						    stop_there, NULL, NULL) == ISOKIT_E_NOT_FOUND;
	text_free(&path);
	return missing;
}

/* A folder goes with its files where all of them are hidden: false when one is shown. */
static bool hide_folders(const struct places *p, struct tree_node *dir, bool *ret_some)
{
	bool some = false, all = true;

	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		struct tree_node *n = dir->u.dir.children[i];

		if (tree_is_dir(n))
			all = hide_folders(p, n, &some) && all;
		else if (n->flags & p->flag)
			some = true;
		else
			all = false;
	}
	if (some && all && dir->parent && lacks(p, dir))
		dir->flags |= (uint16_t)p->flag;
	*ret_some = *ret_some || some;
	return all;
}

static enum isokit_status hide_from(struct plan *plan, enum isokit_namespace_kind ns,
				    enum tree_flag flag, struct isokit_error *err)
{
	const struct base *b = plan->base;
	struct places p = { .b = b, .ns = ns, .flag = flag,
			    .block_bytes = b->facts->namespaces[ns].block_bytes };
	bool some = false;
	enum isokit_status st = isokit_image_walk(b->image, ns, "/", take_place, &p, err);

	if (p.failed)
		st = isokit_fail_nomem(err, b->facts->path, p.n * sizeof(*p.at));
	if (st == ISOKIT_OK) {
		if (p.n)
			qsort(p.at, p.n, sizeof(*p.at), ascending);
		(void)tree_walk(plan->tree->root, hide, &p);
		(void)hide_folders(&p, plan->tree->root, &some);
	}
	if (st == ISOKIT_OK && p.hidden)
		plan_note(plan, ISOKIT_BUILD_NOTE, b->facts->path,
			  "%llu file%s not shown by its %s tree, and %s not by the new one",
			  (unsigned long long)p.hidden, p.hidden == 1 ? " is" : "s are",
			  isokit_namespace_name(ns), p.hidden == 1 ? "is" : "are");
	free(p.at);
	return st;
}

enum isokit_status base_hide(struct plan *plan, enum isokit_namespace_kind shown,
			     struct isokit_error *err)
{
	const struct isokit_facts *f = plan->base->facts;
	enum isokit_status st = ISOKIT_OK;

	/* Of such files nobody keeps count. */
	for (size_t i = 0; shown == ISOKIT_NS_UDF && i < f->n_findings; i++) {
		if (f->findings[i].code == ISOKIT_F_TREE_BRIDGE)
			return hide_from(plan, ISOKIT_NS_ISO9660, TREE_HIDDEN_ISO9660, err);
	}
	for (size_t i = 0; st == ISOKIT_OK && i < f->n_comparisons; i++) {
		const struct isokit_comparison *c = &f->comparisons[i];
		enum isokit_namespace_kind other = c->first == shown ? c->second : c->first;

		if ((c->first != shown && c->second != shown) ||
		    (c->first == shown ? c->only_first : c->only_second) == 0)
			continue;
		if (other == ISOKIT_NS_JOLIET)
			st = hide_from(plan, other, TREE_HIDDEN_JOLIET, err);
		else if (other == ISOKIT_NS_UDF)
			st = hide_from(plan, other, TREE_HIDDEN_UDF, err);
		else if (other == ISOKIT_NS_ISO9660 || other == ISOKIT_NS_ROCKRIDGE)
			st = hide_from(plan, other, TREE_HIDDEN_ISO9660, err);
	}
	return st;
}
