/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of a UDF volume: depth first, in the order of the medium, with a stack of its
 * own. Memory goes with the depth, not with the number of files; folders are read through
 * one buffer, piece by piece. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "model/tree.h"
#include "model/udf.h"

enum {
	MAX_DEPTH = 2048,
	MAX_PATH_BYTES = 16 * 1024,
	MAX_TARGET_BYTES = 4096, /* of a symbolic link: what Linux takes */
	BUFFER_BYTES = 128 * 1024, /* one identifier takes up to 64 KiB and a little */
	FIRST_BYTES = 4096,
	MAX_OPEN_EXTENTS = 256 * 1024, /* of all open folders: 6 MiB */
	SCAN_BYTES = 64 * 1024, /* searched in a damaged folder for what comes next */
	FINDINGS_PER_CODE = 64,
	NAME_SLOTS = 2 * 1024 * 1024,
	QUICK_BYTES = 128 * 1024, /* of a folder, searched for a name while opening quickly */
	USUAL_IDENTIFIER = 60, /* bytes; only a guess ahead */
	FIND_BYTES = 384 * 1024, /* of all folders of one search for paths */
	FIND_FOLDERS = 64,       /* and how many of them are read */
};

/* A folder on the way from the root to where the walk is. */
struct folder {
	struct isokit_extent *extents;
	size_t n_extents;
	uint64_t bytes, position;
	struct ondisk_udf_address where, parent;
	uint64_t at;       /* byte of its entry */
	uint32_t key;      /* among the folders seen */
	size_t path_bytes; /* of its path with the final '/' */
	bool parent_seen;
	struct name_set names;
};

struct walk {
	struct udf_reader r;
	struct isokit_image *img;
	struct isokit_error *err;
	bool report;
	isokit_visit_fn visit;
	void *ctx;

	struct folder *levels;
	size_t n_levels, capacity_levels;
	size_t open_extents;
	struct lba_set visited, linked;
	uint64_t folder_budget, scan_budget;
	size_t name_budget;

	uint8_t *buffer; /* part of the folder at the top */
	size_t buffer_level; /* whose: n_levels when that was read */
	uint64_t buffer_at;  /* byte of the folder */
	size_t buffer_bytes, ahead;

	struct udf_node node;      /* the file being visited */
	struct ondisk_udf_fid fid; /* and its identifier */
	uint64_t fid_at;           /* byte in the image */
	bool has_node;
	const char *why;           /* it has none */
	struct isokit_entry entry;
	struct text path, target;
	char name[TREE_NAME_BYTES];
	size_t name_bytes;
	bool renamed;
	uint32_t reported[ISOKIT_F_COUNT];

	/* What counting collects. */
	uint64_t files, directories, symlinks, extra_links;
	uint64_t highest_id;
	bool incomplete;
};

static struct folder *top(struct walk *w)
{
	return &w->levels[w->n_levels - 1];
}

static const char *path_of(struct walk *w, size_t *ret_bytes)
{
	size_t folder = w->n_levels ? top(w)->path_bytes : 1;

	if (w->path.n > folder) {
		w->path.n = folder;
		w->path.bytes[folder] = '\0';
	}
	if (w->n_levels)
		text_add(&w->path, w->name, w->name_bytes);
	if (ret_bytes)
		*ret_bytes = w->path.n;
	return w->path.failed || !w->path.bytes ? NULL : w->path.bytes;
}

/* A finding at the file that is being looked at. */
static void find(struct walk *w, enum isokit_finding_code code, uint64_t at, uint64_t length,
		 uint64_t n0, uint64_t n1)
{
	if (w->report && w->reported[code]++ < FINDINGS_PER_CODE)
		model_find(w->img, code, at, length, path_of(w, NULL), n0, n1);
}

/* ---- reading a folder ------------------------------------------------------------------ */

/* Where a byte of the folder at the top lies in the image; for findings. */
static uint64_t folder_at(struct walk *w, uint64_t position)
{
	const struct folder *l = top(w);
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
static enum isokit_status folder_bytes(struct walk *w, uint64_t position, size_t n,
				       const uint8_t **ret_bytes, size_t *ret_got)
{
	struct folder *l = top(w);
	bool mine = w->buffer_level == w->n_levels && position >= w->buffer_at;
	uint64_t have = mine && position - w->buffer_at < w->buffer_bytes ?
			w->buffer_bytes - (position - w->buffer_at) : 0;

	if (have < n && position + have < l->bytes) {
		bool on = mine && position <= w->buffer_at + w->buffer_bytes;
		enum isokit_status st;
		size_t got = 0;

		w->ahead = on ? (size_t)min_u64(w->ahead * 4, BUFFER_BYTES) : FIRST_BYTES;
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
static enum isokit_status resume(struct walk *w, uint64_t from)
{
	struct folder *l = top(w);
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
			find(w, ISOKIT_F_UDF_IDENTIFIER, folder_at(w, from), position - from,
			     position - from, 0);
			w->scan_budget -= min_u64(w->scan_budget, position - from);
			l->position = position;
			return ISOKIT_OK;
		}
		p += 4;
		got -= 4;
	}
	w->scan_budget -= min_u64(w->scan_budget, position - from);
	find(w, ISOKIT_F_UDF_IDENTIFIER, folder_at(w, from), l->bytes - from, l->bytes - from, 0);
	l->position = l->bytes;
	return ISOKIT_OK;
}

static void check_identifier(struct walk *w, const uint8_t *p, const struct ondisk_udf_tag *tag)
{
	if (tag->crc_bytes > w->fid.length - ONDISK_UDF_TAG_BYTES ||
	    ondisk_udf_crc(0, p + ONDISK_UDF_TAG_BYTES, tag->crc_bytes) != tag->crc)
		find(w, ISOKIT_F_UDF_FILE_CRC, w->fid_at + 8, 4, tag->crc, tag->crc_bytes);
}

static void check_parent(struct walk *w)
{
	struct folder *l = top(w);

	l->parent_seen = true;
	w->name_bytes = 0;
	if (w->fid.icb.at.block != l->parent.block || w->fid.icb.at.ref != l->parent.ref)
		find(w, ISOKIT_F_UDF_PARENT, w->fid_at + 20, 16, w->fid.icb.at.block,
		     l->parent.block);
}

static void take_name(struct walk *w, const uint8_t *raw)
{
	bool ok;

	w->renamed = false;
	w->name_bytes = ondisk_udf_name(raw, w->fid.name_bytes, w->name, &ok);
	w->name_bytes = model_name_clean(w->name, w->name_bytes, &w->renamed);
	if (!ok)
		find(w, ISOKIT_F_UDF_NAME, w->fid_at, w->fid.length, w->fid.name_bytes ? raw[0] : 0,
		     w->fid.name_bytes);
	else if (w->renamed)
		find(w, ISOKIT_F_NAME_UNSAFE, w->fid_at, w->fid.length, 0, 0);
}

/* The next name of the folder at the top; *ret_more is false behind the last. */
static enum isokit_status next_identifier(struct walk *w, bool *ret_more)
{
	for (;;) {
		struct folder *l = top(w);
		struct ondisk_udf_tag tag;
		const uint8_t *p;
		enum isokit_status st;
		size_t got, end;

		w->name_bytes = 0; /* findings are the folder's until there is a name */
		if (l->position >= l->bytes) {
			if (!l->parent_seen)
				find(w, ISOKIT_F_UDF_NO_PARENT, l->at, 0, 0, 0);
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

/* ---- one file ---------------------------------------------------------------------------- */

static enum isokit_file_type type_of(const struct walk *w)
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
static enum isokit_status read_target(struct walk *w)
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
			find(w, ISOKIT_F_UDF_TARGET, w->node.at, 0, (uint64_t)(p - raw), bytes);
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
		find(w, ISOKIT_F_UDF_TARGET, w->node.at, 0, sizeof(raw), w->node.e.bytes);
	return w->target.failed ? isokit_fail_nomem(w->err, w->img->facts.path, 0) : ISOKIT_OK;
}

/* Access, modification, creation in extended entries, attributes. */
static void check_times(struct walk *w)
{
	const struct udf_node *n = &w->node;
	bool extended = n->e.ea_at > 176;
	unsigned first = extended ? 80 : 72, count = extended ? 4 : 3;

	for (unsigned i = 0; i < count; i++) {
		struct isokit_time ignored;

		if (!ondisk_udf_time_decode(n->block + first + (size_t)i * 12, &ignored))
			find(w, ISOKIT_F_UDF_TIME, n->at + first + (size_t)i * 12, 12, 0, 0);
	}
}

/* A field that has one right value. */
static void check_field(struct walk *w, uint64_t at, unsigned bytes, uint64_t value, uint64_t right)
{
	if (value != right)
		find(w, ISOKIT_F_UDF_FIELD, at, bytes, value, right);
}

static void check_fields(struct walk *w)
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
		find(w, ISOKIT_F_UDF_LINKS, n->at + 48, 2, 1, 0);
	if (!n->refused && n->e.blocks != n->recorded_blocks)
		find(w, ISOKIT_F_UDF_BLOCKS, n->at + (extended ? 72 : 64), 8, n->e.blocks,
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

static void check_node(struct walk *w)
{
	const struct udf_node *n = &w->node;
	bool folder = n->e.type == ONDISK_UDF_TYPE_DIRECTORY;

	if (n->crc_wrong)
		find(w, ISOKIT_F_UDF_FILE_CRC, n->at + 8, 4, get_le16(n->block + 8),
		     get_le16(n->block + 10));
	if (w->n_levels && folder != !!(w->fid.characteristics & ONDISK_UDF_FID_DIRECTORY))
		find(w, ISOKIT_F_UDF_TYPE, n->at + 27, 1, n->e.type, w->fid.characteristics);
	if (n->outside)
		find(w, ISOKIT_F_UDF_EXTENT_OUTSIDE, n->at + n->e.ad_at, n->e.ad_bytes,
		     n->problem_block, n->where.ref);
	else if (n->past_end)
		find(w, ISOKIT_F_FILE_PAST_END, n->at + n->e.ad_at, n->e.ad_bytes,
		     n->problem_at + n->e.bytes, w->img->facts.size);
	if (n->endless)
		find(w, ISOKIT_F_UDF_CHAIN, n->problem_at, w->r.v->block_bytes, n->problem_block, 0);
	if (n->odd_length)
		find(w, ISOKIT_F_UDF_EXTENT_LENGTH, n->at + n->e.ad_at, n->e.ad_bytes,
		     w->r.v->block_bytes, 0);
	if (!n->outside && !n->endless &&
	    (n->stored_bytes < n->e.bytes || n->e.ad_kind > ONDISK_UDF_AD_EMBEDDED))
		find(w, ISOKIT_F_UDF_SIZE, n->at + 56, 8, n->e.bytes, n->stored_bytes);
	check_times(w);
	check_fields(w);
}

static void set_device(struct walk *w, struct isokit_entry *e)
{
	bool ok;

	(void)ondisk_udf_device_decode(w->node.block + w->node.e.ea_at, w->node.e.ea_bytes,
				       &e->dev_major, &e->dev_minor, &ok);
	if (!ok)
		find(w, ISOKIT_F_UDF_ATTRIBUTES, w->node.at + w->node.e.ea_at, w->node.e.ea_bytes, 0,
		     0);
}

/* Fill w->entry from w->node and w->fid. */
static enum isokit_status make_entry(struct walk *w)
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

static enum isokit_status read_node(struct walk *w, struct ondisk_udf_long icb)
{
	enum isokit_status st;

	w->why = NULL;
	st = model_udf_node_read(&w->r, icb, &w->node, &w->has_node, &w->why);
	if (st)
		return st;
	if (!w->has_node) {
		w->incomplete = true;
		if (w->report)
			find(w, ISOKIT_F_UDF_NO_ENTRY, w->n_levels ? w->fid_at + 20 : ISOKIT_NO_OFFSET,
			     16, icb.at.block, icb.at.ref);
	} else if (w->report) {
		check_node(w);
	}
	return ISOKIT_OK;
}

static void count(struct walk *w)
{
	const struct udf_node *n = &w->node;
	bool known = false;

	if (w->entry.type == ISOKIT_DIR)
		w->directories++;
	else if (w->entry.type == ISOKIT_SYMLINK)
		w->symlinks++;
	else
		w->files++;
	if (!w->has_node)
		return;
	w->highest_id = max_u64(w->highest_id, n->e.unique_id);
	/* Names of one file: some volumes count them once. */
	if (w->entry.type == ISOKIT_DIR || n->e.links < 2 ||
	    !model_lba_set_add(&w->linked, (uint32_t)(n->at / w->r.v->block_bytes), n->e.links - 1u,
			       &known))
		return;
	w->extra_links += known;
	if (known)
		model_lba_set_subtract(&w->linked, (uint32_t)(n->at / w->r.v->block_bytes));
}

/* Tell the caller; ISOKIT_E_CANCELLED when it has enough. */
static enum isokit_status visit(struct walk *w)
{
	enum isokit_status st = make_entry(w);
	struct isokit_entry *e = &w->entry;

	if (st)
		return st;
	if (w->report)
		count(w);
	if (!w->visit)
		return ISOKIT_OK;
	e->path = path_of(w, &e->path_bytes);
	if (!e->path)
		return isokit_fail_nomem(w->err, w->img->facts.path, 0);
	e->name = e->path + (w->n_levels ? top(w)->path_bytes : 1);
	if (w->visit(w->ctx, e))
		return isokit_fail(w->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
				   w->img->facts.path, "stopped by the caller");
	return ISOKIT_OK;
}

/* ---- entering and leaving ------------------------------------------------------------------ */

static void leave(struct walk *w)
{
	struct folder *l = top(w);

	w->open_extents -= l->n_extents;
	free(l->extents);
	l->extents = NULL;
	w->n_levels--;
}

static bool is_ancestor(const struct walk *w, uint64_t at)
{
	for (size_t i = 0; i < w->n_levels; i++)
		if (w->levels[i].at == at)
			return true;
	return false;
}

/* Go into the folder of w->node, if it may be entered. */
static enum isokit_status enter(struct walk *w)
{
	struct udf_node *n = &w->node;
	uint64_t id = n->at / w->r.v->block_bytes;
	struct isokit_extent *extents;
	struct folder *l;
	bool known = false;
	size_t path_bytes;

	if (id >= UINT32_MAX || w->n_levels >= MAX_DEPTH) {
		find(w, ISOKIT_F_TREE_DEPTH, n->at, 0, MAX_DEPTH, 0);
		return ISOKIT_OK;
	}
	if (!model_lba_set_add(&w->visited, (uint32_t)id, 0, &known))
		return isokit_fail_nomem(w->err, w->img->facts.path, w->visited.capacity * 16);
	if (known) {
		find(w, is_ancestor(w, n->at) ? ISOKIT_F_TREE_LOOP : ISOKIT_F_TREE_SHARED, n->at, 0,
		     id, 0);
		return ISOKIT_OK;
	}
	if (min_u64(n->e.bytes, n->stored_bytes) > w->folder_budget ||
	    n->n_extents > MAX_OPEN_EXTENTS - w->open_extents) {
		w->incomplete = true;
		find(w, ISOKIT_F_TREE_OVERLAP, n->at, 0, 0, 0);
		return ISOKIT_OK;
	}
	(void)path_of(w, &path_bytes);
	if (w->n_levels)
		text_add_char(&w->path, '/');
	if (w->path.failed)
		return isokit_fail_nomem(w->err, w->img->facts.path, path_bytes);
	if (w->path.n > MAX_PATH_BYTES) {
		find(w, ISOKIT_F_TREE_DEPTH, n->at, 0, w->n_levels, w->path.n);
		return ISOKIT_OK;
	}
	if (w->n_levels >= w->capacity_levels) {
		size_t before = w->capacity_levels;

		if (!ARRAY_RESERVE(w->levels, w->capacity_levels, w->n_levels + 1))
			return isokit_fail_nomem(w->err, w->img->facts.path, sizeof(*l));
		memset(w->levels + before, 0, (w->capacity_levels - before) * sizeof(*l));
	}
	extents = malloc((n->n_extents + 1) * sizeof(*extents));
	if (!extents)
		return isokit_fail_nomem(w->err, w->img->facts.path,
					 n->n_extents * sizeof(*extents));
	if (n->n_extents)
		memcpy(extents, n->extents, n->n_extents * sizeof(*extents));
	l = &w->levels[w->n_levels];
	l->parent = w->n_levels ? top(w)->where : n->where;
	w->n_levels++;
	w->open_extents += n->n_extents;
	l->extents = extents;
	l->n_extents = n->n_extents;
	l->bytes = min_u64(n->e.bytes, n->stored_bytes);
	l->position = 0;
	l->where = n->where;
	l->at = n->at;
	l->path_bytes = w->path.n;
	l->parent_seen = false;
	w->folder_budget -= l->bytes;
	if (w->report)
		model_name_set_clear(&l->names, (size_t)(min_u64(l->bytes, 1 << 30) / USUAL_IDENTIFIER),
				     &w->name_budget);
	return ISOKIT_OK;
}

static enum isokit_status set_root(struct walk *w)
{
	text_clear(&w->path);
	text_add_char(&w->path, '/');
	w->name_bytes = 0;
	return read_node(w, w->r.v->root);
}

/* Descend from the root to the folder or file at `path`: it is in w->node. */
static enum isokit_status seek(struct walk *w, const char *path)
{
	enum isokit_status st = set_root(w);

	while (!st) {
		size_t n;
		bool more = false;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0)
			return ISOKIT_OK;
		if (!w->has_node || w->node.e.type != ONDISK_UDF_TYPE_DIRECTORY)
			break;
		{
			size_t depth = w->n_levels;

			st = enter(w);
			if (st)
				return st;
			if (w->n_levels == depth)
				break; /* it leads nowhere */
		}
		if (w->img->quick && !w->img->opened)
			top(w)->bytes = min_u64(top(w)->bytes, QUICK_BYTES);
		do {
			st = next_identifier(w, &more);
			if (st)
				return st;
		} while (more && (w->name_bytes != n || memcmp(w->name, path, n) != 0));
		if (!more)
			break;
		st = read_node(w, w->fid.icb);
		path += n;
	}
	return st ? st : ISOKIT_E_NOT_FOUND;
}

static enum isokit_status next_file(struct walk *w, bool *ret_more)
{
	enum isokit_status st = next_identifier(w, ret_more);

	if (st || !*ret_more)
		return st;
	if (w->report && model_name_set_add(&top(w)->names, w->name, w->name_bytes,
					    &w->name_budget))
		find(w, ISOKIT_F_NAME_DUPLICATE, w->fid_at, w->fid.length, 0, 0);
	return read_node(w, w->fid.icb);
}

static enum isokit_status walk_from(struct walk *w, const char *path)
{
	enum isokit_status st = seek(w, path);
	size_t base;

	if (st == ISOKIT_E_NOT_FOUND)
		return isokit_fail(w->err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path,
				   "is not in the image");
	base = w->n_levels;
	while (!st) {
		bool more = false;

		st = visit(w);
		if (!st && w->has_node && w->node.e.type == ONDISK_UDF_TYPE_DIRECTORY)
			st = enter(w);
		while (!st && !more) {
			if (w->n_levels == base)
				return ISOKIT_OK;
			st = next_file(w, &more);
			if (!st && !more)
				leave(w);
		}
	}
	return st;
}

static enum isokit_status start(struct walk *w, struct isokit_image *img,
				struct isokit_error *err)
{
	enum isokit_status st = model_udf_reader_init(&w->r, img, img->udf, err);

	w->img = img;
	w->err = err;
	w->folder_budget = img->facts.size + 1024 * 1024;
	w->scan_budget = 4 * 1024 * 1024;
	w->name_budget = NAME_SLOTS;
	if (st)
		return st;
	w->buffer = malloc(BUFFER_BYTES);
	return w->buffer ? ISOKIT_OK : isokit_fail_nomem(err, img->facts.path, BUFFER_BYTES);
}

static void finish(struct walk *w)
{
	while (w->n_levels)
		leave(w);
	for (size_t i = 0; i < w->capacity_levels; i++)
		model_name_set_free(&w->levels[i].names, &w->name_budget);
	free(w->levels);
	free(w->buffer);
	model_udf_node_free(&w->node);
	model_udf_reader_free(&w->r);
	model_lba_set_free(&w->visited);
	model_lba_set_free(&w->linked);
	text_free(&w->path);
	text_free(&w->target);
}

enum isokit_status model_udf_walk(struct isokit_image *img, const char *path,
				  isokit_visit_fn visitor, void *ctx, struct isokit_error *err)
{
	enum isokit_status st;
	struct walk *w;

	if (!img->facts.namespaces[ISOKIT_NS_UDF].present)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, img->facts.path,
				   "has no udf names");
	if (!img->udf || !img->udf->has_root)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, img->facts.path,
				   "the root folder of its UDF volume cannot be read");
	w = calloc(1, sizeof(*w));
	if (!w)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*w));
	st = start(w, img, err);
	w->visit = visitor;
	w->ctx = ctx;
	if (!st)
		st = walk_from(w, path);
	finish(w);
	free(w);
	return st;
}

/* ---- several paths at once ---------------------------------------------------------------- */

struct finder {
	const char *const *paths;
	bool *done;
	size_t n, left;
	model_udf_found_fn found;
	void *ctx;
	uint64_t bytes; /* of folders that may still be read */
	unsigned folders;
};

/* Is the name in the folder at the top one of a path, or on the way to it? The names
 * before it are compared last: they seldom decide. */
static bool is_on_way(struct walk *w, const char *path, bool *ret_end)
{
	size_t n = strlen(path), folder = top(w)->path_bytes, at = folder + w->name_bytes;
	bool any = path[n - 1] == '*' && n - 1 >= folder && !strchr(path + folder, '/');

	if (n < folder || (any ? at < n - 1 : at > n || (path[at] && path[at] != '/')))
		return false;
	if (!ascii_equal_nocase(path + folder, w->name, any ? n - 1 - folder : w->name_bytes))
		return false;
	*ret_end = any || !path[at];
	return ascii_equal_nocase(path, w->path.bytes, folder);
}

/* Into the folder of w->node, as far as the search goes. */
static enum isokit_status find_enter(struct walk *w, struct finder *f)
{
	size_t depth = w->n_levels;
	enum isokit_status st;

	if (!f->bytes || !f->folders || !w->has_node ||
	    w->node.e.type != ONDISK_UDF_TYPE_DIRECTORY)
		return ISOKIT_OK;
	st = enter(w);
	if (st || w->n_levels == depth)
		return st;
	top(w)->bytes = min_u64(top(w)->bytes, min_u64(QUICK_BYTES, f->bytes));
	f->bytes -= top(w)->bytes;
	f->folders--;
	return ISOKIT_OK;
}

/* The name that was read: tell whoever asked for it, and go in where more lies below. */
static enum isokit_status find_take(struct walk *w, struct finder *f)
{
	bool read = false, below = false;

	for (size_t i = 0; i < f->n; i++) {
		enum isokit_status st = ISOKIT_OK;
		bool end;

		if (f->done[i] || !is_on_way(w, f->paths[i], &end))
			continue;
		if (!read) {
			st = read_node(w, w->fid.icb);
			if (!st)
				st = make_entry(w);
			read = true;
		}
		if (st)
			return st;
		below |= !end;
		if (!end)
			continue;
		w->entry.path = path_of(w, &w->entry.path_bytes);
		if (!w->entry.path)
			return isokit_fail_nomem(w->err, w->img->facts.path, 0);
		w->entry.name = w->entry.path + top(w)->path_bytes;
		f->done[i] = true;
		f->left--;
		if (f->found(f->ctx, i, &w->entry))
			return isokit_fail(w->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
					   w->img->facts.path, "stopped by the caller");
	}
	return below ? find_enter(w, f) : ISOKIT_OK;
}

enum isokit_status model_udf_find(struct isokit_image *img, const char *const *paths, size_t n,
				  model_udf_found_fn found, void *ctx, struct isokit_error *err)
{
	struct finder f = { .paths = paths, .n = n, .left = n, .found = found, .ctx = ctx,
			    .bytes = FIND_BYTES, .folders = FIND_FOLDERS };
	enum isokit_status st = ISOKIT_OK;
	struct walk *w;

	if (!n || !img->udf || !img->udf->has_root)
		return ISOKIT_OK;
	w = calloc(1, sizeof(*w));
	f.done = calloc(n, sizeof(*f.done));
	if (!w || !f.done)
		st = isokit_fail_nomem(err, img->facts.path, sizeof(*w));
	if (!st)
		st = start(w, img, err);
	if (!st)
		st = set_root(w);
	if (!st)
		st = find_enter(w, &f);
	while (!st && w->n_levels && f.left) {
		bool more = false;

		st = next_identifier(w, &more);
		if (!st && more)
			st = find_take(w, &f);
		else if (!st)
			leave(w);
	}
	if (w)
		finish(w);
	free(w);
	free(f.done);
	return st;
}

/* ---- counting -------------------------------------------------------------------------------- */

static void keep_counts(struct walk *w)
{
	const struct isokit_udf *f = &w->img->facts.udf;
	struct isokit_namespace *ns = &w->img->facts.namespaces[ISOKIT_NS_UDF];
	uint64_t names = w->files + w->symlinks, at = w->r.v->integrity_at;

	ns->counted = true;
	ns->files = w->files;
	ns->directories = w->directories;
	ns->symlinks = w->symlinks;
	if (w->incomplete)
		return; /* what was not found cannot be counted against the volume */
	for (size_t i = 0; i < w->linked.capacity; i++) {
		const struct lba_slot *l = &w->linked.slots[i];

		/* What is left are links without a name, or names too many. */
		if (l->key1 && l->value && w->reported[ISOKIT_F_UDF_LINKS]++ < FINDINGS_PER_CODE)
			model_find(w->img, ISOKIT_F_UDF_LINKS,
				   (uint64_t)(l->key1 - 1) * w->r.v->block_bytes + 48, 2,
				   "a file with several names",
				   l->value > UINT16_MAX ? UINT32_MAX - l->value + 1 : l->value, 0);
	}
	if (f->has_counts && (f->closed || w->r.v->virtual_counts) &&
	    (f->directories != w->directories ||
	     (f->files != names && f->files != names - w->extra_links))) {
		struct text t = { 0 };

		text_addf(&t, "%llu files and %llu folders", (unsigned long long)names,
			  (unsigned long long)w->directories);
		model_find(w->img, ISOKIT_F_UDF_COUNTS, w->r.v->virtual_counts ? ISOKIT_NO_OFFSET : at, 0,
			   text_string(&t), f->files, f->directories);
		text_free(&t);
	}
	if (f->closed && w->r.v->next_unique_id && w->highest_id >= w->r.v->next_unique_id)
		model_find(w->img, ISOKIT_F_UDF_UNIQUE_ID, at == ISOKIT_NO_OFFSET ? at : at + 40, 8, NULL,
			   w->r.v->next_unique_id, w->highest_id);
}

enum isokit_status model_udf_count(struct isokit_image *img, struct isokit_error *err)
{
	enum isokit_status st;
	struct walk *w;

	if (!img->udf || !img->udf->has_root)
		return ISOKIT_OK;
	st = model_udf_compare_mirrors(img, err);
	if (st)
		return st;
	w = calloc(1, sizeof(*w));
	if (!w)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*w));
	st = start(w, img, err);
	w->report = w->r.report = true;
	if (!st)
		st = walk_from(w, "/");
	if (!st)
		keep_counts(w);
	finish(w);
	free(w);
	return st;
}

/* ---- which tree shows more --------------------------------------------------------------------- */

enum { FEW_NAMES = 4 };

static int glance(void *ctx, const struct isokit_entry *e)
{
	size_t *names = ctx;

	*names += e->depth > 0;
	return *names > FEW_NAMES;
}

/* How many names a tree has, as far as FEW_NAMES + 1; 0 where it cannot be walked. */
static enum isokit_status count_few(struct isokit_image *img, enum isokit_namespace_kind ns,
				    size_t *ret_names, struct isokit_error *err)
{
	struct isokit_error failure;
	enum isokit_status st;

	*ret_names = 0;
	st = isokit_image_walk(img, ns, "/", glance, ret_names, &failure);
	if (st != ISOKIT_E_IO && st != ISOKIT_E_NOMEM && st != ISOKIT_E_CHANGED)
		return ISOKIT_OK;
	if (err)
		*err = failure;
	return st;
}

/* Windows media show one file, README.TXT, to systems without UDF, and have all the
 * others in UDF alone. */
enum isokit_status model_udf_prefer(struct isokit_image *img, struct isokit_error *err)
{
	enum isokit_namespace_kind best;
	size_t plain, udf;
	enum isokit_status st;

	if (!img->udf->has_root || !img->facts.primary)
		return ISOKIT_OK;
	best = model_best_tree(img);
	st = count_few(img, best, &plain, err);
	if (st || plain > FEW_NAMES)
		return st;
	st = count_few(img, ISOKIT_NS_UDF, &udf, err);
	img->udf->holds_more = udf > plain;
	return st;
}
