/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A later session of a disc: its block numbers count from the beginning of the disc, but
 * its descriptors lie at its own beginning, where nobody looks who is given a file. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "convert/convert.h"
#include "ondisk/directory.h"
#include "ondisk/volume.h"

enum { FIRST_DESCRIPTOR = 16, MAX_DESCRIPTORS = 64 };

struct shown {
	struct isokit_source *inner; /* owned */
	uint8_t *descriptors;        /* they show at 16 * 2048 */
	uint64_t bytes;              /* of them */
};

static const uint64_t shown_at = (uint64_t)FIRST_DESCRIPTOR * CONVERT_SECTOR;

/* The part of [offset, offset + length) up to the next change of place, and whether it
 * is of the descriptors. */
static uint64_t part_of(const struct shown *s, uint64_t offset, uint64_t length, bool *ret_shown)
{
	*ret_shown = offset >= shown_at && offset - shown_at < s->bytes;
	if (offset < shown_at)
		return min_u64(length, shown_at - offset);
	return *ret_shown ? min_u64(length, s->bytes - (offset - shown_at)) : length;
}

static enum isokit_status shown_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	const struct shown *s = self;
	uint8_t *to = buffer;

	while (length) {
		enum isokit_status st = ISOKIT_OK;
		bool shown;
		size_t n = (size_t)part_of(s, offset, length, &shown);

		if (shown)
			memcpy(to, s->descriptors + (offset - shown_at), n);
		else
			st = isokit_source_read_at(s->inner, offset, to, n, err);
		if (st)
			return st;
		offset += n;
		to += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static void shown_locate(void *self, uint64_t offset, uint64_t length,
			 struct isokit_location *ret_location)
{
	const struct shown *s = self;
	bool shown;
	uint64_t n = part_of(s, offset, length, &shown);

	if (shown)
		*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1,
							  .length = n };
	else
		isokit_source_locate(s->inner, offset, n, ret_location);
}

static void shown_close(void *self)
{
	struct shown *s = self;

	isokit_source_close(s->inner);
	free(s->descriptors);
	free(s);
}

static const struct isokit_source_ops shown_ops = {
	.size = sizeof(shown_ops),
	.read_at = shown_read_at,
	.locate = shown_locate,
	.close = shown_close,
};

/* Volume structure descriptors from sector `first` + 16 on. ECMA-119 6.7.1, ECMA-167 2/8.3. */
static unsigned count_descriptors(struct isokit_source *src, uint64_t first)
{
	static const char ids[][6] = { "CD001", "BEA01", "BOOT2", "NSR02", "NSR03", "TEA01" };
	uint8_t head[16];
	unsigned n;

	for (n = 0; n < MAX_DESCRIPTORS; n++) {
		uint64_t at = (first + FIRST_DESCRIPTOR + n) * CONVERT_SECTOR;
		bool known = false;

		if (!range_inside(at, CONVERT_SECTOR, isokit_source_size(src)) ||
		    isokit_source_read_at(src, at, head, sizeof(head), NULL) != ISOKIT_OK)
			break;
		for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
			known |= memcmp(head + 1, ids[i], 5) == 0;
		known |= memcmp(head + 9, "CDROM", 5) == 0;
		if (!known)
			break;
	}
	return n;
}

bool convert_session_counts_from_start(struct isokit_source *src, uint64_t at)
{
	uint64_t size = isokit_source_size(src), place_of_root;
	uint8_t sector[CONVERT_SECTOR], record[256];
	struct ondisk_dirent dot;
	struct ondisk_volume v;
	uint32_t lba;

	if (!range_inside((at + FIRST_DESCRIPTOR) * CONVERT_SECTOR, sizeof(sector), size) ||
	    isokit_source_read_at(src, (at + FIRST_DESCRIPTOR) * CONVERT_SECTOR, sector,
				  sizeof(sector), NULL) != ISOKIT_OK ||
	    ondisk_volume_decode(sector, sizeof(sector), &v, NULL) != ISOKIT_OK)
		return false;
	lba = get_le32(v.root.p + 2);
	place_of_root = (uint64_t)lba * v.block_bytes.le;
	return range_inside(place_of_root, sizeof(record), size) &&
	       isokit_source_read_at(src, place_of_root, record, sizeof(record), NULL) == ISOKIT_OK &&
	       ondisk_dirent_decode(record, sizeof(record), v.high_sierra, &dot, NULL) ==
		       ISOKIT_OK &&
	       ondisk_dirent_is_dot(&dot) && dot.lba.le == lba;
}

/* A volume of a later session may only say how large that session is (ECMA-119 8.4.8);
 * by itself it reaches from the beginning to the end. */
static void set_space(uint8_t *sector, uint64_t bytes)
{
	uint32_t block = get_le16(sector + 128);
	uint64_t blocks = block ? bytes / block : 0;

	if (memcmp(sector + 1, "CD001", 5) != 0 || (sector[0] != 1 && sector[0] != 2) ||
	    blocks > UINT32_MAX || get_le32(sector + 80) >= blocks)
		return;
	put_le32(sector + 80, (uint32_t)blocks);
	put_be32(sector + 84, (uint32_t)blocks);
}

static enum isokit_status load(struct shown *s, uint64_t first, struct isokit_error *err)
{
	unsigned n = count_descriptors(s->inner, first);
	enum isokit_status st;

	s->bytes = (uint64_t)n * CONVERT_SECTOR;
	s->descriptors = malloc(s->bytes ? s->bytes : 1);
	if (!s->descriptors)
		return isokit_fail_nomem(err, isokit_source_name(s->inner), s->bytes);
	st = n ? isokit_source_read_at(s->inner, (first + FIRST_DESCRIPTOR) * CONVERT_SECTOR,
				       s->descriptors, s->bytes, err) : ISOKIT_OK;
	for (unsigned i = 0; i < n && !st; i++)
		set_space(s->descriptors + (size_t)i * CONVERT_SECTOR,
			  isokit_source_size(s->inner));
	return st;
}

enum isokit_status convert_show_session(struct isokit_source *disc, uint64_t first,
					struct isokit_source **ret_src, struct isokit_error *err)
{
	struct shown *s = calloc(1, sizeof(*s));
	enum isokit_status st;

	if (!s)
		return isokit_fail_nomem(err, isokit_source_name(disc), sizeof(*s));
	s->inner = disc;
	st = load(s, first, err);
	if (!st)
		st = isokit_source_new(&shown_ops, s, isokit_source_size(disc),
				       isokit_source_name(disc), ret_src, err);
	if (st) {
		free(s->descriptors);
		free(s);
	}
	return st;
}
