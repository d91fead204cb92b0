/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hard links: device and inode → the node met first. */
#include "tree/impl.h"

#include <stdlib.h>

struct link_slot {
	dev_t dev;
	ino_t ino;
	struct tree_node *node; /* NULL: free */
};

struct tree_links {
	struct link_slot *slots;
	size_t n, capacity; /* capacity is a power of two, at most half full */
};

void tree_links_free(struct tree_links *links)
{
	if (!links)
		return;
	free(links->slots);
	free(links);
}

static struct link_slot *link_find(const struct tree_links *links, dev_t dev, ino_t ino)
{
	uint64_t h = ((uint64_t)ino * 0x9e3779b97f4a7c15u) ^ ((uint64_t)dev * 0xc2b2ae3d27d4eb4fu);
	size_t i = (size_t)(h >> 20) & (links->capacity - 1);

	while (links->slots[i].node &&
	       (links->slots[i].dev != dev || links->slots[i].ino != ino))
		i = (i + 1) & (links->capacity - 1);
	return &links->slots[i];
}

static bool links_grow(struct tree_links *links)
{
	struct tree_links bigger = { .capacity = links->capacity ? links->capacity * 2 : 64,
				     .n = links->n };

	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < links->capacity; i++) {
		const struct link_slot *s = &links->slots[i];

		if (s->node)
			*link_find(&bigger, s->dev, s->ino) = *s;
	}
	free(links->slots);
	*links = bigger;
	return true;
}

struct tree_node *tree_links_first(struct tree *t, dev_t dev, ino_t ino, struct tree_node *node)
{
	struct link_slot *slot;

	if (!t->links) {
		t->links = calloc(1, sizeof(*t->links));
		if (!t->links)
			return NULL;
	}
	if (t->links->n * 2 >= t->links->capacity && !links_grow(t->links))
		return NULL;
	slot = link_find(t->links, dev, ino);
	if (!slot->node) {
		*slot = (struct link_slot){ .dev = dev, .ino = ino, .node = node };
		t->links->n++;
	}
	return slot->node;
}
