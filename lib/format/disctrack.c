/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a container tells of a track is held against the bytes: sheets are written by
 * hand and by programs that guess, and a wrong mode would be garbage without a word. */
#include "format/disctrack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "format/descramble.h"
#include "ondisk/cdsector.h"

enum {
	SAMPLES = 64,              /* sectors looked at for form 2 */
	GAP = 150,                 /* sectors: two seconds */
	DESCRIPTOR = 16,           /* sector of the first descriptor: ECMA-119 6.2.1 */
	SESSION_GAP = 11250,       /* lead-out and lead-in between sessions, at least */
	MAX_SECTORS = 0x7fffffff / 2048, /* of a track; more than any disc has */
};

/* What some sectors of a track look like. */
struct looks {
	unsigned seen, synced, mode1, mode2, scrambled;
};

static bool peek(const struct disc_track *d, uint64_t sector, void *buffer, size_t n)
{
	uint64_t at = d->at + sector * d->t.sector_bytes;

	return range_inside(at, n, isokit_source_size(d->file)) &&
	       isokit_source_read_at(d->file, at, buffer, n, NULL) == ISOKIT_OK;
}

static bool is_header(const uint8_t *sync)
{
	int32_t lba;

	return sync[15] <= 2 && ondisk_cd_address(sync, &lba);
}

static void look_at(const struct disc_track *d, uint64_t sector, struct looks *l)
{
	/* Of the scrambler, what a header meets. */
	static const uint8_t scrambler[4] = { 0x01, 0x80, 0x00, 0x60 };
	uint8_t head[ONDISK_CD_HEADER_BYTES];

	if (!peek(d, sector, head, sizeof(head)))
		return;
	l->seen++;
	if (!ondisk_cd_is_sync(head, sizeof(head)))
		return;
	l->synced++;
	if (!is_header(head)) {
		for (unsigned i = 0; i < 4; i++)
			head[12 + i] ^= scrambler[i];
		if (!is_header(head))
			return;
		l->scrambled++;
	}
	l->mode1 += head[15] == 1;
	l->mode2 += head[15] == 2;
}

/* Some at the beginning, where descriptors are, and some farther on. */
static struct looks look(const struct disc_track *d)
{
	static const uint8_t first[] = { 0, 1, 2, DESCRIPTOR, DESCRIPTOR + 1 };
	struct looks l = { 0 };

	for (size_t i = 0; i < sizeof(first); i++)
		if (first[i] < d->t.sectors)
			look_at(d, first[i], &l);
	for (uint32_t i = 1; i < 4; i++)
		if (d->t.sectors / 4 * i > DESCRIPTOR + 1)
			look_at(d, d->t.sectors / 4 * i, &l);
	return l;
}

static bool has_form2(const struct disc_track *d)
{
	uint32_t subheader = d->t.user_offset - ONDISK_CD_SUBHEADER_BYTES;
	uint32_t step = d->t.sectors / SAMPLES + 1;
	uint8_t raw[ONDISK_CD_SUBHEADER_BYTES];

	for (uint32_t i = 0; i < d->t.sectors; i += step) {
		uint64_t at = d->at + (uint64_t)i * d->t.sector_bytes + subheader;

		if (isokit_source_read_at(d->file, at, raw, sizeof(raw), NULL) == ISOKIT_OK &&
		    ondisk_cd_is_subheader(raw, sizeof(raw)) && (raw[2] & ONDISK_CD_SUBMODE_FORM2))
			return true;
	}
	return false;
}

void disc_set_shape(struct isokit_track *t, enum isokit_track_kind kind, uint32_t sector_bytes)
{
	t->kind = kind;
	t->sector_bytes = sector_bytes;
	t->framed = false;
	t->user_offset = 0;
	if (kind == ISOKIT_TRACK_AUDIO)
		return;
	switch (sector_bytes) {
	case 2056:
		t->user_offset = ONDISK_CD_SUBHEADER_BYTES;
		break;
	case 2336:
		t->user_offset = ONDISK_CD_SUBHEADER_BYTES;
		t->framed = true;
		break;
	case 2340:
		t->user_offset = kind == ISOKIT_TRACK_MODE1 ? 4 : 12;
		t->framed = true;
		break;
	default:
		t->framed = sector_bytes >= ONDISK_CD_RAW_BYTES;
		if (t->framed)
			t->user_offset = kind == ISOKIT_TRACK_MODE1 ? 16 : 24;
	}
}

static void count_sectors(struct disc_track *d)
{
	uint64_t size = isokit_source_size(d->file);

	d->t.sectors = d->at >= size ? 0 :
				       (uint32_t)min_u64((size - d->at) / d->t.sector_bytes, MAX_SECTORS);
}

static bool has_mark(const struct disc_track *d, uint64_t sector, uint32_t stride, uint32_t user)
{
	struct disc_track other = *d;
	uint8_t p[6];

	other.t.sector_bytes = stride;
	other.at += user;
	return peek(&other, sector, p, sizeof(p)) && memcmp(p + 1, "CD001", 5) == 0;
}

/* A track that begins with the gap ahead of it, though it is told not to. */
static void skip_gap(struct isokit_medium *m, struct disc_track *d)
{
	uint32_t bytes = d->t.sector_bytes, user = d->t.user_offset;

	if (d->t.kind == ISOKIT_TRACK_AUDIO || d->t.sectors <= GAP + DESCRIPTOR ||
	    has_mark(d, DESCRIPTOR, bytes, user) || !has_mark(d, GAP + DESCRIPTOR, bytes, user))
		return;
	medium_note(m, "track %u begins with the %d sectors of its pregap: left out", d->t.number, GAP);
	d->at += (uint64_t)GAP * bytes;
	d->t.sectors -= GAP;
	d->t.pregap_sectors += GAP;
	if (d->t.first_lba)
		d->t.first_lba += GAP;
}

/* Sectors of another size than was told? Only where their marks stand at that distance and
 * not at the one told. */
static void correct_size(struct isokit_medium *m, struct disc_track *d)
{
	static const uint32_t sizes[] = { 2352, 2448, 2368 };
	uint32_t told = d->t.sector_bytes;
	struct disc_track other = *d;

	if (told < ONDISK_CD_RAW_BYTES || look(d).synced == 0) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			disc_set_shape(&other.t, d->t.kind, sizes[i]);
			if (sizes[i] != told && look(&other).synced >= 2)
				goto found;
		}
	}
	disc_set_shape(&other.t, d->t.kind, 2048);
	if (told != 2048 && look(d).synced == 0 && has_mark(d, DESCRIPTOR, 2048, 0) &&
	    !has_mark(d, DESCRIPTOR, told, d->t.user_offset))
		goto found;
	return;
found:
	medium_note(m, "track %u is told to have sectors of %u bytes, but they have %u",
		    d->t.number, told, other.t.sector_bytes);
	*d = other;
	if (d->to_end)
		count_sectors(d);
}

static const char *mode_words(enum isokit_track_kind kind)
{
	return kind == ISOKIT_TRACK_AUDIO ? "audio" : kind == ISOKIT_TRACK_MODE1 ? "mode 1" : "mode 2";
}

/* Whole sectors say their mode themselves. */
static void correct_mode(struct isokit_medium *m, struct disc_track *d, const struct looks *l)
{
	enum isokit_track_kind kind = l->mode2 > l->mode1 ? ISOKIT_TRACK_MODE2_FORM1 :
							   ISOKIT_TRACK_MODE1;

	if (l->mode1 + l->mode2 == 0)
		return;
	/* Sound may look like a sync pattern somewhere, but not everywhere. */
	if (d->t.kind == ISOKIT_TRACK_AUDIO && l->synced < l->seen)
		return;
	if (strcmp(mode_words(kind), mode_words(d->t.kind)) == 0)
		kind = d->t.kind;
	else
		medium_note(m, "track %u is told to be %s, but its sectors are %s", d->t.number,
			    mode_words(d->t.kind), mode_words(kind));
	disc_set_shape(&d->t, kind, d->t.sector_bytes);
}

static enum isokit_status descramble(struct isokit_medium *m, struct disc_track *d,
				     struct isokit_error *err)
{
	struct isokit_source *clear;
	enum isokit_status st;

	st = descramble_new(d->file, d->at, d->t.sectors, d->t.sector_bytes, &clear, err);
	if (!st)
		st = medium_keep(m, clear, err);
	if (st)
		return st;
	medium_note(m, "the sectors of track %u are scrambled, as they are on a disc", d->t.number);
	d->file = clear;
	d->at = 0;
	return ISOKIT_OK;
}

static enum isokit_status correct(struct isokit_medium *m, struct disc_track *d,
				  struct isokit_error *err)
{
	struct looks l;
	enum isokit_status st;

	if (d->t.kind != ISOKIT_TRACK_AUDIO)
		correct_size(m, d);
	if (d->t.sector_bytes >= ONDISK_CD_RAW_BYTES) {
		l = look(d);
		correct_mode(m, d, &l);
		if (d->t.kind == ISOKIT_TRACK_AUDIO)
			return ISOKIT_OK;
		if (l.scrambled > l.synced / 2) {
			st = descramble(m, d, err);
			if (st)
				return st;
		}
		if (l.seen && !l.synced)
			medium_note(m, "the sectors of track %u have no sync pattern", d->t.number);
	}
	return ISOKIT_OK;
}

/* Sectors have their addresses in them, which count what is between sessions (lead-out and
 * lead-in, in no file): where they say more than was counted, that is it. */
static void correct_place(struct isokit_medium *m, struct disc_track *d)
{
	uint8_t head[ONDISK_CD_HEADER_BYTES];
	int32_t first, second;

	if (d->t.kind == ISOKIT_TRACK_AUDIO || d->t.sector_bytes < ONDISK_CD_RAW_BYTES ||
	    !peek(d, 0, head, sizeof(head)) || !ondisk_cd_is_sync(head, sizeof(head)) ||
	    !is_header(head) || !ondisk_cd_address(head, &first) ||
	    !peek(d, 1, head, sizeof(head)) || !ondisk_cd_is_sync(head, sizeof(head)) ||
	    !ondisk_cd_address(head, &second) || second != first + 1 || first <= d->t.first_lba)
		return;
	medium_note(m, "the sectors of track %u say that it begins at block %d, not %d",
		    d->t.number, (int)first, (int)d->t.first_lba);
	if (first - d->t.first_lba >= SESSION_GAP && !d->new_session)
		d->t.session++;
	d->t.first_lba = first;
}

/* As far as the file goes. */
static void cut(struct isokit_medium *m, struct disc_track *d)
{
	uint32_t told = d->t.sectors, missing;
	char text[128];

	count_sectors(d);
	if (d->at > isokit_source_size(d->file)) {
		medium_damaged(m, d->t.number, 0, 0, "the track begins behind the end of its file");
		return;
	}
	if (d->to_end || d->t.sectors >= told) {
		d->t.sectors = d->to_end ? d->t.sectors : told;
		return;
	}
	missing = told - d->t.sectors;
	snprintf(text, sizeof(text), "the file ends %u sector%s ahead of the end of the track",
		 missing, missing == 1 ? "" : "s");
	medium_damaged(m, d->t.number, (uint64_t)d->t.sectors * 2048, (uint64_t)missing * 2048, text);
}

/* What is behind the last whole sector of a file. */
static void tell_rest(struct isokit_medium *m, const struct disc_track *d)
{
	uint64_t size = isokit_source_size(d->file);
	unsigned rest = d->at < size ? (unsigned)((size - d->at) % d->t.sector_bytes) : 0;

	if (d->to_end && rest)
		medium_note(m, "the file of track %u ends with %u bytes that are no whole sector: is it "
			       "cut off?", d->t.number, rest);
}

static enum isokit_status add_gap(struct isokit_medium *m, const struct disc_track *d,
				  struct isokit_error *err)
{
	struct isokit_source *file = d->gap_file ? d->gap_file : d->file, *stored;
	uint64_t bytes = (uint64_t)d->gap_sectors * d->t.sector_bytes;
	uint64_t at = d->gap_file ? d->gap_at : d->at - min_u64(bytes, d->at);
	enum isokit_status st;

	/* What is missing is silence. */
	if (!bytes || (!d->gap_file && bytes > d->at) ||
	    !range_inside(at, bytes, isokit_source_size(file)))
		return ISOKIT_OK;
	st = bytes_view(file, at, bytes, &stored, err);
	return st ? st :
		    medium_add_gap(m, stored, d->gap_file ? d->gap_swapped : d->t.swapped, err);
}

enum isokit_status disc_add_track(struct isokit_medium *m, struct disc_track *d,
				  struct isokit_error *err)
{
	uint32_t told = d->t.sector_bytes;
	struct isokit_source *stored;
	enum isokit_status st;

	if (d->t.session == 0)
		d->t.session = 1;
	if (d->t.sectors > MAX_SECTORS)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "tracks",
				   "track %u has %u sectors, more than any disc", d->t.number,
				   d->t.sectors);
	if (!d->file)
		return medium_add_track(m, &d->t, NULL, err);
	if (d->t.sector_bytes == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "tracks",
				   "the sectors of track %u have no bytes", d->t.number);
	cut(m, d);
	st = d->exact ? ISOKIT_OK : correct(m, d, err);
	if (st)
		return st;
	if (d->t.sector_bytes != told)
		cut(m, d);
	skip_gap(m, d);
	if (d->guessed)
		correct_place(m, d);
	tell_rest(m, d);
	if (d->t.kind == ISOKIT_TRACK_MODE2_FORM1 && d->t.user_offset >= ONDISK_CD_SUBHEADER_BYTES &&
	    has_form2(d))
		d->t.kind = ISOKIT_TRACK_MODE2;
	st = bytes_view(d->file, min_u64(d->at, isokit_source_size(d->file)),
			(uint64_t)d->t.sectors * d->t.sector_bytes, &stored, err);
	if (!st)
		st = medium_add_track(m, &d->t, stored, err);
	return st || d->t.kind != ISOKIT_TRACK_AUDIO ? st : add_gap(m, d, err);
}
