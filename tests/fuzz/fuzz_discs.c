/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discs: sheets, tables, hunks, and the sectors under them. */
#include <isokit/medium.h>
#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "ondisk/ccd.h"
#include "ondisk/cue.h"
#include "ondisk/mds.h"
#include "ondisk/toc.h"
#include "ondisk/wav.h"
#include "target.h"

enum { READ_BYTES = 64 * 1024 };

static uint8_t buffer[READ_BYTES];

/* Every name and range that a sheet has must be one. */
static void sheets(const uint8_t *bytes, size_t n)
{
	const char *text = (const char *)bytes;
	struct ondisk_cue *cue = malloc(sizeof(*cue));
	struct ondisk_toc *toc = malloc(sizeof(*toc));
	struct ondisk_ccd *ccd = malloc(sizeof(*ccd));
	struct ondisk_mds *mds = malloc(sizeof(*mds));
	char name[ONDISK_MDS_NAME];
	struct ondisk_wav wav;

	if (!cue || !toc || !ccd || !mds)
		abort();
	if (ondisk_cue_decode(text, n, cue, NULL) == ISOKIT_OK)
		for (unsigned i = 0; i < cue->n_tracks; i++)
			if (cue->tracks[i].index1.file >= cue->n_files || !cue->tracks[i].index1.set)
				abort();
	if (ondisk_toc_decode(text, n, toc, NULL) == ISOKIT_OK)
		for (unsigned i = 0; i < toc->n_tracks; i++)
			if (toc->tracks[i].first_part + toc->tracks[i].n_parts > toc->n_parts)
				abort();
	(void)ondisk_ccd_decode(text, n, ccd, NULL);
	if (ondisk_mds_decode(bytes, n, mds, NULL) == ISOKIT_OK)
		for (unsigned i = 0; i < mds->n_tracks; i++)
			for (unsigned k = 0; k < mds->tracks[i].n_files; k++) {
				ondisk_mds_name(bytes, n, mds->tracks[i].files[k].offset,
						mds->tracks[i].files[k].wide, name);
				touch(name, strlen(name));
			}
	if (!ondisk_wav_decode(bytes, n, n, &wav) &&
	    (wav.offset > n || wav.bytes > n - wav.offset))
		abort();
	free(cue);
	free(toc);
	free(ccd);
	free(mds);
}

/* The beginning, the end, and the middle of a source. */
static void read_some(struct isokit_source *src)
{
	uint64_t size = isokit_source_size(src), places[] = { 0, size / 2, size };

	for (size_t i = 0; i < 3; i++) {
		uint64_t at = places[i] > READ_BYTES ? places[i] - READ_BYTES : 0;
		size_t n = size - at < READ_BYTES ? (size_t)(size - at) : READ_BYTES;

		if (n && isokit_source_read_at(src, at, buffer, n, NULL) == ISOKIT_OK)
			touch(buffer, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct isokit_medium_facts *facts;
	struct isokit_source *src, *part;
	struct isokit_medium *m;
	const struct isokit_damage *damages;
	size_t n_damages;

	sheets(bytes, n);
	if (isokit_source_from_memory(bytes, n, "fuzz", &src, NULL))
		return 0;
	if (isokit_medium_open_source(src, NULL, NULL, &m, NULL)) {
		isokit_source_close(src);
		return 0;
	}
	facts = isokit_medium_facts(m);
	if (facts->shape == ISOKIT_MEDIUM_DISK)
		read_some(isokit_medium_disk(m));
	for (size_t i = 0; i < facts->n_tracks; i++)
		if (isokit_medium_track(m, i, &part, NULL) == ISOKIT_OK)
			read_some(part);
	if (isokit_medium_disc(m, 0, &part, NULL) == ISOKIT_OK)
		read_some(part);
	for (size_t i = 0; i < facts->n_notes; i++)
		touch(facts->notes[i], strlen(facts->notes[i]));
	damages = isokit_medium_damages(m, &n_damages, NULL);
	touch(damages, n_damages * sizeof(*damages));
	isokit_medium_free(m);
	return 0;
}
