/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of contents, where the caller wants one. libisofs sorts by weight with
 * qsort(), which leaves equal ones in no order that is the same everywhere: so each
 * content gets a weight of its own. */
#include "author/layout_impl.h"

#include <stdlib.h>

#include "base/fail.h"

/* As with genisoimage and xorriso; higher than any of ours: the boot catalog. */
enum { BOOT_IMAGE_WEIGHT = 2, CATALOG_WEIGHT = 1000000000 };

struct place {
	int32_t weight;
	uint32_t index;
	bool given;
};

static int by_weight(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* The highest weight of a family of hard links is that of its content. */
static int weigh(void *ctx, struct tree_node *n)
{
	struct place *p = ctx;

	if (!tree_is_file(n) || !(n->flags & TREE_WEIGHTED))
		return 0;
	p += n->id;
	if (!p->given || n->weight > p->weight)
		p->weight = n->weight;
	p->given = true;
	return 0;
}

static int find_weighted(void *ctx, struct tree_node *n)
{
	(void)ctx;
	return (n->flags & TREE_WEIGHTED) && tree_is_file(n);
}

static void rank(struct layout *l, struct place *places)
{
	for (size_t i = 0; i < l->n_payloads; i++) {
		places[i].index = (uint32_t)i;
		if (l->payloads[i].node->flags & TREE_BOOT)
			places[i].weight = BOOT_IMAGE_WEIGHT;
	}
	(void)tree_walk(l->plan->tree->root, weigh, places);
	qsort(places, l->n_payloads, sizeof(*places), by_weight);
	for (size_t i = 0; i < l->n_payloads; i++)
		l->weights[places[i].index] = (int32_t)(l->n_payloads - i);
}

enum isokit_status layout_order(struct layout *l, struct isokit_error *err)
{
	struct place *places;
	enum isokit_status st = ISOKIT_OK;

	if (!tree_walk(l->plan->tree->root, find_weighted, NULL))
		return ISOKIT_OK;
	if (l->n_payloads >= CATALOG_WEIGHT)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "order of contents",
				   "can be given for %d files; there are %zu", CATALOG_WEIGHT - 1,
				   l->n_payloads);
	places = calloc(l->n_payloads, sizeof(*places));
	l->weights = calloc(l->n_payloads, sizeof(*l->weights));
	if (places && l->weights)
		rank(l, places);
	else
		st = isokit_fail_nomem(err, "order of contents", l->n_payloads * sizeof(*places));
	free(places);
	return st;
}
