/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks as plain bytes: the 2048 of each data sector, checked on the way, and the
 * samples of audio; and the whole disc as a drive would show it. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "bytes/join.h"
#include "format/medium.h"
#include "ondisk/cdsector.h"

enum {
	USER_BYTES = 2048,
	BATCH_BYTES = 120 * 1024,    /* of stored sectors read at once: below what malloc maps */
	MAX_SECTOR_BYTES = 4096,
	LAST_BLOCK = 100 * 60 * 75,  /* of what minute, second and frame can address */
};

/* ---- what all have in common: units of a stored sector each ---------------------------- */

struct units {
	struct isokit_medium *medium;
	struct isokit_source *stored;
	const struct isokit_track *track;
	uint32_t unit_bytes; /* that one sector gives */
	/* Copy bytes [within, within + n) of the unit that `raw` gives. */
	void (*unpack)(const struct units *u, uint64_t index, const uint8_t *raw, uint32_t within,
		       uint8_t *out, uint32_t n);
};

static enum isokit_status units_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	const struct units *u = self;
	uint32_t sector = u->track->sector_bytes;
	uint64_t index = offset / u->unit_bytes;
	uint32_t within = (uint32_t)(offset % u->unit_bytes);
	uint64_t left = div_up(within + (uint64_t)length, u->unit_bytes);
	size_t batch = (size_t)min_u64(left, BATCH_BYTES / sector);
	enum isokit_status st = ISOKIT_OK;
	uint8_t *out = buffer, *raw;

	raw = malloc(batch * sector);
	if (!raw)
		return isokit_fail_nomem(err, isokit_source_name(u->stored), batch * sector);
	while (length) {
		size_t got = (size_t)min_u64(left, batch);

		st = isokit_source_read_at(u->stored, index * sector, raw, got * sector, err);
		if (st)
			break;
		left -= got;
		for (size_t i = 0; i < got; i++) {
			uint32_t n = (uint32_t)min_u64(length, u->unit_bytes - within);

			u->unpack(u, index++, raw + i * sector, within, out, n);
			out += n;
			length -= n;
			within = 0;
		}
	}
	free(raw);
	return st;
}

static const struct isokit_source_ops units_ops = {
	.size = sizeof(units_ops),
	.read_at = units_read_at,
	.close = free,
};

static enum isokit_status units_new(struct units template, struct isokit_source **ret_src,
				    struct isokit_error *err)
{
	const char *name = isokit_source_name(template.stored);
	struct units *u = malloc(sizeof(*u));
	enum isokit_status st;

	if (!u)
		return isokit_fail_nomem(err, name, sizeof(*u));
	*u = template;
	st = isokit_source_new(&units_ops, u, (uint64_t)u->track->sectors * u->unit_bytes, name,
			       ret_src, err);
	if (st)
		free(u);
	return st;
}

/* ---- data -------------------------------------------------------------------------------- */

/* Bytes of a whole sector that were not stored, at its beginning. */
static unsigned skipped(const struct isokit_track *t)
{
	switch (t->sector_bytes) {
	case 2336:
		return ONDISK_CD_HEADER_BYTES;
	case 2340:
		return ONDISK_CD_SYNC_BYTES;
	default:
		return 0;
	}
}

static const char *words_of(enum ondisk_cd_state state)
{
	switch ((int)state) {
	case ONDISK_CD_FORM2:
		return "a form 2 sector: its 2324 bytes do not fit, zeros stand for them";
	case ONDISK_CD_NO_SYNC:
		return "no data sector: its sync pattern is missing";
	case ONDISK_CD_BAD_MODE:
		return "no data sector: its mode is unknown";
	default:
		return "the EDC of the sector is wrong, and its ECC cannot repair it";
	}
}

/* A damaged sector made whole, if its ECC can. */
static bool repair(const struct isokit_track *t, const uint8_t *raw,
		   uint8_t whole[ONDISK_CD_RAW_BYTES])
{
	unsigned skip = skipped(t);

	memset(whole, 0, ONDISK_CD_HEADER_BYTES);
	ondisk_cd_set_sync(whole);
	whole[15] = 2;
	if (skip < ONDISK_CD_SYNC_BYTES)
		memcpy(whole + ONDISK_CD_SYNC_BYTES, raw + ONDISK_CD_SYNC_BYTES,
		       ONDISK_CD_RAW_BYTES - ONDISK_CD_SYNC_BYTES);
	else
		memcpy(whole + skip, raw, ONDISK_CD_RAW_BYTES - skip);
	return ondisk_cd_repair(whole);
}

static void unpack_framed(const struct units *u, uint64_t index, const uint8_t *raw,
			  uint32_t within, uint8_t *out, uint32_t n)
{
	uint8_t whole[ONDISK_CD_RAW_BYTES];
	enum ondisk_cd_state state;
	uint32_t user;

	state = ondisk_cd_judge(raw, skipped(u->track), &user);
	switch (state) {
	case ONDISK_CD_GOOD:
	case ONDISK_CD_UNCHECKED:
		break;
	case ONDISK_CD_EMPTY:
		memset(out, 0, n);
		return;
	case ONDISK_CD_FORM2:
		medium_damaged(u->medium, u->track->number, index * USER_BYTES, USER_BYTES,
			       words_of(state));
		memset(out, 0, n);
		return;
	case ONDISK_CD_NO_SYNC:
	case ONDISK_CD_BAD_MODE:
	case ONDISK_CD_BAD_EDC:
		if (repair(u->track, raw, whole)) {
			medium_damaged(u->medium, u->track->number, index * USER_BYTES, USER_BYTES,
				       "the EDC of the sector was wrong; its ECC has repaired it");
			raw = whole;
			user = whole[15] == 2 ? 24 : 16;
			break;
		}
		medium_damaged(u->medium, u->track->number, index * USER_BYTES, USER_BYTES,
			       words_of(state));
		if (state != ONDISK_CD_BAD_EDC)
			user = u->track->user_offset;
		break;
	}
	memcpy(out, raw + user + within, n);
}

static void unpack_bare(const struct units *u, uint64_t index, const uint8_t *raw, uint32_t within,
			uint8_t *out, uint32_t n)
{
	(void)index;
	memcpy(out, raw + u->track->user_offset + within, n);
}

/* Without EDC, the subheader can still say that there are no 2048 bytes; and where there is
 * none, the kind of the track does. */
static void unpack_mode2(const struct units *u, uint64_t index, const uint8_t *raw, uint32_t within,
			 uint8_t *out, uint32_t n)
{
	uint32_t user = u->track->user_offset;
	const uint8_t *sub = raw + user - ONDISK_CD_SUBHEADER_BYTES;
	bool form2 = user < ONDISK_CD_SUBHEADER_BYTES ?
			     u->track->kind == ISOKIT_TRACK_MODE2 :
			     ondisk_cd_is_subheader(sub, ONDISK_CD_SUBHEADER_BYTES) &&
				     (sub[2] & ONDISK_CD_SUBMODE_FORM2);

	if (!form2) {
		unpack_bare(u, index, raw, within, out, n);
		return;
	}
	medium_damaged(u->medium, u->track->number, index * USER_BYTES, USER_BYTES,
		       words_of(ONDISK_CD_FORM2));
	memset(out, 0, n);
}

/* ---- audio --------------------------------------------------------------------------------- */

static void unpack_swapped(const struct units *u, uint64_t index, const uint8_t *raw,
			   uint32_t within, uint8_t *out, uint32_t n)
{
	(void)index;
	raw += u->track->user_offset;
	for (uint32_t i = 0; i < n; i++)
		out[i] = raw[(within + i) ^ 1];
}

/* ---- zeros ----------------------------------------------------------------------------------- */

static enum isokit_status zeros_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	(void)self;
	(void)offset;
	(void)err;
	memset(buffer, 0, length);
	return ISOKIT_OK;
}

static void zeros_locate(void *self, uint64_t offset, uint64_t length,
			 struct isokit_location *ret_location)
{
	(void)self;
	(void)offset;
	*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_ZEROS, .fd = -1,
						  .length = length };
}

static const struct isokit_source_ops zeros_ops = {
	.size = sizeof(zeros_ops),
	.read_at = zeros_read_at,
	.locate = zeros_locate,
};

/* ---- one track --------------------------------------------------------------------------------- */

/* Are all 2352 bytes but the first ones stored? */
static bool can_be_checked(const struct isokit_track *t)
{
	return t->framed && (t->sector_bytes >= ONDISK_CD_RAW_BYTES || skipped(t));
}

static enum isokit_status make_plain(struct isokit_medium *m, const struct isokit_track *t,
				     struct isokit_source *stored, struct isokit_source **ret_src,
				     struct isokit_error *err)
{
	bool audio = t->kind == ISOKIT_TRACK_AUDIO;
	struct units u = {
		.medium = m,
		.stored = stored,
		.track = t,
		.unit_bytes = audio ? ONDISK_CD_RAW_BYTES : USER_BYTES,
	};

	if (t->lost)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, t->file, "%s", t->lost);
	if (!u.stored)
		return isokit_source_new(&zeros_ops, NULL, (uint64_t)t->sectors * u.unit_bytes,
					 "silence", ret_src, err);
	if (t->sector_bytes > MAX_SECTOR_BYTES ||
	    !range_inside(t->user_offset, u.unit_bytes, t->sector_bytes))
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, isokit_source_name(u.stored),
				   "the sectors of track %u have %u bytes, too few for its kind",
				   t->number, t->sector_bytes);
	if (t->sector_bytes == u.unit_bytes && !(audio && t->swapped))
		return bytes_view(u.stored, 0, (uint64_t)t->sectors * u.unit_bytes, ret_src, err);
	if (audio)
		u.unpack = t->swapped ? unpack_swapped : unpack_bare;
	else
		u.unpack = can_be_checked(t) ? unpack_framed :
			   t->kind == ISOKIT_TRACK_MODE1 ? unpack_bare :
							   unpack_mode2;
	return units_new(u, ret_src, err);
}

enum isokit_status medium_add_gap(struct isokit_medium *m, struct isokit_source *stored,
				  bool swapped, struct isokit_error *err)
{
	struct isokit_track *t = &m->tracks[m->facts.n_tracks - 1];
	struct isokit_track *gap = arena_alloc(&m->arena, sizeof(*gap));
	struct isokit_source *plain;
	enum isokit_status st = medium_keep(m, stored, err);

	if (!st && !gap)
		st = isokit_fail_nomem(err, isokit_source_name(stored), sizeof(*gap));
	if (st)
		return st;
	*gap = *t;
	gap->swapped = swapped;
	gap->sectors = (uint32_t)(isokit_source_size(stored) / t->sector_bytes);
	st = make_plain(m, gap, stored, &plain, err);
	if (!st)
		st = medium_keep(m, plain, err);
	if (st)
		return st;
	t->gap_sectors = gap->sectors;
	m->gaps[m->facts.n_tracks - 1] = plain;
	return ISOKIT_OK;
}

enum isokit_status isokit_medium_gap(struct isokit_medium *medium, size_t track,
				     struct isokit_source **ret_src, struct isokit_error *err)
{
	if (track >= medium->facts.n_tracks || !medium->gaps[track])
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, medium->name,
				   "has nothing in the gap ahead of track %zu", track + 1);
	*ret_src = medium->gaps[track];
	return ISOKIT_OK;
}

/* With the lock held. */
static enum isokit_status plain_track(struct isokit_medium *m, size_t index,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	enum isokit_status st;

	if (!m->plain[index]) {
		st = make_plain(m, &m->tracks[index], m->stored[index], ret_src, err);
		if (!st)
			st = medium_keep(m, *ret_src, err);
		if (st)
			return st;
		m->plain[index] = *ret_src;
	}
	*ret_src = m->plain[index];
	return ISOKIT_OK;
}

enum isokit_status isokit_medium_track(struct isokit_medium *medium, size_t track,
				       struct isokit_source **ret_src, struct isokit_error *err)
{
	enum isokit_status st;

	if (track >= medium->facts.n_tracks)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, medium->name,
				   "has no more than %zu tracks", medium->facts.n_tracks);
	pthread_mutex_lock(&medium->lock);
	st = plain_track(medium, track, ret_src, err);
	pthread_mutex_unlock(&medium->lock);
	return st;
}

/* ---- the disc -------------------------------------------------------------------------------------- */

struct piece {
	uint64_t from, to; /* bytes of the disc */
	struct isokit_source *src;
	uint64_t at;       /* what `from` is there */
};

struct disc {
	size_t n;
	struct piece pieces[FORMAT_MAX_TRACKS]; /* ascending, apart */
};

static int compare_pieces(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Place a data track. One that begins ahead of block 0 (a pregap told as its beginning)
 * loses what no block number reaches. */
static enum isokit_status add_piece(struct disc *d, const struct isokit_track *t,
				    struct isokit_source *src, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src), cut = 0;
	uint64_t from = t->first_lba > 0 ? (uint64_t)t->first_lba * USER_BYTES : 0;

	if (t->first_lba > LAST_BLOCK)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "tracks",
				   "track %u begins at block %d, where no disc has one", t->number,
				   (int)t->first_lba);
	if (t->first_lba < 0)
		cut = min_u64(size, (uint64_t)-(int64_t)t->first_lba * USER_BYTES);
	if (size > cut)
		d->pieces[d->n++] = (struct piece){ from, from + (size - cut), src, cut };
	return ISOKIT_OK;
}

static enum isokit_status collect(struct isokit_medium *m, unsigned session, struct disc *d,
				  struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct isokit_source *src;

	for (size_t i = 0; !st && i < m->facts.n_tracks; i++) {
		const struct isokit_track *t = &m->tracks[i];

		if (t->kind == ISOKIT_TRACK_AUDIO || (session && t->session > session))
			continue;
		st = plain_track(m, i, &src, err);
		if (!st)
			st = add_piece(d, t, src, err);
	}
	if (st)
		return st;
	if (d->n == 0)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, m->name,
				   "has no data track%s", session ? " up to that session" : "");
	qsort(d->pieces, d->n, sizeof(d->pieces[0]), compare_pieces);
	/* Where two claim the same blocks, the later one begins. */
	for (size_t i = 0; i + 1 < d->n; i++)
		d->pieces[i].to = min_u64(d->pieces[i].to, d->pieces[i + 1].from);
	return ISOKIT_OK;
}

/* The data tracks in their places, and zeros between them. */
static enum isokit_status assemble(const struct disc *d, const char *name,
				   struct isokit_source **ret_src, struct isokit_error *err)
{
	struct join *j = join_new();
	enum isokit_status st = ISOKIT_OK;

	if (!j)
		return isokit_fail_nomem(err, name, sizeof(*d));
	for (size_t i = 0; !st && i < d->n; i++) {
		const struct piece *p = &d->pieces[i];

		st = join_add_zeros(j, p->from - join_size(j), err);
		if (!st)
			st = join_add(j, p->src, p->at, p->to - p->from, err);
	}
	if (!st)
		return join_finish(j, name, ret_src, err);
	join_free(j);
	return st;
}

enum isokit_status isokit_medium_disc(struct isokit_medium *medium, unsigned session,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	struct disc *d = calloc(1, sizeof(*d));
	enum isokit_status st;

	if (!d)
		return isokit_fail_nomem(err, medium->name, sizeof(*d));
	pthread_mutex_lock(&medium->lock);
	st = collect(medium, session, d, err);
	if (!st)
		st = assemble(d, medium->name, ret_src, err);
	if (!st)
		st = medium_keep(medium, *ret_src, err);
	pthread_mutex_unlock(&medium->lock);
	free(d);
	return st;
}
