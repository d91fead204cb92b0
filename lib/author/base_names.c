/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How ISO 9660 spells the names of a base whose tree is taken from Joliet or UDF. Records
 * of the one and nodes of the other are the same file when their contents are at one
 * place, and nothing else is there. Names of folders are made anew. */
#include <stdlib.h>

#include "author/base.h"
#include "base/array.h"
#include "base/fail.h"

struct content {
	uint64_t at;
	struct tree_node *node;
};

struct search {
	struct plan *plan;
	uint32_t block_bytes;
	struct content *contents; /* of the tree, ascending */
	size_t n, capacity;
	bool failed;
};

static int collect(void *ctx, struct tree_node *n)
{
	struct search *s = ctx;
	uint64_t at = tree_node_offset_in(n, s->plan->base->src);

	if (at == UINT64_MAX || n->size == 0)
		return 0;
	s->failed = !ARRAY_RESERVE(s->contents, s->capacity, s->n + 1);
	if (!s->failed)
		s->contents[s->n++] = (struct content){ .at = at, .node = n };
	return s->failed;
}

static int ascending(const void *a, const void *b)
{
	const struct content *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static int name(void *ctx, const struct isokit_entry *e)
{
	struct search *s = ctx;
	struct content key = { 0 }, *found;

	if (!s->n || !base_place_of(e, s->block_bytes, &key.at))
		return 0;
	found = bsearch(&key, s->contents, s->n, sizeof(key), ascending);
	if (!found || (found > s->contents && found[-1].at == key.at) ||
	    (found + 1 < s->contents + s->n && found[1].at == key.at) ||
	    found->node->size != e->bytes)
		return 0;
	s->failed = !tree_node_take_iso_name(s->plan->tree, found->node, s->plan->base->src,
					     e->record_offset);
	return s->failed;
}

enum isokit_status base_find_names(struct plan *plan, enum isokit_namespace_kind shown,
				   struct isokit_error *err)
{
	const struct base *b = plan->base;
	const struct isokit_namespace *iso = &b->facts->namespaces[ISOKIT_NS_ISO9660];
	struct search s = { .plan = plan, .block_bytes = iso->block_bytes };
	enum isokit_status st = ISOKIT_OK;

	if (!plan->keep_iso_names || !iso->present || shown == ISOKIT_NS_ISO9660 ||
	    shown == ISOKIT_NS_ROCKRIDGE)
		return ISOKIT_OK;
	(void)tree_walk(plan->tree->root, collect, &s);
	if (s.n)
		qsort(s.contents, s.n, sizeof(*s.contents), ascending);
	if (!s.failed && s.n < TREE_MAX_ISO_NAMES)
		st = isokit_image_walk(b->image, ISOKIT_NS_ISO9660, "/", name, &s, err);
	if (s.failed)
		st = isokit_fail_nomem(err, b->facts->path, s.n * sizeof(*s.contents));
	free(s.contents);
	return st;
}
