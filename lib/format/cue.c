/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BIN/CUE: a sheet of text that names the files with the sectors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/checked.h"
#include "base/fail.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "ondisk/cue.h"

enum { LEAD_IN_FRAMES = 150, MAX_CDTEXT = 64 * 1024 };

/* Is there a line that begins with this word? */
static bool has_line(const uint8_t *p, size_t n, const char *word)
{
	size_t bytes = strlen(word);
	bool begin = true;

	for (size_t i = 0; i + bytes < n; i++) {
		if (begin && strncasecmp((const char *)p + i, word, bytes) == 0 &&
		    (p[i + bytes] == ' ' || p[i + bytes] == '\t'))
			return true;
		begin = p[i] == '\n' || p[i] == '\r' ||
			(begin && (p[i] == ' ' || p[i] == '\t' || p[i] >= 0x80));
	}
	return false;
}

static unsigned cue_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	size_t mark = p->head_bytes >= 3 && memcmp(p->head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	struct ondisk_cue *c;
	unsigned sure = 0;

	if (!sheet_is_text(p))
		return 0;
	if (p->head_bytes >= 2 && p->head[0] >= 0xfe) { /* UTF-16: by its letters */
		if (!memmem(p->head, p->head_bytes, "T\0R\0A\0C\0K", 9) ||
		    !memmem(p->head, p->head_bytes, "I\0N\0D\0E\0X", 9))
			return 0;
		snprintf(evidence, FORMAT_EVIDENCE, "a CUE sheet in UTF-16");
		return 80;
	}
	if (!has_line(p->head, p->head_bytes, "FILE") || !has_line(p->head, p->head_bytes, "TRACK"))
		return 0;
	c = malloc(sizeof(*c));
	if (!c)
		return format_no_memory(p);
	if (p->size <= p->head_bytes &&
	    ondisk_cue_decode((const char *)p->head + mark, p->head_bytes - mark, c, NULL) ==
		    ISOKIT_OK) {
		snprintf(evidence, FORMAT_EVIDENCE, "a CUE sheet of %u track%s in %u file%s",
			 c->n_tracks, c->n_tracks == 1 ? "" : "s", c->n_files,
			 c->n_files == 1 ? "" : "s");
		sure = 90;
	} else {
		snprintf(evidence, FORMAT_EVIDENCE, "the commands FILE and TRACK of a CUE sheet");
		sure = 50;
	}
	free(c);
	return sure;
}

struct cue {
	struct isokit_medium *m;
	const struct ondisk_cue *sheet;
	struct isokit_source *files[ONDISK_CUE_MAX_FILES]; /* NULL: cannot be read */
	bool swapped[ONDISK_CUE_MAX_FILES];
	const char *lost[ONDISK_CUE_MAX_FILES]; /* why */
	uint64_t lba; /* of the next sector on the disc */
	unsigned more_sessions; /* than the sheet tells of */
	unsigned at_end;        /* tracks that begin at the end of their file, or behind it */
};

/* Data in other files are no worse for that. */
static enum isokit_status lose(struct cue *c, unsigned i, const char *why, struct isokit_error *err)
{
	c->lost[i] = arena_strndup(medium_arena(c->m), why, strlen(why));
	if (!c->lost[i])
		return isokit_fail_nomem(err, "CUE sheet", strlen(why));
	medium_note(c->m, "%s %s: its tracks cannot be read", c->sheet->files[i].name, why);
	return ISOKIT_OK;
}

static enum isokit_status open_file(struct cue *c, unsigned i, struct isokit_error *err)
{
	const struct ondisk_cue_file *f = &c->sheet->files[i];
	struct isokit_error why = { 0 };
	struct sheet_sound sound;
	struct isokit_source *file;
	enum isokit_status st;

	/* Two FILE lines may name the same file. */
	for (unsigned k = 0; k < i; k++) {
		if (strcmp(c->sheet->files[k].name, f->name) == 0 &&
		    c->sheet->files[k].type == f->type) {
			c->files[i] = c->files[k];
			c->swapped[i] = c->swapped[k];
			c->lost[i] = c->lost[k];
			return ISOKIT_OK;
		}
	}
	st = sheet_open_data(c->m, f->name, c->sheet->n_files == 1, &file, &why);
	if (st == ISOKIT_E_NOT_FOUND && f->type == ONDISK_CUE_PACKED)
		return lose(c, i, why.text, err);
	if (st) {
		if (err)
			*err = why;
		return st;
	}
	c->swapped[i] = f->type == ONDISK_CUE_MOTOROLA;
	if (f->type != ONDISK_CUE_SOUND && f->type != ONDISK_CUE_PACKED) {
		c->files[i] = file;
		return ISOKIT_OK;
	}
	st = sheet_open_sound(c->m, file, &sound, err);
	if (st)
		return st;
	c->files[i] = sound.samples;
	c->swapped[i] = sound.swapped;
	return sound.lost ? lose(c, i, sound.lost, err) : ISOKIT_OK;
}

/* Where track i begins in a file: its INDEX 00 if it has one there. */
static bool begins_in(const struct ondisk_cue_track *t, unsigned file, uint32_t *ret_frame)
{
	if (t->index0.set && t->index0.file == file)
		*ret_frame = t->index0.frame;
	else if (t->index1.file == file)
		*ret_frame = t->index1.frame;
	else
		return false;
	return true;
}

/* Byte of the file for a frame of it: tracks ahead may have sectors of other sizes. */
static uint64_t place_of(const struct ondisk_cue *s, unsigned track, unsigned file, uint32_t frame)
{
	uint64_t at = 0;
	uint32_t from = 0, next, bytes = 0;

	for (unsigned i = 0; i <= track; i++) {
		if (!begins_in(&s->tracks[i], file, &next))
			continue;
		if (bytes == 0)
			bytes = s->tracks[i].sector_bytes; /* what stands ahead of the first */
		next = (uint32_t)min_u64(next, frame);
		at += (uint64_t)(next - from) * bytes;
		from = next;
		bytes = s->tracks[i].sector_bytes;
	}
	return at + (uint64_t)(frame - from) * bytes;
}

/* The gap of a track at the end of the file ahead of its own. */
static uint32_t gap_behind(const struct cue *c, unsigned i)
{
	const struct ondisk_cue_track *t = &c->sheet->tracks[i];
	struct isokit_source *file = c->files[t->index0.file];
	uint64_t at = place_of(c->sheet, i, t->index0.file, t->index0.frame), size;

	size = file ? isokit_source_size(file) : 0;
	return at < size ? (uint32_t)min_u64((size - at) / t->sector_bytes, INT32_MAX) : 0;
}

/* A sheet whose INDEX 00 is in the file ahead ends that file's track there. */
static bool next_begin(const struct ondisk_cue *s, unsigned track, uint32_t *ret_frame)
{
	unsigned file = s->tracks[track].index1.file;

	return track + 1 < s->n_tracks && begins_in(&s->tracks[track + 1], file, ret_frame) &&
	       *ret_frame >= s->tracks[track].index1.frame;
}

static enum isokit_track_kind kind_of(const struct ondisk_cue_track *t)
{
	return t->mode == 0 ? ISOKIT_TRACK_AUDIO :
	       t->mode == 1 ? ISOKIT_TRACK_MODE1 :
	       t->sector_bytes == 2324 || t->sector_bytes == 2328 ? ISOKIT_TRACK_MODE2 :
			      ISOKIT_TRACK_MODE2_FORM1;
}

static void copy(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from);
}

/* The two seconds ahead of the first track are ahead of block 0. Programs that read audio
 * discs begin their file at block 0. */
static uint32_t gap_on_disc(unsigned i, const struct isokit_track *t)
{
	if (i || (t->kind == ISOKIT_TRACK_AUDIO && t->pregap_sectors != LEAD_IN_FRAMES))
		return t->pregap_sectors;
	return t->pregap_sectors - (uint32_t)min_u64(t->pregap_sectors, LEAD_IN_FRAMES);
}

static enum isokit_status add_track(struct cue *c, unsigned i, struct isokit_error *err)
{
	const struct ondisk_cue_track *t = &c->sheet->tracks[i];
	unsigned file = t->index1.file;
	struct disc_track d = {.file = c->files[file]};
	uint32_t end, stored_gap = 0;
	enum isokit_status st;

	d.t.number = t->number;
	d.t.session = t->session + c->more_sessions;
	d.guessed = i != 0;
	d.new_session = i && t->session != t[-1].session;
	disc_set_shape(&d.t, kind_of(t), t->sector_bytes);
	d.t.swapped = d.t.kind == ISOKIT_TRACK_AUDIO && c->swapped[file];
	d.t.lost = c->lost[file];
	copy(d.t.file, sizeof(d.t.file), c->sheet->files[file].name);
	for (unsigned k = 0; k < ISOKIT_TRACK_TEXTS; k++)
		copy(d.t.text[k], ISOKIT_TEXT_BYTES, t->text[k]);
	if (!t->text[ISOKIT_TEXT_PERFORMER][0])
		copy(d.t.text[ISOKIT_TEXT_PERFORMER], ISOKIT_TEXT_BYTES,
		     c->sheet->text[ISOKIT_TEXT_PERFORMER]);
	copy(d.t.isrc, sizeof(d.t.isrc), t->isrc);
	d.at = place_of(c->sheet, i, file, t->index1.frame);
	if (t->index0.set && t->index0.file == file) {
		stored_gap = t->index1.frame - t->index0.frame;
	} else if (t->index0.set) {
		stored_gap = gap_behind(c, i);
		d.gap_file = c->files[t->index0.file];
		d.gap_at = place_of(c->sheet, i, t->index0.file, t->index0.frame);
		d.gap_swapped = c->swapped[t->index0.file];
	} else if (i == 0 || c->sheet->tracks[i - 1].index1.file != file) {
		stored_gap = t->index1.frame; /* in the file, ahead of everything */
	}
	d.gap_sectors = stored_gap;
	d.t.pregap_sectors = stored_gap + t->pregap;
	d.t.postgap_sectors = t->postgap;
	d.t.indexes = t->more;
	d.t.n_indexes = t->n_more;
	d.t.copy = t->copy;
	d.t.preemphasis = t->preemphasis;
	d.t.four_channels = t->four_channels;
	c->lba += gap_on_disc(i, &d.t);
	d.t.first_lba = (int32_t)min_u64(c->lba, INT32_MAX);
	if (next_begin(c->sheet, i, &end))
		d.t.sectors = end - t->index1.frame;
	else
		d.to_end = true;
	st = disc_add_track(c->m, &d, err);
	if (st)
		return st;
	if (d.file && d.at >= isokit_source_size(d.file))
		c->at_end++;
	c->more_sessions = d.t.session - t->session;
	c->lba = (uint64_t)d.t.first_lba + d.t.sectors + t->postgap;
	return ISOKIT_OK;
}

/* It is there for its titles, and no conversion fails for want of those. */
static void take_cdtext(struct cue *c)
{
	const char *name = c->sheet->cdtext;
	struct isokit_error err = { 0 };
	struct isokit_source *src;
	uint8_t *packs;
	size_t n;

	if (medium_open_beside(c->m, name, &src, &err)) {
		medium_note(c->m, "%s with the CD-TEXT: %s", name, err.text);
		return;
	}
	n = (size_t)min_u64(isokit_source_size(src), MAX_CDTEXT);
	packs = malloc(n ? n : 1);
	if (packs && isokit_source_read_at(src, 0, packs, n, NULL) == ISOKIT_OK)
		medium_take_cdtext(c->m, packs, n, false);
	free(packs);
}

enum isokit_status cue_open_text(struct isokit_medium *m, const char *text, size_t bytes,
				 struct isokit_error *err)
{
	struct ondisk_cue *sheet = arena_alloc(medium_arena(m), sizeof(*sheet));
	struct cue *c = arena_alloc(medium_arena(m), sizeof(*c));
	enum isokit_status st;

	if (!sheet || !c)
		return isokit_fail_nomem(err, "CUE sheet", sizeof(*sheet));
	st = ondisk_cue_decode(text, bytes, sheet, err);
	if (st)
		return st;
	c->m = m;
	c->sheet = sheet;
	if (sheet->unknown)
		medium_note(m, "line %u of the CUE sheet has no known command (%u such line%s)",
			    sheet->unknown_line, sheet->unknown, sheet->unknown == 1 ? "" : "s");
	if (sheet->bad_lines)
		medium_note(m, "line %u of the CUE sheet makes no sense and is left out (%u such line%s)",
			    sheet->bad_line, sheet->bad_lines, sheet->bad_lines == 1 ? "" : "s");
	for (unsigned i = 0; !st && i < sheet->n_files; i++)
		st = open_file(c, i, err);
	for (unsigned i = 0; !st && i < sheet->n_tracks; i++)
		st = add_track(c, i, err);
	medium_set_catalog(m, sheet->catalog);
	for (unsigned k = 0; k < ISOKIT_TEXTS; k++)
		medium_set_text(m, k, sheet->text[k]);
	if (!st && *sheet->cdtext)
		take_cdtext(c);
	if (!st && c->at_end == sheet->n_tracks)
		return isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, "CUE sheet",
				   "%s behind the end of %s",
				   sheet->n_tracks == 1 ? "its track begins" : "all of its tracks begin",
				   sheet->files[sheet->tracks[0].index1.file].name);
	return st;
}

static enum isokit_status cue_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	const char *text;
	size_t bytes;
	enum isokit_status st = sheet_read(m, p->src, &text, &bytes, err);

	return st ? st : cue_open_text(m, text, bytes, err);
}

const struct format format_cue = {
	.name = "cue",
	.words = "CUE sheet",
	.probe = cue_probe,
	.open = cue_open,
};
