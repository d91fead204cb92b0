/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of XFS, versions 4 and 5. What is only in its log is not replayed. */
#include "ondisk/xfs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "volume/files.h"

/* Folders keep their names below this byte, and indexes above. */
#define NAMES_END (UINT64_C(1) << 35)

enum { MOST_LEVELS = 9, MOST_INODE = 2048, MOST_BLOCK = 64 * 1024 };

struct runs {
	struct gather_run *items;
	size_t n, capacity;
};

struct reader {
	struct volume_files f;
	struct isokit_source *volume;
	struct ondisk_xfs x;
	struct runs runs;      /* of the file at hand */
	struct runs attribute_runs;
	uint8_t *block;        /* of a folder, or a leaf of attributes */
	uint8_t *node;         /* of a tree of extents */
	bool doubtful;         /* a checksum was wrong since somebody looked here */
};

static void no_memory(struct reader *r)
{
	gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for the places of a file");
}

/* A block is read whatever its checksum says; that of the file at hand, or of a folder, is told. */
static void check_sum(struct reader *r, const uint8_t *block, size_t bytes, size_t at)
{
	if (!ondisk_xfs_is_sound(&r->x, block, bytes, at))
		r->doubtful = true;
}

static bool was_doubtful(struct reader *r)
{
	bool was = r->doubtful;

	r->doubtful = false;
	return was;
}

/* ---- places ------------------------------------------------------------------------------ */

/* False: it lies where nothing is, or they are in no order. */
static bool add_extents(struct reader *r, const uint8_t *p, uint64_t n, struct runs *out)
{
	for (; n; n--, p += ONDISK_XFS_EXTENT_BYTES) {
		const struct gather_run *last;
		struct ondisk_xfs_extent e;
		uint64_t at;

		ondisk_xfs_extent_decode(p, &e);
		if (!gather_spend(&r->f.g, ONDISK_XFS_EXTENT_BYTES))
			return false;
		if (e.unwritten || e.blocks == 0)
			continue;
		at = ondisk_xfs_block_at(&r->x, e.block);
		last = out->n ? &out->items[out->n - 1] : NULL;
		if (at == ONDISK_XFS_NOWHERE || e.at >> (62 - r->x.block_shift) ||
		    (last && last->at + last->bytes > e.at << r->x.block_shift))
			return false;
		if (!ARRAY_RESERVE(out->items, out->capacity, out->n + 1)) {
			no_memory(r);
			return false;
		}
		out->items[out->n++] = (struct gather_run){
			.at = e.at << r->x.block_shift, /* 54 bits and at most 16 */
			.offset = at,
			.bytes = e.blocks << r->x.block_shift,
		};
	}
	return true;
}

static bool read_node(struct reader *r, uint64_t block, struct ondisk_xfs_node *ret)
{
	uint64_t at = ondisk_xfs_block_at(&r->x, block);

	if (at == ONDISK_XFS_NOWHERE || !gather_spend(&r->f.g, r->x.block_bytes) ||
	    !volume_try_read(r->volume, at, r->node, r->x.block_bytes) ||
	    !ondisk_xfs_node_decode(&r->x, r->node, ret))
		return false;
	check_sum(r, r->node, r->x.block_bytes, ONDISK_XFS_SUM_OF_EXTENTS);
	return true;
}

/* All extents of a fork. False: damaged. */
static bool collect(struct reader *r, const struct ondisk_xfs_fork *f, struct runs *out)
{
	struct ondisk_xfs_node node;
	unsigned level;

	out->n = 0;
	if (f->format == ONDISK_XFS_EXTENTS)
		return add_extents(r, f->bytes, f->extents, out);
	if (f->format != ONDISK_XFS_BTREE || !ondisk_xfs_root_decode(f, &node) ||
	    node.level > MOST_LEVELS)
		return false;
	/* Down to the first leaf, and then from each to the one right of it. */
	for (level = node.level; level; level--) {
		if (!read_node(r, get_be64(node.records), &node) || node.level != level - 1)
			return false;
	}
	while (add_extents(r, node.records, node.n, out)) {
		if (node.right == ONDISK_XFS_NOWHERE)
			return true;
		if (!read_node(r, node.right, &node) || node.level != 0)
			return false;
	}
	return false;
}

/* Bytes of a fork; holes are zeros. False: not all there. */
static bool read_fork(struct reader *r, const struct runs *runs, uint64_t at, uint8_t *to,
		      size_t bytes)
{
	size_t low = 0, high = runs->n;

	memset(to, 0, bytes);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (runs->items[mid].at + runs->items[mid].bytes <= at)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < runs->n && runs->items[low].at < at + bytes; low++) {
		const struct gather_run *run = &runs->items[low];
		uint64_t from = max_u64(run->at, at), end = min_u64(run->at + run->bytes, at + bytes);

		if (from < end && !volume_try_read(r->volume, run->offset + (from - run->at),
						   to + (from - at), (size_t)(end - from)))
			return false;
	}
	return true;
}

/* ---- attributes ------------------------------------------------------------------------------- */

/* The lists of IRIX, as Linux shows them. Returns the bytes of `out`; 0: it is none. */
static size_t acl_as_linux_has_it(const uint8_t *p, size_t bytes, uint8_t *out, size_t room)
{
	enum { LINUX_VERSION = 2, ENTRY_BYTES = 12, USER = 2, GROUP = 8 };
	size_t n = bytes < 4 ? 0 : get_be32(p);

	if (n == 0 || n > (bytes - 4) / ENTRY_BYTES || n > (room - 4) / 8)
		return 0;
	put_le32(out, LINUX_VERSION);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *e = p + 4 + i * ENTRY_BYTES;
		uint32_t tag = get_be32(e);

		put_le16(out + 4 + i * 8, (uint16_t)tag);
		put_le16(out + 4 + i * 8 + 2, get_be16(e + 8));
		put_le32(out + 4 + i * 8 + 4,
			 tag == USER || tag == GROUP ? get_be32(e + 4) : UINT32_MAX);
	}
	return 4 + n * 8;
}

static void take_attribute(struct reader *r, struct tree_node *n,
			   const struct ondisk_xfs_attribute *a, const uint8_t *value)
{
	static const char access[] = "SGI_ACL_FILE", standard[] = "SGI_ACL_DEFAULT";
	uint8_t acl[4 + 8 * 512];
	char name[16 + 256];
	const char *space = a->root ? "trusted." : a->secure ? "security." : "user.";
	size_t space_bytes = strlen(space), acl_bytes = 0;
	bool is_access, is_standard;

	if (a->hidden || memchr(a->name, '\0', a->name_bytes))
		return;
	memcpy(name, space, space_bytes);
	memcpy(name + space_bytes, a->name, a->name_bytes);
	name[space_bytes + a->name_bytes] = '\0';
	is_access = a->root && strcmp(name + space_bytes, access) == 0;
	is_standard = a->root && strcmp(name + space_bytes, standard) == 0;
	if (is_access || is_standard)
		acl_bytes = acl_as_linux_has_it(value, a->value_bytes, acl, sizeof(acl));
	if (acl_bytes)
		volume_files_xattr(&r->f, n, is_access ? "system.posix_acl_access" :
							 "system.posix_acl_default",
				   acl, acl_bytes);
	else
		volume_files_xattr(&r->f, n, name, value, a->value_bytes);
}

/* A value in blocks of its own; owned by caller. */
static uint8_t *remote_value(struct reader *r, const struct ondisk_xfs_attribute *a)
{
	size_t skip = r->x.v5 ? ONDISK_XFS_REMOTE_HEADER : 0, each = r->x.block_bytes - skip;
	uint8_t *value, *block;
	bool ok;

	if (a->value_bytes > TREE_XATTR_MAX_VALUE || !gather_spend(&r->f.g, a->value_bytes))
		return NULL;
	value = gather_alloc(&r->f.g, a->value_bytes + 1);
	block = gather_alloc(&r->f.g, r->x.block_bytes);
	ok = value && block;
	for (size_t at = 0, i = 0; ok && at < a->value_bytes; at += each, i++) {
		ok = read_fork(r, &r->attribute_runs,
			       (a->value_block + (uint64_t)i) << r->x.block_shift, block,
			       r->x.block_bytes);
		if (!ok)
			break;
		memcpy(value + at, block + skip, min_u64(each, a->value_bytes - at));
		check_sum(r, block, r->x.block_bytes, ONDISK_XFS_SUM_OF_REMOTE);
	}
	free(block);
	if (ok)
		return value;
	free(value);
	return NULL;
}

/* One leaf. */
static void take_leaf(struct reader *r, unsigned n_attributes, struct tree_node *n)
{
	for (unsigned i = 0; i < n_attributes; i++) {
		struct ondisk_xfs_attribute a;
		uint8_t *value = NULL;

		if (!ondisk_xfs_leaf_attribute(&r->x, r->block, i, &a)) {
			gather_lost(&r->f.g, VOLUME_LOST_XATTR);
			continue;
		}
		if (!a.value) {
			value = remote_value(r, &a);
			if (!value) {
				gather_lost(&r->f.g, VOLUME_LOST_XATTR);
				continue;
			}
		}
		take_attribute(r, n, &a, value ? value : a.value);
		free(value);
	}
}

static void take_attributes(struct reader *r, const struct ondisk_xfs_inode *i,
			    struct tree_node *n)
{
	struct ondisk_xfs_attribute a;
	unsigned count, down = 0;
	uint32_t at = 0, next;
	size_t short_at = 0;

	if (!i->has_attributes)
		return;
	if (i->attributes.format == ONDISK_XFS_LOCAL) {
		while (ondisk_xfs_short_attribute(&i->attributes, &short_at, &a))
			take_attribute(r, n, &a, a.value);
		return;
	}
	if (i->attributes.format == ONDISK_XFS_EXTENTS && i->attributes.extents == 0)
		return;
	if (!collect(r, &i->attributes, &r->attribute_runs)) {
		gather_lost(&r->f.g, VOLUME_LOST_XATTR);
		return;
	}
	do {
		bool leaf;

		if (!gather_spend(&r->f.g, r->x.block_bytes) ||
		    !read_fork(r, &r->attribute_runs, (uint64_t)at << r->x.block_shift, r->block,
			       r->x.block_bytes)) {
			gather_lost(&r->f.g, VOLUME_LOST_XATTR);
			return;
		}
		leaf = ondisk_xfs_attribute_leaf(&r->x, r->block, &count, &next);
		check_sum(r, r->block, r->x.block_bytes, ONDISK_XFS_SUM_OF_ATTRIBUTES);
		if (leaf)
			take_leaf(r, count, n);
		else if (++down > MOST_LEVELS || next == 0)
			return;
		at = next;
	} while (at);
}

/* ---- inodes -------------------------------------------------------------------------------------- */

/* The inode's bytes stay in `raw`, which the forks point into. */
static bool read_inode(struct reader *r, uint64_t inode, uint8_t raw[MOST_INODE],
		       struct ondisk_xfs_inode *ret)
{
	uint64_t at = ondisk_xfs_inode_at(&r->x, inode);

	if (at == ONDISK_XFS_NOWHERE || !volume_try_read(r->volume, at, raw, r->x.inode_bytes) ||
	    !ondisk_xfs_inode_decode(&r->x, raw, ret))
		return false;
	check_sum(r, raw, r->x.inode_bytes, ONDISK_XFS_SUM_OF_INODE);
	return true;
}

static void take_target(struct reader *r, const struct ondisk_xfs_inode *i, struct tree_node *n)
{
	enum { MOST = 4096 };
	uint8_t target[MOST], *block = r->block;
	size_t skip = r->x.v5 ? ONDISK_XFS_REMOTE_HEADER : 0, each = r->x.block_bytes - skip;

	if (i->size == 0 || i->size >= MOST)
		return;
	if (i->data.format == ONDISK_XFS_LOCAL) {
		gather_target(&r->f.g, n, i->data.bytes, min_u64(i->size, i->data.n));
		return;
	}
	if (!collect(r, &i->data, &r->runs))
		return;
	for (size_t at = 0, k = 0; at < i->size; at += each, k++) {
		if (!read_fork(r, &r->runs, (uint64_t)k << r->x.block_shift, block,
			       r->x.block_bytes))
			return;
		check_sum(r, block, r->x.block_bytes, ONDISK_XFS_SUM_OF_REMOTE);
		memcpy(target + at, block + skip, min_u64(each, i->size - at));
	}
	gather_target(&r->f.g, n, target, (size_t)i->size);
}

static void take_inode(struct reader *r, const struct ondisk_xfs_inode *i, struct tree_node *n)
{
	n->uid = i->uid;
	n->gid = i->gid;
	gather_time(n, i->mtime, i->mtime_ns);
	if (i->immutable)
		gather_lost(&r->f.g, VOLUME_LOST_FLAG);
	if (S_ISREG(i->mode)) {
		if (!i->realtime && i->size <= INT64_MAX && collect(r, &i->data, &r->runs))
			(void)gather_runs(&r->f.g, n, i->size, r->runs.items, r->runs.n);
		else
			gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	} else if (S_ISLNK(i->mode)) {
		take_target(r, i, n);
	} else if ((S_ISCHR(i->mode) || S_ISBLK(i->mode)) && i->data.n >= 4) {
		uint32_t device = get_be32(i->data.bytes);

		n->u.rdev = makedev(device >> 18, device & 0x3ffff);
	}
	take_attributes(r, i, n);
}

static void take_name(struct reader *r, uint64_t folder, const struct ondisk_xfs_name *name)
{
	struct gather *g = &r->f.g;
	struct ondisk_xfs_inode i;
	uint8_t raw[MOST_INODE];
	struct tree_node *n;
	bool known;

	if (name->bytes == 0 || (name->bytes <= 2 && memcmp(name->name, "..", name->bytes) == 0) ||
	    gather_link(g, folder, name->inode, name->name, name->bytes))
		return;
	known = read_inode(r, name->inode, raw, &i);
	n = gather_name(g, folder, name->inode, known ? i.mode : 0, name->name, name->bytes);
	if (n && known)
		take_inode(r, &i, n);
	if (was_doubtful(r) && n)
		gather_lost(g, VOLUME_LOST_CHECKSUM);
}

/* ---- folders --------------------------------------------------------------------------------------- */

/* A block of names. Blocks of attributes are read meanwhile, so it has memory of its own. */
static bool take_block(struct reader *r, uint64_t folder, const uint8_t *block)
{
	struct ondisk_xfs_name name;
	size_t at = 0;

	if (memcmp(block, r->x.v5 ? "XDB3" : "XD2B", 4) != 0 &&
	    memcmp(block, r->x.v5 ? "XDD3" : "XD2D", 4) != 0)
		return false;
	check_sum(r, block, r->x.directory_bytes, ONDISK_XFS_SUM_OF_NAMES);
	if (was_doubtful(r))
		gather_lost_of(&r->f.g, folder, VOLUME_LOST_CHECKSUM);
	while (!r->f.g.status && ondisk_xfs_name(&r->x, block, &at, &name))
		take_name(r, folder, &name);
	return true;
}

static bool take_blocks(struct reader *r, uint64_t folder, const struct runs *runs, uint8_t *block)
{
	uint32_t bytes = r->x.directory_bytes;
	uint64_t next = 0;
	bool sound = true;

	for (size_t i = 0; i < runs->n && !r->f.g.status; i++) {
		const struct gather_run *run = &runs->items[i];
		uint64_t at = max_u64(next, run->at / bytes * bytes);

		for (; at < run->at + run->bytes && at < NAMES_END && !r->f.g.status;
		     at += bytes) {
			sound = gather_spend(&r->f.g, bytes) &&
				read_fork(r, runs, at, block, bytes) &&
				take_block(r, folder, block) && sound;
			next = at + bytes;
		}
	}
	return sound;
}

/* False: not all of it could be read. */
static bool read_folder(struct reader *r, uint64_t folder, uint8_t *block)
{
	struct ondisk_xfs_inode i;
	struct ondisk_xfs_name name;
	uint8_t raw[MOST_INODE];
	struct runs runs = { 0 };
	size_t at = 0;
	bool ok;

	if (!read_inode(r, folder, raw, &i) || !S_ISDIR(i.mode))
		return false;
	if (i.data.format == ONDISK_XFS_LOCAL) {
		(void)was_doubtful(r); /* told where its name was met */
		while (!r->f.g.status && ondisk_xfs_short_name(&r->x, &i.data, &at, &name))
			take_name(r, folder, &name);
		return true;
	}
	(void)was_doubtful(r); /* its inode: told where its name was met */
	ok = collect(r, &i.data, &runs);
	if (was_doubtful(r))
		gather_lost_of(&r->f.g, folder, VOLUME_LOST_CHECKSUM);
	ok = ok && take_blocks(r, folder, &runs, block);
	free(runs.items);
	return ok;
}

static void read_all(struct reader *r)
{
	uint64_t folder = r->x.root;
	struct ondisk_xfs_inode i;
	uint8_t raw[MOST_INODE], *block;
	struct tree_node *root;

	r->block = malloc(r->x.block_bytes);
	r->node = malloc(r->x.block_bytes);
	block = malloc(r->x.directory_bytes);
	if (!r->block || !r->node || !block) {
		no_memory(r);
	} else if (!read_inode(r, folder, raw, &i) || !S_ISDIR(i.mode)) {
		gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "the root folder cannot be read");
	} else if ((root = gather_root(&r->f.g, folder)) != NULL) {
		root->mode = i.mode;
		take_inode(r, &i, root);
		if (was_doubtful(r))
			gather_lost(&r->f.g, VOLUME_LOST_CHECKSUM);
		do {
			if (!read_folder(r, folder, block))
				gather_lost_folder(&r->f.g, folder);
		} while (gather_folder(&r->f.g, &folder));
	}
	free(block);
	free(r->block);
	free(r->node);
}

static enum isokit_status read_xfs(struct isokit_source *volume, struct tree *t, const char *dest,
				   const struct volume_read_options *options,
				   struct volume_mount **ret_mount, struct isokit_error *err)
{
	uint8_t raw[ONDISK_XFS_SUPER_BYTES];
	struct reader *r = calloc(1, sizeof(*r));
	enum isokit_status st;

	if (!r)
		return isokit_fail_nomem(err, "XFS", sizeof(*r));
	r->volume = volume;
	st = volume_files_begin(&r->f, volume, t, "XFS", options, err);
	if (!st && (!volume_try_read(volume, 0, raw, sizeof(raw)) ||
		    !ondisk_xfs_decode(raw, &r->x)))
		st = gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "its superblock cannot be read");
	if (!st)
		read_all(r);
	st = volume_files_end(&r->f, r->x.root, dest, ret_mount);
	free(r->runs.items);
	free(r->attribute_runs.items);
	free(r);
	return st;
}

static bool probe_xfs(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t raw[ONDISK_XFS_SUPER_BYTES];
	struct ondisk_xfs x;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) || !ondisk_xfs_decode(raw, &x))
		return false;
	v->fs = ISOKIT_FS_XFS;
	volume_name(v->label, sizeof(v->label), x.label, x.label_bytes);
	return true;
}

const struct filesystem filesystem_xfs = {
	.fs = ISOKIT_FS_XFS, .probe = probe_xfs, .read = read_xfs,
};
