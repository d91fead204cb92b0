/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of a file of UDF. */
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/udf_walk.h"

enum {
	MAX_TARGET_BYTES = 4096, /* of a symbolic link: what Linux takes */
};

static enum isokit_file_type type_of(const struct udf_walk *w)
{
	if (!w->has_node)
		return w->fid.characteristics & ONDISK_UDF_FID_DIRECTORY ? ISOKIT_DIR : ISOKIT_FILE;
	switch (w->node.e.type) {
	case ONDISK_UDF_TYPE_DIRECTORY: return ISOKIT_DIR;
	case ONDISK_UDF_TYPE_BLOCK: return ISOKIT_BLOCK;
	case ONDISK_UDF_TYPE_CHAR: return ISOKIT_CHAR;
	case ONDISK_UDF_TYPE_FIFO: return ISOKIT_FIFO;
	case ONDISK_UDF_TYPE_SOCKET: return ISOKIT_SOCKET;
	case ONDISK_UDF_TYPE_SYMLINK: return ISOKIT_SYMLINK;
	default: return ISOKIT_FILE;
	}
}

/* Path components (4/14.16) as the text of a symbolic link. */
static enum isokit_status read_target(struct udf_walk *w)
{
	uint8_t raw[MAX_TARGET_BYTES];
	uint64_t bytes = min_u64(w->node.e.bytes, sizeof(raw));
	const uint8_t *p = raw;
	bool slash = false;
	size_t got = 0;
	enum isokit_status st;

	text_clear(&w->target);
	st = model_udf_read(&w->r, w->node.extents, w->node.n_extents, 0, raw, (size_t)bytes, &got);
	if (st)
		return st;
	while (got) {
		struct ondisk_udf_component c;
		size_t used = ondisk_udf_component_decode(p, got, &c);
		char name[255 * 2 + 4];
		bool ok = true;

		if (used == 0 || (c.type == ONDISK_UDF_PATH_NAME && c.name_bytes == 0)) {
			udf_find(w, ISOKIT_F_UDF_TARGET, w->node.at, 0, (uint64_t)(p - raw), bytes);
			break;
		}
		p += used;
		got -= used;
		switch (c.type) {
		case ONDISK_UDF_PATH_OTHER_ROOT:
			if (c.name_bytes)
				break; /* by agreement: nothing that a path could say */
			/* fall through */
		case ONDISK_UDF_PATH_ROOT:
			text_clear(&w->target);
			text_add_char(&w->target, '/');
			slash = false;
			continue;
		case ONDISK_UDF_PATH_PARENT:
			memcpy(name, "..", 2);
			used = 2;
			break;
		case ONDISK_UDF_PATH_SELF:
			name[0] = '.';
			used = 1;
			break;
		case ONDISK_UDF_PATH_NAME:
			used = ondisk_udf_name(c.name, c.name_bytes, name, &ok);
			for (size_t i = 0; i < used; i++)
				if (name[i] == '\0')
					name[i] = '_';
			break;
		default:
			continue; /* reserved: 4/14.16.1.1 */
		}
		if (c.type == ONDISK_UDF_PATH_OTHER_ROOT)
			continue;
		if (slash)
			text_add_char(&w->target, '/');
		text_add(&w->target, name, used);
		slash = true;
	}
	if (w->node.e.bytes > sizeof(raw))
		udf_find(w, ISOKIT_F_UDF_TARGET, w->node.at, 0, sizeof(raw), w->node.e.bytes);
	return w->target.failed ? isokit_fail_nomem(w->err, w->img->facts.path, 0) : ISOKIT_OK;
}

/* Access, modification, creation in extended entries, attributes. */
static void check_times(struct udf_walk *w)
{
	const struct udf_node *n = &w->node;
	bool extended = n->e.ea_at > 176;
	unsigned first = extended ? 80 : 72, count = extended ? 4 : 3;

	for (unsigned i = 0; i < count; i++) {
		struct isokit_time ignored;

		if (!ondisk_udf_time_decode(n->block + first + (size_t)i * 12, &ignored))
			udf_find(w, ISOKIT_F_UDF_TIME, n->at + first + (size_t)i * 12, 12, 0, 0);
	}
}

/* A field that has one right value. */
static void check_field(struct udf_walk *w, uint64_t at, unsigned bytes, uint64_t value,
			uint64_t right)
{
	if (value != right)
		udf_find(w, ISOKIT_F_UDF_FIELD, at, bytes, value, right);
}

static void check_fields(struct udf_walk *w)
{
	const struct udf_node *n = &w->node;
	const uint8_t *p = n->block;
	bool extended = n->e.ea_at > 176;

	/* UDF 2.3.5.1: strategy 4 on all media, or 4096 on write-once ones. */
	if (n->e.strategy != 4096) {
		check_field(w, n->at + 20, 2, n->e.strategy, 4);
		check_field(w, n->at + 24, 2, get_le16(p + 24), 1);
	}
	/* UDF 2.3.6: no record format. */
	check_field(w, n->at + 50, 1, p[50], 0);
	check_field(w, n->at + 51, 1, p[51], 0);
	check_field(w, n->at + 52, 4, get_le32(p + 52), 0);
	/* 4/14.17.11: with the streams; without, as the length. */
	if (extended && n->e.streams.bytes == 0)
		check_field(w, n->at + 64, 8, get_le64(p + 64), n->e.bytes);
	if (n->e.links == 0)
		udf_find(w, ISOKIT_F_UDF_LINKS, n->at + 48, 2, 1, 0);
	if (!n->refused && n->e.blocks != n->recorded_blocks)
		udf_find(w, ISOKIT_F_UDF_BLOCKS, n->at + (extended ? 72 : 64), 8, n->e.blocks,
			 n->recorded_blocks);
	if (!w->n_levels)
		return;
	/* 4/14.4.4, UDF 2.3.4.1. */
	check_field(w, w->fid_at + 16, 2, w->fid.version, 1);
	if (n->e.strategy == 4)
		check_field(w, w->fid_at + 20, 4, w->fid.icb.bytes, w->r.v->block_bytes);
	/* UDF 2.3.4.3: the low half of the unique id, from 2.00 on. */
	if (w->fid.icb.unique_id && n->e.links == 1)
		check_field(w, w->fid_at + 32, 4, w->fid.icb.unique_id,
			    n->e.unique_id & UINT32_MAX);
}

static void check_node(struct udf_walk *w)
{
	const struct udf_node *n = &w->node;
	bool folder = n->e.type == ONDISK_UDF_TYPE_DIRECTORY;

	if (n->crc_wrong)
		udf_find(w, ISOKIT_F_UDF_FILE_CRC, n->at + 8, 4, get_le16(n->block + 8),
			 get_le16(n->block + 10));
	if (w->n_levels && folder != !!(w->fid.characteristics & ONDISK_UDF_FID_DIRECTORY))
		udf_find(w, ISOKIT_F_UDF_TYPE, n->at + 27, 1, n->e.type, w->fid.characteristics);
	if (n->outside)
		udf_find(w, ISOKIT_F_UDF_EXTENT_OUTSIDE, n->at + n->e.ad_at, n->e.ad_bytes,
			 n->problem_block, n->where.ref);
	else if (n->past_end)
		udf_find(w, ISOKIT_F_FILE_PAST_END, n->at + n->e.ad_at, n->e.ad_bytes,
			 n->problem_at + n->e.bytes, w->img->facts.size);
	if (n->endless)
		udf_find(w, ISOKIT_F_UDF_CHAIN, n->problem_at, w->r.v->block_bytes,
			 n->problem_block, 0);
	if (n->odd_length)
		udf_find(w, ISOKIT_F_UDF_EXTENT_LENGTH, n->at + n->e.ad_at, n->e.ad_bytes,
			 w->r.v->block_bytes, 0);
	if (!n->outside && !n->endless &&
	    (n->stored_bytes < n->e.bytes || n->e.ad_kind > ONDISK_UDF_AD_EMBEDDED))
		udf_find(w, ISOKIT_F_UDF_SIZE, n->at + 56, 8, n->e.bytes, n->stored_bytes);
	check_times(w);
	check_fields(w);
}

static void set_device(struct udf_walk *w, struct isokit_entry *e)
{
	bool ok;

	(void)ondisk_udf_device_decode(w->node.block + w->node.e.ea_at, w->node.e.ea_bytes,
				       &e->dev_major, &e->dev_minor, &ok);
	if (!ok)
		udf_find(w, ISOKIT_F_UDF_ATTRIBUTES, w->node.at + w->node.e.ea_at,
			 w->node.e.ea_bytes, 0, 0);
}

enum isokit_status udf_make_entry(struct udf_walk *w)
{
	static const uint32_t type_bits[] = {
		[ISOKIT_FILE] = 0100000, [ISOKIT_DIR] = 0040000, [ISOKIT_SYMLINK] = 0120000,
		[ISOKIT_BLOCK] = 0060000, [ISOKIT_CHAR] = 0020000, [ISOKIT_FIFO] = 0010000,
		[ISOKIT_SOCKET] = 0140000,
	};
	const struct udf_node *n = &w->node;
	struct isokit_entry *e = &w->entry;

	*e = (struct isokit_entry){
		.type = type_of(w),
		.links = 1,
		.hidden = w->n_levels && w->fid.characteristics & ONDISK_UDF_FID_HIDDEN,
		.has_nul_or_slash = w->n_levels && w->renamed,
		.depth = (unsigned)w->n_levels,
		.record_offset = n->at,
	};
	e->mode = type_bits[e->type] | (e->type == ISOKIT_DIR ? 0555 : 0444);
	if (!w->has_node) {
		e->refused = w->why;
		return ISOKIT_OK;
	}
	e->bytes = n->e.bytes;
	e->has_posix = true;
	e->mode = type_bits[e->type] | n->e.mode;
	e->uid = n->e.uid;
	e->gid = n->e.gid;
	e->links = n->e.links;
	e->inode = n->e.unique_id;
	e->extents = n->extents;
	e->n_extents = n->n_extents;
	e->refused = n->refused;
	e->has_streams = n->e.streams.bytes || n->e.attributes.bytes;
	(void)ondisk_udf_time_decode(n->e.modified, &e->mtime);
	if (e->type == ISOKIT_BLOCK || e->type == ISOKIT_CHAR)
		set_device(w, e);
	if (e->type == ISOKIT_SYMLINK) {
		enum isokit_status st = read_target(w);

		if (st)
			return st;
		e->target = text_string(&w->target);
		e->bytes = strlen(e->target);
	}
	e->n_stored_extents = e->n_extents;
	if (e->type != ISOKIT_FILE)
		e->n_extents = 0;
	return ISOKIT_OK;
}

enum isokit_status udf_take_node(struct udf_walk *w, struct ondisk_udf_long icb)
{
	enum isokit_status st;

	w->why = NULL;
	st = model_udf_node_read(&w->r, icb, &w->node, &w->has_node, &w->why);
	if (st)
		return st;
	if (!w->has_node) {
		w->incomplete = true;
		if (w->report)
			udf_find(w, ISOKIT_F_UDF_NO_ENTRY,
				 w->n_levels ? w->fid_at + 20 : ISOKIT_NO_OFFSET, 16, icb.at.block,
				 icb.at.ref);
	} else if (w->report) {
		check_node(w);
	}
	return ISOKIT_OK;
}
