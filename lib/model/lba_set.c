/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open addressing, linear probing, at most half full. */
#include <stdlib.h>

#include "base/checked.h"
#include "model/tree.h"

static size_t slot_of(const struct lba_set *set, uint32_t key1)
{
	size_t mask = set->capacity - 1;
	size_t i = (size_t)(key1 * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (set->slots[i].key1 && set->slots[i].key1 != key1)
		i = (i + 1) & mask;
	return i;
}

static bool grow(struct lba_set *set)
{
	struct lba_set bigger = { .n = set->n, .capacity = set->capacity ? set->capacity * 2 : 64 };

	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < set->capacity; i++)
		if (set->slots[i].key1)
			bigger.slots[slot_of(&bigger, set->slots[i].key1)] = set->slots[i];
	free(set->slots);
	*set = bigger;
	return true;
}

bool model_lba_set_add(struct lba_set *set, uint32_t key, uint32_t value, bool *ret_known)
{
	size_t i;

	if (key == UINT32_MAX)
		return false; /* no image is that large: the caller has checked its range */
	if ((set->n + 1) * 2 > set->capacity && !grow(set))
		return false;
	i = slot_of(set, key + 1);
	*ret_known = set->slots[i].key1 != 0;
	if (!*ret_known) {
		set->slots[i] = (struct lba_slot){ .key1 = key + 1, .value = value };
		set->n++;
	}
	return true;
}

bool model_lba_set_get(const struct lba_set *set, uint32_t key, uint32_t *ret_value)
{
	size_t i;

	if (!set->n || key == UINT32_MAX)
		return false;
	i = slot_of(set, key + 1);
	if (!set->slots[i].key1)
		return false;
	*ret_value = set->slots[i].value;
	return true;
}

void model_lba_set_subtract(struct lba_set *set, uint32_t key)
{
	size_t i;

	if (!set->n || key == UINT32_MAX)
		return;
	i = slot_of(set, key + 1);
	if (set->slots[i].key1)
		set->slots[i].value--;
}

void model_lba_set_free(struct lba_set *set)
{
	free(set->slots);
	*set = (struct lba_set){ 0 };
}
