/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of a file system in an array: of structs whose first member is the number (uint64_t) of
 * what they belong to. */
#ifndef VOLUME_RECORDS_H
#define VOLUME_RECORDS_H

#include <stddef.h>
#include <stdint.h>

/* -1, 0, 1. */
static inline int records_order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By their numbers alone, for qsort(). */
int records_by_number(const void *a, const void *b);

/* qsort(), also of none. */
void records_sort(void *records, size_t n, size_t each, int (*order)(const void *, const void *));

/* In sorted ones, the first with this number or a higher one; `n` where there is none. */
size_t records_first(const void *records, size_t n, size_t each, uint64_t number);

/* Some one with this number, or NULL. */
const void *records_find(const void *records, size_t n, size_t each, uint64_t number);

#endif
