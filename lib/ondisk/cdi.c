/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cdi.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "DiscJuggler description";

enum { MAX_SESSIONS = 99, MARK_BYTES = 10 };

bool ondisk_cdi_footer(const uint8_t tail[ONDISK_CDI_FOOTER_BYTES], uint64_t file_bytes,
		       unsigned *ret_version, uint64_t *ret_at)
{
	uint32_t at = get_le32(tail + 4);

	switch (get_le32(tail)) {
	case 0x80000004:
		*ret_version = 2;
		break;
	case 0x80000005:
		*ret_version = 3;
		break;
	case 0x80000006:
		*ret_version = 35;
		break;
	default:
		return false;
	}
	/* Version 3.5 counts from the end. */
	if (at == 0 || at >= file_bytes)
		return false;
	*ret_at = *ret_version == 35 ? file_bytes - at : at;
	return true;
}

/* Fields one behind the other; behind the end they are zero, and `over` is set. */
struct fields {
	const uint8_t *p;
	size_t n, at;
	bool over;
};

static const uint8_t *take(struct fields *f, size_t n)
{
	static const uint8_t zeros[MARK_BYTES];
	const uint8_t *p = f->p + f->at;

	if (n > f->n - f->at) {
		f->over = true;
		f->at = f->n;
		return zeros;
	}
	f->at += n;
	return p;
}

static void skip(struct fields *f, size_t n)
{
	(void)take(f, n);
}

static uint32_t take32(struct fields *f)
{
	return get_le32(take(f, 4));
}

static uint32_t sector_bytes(uint32_t code)
{
	static const uint16_t sizes[] = { 2048, 2336, 2352, 2368, 2448 };

	return code < sizeof(sizes) / sizeof(sizes[0]) ? sizes[code] : 0;
}

static enum isokit_status take_track(struct fields *f, unsigned version, unsigned session,
				     struct ondisk_cdi *ret, struct isokit_error *err)
{
	static const uint8_t mark[MARK_BYTES] = { 0, 0, 1, 0, 0, 0, 255, 255, 255, 255 };
	struct ondisk_cdi_track *t;
	uint64_t bytes;

	if (ret->n_tracks == ONDISK_CDI_MAX_TRACKS)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "more than %d tracks", ONDISK_CDI_MAX_TRACKS);
	if (take32(f) != 0)
		skip(f, 8); /* 3.00.780 and later */
	for (unsigned i = 0; i < 2; i++)
		if (memcmp(take(f, MARK_BYTES), mark, MARK_BYTES) != 0)
			return isokit_fail(err, ISOKIT_E_CORRUPT, f->at, subject,
					   "track %u has no mark", ret->n_tracks + 1);
	skip(f, 4);
	skip(f, *take(f, 1)); /* the name that the file had */
	skip(f, 11 + 4 + 4);
	if (take32(f) == 0x80000000)
		skip(f, 8); /* DiscJuggler 4 */
	skip(f, 2);
	t = &ret->tracks[ret->n_tracks++];
	*t = (struct ondisk_cdi_track){ .session = session, .at = ret->end };
	t->pregap = take32(f);
	t->sectors = take32(f);
	skip(f, 6);
	t->mode = take32(f);
	skip(f, 12);
	t->lba = (int32_t)take32(f);
	t->total = take32(f);
	skip(f, 16);
	t->sector_bytes = sector_bytes(take32(f));
	skip(f, 29);
	if (version != 2) {
		skip(f, 5);
		if (take32(f) == 0xffffffff)
			skip(f, 78); /* DiscJuggler 3.00.780 */
	}
	if (f->over)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject, "is cut off");
	if (t->mode > 2 || t->sector_bytes == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, f->at, subject,
				   "track %u has an unknown mode or size of sectors",
				   ret->n_tracks);
	if (t->total < t->sectors || t->total - t->sectors < t->pregap) {
		/* What is stored is not more than what is told of the track. */
		if (t->sectors > UINT32_MAX - t->pregap)
			return isokit_fail(err, ISOKIT_E_CORRUPT, f->at, subject,
					   "the size of track %u is impossible", ret->n_tracks);
		t->total = t->pregap + t->sectors;
	}
	bytes = (uint64_t)t->total * t->sector_bytes;
	ret->end += bytes; /* 99 of less than 2^44 */
	return ISOKIT_OK;
}

enum isokit_status ondisk_cdi_decode(const uint8_t *p, size_t n, unsigned version,
				     struct ondisk_cdi *ret, struct isokit_error *err)
{
	struct fields f = { .p = p, .n = n };
	enum isokit_status st = ISOKIT_OK;
	unsigned sessions;

	*ret = (struct ondisk_cdi){ 0 };
	sessions = get_le16(take(&f, 2));
	if (sessions == 0 || sessions > MAX_SESSIONS)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject, "has %u sessions", sessions);
	for (unsigned s = 1; !st && s <= sessions; s++) {
		unsigned tracks = get_le16(take(&f, 2));

		if (tracks)
			ret->n_sessions = s;
		for (unsigned i = 0; !st && i < tracks; i++)
			st = take_track(&f, version, s, ret, err);
		skip(&f, 4 + 8 + (version != 2 ? 1 : 0));
	}
	if (!st && ret->n_tracks == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject, "has no tracks");
	return st;
}
