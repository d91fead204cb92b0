/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the regions of a layout to blocks that can be drawn. */
#include "report/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"

enum { SECTOR_BYTES = 2048, MAX_TRACKS = 3 };

const char *map_group_name(enum map_group group)
{
	switch (group) {
	case MAP_SYSTEM: return "system area, partition tables";
	case MAP_STRUCTURE: return "volume descriptors, path tables";
	case MAP_DIRECTORY: return "directories";
	case MAP_FILE: return "files";
	case MAP_BOOT: return "boot images, catalog";
	case MAP_PARTITION: return "partitions without known contents";
	case MAP_UDF: return "UDF structures";
	case MAP_HFS: return "HFS structures";
	case MAP_CHECKSUM: return "checksums";
	case MAP_DATA: return "data that nothing claims";
	case MAP_UNUSED: return "unused, padding";
	case MAP_MISSING: return "missing";
	case MAP_GROUPS: break;
	}
	return "";
}

const char *map_group_class(enum map_group group)
{
	static const char *const names[MAP_GROUPS] = { "c0", "c1", "c2", "c3", "c4",  "c5",
						       "c6", "c7", "c8", "c9", "c10", "c11" };

	return names[group];
}

static enum map_group group_of(const struct isokit_region *r)
{
	switch (r->kind) {
	case ISOKIT_REGION_BOOT_CODE:
	case ISOKIT_REGION_PARTITION_TABLE:
	case ISOKIT_REGION_SYSTEM_AREA: return MAP_SYSTEM;
	case ISOKIT_REGION_DESCRIPTOR:
	case ISOKIT_REGION_PATH_TABLE: return MAP_STRUCTURE;
	case ISOKIT_REGION_DIRECTORY:
	case ISOKIT_REGION_ATTRIBUTES: return MAP_DIRECTORY;
	case ISOKIT_REGION_FILE: return MAP_FILE;
	case ISOKIT_REGION_UDF: return MAP_UDF;
	case ISOKIT_REGION_HFS: return MAP_HFS;
	case ISOKIT_REGION_CHECKSUM: return MAP_CHECKSUM;
	case ISOKIT_REGION_CATALOG:
	case ISOKIT_REGION_BOOT_IMAGE:
	case ISOKIT_REGION_FAT: return MAP_BOOT;
	case ISOKIT_REGION_PARTITION: return MAP_PARTITION;
	case ISOKIT_REGION_GAP: return r->gap == ISOKIT_GAP_DATA ? MAP_DATA : MAP_UNUSED;
	case ISOKIT_REGION_SESSION:
	case ISOKIT_REGION_VOLUME:
	case ISOKIT_REGION_KINDS: break;
	}
	return MAP_UNUSED;
}

/* ---- segments ---------------------------------------------------------------------- */

static bool add_segment(struct map *m, uint64_t from, uint64_t to, size_t region,
			enum map_group group)
{
	const struct isokit_region *r = &m->regions[region];

	if (from >= to)
		return true;
	if (!ARRAY_RESERVE(m->segments, m->capacity_segments, m->n_segments + 1))
		return false;
	m->segments[m->n_segments++] = (struct map_block){
		.offset = from, .end = to, .group = group, .region = region,
		.largest = to - from, .n_items = 1,
		.n_files = r->kind == ISOKIT_REGION_FILE,
		.n_directories = r->kind == ISOKIT_REGION_DIRECTORY,
	};
	return true;
}

/* The rest of a sector belongs to what begins it, up to the next thing in it. */
static uint64_t visible_end(const struct map *m, size_t region)
{
	const struct isokit_region *r = &m->regions[region];
	uint64_t end = r->offset + r->bytes, rounded = round_up(end, SECTOR_BYTES);
	size_t low = region + 1, high = m->n_regions;

	if (r->offset < (uint64_t)16 * SECTOR_BYTES)
		return min_u64(end, m->size);
	/* They are in order, and many may begin before this one ends. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->regions[mid].offset < end)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i < m->n_regions && m->regions[i].offset < rounded; i++)
		if (m->regions[i].layer == ISOKIT_LAYER_CONTENTS)
			return min_u64(m->regions[i].offset, m->size);
	return min_u64(rounded, m->size);
}

/* A boot image that is a file, too: the boot image is what matters. */
static enum map_group group_of_file(const struct map *m, size_t index)
{
	const struct isokit_region *r = &m->regions[index];

	for (size_t i = index; i-- > 0 && m->regions[i].offset == r->offset;)
		if (m->regions[i].layer == ISOKIT_LAYER_BOOT)
			return MAP_BOOT;
	for (size_t i = index + 1; i < m->n_regions && m->regions[i].offset == r->offset; i++)
		if (m->regions[i].layer == ISOKIT_LAYER_BOOT)
			return MAP_BOOT;
	return group_of(r);
}

static bool add_contents(struct map *m)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < m->n_regions; i++) {
		const struct isokit_region *r = &m->regions[i];
		uint64_t end = visible_end(m, i);
		uint64_t from = max_u64(covered, r->offset);
		enum map_group group;

		if (r->layer != ISOKIT_LAYER_CONTENTS || end <= from)
			continue;
		group = r->kind == ISOKIT_REGION_FILE ? group_of_file(m, i) : group_of(r);
		if (!add_segment(m, from, end, i, group))
			return false;
		covered = end;
	}
	return true;
}

static int by_offset(const void *pa, const void *pb)
{
	const struct map_block *a = pa, *b = pb;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* What the segments so far leave open of one region is shown as this region. */
static bool fill_holes(struct map *m, size_t region)
{
	const struct isokit_region *r = &m->regions[region];
	uint64_t at = r->offset, end = visible_end(m, region);
	size_t n = m->n_segments, low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->segments[mid].end <= at)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t s = low; at < end; s++) {
		uint64_t stop = s < n ? min_u64(m->segments[s].offset, end) : end;

		if (at < stop && !add_segment(m, at, stop, region, group_of(r)))
			return false;
		if (s >= n)
			break;
		at = max_u64(at, m->segments[s].end);
	}
	if (m->n_segments > n)
		qsort(m->segments, m->n_segments, sizeof(*m->segments), by_offset);
	return true;
}

enum { MOST_CONTAINERS = 512 };

/* The smallest container says most about a place: it goes first. */
static bool fill_layer(struct map *m, unsigned layer)
{
	size_t list[MOST_CONTAINERS], n = 0;

	for (size_t i = 0; i < m->n_regions && n < MOST_CONTAINERS; i++) {
		const struct isokit_region *r = &m->regions[i];
		size_t at = n;

		if (r->layer != layer || (layer == ISOKIT_LAYER_VOLUMES &&
					  r->kind != ISOKIT_REGION_SYSTEM_AREA))
			continue;
		for (; at && m->regions[list[at - 1]].bytes > r->bytes; at--)
			list[at] = list[at - 1];
		list[at] = i;
		n++;
	}
	for (size_t i = 0; i < n; i++)
		if (!fill_holes(m, list[i]))
			return false;
	return true;
}

static void mark_overlaps(struct map *m)
{
	const struct isokit_overlap *o;
	size_t n, k = 0;

	o = isokit_layout_overlaps(m->layout, &n, &m->n_overlaps);
	for (size_t i = 0; i < n; i++) {
		uint64_t end = o[i].offset + o[i].bytes;

		while (k < m->n_segments && m->segments[k].end <= o[i].offset)
			k++;
		for (size_t s = k; s < m->n_segments && m->segments[s].offset < end; s++)
			m->segments[s].overlap = true;
	}
}

static bool add_missing(struct map *m)
{
	uint64_t need = m->facts->expected.bytes;

	m->end = m->size;
	if (need <= m->size)
		return true;
	/* An absurd claim must not shrink what is there. */
	m->end = m->size + min_u64(need - m->size, m->size / 4 + SECTOR_BYTES);
	if (m->n_regions == 0)
		return true;
	if (!add_segment(m, m->size, m->end, 0, MAP_MISSING))
		return false;
	m->segments[m->n_segments - 1].n_files = 0;
	m->segments[m->n_segments - 1].n_directories = 0;
	return true;
}

/* ---- merging ------------------------------------------------------------------------ */

static bool may_merge(const struct map *m, const struct map_block *a,
		      const struct map_block *b, bool any)
{
	if (a->group == MAP_MISSING || b->group == MAP_MISSING)
		return false;
	if (any)
		return true;
	if (a->group == MAP_STRUCTURE &&
	    m->regions[a->region].kind != m->regions[b->region].kind)
		return false;
	return a->group == b->group && a->overlap == b->overlap &&
	       (a->group != MAP_BOOT && a->group != MAP_DATA);
}

static void merge_into(struct map_block *a, const struct map_block *b)
{
	if (b->largest > a->largest) {
		a->region = b->region;
		a->largest = b->largest;
		a->group = b->group;
	}
	a->end = b->end;
	a->n_items += b->n_items;
	a->n_files += b->n_files;
	a->n_directories += b->n_directories;
	a->overlap |= b->overlap;
}

/* Neighbours that are each smaller than `below` become one. */
static size_t merge_once(const struct map *m, struct map_block *b, size_t n, uint64_t below,
			 bool any)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept && b[i].largest < below && b[kept - 1].largest < below &&
		    may_merge(m, &b[kept - 1], &b[i], any))
			merge_into(&b[kept - 1], &b[i]);
		else
			b[kept++] = b[i];
	}
	return kept;
}

bool map_merge(const struct map *m, size_t most, struct map_block **ret_blocks, size_t *ret_n)
{
	struct map_block *b = calloc(m->n_segments ? m->n_segments : 1, sizeof(*b));
	size_t n = m->n_segments;

	if (!b)
		return false;
	if (n)
		memcpy(b, m->segments, n * sizeof(*b));
	for (uint64_t below = SECTOR_BYTES; n > most && below / 4 <= m->end; below *= 2)
		n = merge_once(m, b, n, below, false);
	for (uint64_t below = SECTOR_BYTES; n > most && below / 4 <= m->end; below *= 2)
		n = merge_once(m, b, n, below, true);
	*ret_blocks = b;
	*ret_n = n;
	return true;
}

/* ---- lanes -------------------------------------------------------------------------- */

static bool add_bar(struct map_lane *lane, const struct map *m, size_t region)
{
	const struct isokit_region *r = &m->regions[region];
	uint64_t end = min_u64(r->offset + r->bytes, m->end);
	unsigned track = 0;

	if (r->offset >= end || lane->n_bars >= MAP_MAX_BARS)
		return true;
	/* The first track with room; the last one takes what is left. */
	for (; track + 1 < MAX_TRACKS; track++) {
		bool room = true;

		for (size_t i = 0; i < lane->n_bars; i++)
			if (lane->bars[i].track == track && lane->bars[i].end > r->offset)
				room = false;
		if (room)
			break;
	}
	if (!ARRAY_RESERVE(lane->bars, lane->capacity_bars, lane->n_bars + 1))
		return false;
	lane->bars[lane->n_bars++] = (struct map_bar){
		.offset = r->offset, .end = end, .region = region, .track = track };
	if (track + 1 > lane->n_tracks)
		lane->n_tracks = track + 1;
	return true;
}

static bool belongs(const struct isokit_region *r, const char *lane)
{
	if (r->table)
		return strcmp(r->table, lane) == 0;
	if (r->kind == ISOKIT_REGION_BOOT_IMAGE)
		return strcmp(lane, "El Torito") == 0;
	if (r->kind == ISOKIT_REGION_FAT || r->kind == ISOKIT_REGION_VOLUME)
		return strcmp(lane, "Volumes") == 0;
	return r->kind == ISOKIT_REGION_SESSION && strcmp(lane, "Sessions") == 0;
}

static bool add_lanes(struct map *m)
{
	static const char *const names[MAP_LANES] = { "El Torito", "MBR", "GPT", "APM", "Volumes",
						      "Sessions" };

	for (size_t k = 0; k < MAP_LANES; k++) {
		struct map_lane *lane = &m->lanes[m->n_lanes];

		lane->name = names[k];
		for (size_t i = 0; i < m->n_regions; i++)
			if (belongs(&m->regions[i], names[k]) && !add_bar(lane, m, i))
				return false;
		if (lane->n_bars)
			m->n_lanes++;
	}
	return true;
}

/* ---- totals ------------------------------------------------------------------------- */

static uint64_t file_bytes(const struct map *m, size_t segment)
{
	return m->regions[m->segments[segment].region].bytes;
}

static void note_largest(struct map *m, size_t segment)
{
	size_t at = m->n_largest;

	if (m->segments[segment].n_files == 0)
		return;
	while (at && file_bytes(m, segment) > file_bytes(m, m->largest[at - 1]))
		at--;
	if (at == MAP_LARGEST)
		return;
	if (m->n_largest < MAP_LARGEST)
		m->n_largest++;
	memmove(&m->largest[at + 1], &m->largest[at],
		(m->n_largest - at - 1) * sizeof(m->largest[0]));
	m->largest[at] = segment;
}

static void add_up(struct map *m)
{
	for (size_t i = 0; i < m->n_segments; i++) {
		const struct map_block *s = &m->segments[i];

		m->group_bytes[s->group] += s->end - s->offset;
		m->group_items[s->group]++;
		note_largest(m, i);
	}
	if (m->facts->expected.bytes > m->size)
		m->group_bytes[MAP_MISSING] = m->facts->expected.bytes - m->size;
}

enum isokit_status map_build(struct map *m, struct isokit_layout *layout,
			     const struct isokit_facts *facts,
			     const struct isokit_boot_verdict *verdict, size_t most_blocks)
{
	*m = (struct map){ .layout = layout, .facts = facts, .verdict = verdict,
			   .size = facts->size };
	m->regions = isokit_layout_regions(layout, &m->n_regions);
	if (!add_contents(m) || !fill_layer(m, ISOKIT_LAYER_BOOT) ||
	    !fill_layer(m, ISOKIT_LAYER_VOLUMES) || !fill_layer(m, ISOKIT_LAYER_PARTITIONS) ||
	    !add_missing(m))
		return ISOKIT_E_NOMEM;
	mark_overlaps(m);
	add_up(m);
	if (!map_merge(m, most_blocks, &m->blocks, &m->n_blocks) || !add_lanes(m))
		return ISOKIT_E_NOMEM;
	return ISOKIT_OK;
}

void map_free(struct map *m)
{
	free(m->segments);
	free(m->blocks);
	for (size_t i = 0; i < MAP_LANES; i++)
		free(m->lanes[i].bars);
}
