/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of JSON. */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <isokit/isokit.h>

#include "common/output.h"

/* Is it UTF-8 throughout, without control characters? */
bool output_is_plain(const char *s);

/* A string; bytes that are not UTF-8 become U+FFFD. */
void output_json_text(struct output *out, const char *s);
/* Members of an object, each with a comma before; a string that is NULL is none. */
void output_json_string(struct output *out, const char *key, const char *s);
void output_json_number(struct output *out, const char *key, uint64_t n);
void output_json_bool(struct output *out, const char *key, bool b);

/* Likewise a way of booting, in the shape of isokit.image/1; `loaders`: with the processors that
 * it has loaders for, and whether these are signed. */
void output_json_way(struct output *out, const char *key, const struct isokit_boot_way *way,
		     bool loaders);

/* Likewise "containers" and "damage" of isokit.convert/1 and isokit.extract/1. */
void output_json_containers(struct output *out, const struct isokit_medium_facts *m);
void output_json_damages(struct output *out, const struct isokit_damage *d, size_t n,
			 uint64_t lost);

#endif
