/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of all sessions are counted from the beginning of the disc; only where the volume
 * descriptors are found differs. */
#include "unpack/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

enum { SECTOR_BYTES = 2048, FIRST_DESCRIPTOR = 16, MAX_DESCRIPTORS = 64, TERMINATOR = 255 };

struct session {
	struct isokit_source *disc;
	uint64_t from;  /* byte of its first descriptor */
	uint64_t bytes; /* of the descriptors */
};

/* A range up to the next border: where it really is, and how much of it. */
static uint64_t place(const struct session *s, uint64_t offset, uint64_t length,
		      uint64_t *ret_length)
{
	const uint64_t begin = FIRST_DESCRIPTOR * SECTOR_BYTES, end = begin + s->bytes;

	if (offset < begin) {
		*ret_length = min_u64(length, begin - offset);
		return offset;
	}
	if (offset >= end) {
		*ret_length = length;
		return offset;
	}
	*ret_length = min_u64(length, end - offset);
	return s->from + (offset - begin);
}

static enum isokit_status session_read_at(void *self, uint64_t offset, void *buffer,
					  size_t length, struct isokit_error *err)
{
	const struct session *s = self;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer;

	while (length && st == ISOKIT_OK) {
		uint64_t n, at = place(s, offset, length, &n);

		st = isokit_source_read_at(s->disc, at, to, (size_t)n, err);
		offset += n;
		to += n;
		length -= (size_t)n;
	}
	return st;
}

static void session_locate(void *self, uint64_t offset, uint64_t length,
			   struct isokit_location *ret_location)
{
	const struct session *s = self;
	uint64_t n, at = place(s, offset, length, &n);

	isokit_source_locate(s->disc, at, n, ret_location);
}

static const struct isokit_source_ops session_ops = {
	.size = sizeof(session_ops),
	.read_at = session_read_at,
	.locate = session_locate,
	.close = free,
};

/* Descriptors up to and with the terminator, then those that announce UDF. */
static uint64_t count_descriptors(struct isokit_source *disc, uint64_t from)
{
	static const char *const extended[] = { "BEA01", "NSR02", "NSR03", "TEA01", "BOOT2" };
	uint64_t n = 0;
	bool ended = false;

	for (; n < MAX_DESCRIPTORS; n++) {
		uint8_t head[7];
		bool known = false;

		if (isokit_source_read_at(disc, from + n * SECTOR_BYTES, head, sizeof(head), NULL))
			break;
		if (!ended && memcmp(head + 1, "CD001", 5) == 0) {
			ended = head[0] == TERMINATOR;
			continue;
		}
		for (size_t i = 0; i < sizeof(extended) / sizeof(extended[0]); i++)
			known |= memcmp(head + 1, extended[i], 5) == 0;
		if (!known)
			break;
	}
	return n;
}

enum isokit_status unpack_session_open(struct isokit_source *disc, uint64_t lba,
				       struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t from = (lba + FIRST_DESCRIPTOR) * SECTOR_BYTES;
	struct session *s;
	enum isokit_status st;

	if (lba > UINT32_MAX || !range_inside(from, SECTOR_BYTES, isokit_source_size(disc)))
		return isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET, isokit_source_name(disc),
				   "ends before the session at sector %llu",
				   (unsigned long long)lba);
	s = malloc(sizeof(*s));
	if (!s)
		return isokit_fail_nomem(err, isokit_source_name(disc), sizeof(*s));
	*s = (struct session){ .disc = disc, .from = from,
			       .bytes = count_descriptors(disc, from) * SECTOR_BYTES };
	st = isokit_source_new(&session_ops, s, isokit_source_size(disc),
			       isokit_source_name(disc), ret_src, err);
	if (st)
		free(s);
	return st;
}
