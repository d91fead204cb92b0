/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secure Boot Advanced Targeting: the lines of a loader's .sbat section (SBAT.md of
 * shim): component, generation, vendor, package, version, address. */
#ifndef ONDISK_SBAT_H
#define ONDISK_SBAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SBAT_NAME_BYTES = 64 };

struct ondisk_sbat {
	char component[SBAT_NAME_BYTES]; /* "shim", "grub.debian" */
	uint32_t generation;
	char version[SBAT_NAME_BYTES];   /* of the package; "" where it is left out */
};

/* Take the next entry off `*at`, bytes of a text of `len`. Lines that are no
 * entry are passed over; the text ends at a NUL. False at the end. */
bool ondisk_sbat_next(const uint8_t *raw, size_t len, size_t *at, struct ondisk_sbat *ret_entry);

#endif
