/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --hash[=ALGO,...]: which digests are asked for. */
#ifndef COMMON_HASHES_H
#define COMMON_HASHES_H

#include <isokit/isokit.h>

#include "common/options.h"
#include "common/output.h"

/* Zero-initialise. */
struct hash_list {
	unsigned set; /* bits 1 << enum isokit_digest_kind */
	enum isokit_digest_kind order[ISOKIT_DIGEST_COUNT]; /* as they were asked for */
	size_t n;
};

/* Does every name of a comma-separated list name a digest? */
bool hashes_are(const char *names);

/* Add those of a list. False after a message. */
bool hashes_add(struct hash_list *l, const struct options *o, const char *names);

/* A line as the coreutils print it. */
void hashes_print(struct output *out, const char *hex, const char *path);

#endif
