/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/array.h"

#include <stdlib.h>

#include "base/checked.h"

bool array_reserve(void **items, size_t *capacity, size_t need, size_t element_bytes)
{
	size_t want = *capacity < 8 ? 8 : *capacity;
	size_t bytes;
	void *moved;

	if (need <= *capacity)
		return true;
	while (want < need) {
		if (!mul_size(want, 2, &want))
			return false;
	}
	if (!mul_size(want, element_bytes, &bytes))
		return false;
	moved = realloc(*items, bytes);
	if (!moved)
		return false;
	*items = moved;
	*capacity = want;
	return true;
}
