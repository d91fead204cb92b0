/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nero images, versions 1 and 2, disc at once and track at once. */
#include "ondisk/nrg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"

/* *ret_table is what `nrg` may point into; to be freed, also on failure. */
static enum isokit_status read_table(struct isokit_source *src, const uint8_t *tail,
				     size_t tail_bytes, struct ondisk_nrg *nrg, unsigned *ret_version,
				     uint64_t *ret_chunks, uint8_t **ret_table,
				     struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src), chunks, end;
	enum isokit_status st;
	uint8_t *table;
	size_t n;

	*ret_table = NULL;
	if (tail_bytes < ONDISK_NRG_FOOTER_BYTES ||
	    !ondisk_nrg_footer(tail + tail_bytes - ONDISK_NRG_FOOTER_BYTES, ret_version, &chunks))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, ISOKIT_NO_OFFSET, isokit_source_name(src),
				   "has no footer of a Nero image");
	end = size - (*ret_version == 2 ? 12 : 8);
	if (chunks >= end || end - chunks > ONDISK_NRG_MAX_CHUNK_BYTES)
		return isokit_fail(err, ISOKIT_E_CORRUPT, size - 8, isokit_source_name(src),
				   "its footer puts its table at byte %llu, which cannot be: cut off or changed?",
				   (unsigned long long)chunks);
	n = (size_t)(end - chunks);
	*ret_table = table = malloc(n);
	if (!table)
		return isokit_fail_nomem(err, isokit_source_name(src), n);
	st = isokit_source_read_at(src, chunks, table, n, err);
	if (!st)
		st = ondisk_nrg_decode(table, n, nrg, err);
	*ret_chunks = chunks;
	return st;
}

static unsigned nrg_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_nrg *nrg = malloc(sizeof(*nrg));
	enum isokit_status st;
	unsigned version = 0, sure = 0;
	uint64_t chunks = 0;
	uint8_t *table;

	if (!nrg)
		return format_no_memory(p);
	st = read_table(p->src, p->tail, p->tail_bytes, nrg, &version, &chunks, &table, NULL);
	if (!st) {
		snprintf(evidence, FORMAT_EVIDENCE,
			 "footer %s, table at byte %llu: %u track%s in %u session%s, %s at once",
			 version == 2 ? "NER5" : "NERO", (unsigned long long)chunks, nrg->n_tracks,
			 nrg->n_tracks == 1 ? "" : "s", nrg->n_sessions,
			 nrg->n_sessions == 1 ? "" : "s", nrg->at_once ? "disc" : "track");
		sure = 95;
	} else if (st != ISOKIT_E_NOT_ISO && version == 2) {
		/* Four letters might stand anywhere; these with a place behind them hardly. */
		snprintf(evidence, FORMAT_EVIDENCE, "footer NER5");
		sure = 60;
	}
	free(table);
	free(nrg);
	return st == ISOKIT_E_NOMEM ? format_no_memory(p) : sure;
}

static enum isokit_status add_track(struct isokit_medium *m, const struct format_probe *p,
				    const struct ondisk_nrg_track *t, uint64_t chunks,
				    int64_t *io_lba, struct isokit_error *err)
{
	static const enum isokit_track_kind kinds[] = { ISOKIT_TRACK_AUDIO, ISOKIT_TRACK_MODE1,
							ISOKIT_TRACK_MODE2_FORM1 };
	struct disc_track d = {.file = p->src, .at = t->start};
	enum isokit_status st;
	uint64_t sectors;

	if (t->end < t->start || t->pregap > t->start || t->end > chunks || t->sector_bytes < 2048)
		return isokit_fail(err, ISOKIT_E_CORRUPT, t->start, isokit_source_name(p->src),
				   "track %u lies where it cannot: from byte %llu to byte %llu",
				   t->number, (unsigned long long)t->start,
				   (unsigned long long)t->end);
	d.t.number = t->number;
	d.t.session = t->session;
	disc_set_shape(&d.t, kinds[t->kind], t->sector_bytes);
	snprintf(d.t.isrc, sizeof(d.t.isrc), "%s", t->isrc);
	sectors = (t->end - t->start) / t->sector_bytes;
	if (sectors > UINT32_MAX)
		return isokit_fail(err, ISOKIT_E_CORRUPT, t->start, isokit_source_name(p->src),
				   "track %u is larger than any disc", t->number);
	d.t.sectors = (uint32_t)sectors;
	d.t.pregap_sectors = (uint32_t)((t->start - t->pregap) / t->sector_bytes);
	d.gap_sectors = d.t.pregap_sectors;
	*io_lba += d.t.pregap_sectors;
	if (t->number == 1 && !t->lba_set)
		*io_lba = 0;
	d.t.first_lba = t->lba_set ? t->lba : (int32_t)*io_lba;
	st = disc_add_track(m, &d, err);
	*io_lba = (int64_t)d.t.first_lba + d.t.sectors;
	return st;
}

static enum isokit_status nrg_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct ondisk_nrg *nrg = arena_alloc(medium_arena(m), sizeof(*nrg));
	enum isokit_status st;
	uint64_t chunks = 0;
	int64_t lba = 0;
	unsigned version;
	uint8_t *table;

	if (!nrg)
		return isokit_fail_nomem(err, "Nero chunks", sizeof(*nrg));
	st = read_table(p->src, p->tail, p->tail_bytes, nrg, &version, &chunks, &table, err);
	if (!st && !nrg->ended)
		medium_note(m, "the table of the Nero image has no end mark");
	for (unsigned i = 0; !st && i < nrg->n_tracks; i++)
		st = add_track(m, p, &nrg->tracks[i], chunks, &lba, err);
	medium_set_catalog(m, nrg->catalog);
	if (!st && nrg->cdtext)
		medium_take_cdtext(m, nrg->cdtext, nrg->cdtext_bytes, false);
	nrg->cdtext = NULL;
	free(table);
	return st;
}

const struct format format_nrg = {
	.name = "nrg",
	.words = "Nero image",
	.probe = nrg_probe,
	.open = nrg_open,
};
