/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DiscJuggler images. */
#include "ondisk/cdi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"

enum { MAX_DESCRIPTION = 1024 * 1024 };

static enum isokit_status read_description(struct isokit_source *src, const uint8_t *tail,
					   size_t tail_bytes, struct ondisk_cdi *cdi,
					   unsigned *ret_version, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src), at;
	enum isokit_status st;
	uint8_t *raw;
	size_t n;

	if (tail_bytes < ONDISK_CDI_FOOTER_BYTES ||
	    !ondisk_cdi_footer(tail + tail_bytes - ONDISK_CDI_FOOTER_BYTES, size, ret_version, &at))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, isokit_source_name(src),
				   "has no footer of a DiscJuggler image");
	if (size - at > MAX_DESCRIPTION)
		return isokit_fail(err, ISOKIT_E_CORRUPT, at, isokit_source_name(src),
				   "its description would have %llu bytes",
				   (unsigned long long)(size - at));
	n = (size_t)(size - at);
	raw = malloc(n);
	if (!raw)
		return isokit_fail_nomem(err, isokit_source_name(src), n);
	st = isokit_source_read_at(src, at, raw, n, err);
	if (!st)
		st = ondisk_cdi_decode(raw, n, *ret_version, cdi, err);
	free(raw);
	return st;
}

static unsigned cdi_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_cdi *cdi = malloc(sizeof(*cdi));
	unsigned version = 0, sure = 0;
	enum isokit_status st;

	if (!cdi)
		return format_no_memory(p);
	st = read_description(p->src, p->tail, p->tail_bytes, cdi, &version, NULL);
	if (!st) {
		snprintf(evidence, FORMAT_EVIDENCE,
			 "footer of DiscJuggler %s, %u track%s in %u session%s",
			 version == 35 ? "3.5" : version == 3 ? "3" : "2", cdi->n_tracks,
			 cdi->n_tracks == 1 ? "" : "s", cdi->n_sessions,
			 cdi->n_sessions == 1 ? "" : "s");
		sure = 92;
	}
	free(cdi);
	return st == ISOKIT_E_NOMEM ? format_no_memory(p) : sure;
}

static enum isokit_status cdi_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	static const enum isokit_track_kind kinds[] = { ISOKIT_TRACK_AUDIO, ISOKIT_TRACK_MODE1,
							ISOKIT_TRACK_MODE2_FORM1 };
	struct ondisk_cdi *cdi = arena_alloc(medium_arena(m), sizeof(*cdi));
	enum isokit_status st;
	unsigned version;

	if (!cdi)
		return isokit_fail_nomem(err, "DiscJuggler description", sizeof(*cdi));
	st = read_description(p->src, p->tail, p->tail_bytes, cdi, &version, err);
	for (unsigned i = 0; !st && i < cdi->n_tracks; i++) {
		const struct ondisk_cdi_track *t = &cdi->tracks[i];
		struct disc_track d = {.file = p->src};

		d.t.number = i + 1;
		d.t.session = t->session;
		d.t.pregap_sectors = d.gap_sectors = t->pregap;
		d.t.sectors = t->sectors;
		d.t.first_lba = t->lba;
		/* Some writers count from the pregap. */
		if (t->lba < 0)
			d.t.first_lba = 0;
		disc_set_shape(&d.t, kinds[t->mode], t->sector_bytes);
		d.at = t->at + (uint64_t)t->pregap * t->sector_bytes;
		st = disc_add_track(m, &d, err);
	}
	return st;
}

const struct format format_cdi = {
	.name = "cdi",
	.words = "DiscJuggler image",
	.probe = cdi_probe,
	.open = cdi_open,
};
