/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of checksums: the formats of coreutils, BSD, OpenSSL and Gentoo. */
#ifndef VERIFY_SUMS_H
#define VERIFY_SUMS_H

#include "digest/digest.h"

/* What is known of a list before its lines are read. */
struct sums_hint {
	bool blake2b; /* 128 digits are BLAKE2b, not SHA-512 */
	bool foreign; /* of an algorithm that has digests as long as those known: SHA-3 */
};

/* A line: a digest, and the name of what it is of. */
struct sums_line {
	enum isokit_digest_kind kind;
	const char *digits; /* 2 * isokit_digest_bytes(kind), inside the line */
	char *name;         /* inside the line, not terminated; escapes undone */
	size_t name_bytes;  /* 0: the line has only a digest */
};

/* A name such as MD5SUMS, sha256sum.txt, CHECKSUM: a list of many files. */
bool sums_is_list(const char *name, size_t n);

/* A name such as x.iso.sha256, x.md5: a list for the file whose name is the rest. The
 * rest's length, or 0. */
size_t sums_is_sidecar(const char *name, size_t n);

/* What the name of a list tells. */
struct sums_hint sums_hint_of(const char *name, size_t n);

/* Read a line (without its newline), which is changed. False: no checksum of a
 * kind that we know; comments may change the hint. */
bool sums_line_parse(char *line, size_t n, struct sums_hint *hint, struct sums_line *ret);

/* Of a line that sums_line_parse() could not read: is it one that was damaged? It has
 * a word that is nearly a digest, or the digest of a kind that we know in a line that
 * is not right. Comments, signatures and other algorithms are not. */
bool sums_line_damaged(const char *line, size_t n, const struct sums_hint *hint);

/* The next line of a text at *at, or false at the end. */
bool sums_next_line(char *text, size_t n, size_t *at, char **ret_line, size_t *ret_n);

#endif
