/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in a file does an image begin, and how are its sectors framed? Volume
 * descriptors are searched for by their mark; two that follow each other give the
 * distance of sectors, and the root directory proves where block 0 is. */
#include <isokit/format.h>

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "ondisk/cdsector.h"
#include "ondisk/directory.h"
#include "ondisk/foreign.h"
#include "ondisk/volume.h"

enum {
	USER_BYTES = 2048,
	FIRST_DESCRIPTOR = 16,        /* sectors: ECMA-119 6.2.1 */
	SEARCH_BYTES = 1152 * 1024,   /* 1 MiB ahead of an image, and its first sectors */
	MAX_HITS = 256,               /* marks that are looked at */
	MAX_DESCRIPTORS = 32,         /* sectors behind a mark that may hold the primary one */
	SAMPLES = 64,                 /* subheaders looked at for form 2 */
};

/* How far sectors may be apart. */
static const uint32_t strides[] = {
	2048, /* user data */
	2056, /* subheader and user data */
	2064, /* DVD: ID, IED, RSV, user data, EDC */
	2324, 2328, /* user data and EDC, ECC */
	2336, /* mode 2 without sync and header */
	2340, /* without sync */
	2352, 2368, 2448, /* whole; with Q or all subchannels behind */
};

/* ---- what stands at a mark --------------------------------------------------- */

struct search {
	struct isokit_source *src;
	struct isokit_error *err;
	uint64_t size;
	const uint8_t *head; /* the first bytes of the file */
	size_t head_bytes;
};

/* Bytes of the file: from what was read already, else by a read. *ret_there is
 * false past the end. */
static enum isokit_status get(struct search *s, uint64_t offset, void *buffer, size_t n,
			      bool *ret_there)
{
	*ret_there = range_inside(offset, n, s->size);
	if (!*ret_there)
		return ISOKIT_OK;
	if (range_inside(offset, n, s->head_bytes)) {
		memcpy(buffer, s->head + offset, n);
		return ISOKIT_OK;
	}
	return isokit_source_read_at(s->src, offset, buffer, n, s->err);
}

/* A descriptor of any kind: type, identifier and version are right. */
static bool is_descriptor(const uint8_t *sector)
{
	struct ondisk_vd_head h;

	if (!ondisk_vd_head_decode(sector, USER_BYTES, &h))
		return false;
	if (strcmp(h.id, "CD001") == 0)
		return h.version <= 2 && (h.type <= ONDISK_VD_PARTITION ||
					  h.type == ONDISK_VD_TERMINATOR);
	return h.high_sierra || (h.type == 0 && h.version <= 1);
}

/* A primary descriptor whose numbers make sense. */
static bool is_primary(const uint8_t *sector, struct ondisk_volume *ret)
{
	return ondisk_volume_decode(sector, USER_BYTES, ret, NULL) == ISOKIT_OK &&
	       ret->type == ONDISK_VD_PRIMARY && ret->root.p[0] == ONDISK_DR_MIN_BYTES &&
	       (ret->block_bytes.le == 512 || ret->block_bytes.le == 1024 ||
		ret->block_bytes.le == USER_BYTES);
}

/* The bytes before the user data of a sector, told from what is in them. `data` is
 * where the user data begins. */
static enum isokit_status frame_of(struct search *s, uint64_t data, uint32_t stride,
				   uint32_t *ret_user_offset, bool *ret_ok)
{
	uint8_t before[24];
	enum isokit_status st;
	bool there;

	*ret_ok = true;
	*ret_user_offset = 0;
	switch (stride) {
	case 2056:
		*ret_user_offset = 8;
		return ISOKIT_OK;
	case 2064:
		*ret_user_offset = 12;
		return ISOKIT_OK;
	case 2336:
	case 2340:
	case 2352:
	case 2368:
	case 2448:
		break;
	default:
		return ISOKIT_OK;
	}
	if (data < sizeof(before))
		return ISOKIT_OK;
	st = get(s, data - sizeof(before), before, sizeof(before), &there);
	if (st || !there)
		return st;
	if (stride == 2336) {
		*ret_user_offset = ondisk_cd_is_subheader(before + 16, 8) ? 8 : 0;
	} else if (stride == 2340) {
		*ret_user_offset = before[23] == 1 ? 4 : before[15] == 2 ? 12 : 0;
	} else if (ondisk_cd_is_sync(before + 8, 12)) {
		*ret_user_offset = 16;
	} else if (ondisk_cd_is_sync(before, 12)) {
		*ret_user_offset = 24;
	} else {
		*ret_ok = false; /* a whole sector has its sync pattern */
	}
	return ISOKIT_OK;
}

/* Does the root directory of the volume lie where block 0 at `start` puts it? */
static enum isokit_status root_agrees(struct search *s, const struct isokit_container *c,
				      const struct ondisk_volume *v, bool *ret_agrees)
{
	uint32_t lba = get_le32(v->root.p + 2);
	uint64_t at = (uint64_t)lba * v->block_bytes.le;
	struct ondisk_dirent dot;
	uint8_t raw[256];
	enum isokit_status st;

	st = get(s, isokit_container_offset(c, at), raw, sizeof(raw), ret_agrees);
	if (st || !*ret_agrees)
		return st;
	*ret_agrees = ondisk_dirent_decode(raw, sizeof(raw), v->high_sierra, &dot, NULL) ==
			      ISOKIT_OK &&
		      ondisk_dirent_is_dot(&dot) && dot.lba.le == lba;
	return ISOKIT_OK;
}

/* Try one distance of sectors for a descriptor at byte `data`. */
static enum isokit_status try_stride(struct search *s, uint64_t data, uint32_t stride,
				     struct isokit_container *ret, bool *ret_found)
{
	struct isokit_container c = { .sector_bytes = stride };
	uint8_t sector[USER_BYTES];
	bool there, ok, chained = false, recognised = false;
	struct ondisk_volume v;
	enum isokit_status st;
	uint64_t lead;

	*ret_found = false;
	st = frame_of(s, data, stride, &c.user_offset, &ok);
	if (st || !ok)
		return st;
	lead = (uint64_t)FIRST_DESCRIPTOR * stride + c.user_offset;
	if (data < lead)
		return ISOKIT_OK; /* its beginning is missing */
	c.offset = data - lead;
	c.kind = stride == USER_BYTES ? ISOKIT_CONTAINER_LEADING_HEADER :
					ISOKIT_CONTAINER_RAW_SECTORS;
	if (stride == USER_BYTES && c.offset == 0)
		return ISOKIT_OK; /* a plain image, that is not refused for its place */
	for (unsigned i = 0; i < MAX_DESCRIPTORS; i++) {
		st = get(s, data + (uint64_t)i * stride, sector, sizeof(sector), &there);
		if (st)
			return st;
		if (!there || !is_descriptor(sector))
			break;
		chained |= i > 0;
		recognised |= memcmp(sector + 1, "NSR0", 4) == 0;
		if (!is_primary(sector, &v))
			continue;
		/* With a second descriptor at this distance, a root that is cut off
		 * does not matter. */
		st = root_agrees(s, &c, &v, &ok);
		if (st)
			return st;
		if (ok) {
			*ret = c;
			*ret_found = true;
			return ISOKIT_OK;
		}
		recognised = true;
	}
	*ret = c;
	*ret_found = chained && recognised;
	return ISOKIT_OK;
}

/* The place of the next mark of a descriptor in the head: of its first byte. */
static bool next_mark(const struct search *s, size_t *at, uint64_t *ret_data)
{
	static const struct {
		const char *mark;
		size_t ahead;
	} marks[] = { { "CD001", 1 }, { "BEA01", 1 }, { "CDROM\1", 9 } };

	while (*at < s->head_bytes) {
		const uint8_t *best = NULL, *from = s->head + *at;
		size_t ahead = 0, place;

		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			/* Nothing behind a mark that was found already. */
			size_t n = best ? (size_t)(best - from) + 5 : s->head_bytes - *at;
			const uint8_t *p = memmem(from, n, marks[i].mark, strlen(marks[i].mark));

			if (p && (!best || p < best)) {
				best = p;
				ahead = marks[i].ahead;
			}
		}
		if (!best)
			break;
		place = (size_t)(best - s->head);
		*at = place + 1;
		if (place >= ahead) {
			*ret_data = place - ahead;
			return true;
		}
	}
	return false;
}

static enum isokit_status search_marks(struct search *s, struct isokit_container *ret,
				       bool *ret_found)
{
	uint64_t data = 0;
	size_t at = 0;

	*ret_found = false;
	for (unsigned hits = 0; hits < MAX_HITS && next_mark(s, &at, &data); hits++) {
		for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
			enum isokit_status st = try_stride(s, data, strides[i], ret, ret_found);

			if (st || *ret_found)
				return st;
		}
	}
	return ISOKIT_OK;
}

/* ---- what the frames say ------------------------------------------------------- */

/* Raw sectors from the first byte on, whatever they hold. */
static bool frames_at_start(const struct search *s, struct isokit_container *ret)
{
	static const uint32_t whole[] = { 2352, 2368, 2448 };

	if (!ondisk_cd_is_sync(s->head, s->head_bytes))
		return false;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		if (!range_inside(whole[i], ONDISK_CD_SYNC_BYTES, s->head_bytes) ||
		    !ondisk_cd_is_sync(s->head + whole[i], ONDISK_CD_SYNC_BYTES))
			continue;
		*ret = (struct isokit_container){
			.kind = ISOKIT_CONTAINER_RAW_SECTORS,
			.sector_bytes = whole[i],
			.user_offset = s->head[15] == 2 ? 24 : 16,
		};
		return true;
	}
	return false;
}

/* Which mode, and are there form 2 sectors? Only some sectors are looked at. */
static enum isokit_status look_at_frames(struct search *s, struct isokit_container *c)
{
	uint64_t step = c->sectors / SAMPLES + 1;
	bool whole = c->sector_bytes >= ONDISK_CD_RAW_BYTES;
	uint32_t subheader = c->user_offset - ONDISK_CD_SUBHEADER_BYTES;

	c->mode = ISOKIT_SECTORS_PLAIN;
	if (whole || c->sector_bytes == 2340)
		c->mode = c->user_offset == 16 || c->user_offset == 4 ? ISOKIT_SECTORS_MODE1 :
									ISOKIT_SECTORS_MODE2;
	else if (c->sector_bytes == 2336 || c->sector_bytes == 2056)
		c->mode = ISOKIT_SECTORS_MODE2;
	if (c->mode != ISOKIT_SECTORS_MODE2 || c->user_offset < ONDISK_CD_SUBHEADER_BYTES)
		return ISOKIT_OK;
	for (uint64_t i = 0; i < c->sectors; i += step) {
		uint64_t at = c->offset + i * c->sector_bytes;
		uint8_t raw[24];
		enum isokit_status st;
		bool there;

		st = get(s, at, raw, c->user_offset, &there);
		if (st || !there)
			return st;
		if ((!whole || (ondisk_cd_is_sync(raw, sizeof(raw)) && raw[15] == 2)) &&
		    ondisk_cd_is_subheader(raw + subheader, 8) &&
		    (raw[subheader + 2] & ONDISK_CD_SUBMODE_FORM2)) {
			c->mode = ISOKIT_SECTORS_MODE2_MIXED;
			return ISOKIT_OK;
		}
	}
	return ISOKIT_OK;
}

static const char *frame_words(const struct isokit_container *c)
{
	static const char *const words[][4] = {
		/* by mode: plain, mode 1, mode 2, mode 2 with form 2 */
		{ "raw CD sectors", "raw CD sectors, mode 1", "raw CD sectors, mode 2 form 1",
		  "raw CD sectors, mode 2, form 1 and form 2" },
		{ "raw CD sectors with subchannel", "raw CD sectors with subchannel, mode 1",
		  "raw CD sectors with subchannel, mode 2 form 1",
		  "raw CD sectors with subchannel, mode 2, form 1 and form 2" },
		{ "sectors with their error correction", "CD sectors without sync, mode 1",
		  "CD sectors without sync, mode 2 form 1",
		  "CD sectors without sync, mode 2, form 1 and form 2" },
	};

	if (c->sector_bytes == 2064)
		return "raw DVD sectors";
	return words[c->sector_bytes > ONDISK_CD_RAW_BYTES  ? 1 :
		     c->sector_bytes == ONDISK_CD_RAW_BYTES ? 0 :
							      2][c->mode];
}

/* ---- what stands before ---------------------------------------------------------- */

/* MacBinary: 128 bytes, of which 0, 74 and 82 are zero and byte 1 is the length of
 * the name that follows (MacBinary II, 1987). */
static bool is_macbinary(const uint8_t *p)
{
	return p[0] == 0 && p[1] >= 1 && p[1] <= 63 && p[74] == 0 && p[82] == 0 && p[2] >= ' ';
}

static const char *header_words(const struct search *s, const struct isokit_container *c)
{
	size_t n = (size_t)min_u64(c->offset, s->head_bytes);

	if (n == 128 && is_macbinary(s->head))
		return "a MacBinary header";
	if (all_zero(s->head, n))
		return n == (size_t)150 * USER_BYTES ? "an empty pregap of 150 sectors" : "zeros";
	return "something that is no part of it";
}

/* Does something else than a disc image stand at the beginning or the end? Then an
 * image inside is a file of that, not what the file is. */
static enum isokit_status is_foreign(struct search *s, bool *ret_foreign)
{
	const struct ondisk_foreign *mark = NULL;
	uint8_t tail[ONDISK_FOREIGN_TAIL_BYTES];
	enum isokit_status st;
	bool there;

	*ret_foreign = false;
	if (s->size < sizeof(tail))
		return ISOKIT_OK;
	st = get(s, s->size - sizeof(tail), tail, sizeof(tail), &there);
	if (st)
		return st;
	if (there)
		mark = ondisk_foreign_tail(tail);
	if (!mark && !ondisk_cd_is_sync(s->head, s->head_bytes))
		mark = ondisk_foreign_head(s->head, s->head_bytes);
	/* Nero's image is plain or raw sectors with its table at the end. */
	*ret_foreign = mark && !(mark->kind == ONDISK_FOREIGN_CONTAINER &&
				 strncmp(mark->bytes, "NER", 3) == 0);
	return ISOKIT_OK;
}

static enum isokit_status detect(struct search *s, struct isokit_container *c)
{
	enum isokit_status st;
	bool found, foreign;

	st = is_foreign(s, &foreign);
	if (st || foreign)
		return st;
	st = search_marks(s, c, &found);
	if (st)
		return st;
	if (!found && !frames_at_start(s, c)) {
		*c = (struct isokit_container){ 0 };
		return ISOKIT_OK;
	}
	c->sectors = (s->size - c->offset) / c->sector_bytes;
	c->trailing = (s->size - c->offset) % c->sector_bytes;
	if (c->kind == ISOKIT_CONTAINER_LEADING_HEADER) {
		c->words = header_words(s, c);
		return ISOKIT_OK;
	}
	st = look_at_frames(s, c);
	c->words = frame_words(c);
	return st;
}

enum isokit_status isokit_format_detect(struct isokit_source *src,
					struct isokit_container *ret_container,
					struct isokit_error *err)
{
	struct search s = { .src = src, .err = err, .size = isokit_source_size(src) };
	struct isokit_container c = { 0 };
	enum isokit_status st;
	uint8_t *head;

	s.head_bytes = (size_t)min_u64(s.size, SEARCH_BYTES);
	if (s.head_bytes == 0) {
		*ret_container = c;
		return ISOKIT_OK;
	}
	head = malloc(s.head_bytes);
	if (!head)
		return isokit_fail_nomem(err, isokit_source_name(src), s.head_bytes);
	st = isokit_source_read_at(src, 0, head, s.head_bytes, err);
	if (!st) {
		s.head = head;
		st = detect(&s, &c);
	}
	free(head);
	if (st)
		return st;
	c.file_bytes = s.size;
	if (c.kind == ISOKIT_CONTAINER_NONE)
		c.sector_bytes = USER_BYTES;
	*ret_container = c;
	return ISOKIT_OK;
}
