/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/nrg.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"

static const char subject[] = "Nero chunks";

enum {
	CHUNK_HEAD = 8,
	CUE_BYTES = 8,
	DAO_HEAD = 22,   /* size, catalog number, kind, first and last track */
	DAOI_BYTES = 30, /* 32-bit offsets */
	DAOX_BYTES = 42, /* 64-bit offsets */
	ETNF_BYTES = 20,
	ETN2_BYTES = 32,
};

bool ondisk_nrg_footer(const uint8_t tail[ONDISK_NRG_FOOTER_BYTES], unsigned *ret_version,
		       uint64_t *ret_chunks)
{
	if (memcmp(tail, "NER5", 4) == 0) {
		*ret_version = 2;
		*ret_chunks = get_be64(tail + 4);
		return true;
	}
	if (memcmp(tail + 4, "NERO", 4) == 0) {
		*ret_version = 1;
		*ret_chunks = get_be32(tail + 8);
		return true;
	}
	return false;
}

/* Of a mode's code: the kind of track, and the size where the table has none. */
static bool mode_of(unsigned code, unsigned *ret_kind, uint32_t *ret_bytes)
{
	static const struct {
		uint8_t code, kind;
		uint16_t bytes;
	} modes[] = {
		{ 0x00, 1, 2048 }, { 0x02, 2, 2048 }, { 0x03, 2, 2336 }, { 0x05, 1, 2352 },
		{ 0x06, 2, 2352 }, { 0x07, 0, 2352 }, { 0x0f, 1, 2448 }, { 0x10, 0, 2448 },
		{ 0x11, 2, 2448 },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (modes[i].code == code) {
			*ret_kind = modes[i].kind;
			*ret_bytes = modes[i].bytes;
			return true;
		}
	}
	return false;
}

/* ---- chunks ------------------------------------------------------------------------------ */

struct decoder {
	struct ondisk_nrg *nrg;
	struct isokit_error *err;
	unsigned session;       /* in which the next tracks are */
	unsigned session_first; /* index of its first track */
	const uint8_t *cues;    /* of the session */
	size_t cues_bytes;
};

static enum isokit_status new_track(struct decoder *d, struct ondisk_nrg_track **ret)
{
	struct ondisk_nrg *n = d->nrg;

	if (n->n_tracks == ONDISK_NRG_MAX_TRACKS)
		return isokit_fail(d->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "more than %d tracks", ONDISK_NRG_MAX_TRACKS);
	*ret = &n->tracks[n->n_tracks];
	**ret = (struct ondisk_nrg_track){ .number = n->n_tracks + 1, .session = d->session };
	n->n_tracks++;
	return ISOKIT_OK;
}

static enum isokit_status set_mode(struct decoder *d, struct ondisk_nrg_track *t, unsigned mode,
				   uint32_t bytes)
{
	t->mode = mode;
	if (!mode_of(mode, &t->kind, &t->sector_bytes))
		return isokit_fail(d->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "track %u has mode 0x%02x, which is not known", t->number, mode);
	if (bytes)
		t->sector_bytes = bytes;
	return ISOKIT_OK;
}

/* DAOI, DAOX: the tracks of a session that was written at once. */
static enum isokit_status take_dao(struct decoder *d, const uint8_t *p, size_t n, bool wide)
{
	size_t each = wide ? DAOX_BYTES : DAOI_BYTES;
	enum isokit_status st = ISOKIT_OK;
	unsigned number;

	if (n < DAO_HEAD)
		return isokit_fail(d->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "the table of tracks is cut off");
	number = p[20];
	for (unsigned i = 0; i < 13 && p[4 + i] >= '0' && p[4 + i] <= '9'; i++)
		d->nrg->catalog[i] = (char)p[4 + i];
	d->nrg->at_once = true;
	p += DAO_HEAD;
	n -= DAO_HEAD;
	for (; !st && n >= each; p += each, n -= each) {
		struct ondisk_nrg_track *t;

		st = new_track(d, &t);
		if (st)
			break;
		if (number >= 1 && number <= 99)
			t->number = number++;
		for (unsigned i = 0; i < 12 && p[i] >= '0' && p[i] <= 'Z'; i++)
			t->isrc[i] = (char)p[i];
		t->pregap = wide ? get_be64(p + 18) : get_be32(p + 18);
		t->start = wide ? get_be64(p + 26) : get_be32(p + 22);
		t->end = wide ? get_be64(p + 34) : get_be32(p + 26);
		st = set_mode(d, t, p[14], get_be16(p + 12));
	}
	return st;
}

/* ETNF, ETN2: tracks that were written one by one. */
static enum isokit_status take_etn(struct decoder *d, const uint8_t *p, size_t n, bool wide)
{
	size_t each = wide ? ETN2_BYTES : ETNF_BYTES;
	enum isokit_status st = ISOKIT_OK;

	for (; !st && n >= each; p += each, n -= each) {
		struct ondisk_nrg_track *t;
		uint64_t bytes = wide ? get_be64(p + 8) : get_be32(p + 4);

		st = new_track(d, &t);
		if (st)
			break;
		t->start = t->pregap = wide ? get_be64(p) : get_be32(p);
		if (__builtin_add_overflow(t->start, bytes, &t->end))
			return isokit_fail(d->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "the size of track %u is impossible", t->number);
		st = set_mode(d, t, get_be32(wide ? p + 16 : p + 8), 0);
		t->lba = (int32_t)get_be32(wide ? p + 20 : p + 12);
		t->lba_set = true;
	}
	return st;
}

static unsigned from_bcd(uint8_t b)
{
	return (b >> 4) * 10u + (b & 15u);
}

/* CUES, CUEX: where INDEX 01 of each track is on the disc. */
static void take_cues(struct decoder *d, bool wide)
{
	const uint8_t *p = d->cues;

	for (size_t n = d->cues_bytes; n >= CUE_BYTES; n -= CUE_BYTES, p += CUE_BYTES) {
		if (p[2] != 1 || p[1] == 0xaa)
			continue;
		for (unsigned i = d->session_first; i < d->nrg->n_tracks; i++) {
			struct ondisk_nrg_track *t = &d->nrg->tracks[i];

			if (t->number != from_bcd(p[1]) || t->lba_set)
				continue;
			t->lba = wide ? (int32_t)get_be32(p + 4) :
					(int32_t)((from_bcd(p[5]) * 60 + from_bcd(p[6])) * 75 +
						  from_bcd(p[7])) - 150;
			t->lba_set = true;
		}
	}
}

static enum isokit_status take_chunk(struct decoder *d, const uint8_t *id, const uint8_t *p,
				     size_t n, bool *wide_cues)
{
	if (memcmp(id, "CUEX", 4) == 0 || memcmp(id, "CUES", 4) == 0) {
		d->cues = p;
		d->cues_bytes = n;
		*wide_cues = id[3] == 'X';
	} else if (memcmp(id, "DAOX", 4) == 0 || memcmp(id, "DAOI", 4) == 0) {
		enum isokit_status st = take_dao(d, p, n, id[3] == 'X');

		if (st)
			return st;
	} else if (memcmp(id, "ETN2", 4) == 0 || memcmp(id, "ETNF", 4) == 0) {
		enum isokit_status st = take_etn(d, p, n, id[3] == '2');

		if (st)
			return st;
	} else if (memcmp(id, "CDTX", 4) == 0) {
		d->nrg->cdtext = p;
		d->nrg->cdtext_bytes = n;
	} else if (memcmp(id, "SINF", 4) == 0) {
		/* The end of a session. */
		take_cues(d, *wide_cues);
		d->cues_bytes = 0;
		d->session++;
		d->session_first = d->nrg->n_tracks;
	}
	return ISOKIT_OK;
}

enum isokit_status ondisk_nrg_decode(const uint8_t *chunks, size_t n, struct ondisk_nrg *ret,
				     struct isokit_error *err)
{
	struct decoder d = { .nrg = ret, .err = err, .session = 1 };
	bool wide_cues = false;
	enum isokit_status st;

	*ret = (struct ondisk_nrg){ 0 };
	while (n >= CHUNK_HEAD && !ret->ended) {
		uint32_t bytes = get_be32(chunks + 4);
		const uint8_t *id = chunks;

		chunks += CHUNK_HEAD;
		n -= CHUNK_HEAD;
		if (memcmp(id, "END!", 4) == 0) {
			ret->ended = true;
			break;
		}
		if (bytes > n)
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
					   "the chunk %.4s has %u bytes, and only %zu are left",
					   (const char *)id, bytes, n);
		st = take_chunk(&d, id, chunks, bytes, &wide_cues);
		if (st)
			return st;
		chunks += bytes;
		n -= bytes;
	}
	take_cues(&d, wide_cues);
	if (ret->n_tracks == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "no tracks are among them");
	ret->n_sessions = ret->tracks[ret->n_tracks - 1].session;
	return ISOKIT_OK;
}
