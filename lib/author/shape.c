/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/shape.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum {
	ALL_TREES = ISOKIT_BUILD_TREE_ISO9660 | ISOKIT_BUILD_TREE_JOLIET | ISOKIT_BUILD_TREE_UDF |
		    ISOKIT_BUILD_TREE_HFSPLUS,
	HIDDEN_SOMEWHERE = TREE_HIDDEN_ISO9660 | TREE_HIDDEN_JOLIET | TREE_HIDDEN_UDF |
			   TREE_HIDDEN_HFSPLUS,
};

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *skip_slashes(const char *s)
{
	while (*s == '/')
		s++;
	return s;
}

static bool match_image(const char *pattern, const char *path)
{
	if (!strchr(pattern, '/'))
		return fnmatch(pattern, last_name(path), 0) == 0;
	return fnmatch(skip_slashes(pattern), skip_slashes(path), FNM_PATHNAME) == 0;
}

/* "./a//b" and "a/b" are the same file: the beginning of what is left to compare. */
static const char *skip_dots(const char *s)
{
	while (s[0] == '.' && s[1] == '/')
		s = skip_slashes(s + 1);
	return s;
}

static bool match_host(const char *pattern, const char *path)
{
	if (!strchr(pattern, '/'))
		return fnmatch(pattern, last_name(path), 0) == 0;
	pattern = skip_dots(pattern);
	path = skip_dots(path);
	if (fnmatch(pattern, path, FNM_PATHNAME) == 0)
		return true;
	if (*pattern == '/')
		return false;
	while ((path = strchr(path, '/')) != NULL) {
		path = skip_slashes(path);
		if (fnmatch(pattern, path, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

static uint16_t flags_of_trees(unsigned trees)
{
	unsigned flags = 0;

	if (trees & ISOKIT_BUILD_TREE_ISO9660)
		flags |= TREE_HIDDEN_ISO9660;
	if (trees & ISOKIT_BUILD_TREE_JOLIET)
		flags |= TREE_HIDDEN_JOLIET;
	if (trees & ISOKIT_BUILD_TREE_UDF)
		flags |= TREE_HIDDEN_UDF;
	if (trees & ISOKIT_BUILD_TREE_HFSPLUS)
		flags |= TREE_HIDDEN_HFSPLUS;
	return (uint16_t)flags;
}

/* All rules of one kind, for a path of that kind. Those that match set their element
 * of `hits`, which may be NULL. */
static unsigned hidden_trees(const struct plan *plan, bool host, const char *path, bool *hits)
{
	const struct isokit_build_options *o = &plan->options;
	unsigned trees = 0;

	for (size_t i = 0; i < o->n_hides; i++) {
		const struct isokit_build_hide *h = &o->hides[i];

		if (h->host != host || !(host ? match_host : match_image)(h->pattern, path))
			continue;
		trees |= h->trees ? h->trees : ALL_TREES;
		if (hits)
			hits[i] = true;
	}
	return trees;
}

/* The elements of `hits` after those of the rules that hide are for weights. */
static void adjust(const struct plan *plan, bool host, const char *path, struct tree_node *n,
		   bool *hits)
{
	const struct isokit_build_options *o = &plan->options;

	n->flags |= flags_of_trees(hidden_trees(plan, host, path, hits));
	for (size_t i = 0; i < o->n_weights; i++) {
		const struct isokit_build_weight *w = &o->weights[i];

		if (w->host != host || !(host ? match_host : match_image)(w->pattern, path))
			continue;
		n->flags |= TREE_WEIGHTED;
		n->weight = w->weight;
		if (hits)
			hits[o->n_hides + i] = true;
	}
}

bool shape_wants_host(const struct plan *plan)
{
	const struct isokit_build_options *o = &plan->options;
	bool wants = false;

	for (size_t i = 0; i < o->n_hides; i++)
		wants = wants || o->hides[i].host;
	for (size_t i = 0; i < o->n_weights; i++)
		wants = wants || o->weights[i].host;
	return wants;
}

void shape_adjust(const struct plan *plan, const char *host, struct tree_node *node)
{
	adjust(plan, true, host, node, NULL);
}

struct apply {
	const struct plan *plan;
	struct text path;
	bool *hits;
};

static int apply(void *ctx, struct tree_node *n)
{
	struct apply *a = ctx;

	text_clear(&a->path);
	tree_node_path(n, &a->path);
	if (a->path.failed)
		return 1;
	/* The root is what everything lies in: it cannot be hidden. */
	if (n->parent && n->parent->flags & TREE_WEIGHTED && !(n->flags & TREE_WEIGHTED)) {
		n->flags |= TREE_WEIGHTED;
		n->weight = n->parent->weight;
	}
	adjust(a->plan, false, text_string(&a->path), n, a->hits);
	if (n->parent)
		n->flags |= n->parent->flags & (HIDDEN_SOMEWHERE | TREE_HIDDEN);
	else
		n->flags &= (uint16_t)~HIDDEN_SOMEWHERE;
	return 0;
}

/* A pattern with a slip in it would else go unnoticed. */
static void note_idle(struct plan *plan, const bool *hits)
{
	const struct isokit_build_options *o = &plan->options;

	for (size_t i = 0; i < o->n_hides; i++) {
		if (!o->hides[i].host && !hits[i])
			plan_note(plan, ISOKIT_BUILD_WARNING, o->hides[i].pattern,
				  "was to be hidden, but nothing in the tree is called so");
	}
	for (size_t i = 0; i < o->n_weights; i++) {
		if (!o->weights[i].host && !hits[o->n_hides + i])
			plan_note(plan, ISOKIT_BUILD_WARNING, o->weights[i].pattern,
				  "has a place in the order, but nothing in the tree is called so");
	}
}

enum isokit_status shape_apply(struct plan *plan, struct isokit_error *err)
{
	size_t rules = plan->options.n_hides + plan->options.n_weights;
	struct apply a = { .plan = plan };
	int stopped;

	if (rules == 0)
		return ISOKIT_OK;
	a.hits = calloc(rules, sizeof(*a.hits));
	if (!a.hits)
		return isokit_fail_nomem(err, "plan", rules);
	stopped = tree_walk(plan->tree->root, apply, &a);
	if (!stopped)
		note_idle(plan, a.hits);
	text_free(&a.path);
	free(a.hits);
	return stopped ? isokit_fail_nomem(err, "plan", 0) : ISOKIT_OK;
}

uint16_t shape_hidden_flags(const struct plan *plan, const char *path)
{
	unsigned trees = hidden_trees(plan, false, path, NULL);
	const char *slash;
	struct text up = { 0 };

	/* A hidden folder hides what is in it. */
	text_add_str(&up, path);
	while (!up.failed && (slash = strrchr(text_string(&up), '/')) && slash != up.bytes) {
		up.n = (size_t)(slash - up.bytes);
		up.bytes[up.n] = '\0';
		trees |= hidden_trees(plan, false, text_string(&up), NULL);
	}
	text_free(&up);
	return flags_of_trees(trees);
}
