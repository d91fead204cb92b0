/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images without any table: raw sectors by themselves, and an image behind something
 * else. What they are is found by their structures. */
#include <isokit/format.h>

#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "format/disctrack.h"
#include "format/formats.h"
#include "ondisk/cdsector.h"

enum {
	USER_BYTES = 2048,
	MACBINARY_BYTES = 128,
	PREGAP = 150, /* sectors of the two seconds ahead of a track */
	NEAR = 8, /* sectors, of which one with a sync pattern makes them data */
};

/* Is it an image as it stands, or a disk with partitions, which have their own ways? */
static bool is_plain(const struct format_probe *p)
{
	static const uint8_t types[] = { 0x80, 0x00 };
	const uint8_t *d = p->head + 16 * USER_BYTES, *table = p->head + 446;
	bool mbr = true;

	if (p->head_bytes >= 17 * USER_BYTES &&
	    (memcmp(d + 1, "CD001", 5) == 0 || memcmp(d + 1, "BEA01", 5) == 0 ||
	     memcmp(d + 9, "CDROM", 5) == 0))
		return true;
	if (p->head_bytes >= 520 && memcmp(p->head + 512, "EFI PART", 8) == 0)
		return true;
	if (p->head_bytes < 512 || get_le16(p->head + 510) != 0xaa55)
		return false;
	for (unsigned i = 0; i < 4; i++)
		mbr = mbr && memchr(types, table[16 * i], sizeof(types)) != NULL;
	return mbr && (table[4] || table[20] || table[36] || table[52]);
}

static bool find(const struct format_probe *p, enum isokit_container_kind kind,
		 struct isokit_container *c)
{
	return !is_plain(p) && isokit_format_detect(p->src, c, NULL) == ISOKIT_OK &&
	       c->kind == kind;
}

/* ---- raw sectors ----------------------------------------------------------------------- */

static unsigned raw_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct isokit_container c;

	if (!find(p, ISOKIT_CONTAINER_RAW_SECTORS, &c) || c.sectors == 0)
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "%s, %u bytes each, from byte %llu on", c.words,
		 c.sector_bytes, (unsigned long long)c.offset);
	return 70;
}

struct raw {
	struct isokit_source *src;
	const struct isokit_container *c;
};

static bool is_sync_at(struct isokit_source *src, uint64_t at)
{
	uint8_t head[ONDISK_CD_SYNC_BYTES];

	return range_inside(at, sizeof(head), isokit_source_size(src)) &&
	       isokit_source_read_at(src, at, head, sizeof(head), NULL) == ISOKIT_OK &&
	       ondisk_cd_is_sync(head, sizeof(head));
}

static bool has_sync(const struct raw *r, uint64_t sector)
{
	return is_sync_at(r->src, r->c->offset + sector * r->c->sector_bytes);
}

/* Data, or a damaged sector among data? */
static bool is_data(const struct raw *r, uint64_t sector)
{
	for (uint64_t i = sector; i < sector + NEAR && i < r->c->sectors; i++)
		if (has_sync(r, i))
			return true;
	return false;
}

/* Where the data end that begin at sector 0: all of it, or audio follows. */
static uint64_t end_of_data(const struct raw *r)
{
	uint64_t low = 0, high = r->c->sectors;

	if (r->c->sector_bytes < ONDISK_CD_RAW_BYTES || r->c->sectors < 2 * NEAR ||
	    is_data(r, r->c->sectors - NEAR))
		return r->c->sectors;
	while (low + 1 < high) {
		uint64_t middle = low + (high - low) / 2;

		if (is_data(r, middle))
			low = middle;
		else
			high = middle;
	}
	while (low + 1 < r->c->sectors && has_sync(r, low + 1))
		low++;
	return low + 1;
}

/* Sectors have their addresses in them. */
static int32_t first_block(const struct raw *r)
{
	uint8_t head[ONDISK_CD_HEADER_BYTES];
	int32_t lba;

	if (r->c->sector_bytes < ONDISK_CD_RAW_BYTES ||
	    isokit_source_read_at(r->src, r->c->offset, head, sizeof(head), NULL) != ISOKIT_OK ||
	    !ondisk_cd_is_sync(head, sizeof(head)) || head[15] > 2 ||
	    !ondisk_cd_address(head, &lba) || lba < 0)
		return 0;
	return lba;
}

static enum isokit_status add_audio(struct isokit_medium *m, const struct raw *r, unsigned number,
				    uint64_t at, uint64_t sectors, int64_t lba,
				    struct isokit_error *err)
{
	struct disc_track d = {.file = r->src, .at = at};

	if (sectors == 0)
		return ISOKIT_OK;
	d.t.number = number;
	d.t.first_lba = (int32_t)lba;
	disc_set_shape(&d.t, ISOKIT_TRACK_AUDIO, r->c->sector_bytes);
	d.t.sectors = (uint32_t)min_u64(sectors, INT32_MAX / USER_BYTES);
	return disc_add_track(m, &d, err);
}

static enum isokit_status raw_open(struct isokit_medium *m, const struct format_probe *p,
				   struct isokit_error *err)
{
	struct isokit_container c = { 0 };
	struct raw r = {.src = p->src, .c = &c};
	struct disc_track d = {.file = p->src};
	uint64_t data, ahead = 0;
	enum isokit_status st;
	unsigned number = 1;

	st = isokit_format_detect(p->src, &c, err);
	if (st)
		return st;
	if (c.sector_bytes == ONDISK_CD_RAW_BYTES && c.offset % ONDISK_CD_RAW_BYTES == 0)
		ahead = c.offset / ONDISK_CD_RAW_BYTES;
	if (ahead == PREGAP || (ahead && is_sync_at(p->src, 0))) {
		d.t.pregap_sectors = (uint32_t)ahead;
		ahead = 0;
	}
	data = end_of_data(&r);
	d.at = c.offset;
	d.t.sectors = (uint32_t)min_u64(data, INT32_MAX / USER_BYTES);
	disc_set_shape(&d.t, c.mode == ISOKIT_SECTORS_MODE1 || c.mode == ISOKIT_SECTORS_PLAIN ?
				     ISOKIT_TRACK_MODE1 :
				     ISOKIT_TRACK_MODE2_FORM1, c.sector_bytes);
	d.t.user_offset = c.user_offset;
	d.t.first_lba = first_block(&r);
	if (c.offset)
		medium_note(m, "the image begins at byte %llu of the file",
			    (unsigned long long)c.offset);
	if (c.trailing)
		medium_note(m, "%llu bytes behind the last whole sector are no part of it",
			    (unsigned long long)c.trailing);
	st = add_audio(m, &r, number, 0, ahead, 0, err);
	number += ahead != 0;
	d.t.number = number++;
	if (!st)
		st = disc_add_track(m, &d, err);
	if (!st && data < c.sectors) {
		medium_note(m, "from sector %llu on there are no data: taken for audio, since no "
			       "sheet tells where its tracks begin", (unsigned long long)data);
		st = add_audio(m, &r, number, c.offset + data * c.sector_bytes, c.sectors - data,
			       (int64_t)d.t.first_lba + (int64_t)data, err);
	}
	return st;
}

const struct format format_rawcd = {
	.name = "raw-sectors",
	.words = "raw CD sectors",
	.probe = raw_probe,
	.open = raw_open,
};

/* ---- behind something else ------------------------------------------------------------- */

static unsigned header_probe(const struct format_probe *p, char evidence[FORMAT_EVIDENCE])
{
	struct isokit_container c;

	if (!find(p, ISOKIT_CONTAINER_LEADING_HEADER, &c))
		return 0;
	snprintf(evidence, FORMAT_EVIDENCE, "an ISO 9660 image at byte %llu, behind %s",
		 (unsigned long long)c.offset, c.words);
	return 60;
}

/* MacBinary says how long what follows is; more than that is padding and the other fork. */
static uint64_t length_of(const struct format_probe *p, const struct isokit_container *c)
{
	uint64_t rest = p->size - c->offset;
	uint64_t fork = p->head_bytes >= MACBINARY_BYTES ? get_be32(p->head + 83) : 0;

	if (c->offset == MACBINARY_BYTES && fork >= 17 * USER_BYTES && fork <= rest)
		return fork;
	return rest;
}

static enum isokit_status header_open(struct isokit_medium *m, const struct format_probe *p,
				      struct isokit_error *err)
{
	struct isokit_container c = { 0 };
	struct isokit_source *inside;
	enum isokit_status st;

	st = isokit_format_detect(p->src, &c, err);
	if (!st)
		st = bytes_view(p->src, c.offset, length_of(p, &c), &inside, err);
	return st ? st : medium_set_disk(m, inside, err);
}

const struct format format_header = {
	.name = "leading-header",
	.words = "an image behind something else",
	.probe = header_probe,
	.open = header_open,
};
