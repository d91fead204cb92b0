/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty exFAT file system. For this room only. */
#ifndef STICK_EXFAT_H
#define STICK_EXFAT_H

#include "stick/compose.h"

struct exfat_options {
	uint64_t at, bytes;
	uint32_t sector;
	uint64_t align;    /* of the table and of the clusters, on the drive */
	const char *label; /* UTF-8; NULL: none */
	uint32_t serial;
};

enum isokit_status exfat_compose(struct composer *c, const struct exfat_options *o,
				 struct isokit_error *err);

/* The capital of a UTF-16 unit, as FAT and exFAT compare names: the scripts that have them. */
uint16_t exfat_upcase(uint16_t c);

#endif
