/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/records.h"

#include <stdlib.h>
#include <string.h>

static uint64_t number_of(const void *record)
{
	uint64_t number;

	memcpy(&number, record, sizeof(number));
	return number;
}

int records_by_number(const void *a, const void *b)
{
	return records_order(number_of(a), number_of(b));
}

void records_sort(void *records, size_t n, size_t each, int (*order)(const void *, const void *))
{
	if (n)
		qsort(records, n, each, order);
}

size_t records_first(const void *records, size_t n, size_t each, uint64_t number)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (number_of((const char *)records + mid * each) < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const void *records_find(const void *records, size_t n, size_t each, uint64_t number)
{
	size_t i = records_first(records, n, each, number);
	const char *record;

	if (i == n) /* perhaps there are none at all, and no memory */
		return NULL;
	record = (const char *)records + i * each;
	return number_of(record) == number ? record : NULL;
}
