/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cdrdao's descriptions of discs, whose tracks are put together from pieces of files and
 * from silence. */
#include "ondisk/toc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "bytes/join.h"

static unsigned toc_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct ondisk_toc *toc;
	unsigned sure = 0;

	if (!sheet_is_text(p) || !memmem(p->head, p->head_bytes, "TRACK", 5) ||
	    !(memmem(p->head, p->head_bytes, "FILE", 4) ||
	      memmem(p->head, p->head_bytes, "SILENCE", 7) ||
	      memmem(p->head, p->head_bytes, "ZERO", 4)))
		return 0;
	toc = malloc(sizeof(*toc));
	if (!toc)
		return format_no_memory(p);
	if (p->size <= p->head_bytes &&
	    ondisk_toc_decode((const char *)p->head, p->head_bytes, toc, NULL) == ISOKIT_OK) {
		snprintf(evidence, FORMAT_EVIDENCE, "a cdrdao TOC of %u track%s from %u file%s",
			 toc->n_tracks, toc->n_tracks == 1 ? "" : "s", toc->n_files,
			 toc->n_files == 1 ? "" : "s");
		sure = 90;
	} else if (memmem(p->head, p->head_bytes, "CD_ROM", 6) ||
		   memmem(p->head, p->head_bytes, "CD_DA", 5)) {
		snprintf(evidence, FORMAT_EVIDENCE, "the words CD_ROM or CD_DA and TRACK of a cdrdao TOC");
		sure = 55; /* more than the words of a CUE sheet */
	}
	free(toc);
	return sure;
}

struct toc {
	struct isokit_medium *m;
	const struct ondisk_toc *sheet;
	struct isokit_source *files[ONDISK_TOC_MAX_FILES];
	struct sheet_sound sounds[ONDISK_TOC_MAX_FILES]; /* of those that are no raw samples */
	int64_t lba;
};

/* By its mark, and for those that have none by its name, as cdrdao does. */
static bool is_sound_file(struct isokit_source *file, const char *name)
{
	static const char *const endings[] = { ".mp3", ".ogg", ".flac", ".m4a", ".ape" };
	const char *dot = strrchr(name, '.');
	uint8_t p[12];

	if (isokit_source_size(file) < sizeof(p) ||
	    isokit_source_read_at(file, 0, p, sizeof(p), NULL) != ISOKIT_OK)
		return false;
	if ((memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WAVE", 4) == 0) ||
	    memcmp(p, "fLaC", 4) == 0)
		return true;
	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return true;
	return false;
}

/* The source that a piece is from, and whether its samples are big-endian, which those of
 * raw files are. */
static enum isokit_status source_of(struct toc *t, const struct ondisk_toc_part *part,
				    struct isokit_source **ret_src, bool *ret_swapped,
				    const char **ret_lost, struct isokit_error *err)
{
	unsigned i = (unsigned)part->file;
	enum isokit_status st = ISOKIT_OK;

	if (!t->files[i]) {
		st = sheet_open_data(t->m, t->sheet->files[i], t->sheet->n_files == 1, &t->files[i],
				     err);
		if (!st && part->sound && is_sound_file(t->files[i], t->sheet->files[i]))
			st = sheet_open_sound(t->m, t->files[i], &t->sounds[i], err);
		if (st)
			return st;
		if (t->sounds[i].lost)
			medium_note(t->m, "%s %s: its tracks cannot be read", t->sheet->files[i],
				    t->sounds[i].lost);
	}
	if (part->sound && t->sounds[i].lost) {
		*ret_src = NULL;
		*ret_lost = t->sounds[i].lost;
	} else if (part->sound && t->sounds[i].samples) {
		*ret_src = t->sounds[i].samples;
		*ret_swapped = t->sounds[i].swapped != part->swap;
	} else {
		*ret_src = t->files[i];
		*ret_swapped = !part->swap;
	}
	return ISOKIT_OK;
}

static enum isokit_status add_part(struct toc *t, const struct ondisk_toc_part *part,
				   struct isokit_track *track, bool first, struct join *j,
				   struct isokit_error *err)
{
	struct isokit_source *src;
	uint64_t from, length;
	enum isokit_status st;
	bool swapped = false;

	if (part->file < 0)
		return join_add_zeros(j, part->length, err);
	st = source_of(t, part, &src, &swapped, &track->lost, err);
	if (st)
		return st;
	snprintf(track->file, sizeof(track->file), "%s", t->sheet->files[part->file]);
	if (!src) /* as long as is said */
		return part->length_set ? join_add_zeros(j, part->length, err) : ISOKIT_OK;
	if (track->kind == ISOKIT_TRACK_AUDIO) {
		if (!first && track->swapped != swapped)
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "cdrdao TOC",
					   "track %u mixes samples of both byte orders, which is not supported",
					   track->number);
		track->swapped = swapped;
	}
	if (!add_u64(part->offset, part->start, &from) || from > isokit_source_size(src))
		return isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, isokit_source_name(src),
				   "ends ahead of where track %u begins in it", track->number);
	length = isokit_source_size(src) - from;
	if (part->length_set && part->length > length) {
		medium_damaged(t->m, track->number, join_size(j) / track->sector_bytes * 2048, 0,
			       "the file is shorter than the sheet says");
	} else if (part->length_set) {
		length = part->length;
	}
	return join_add(j, src, from, length, err);
}

static enum isokit_status fill_track(struct toc *t, const struct ondisk_toc_track *from,
				     struct disc_track *d, struct isokit_error *err)
{
	struct join *j = join_new();
	enum isokit_status st = ISOKIT_OK;
	bool first = true;
	uint64_t rest;

	if (!j)
		return isokit_fail_nomem(err, "cdrdao TOC", sizeof(j));
	for (unsigned i = 0; !st && i < from->n_parts; i++) {
		const struct ondisk_toc_part *part = &t->sheet->parts[from->first_part + i];

		st = add_part(t, part, &d->t, first, j, err);
		first = first && part->file < 0;
	}
	rest = join_size(j) % from->sector_bytes;
	if (!st && rest)
		st = join_add_zeros(j, from->sector_bytes - rest, err);
	if (!st)
		st = join_finish(j, d->t.file, &d->file, err);
	else
		join_free(j);
	return st ? st : medium_keep(t->m, d->file, err);
}

static enum isokit_status add_track(struct toc *t, unsigned i, struct isokit_error *err)
{
	const struct ondisk_toc_track *from = &t->sheet->tracks[i];
	struct disc_track d = {.at = from->start_set ? from->start : 0, .to_end = true};
	uint64_t gap = from->pregap / from->sector_bytes + d.at / from->sector_bytes;
	uint32_t *indexes = arena_alloc(medium_arena(t->m), sizeof(*indexes) * ONDISK_TOC_MAX_INDEXES);
	enum isokit_status st;

	if (!indexes)
		return isokit_fail_nomem(err, "cdrdao TOC", sizeof(from->indexes));
	d.t.number = i + 1;
	disc_set_shape(&d.t, from->mode == 0 ? ISOKIT_TRACK_AUDIO :
			     from->mode == 1 ? ISOKIT_TRACK_MODE1 :
			     from->form2     ? ISOKIT_TRACK_MODE2 :
					       ISOKIT_TRACK_MODE2_FORM1, from->sector_bytes);
	for (unsigned k = 0; k < ISOKIT_TRACK_TEXTS; k++)
		snprintf(d.t.text[k], ISOKIT_TEXT_BYTES, "%s", from->text[k]);
	d.t.indexes = indexes;
	for (unsigned k = 0; k < from->n_indexes; k++)
		indexes[d.t.n_indexes++] = (uint32_t)(from->indexes[k] / from->sector_bytes);
	d.t.copy = from->copy;
	d.t.preemphasis = from->preemphasis;
	d.t.four_channels = from->four_channels;
	d.gap_sectors = (uint32_t)min_u64(d.at / from->sector_bytes, INT32_MAX);
	snprintf(d.t.isrc, sizeof(d.t.isrc), "%s", from->isrc);
	d.t.pregap_sectors = (uint32_t)min_u64(gap, INT32_MAX);
	t->lba += d.t.pregap_sectors;
	d.t.first_lba = (int32_t)(t->lba < INT32_MAX ? t->lba : INT32_MAX);
	st = fill_track(t, from, &d, err);
	if (st)
		return st;
	d.t.sectors = (uint32_t)min_u64(isokit_source_size(d.file) / from->sector_bytes, UINT32_MAX);
	st = disc_add_track(t->m, &d, err);
	t->lba += d.t.sectors;
	return st;
}

enum isokit_status toc_open_text(struct isokit_medium *m, const char *text, size_t bytes,
				 struct isokit_error *err)
{
	struct ondisk_toc *sheet = arena_alloc(medium_arena(m), sizeof(*sheet));
	struct toc *t = arena_alloc(medium_arena(m), sizeof(*t));
	enum isokit_status st;

	if (!sheet || !t)
		return isokit_fail_nomem(err, "cdrdao TOC", sizeof(*sheet));
	t->m = m;
	t->sheet = sheet;
	st = ondisk_toc_decode(text, bytes, sheet, err);
	medium_set_catalog(m, sheet->catalog);
	for (unsigned k = 0; k < ISOKIT_TEXTS; k++)
		medium_set_text(m, k, sheet->text[k]);
	for (unsigned i = 0; !st && i < sheet->n_tracks; i++)
		st = add_track(t, i, err);
	return st;
}

static enum isokit_status toc_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	const char *text;
	size_t bytes;
	enum isokit_status st = sheet_read(m, p->src, &text, &bytes, err);

	return st ? st : toc_open_text(m, text, bytes, err);
}

const struct format format_toc = {
	.name = "toc",
	.words = "cdrdao TOC",
	.probe = toc_probe,
	.open = toc_open,
};
