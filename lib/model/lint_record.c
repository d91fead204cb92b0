/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One directory record by itself (ECMA-119 9.1): numbers, flags, date, place. */
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/lint.h"

enum { XATTR_BYTES = 250, RESERVED_FLAGS = 0x60 };

/* 9.1.1, 9.1.12, 9.1.13 */
static void check_form(struct lint_tree *t, const struct lint_record *r, const uint8_t *raw)
{
	size_t pad = 33u + r->d.name_bytes;

	if (r->d.length & 1)
		lint_find_at(t, ISOKIT_F_DIR_RECORD_ODD, r, r->offset, 1, r->d.length, 0);
	if (!(r->d.name_bytes & 1) && pad < r->d.length && raw[pad])
		lint_find_at(t, ISOKIT_F_DIR_RECORD_PADDING, r, r->offset + pad, 1, raw[pad], 0);
}

/* 9.1.6: two bits are reserved; a directory is neither associated nor recorded in
 * sections nor of a record format; the record format is told by the extended
 * attribute record, so there must be one. */
static void check_flags(struct lint_tree *t, const struct lint_record *r)
{
	uint8_t flags = r->d.flags, bad = flags & RESERVED_FLAGS;

	if (flags & ONDISK_DR_DIRECTORY)
		bad |= flags & (ONDISK_DR_ASSOCIATED | ONDISK_DR_RECORD | ONDISK_DR_MULTI_EXTENT);
	if (!r->d.xattr_blocks)
		bad |= flags & (ONDISK_DR_RECORD | ONDISK_DR_PROTECTION);
	if (bad)
		lint_find_at(t, ISOKIT_F_DIR_FLAGS, r, r->offset + 25, 1, flags, bad);
}

/* 9.1.9 */
static void check_set(struct lint_tree *t, const struct lint_record *r)
{
	if (r->d.volume.le != r->d.volume.be || r->d.volume.le == 0 ||
	    (t->v->set_size && r->d.volume.le > t->v->set_size))
		lint_find_at(t, ISOKIT_F_DIR_VOLUME, r, r->offset + 28, 4, r->d.volume.le,
			     r->d.volume.be);
}

/* 9.1.5: all zero is "not specified"; one offset byte alone is not. */
static void check_date(struct lint_tree *t, const struct lint_record *r)
{
	struct isokit_time when;

	if (!ondisk_time7_decode(r->d.date, false, &when) || (!when.set && r->d.date[6]))
		lint_find_at(t, ISOKIT_F_DIR_DATE, r, r->offset + 18, 7, 0, 0);
}

/* 9.5. Only what tells an extended attribute record from anything else. */
static enum isokit_status check_xattr(struct lint_tree *t, const struct lint_record *r)
{
	uint64_t at = (uint64_t)r->d.lba.le * t->block_bytes;
	uint8_t raw[XATTR_BYTES];
	enum isokit_status st;
	bool ok;

	if (!r->d.xattr_blocks || r->continues)
		return ISOKIT_OK;
	st = lint_read(t->l, at, raw, sizeof(raw), "extended attribute record", &ok);
	if (st)
		return st;
	if (!ok || raw[180] != 1 || get_le16(raw) != get_be16(raw + 2) ||
	    get_le16(raw + 4) != get_be16(raw + 6))
		lint_find_at(t, ISOKIT_F_FILE_XATTR, r, r->offset + 1, 1, r->d.xattr_blocks, at);
	return ISOKIT_OK;
}

/* What a file shares bytes with, in one word for the finding. */
static void find_shared(struct lint_tree *t, const struct lint_record *r,
			const struct lint_range *x, uint64_t start, uint64_t end)
{
	const char *path;

	if (t->l->repeat[ISOKIT_F_EXTENT_ON_STRUCTURE].n &&
	    !lint_wants(t->l, ISOKIT_F_EXTENT_ON_STRUCTURE))
		return;
	path = lint_path(t, r->dir, &r->d);
	if (!path)
		return;
	text_add_str(&t->path, " and ");
	text_add_str(&t->path, x->what);
	lint_find(t->l, ISOKIT_F_EXTENT_ON_STRUCTURE, r->offset + 2, 8, text_string(&t->path),
		  max_u64(start, x->start), min_u64(end, x->end));
}

/* 6.2.1, 8.4.8: inside the volume space, and on nothing else. */
static void check_place(struct lint_tree *t, const struct lint_record *r)
{
	uint64_t start = (uint64_t)r->d.lba.le * t->block_bytes;
	uint64_t xattr = (uint64_t)r->d.xattr_blocks * t->block_bytes;
	uint64_t end = start + xattr + r->d.bytes.le;
	/* A later session counts its own blocks, and begins behind the others. */
	uint64_t volume = t->l->img->facts.session_lba * SECTOR_BYTES +
			  (uint64_t)t->v->blocks * t->block_bytes;
	const struct lint_range *x;

	/* Nothing is recorded of an empty file: its address means nothing. */
	if (r->d.bytes.le == 0 && !xattr) {
		if (start > volume && start > t->l->img->facts.size)
			lint_find_at(t, ISOKIT_F_EXTENT_EMPTY_OUTSIDE, r, r->offset + 2, 8, r->d.lba.le, 0);
		return;
	}
	if (end > t->l->img->facts.size)
		return; /* the walk that counts has said so */
	if (end > volume)
		lint_find_at(t, ISOKIT_F_EXTENT_OUTSIDE_VOLUME, r, r->offset + 2, 16, end, volume);
	x = lint_claimed(t->l, start, end);
	if (x && x->is_image && x->start > start) {
		if (r->d.flags & ONDISK_DR_DIRECTORY)
			find_shared(t, r, x, start, end);
		else
			lint_find_at(t, ISOKIT_F_ELTORITO_IMAGE_INSIDE, r, x->start, 0, x->index,
				     x->start / SECTOR_BYTES);
		return;
	}
	/* The catalog and boot images may be files, also as a part of one. */
	if (x && (r->d.flags & ONDISK_DR_DIRECTORY))
		find_shared(t, r, x, start, end);
	else if (x && !(x->is_file && start == x->start) &&
	    !(x->is_file && start <= x->start && end >= x->end))
		find_shared(t, r, x, start, end);
}

enum isokit_status lint_record(struct lint_tree *t, const struct lint_record *r, const uint8_t *raw)
{
	check_form(t, r, raw);
	check_flags(t, r);
	check_set(t, r);
	check_date(t, r);
	if (ondisk_dirent_is_dot(&r->d))
		return ISOKIT_OK;
	if ((r->d.flags & ONDISK_DR_DIRECTORY) && (r->d.unit_blocks || r->d.gap_blocks))
		lint_find_at(t, ISOKIT_F_FILE_INTERLEAVED, r, r->offset + 26, 2, r->d.unit_blocks,
			     r->d.gap_blocks);
	check_place(t, r);
	return check_xattr(t, r);
}
