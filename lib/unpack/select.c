/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a tree is wanted. */
#include <fnmatch.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "unpack/unpack.h"

static enum isokit_status take(struct isokit_extract *x, struct tree_node *node,
			       struct isokit_error *err)
{
	if (!ARRAY_RESERVE(x->selected, x->selected_capacity, x->n_selected + 1))
		return isokit_fail_nomem(err, node->name, sizeof(node));
	x->selected[x->n_selected++] = node;
	return ISOKIT_OK;
}

struct match {
	struct isokit_extract *x;
	const char *pattern; /* without a slash at its beginning */
	struct text path;
	struct isokit_error *err;
	enum isokit_status status;
	bool any;
};

static int match_node(void *ctx, struct tree_node *node)
{
	struct match *m = ctx;

	if (!node->parent)
		return 0;
	text_clear(&m->path);
	tree_node_path(node, &m->path);
	if (fnmatch(m->pattern, text_string(&m->path) + 1, 0) != 0)
		return 0;
	m->any = true;
	m->status = take(m->x, node, m->err);
	return m->status != ISOKIT_OK;
}

/* How it would be called with other letters, small or large; for a hint. */
static enum isokit_status fail_absent(const struct isokit_extract *x, const char *path,
				      struct isokit_error *err)
{
	struct tree_node *near = tree_lookup_nocase(x->tree, path);
	struct text name = { 0 };

	if (!near)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is not in the image");
	tree_node_path(near, &name);
	(void)isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
			  "is not in the image; there is %s", text_string(&name));
	text_free(&name);
	return ISOKIT_E_NOT_FOUND;
}

enum isokit_status isokit_extract_select(struct isokit_extract *x, const char *path,
					 struct isokit_error *err)
{
	struct match m = { .x = x, .pattern = path, .err = err };
	struct tree_node *node;

	x->marked = false;
	while (m.pattern[0] == '/' || (m.pattern[0] == '.' && m.pattern[1] == '/'))
		m.pattern++;
	node = tree_lookup(x->tree, strcmp(m.pattern, ".") == 0 ? "" : m.pattern);
	if (node)
		return take(x, node, err);
	if (!strpbrk(m.pattern, "*?["))
		return fail_absent(x, path, err);
	(void)tree_walk(x->tree->root, match_node, &m);
	text_free(&m.path);
	if (m.status)
		return m.status;
	return m.any ? ISOKIT_OK : fail_absent(x, path, err);
}

static int forget(void *ctx, struct tree_node *node)
{
	(void)ctx;
	node->weight = 0;
	node->id = 0;
	return 0;
}

void unpack_mark(struct isokit_extract *x)
{
	if (x->marked)
		return;
	(void)tree_walk(x->tree->root, forget, NULL);
	if (!x->n_selected)
		x->tree->root->weight = UNPACK_WANTED;
	for (size_t i = 0; i < x->n_selected; i++) {
		struct tree_node *n = x->selected[i];

		n->weight = UNPACK_WANTED;
		while ((n = n->parent) != NULL && n->weight == 0)
			n->weight = UNPACK_WAY;
	}
	x->marked = true;
}
