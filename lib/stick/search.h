/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loaders and live systems search for the file system by its label or id, which are others on a
 * stick: their configuration says so then. For this room only. */
#ifndef STICK_SEARCH_H
#define STICK_SEARCH_H

#include "stick/compose.h"
#include "tree/tree.h"

struct search_names {
	const char *label;     /* as the image has it; NULL or "": none */
	const char *new_label; /* NULL: stays */
	const char *uuid;      /* "2024-01-31-12-00-00-00"; NULL: none */
	const char *new_uuid;
};

/* Replace them in configuration files of the tree, wherever somebody searches for them. */
enum isokit_status search_adapt(struct composer *c, struct tree *t, const struct search_names *n,
				size_t *ret_files, struct isokit_error *err);

/* The same in one text; false: it says nothing of the kind. */
bool search_adapt_text(const char *text, size_t bytes, const struct search_names *n,
		       struct text *out);

#endif
