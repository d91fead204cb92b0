/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a directory, and the sections of a file that has several. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "model/tree_records.h"

enum {
	/* Directory data is read in pieces; deep levels get small ones, so that
	 * the whole stack stays below 10 MiB. */
	NEAR_LEVELS = 16,
	NEAR_BYTES = 128 * 1024,
	FAR_BYTES = 4096,
	MAX_EXTENTS = 65536,
	EMPTY_SECTORS = 32, /* in a row, that end a directory early */
};

static enum isokit_status fill(struct tree *t, struct level *l)
{
	size_t want = t->n_levels > NEAR_LEVELS ? FAR_BYTES :
		      t->options.read_bytes ? t->options.read_bytes : NEAR_BYTES;
	uint64_t n;
	enum isokit_status st;

	/* End at a sector border: no record crosses one (ECMA-119 6.8.1.1). */
	n = l->at + want;
	n -= n % SECTOR_BYTES;
	n = min_u64(n, l->end) - l->at;
	if (l->buffer_capacity < n) {
		uint8_t *moved = realloc(l->buffer, (size_t)n);

		if (!moved)
			return isokit_fail_nomem(t->err, t->img->facts.path, (size_t)n);
		l->buffer = moved;
		l->buffer_capacity = (size_t)n;
	}
	l->buffer_bytes = 0;
	st = model_read(t->img, l->at, l->buffer, (size_t)n, t->err);
	if (st)
		return st;
	l->buffer_at = l->at;
	l->buffer_bytes = (size_t)n;
	return ISOKIT_OK;
}

enum isokit_status model_tree_next_record(struct tree *t, struct level *l,
					  struct ondisk_dirent *ret_rec, uint64_t *ret_offset,
					  int *ret_what)
{
	while (l->at < l->end) {
		uint64_t sector_end = min_u64(l->at - l->at % SECTOR_BYTES + SECTOR_BYTES, l->end);
		size_t left = (size_t)(sector_end - l->at);
		const uint8_t *p;
		enum isokit_status st;

		if (l->at - l->buffer_at >= l->buffer_bytes || l->at < l->buffer_at) {
			st = fill(t, l);
			if (st)
				return st;
		}
		p = l->buffer + (l->at - l->buffer_at);
		if (p[0] == 0) {
			/* Only the rest of a sector may be empty (9.1.1). */
			if (!all_zero(p, left))
				model_tree_find(t, ISOKIT_F_DIR_RECORD_ZERO, l->at, left, left, 0);
			if (l->clipped && l->at % SECTOR_BYTES == 0)
				break;
			/* Writers fill each sector but the last: a directory of empty
			 * ones only claims its size. */
			l->empty = l->at % SECTOR_BYTES == 0 ? l->empty + 1 : 0;
			l->at = sector_end;
			if (l->empty > EMPTY_SECTORS && l->end - l->at > SECTOR_BYTES) {
				model_tree_find(t, ISOKIT_F_DIR_EMPTY_SECTORS, l->at,
						l->end - l->at, EMPTY_SECTORS, l->end - l->at);
				break;
			}
			continue;
		}
		st = ondisk_dirent_decode(p, left, t->high_sierra, ret_rec, NULL);
		if (st) {
			model_tree_find(t, st == ISOKIT_E_SHORT ? ISOKIT_F_DIR_RECORD_OVER :
					ISOKIT_F_DIR_RECORD_BAD,
					l->at, left, p[0], st == ISOKIT_E_SHORT ? left :
					left > 32 ? p[32] : 0); /* a stump has no name length */
			if (l->clipped)
				break;
			l->at = sector_end;
			continue;
		}
		if (l->at % SECTOR_BYTES == 0)
			t->record_sectors++;
		*ret_offset = l->at;
		*ret_what = RECORD;
		l->at += ret_rec->length;
		l->empty = 0;
		return ISOKIT_OK;
	}
	l->at = l->end;
	*ret_what = NO_MORE;
	return ISOKIT_OK;
}

/* ---- sections of a file ------------------------------------------------------ */

void model_tree_check_record(struct tree *t, const struct ondisk_dirent *r, uint64_t offset)
{
	uint64_t at, size = t->img->facts.size;

	if (r->lba.le != r->lba.be)
		model_tree_find(t, ISOKIT_F_DIR_ENDIAN, offset + 2, 8, r->lba.le, r->lba.be);
	if (r->bytes.le != r->bytes.be)
		model_tree_find(t, ISOKIT_F_DIR_ENDIAN, offset + 10, 8, r->bytes.le, r->bytes.be);
	if (r->flags & ONDISK_DR_DIRECTORY)
		return; /* its extent is looked at when it is entered */
	at = ((uint64_t)r->lba.le + r->xattr_blocks) * t->block_bytes;
	if (r->bytes.le && !range_inside(at, r->bytes.le, size))
		model_tree_find(t, ISOKIT_F_FILE_PAST_END, offset + 2, 16, at + r->bytes.le, size);
	if (r->unit_blocks || r->gap_blocks)
		model_tree_find(t, ISOKIT_F_FILE_INTERLEAVED, offset + 26, 2, r->unit_blocks,
				r->gap_blocks);
}

enum isokit_status model_tree_add_extent(struct tree *t, const struct ondisk_dirent *r)
{
	struct tree_file *f = &t->file;
	uint64_t at = ((uint64_t)r->lba.le + r->xattr_blocks) * t->block_bytes;

	if (f->n_extents >= MAX_EXTENTS) {
		f->refused = "too many extents";
		return ISOKIT_OK;
	}
	if (!ARRAY_RESERVE(t->extents, t->capacity_extents, f->n_extents + 1))
		return isokit_fail_nomem(t->err, t->img->facts.path, sizeof(*t->extents));
	/* The data begins behind the extended attribute record (9.1.3). */
	t->extents[f->n_extents++] = (struct isokit_extent){
		.lba = (uint64_t)r->lba.le + r->xattr_blocks,
		.bytes = r->bytes.le,
	};
	f->extents = t->extents;
	f->stored_bytes += r->bytes.le;
	if (r->bytes.le && !range_inside(at, r->bytes.le, t->img->facts.size))
		f->refused = "lies past the end of the image";
	if (r->unit_blocks || r->gap_blocks)
		f->refused = "interleaved";
	return ISOKIT_OK;
}

static bool same_identifier(const struct ondisk_dirent *a, const struct ondisk_dirent *b)
{
	return a->name_bytes == b->name_bytes && memcmp(a->name, b->name, a->name_bytes) == 0;
}

enum isokit_status model_tree_gather_extents(struct tree *t, struct level *l)
{
	struct tree_file *f = &t->file;
	struct ondisk_dirent next;
	uint64_t offset = f->record_offset, from;
	bool more = true;

	/* Reading on may replace the buffer that the record lies in. */
	memcpy(t->first_record, l->buffer + (f->record_offset - l->buffer_at), f->rec.length);
	(void)ondisk_dirent_decode(t->first_record, f->rec.length, t->high_sierra, &f->rec, NULL);
	t->saw_multi_extent = true;
	while (more) {
		enum isokit_status st;
		int what;

		from = l->at;
		st = model_tree_next_record(t, l, &next, &offset, &what);
		if (st)
			return st;
		if (what != RECORD || !same_identifier(&f->rec, &next) ||
		    (next.flags & ONDISK_DR_DIRECTORY)) {
			model_tree_find(t, ISOKIT_F_FILE_EXTENTS_ENDLESS, f->record_offset + 25, 1,
					f->n_extents, 0);
			f->refused = "its last extent is missing";
			if (what == RECORD)
				l->at = offset;
			else
				l->at = max_u64(from, l->at);
			return ISOKIT_OK;
		}
		model_tree_check_record(t, &next, offset);
		st = model_tree_add_extent(t, &next);
		if (st)
			return st;
		more = next.flags & ONDISK_DR_MULTI_EXTENT;
	}
	return ISOKIT_OK;
}
