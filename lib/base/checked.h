/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic that cannot wrap. Ranges are checked by subtraction. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does [offset, offset+length) lie inside [0, total)? */
static inline bool range_inside(uint64_t offset, uint64_t length, uint64_t total)
{
	return offset <= total && length <= total - offset;
}

static inline bool mul_size(size_t a, size_t b, size_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

static inline bool add_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

static inline bool mul_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

/* a / b rounded up; b is not 0. */
static inline uint64_t div_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* a rounded up to a multiple of b, or UINT64_MAX when that would wrap. */
static inline uint64_t round_up(uint64_t a, uint64_t b)
{
	uint64_t r;

	return mul_u64(div_up(a, b), b, &r) ? r : UINT64_MAX;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
