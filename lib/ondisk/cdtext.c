/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cdtext.h"

#include <string.h>
#include <strings.h>

#include "base/byteorder.h"

enum {
	BARE_BYTES = ONDISK_CDTEXT_PACK_BYTES - ONDISK_CDTEXT_CRC_BYTES,
	HEAD_BYTES = 4, TEXT_BYTES = 12,
	FIRST_TYPE = 0x80, LAST_TYPE = 0x8f, GENRE_NUMBER_BYTES = 2,
};

enum ondisk_cdtext_kind ondisk_cdtext_kind_of(const char *word)
{
	static const char *const words[] = { "TITLE",	 "PERFORMER", "SONGWRITER", "COMPOSER",
					     "ARRANGER", "MESSAGE",   "DISC_ID",    "GENRE" };
	unsigned i = 0;

	while (i < ONDISK_CDTEXT_KINDS && strcasecmp(words[i], word) != 0)
		i++;
	return (enum ondisk_cdtext_kind)i;
}

/* x^16 + x^12 + x^5 + 1, from 0, inverted. */
static uint16_t crc_of(const uint8_t *p, size_t n)
{
	unsigned crc = 0;

	while (n--) {
		crc ^= (unsigned)*p++ << 8;
		for (unsigned i = 0; i < 8; i++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
	}
	return (uint16_t)~crc;
}

/* Text of one type, as it goes on from pack to pack. */
struct writer {
	char (*lines)[ONDISK_CDTEXT_WORDS];
	unsigned track;
	size_t n;    /* bytes of that line */
	bool begun;
};

/* A letter of ISO 8859-1. */
static void put(struct writer *w, uint8_t c)
{
	char *line = w->lines[w->track];
	size_t need = c < 0x80 ? 1 : 2;

	if (w->n + need >= ONDISK_CDTEXT_WORDS)
		return;
	if (c >= 0x80) {
		line[w->n++] = (char)(0xc0 | c >> 6);
		c = 0x80 | (c & 0x3f);
	}
	line[w->n++] = (char)c;
	line[w->n] = '\0';
}

/* A tab alone means: as the track before. */
static void end_line(struct writer *w)
{
	char *line = w->lines[w->track];

	if (strcmp(line, "\t") == 0 && w->track > 0)
		memcpy(line, w->lines[w->track - 1], ONDISK_CDTEXT_WORDS);
	w->track++;
	w->n = 0;
}

static void take(struct writer *w, const uint8_t *pack, bool genre)
{
	/* A pack says to which track its first letter belongs, so that a lost one does not
	 * matter to what follows. */
	unsigned track = pack[1] & 0x7f, i = genre && !w->begun ? GENRE_NUMBER_BYTES : 0;

	if (!w->begun || track != w->track) {
		if (track >= ONDISK_CDTEXT_TRACKS)
			return;
		w->begun = true;
		w->track = track;
		w->n = strlen(w->lines[track]);
	}
	for (; i < TEXT_BYTES && w->track < ONDISK_CDTEXT_TRACKS; i++) {
		uint8_t c = pack[HEAD_BYTES + i];

		if (c == 0)
			end_line(w);
		else
			put(w, c);
	}
}

static bool is_pack(const uint8_t *p)
{
	return p[0] >= FIRST_TYPE && p[0] <= LAST_TYPE;
}

static bool decode(const uint8_t *packs, size_t n, size_t each, struct ondisk_cdtext *ret)
{
	struct writer writers[ONDISK_CDTEXT_KINDS] = { 0 };
	bool any = false;

	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < ONDISK_CDTEXT_KINDS; i++)
		writers[i].lines = ret->text[i];
	for (; n >= each && is_pack(packs); packs += each, n -= each) {
		/* Some programs leave it out. */
		if (each == ONDISK_CDTEXT_PACK_BYTES && get_be16(packs + BARE_BYTES) != 0 &&
		    crc_of(packs, BARE_BYTES) != get_be16(packs + BARE_BYTES)) {
			ret->bad++;
			continue;
		}
		any = true;
		if (packs[3] >> 4 & 7)
			continue; /* another language */
		if (packs[3] & 0x80)
			ret->double_byte = true;
		else if (packs[0] - FIRST_TYPE < ONDISK_CDTEXT_KINDS)
			take(&writers[packs[0] - FIRST_TYPE], packs,
			     packs[0] - FIRST_TYPE == ONDISK_CDTEXT_GENRE);
	}
	return any || ret->bad;
}

bool ondisk_cdtext_decode(const uint8_t *packs, size_t n, struct ondisk_cdtext *ret)
{
	if (n >= HEAD_BYTES + ONDISK_CDTEXT_PACK_BYTES && !is_pack(packs) &&
	    is_pack(packs + HEAD_BYTES)) {
		packs += HEAD_BYTES;
		n -= HEAD_BYTES;
	}
	return decode(packs, n, ONDISK_CDTEXT_PACK_BYTES, ret);
}

bool ondisk_cdtext_decode_bare(const uint8_t *packs, size_t n, struct ondisk_cdtext *ret)
{
	return decode(packs, n, BARE_BYTES, ret);
}
