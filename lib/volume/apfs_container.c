/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/apfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "volume/impl.h"

enum { SUPER_BYTES = 4096, MOST_LEVELS = 12, MOST_CHECKPOINTS = 4096 };

static bool read_block(const struct apfs_container *c, uint64_t block, struct gather *spend,
		       uint8_t *to)
{
	uint64_t at;

	return block && mul_u64(block, c->a.block_bytes, &at) &&
	       (!spend || gather_spend(spend, c->a.block_bytes)) &&
	       volume_try_read(c->src, at, to, c->a.block_bytes) &&
	       ondisk_apfs_sound(to, c->a.block_bytes);
}

static int by_object(const void *a, const void *b)
{
	const struct apfs_place *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return x->transaction < y->transaction ? -1 : x->transaction > y->transaction;
}

static uint64_t place_of(const struct apfs_map *m, uint64_t object)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->items[mid].object <= object)
			low = mid + 1;
		else
			high = mid;
	}
	return low && m->items[low - 1].object == object ? m->items[low - 1].block : 0;
}

/* ---- walking a tree --------------------------------------------------------------------------- */

struct walk {
	struct apfs_container *c;
	const struct apfs_map *map; /* NULL: children are blocks */
	struct gather *spend;
	bool (*visit)(void *ctx, const struct ondisk_apfs_item *i);
	void *ctx;
	bool damaged, stopped;
};

static void walk_node(struct walk *w, uint64_t object, unsigned level, bool root)
{
	uint64_t block = w->map && !root ? place_of(w->map, object) : object;
	uint8_t *raw = gather_alloc(w->spend, w->c->a.block_bytes);
	struct ondisk_apfs_node n;
	struct ondisk_apfs_item i;

	/* Levels descend by one each: no circle ends deeper than the root says. */
	if (!raw || !read_block(w->c, block, w->spend, raw) ||
	    !ondisk_apfs_node_decode(raw, w->c->a.block_bytes, &n) ||
	    (root ? n.level >= MOST_LEVELS : n.level != level)) {
		w->damaged = true;
		free(raw);
		return;
	}
	for (uint32_t k = 0; k < n.n && !w->stopped; k++) {
		if (!ondisk_apfs_item(&n, k, &i) || i.key_bytes < 8 ||
		    (n.level && i.value_bytes < 8)) {
			w->damaged = true;
		} else if (n.level) {
			walk_node(w, get_le64(i.value), n.level - 1, false);
			w->stopped = w->stopped || (w->spend && w->spend->status);
		} else {
			w->stopped = !w->visit(w->ctx, &i);
		}
	}
	free(raw);
}

/* ---- object maps -------------------------------------------------------------------------------- */

struct loading {
	struct apfs_map *map;
	uint64_t transaction;
	bool memory;
};

static bool on_place(void *ctx, const struct ondisk_apfs_item *i)
{
	enum { DELETED = 1 };
	struct loading *l = ctx;
	struct apfs_place p;

	if (i->key_bytes < 16 || i->value_bytes < 16)
		return true;
	p = (struct apfs_place){ .object = get_le64(i->key), .transaction = get_le64(i->key + 8),
				 .block = get_le64(i->value + 8) };
	if (p.transaction > l->transaction || get_le32(i->value) & DELETED)
		return true;
	if (!ARRAY_RESERVE(l->map->items, l->map->capacity, l->map->n + 1)) {
		l->memory = false;
		return false;
	}
	l->map->items[l->map->n++] = p;
	return true;
}

static bool load_map(struct apfs_container *c, uint64_t block, uint64_t transaction,
		     struct gather *spend, struct apfs_map *ret)
{
	struct loading l = { .map = ret, .transaction = transaction, .memory = true };
	struct walk w = { .c = c, .spend = spend, .visit = on_place, .ctx = &l };
	uint8_t *raw = gather_alloc(spend, c->a.block_bytes);
	uint64_t tree;
	bool ok = raw && read_block(c, block, spend, raw) && ondisk_apfs_map_decode(raw, &tree);

	free(raw);
	if (!ok)
		return false;
	walk_node(&w, tree, 0, true);
	if (ret->n)
		qsort(ret->items, ret->n, sizeof(*ret->items), by_object);
	if (!l.memory && spend)
		(void)gather_no_memory(spend, 0);
	return ret->n && l.memory;
}

/* ---- container and volumes -------------------------------------------------------------------------- */

/* The block at the beginning is only where to look for the newest one. */
static bool take_newest(struct apfs_container *c, struct gather *spend)
{
	uint8_t raw[SUPER_BYTES], *block = gather_alloc(spend, c->a.block_bytes);
	struct ondisk_apfs first = c->a, a;
	uint32_t n = (uint32_t)min_u64(first.n_checkpoints, MOST_CHECKPOINTS);

	for (uint32_t i = 0; block && i < n; i++) {
		uint64_t at;

		if (!mul_u64(first.checkpoints + i, first.block_bytes, &at) ||
		    !volume_try_read(c->src, at, raw, sizeof(raw)) ||
		    !ondisk_apfs_decode(raw, &a) || a.block_bytes != first.block_bytes ||
		    a.transaction < c->a.transaction)
			continue;
		if (volume_try_read(c->src, at, block, first.block_bytes) &&
		    ondisk_apfs_sound(block, first.block_bytes))
			c->a = a;
	}
	free(block);
	return block != NULL;
}

bool apfs_container_open(struct isokit_source *src, struct gather *spend,
			 struct apfs_container *c)
{
	uint8_t raw[SUPER_BYTES];

	*c = (struct apfs_container){ .src = src };
	if (!volume_try_read(src, 0, raw, sizeof(raw)) || !ondisk_apfs_decode(raw, &c->a))
		return false;
	return take_newest(c, spend) &&
	       load_map(c, c->a.map, c->a.transaction, spend, &c->map);
}

void apfs_container_close(struct apfs_container *c)
{
	free(c->map.items);
}

bool apfs_volume_open(struct apfs_container *c, unsigned index, struct gather *spend,
		      struct apfs_volume *v)
{
	*v = (struct apfs_volume){ 0 };
	v->raw = gather_alloc(spend, c->a.block_bytes);
	if (v->raw && read_block(c, place_of(&c->map, c->a.volumes[index]), spend, v->raw) &&
	    ondisk_apfs_volume_decode(v->raw, &v->v))
		return true;
	apfs_volume_close(v);
	return false;
}

void apfs_volume_close(struct apfs_volume *v)
{
	free(v->raw);
	free(v->map.items);
	*v = (struct apfs_volume){ 0 };
}

bool apfs_volume_walk(struct apfs_container *c, const struct apfs_volume *v, struct gather *spend,
		      bool (*visit)(void *ctx, const struct ondisk_apfs_item *i), void *ctx)
{
	struct apfs_map map = { 0 };
	struct walk w = { .c = c, .spend = spend, .visit = visit, .ctx = ctx };
	uint64_t root;
	bool ok = true;

	if (!v->v.physical_root) {
		ok = load_map(c, v->v.map, c->a.transaction, spend, &map);
		w.map = &map;
	}
	root = ok && w.map ? place_of(&map, v->v.root) : v->v.root;
	if (ok)
		walk_node(&w, root, 0, true);
	free(map.items);
	return ok && !w.damaged;
}
