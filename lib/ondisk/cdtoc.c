/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/cdtoc.h"

#include "base/byteorder.h"
#include "base/fail.h"

enum {
	HEADER_BYTES = 4,     /* length of what follows the first two, first and last session */
	ENTRY_BYTES = 11,
	POINT_LEAD_OUT = 0xa2,
	FRAMES = 75,          /* in a second */
	BLOCK_0 = 150,        /* its frame */
	SESSION_GAP = 11400,  /* lead-out, lead-in and pregap between the first two sessions */
};

static const char subject[] = "table of contents of the disc";

/* MSF as numbers, not BCD: MMC-3 6.25.3.4. False: no such place. */
static bool address(const uint8_t *msf, int32_t *ret_lba)
{
	if (msf[0] > 99 || msf[1] > 59 || msf[2] >= FRAMES)
		return false;
	*ret_lba = ((int32_t)msf[0] * 60 + msf[1]) * FRAMES + msf[2] - BLOCK_0;
	return true;
}

enum isokit_status ondisk_cdtoc_decode(const uint8_t *raw, size_t n, struct ondisk_cdtoc *ret,
				       struct isokit_error *err)
{
	struct ondisk_cdtoc toc = { 0 };
	unsigned tracks = 0;
	size_t end;

	if (n < HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, n, subject, "%zu bytes", n);
	end = (size_t)get_be16(raw) + 2;
	if (end > n)
		end = n;
	for (size_t at = HEADER_BYTES; at < end && end - at >= ENTRY_BYTES; at += ENTRY_BYTES) {
		const uint8_t *e = raw + at;
		unsigned session = e[0], point = e[3];
		int32_t lba;

		/* Mode 1 of the Q subchannel alone has places. */
		if (e[1] >> 4 != 1 || (point > ONDISK_CDTOC_TRACKS && point != POINT_LEAD_OUT) || point == 0)
			continue;
		if (session < 1 || session > ONDISK_CDTOC_TRACKS || !address(e + 8, &lba))
			return isokit_fail(err, ISOKIT_E_CORRUPT, at, subject,
					   "session %u, minute %u, second %u, frame %u: no disc has that",
					   session, e[8], e[9], e[10]);
		if (session > toc.n_sessions)
			toc.n_sessions = session;
		if (point == POINT_LEAD_OUT) {
			toc.lead_out[session] = lba;
			continue;
		}
		tracks += !toc.tracks[point].set;
		toc.tracks[point] = (struct ondisk_cdtoc_track){
			.set = true, .session = session, .control = e[1] & 15, .lba = lba,
		};
	}
	if (tracks == 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, subject, "has no track");
	*ret = toc;
	return ISOKIT_OK;
}

uint32_t ondisk_cdtoc_sectors(const struct ondisk_cdtoc *toc, unsigned track)
{
	const struct ondisk_cdtoc_track *t = &toc->tracks[track], *next = NULL;
	int32_t end;

	for (unsigned i = track + 1; i <= ONDISK_CDTOC_TRACKS && !next; i++)
		if (toc->tracks[i].set)
			next = &toc->tracks[i];
	if (next && next->session == t->session)
		end = next->lba;
	else if (toc->lead_out[t->session])
		end = toc->lead_out[t->session];
	else
		end = next ? next->lba - SESSION_GAP : 0;
	return end > t->lba ? (uint32_t)(end - t->lba) : 0;
}
