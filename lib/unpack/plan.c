/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of the tree in the target: which files, under which names. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "unpack/unpack.h"

struct planner {
	struct isokit_extract *x;
	struct unpack_plan *plan;
	struct isokit_error *err;
};

/* More than this, and so many times what it is made of, is a bomb: as with archives. */
#define BOMB_FROM (UINT64_C(1) << 30)
#define BOMB_RATIO 4000u

enum isokit_status unpack_check_size(const struct isokit_extract *x, uint64_t bytes,
				     struct isokit_error *err)
{
	uint64_t from = isokit_source_size(x->source);

	if (x->options.any_size || bytes <= BOMB_FROM || bytes / BOMB_RATIO <= from)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, NULL,
			   "its files would be %llu bytes, made of %llu: more than %u times as "
			   "much is not believed", (unsigned long long)bytes,
			   (unsigned long long)from, BOMB_RATIO);
}

static bool add_item(struct planner *p, struct tree_node *node, uint32_t parent, bool whole)
{
	struct unpack_plan *plan = p->plan;

	if (plan->n == UINT32_MAX ||
	    !ARRAY_RESERVE(plan->items, plan->capacity, plan->n + 1))
		return false;
	plan->items[plan->n++] = (struct unpack_item){
		.node = node, .name = node->name, .parent = parent,
		.flags = whole ? UNPACK_WHOLE : 0,
	};
	return true;
}

/* What of a folder is wanted, into the folder of an item; `strip` levels down. */
static bool gather(struct planner *p, struct tree_node *dir, bool whole, uint32_t item,
		   unsigned strip)
{
	if (!tree_is_dir(dir))
		return true;
	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		struct tree_node *n = dir->u.dir.children[i];
		bool all = whole || n->weight == UNPACK_WANTED;

		if (!all && n->weight == 0)
			continue;
		if (strip) {
			if (!tree_is_dir(n))
				unpack_tell(p->x, ISOKIT_EXTRACT_LEFT_OUT, n,
					    "has no name left without its leading folders");
			else if (!gather(p, n, all, item, strip - 1))
				return false;
		} else if (!add_item(p, n, item, all)) {
			return false;
		}
	}
	return true;
}

/* ---- folders of which several become one ---------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct unpack_item *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	/* Folders first, for what has the same name to be renamed. */
	return c ? c : tree_is_dir(y->node) - tree_is_dir(x->node);
}

static bool has_name(const struct unpack_item *items, size_t n, const char *name)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(items[mid].name, name);

		if (c == 0)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static bool merge(struct planner *p, uint32_t item, struct tree_node *node, bool whole)
{
	struct unpack_plan *plan = p->plan;

	if (!ARRAY_RESERVE(plan->merges, plan->merges_capacity, plan->n_merges + 1))
		return false;
	plan->merges[plan->n_merges++] = (struct unpack_merge){ .node = node, .item = item,
								.whole = whole };
	plan->items[item].flags |= UNPACK_MERGED;
	return true;
}

/* Another name for an item that is not the first of its name. */
static bool rename_item(struct planner *p, struct unpack_item *it, unsigned number,
			const struct unpack_item *sorted, size_t n)
{
	char name[UNPACK_NAME_BYTES];

	do
		unpack_name_like(it->name, false, number++, UNPACK_NAME_BYTES - 1, name);
	while (has_name(sorted, n, name));
	it->name = arena_strndup(&p->x->arena, name, strlen(name));
	it->flags |= UNPACK_RENAMED;
	if (it->name)
		unpack_tell(p->x, ISOKIT_EXTRACT_RENAMED, it->node, it->name);
	return it->name != NULL;
}

/* The children from number `first` on come from several folders: of equal names, folders
 * are one, and the others get more names. */
static bool unite(struct planner *p, uint32_t first)
{
	struct unpack_plan *plan = p->plan;
	size_t n = plan->n - first, kept = 0;
	struct unpack_item *from, *to = plan->items + first;
	bool ok = true;

	if (n < 2)
		return true;
	qsort(to, n, sizeof(*to), by_name);
	from = malloc(n * sizeof(*from));
	if (!from)
		return false;
	memcpy(from, to, n * sizeof(*from));
	for (size_t i = 0, same = 0; ok && i < n; i++) {
		same = i && strcmp(from[i].name, from[i - 1].name) == 0 ? same + 1 : 0;
		if (same && tree_is_dir(from[i].node)) {
			/* The first of them is the last that was kept. */
			ok = merge(p, (uint32_t)(first + kept - 1), from[i].node,
				   from[i].flags & UNPACK_WHOLE);
			continue;
		}
		to[kept] = from[i];
		if (same)
			ok = rename_item(p, &to[kept], (unsigned)same, from, n);
		kept++;
	}
	plan->n = first + kept;
	free(from);
	return ok;
}

/* ---- all of it -------------------------------------------------------------------------- */

/* They are in the order of their items: the first one of this. */
static size_t merges_of(const struct unpack_plan *plan, uint32_t item)
{
	size_t low = 0, high = plan->n_merges;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (plan->merges[mid].item < item)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool fill_folder(struct planner *p, uint32_t item)
{
	struct unpack_plan *plan = p->plan;
	unsigned strip = item ? 0 : p->x->options.strip;
	uint32_t first = (uint32_t)plan->n;
	bool ok = gather(p, plan->items[item].node, plan->items[item].flags & UNPACK_WHOLE, item,
			 strip);

	for (size_t i = merges_of(plan, item);
	     ok && i < plan->n_merges && plan->merges[i].item == item; i++)
		ok = gather(p, plan->merges[i].node, plan->merges[i].whole, item, 0);
	if (ok && (strip || plan->items[item].flags & UNPACK_MERGED))
		ok = unite(p, first);
	plan->items[item].first = first;
	plan->items[item].n = (uint32_t)(plan->n - first);
	return ok;
}

/* Which is the file, and which are further names of it; how much all is. */
static void find_families(struct unpack_plan *plan)
{
	for (size_t i = 1; i < plan->n; i++) {
		struct unpack_item *it = &plan->items[i];
		struct tree_node *family = it->node->link;

		if (tree_is_dir(it->node))
			continue;
		if (family && family->id) {
			it->flags |= UNPACK_LINK;
			continue;
		}
		if (family)
			family->id = (uint32_t)i;
		if (tree_is_file(it->node))
			plan->bytes += unpack_content_bytes(it->node);
	}
}

enum isokit_status unpack_plan_make(struct isokit_extract *x, struct unpack_plan *plan,
				    struct isokit_error *err)
{
	struct planner p = { .x = x, .plan = plan, .err = err };
	bool ok;

	*plan = (struct unpack_plan){ 0 };
	x->marked = false; /* numbers of an earlier plan go as well */
	unpack_mark(x);
	ok = add_item(&p, x->tree->root, 0, x->tree->root->weight == UNPACK_WANTED);
	for (size_t i = 0; ok && i < plan->n; i++) {
		if (tree_is_dir(plan->items[i].node))
			ok = fill_folder(&p, (uint32_t)i);
	}
	if (!ok)
		return isokit_fail_nomem(err, "files to extract", plan->n);
	find_families(plan);
	return ISOKIT_OK;
}

void unpack_plan_release(struct unpack_plan *plan)
{
	free(plan->items);
	free(plan->merges);
	*plan = (struct unpack_plan){ 0 };
}
