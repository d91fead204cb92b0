/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that iso-inspect does with an image, over bytes from anywhere. */
#include <string.h>

#include "mutate.h"
#include "target.h"
#include "work.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct isokit_source *src = NULL;
	struct isokit_error err;

	if (isokit_source_from_memory(bytes, n, "input", &src, &err) == ISOKIT_OK)
		work_on_source(src);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	return mutate_image(bytes, n, max, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	return mutate_cross(a, n_a, b, n_b, out, max, seed);
}
