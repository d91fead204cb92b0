/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims on bytes as they are collected, and the names of those that claim. */
#include "model/layout.h"

#include <string.h>

#include "base/array.h"
#include "base/checked.h"

bool layout_wants(const struct isokit_layout *l, uint64_t offset, uint64_t bytes)
{
	const struct isokit_range *r = l->options.ranges;
	size_t low = 0, high = l->options.n_ranges;

	if (!r)
		return true;
	if (!add_u64(offset, l->shift, &offset))
		return false;
	/* The first range that ends behind the beginning. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r[mid].offset + r[mid].bytes <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->options.n_ranges &&
	       (r[low].offset <= offset || r[low].offset - offset < bytes);
}

bool layout_claim(struct isokit_layout *l, const struct layout_claim *claim)
{
	uint64_t end;

	if (claim->bytes == 0 || !layout_wants(l, claim->offset, claim->bytes))
		return true;
	if (!ARRAY_RESERVE(l->claims, l->capacity_claims, l->n_claims + 1))
		return false;
	l->claims[l->n_claims] = *claim;
	l->claims[l->n_claims].offset = min_u64(claim->offset, UINT64_MAX - l->shift) + l->shift;
	if (!add_u64(l->claims[l->n_claims].offset, claim->bytes, &end))
		/* then no end has to be checked */
		l->claims[l->n_claims].bytes = UINT64_MAX - l->claims[l->n_claims].offset;
	l->n_claims++;
	return true;
}

static const enum isokit_region_layer layer_of[ISOKIT_REGION_KINDS] = {
	[ISOKIT_REGION_CATALOG] = ISOKIT_LAYER_BOOT,
	[ISOKIT_REGION_BOOT_IMAGE] = ISOKIT_LAYER_BOOT,
	[ISOKIT_REGION_FAT] = ISOKIT_LAYER_BOOT,
	[ISOKIT_REGION_PARTITION] = ISOKIT_LAYER_PARTITIONS,
	[ISOKIT_REGION_SYSTEM_AREA] = ISOKIT_LAYER_VOLUMES,
	[ISOKIT_REGION_SESSION] = ISOKIT_LAYER_VOLUMES,
	[ISOKIT_REGION_VOLUME] = ISOKIT_LAYER_VOLUMES,
};

bool layout_thing(struct isokit_layout *l, enum isokit_region_kind kind, uint64_t offset,
		  uint64_t bytes, const char *name)
{
	struct layout_claim claim = {
		.offset = offset, .bytes = bytes, .kind = (uint8_t)kind,
		.layer = (uint8_t)layer_of[kind], .node = (uint32_t)l->n_things,
	};

	if (!ARRAY_RESERVE(l->things, l->capacity_things, l->n_things + 1))
		return false;
	l->things[l->n_things++] = (struct layout_thing){ .name = name };
	return layout_claim(l, &claim);
}

uint32_t layout_node(struct isokit_layout *l, uint32_t parent, const char *name, size_t n)
{
	if (l->n_nodes >= LAYOUT_NO_NODE || n >= UINT32_MAX - l->n_names ||
	    !ARRAY_RESERVE(l->nodes, l->capacity_nodes, l->n_nodes + 1) ||
	    !ARRAY_RESERVE(l->names, l->capacity_names, l->n_names + n + 1))
		return LAYOUT_NO_NODE;
	l->nodes[l->n_nodes] = (struct layout_node){ parent, (uint32_t)l->n_names };
	memcpy(l->names + l->n_names, name, n);
	l->names[l->n_names + n] = '\0';
	l->n_names += n + 1;
	return (uint32_t)l->n_nodes++;
}

/* Parents come before their children, so the way up ends. */
const char *layout_path(struct isokit_layout *l, uint32_t node)
{
	uint32_t way[2100];
	size_t n = 0;

	for (; node != LAYOUT_NO_NODE && n < sizeof(way) / sizeof(way[0]);
	     node = l->nodes[node].parent)
		way[n++] = node;
	text_clear(&l->path);
	while (n--) {
		const char *name = l->names + l->nodes[way[n]].name;

		if (name[0] == '\0') /* the root */
			continue;
		text_add_char(&l->path, '/');
		text_add_str(&l->path, name);
	}
	if (l->path.n == 0)
		text_add_char(&l->path, '/');
	return l->path.failed ? NULL : text_string(&l->path);
}
