/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What CD-TEXT says, given to the tracks. */
#include "ondisk/cdtext.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/medium.h"

/* The same kinds in the same order. */
_Static_assert((int)ISOKIT_TEXTS == (int)ONDISK_CDTEXT_KINDS &&
		       (int)ISOKIT_TEXT_MESSAGE == (int)ONDISK_CDTEXT_MESSAGE &&
		       (int)ISOKIT_TEXT_BYTES == (int)ONDISK_CDTEXT_WORDS,
	       "kinds of text");

/* What the sheet itself says counts more. */
static void fill(char *to, size_t room, const char *text)
{
	if (!*to)
		snprintf(to, room, "%s", text);
}

void medium_take_cdtext(struct isokit_medium *m, const uint8_t *packs, size_t n, bool bare)
{
	struct ondisk_cdtext *t = malloc(sizeof(*t));
	bool any = t && (bare ? ondisk_cdtext_decode_bare(packs, n, t) :
				ondisk_cdtext_decode(packs, n, t));

	if (any && t->bad)
		medium_note(m, "the CRC of %u pack%s of CD-TEXT is wrong: left out", t->bad,
			    t->bad == 1 ? "" : "s");
	if (any && t->double_byte)
		medium_note(m, "the CD-TEXT has letters of two bytes, which are not read");
	if (t && !any)
		medium_note(m, "what should be CD-TEXT is none");
	for (size_t i = 0; any && i < m->facts.n_tracks; i++) {
		struct isokit_track *track = &m->tracks[i];

		if (track->number == 0 || track->number >= ONDISK_CDTEXT_TRACKS)
			continue;
		fill(track->text[ISOKIT_TEXT_TITLE], ISOKIT_TEXT_BYTES,
		     t->text[ONDISK_CDTEXT_TITLE][track->number]);
		if (track->kind != ISOKIT_TRACK_AUDIO)
			continue;
		for (unsigned k = ISOKIT_TEXT_PERFORMER; k < ISOKIT_TRACK_TEXTS; k++)
			fill(track->text[k], ISOKIT_TEXT_BYTES, t->text[k][track->number]);
		fill(track->text[ISOKIT_TEXT_PERFORMER], ISOKIT_TEXT_BYTES,
		     t->text[ONDISK_CDTEXT_PERFORMER][0]);
	}
	for (unsigned k = 0; any && k < ISOKIT_TEXTS; k++)
		fill(m->facts.text[k], ISOKIT_TEXT_BYTES, t->text[k][0]);
	free(t);
}
