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
	bool open; /* the option before was --hash without a list */
};

/* For the row. */
extern const char *const hashes_words[];

/* Does every name of a comma-separated list name a digest? */
bool hashes_are(const char *names);

/* Add those of a list. False after a message. */
bool hashes_add(struct hash_list *l, const struct options *o, const char *names);

/* --hash, with its list or without. False after a message. */
bool hashes_option(struct hash_list *l, const struct options *o);

/* All options and words to `take`, which returns false after a message; but for the word right
 * after --hash, when it can name algorithms and is no file ("--hash ALGO IMAGE"). "--hash=ALGO" is
 * never a guess, and nothing is sha256. *ret_stop: end with what is returned. */
enum exit_code hashes_parse(struct hash_list *l, struct options *o,
			    bool (*take)(const struct options *o, int id, void *ctx), void *ctx,
			    bool *ret_stop);

/* A line as the coreutils print it. */
void hashes_print(struct output *out, const char *hex, const char *path);

#endif
