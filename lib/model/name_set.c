/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of one directory by a 64-bit hash. Two names of one hash would make a
 * wrong warning; by chance that needs billions of files. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "model/tree.h"

enum { SMALL = 64, KEPT = 4096, MOST_AHEAD = 128 * 1024 };

/* One multiplication for eight bytes, and a stronger end. */
static uint64_t hash(const char *name, size_t n)
{
	const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
	const uint8_t *p = (const uint8_t *)name;
	uint64_t h = n * k, last = 0;

	for (; n >= 8; p += 8, n -= 8)
		h = ((h << 27 | h >> 37) ^ get_le64(p)) * k;
	for (size_t i = 0; i < n; i++)
		last = last << 8 | p[i];
	h = ((h << 27 | h >> 37) ^ last) * k;
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	return h ? h : 1; /* 0 marks a free slot */
}

static bool put(uint64_t *slots, size_t capacity, uint64_t h)
{
	size_t i = h & (capacity - 1);

	for (; slots[i]; i = (i + 1) & (capacity - 1))
		if (slots[i] == h)
			return true;
	slots[i] = h;
	return false;
}

static bool grow(struct name_set *set, size_t capacity, size_t *budget)
{
	uint64_t *slots;

	if (capacity - set->capacity > *budget)
		return false;
	slots = calloc(capacity, sizeof(*slots));
	if (!slots)
		return false;
	for (size_t i = 0; i < set->capacity; i++)
		if (set->slots[i])
			(void)put(slots, capacity, set->slots[i]);
	*budget -= capacity - set->capacity;
	free(set->slots);
	set->slots = slots;
	set->capacity = capacity;
	return true;
}

bool model_name_set_add(struct name_set *set, const char *name, size_t n, size_t *budget)
{
	if (set->n >= set->capacity / 4 * 3 &&
	    !grow(set, set->capacity ? set->capacity * 2 : SMALL, budget))
		return false; /* too many to remember: duplicates go unseen from here */
	if (put(set->slots, set->capacity, hash(name, n)))
		return true;
	set->n++;
	return false;
}

void model_name_set_clear(struct name_set *set, size_t expected, size_t *budget)
{
	size_t capacity = SMALL;

	if (set->n && set->capacity > KEPT)
		model_name_set_free(set, budget);
	else if (set->n)
		memset(set->slots, 0, set->capacity * sizeof(*set->slots));
	set->n = 0;
	while (capacity / 4 * 3 < expected && capacity < MOST_AHEAD)
		capacity *= 2;
	if (capacity > set->capacity)
		(void)grow(set, capacity, budget); /* refused: later, or never */
}

void model_name_set_free(struct name_set *set, size_t *budget)
{
	*budget += set->capacity;
	free(set->slots);
	*set = (struct name_set){ 0 };
}
