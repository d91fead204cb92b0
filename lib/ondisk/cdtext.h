/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CD-TEXT as discs and images of them have it: packs of 18 bytes (MMC-3, annex J). */
#ifndef ONDISK_CDTEXT_H
#define ONDISK_CDTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ONDISK_CDTEXT_PACK_BYTES = 18,
	ONDISK_CDTEXT_CRC_BYTES = 2, /* of them, at the end; CloneCD leaves them out */
	ONDISK_CDTEXT_TRACKS = 100,
	ONDISK_CDTEXT_WORDS = 128,
};

/* In the order of the types of packs; the last two are of the disc alone. */
enum ondisk_cdtext_kind {
	ONDISK_CDTEXT_TITLE,
	ONDISK_CDTEXT_PERFORMER,
	ONDISK_CDTEXT_SONGWRITER,
	ONDISK_CDTEXT_COMPOSER,
	ONDISK_CDTEXT_ARRANGER,
	ONDISK_CDTEXT_MESSAGE,
	ONDISK_CDTEXT_DISC_ID,
	ONDISK_CDTEXT_GENRE, /* a number of two bytes, which is left out, and words */
	ONDISK_CDTEXT_KINDS
};

/* By the word that sheets have for it, in any case; ONDISK_CDTEXT_KINDS: none of them. */
enum ondisk_cdtext_kind ondisk_cdtext_kind_of(const char *word);

struct ondisk_cdtext {
	/* By the number of the track, in UTF-8; 0 is the disc. "": none. */
	char text[ONDISK_CDTEXT_KINDS][ONDISK_CDTEXT_TRACKS][ONDISK_CDTEXT_WORDS];
	unsigned bad;     /* packs whose CRC is wrong, which are left out */
	bool double_byte; /* the first language has letters of two bytes: left out */
};

/* The texts of the first language. A head of four bytes, as drives answer with, and bytes
 * behind the last pack do not matter. False: there is not one pack. */
bool ondisk_cdtext_decode(const uint8_t *packs, size_t n, struct ondisk_cdtext *ret);

/* The same of packs without CRC, 16 bytes each. */
bool ondisk_cdtext_decode_bare(const uint8_t *packs, size_t n, struct ondisk_cdtext *ret);

#endif
