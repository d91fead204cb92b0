/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attributes of files by AAIP 2.0: "AL" fields in the system use area of a directory
 * record and its continuation areas. */
#ifndef VERIFY_AAIP_H
#define VERIFY_AAIP_H

#include "base/text.h"
#include "verify/impl.h"

/* A piece of the image in memory. */
struct aaip_window {
	uint64_t at;
	size_t n;
	uint8_t *bytes;
};

/* Zero-initialise; free with aaip_free(). */
struct aaip {
	struct verify *v;
	uint8_t skip;       /* LEN_SKP of SP */
	uint64_t budget;    /* bytes that all continuation areas may still make us look at */
	struct aaip_window records, areas;
	struct text list;   /* the attribute list of the file looked at */
	struct text name, value;
};

void aaip_start(struct aaip *a, struct verify *v);
void aaip_free(struct aaip *a);

/* The attribute `name` ("\4cx", and then also "isofs.cx") of the file whose
 * directory record is at a byte of the image: its value in a->value, or
 * *ret_found false. Damage counts as absence. */
enum isokit_status aaip_find(struct aaip *a, uint64_t record_offset, const char *suffix,
			     bool *ret_found);

/* Of the root: by its own record "." in the directory at this byte. */
enum isokit_status aaip_find_root(struct aaip *a, uint64_t directory_offset, const char *suffix,
				  bool *ret_found);

/* The value of an attribute of namespace "isofs." in a list of component records
 * (AAIP 2.0, field AL). False when it is not there. */
bool aaip_list_find(const uint8_t *list, size_t n, const char *suffix, struct text *name,
		    struct text *value);

#endif
