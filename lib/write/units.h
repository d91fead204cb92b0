/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was written, remembered in little: a sum of each unit of bytes, so that it can be
 * compared with what a drive holds, also where the source could be read but once; and so
 * that it can be told to which place the bytes belong that were found at another one. */
#ifndef WRITE_UNITS_H
#define WRITE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A leaf is the smallest unit. When there are too many they become larger, up to a group:
 * the sums of 2 TiB take 16 MiB, and beyond that 8 bytes for each MiB. */
enum {
	UNITS_LEAF_BYTES = 64 * 1024,
	UNITS_GROUP_BYTES = 1024 * 1024,
	UNITS_LEAVES = UNITS_GROUP_BYTES / UNITS_LEAF_BYTES,
	UNITS_TOP_LEVEL = 4, /* UNITS_LEAF_BYTES << UNITS_TOP_LEVEL is a group */
	UNITS_FEW = 1 << 21,
};

/* Zero-initialise. Sums are added by one thread, and then read by any. */
struct units {
	uint64_t *sums;   /* 0: nothing was written there */
	size_t n, capacity;
	unsigned level;   /* a unit is UNITS_LEAF_BYTES << level */
	size_t few;       /* 0: UNITS_FEW; tests have less */
	uint64_t group;   /* that is being added, and its leaves so far */
	uint64_t leaves[UNITS_LEAVES];
};

/* The sum of some bytes: 64 bits, never 0, equal for equal bytes, different for others
 * unless somebody wants them to be equal. */
uint64_t units_sum(const uint8_t *bytes, size_t n);

/* Bytes at `offset`, a multiple of UNITS_LEAF_BYTES, in ascending order; their end is the
 * end of a leaf, or of all. False without memory. */
bool units_add(struct units *u, uint64_t offset, const uint8_t *bytes, size_t n);
/* There are no more. */
bool units_end(struct units *u);

static inline uint64_t units_unit_bytes(const struct units *u)
{
	return (uint64_t)UNITS_LEAF_BYTES << u->level;
}

/* Sums of leaves, as they were read back, of the group that holds `offset`: leaf 0 is at
 * the beginning of the group, and 0 is a leaf that was not read. Which of its units differ from
 * what was added? A bit for each leaf; all those of a unit, since no more is known. */
uint32_t units_compare(const struct units *u, uint64_t offset,
		       const uint64_t leaves[UNITS_LEAVES]);

/* The sum of the unit of these leaves that has leaf number `leaf`. */
uint64_t units_of_leaves(const struct units *u, const uint64_t leaves[UNITS_LEAVES],
			 unsigned leaf);

/* Where else, from unit `from` on, is this sum? The offset, or UINT64_MAX. */
uint64_t units_find(const struct units *u, uint64_t sum, uint64_t from);

void units_free(struct units *u);

#endif
