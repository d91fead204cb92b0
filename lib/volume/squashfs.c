/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of SquashFS 4, with every compression that lib/codec expands. Tails of files
 * that share a block ("fragments") are ranges of one source, so that a small file costs
 * nothing but its node; blocks are expanded by as many threads as read. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "volume/files.h"
#include "volume/squashfs_meta.h"

enum {
	SUPER_BYTES = 96,
	INODE_BYTES = 16, MOST_INODE_BYTES = 40,
	DIRECTORY = 1, REGULAR, SYMLINK, BLOCK, CHARACTER, FIFO, SOCKET,
	EXTENDED = 7, /* the same kinds again */
	NO_FRAGMENT = 0xffffffff, NO_XATTR = 0xffffffff,
	ENTRY_COST = 64, /* of gather_spend(): a name of a file is compressed well */
	LEAST_COST = 8 << 20, COST_OF_BYTE = 16,
};

struct reader {
	struct volume_files f;
	struct isokit_source *volume;
	struct squashfs_super super;
	struct codec *codec;
	enum codec_kind kind;
	struct units *units;
	struct squashfs_meta *meta;
	struct isokit_source *fragments; /* all fragment blocks, one after the other */
	uint64_t xattr_start;
	bool has_xattrs;
};

/* What is shared by contents, until the mount ends. */
struct blocks {
	struct isokit_source *volume;
	struct codec *codec;
	enum codec_kind kind;
	uint32_t block_bytes;
};

/* Where a block lies. */
struct place {
	uint64_t at;
	uint32_t size; /* as stored; 0: zeros */
};

struct content {
	struct blocks b;
	struct isokit_source *fragments; /* borrowed; NULL: no tail */
	uint64_t tail_at;                /* in it */
	size_t n;
	struct place places[];
};

static bool codec_of(unsigned compression, enum codec_kind *ret)
{
	static const enum codec_kind kinds[] = {
		[1] = CODEC_ZLIB, [2] = CODEC_LZMA, [3] = CODEC_LZO, [4] = CODEC_XZ,
		[5] = CODEC_LZ4_BLOCK, [6] = CODEC_ZSTD,
	};

	if (compression == 0 || compression > 6)
		return false;
	*ret = kinds[compression];
	return true;
}

static bool probe_squashfs(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t raw[SUPER_BYTES];
	struct squashfs_super s;
	enum codec_kind kind;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) || memcmp(raw, "hsqs", 4) != 0)
		return false;
	v->fs = ISOKIT_FS_SQUASHFS;
	if (get_le16(raw + 28) != 4)
		v->unreadable = "only version 4 is read";
	else if (!squashfs_super_decode(raw, &s))
		v->unreadable = "its superblock is damaged";
	else if (!codec_of(s.compression, &kind))
		v->unreadable = "its compression is not known";
	return true;
}

/* ---- contents -------------------------------------------------------------------------------- */

static enum isokit_status expand_block(void *file, uint64_t unit, uint8_t *out, size_t length,
				       struct isokit_error *err)
{
	const struct content *c = file;

	if (unit >= c->n)
		return isokit_source_read_at(c->fragments, c->tail_at, out, length, err);
	if (c->places[unit].size == 0) {
		memset(out, 0, length);
		return ISOKIT_OK;
	}
	return squashfs_block_expand(c->b.volume, c->b.codec, c->b.kind, c->places[unit].at,
				     c->places[unit].size, out, length, NULL, err);
}

static bool block_is_hole(void *file, uint64_t unit)
{
	const struct content *c = file;

	return unit < c->n && c->places[unit].size == 0;
}

/* All of it is stored as it is, so that it can be ranges of the volume. */
static bool all_stored(const struct content *c, uint64_t size)
{
	for (size_t i = 0; i < c->n; i++) {
		uint64_t want = min_u64(c->b.block_bytes, size - i * (uint64_t)c->b.block_bytes);

		if (c->places[i].size && c->places[i].size != (want | SQUASHFS_STORED))
			return false;
	}
	return !c->fragments;
}

static void use_runs(struct reader *r, const struct content *c, uint64_t size,
		     struct tree_node *n)
{
	struct gather_run *runs = calloc(c->n + 1, sizeof(*runs));

	if (!runs) {
		gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for the places of a file");
		return;
	}
	for (size_t i = 0; i < c->n; i++)
		runs[i] = (struct gather_run){
			.at = i * (uint64_t)c->b.block_bytes,
			.offset = c->places[i].size ? c->places[i].at : GATHER_HOLE,
			.bytes = c->b.block_bytes,
		};
	(void)gather_runs(&r->f.g, n, size, runs, c->n);
	free(runs);
}

/* False: damaged. */
static bool read_places(struct reader *r, struct squashfs_cursor *c, uint64_t at, size_t n,
			struct content *to)
{
	uint64_t volume_bytes = isokit_source_size(r->volume);
	uint8_t raw[4];

	for (size_t i = 0; i < n; i++) {
		uint32_t bytes;

		if (!squashfs_meta_read(r->meta, c, raw, sizeof(raw)))
			return false;
		to->places[i] = (struct place){ .at = at, .size = get_le32(raw) };
		bytes = to->places[i].size & (SQUASHFS_STORED - 1);
		if (bytes > to->b.block_bytes || !range_inside(at, bytes, volume_bytes))
			return false;
		at += bytes;
	}
	return true;
}

struct regular {
	uint64_t at, size;
	uint32_t fragment, fragment_at;
};

/* The whole of a small file is the tail of others. */
static void use_fragment(struct reader *r, const struct regular *f, struct tree_node *n)
{
	struct tree_range *range = arena_alloc(&r->f.g.t->arena, sizeof(*range));

	if (!range) {
		gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for the place of a file");
		return;
	}
	*range = (struct tree_range){
		.src = r->fragments,
		.offset = f->fragment * (uint64_t)r->super.block_bytes + f->fragment_at,
	};
	n->u.range = range;
	n->size = f->size;
	n->content = TREE_SOURCE;
}

static void take_content(struct reader *r, struct squashfs_cursor *cursor,
			 const struct regular *f, struct tree_node *n)
{
	struct gather *g = &r->f.g;
	uint32_t block = r->super.block_bytes;
	bool tail = f->fragment != NO_FRAGMENT;
	uint64_t blocks = tail ? f->size / block : div_up(f->size, block);
	struct units_file file = { .size = f->size, .unit_bytes = block, .expand = expand_block,
				   .is_hole = block_is_hole, .release = free };
	struct content *c;
	struct isokit_source *src;

	if (f->size == 0)
		return;
	if (tail && (!r->fragments || f->fragment >= r->super.n_fragments ||
		     !range_inside(f->fragment_at, f->size % block, block) || f->size % block == 0)) {
		gather_lost(g, VOLUME_LOST_UNREADABLE);
		return;
	}
	if (tail && blocks == 0) {
		use_fragment(r, f, n);
		return;
	}
	if (blocks > UINT32_MAX) {
		gather_lost(g, VOLUME_LOST_UNREADABLE);
		return;
	}
	if (!gather_spend(g, blocks * 4))
		return;
	c = malloc(sizeof(*c) + (size_t)blocks * sizeof(c->places[0]));
	if (!c) {
		gather_fail(g, ISOKIT_E_NOMEM, "no memory for the places of a file");
		return;
	}
	*c = (struct content){
		.b = { .volume = r->volume, .codec = r->codec, .kind = r->kind,
		       .block_bytes = block },
		.fragments = tail ? r->fragments : NULL,
		.tail_at = tail ? f->fragment * (uint64_t)block + f->fragment_at : 0,
		.n = (size_t)blocks,
	};
	if (!read_places(r, cursor, f->at, c->n, c)) {
		gather_lost(g, VOLUME_LOST_UNREADABLE);
		free(c);
	} else if (all_stored(c, f->size)) {
		use_runs(r, c, f->size, n);
		free(c);
	} else {
		file.file = c;
		g->status = units_source(r->units, &file, "SquashFS", &src, g->err);
		if (!g->status)
			gather_source(g, n, src);
	}
}

/* ---- fragments ----------------------------------------------------------------------------------- */

static enum isokit_status open_fragments(struct reader *r)
{
	struct gather *g = &r->f.g;
	uint32_t n = r->super.n_fragments;
	struct units_file file = { .size = n * (uint64_t)r->super.block_bytes,
				   .unit_bytes = r->super.block_bytes, .expand = expand_block,
				   .release = free };
	struct content *c;
	uint8_t raw[16];

	if (n == 0 || r->super.fragment_table == SQUASHFS_NO_TABLE)
		return ISOKIT_OK;
	if (n > isokit_source_size(r->volume))
		return gather_fail(g, ISOKIT_E_CORRUPT, "has more fragments than bytes");
	c = malloc(sizeof(*c) + n * sizeof(c->places[0]));
	if (!c)
		return gather_fail(g, ISOKIT_E_NOMEM, "no memory for its fragments");
	*c = (struct content){ .b = { .volume = r->volume, .codec = r->codec, .kind = r->kind,
				      .block_bytes = r->super.block_bytes }, .n = n };
	for (uint32_t i = 0; i < n; i++) {
		if (!squashfs_table_read(r->meta, r->super.fragment_table, i, sizeof(raw), raw)) {
			free(c);
			return gather_fail(g, ISOKIT_E_CORRUPT, "its table of fragments is damaged");
		}
		c->places[i] = (struct place){ .at = get_le64(raw), .size = get_le32(raw + 8) };
	}
	file.file = c;
	g->status = units_source(r->units, &file, "SquashFS", &r->fragments, g->err);
	if (!g->status)
		g->status = volume_mount_keep(r->f.mount, r->fragments, g->err);
	return g->status;
}

/* ---- extended attributes ---------------------------------------------------------------------------- */

static void open_xattrs(struct reader *r)
{
	uint8_t raw[16];

	if (r->super.xattr_table == SQUASHFS_NO_TABLE ||
	    !volume_try_read(r->volume, r->super.xattr_table, raw, sizeof(raw)))
		return;
	r->xattr_start = get_le64(raw);
	r->has_xattrs = true;
}

/* One of them. False: damaged. */
static bool take_xattr(struct reader *r, struct squashfs_cursor *c, struct tree_node *n)
{
	enum { OUT_OF_LINE = 0x100, MOST_NAME = 255 };
	static const char *const prefixes[] = { "user.", "trusted.", "security." };
	uint8_t head[4], *value = NULL;
	char name[16 + MOST_NAME + 1];
	unsigned type, prefix_bytes;
	struct squashfs_cursor at;
	uint32_t bytes;
	bool ok;

	if (!squashfs_meta_read(r->meta, c, head, 4))
		return false;
	type = get_le16(head);
	bytes = get_le16(head + 2);
	if ((type & 0xff) > 2 || bytes > MOST_NAME)
		return false;
	prefix_bytes = (unsigned)strlen(prefixes[type & 0xff]);
	memcpy(name, prefixes[type & 0xff], prefix_bytes);
	if (!squashfs_meta_read(r->meta, c, name + prefix_bytes, bytes))
		return false;
	name[prefix_bytes + bytes] = '\0';
	if (!squashfs_meta_read(r->meta, c, head, 4))
		return false;
	bytes = get_le32(head);
	at = *c;
	if (type & OUT_OF_LINE) {
		uint8_t pointer[8];

		if (bytes != 8 || !squashfs_meta_read(r->meta, c, pointer, 8))
			return false;
		at.block = r->xattr_start + (get_le64(pointer) >> 16);
		at.at = get_le64(pointer) & 0xffff;
		if (!squashfs_meta_read(r->meta, &at, head, 4))
			return false;
		bytes = get_le32(head);
	}
	if (bytes > TREE_XATTR_MAX_VALUE)
		return false;
	value = gather_alloc(&r->f.g, bytes + 1);
	ok = value && squashfs_meta_read(r->meta, &at, value, bytes);
	if (ok)
		volume_files_xattr(&r->f, n, name, value, bytes);
	if (!(type & OUT_OF_LINE))
		*c = at;
	free(value);
	return ok;
}

static void take_xattrs(struct reader *r, uint32_t index, struct tree_node *n)
{
	enum { MOST = 1024 };
	uint8_t raw[16];
	struct squashfs_cursor c;
	uint32_t count;

	if (index == NO_XATTR || !r->has_xattrs)
		return;
	if (!squashfs_table_read(r->meta, r->super.xattr_table + 16, index, sizeof(raw), raw)) {
		gather_lost(&r->f.g, VOLUME_LOST_XATTR);
		return;
	}
	c.block = r->xattr_start + (get_le64(raw) >> 16);
	c.at = get_le64(raw) & 0xffff;
	count = get_le32(raw + 8);
	if (count > MOST)
		gather_lost(&r->f.g, VOLUME_LOST_XATTR);
	for (uint32_t i = 0; i < count && i < MOST; i++) {
		if (!take_xattr(r, &c, n)) {
			gather_lost(&r->f.g, VOLUME_LOST_XATTR);
			return;
		}
	}
}

/* ---- inodes ----------------------------------------------------------------------------------------- */

struct inode {
	unsigned type;    /* DIRECTORY … SOCKET */
	bool extended;
	uint8_t raw[INODE_BYTES + MOST_INODE_BYTES];
	struct squashfs_cursor after;
};

static bool read_inode(struct reader *r, uint64_t reference, struct inode *ret)
{
	/* Bytes after the common 16. */
	static const uint8_t bytes[2][8] = { { 0, 16, 16, 8, 8, 8, 4, 4 },
					     { 0, 24, 40, 8, 12, 12, 8, 8 } };
	struct squashfs_cursor c = { .block = r->super.inode_table + (reference >> 16),
				     .at = reference & 0xffff };
	unsigned type;

	if (!squashfs_meta_read(r->meta, &c, ret->raw, INODE_BYTES))
		return false;
	type = get_le16(ret->raw);
	if (type == 0 || type > 2 * EXTENDED)
		return false;
	ret->extended = type > EXTENDED;
	ret->type = ret->extended ? type - EXTENDED : type;
	if (!squashfs_meta_read(r->meta, &c, ret->raw + INODE_BYTES,
				bytes[ret->extended][ret->type]))
		return false;
	ret->after = c;
	return true;
}

static uint32_t mode_of(const struct inode *i)
{
	static const uint32_t types[] = { 0, S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO,
					  S_IFSOCK };

	return types[i->type] | (get_le16(i->raw + 2) & 07777);
}

static uint32_t owner(struct reader *r, unsigned index)
{
	uint8_t raw[4];

	return index < r->super.n_ids &&
	       squashfs_table_read(r->meta, r->super.id_table, index, 4, raw) ? get_le32(raw) : 0;
}

static void take_regular(struct reader *r, const struct inode *i, struct tree_node *n)
{
	const uint8_t *p = i->raw + INODE_BYTES;
	struct squashfs_cursor c = i->after;
	struct regular f;

	if (i->extended)
		f = (struct regular){ .at = get_le64(p), .size = get_le64(p + 8),
				      .fragment = get_le32(p + 28),
				      .fragment_at = get_le32(p + 32) };
	else
		f = (struct regular){ .at = get_le32(p), .size = get_le32(p + 12),
				      .fragment = get_le32(p + 4),
				      .fragment_at = get_le32(p + 8) };
	if (f.size > INT64_MAX)
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	else
		take_content(r, &c, &f, n);
}

/* The number of its extended attributes stands behind the target. */
static uint32_t take_target(struct reader *r, const struct inode *i, struct tree_node *n)
{
	enum { MOST = 65536 };
	uint32_t bytes = get_le32(i->raw + INODE_BYTES + 4), xattr = NO_XATTR;
	struct squashfs_cursor c = i->after;
	uint8_t *target, raw[4];

	if (bytes == 0 || bytes > MOST)
		return NO_XATTR;
	target = gather_alloc(&r->f.g, bytes);
	if (target && squashfs_meta_read(r->meta, &c, target, bytes)) {
		gather_target(&r->f.g, n, target, bytes);
		if (i->extended && squashfs_meta_read(r->meta, &c, raw, 4))
			xattr = get_le32(raw);
	}
	free(target);
	return xattr;
}

static void take_inode(struct reader *r, const struct inode *i, struct tree_node *n)
{
	const uint8_t *p = i->raw + INODE_BYTES;
	uint32_t xattr = NO_XATTR, device;

	n->uid = owner(r, get_le16(i->raw + 4));
	n->gid = owner(r, get_le16(i->raw + 6));
	gather_time(n, get_le32(i->raw + 8), 0);
	switch (i->type) {
	case DIRECTORY: xattr = i->extended ? get_le32(p + 20) : NO_XATTR; break;
	case REGULAR:
		take_regular(r, i, n);
		xattr = i->extended ? get_le32(p + 36) : NO_XATTR;
		break;
	case SYMLINK: xattr = take_target(r, i, n); break;
	case BLOCK:
	case CHARACTER:
		device = get_le32(p + 4);
		n->u.rdev = makedev(device >> 8 & 0xfff, (device & 0xff) | (device >> 12 & 0xfff00));
		xattr = i->extended ? get_le32(p + 8) : NO_XATTR;
		break;
	default: xattr = i->extended ? get_le32(p + 4) : NO_XATTR; break;
	}
	take_xattrs(r, xattr, n);
}

/* ---- folders -------------------------------------------------------------------------------------------- */

static void take_entry(struct reader *r, uint64_t folder, uint64_t reference, const char *name,
		       size_t name_bytes)
{
	struct gather *g = &r->f.g;
	struct tree_node *n;
	struct inode i;
	bool known;

	if (!gather_spend(g, ENTRY_COST) || gather_link(g, folder, reference, name, name_bytes))
		return;
	known = read_inode(r, reference, &i);
	n = gather_name(g, folder, reference, known ? mode_of(&i) : 0, name, name_bytes);
	if (n && known)
		take_inode(r, &i, n);
}

/* False: damaged. */
static bool read_folder(struct reader *r, uint64_t folder)
{
	enum { NOTHING = 3 }; /* what the size says of an empty one */
	uint8_t head[12], entry[8];
	char name[256];
	struct squashfs_cursor c;
	struct inode i;
	const uint8_t *p = i.raw + INODE_BYTES;
	uint64_t left;

	if (!read_inode(r, folder, &i) || i.type != DIRECTORY)
		return false;
	c.block = r->super.directory_table + get_le32(p + (i.extended ? 8 : 0));
	c.at = get_le16(p + (i.extended ? 18 : 10));
	left = i.extended ? get_le32(p + 4) : get_le16(p + 8);
	left = left > NOTHING ? left - NOTHING : 0;
	while (left && !r->f.g.status) {
		uint32_t count, start;

		if (left < sizeof(head) || !squashfs_meta_read(r->meta, &c, head, sizeof(head)))
			return false;
		left -= sizeof(head);
		count = get_le32(head);
		start = get_le32(head + 4);
		if (count >= 256)
			return false;
		for (uint32_t k = 0; k <= count && !r->f.g.status; k++) {
			size_t bytes;

			if (left < sizeof(entry) ||
			    !squashfs_meta_read(r->meta, &c, entry, sizeof(entry)))
				return false;
			bytes = (size_t)get_le16(entry + 6) + 1;
			if (bytes > sizeof(name) || left < sizeof(entry) + bytes ||
			    !squashfs_meta_read(r->meta, &c, name, bytes))
				return false;
			left -= sizeof(entry) + bytes;
			take_entry(r, folder, (uint64_t)start << 16 | get_le16(entry), name, bytes);
		}
	}
	return true;
}

static void read_all(struct reader *r)
{
	struct gather *g = &r->f.g;
	uint64_t folder = r->super.root;
	struct tree_node *root;
	struct inode i;

	if (!read_inode(r, folder, &i) || i.type != DIRECTORY) {
		gather_fail(g, ISOKIT_E_CORRUPT, "the root folder cannot be read");
		return;
	}
	root = gather_root(g, folder);
	if (!root)
		return;
	root->mode = mode_of(&i);
	take_inode(r, &i, root);
	do {
		if (!read_folder(r, folder))
			gather_lost_folder(g, folder);
	} while (gather_folder(g, &folder));
}

static enum isokit_status read_squashfs(struct isokit_source *volume, struct tree *t,
					const char *dest,
					const struct volume_read_options *options,
					struct volume_mount **ret_mount, struct isokit_error *err)
{
	uint8_t raw[SUPER_BYTES];
	struct reader *r = calloc(1, sizeof(*r));
	enum isokit_status st;

	if (!r)
		return isokit_fail_nomem(err, "SquashFS", sizeof(*r));
	r->volume = volume;
	st = volume_files_begin(&r->f, volume, t, "SquashFS", options, err);
	if (!st && (!volume_try_read(volume, 0, raw, sizeof(raw)) ||
		    !squashfs_super_decode(raw, &r->super) ||
		    !codec_of(r->super.compression, &r->kind)))
		st = gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "its superblock cannot be read");
	if (!st)
		st = r->f.g.status = units_new(r->f.mount, &r->units, err);
	if (!st) {
		r->codec = units_codec(r->units);
		st = r->f.g.status = codec_load(r->codec, r->kind, err);
	}
	if (!st)
		st = r->f.g.status = squashfs_meta_new(&r->f.g, volume, r->codec, r->kind,
							   &r->meta, err);
	if (!st)
		st = open_fragments(r);
	if (!st) {
		r->f.g.bytes_left = max_u64(LEAST_COST,
					    isokit_source_size(volume) * COST_OF_BYTE);
		open_xattrs(r);
		read_all(r);
	}
	st = volume_files_end(&r->f, r->super.root, dest, ret_mount);
	squashfs_meta_free(r->meta);
	free(r);
	return st;
}

const struct filesystem filesystem_squashfs = {
	.fs = ISOKIT_FS_SQUASHFS, .probe = probe_squashfs, .read = read_squashfs,
};
