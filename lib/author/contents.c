/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/contents.h"

#include <stdlib.h>

#include "base/fail.h"

static bool is_one_of(const struct tree_node *n, const struct tree_node *other)
{
	return other && (n == other || (n->link && n->link == other->link));
}

bool contents_boots(const struct plan *plan, const struct tree_node *n)
{
	const struct plan_boot *boot = &plan->boot;
	const struct plan_platforms *p = &boot->platforms;

	if ((n->flags | (n->link ? n->link->flags : 0)) & (TREE_BOOT | TREE_HIDDEN | TREE_QUOTED))
		return true;
	for (size_t i = 0; i < boot->n_entries; i++)
		if (is_one_of(n, boot->entries[i].node))
			return true;
	for (size_t i = 0; i < p->n_mips_files; i++)
		if (is_one_of(n, p->mips_files[i]))
			return true;
	return is_one_of(n, p->sparc_core) || is_one_of(n, p->hppa_bootloader) ||
	       is_one_of(n, p->hppa_kernel_32) || is_one_of(n, p->hppa_kernel_64) ||
	       is_one_of(n, p->hppa_ramdisk) || is_one_of(n, p->alpha_loader) ||
	       is_one_of(n, boot->efi_part);
}

static int forget(void *ctx, struct tree_node *n)
{
	(void)ctx;
	n->id = CONTENTS_NONE;
	if (n->link) {
		n->link->id = CONTENTS_NONE;
		/* What holds of one name holds of all. */
		n->link->flags |= n->flags & (TREE_BOOT | TREE_HIDDEN | TREE_QUOTED);
	}
	return 0;
}

struct gather {
	const struct plan *plan;
	struct content *list;
	size_t n;
};

/* Without a list: count. */
static int gather(void *ctx, struct tree_node *n)
{
	struct gather *g = ctx;

	if (!tree_is_file(n) || n->size == 0 || contents_boots(g->plan, n))
		return 0;
	if (n->link && n->link->id != CONTENTS_NONE) {
		n->id = n->link->id;
		return 0;
	}
	n->id = (uint32_t)g->n;
	if (n->link)
		n->link->id = n->id;
	if (g->list)
		g->list[g->n] = (struct content){ .node = n };
	g->n++;
	return 0;
}

enum isokit_status contents_list(struct plan *plan, struct content **ret_list, size_t *ret_n,
				 struct isokit_error *err)
{
	struct gather g = { .plan = plan };

	(void)tree_walk(plan->tree->root, forget, NULL);
	(void)tree_walk(plan->tree->root, gather, &g);
	if (g.n >= CONTENTS_NONE)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "contents",
				   "%zu files are more than an image can hold", g.n);
	g.list = calloc(g.n ? g.n : 1, sizeof(*g.list));
	if (!g.list)
		return isokit_fail_nomem(err, "contents", g.n * sizeof(*g.list));
	g.n = 0;
	(void)tree_walk(plan->tree->root, forget, NULL);
	(void)tree_walk(plan->tree->root, gather, &g);
	*ret_list = g.list;
	*ret_n = g.n;
	return ISOKIT_OK;
}

enum isokit_status contents_digests(struct plan *plan, const struct isokit_digests **ret,
				    struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (!plan->digests)
		st = isokit_digests_load(&plan->digests, err);
	*ret = plan->digests;
	return st;
}

enum isokit_status contents_tell(const struct plan *plan, const char *phase, uint64_t done,
				 uint64_t total, struct isokit_error *err)
{
	struct isokit_build_progress now = { .phase = phase, .done = done, .total = total };

	if (plan->options.progress && plan->options.progress(plan->options.progress_ctx, &now))
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	return ISOKIT_OK;
}
