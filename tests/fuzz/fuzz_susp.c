/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A System Use area: SUSP, Rock Ridge, zisofs. */
#include "fields.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	look_at_fields(bytes, n);
	return 0;
}
