/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that tell where they belong. Each 8 of them are the number of their place, enciphered
 * with a key: so no two places are alike, nothing that was there before looks right, and what
 * was found elsewhere can be turned back into the place that it was written to. */
#ifndef WRITE_PATTERN_H
#define WRITE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERN_SECTOR = 512 };

/* `offset` and n are multiples of 8. */
void pattern_fill(uint64_t key, uint64_t offset, uint8_t *bytes, size_t n);
/* A sector of PATTERN_SECTOR bytes: where was it written to? False: it is none of ours, as a
 * whole. */
bool pattern_place(uint64_t key, const uint8_t *sector, uint64_t *ret_offset);

#endif
