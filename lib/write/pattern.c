/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/pattern.h"

#include "base/byteorder.h"

/* Two rounds of shifting and multiplying by odd numbers: each of them can be undone, and so
 * this is a permutation of all 64-bit numbers. The factors and their inverses mod 2^64. */
#define FACTOR_1 UINT64_C(0xbf58476d1ce4e5b9)
#define FACTOR_2 UINT64_C(0x94d049bb133111eb)

static uint64_t inverse(uint64_t odd)
{
	uint64_t x = odd; /* right in 3 bits; each step doubles that */

	for (unsigned i = 0; i < 5; i++)
		x *= 2 - odd * x;
	return x;
}

static uint64_t unshift(uint64_t x, unsigned bits)
{
	uint64_t y = x;

	for (unsigned done = bits; done < 64; done += bits)
		y = x ^ y >> bits;
	return y;
}

static inline uint64_t encipher(uint64_t x)
{
	x = (x ^ x >> 30) * FACTOR_1;
	x = (x ^ x >> 27) * FACTOR_2;
	return x ^ x >> 31;
}

static uint64_t decipher(uint64_t x)
{
	x = unshift(x, 31) * inverse(FACTOR_2);
	x = unshift(x, 27) * inverse(FACTOR_1);
	return unshift(x, 30);
}

void pattern_fill(uint64_t key, uint64_t offset, uint8_t *bytes, size_t n)
{
	uint64_t number = offset / 8;

	for (size_t i = 0; i < n; i += 8)
		put_le64(bytes + i, encipher(key ^ number++));
}

bool pattern_place(uint64_t key, const uint8_t *sector, uint64_t *ret_offset)
{
	uint64_t number = decipher(get_le64(sector)) ^ key;

	if (number > UINT64_MAX / 16 || number % (PATTERN_SECTOR / 8))
		return false;
	for (size_t i = 8; i < PATTERN_SECTOR; i += 8)
		if (get_le64(sector + i) != encipher(key ^ (number + i / 8)))
			return false;
	*ret_offset = number * 8;
	return true;
}
