/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all rules need: findings, of which only the first few of a code are kept, and who owns
 * what beside files. */
#include "model/lint.h"

#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "model/boot.h"

enum { REPEATS = 8, MAX_RANGES = 4096 };

void lint_scope(struct lint *l)
{
	memset(l->repeat, 0, sizeof(l->repeat));
}

bool lint_wants(struct lint *l, enum isokit_finding_code code)
{
	struct lint_repeat *r = &l->repeat[code];

	if (r->n < REPEATS)
		return true;
	r->n++;
	l->img->findings[r->last].more++;
	return false;
}

void lint_find(struct lint *l, enum isokit_finding_code code, uint64_t offset, uint64_t length,
	       const char *what, uint64_t n0, uint64_t n1)
{
	size_t before = l->img->n_findings;

	if (!lint_wants(l, code))
		return;
	model_find(l->img, code, offset, length, what, n0, n1);
	if (l->img->n_findings == before)
		return; /* could not be kept: nothing to add to */
	l->repeat[code].n++;
	l->repeat[code].last = before;
}

enum isokit_status lint_read(struct lint *l, uint64_t offset, void *buffer, size_t length,
			     const char *what, bool *ret_ok)
{
	return boot_try_read(l->img, offset, buffer, length, what, ret_ok, l->err);
}

bool lint_is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

void lint_reserved(struct lint *l, enum isokit_finding_code code, const uint8_t *raw, size_t from,
		   size_t end, uint64_t offset, const char *what)
{
	if (lint_is_zero(raw + from, end - from))
		return;
	while (raw[from] == 0)
		from++;
	lint_find(l, code, offset + from, 1, what, from, raw[from]);
}

bool lint_claim(struct lint *l, uint64_t start, uint64_t end, const char *what, bool is_file)
{
	if (start >= end || l->n_ranges >= MAX_RANGES)
		return true;
	if (!ARRAY_RESERVE(l->ranges, l->capacity_ranges, l->n_ranges + 1))
		return false;
	l->ranges[l->n_ranges++] = (struct lint_range){
		.start = start, .end = end, .what = what, .is_file = is_file };
	l->longest_range = max_u64(l->longest_range, end - start);
	return true;
}

const struct lint_range *lint_claimed(const struct lint *l, uint64_t start, uint64_t end)
{
	size_t low = 0, high = l->n_ranges;

	/* The first range that begins at or behind `end`; all that can share bytes are
	 * before it, and not further back than the longest is long. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->ranges[middle].start < end)
			low = middle + 1;
		else
			high = middle;
	}
	while (low > 0) {
		const struct lint_range *r = &l->ranges[--low];

		if (r->end > start)
			return r;
		if (start - r->start > l->longest_range)
			break;
	}
	return NULL;
}
