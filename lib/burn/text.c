/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a disc of audio says of itself: numbers as they must be, and CD-TEXT in the letters
 * that players know (MMC-3, annex J). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/text.h"
#include "burn/burn.h"

enum {
	CATALOG_DIGITS = 13, UPC_DIGITS = 12,
	ISRC_LETTERS = 12, ISRC_YEAR = 5,
	PACK_BYTES = 12,  /* of text in each */
	MAX_PACKS = 255,  /* of a language */
	SIZE_PACKS = 3,
};

/* Without what people put between the digits. */
static size_t squeeze(const char *from, char *to, size_t room)
{
	size_t n = 0;

	for (; *from; from++)
		if (*from != '-' && *from != ' ') {
			if (n + 1 >= room)
				return room;
			to[n++] = (char)toupper((unsigned char)*from);
		}
	to[n] = '\0';
	return n;
}

bool burn_catalog(const char *from, char to[16])
{
	char digits[16];
	size_t n = squeeze(from, digits, sizeof(digits));

	if (n >= sizeof(digits) || strspn(digits, "0123456789") != n ||
	    (n != CATALOG_DIGITS && n != UPC_DIGITS))
		return false;
	/* A UPC is an EAN that begins with 0. */
	to[0] = '0';
	memcpy(to + (n == UPC_DIGITS), digits, n + 1);
	return true;
}

bool burn_isrc(const char *from, char to[16])
{
	size_t n = squeeze(from, to, 16);

	if (n != ISRC_LETTERS)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!(to[i] >= '0' && to[i] <= '9') &&
		    (i >= ISRC_YEAR || to[i] < 'A' || to[i] > 'Z'))
			return false;
	return true;
}

/* ---- CD-TEXT ------------------------------------------------------------------------------ */

/* What typesetters write, in letters of ISO 8859-1. */
static const char *plain(uint32_t code)
{
	switch (code) {
	case 0x2018:
	case 0x2019:
	case 0x201a:
	case 0x2032:
		return "'";
	case 0x201c:
	case 0x201d:
	case 0x201e:
	case 0x2033:
		return "\"";
	case 0x2010:
	case 0x2011:
	case 0x2012:
	case 0x2013:
	case 0x2014:
	case 0x2212:
		return "-";
	case 0x2026:
		return "...";
	case 0x2009:
	case 0x202f:
		return " ";
	case 0x0152:
		return "OE";
	case 0x0153:
		return "oe";
	default:
		return NULL;
	}
}

/* Letters of ISO 8859-1. What is no UTF-8 is taken for it. False: some have none. */
static bool to_latin1(const char *from, char to[ISOKIT_TEXT_BYTES])
{
	const uint8_t *p = (const uint8_t *)from;
	size_t n = strlen(from), room = ISOKIT_TEXT_BYTES - 1, used = 0;
	bool known = true;

	if (!utf8_valid(from, n)) {
		memcpy(to, from, n + 1);
		return true;
	}
	while (n && used < room) {
		uint32_t code = ' ';
		size_t step = utf8_decode(p, n, &code);
		const char *words = plain(code);

		p += step;
		n -= step;
		if (code < 0x20 || code == 0x7f)
			code = ' '; /* a tab would mean: as the track before */
		if (words) {
			size_t more = strlen(words);

			if (used + more > room)
				break;
			memcpy(to + used, words, more);
			used += more;
		} else {
			known &= code <= 0xff;
			to[used++] = (char)(uint8_t)(code <= 0xff ? code : '?');
		}
	}
	to[used] = '\0';
	return known;
}

/* Texts of a kind follow each other without a gap. */
static size_t packs_of(const struct burn_text *t, size_t n_tracks, unsigned kind)
{
	size_t bytes = strlen(t->disc[kind]) + 1 + (kind == ISOKIT_TEXT_GENRE ? 2 : 0);

	for (size_t i = 0; kind < ISOKIT_TRACK_TEXTS && i < n_tracks; i++)
		bytes += strlen(t->tracks[i].text[kind]) + 1;
	return (size_t)div_up(bytes, PACK_BYTES);
}

bool burn_text_make(const struct isokit_burn_job *job, struct burn_text *t)
{
	size_t packs = SIZE_PACKS;

	*t = (struct burn_text){ .tracks = calloc(job->n_tracks, sizeof(*t->tracks)) };
	if (!t->tracks)
		return false;
	t->bad_catalog = job->catalog[0] && !burn_catalog(job->catalog, t->catalog);
	for (size_t i = 0; i < job->n_tracks; i++)
		if (job->tracks[i].isrc[0] && !burn_isrc(job->tracks[i].isrc, t->tracks[i].isrc)) {
			t->tracks[i].isrc[0] = '\0';
			t->bad_isrc = true;
		}
	for (unsigned k = 0; k < ISOKIT_TEXTS; k++) {
		bool known = to_latin1(job->text[k], t->disc[k]);

		t->has[k] = t->disc[k][0] != '\0';
		for (size_t i = 0; k < ISOKIT_TRACK_TEXTS && i < job->n_tracks; i++) {
			known &= to_latin1(job->tracks[i].text[k], t->tracks[i].text[k]);
			t->has[k] |= t->tracks[i].text[k][0] != '\0';
		}
		t->any |= t->has[k];
		t->foreign |= !known;
		packs += t->has[k] ? packs_of(t, job->n_tracks, k) : 0;
	}
	t->too_long = packs > MAX_PACKS;
	return true;
}

void burn_text_free(struct burn_text *t)
{
	free(t->tracks);
	t->tracks = NULL;
}
