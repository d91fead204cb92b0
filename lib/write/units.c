/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/units.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"

/* Odd numbers without a pattern: the fraction of the golden ratio and of square roots. */
enum { CHAINS = 8, STEP_BYTES = 16 * CHAINS };

static const uint64_t keys[CHAINS] = {
	UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0x6a09e667f3bcc909),
	UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
	UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1),
	UINT64_C(0x9b05688c2b3e6c1f), UINT64_C(0x1f83d9abfb41bd6b),
};

/* Both halves of a product. */
static inline uint64_t multiply(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
#else
	uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
	uint64_t low = al * bl, m1 = ah * bl + (low >> 32), m2 = al * bh + (uint32_t)m1;
	uint64_t high = ah * bh + (m1 >> 32) + (m2 >> 32);

	return (m2 << 32 | (uint32_t)low) ^ high;
#endif
}

static inline uint64_t turn(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

/* A word that meets its key makes a product of 0: the turned sum keeps what was before. */
static inline uint64_t step(uint64_t sum, uint64_t key, const uint8_t *p)
{
	uint64_t a = get_le64(p), b = get_le64(p + 8);

	return turn(sum, 23) + multiply(a ^ key, b ^ sum) + b;
}

static uint64_t not_zero(uint64_t sum)
{
	return sum ? sum : 1;
}

uint64_t units_sum(const uint8_t *bytes, size_t n)
{
	uint64_t sum[CHAINS], all = n;
	uint8_t rest[STEP_BYTES] = { 0 };

	for (unsigned i = 0; i < CHAINS; i++)
		sum[i] = keys[CHAINS - 1 - i];
	/* So many chains that the processor need not wait for each product. */
	for (; n >= STEP_BYTES; bytes += STEP_BYTES, n -= STEP_BYTES)
#pragma GCC unroll 8
		for (unsigned i = 0; i < CHAINS; i++)
			sum[i] = step(sum[i], keys[i], bytes + 16 * i);
	memcpy(rest, bytes, n);
	for (unsigned i = 0; i < CHAINS; i++) {
		sum[i] = step(sum[i], keys[i], rest + 16 * i);
		all = turn(all, 29) + multiply(sum[i] ^ keys[i], all ^ keys[CHAINS - 1 - i]) + sum[i];
	}
	return not_zero(all ^ all >> 32);
}

static uint64_t join(uint64_t a, uint64_t b)
{
	if (!a && !b)
		return 0;
	return not_zero(turn(a, 31) + multiply(a ^ keys[0], b ^ keys[1]) + b);
}

/* The sums of a group's leaves become those of its units. Returns how many. */
static unsigned fold(uint64_t sums[UNITS_LEAVES], unsigned levels)
{
	unsigned n = UNITS_LEAVES;

	for (; levels; levels--) {
		n /= 2;
		for (unsigned i = 0; i < n; i++)
			sums[i] = join(sums[2 * i], sums[2 * i + 1]);
	}
	return n;
}

static void grow_units(struct units *u)
{
	size_t n = (u->n + 1) / 2;

	for (size_t i = 0; i < n; i++)
		u->sums[i] = join(u->sums[2 * i], 2 * i + 1 < u->n ? u->sums[2 * i + 1] : 0);
	u->n = n;
	u->level++;
}

/* The group that is being added goes to the others. */
static bool flush(struct units *u)
{
	size_t few = u->few ? u->few : UNITS_FEW, from, each;

	while (u->level < UNITS_TOP_LEVEL &&
	       (u->group + 1) * (UNITS_LEAVES >> u->level) > few)
		grow_units(u);
	each = UNITS_LEAVES >> u->level;
	from = (size_t)u->group * each;
	if (!ARRAY_RESERVE(u->sums, u->capacity, from + each))
		return false;
	(void)fold(u->leaves, u->level);
	memset(u->sums + u->n, 0, (from + each - u->n) * sizeof(*u->sums));
	memcpy(u->sums + from, u->leaves, each * sizeof(*u->sums));
	u->n = from + each;
	memset(u->leaves, 0, sizeof(u->leaves));
	return true;
}

bool units_add(struct units *u, uint64_t offset, const uint8_t *bytes, size_t n)
{
	while (n) {
		uint64_t group = offset / UNITS_GROUP_BYTES;
		size_t piece = n < UNITS_LEAF_BYTES ? n : UNITS_LEAF_BYTES;

		if (group != u->group) {
			if (!flush(u))
				return false;
			u->group = group;
		}
		u->leaves[offset % UNITS_GROUP_BYTES / UNITS_LEAF_BYTES] = units_sum(bytes, piece);
		offset += piece;
		bytes += piece;
		n -= piece;
	}
	return true;
}

bool units_end(struct units *u)
{
	return flush(u);
}

uint32_t units_compare(const struct units *u, uint64_t offset, const uint64_t leaves[UNITS_LEAVES])
{
	unsigned each = UNITS_LEAVES >> u->level, wide = 1u << u->level;
	uint64_t sums[UNITS_LEAVES], first = offset / UNITS_GROUP_BYTES * each;
	uint32_t bits = 0;

	memcpy(sums, leaves, sizeof(sums));
	(void)fold(sums, u->level);
	for (unsigned i = 0; i < each; i++)
		if (first + i >= u->n ? sums[i] != 0 : u->sums[first + i] != sums[i])
			bits |= ((UINT32_C(1) << wide) - 1) << i * wide;
	return bits;
}

uint64_t units_of_leaves(const struct units *u, const uint64_t leaves[UNITS_LEAVES], unsigned leaf)
{
	uint64_t sums[UNITS_LEAVES];

	memcpy(sums, leaves, sizeof(sums));
	(void)fold(sums, u->level);
	return sums[leaf >> u->level];
}

uint64_t units_find(const struct units *u, uint64_t sum, uint64_t from)
{
	for (size_t i = (size_t)from; sum && i < u->n; i++)
		if (u->sums[i] == sum)
			return i * units_unit_bytes(u);
	return UINT64_MAX;
}

void units_free(struct units *u)
{
	free(u->sums);
	memset(u, 0, sizeof(*u));
}
