/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing an array with a checked size. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Make room for at least `need` elements. `*items` (from malloc or NULL) may
 * move. False when memory is refused; then nothing has changed. Doubles, so
 * that n insertions cost O(n). */
bool array_reserve(void **items, size_t *capacity, size_t need, size_t element_bytes);

/* For any element type: ARRAY_RESERVE(a->items, a->capacity, a->n + 1). */
#define ARRAY_RESERVE(items, capacity, need) \
	((need) <= (capacity) || array_reserve((void **)&(items), &(capacity), (need), sizeof(*(items))))

#endif
