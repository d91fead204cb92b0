/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which order contents lie on the medium, and where.
 *
 * File systems share blocks of mostly 4096 bytes (XFS, btrfs), and a block of an image
 * has 2048: a content that begins on an even one can be filled in by reflink. So a
 * block of zeros goes before each larger content that would begin on an odd one, at
 * most 3 in 100 bytes and none at all between small files. A content that is a range
 * of another image keeps to the parity that it has there, since only then its blocks
 * can be shared.
 *
 * libisofs says where contents begin only when it has laid out, and that depends on all
 * directories. The blocks of zeros are right relative to each other; the first of them
 * decides for all, and is made to be there or not by a second round where the first
 * guess was wrong.
 *
 * libisofs sorts by weight with qsort(), which leaves equal ones in no order that is
 * the same everywhere: so each content gets a weight of its own. */
#include "author/layout_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"

enum { ALIGN_FROM_BYTES = 64 * 1024 };

static const char filler_dir[] = "padding";

/* What libisofs stores elsewhere, before or behind all other contents. */
static bool is_elsewhere(const struct layout *l, const struct payload *p)
{
	return p->node->size == 0 || p->old || plan_boot_is_partition(&l->plan->boot, p->index);
}

static uint64_t blocks_of(const struct payload *p)
{
	return div_up(p->node->size, LAYOUT_BLOCK_BYTES);
}

/* The parity of the block where it should begin. */
static unsigned wanted_parity(const struct payload *p)
{
	return p->node->content == TREE_SOURCE &&
	       p->node->u.range->offset % (2 * LAYOUT_BLOCK_BYTES) == LAYOUT_BLOCK_BYTES;
}

/* As with genisoimage and xorriso; the boot catalog goes before all. */
enum { BOOT_IMAGE_WEIGHT = 2 };

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

/* All payloads in the order of the medium. */
static struct place *in_order(const struct layout *l)
{
	struct place *places = calloc(l->n_payloads ? l->n_payloads : 1, sizeof(*places));
	bool sorted = true;

	if (!places)
		return NULL;
	for (size_t i = 0; i < l->n_payloads; i++) {
		places[i].index = (uint32_t)i;
		if (l->payloads[i].node->flags & TREE_BOOT)
			places[i].weight = BOOT_IMAGE_WEIGHT;
	}
	(void)tree_walk(l->plan->tree->root, weigh, places);
	for (size_t i = 1; i < l->n_payloads && sorted; i++)
		sorted = places[i - 1].weight >= places[i].weight;
	if (!sorted)
		qsort(places, l->n_payloads, sizeof(*places), by_weight);
	return places;
}

static bool add_filler(struct layout *l, int32_t rank)
{
	if (!ARRAY_RESERVE(l->fillers, l->capacity_fillers, l->n_fillers + 1))
		return false;
	l->fillers[l->n_fillers++] = rank;
	return true;
}

enum isokit_status layout_order(struct layout *l, struct isokit_error *err)
{
	struct place *places = in_order(l);
	bool ok;
	/* One block for all empty files comes first, then the boot catalog. */
	uint64_t at = 1 + (l->plan->boot.n_entries > 0);
	int32_t rank = INT32_MAX - 1;
	/* Partitions of HFS+ are as large as their contents; where names are as others
	 * have them, so are these. */
	bool as_others = l->plan->options.naming && l->plan->boot.hfs.wanted;

	l->weights = calloc(l->n_payloads ? l->n_payloads : 1, sizeof(*l->weights));
	ok = places && l->weights;
	/* Every content takes one rank and perhaps one for its filler. */
	if (l->n_payloads > INT32_MAX / 2 - 1) {
		free(places);
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "layout",
				   "%zu files are more than can be put in order", l->n_payloads);
	}
	for (size_t i = 0; ok && i < l->n_payloads; i++) {
		struct payload *p = &l->payloads[places[i].index];

		if (!is_elsewhere(l, p) && p->node->size >= ALIGN_FROM_BYTES && !as_others) {
			/* `at` counts from where contents begin until the first filler
			 * is placed; then it has the parity of the block itself. */
			if (!l->has_lead) {
				l->has_lead = true;
				l->lead_odd = (at + wanted_parity(p) + 1) % 2;
				ok = add_filler(l, rank--);
				at = wanted_parity(p);
			} else if (at % 2 != wanted_parity(p)) {
				ok = add_filler(l, rank--);
				at++;
			}
		}
		l->weights[p->index] = rank--;
		if (!is_elsewhere(l, p))
			at += blocks_of(p);
	}
	free(places);
	return ok ? ISOKIT_OK :
		    isokit_fail_nomem(err, "layout", l->n_payloads * sizeof(struct place));
}

enum isokit_status layout_add_fillers(struct layout *l, struct isokit_error *err)
{
	static const bool always = true;
	char name[sizeof(filler_dir) + 12];
	IsoDir *dir = NULL;
	int r = 0;

	if (l->n_fillers == 0)
		return ISOKIT_OK;
	/* In no directory, so it is in nobody's way; only libisofs must not find its
	 * name twice. */
	(void)snprintf(name, sizeof(name), "%s", filler_dir);
	for (unsigned i = 0; tree_child(l->plan->tree->root, name, strlen(name)); i++)
		(void)snprintf(name, sizeof(name), "%s.%u", filler_dir, i);
	r = iso_image_add_new_dir(l->image, iso_image_get_root(l->image), name, &dir);
	if (r >= 0)
		iso_node_set_hidden((IsoNode *)dir,
				    LIBISO_HIDE_ON_RR | LIBISO_HIDE_ON_JOLIET |
					    LIBISO_HIDE_ON_1999 | LIBISO_HIDE_ON_HFSPLUS |
					    LIBISO_HIDE_BUT_WRITE);
	for (size_t i = l->n_fillers; r >= 0 && i-- > 0;) {
		IsoStream *stream = layout_filler_new(i ? &always : &l->lead, (uint32_t)i);
		IsoFile *file = NULL;

		if (!stream)
			return isokit_fail_nomem(err, "layout", sizeof(*stream));
		(void)snprintf(name, sizeof(name), "%08zx", i);
		r = iso_image_add_new_file(l->image, dir, name, stream, &file);
		if (r < 0)
			iso_stream_unref(stream);
		else
			iso_node_set_sort_weight((IsoNode *)file, l->fillers[i]);
	}
	return r < 0 ? layout_fail(r, "layout", err) : ISOKIT_OK;
}
