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

/* To be told of whatever options_next() returns, OPT_END as well, before it is looked at.
 * "--hash ALGO IMAGE": the word right after --hash names algorithms when it can and is no file,
 * and *ret_word says so. "--hash=ALGO" is never a guess, and nothing is sha256. False after a
 * message. */
bool hashes_follow(struct hash_list *l, const struct options *o, int id, bool *ret_word);

/* A line as the coreutils print it. */
void hashes_print(struct output *out, const char *hex, const char *path);

#endif
