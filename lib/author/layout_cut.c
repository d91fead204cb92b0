/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names longer than the caller wants them, cut as libisofs does it: the last bytes are
 * ':' and the MD5 of the whole name. */
#include "author/layout_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum { MOST_NAME_BYTES = 255 };

struct cutting {
	struct plan *plan;
	unsigned most;
	uint64_t n;
	struct isokit_error *err;
};

/* The path of a host file ends in the node's name: from now on it is kept as a whole. */
static bool keep_host_path(struct tree *t, struct tree_node *n)
{
	struct tree_hostdir *host;
	struct text path = { 0 };

	if (n->content != TREE_HOST || !n->u.host || n->u.host->is_file)
		return true;
	tree_node_host_path(n, &path);
	host = arena_alloc(&t->arena, sizeof(*host));
	if (host && !path.failed) {
		*host = (struct tree_hostdir){ .index = t->n_hostdirs++, .is_file = true };
		host->path = arena_strndup(&t->arena, text_string(&path), path.n);
	}
	text_free(&path);
	if (!host || !host->path)
		return false;
	n->u.host = host;
	return true;
}

static enum isokit_status cut_name(struct cutting *c, struct tree_node *n)
{
	struct tree *t = c->plan->tree;
	char name[MOST_NAME_BYTES + 1];
	int r;

	memcpy(name, n->name, n->name_bytes);
	name[n->name_bytes] = '\0';
	r = iso_truncate_leaf_name(1, (int)c->most, name, 0);
	if (r < 0)
		return layout_fail(r, n->name, c->err);
	if (!keep_host_path(t, n))
		return isokit_fail_nomem(c->err, n->name, sizeof(name));
	n->name_bytes = (uint16_t)strlen(name);
	n->name = arena_strndup(&t->arena, name, n->name_bytes);
	c->n++;
	return n->name ? ISOKIT_OK : isokit_fail_nomem(c->err, "tree", sizeof(name));
}

static int by_name(const void *a, const void *b)
{
	const struct tree_node *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static enum isokit_status cut_below(struct cutting *c, struct tree_node *dir)
{
	enum isokit_status st = ISOKIT_OK;
	uint64_t before = c->n;

	for (uint32_t i = 0; st == ISOKIT_OK && i < dir->u.dir.n; i++) {
		struct tree_node *n = dir->u.dir.children[i];

		if (n->name_bytes > c->most && n->name_bytes <= MOST_NAME_BYTES)
			st = cut_name(c, n);
	}
	if (c->n != before)
		qsort(dir->u.dir.children, dir->u.dir.n, sizeof(*dir->u.dir.children), by_name);
	for (uint32_t i = 0; st == ISOKIT_OK && i < dir->u.dir.n; i++) {
		if (tree_is_dir(dir->u.dir.children[i]))
			st = cut_below(c, dir->u.dir.children[i]);
	}
	return st;
}

enum isokit_status layout_cut_names(struct plan *plan, struct isokit_error *err)
{
	const struct isokit_build_naming *naming = plan->options.naming;
	struct cutting c = { .plan = plan, .err = err };
	enum isokit_status st;

	if (!naming || !naming->name_limit)
		return ISOKIT_OK;
	c.most = naming->name_limit;
	st = cut_below(&c, plan->tree->root);
	if (st == ISOKIT_OK && c.n)
		plan_note(plan, ISOKIT_BUILD_NOTE, NULL,
			  "%llu name%s of more than %u bytes: cut, and ended in ':' and the MD5 of the name",
			  (unsigned long long)c.n, c.n == 1 ? "" : "s", c.most);
	return st;
}
