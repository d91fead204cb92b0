/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What CD-TEXT says, given to the tracks. */
#include "ondisk/cdtext.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/medium.h"

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
		fill(track->title, sizeof(track->title), t->title[track->number]);
		if (track->kind != ISOKIT_TRACK_AUDIO)
			continue;
		fill(track->performer, sizeof(track->performer), t->performer[track->number]);
		fill(track->performer, sizeof(track->performer), t->performer[0]);
	}
	free(t);
}
