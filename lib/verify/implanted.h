/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts that isomd5sum and tagmedia write into the application use field of the
 * primary volume descriptor (ECMA-119 8.4.32). */
#ifndef VERIFY_IMPLANTED_H
#define VERIFY_IMPLANTED_H

#include "digest/digest.h"

enum {
	IMPLANTED_OFFSET = 883, /* in the descriptor */
	IMPLANTED_BYTES = 512,
	IMPLANTED_FRAGMENT_DIGITS = 60, /* of all fragment sums together */
};

/* "ISO MD5SUM = …;SKIPSECTORS = 15;…" of isomd5sum. */
struct implanted_text {
	uint8_t md5[16];
	uint64_t skip_sectors;
	bool has_md5, has_skip, has_supported;
	uint64_t supported;     /* RHLISOSTATUS */
	uint64_t n_fragments;   /* 0: none */
	size_t n_digits;        /* of fragment sums that are there */
	char digits[IMPLANTED_FRAGMENT_DIGITS + 1];
};

/* False when there is no such text at all. */
bool implanted_text_parse(const uint8_t *field, size_t n, struct implanted_text *ret);

/* "check=1;pad=150;sha256sum=…;partition=…;signature=…" of SUSE's tagmedia. */
struct tagmedia_text {
	enum isokit_digest_kind kind;
	bool has_digest, has_partition;
	uint8_t digest[ISOKIT_DIGEST_MAX_BYTES];
	uint64_t pad_blocks;         /* of 2048 bytes */
	uint64_t partition_start, partition_blocks; /* of 512 bytes */
	uint8_t partition_digest[ISOKIT_DIGEST_MAX_BYTES];
	uint64_t signature_start;    /* of 512 bytes; 0: none */
};
bool tagmedia_text_parse(const uint8_t *field, size_t n, struct tagmedia_text *ret);

/* How many bytes from the beginning each fragment sum is of, as isomd5sum counts:
 * it hashes 32 KiB at a time and looks afterwards whether a border was crossed.
 * Returns how many there are; at most `max` are written to `ret`. */
size_t implanted_fragment_ends(uint64_t total_bytes, uint64_t n_fragments, uint64_t *ret,
			       size_t max);

#endif
