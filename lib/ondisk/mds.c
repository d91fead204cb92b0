/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/mds.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"

static const char subject[] = "Alcohol descriptor";

enum {
	HEADER_BYTES = 88,
	SESSION_BYTES = 24,
	TRACK_BYTES = 80,
	EXTRA_BYTES = 8,
	FOOTER_BYTES = 16,
	MAX_SESSIONS = 99,
	FIRST_DVD = 0x10,
};

bool ondisk_mds_is(const uint8_t *p, size_t n)
{
	return n >= 18 && memcmp(p, "MEDIA DESCRIPTOR", 16) == 0;
}

/* Bytes of a table at an offset that the file gives. */
static const uint8_t *at(const uint8_t *p, size_t n, uint64_t offset, size_t bytes)
{
	return range_inside(offset, bytes, n) ? p + offset : NULL;
}

static enum isokit_status cut_off(struct isokit_error *err, const char *what, uint64_t offset)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, offset, subject,
			   "%s at byte %llu does not lie in it", what, (unsigned long long)offset);
}

static enum isokit_status take_files(const uint8_t *p, size_t n, const uint8_t *b,
				     struct ondisk_mds_track *t, struct isokit_error *err)
{
	uint32_t count = get_le32(b + 48), offset = get_le32(b + 52);

	if (count == 0 || offset == 0)
		return ISOKIT_OK;
	if (count > ONDISK_MDS_MAX_FILES)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "track %u lies in %u files", t->number, count);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *f = at(p, n, offset + (uint64_t)i * FOOTER_BYTES, FOOTER_BYTES);

		if (!f)
			return cut_off(err, "the name of a file", offset);
		t->files[i].offset = get_le32(f);
		t->files[i].wide = get_le32(f + 4) != 0;
	}
	t->n_files = count;
	return ISOKIT_OK;
}

static enum isokit_status take_track(const uint8_t *p, size_t n, const uint8_t *b, unsigned session,
				     struct ondisk_mds *ret, struct isokit_error *err)
{
	struct ondisk_mds_track *t;
	uint32_t extra = get_le32(b + 12);
	const uint8_t *e;

	if (b[4] < 1 || b[4] > 99)
		return ISOKIT_OK; /* lead-in, lead-out */
	if (ret->n_tracks == ONDISK_MDS_MAX_TRACKS)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "more than %d tracks", ONDISK_MDS_MAX_TRACKS);
	t = &ret->tracks[ret->n_tracks++];
	*t = (struct ondisk_mds_track){
		.number = b[4],
		.session = session,
		.mode = b[0],
		.subchannels = b[1] != 0,
		.sector_bytes = get_le16(b + 16),
		.lba = (int32_t)get_le32(b + 36),
		.at = get_le64(b + 40),
	};
	/* Of a DVD, something else stands there; its one track is all of its file. */
	if (ret->medium < FIRST_DVD && extra) {
		e = at(p, n, extra, EXTRA_BYTES);
		if (!e)
			return cut_off(err, "the length of a track", extra);
		t->pregap = get_le32(e);
		t->sectors = get_le32(e + 4);
		t->sectors_set = true;
	}
	return take_files(p, n, b, t, err);
}

static enum isokit_status take_session(const uint8_t *p, size_t n, const uint8_t *s,
				       struct ondisk_mds *ret, struct isokit_error *err)
{
	uint32_t blocks = get_le32(s + 20);
	unsigned session = get_le16(s + 8);
	enum isokit_status st = ISOKIT_OK;

	for (unsigned i = 0; !st && i < s[10]; i++) {
		uint64_t offset = blocks + (uint64_t)i * TRACK_BYTES;
		const uint8_t *b = at(p, n, offset, TRACK_BYTES);

		if (!b)
			return cut_off(err, "the table of tracks", offset);
		st = take_track(p, n, b, session ? session : 1, ret, err);
	}
	return st;
}

enum isokit_status ondisk_mds_decode(const uint8_t *p, size_t n, struct ondisk_mds *ret,
				     struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint32_t sessions;

	*ret = (struct ondisk_mds){ 0 };
	if (!ondisk_mds_is(p, n))
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "has no mark");
	ret->version = p[16];
	if (ret->version != 1)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, 16, subject,
				   "version %u, which is encrypted (MDX, DAEMON Tools), is not supported",
				   ret->version);
	if (n < HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, n, subject, "is cut off");
	ret->medium = get_le16(p + 18);
	ret->n_sessions = get_le16(p + 20);
	sessions = get_le32(p + 80);
	if (ret->n_sessions == 0 || ret->n_sessions > MAX_SESSIONS)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 20, subject, "has %u sessions",
				   ret->n_sessions);
	for (unsigned i = 0; !st && i < ret->n_sessions; i++) {
		uint64_t offset = sessions + (uint64_t)i * SESSION_BYTES;
		const uint8_t *s = at(p, n, offset, SESSION_BYTES);

		if (!s)
			return cut_off(err, "the table of sessions", offset);
		st = take_session(p, n, s, ret, err);
	}
	if (!st && ret->n_tracks == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject,
				   "has no tracks");
	return st;
}

void ondisk_mds_name(const uint8_t *p, size_t n, uint32_t offset, bool wide,
		     char out[ONDISK_MDS_NAME])
{
	uint8_t big[ONDISK_MDS_NAME / 3 * 2];
	size_t bytes = 0;

	out[0] = '\0';
	if (offset >= n)
		return;
	p += offset;
	n -= offset;
	if (!wide) {
		while (bytes < n && bytes < ONDISK_MDS_NAME - 1 && p[bytes])
			bytes++;
		memcpy(out, p, bytes);
		out[bytes] = '\0';
		return;
	}
	while (bytes + 2 <= n && bytes + 2 <= sizeof(big) && (p[bytes] || p[bytes + 1])) {
		big[bytes] = p[bytes + 1];
		big[bytes + 1] = p[bytes];
		bytes += 2;
	}
	out[utf16be_to_utf8(big, bytes, out)] = '\0';
}
