/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CloneCD: a control file of text, an .img of whole sectors, subchannels beside in .sub. */
#include "ondisk/ccd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "ondisk/cdsector.h"

enum { SESSION_GAP = 150 };

static unsigned ccd_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_ccd *c;
	unsigned sure = 0;

	if (!sheet_is_text(p) || !memmem(p->head, p->head_bytes, "[CloneCD]", 9))
		return 0;
	c = malloc(sizeof(*c));
	if (!c)
		return format_no_memory(p);
	if (p->size <= p->head_bytes &&
	    ondisk_ccd_decode((const char *)p->head, p->head_bytes, c, NULL) == ISOKIT_OK)
		snprintf(evidence, FORMAT_EVIDENCE,
			 "a CloneCD control file of %u track%s in %u session%s", c->n_tracks,
			 c->n_tracks == 1 ? "" : "s", c->n_sessions, c->n_sessions == 1 ? "" : "s");
	else
		snprintf(evidence, FORMAT_EVIDENCE, "section [CloneCD]");
	sure = 92;
	free(c);
	return sure;
}

/* The track behind track i in its session; 0: none. */
static unsigned next_in_session(const struct ondisk_ccd *c, unsigned i)
{
	for (unsigned k = i + 1; k < 100; k++)
		if (c->tracks[k].set)
			return c->tracks[k].session == c->tracks[i].session ? k : 0;
	return 0;
}

/* Does the sector at this one of the file say that it is block `lba`? */
static bool is_block(struct isokit_source *img, int64_t sector, int32_t lba)
{
	uint8_t head[ONDISK_CD_HEADER_BYTES];
	int32_t there;

	return sector >= 0 &&
	       range_inside((uint64_t)sector * ONDISK_CD_RAW_BYTES, sizeof(head),
			    isokit_source_size(img)) &&
	       isokit_source_read_at(img, (uint64_t)sector * ONDISK_CD_RAW_BYTES, head,
				     sizeof(head), NULL) == ISOKIT_OK &&
	       ondisk_cd_is_sync(head, sizeof(head)) && ondisk_cd_address(head, &there) &&
	       there == lba;
}

/* Blocks between sessions (lead-out, lead-in) are in no file, the gap ahead of the first
 * track in some: which sector of the file is block `lba`, with which the session begins? */
static int64_t session_at(struct isokit_source *img, int64_t next_free, int32_t lba)
{
	const int64_t places[] = { next_free, next_free + SESSION_GAP, lba };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (is_block(img, places[i], lba))
			return places[i];
	return next_free;
}

static enum isokit_status add_track(struct isokit_medium *m, const struct ondisk_ccd *c, unsigned i,
				    struct isokit_source *img, int64_t shift,
				    struct isokit_error *err)
{
	const struct ondisk_ccd_track *t = &c->tracks[i];
	unsigned next = next_in_session(c, i), mode;
	struct disc_track d = {.file = img};
	int64_t at = (int64_t)t->plba + shift, end;

	mode = t->mode >= 0 ? (unsigned)t->mode : (t->control & 4) ? 1 : 0;
	d.t.number = i;
	d.t.session = t->session;
	d.t.first_lba = t->plba;
	if (t->index0_set && t->index0 < t->plba)
		d.t.pregap_sectors = d.gap_sectors = (uint32_t)((int64_t)t->plba - t->index0);
	disc_set_shape(&d.t, mode == 0 ? ISOKIT_TRACK_AUDIO :
			     mode == 1 ? ISOKIT_TRACK_MODE1 :
					 ISOKIT_TRACK_MODE2_FORM1, ONDISK_CD_RAW_BYTES);
	snprintf(d.t.isrc, sizeof(d.t.isrc), "%.15s", t->isrc);
	snprintf(d.t.file, sizeof(d.t.file), "%s", isokit_source_name(img));
	if (at < 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "CloneCD control file",
				   "track %u begins at block %d, ahead of its session", i,
				   (int)t->plba);
	d.at = (uint64_t)at * ONDISK_CD_RAW_BYTES;
	if (next && c->tracks[next].index0_set && c->tracks[next].index0 > t->plba)
		end = c->tracks[next].index0;
	else if (next)
		end = c->tracks[next].plba;
	else if (c->lead_out_set[t->session])
		end = c->lead_out[t->session];
	else
		end = INT64_MAX;
	if (end != INT64_MAX && end < t->plba)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "CloneCD control file",
				   "track %u ends ahead of its beginning", i);
	d.t.copy = t->control & 2;
	d.t.preemphasis = mode == 0 && t->control & 1;
	d.t.four_channels = mode == 0 && t->control & 8;
	d.to_end = end == INT64_MAX;
	if (!d.to_end)
		d.t.sectors = (uint32_t)(end - t->plba);
	return disc_add_track(m, &d, err);
}

enum isokit_status ccd_open_text(struct isokit_medium *m, const char *text, size_t bytes,
				 struct isokit_source *img, struct isokit_error *err)
{
	struct ondisk_ccd *c = arena_alloc(medium_arena(m), sizeof(*c));
	enum isokit_status st;
	int64_t shift = 0, next_free = 0;
	unsigned session = 0;

	if (!c)
		return isokit_fail_nomem(err, "CloneCD control file", sizeof(*c));
	st = ondisk_ccd_decode(text, bytes, c, err);
	for (unsigned i = 1; !st && i < 100; i++) {
		const struct ondisk_ccd_track *t = &c->tracks[i];

		if (!t->set)
			continue;
		if (t->session != session) {
			shift = session ? session_at(img, next_free, t->plba) - t->plba : 0;
			session = t->session;
		}
		st = add_track(m, c, i, img, shift, err);
		if (session <= 99 && c->lead_out_set[session])
			next_free = c->lead_out[session] + shift;
	}
	medium_set_catalog(m, c->catalog);
	if (!st && c->n_cdtext)
		medium_take_cdtext(m, c->cdtext, c->n_cdtext * ONDISK_CCD_CDTEXT_BYTES, true);
	return st;
}

static enum isokit_status ccd_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct isokit_source *img;
	enum isokit_status st;
	const char *text;
	size_t bytes;

	st = sheet_read(m, p->src, &text, &bytes, err);
	if (!st)
		st = sheet_open_own(m, ".img", &img, err);
	return st ? st : ccd_open_text(m, text, bytes, img, err);
}

const struct format format_ccd = {
	.name = "ccd",
	.words = "CloneCD control file",
	.probe = ccd_probe,
	.open = ccd_open,
};
