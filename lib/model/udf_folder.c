/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a folder of UDF, read through one buffer, piece by piece. */

#include "base/byteorder.h"
#include "base/checked.h"
#include "model/udf_walk.h"

enum {
	FIRST_BYTES = 4096,
	SCAN_BYTES = 64 * 1024, /* searched in a damaged folder for what comes next */
};

/* Where a byte of the folder at the top lies in the image; for findings. */
static uint64_t folder_at(struct udf_walk *w, uint64_t position)
{
	const struct udf_folder *l = udf_top(w);
	uint64_t from = 0;

	for (size_t i = 0; i < l->n_extents; from += l->extents[i++].bytes)
		if (position - from < l->extents[i].bytes)
			return l->extents[i].lba == ISOKIT_HOLE ? ISOKIT_NO_OFFSET :
			       l->extents[i].lba * w->r.v->block_bytes +
			       l->extents[i].skip_bytes + (position - from);
	return ISOKIT_NO_OFFSET;
}

/* Make n bytes from a position of the folder at the top available. *ret_got may be less,
 * where it ends, and up to all that is buffered. */
static enum isokit_status folder_bytes(struct udf_walk *w, uint64_t position, size_t n,
				       const uint8_t **ret_bytes, size_t *ret_got)
{
	struct udf_folder *l = udf_top(w);
	bool mine = w->buffer_level == w->n_levels && position >= w->buffer_at;
	uint64_t have = mine && position - w->buffer_at < w->buffer_bytes ?
			w->buffer_bytes - (position - w->buffer_at) : 0;

	if (have < n && position + have < l->bytes) {
		bool on = mine && position <= w->buffer_at + w->buffer_bytes;
		enum isokit_status st;
		size_t got = 0;

		w->ahead = on ? (size_t)min_u64(w->ahead * 4, UDF_BUFFER_BYTES) : FIRST_BYTES;
		w->buffer_level = 0;
		st = model_udf_read(&w->r, l->extents, l->n_extents, position, w->buffer,
				    (size_t)min_u64(max_u64(w->ahead, n), l->bytes - position),
				    &got);
		if (st)
			return st;
		w->buffer_level = w->n_levels;
		w->buffer_at = position;
		w->buffer_bytes = got;
		have = got;
	}
	*ret_bytes = w->buffer + (position - w->buffer_at);
	*ret_got = (size_t)have;
	return ISOKIT_OK;
}

/* Behind damage: the next place that looks like an identifier. */
static enum isokit_status resume(struct udf_walk *w, uint64_t from)
{
	struct udf_folder *l = udf_top(w);
	uint64_t position = (from + 4) & ~(uint64_t)3, end = l->bytes;
	const uint8_t *p = NULL;
	size_t got = 0;

	end = min_u64(end, position + min_u64(SCAN_BYTES, w->scan_budget));
	w->incomplete = true;
	for (; position < end; position += 4) {
		struct ondisk_udf_tag tag;

		if (got < ONDISK_UDF_TAG_BYTES) {
			enum isokit_status st = folder_bytes(w, position, ONDISK_UDF_TAG_BYTES, &p,
							     &got);
			if (st)
				return st;
			if (got < ONDISK_UDF_TAG_BYTES)
				break;
		}
		if (get_le16(p) == ONDISK_UDF_FILE_IDENTIFIER && ondisk_udf_tag_parse(p, &tag)) {
			udf_find(w, ISOKIT_F_UDF_IDENTIFIER, folder_at(w, from), position - from,
				 position - from, 0);
			w->scan_budget -= min_u64(w->scan_budget, position - from);
			l->position = position;
			return ISOKIT_OK;
		}
		p += 4;
		got -= 4;
	}
	w->scan_budget -= min_u64(w->scan_budget, position - from);
	udf_find(w, ISOKIT_F_UDF_IDENTIFIER, folder_at(w, from), l->bytes - from, l->bytes - from,
		 0);
	l->position = l->bytes;
	return ISOKIT_OK;
}

static void check_identifier(struct udf_walk *w, const uint8_t *p, const struct ondisk_udf_tag *tag)
{
	if (tag->crc_bytes > w->fid.length - ONDISK_UDF_TAG_BYTES ||
	    ondisk_udf_crc(0, p + ONDISK_UDF_TAG_BYTES, tag->crc_bytes) != tag->crc)
		udf_find(w, ISOKIT_F_UDF_FILE_CRC, w->fid_at + 8, 4, tag->crc, tag->crc_bytes);
}

static void check_parent(struct udf_walk *w)
{
	struct udf_folder *l = udf_top(w);

	l->parent_seen = true;
	w->name_bytes = 0;
	if (w->fid.icb.at.block != l->parent.block || w->fid.icb.at.ref != l->parent.ref)
		udf_find(w, ISOKIT_F_UDF_PARENT, w->fid_at + 20, 16, w->fid.icb.at.block,
			 l->parent.block);
}

static void take_name(struct udf_walk *w, const uint8_t *raw)
{
	bool ok;

	w->renamed = false;
	w->name_bytes = ondisk_udf_name(raw, w->fid.name_bytes, w->name, &ok);
	w->name_bytes = model_name_clean(w->name, w->name_bytes, &w->renamed);
	if (!ok)
		udf_find(w, ISOKIT_F_UDF_NAME, w->fid_at, w->fid.length,
			 w->fid.name_bytes ? raw[0] : 0, w->fid.name_bytes);
	else if (w->renamed)
		udf_find(w, ISOKIT_F_NAME_UNSAFE, w->fid_at, w->fid.length, 0, 0);
}

enum isokit_status udf_next_name(struct udf_walk *w, bool *ret_more)
{
	for (;;) {
		struct udf_folder *l = udf_top(w);
		struct ondisk_udf_tag tag;
		const uint8_t *p;
		enum isokit_status st;
		size_t got, end;

		w->name_bytes = 0; /* findings are the folder's until there is a name */
		if (l->position >= l->bytes) {
			if (!l->parent_seen)
				udf_find(w, ISOKIT_F_UDF_NO_PARENT, l->at, 0, 0, 0);
			*ret_more = false;
			return ISOKIT_OK;
		}
		st = folder_bytes(w, l->position, ONDISK_UDF_FID_HEAD, &p, &got);
		if (st)
			return st;
		if (w->report)
			w->fid_at = folder_at(w, l->position);
		if (got < ONDISK_UDF_FID_HEAD || !ondisk_udf_tag_parse(p, &tag) ||
		    tag.id != ONDISK_UDF_FILE_IDENTIFIER) {
			st = resume(w, l->position);
			if (st)
				return st;
			continue;
		}
		ondisk_udf_fid_decode(p, &w->fid);
		end = w->fid.name_at + w->fid.name_bytes;
		if (got < w->fid.length) {
			st = folder_bytes(w, l->position, w->fid.length, &p, &got);
			if (st)
				return st;
		}
		if (got < end) {
			st = resume(w, l->position);
			if (st)
				return st;
			continue;
		}
		l->position += w->fid.length;
		if (w->report && got >= w->fid.length)
			check_identifier(w, p, &tag);
		if (w->fid.characteristics & ONDISK_UDF_FID_DELETED)
			continue;
		if (w->fid.characteristics & ONDISK_UDF_FID_PARENT) {
			check_parent(w);
			continue;
		}
		take_name(w, p + w->fid.name_at);
		*ret_more = true;
		return ISOKIT_OK;
	}
}
