/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names, folder entries and times of FAT file systems, by Microsoft's "FAT: General Overview of
 * On-Disk Format" 1.03. */
#ifndef AUTHOR_FATNAME_H
#define AUTHOR_FATNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FATNAME_ENTRY_BYTES = 32,
	FATNAME_MAX_UNITS = 255, /* UTF-16 units of a long name */
	FATNAME_UNITS = 13,      /* of them in one entry */
	FATNAME_ALIAS_BYTES = 11,
	FATNAME_ATTR_LABEL = 0x08,
	FATNAME_ATTR_FOLDER = 0x10,
	FATNAME_ATTR_ARCHIVE = 0x20,
};

/* FAT compares names without regard to case; ASCII and Latin-1 are enough to find what
 * firmware would confuse. */
uint16_t fatname_upper(uint16_t c);

/* May a short name, or a label, have this character? */
bool fatname_short_char(uint32_t c);

/* The short name as far as the long one gives it; false when that is not all. ret_needs_long:
 * the short name does not say everything. */
bool fatname_basis(const uint16_t *units, size_t n, uint8_t ret_alias[FATNAME_ALIAS_BYTES],
		   size_t *ret_base, bool *ret_needs_long);

/* NAME~1 of a basis, of which `base` characters come before the extension. */
void fatname_numbered(const uint8_t basis[FATNAME_ALIAS_BYTES], size_t base, uint32_t number,
		      uint8_t ret_alias[FATNAME_ALIAS_BYTES]);

/* Entries of a long name, and these entries; returns what comes behind. */
size_t fatname_long_entries(size_t n_units);
uint8_t *fatname_put_long(uint8_t *p, const uint16_t *units, size_t n,
			  const uint8_t alias[FATNAME_ALIAS_BYTES]);

void fatname_put_entry(uint8_t *p, const uint8_t name[FATNAME_ALIAS_BYTES], uint8_t attributes,
		       uint16_t date, uint16_t time, uint32_t cluster, uint32_t bytes);

/* Of seconds since 1970, UTC, brought into 1980 … 2107. */
void fatname_time(int64_t epoch, uint16_t *ret_date, uint16_t *ret_time);

/* Boot code at byte `at` of a boot sector: it shows the text, at most 150 bytes, and halts. */
void fatname_put_stub(uint8_t *sector, size_t at, const char *text);

#endif
