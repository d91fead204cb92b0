/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/clusters.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "ondisk/fat.h"
#include "volume/impl.h"

void clusters_begin(struct clusters *c, struct isokit_source *volume, unsigned bits,
		    uint64_t table_offset, uint64_t data_offset, uint32_t cluster_bytes,
		    uint32_t n_clusters)
{
	uint64_t size = isokit_source_size(volume), room;

	room = data_offset < size ? (size - data_offset) / cluster_bytes : 0;
	c->volume = volume;
	c->bits = bits;
	c->table_offset = table_offset;
	c->data_offset = data_offset;
	c->cluster_bytes = cluster_bytes;
	c->n = (uint32_t)min_u64(n_clusters, room);
	c->left = 2 * (uint64_t)c->n + 16;
	c->window_at = 0;
	c->window_bytes = 0;
	c->runs = NULL;
	c->n_runs = c->capacity = 0;
}

void clusters_end(struct clusters *c)
{
	free(c->runs);
	c->runs = NULL;
	c->n_runs = c->capacity = 0;
}

static bool fill_window(struct clusters *c, uint64_t at)
{
	uint64_t size = isokit_source_size(c->volume), from = at / 512 * 512;

	c->window_bytes = 0;
	if (from >= size)
		return false;
	c->window_at = from;
	if (!volume_try_read(c->volume, from, c->window,
			     (size_t)min_u64(CLUSTERS_WINDOW, size - from)))
		return false;
	c->window_bytes = (size_t)min_u64(CLUSTERS_WINDOW, size - from);
	return true;
}

enum clusters_link clusters_next(struct clusters *c, uint32_t cluster, uint32_t *ret_next)
{
	unsigned bits = c->bits == 64 ? 32 : c->bits;
	uint64_t at = c->table_offset + ondisk_fat_link_offset(bits, cluster);
	size_t need = ondisk_fat_link_bytes(bits);
	uint32_t link;

	if (!range_inside(at, need, c->window_at + c->window_bytes) || at < c->window_at) {
		if (!fill_window(c, at) ||
		    !range_inside(at, need, c->window_at + c->window_bytes))
			return CLUSTERS_BROKEN;
	}
	if (c->bits == 64) {
		link = get_le32(c->window + (at - c->window_at));
		if (link >= UINT32_C(0xfffffff8))
			return CLUSTERS_LAST;
	} else {
		link = ondisk_fat_link(bits, cluster, c->window + (at - c->window_at));
		if (ondisk_fat_link_is_end(bits, link))
			return CLUSTERS_LAST;
	}
	*ret_next = link;
	return clusters_has(c, link) ? CLUSTERS_NEXT : CLUSTERS_BROKEN;
}

/* Brent's way: the mark stays for twice as many steps each time. */
bool clusters_walk_returns(struct clusters_walk *w, uint32_t cluster)
{
	if (w->until && cluster == w->mark)
		return true;
	if (w->steps++ == w->until) {
		w->until = 2 * w->until + 1;
		w->steps = 0;
		w->mark = cluster;
	}
	return false;
}

static bool add_run(struct clusters *c, uint64_t at, uint64_t offset, uint64_t bytes)
{
	struct gather_run *last = c->n_runs ? &c->runs[c->n_runs - 1] : NULL;

	if (last && last->offset + last->bytes == offset) {
		last->bytes += bytes;
		return true;
	}
	if (!ARRAY_RESERVE(c->runs, c->capacity, c->n_runs + 1))
		return false;
	c->runs[c->n_runs++] = (struct gather_run){ .at = at, .offset = offset, .bytes = bytes };
	return true;
}

enum clusters_chain clusters_runs(struct clusters *c, uint32_t first, uint64_t bytes,
				  bool contiguous)
{
	uint64_t need = div_up(bytes, c->cluster_bytes), at = 0;
	uint32_t cluster = first;

	c->n_runs = 0;
	if (need > c->n || need > c->left || !clusters_has(c, first))
		return CLUSTERS_DAMAGED;
	c->left -= need;
	if (contiguous) {
		if (need > c->n - (first - 2))
			return CLUSTERS_DAMAGED;
		return add_run(c, 0, clusters_offset(c, first), bytes) ? CLUSTERS_OK :
									 CLUSTERS_NO_MEMORY;
	}
	/* A loop is no danger: the number of clusters is fixed. */
	for (uint64_t i = 0; i < need; i++) {
		uint64_t n = min_u64(c->cluster_bytes, bytes - at);

		if (!add_run(c, at, clusters_offset(c, cluster), n))
			return CLUSTERS_NO_MEMORY;
		at += n;
		if (i + 1 < need && clusters_next(c, cluster, &cluster) != CLUSTERS_NEXT)
			return CLUSTERS_DAMAGED;
	}
	return CLUSTERS_OK;
}
