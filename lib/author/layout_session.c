/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents that lie in a session before. libisofs writes no content of files that it has
 * imported from an image, and keeps their addresses: so it is given an image to import,
 * which nobody has written, with one folder in which each of these contents is a file
 * whose name is a number. What it reads elsewhere comes from the image to start from. */
#include "author/layout_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "author/base.h"
#include "author/joliet.h"
#include "author/session.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum {
	/* Far behind all that a medium of today has. */
	LEDGER_BLOCK = 0xf0000000,
	DESCRIPTOR = 16, TERMINATOR = 17, ROOT = 20,
	NAME_BYTES = 8,
	PX_BYTES = 44, /* RRIP 4.1.1, with the number that hard links share */
	RECORD_BYTES = 34 + NAME_BYTES + PX_BYTES, /* 33 + 8, padded to even: ECMA-119 9.1 */
	PER_BLOCK = LAYOUT_BLOCK_BYTES / RECORD_BYTES,
	SP_BYTES = 7, RR_BYTES = 5,
	DOT_BYTES = 34 + SP_BYTES + PX_BYTES + 1,
	DOTDOT_BYTES = 34 + PX_BYTES,
};
/* One extent of a file that has more: whole blocks. */
#define EXTENT_BYTES (UINT64_C(0x100000000) - LAYOUT_BLOCK_BYTES)

/* A directory record of the ledger. */
struct old_record {
	uint32_t file;   /* number of the file, from 0 */
	uint32_t lba, bytes;
	uint32_t serial; /* equal for hard links */
	bool more;       /* another extent follows */
};

struct ledger {
	struct layout *l;
	struct old_record *records;
	size_t n_records;
	struct isokit_source *base;
};

static size_t ledger_bytes(const struct ledger *g)
{
	return (1 + (size_t)div_up(g->n_records, PER_BLOCK)) * LAYOUT_BLOCK_BYTES;
}

static void put_px(uint8_t *out, uint32_t mode, uint32_t serial)
{
	memcpy(out, "PX", 2);
	out[2] = PX_BYTES;
	out[3] = 1;
	put_both32(out + 4, mode);
	put_both32(out + 12, 1);
	put_both32(out + 36, serial);
}

static void put_record(uint8_t *out, size_t length, uint32_t lba, uint32_t bytes, uint8_t flags,
		       const void *name, size_t name_bytes)
{
	out[0] = (uint8_t)length;
	put_both32(out + 2, lba);
	put_both32(out + 10, bytes);
	out[18] = 100; /* a day in 2000 */
	out[19] = out[20] = 1;
	out[25] = flags;
	put_both16(out + 28, 1);
	out[32] = (uint8_t)name_bytes;
	memcpy(out + 33, name, name_bytes);
}

static void put_root(const struct ledger *g, uint8_t *block)
{
	uint32_t bytes = (uint32_t)ledger_bytes(g);
	uint8_t *sp = block + 34;

	put_record(block, DOT_BYTES, LEDGER_BLOCK + ROOT, bytes, 2, "\0", 1);
	memcpy(sp, "SP\7\1\276\357", 6); /* SUSP 5.3 */
	put_px(sp + SP_BYTES, S_IFDIR | 0755, 0);
	put_record(block + DOT_BYTES, DOTDOT_BYTES, LEDGER_BLOCK + ROOT, bytes, 2, "\1", 1);
	put_px(block + DOT_BYTES + 34, S_IFDIR | 0755, 0);
}

/* ECMA-119 8.4; libisofs asks for no path table. */
static void put_descriptor(const struct ledger *g, uint8_t *block)
{
	memcpy(block, "\1CD001\1", 7);
	put_both32(block + 80, UINT32_MAX);
	put_both16(block + 120, 1);
	put_both16(block + 124, 1);
	put_both16(block + 128, LAYOUT_BLOCK_BYTES);
	put_record(block + 156, 34, LEDGER_BLOCK + ROOT, (uint32_t)ledger_bytes(g), 2, "\0", 1);
	block[881] = 1;
}

static void put_records(const struct ledger *g, size_t from, uint8_t *block)
{
	for (size_t i = 0; i < PER_BLOCK && from + i < g->n_records; i++) {
		/* Ascending names: libisofs searches its lists from their heads, and
		 * goes through a folder from its end. */
		const struct old_record *r = &g->records[from + i];
		uint8_t *out = block + i * RECORD_BYTES;
		char name[NAME_BYTES + 1];

		(void)snprintf(name, sizeof(name), "%08X", r->file);
		put_record(out, RECORD_BYTES, r->lba, r->bytes, r->more ? 0x80 : 0, name,
			   NAME_BYTES);
		put_px(out + 34 + NAME_BYTES, S_IFREG | 0444, r->serial);
	}
}

static int ledger_read(IsoDataSource *src, uint32_t lba, uint8_t *block)
{
	const struct ledger *g = src->data;
	uint64_t at = (uint64_t)lba * LAYOUT_BLOCK_BYTES;

	memset(block, 0, LAYOUT_BLOCK_BYTES);
	if (lba < LEDGER_BLOCK) {
		uint64_t size = isokit_source_size(g->base);
		size_t n = at < size ? (size_t)min_u64(LAYOUT_BLOCK_BYTES, size - at) : 0;

		return n && isokit_source_read_at(g->base, at, block, n, NULL) ?
			       (int)ISO_DATA_SOURCE_FAILURE : 1;
	}
	lba -= LEDGER_BLOCK;
	if (lba == DESCRIPTOR)
		put_descriptor(g, block);
	else if (lba == TERMINATOR)
		memcpy(block, "\377CD001\1", 7);
	else if (lba == ROOT)
		put_root(g, block);
	else if (lba > ROOT)
		put_records(g, (size_t)(lba - ROOT - 1) * PER_BLOCK, block);
	return 1;
}

static int ledger_open(IsoDataSource *src)
{
	(void)src;
	return 1;
}

static void ledger_free(IsoDataSource *src)
{
	struct ledger *g = src->data;

	free(g->records);
	free(g);
}

/* ---- which contents -------------------------------------------------------------------- */

static size_t extents_of(const struct payload *p)
{
	return p->node->size > UINT32_MAX ? (size_t)div_up(p->node->size, EXTENT_BYTES) : 1;
}

/* One file for each name, and a second where Joliet may have one of its own
 * (layout_tree.c). */
static unsigned files_for_name(const struct layout *l)
{
	return joliet_wanted(l->plan) ? 2 : 1;
}

static int count_old(void *ctx, struct tree_node *n)
{
	struct layout *l = ctx;

	if (tree_is_file(n) && l->payloads[n->id].old) {
		l->n_old += files_for_name(l);
		l->n_old_records += files_for_name(l) * extents_of(&l->payloads[n->id]);
	}
	return 0;
}

struct listing {
	struct layout *l;
	struct ledger *g;
	uint32_t file;
};

static void list_file(struct listing *x, const struct payload *p)
{
	uint64_t left = p->node->size, lba = p->lba;

	x->l->old[x->file].payload = p->index;
	while (left) {
		uint64_t bytes = p->node->size > UINT32_MAX ? min_u64(left, EXTENT_BYTES) : left;

		left -= bytes;
		x->g->records[x->g->n_records++] =
			(struct old_record){ .file = x->file, .lba = (uint32_t)lba,
					     .bytes = (uint32_t)bytes, .serial = p->index + 1,
					     .more = left != 0 };
		lba += bytes / LAYOUT_BLOCK_BYTES;
	}
	x->file++;
}

static int list_old(void *ctx, struct tree_node *n)
{
	struct listing *x = ctx;
	const struct payload *p = tree_is_file(n) ? &x->l->payloads[n->id] : NULL;

	for (unsigned i = 0; p && p->old && i < files_for_name(x->l); i++)
		list_file(x, p);
	return 0;
}

static enum isokit_status new_ledger(struct layout *l, IsoDataSource **ret_src,
				     struct isokit_error *err)
{
	struct ledger *g = calloc(1, sizeof(*g));
	IsoDataSource *src = calloc(1, sizeof(*src));
	struct listing x = { .l = l, .g = g };

	if (g)
		g->records = calloc(l->n_old_records, sizeof(*g->records));
	l->old = calloc(l->n_old, sizeof(*l->old));
	if (!g || !src || !g->records || !l->old) {
		if (g)
			free(g->records);
		free(g);
		free(src);
		return isokit_fail_nomem(err, "session", l->n_old_records * sizeof(*g->records));
	}
	g->l = l;
	g->base = l->plan->base->src;
	(void)tree_walk(l->plan->tree->root, list_old, &x);
	*src = (IsoDataSource){ .refcount = 1, .open = ledger_open, .close = ledger_open,
				.read_block = ledger_read, .free_data = ledger_free, .data = g };
	*ret_src = src;
	return ISOKIT_OK;
}

/* ---- their nodes -------------------------------------------------------------------------- */

/* Every file of the imported image to its place in l->old. */
static int take_nodes(struct layout *l)
{
	IsoDirIter *iter;
	IsoNode *node;
	int r = iso_dir_get_children(iso_image_get_root(l->imported), &iter);

	if (r < 0)
		return r;
	while ((r = iso_dir_iter_next(iter, &node)) == 1) {
		unsigned long number = strtoul(iso_node_get_name(node), NULL, 16);

		if (number >= l->n_old || iso_node_get_type(node) != LIBISO_FILE) {
			r = (int)ISO_WRONG_PVD;
			break;
		}
		r = iso_dir_iter_take(iter);
		if (r < 0)
			break;
		l->old[number].file = (IsoFile *)node;
	}
	iso_dir_iter_free(iter);
	return r;
}

static int import_ledger(struct layout *l, IsoDataSource *src)
{
	char name[] = "";
	IsoReadOpts *opts = NULL;
	int r = iso_image_new(name, &l->imported);

	if (r >= 0)
		r = iso_read_opts_new(&opts, 0);
	if (r >= 0) {
		(void)iso_read_opts_set_start_block(opts, LEDGER_BLOCK);
		(void)iso_read_opts_set_no_joliet(opts, 1);
		(void)iso_read_opts_set_no_iso1999(opts, 1);
		(void)iso_read_opts_set_no_aaip(opts, 1);
		(void)iso_read_opts_set_no_md5(opts, 1);
		r = iso_image_import(l->imported, src, opts, NULL);
	}
	if (opts)
		iso_read_opts_free(opts);
	return r < 0 ? r : take_nodes(l);
}

static int by_payload(const void *a, const void *b)
{
	const struct layout_old *x = a, *y = b;

	return x->payload < y->payload ? -1 : x->payload > y->payload;
}

enum isokit_status layout_import_old(struct layout *l, struct isokit_error *err)
{
	IsoDataSource *src = NULL;
	enum isokit_status st;
	int r;

	(void)tree_walk(l->plan->tree->root, count_old, l);
	if (l->n_old == 0)
		return ISOKIT_OK;
	st = new_ledger(l, &src, err);
	if (st)
		return st;
	r = import_ledger(l, src);
	iso_data_source_unref(src);
	if (r < 0)
		return layout_fail(r, "session before", err);
	for (size_t i = 0; i < l->n_old; i++)
		if (!l->old[i].file)
			return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, "libisofs",
					   "has not imported what lies in the session before");
	qsort(l->old, l->n_old, sizeof(*l->old), by_payload);
	return ISOKIT_OK;
}

void layout_release_old(struct layout *l)
{
	for (size_t i = 0; i < l->n_old && l->old; i++)
		if (l->old[i].file)
			iso_node_unref((IsoNode *)l->old[i].file);
	free(l->old);
	if (l->imported)
		iso_image_unref(l->imported);
}

/* The first entry of a payload. */
static struct layout_old *first_old(struct layout *l, uint32_t payload)
{
	size_t from = 0, upto = l->n_old;

	while (from < upto) {
		size_t middle = from + (upto - from) / 2;

		if (l->old[middle].payload < payload)
			from = middle + 1;
		else
			upto = middle;
	}
	return from < l->n_old && l->old[from].payload == payload ? &l->old[from] : NULL;
}

int layout_add_old(struct layout *l, IsoDir *dir, const struct payload *p, const char *name,
		   IsoNode **ret)
{
	struct layout_old *first = first_old(l, p->index);
	struct layout_old *o = first ? first + first->used : NULL;
	IsoNode *node;
	int r;

	if (!o || o == l->old + l->n_old || o->payload != p->index)
		return (int)ISO_ASSERT_FAILURE;
	node = (IsoNode *)o->file;
	r = iso_node_set_name(node, name);
	if (r >= 0)
		r = iso_dir_add_node(dir, node, 0);
	if (r < 0)
		return r;
	o->file = NULL;
	first->used++;
	*ret = node;
	return 1;
}
