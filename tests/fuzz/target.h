/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fuzz target: what libFuzzer calls, and the replay driver likewise. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Optional. */
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max,
						     unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed);

/* Read what a decoder says is there, so that a sanitizer sees whether it is. */
static inline void touch(const void *bytes, size_t n)
{
	const volatile uint8_t *p = bytes;

	for (size_t i = 0; i < n; i++)
		(void)p[i];
}

#endif
