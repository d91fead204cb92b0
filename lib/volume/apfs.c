/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of APFS: all records of a volume are read once, in order; names are put
 * together with what they stand for at the end. Several volumes of a container become
 * folders. */
#include "volume/apfs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/pieces.h"
#include "volume/appledouble.h"
#include "volume/decmpfs.h"
#include "volume/files.h"
#include "volume/records.h"

enum {
	MOST_NUMBERED = 15, /* volumes that numbers of files have room for */
	FLAG_IMMUTABLE = 0x2 | 0x4 | 0x20000 | 0x40000, FLAG_COMPRESSED = 0x20,
	FLAG_HIDDEN = 0x8000,
	MOST_FOLDERS_NAME = 255,
};

static const char compression[] = "com.apple.decmpfs";
static const char resource_fork[] = "com.apple.ResourceFork";
static const char finder_info[] = "com.apple.FinderInfo";
static const char link_target[] = "com.apple.fs.symlink";
static const char security[] = "com.apple.system.Security";

struct inode {
	uint64_t id;
	struct ondisk_apfs_inode i;
};

struct name {
	uint64_t parent, file;
	const char *name;
	size_t bytes;
};

struct xattr {
	uint64_t id;
	const char *name;
	const uint8_t *value; /* NULL: a stream */
	size_t bytes;
	uint64_t stream, stream_bytes;
};

struct extent {
	uint64_t id;
	struct ondisk_apfs_extent e;
};

struct reader {
	struct volume_files f;
	struct apfs_container c;
	struct isokit_source *volume;
	struct units *units;
	struct arena arena; /* of one volume */
	bool hashed;
	uint64_t top; /* the volume's bits of numbers of files */
	struct inode *inodes;
	size_t n_inodes, inodes_capacity;
	struct name *names;
	size_t n_names, names_capacity;
	struct xattr *xattrs;
	size_t n_xattrs, xattrs_capacity;
	struct extent *extents;
	size_t n_extents, extents_capacity;
	struct gather_run *runs;
	size_t runs_capacity;
};

static bool no_memory(struct reader *r)
{
	gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for its records");
	return false;
}

/* ---- records ------------------------------------------------------------------------------------ */

static bool keep_xattr(struct reader *r, uint64_t id, const struct ondisk_apfs_xattr *x)
{
	struct xattr *to;

	if (!ARRAY_RESERVE(r->xattrs, r->xattrs_capacity, r->n_xattrs + 1))
		return no_memory(r);
	to = &r->xattrs[r->n_xattrs++];
	*to = (struct xattr){ .id = id, .bytes = x->value_bytes, .stream = x->stream,
			      .stream_bytes = x->stream_bytes,
			      .name = arena_strndup(&r->arena, x->name, x->name_bytes) };
	if (x->value)
		to->value = arena_memdup(&r->arena, x->value, x->value_bytes + !x->value_bytes);
	return to->name && (to->value || !x->value) ? true : no_memory(r);
}

static bool keep_name(struct reader *r, uint64_t parent, const struct ondisk_apfs_name *n)
{
	struct name *to;

	if (!ARRAY_RESERVE(r->names, r->names_capacity, r->n_names + 1))
		return no_memory(r);
	to = &r->names[r->n_names++];
	*to = (struct name){ .parent = parent, .file = n->file, .bytes = n->bytes,
			     .name = arena_strndup(&r->arena, n->name, n->bytes) };
	return to->name ? true : no_memory(r);
}

static bool on_record(void *ctx, const struct ondisk_apfs_item *i)
{
	struct reader *r = ctx;
	struct ondisk_apfs_inode inode;
	struct ondisk_apfs_extent extent;
	struct ondisk_apfs_xattr xattr;
	struct ondisk_apfs_name name;
	unsigned type;
	uint64_t id;

	ondisk_apfs_key(i->key, &id, &type);
	switch (type) {
	case ONDISK_APFS_INODE:
		if (!ondisk_apfs_inode_decode(i, &inode))
			break;
		if (!ARRAY_RESERVE(r->inodes, r->inodes_capacity, r->n_inodes + 1))
			return no_memory(r);
		r->inodes[r->n_inodes++] = (struct inode){ id, inode };
		break;
	case ONDISK_APFS_EXTENT:
		if (!ondisk_apfs_extent_decode(i, &extent))
			break;
		if (!ARRAY_RESERVE(r->extents, r->extents_capacity, r->n_extents + 1))
			return no_memory(r);
		r->extents[r->n_extents++] = (struct extent){ id, extent };
		break;
	case ONDISK_APFS_XATTR:
		return !ondisk_apfs_xattr_decode(i, &xattr) || keep_xattr(r, id, &xattr);
	case ONDISK_APFS_NAME:
		return !ondisk_apfs_name_decode(i, r->hashed, &name) || keep_name(r, id, &name);
	default: break;
	}
	return !r->f.g.status;
}

static int by_xattr(const void *a, const void *b)
{
	const struct xattr *x = a, *y = b;
	int c = records_order(x->id, y->id);

	return c ? c : strcmp(x->name, y->name);
}

static int by_extent(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;
	int c = records_order(x->id, y->id);

	return c ? c : records_order(x->e.at, y->e.at);
}

/* They come in order from a sound volume. */
static void sort_records(struct reader *r)
{
	records_sort(r->inodes, r->n_inodes, sizeof(*r->inodes), records_by_number);
	records_sort(r->xattrs, r->n_xattrs, sizeof(*r->xattrs), by_xattr);
	records_sort(r->extents, r->n_extents, sizeof(*r->extents), by_extent);
}

static const struct ondisk_apfs_inode *find_inode(const struct reader *r, uint64_t id)
{
	const struct inode *i = records_find(r->inodes, r->n_inodes, sizeof(*r->inodes), id);

	return i ? &i->i : NULL;
}

static size_t first_xattr(const struct reader *r, uint64_t id)
{
	return records_first(r->xattrs, r->n_xattrs, sizeof(*r->xattrs), id);
}

static const struct xattr *find_xattr(const struct reader *r, uint64_t id, const char *name)
{
	for (size_t i = first_xattr(r, id); i < r->n_xattrs && r->xattrs[i].id == id; i++) {
		if (strcmp(r->xattrs[i].name, name) == 0)
			return &r->xattrs[i];
	}
	return NULL;
}

/* ---- places ------------------------------------------------------------------------------------------ */

/* The extents of a stream as runs; returns how many, SIZE_MAX: it failed. */
static size_t stream_runs(struct reader *r, uint64_t stream)
{
	size_t i = records_first(r->extents, r->n_extents, sizeof(*r->extents), stream), n = 0;

	for (; i < r->n_extents && r->extents[i].id == stream; i++) {
		const struct ondisk_apfs_extent *e = &r->extents[i].e;
		struct gather_run run = { .at = e->at, .offset = GATHER_HOLE, .bytes = e->bytes };

		/* Many files may name the same stream. */
		if (!gather_spend(&r->f.g, sizeof(run)))
			return SIZE_MAX;
		if (e->block && !mul_u64(e->block, r->c.a.block_bytes, &run.offset))
			run.offset = isokit_source_size(r->volume);
		if (!ARRAY_RESERVE(r->runs, r->runs_capacity, n + 1)) {
			(void)no_memory(r);
			return SIZE_MAX;
		}
		r->runs[n++] = run;
	}
	return n;
}

/* A stream as a source; owned by caller, NULL: damaged. */
static struct isokit_source *open_stream(struct reader *r, uint64_t stream, uint64_t bytes)
{
	uint64_t volume_bytes = isokit_source_size(r->volume), at = 0;
	size_t n = stream_runs(r, stream), k = 0;
	struct isokit_source *src = NULL;
	struct bytes_piece *pieces;

	if (n == SIZE_MAX || n == 0)
		return NULL;
	pieces = calloc(n, sizeof(*pieces));
	if (!pieces)
		(void)gather_no_memory(&r->f.g, n * sizeof(*pieces));
	for (; pieces && k < n && at < bytes; k++) {
		uint64_t length = min_u64(r->runs[k].bytes, bytes - at);

		if (r->runs[k].at != at || length == 0 ||
		    (r->runs[k].offset != GATHER_HOLE &&
		     !range_inside(r->runs[k].offset, length, volume_bytes)))
			break;
		pieces[k] = (struct bytes_piece){ .at = at, .offset = r->runs[k].offset };
		at += length;
	}
	if (pieces && at == bytes && bytes &&
	    bytes_pieces_new(r->volume, pieces, k, bytes, &src, NULL) == ISOKIT_E_NOMEM)
		(void)gather_no_memory(&r->f.g, 0);
	free(pieces);
	return src;
}

/* ---- files ---------------------------------------------------------------------------------------------- */

static void take_xattrs(struct reader *r, uint64_t id, struct tree_node *n)
{
	for (size_t i = first_xattr(r, id); i < r->n_xattrs && r->xattrs[i].id == id; i++) {
		const struct xattr *x = &r->xattrs[i];
		char name[512];
		uint8_t *value;
		struct isokit_source *src;

		if (strcmp(x->name, compression) == 0 || strcmp(x->name, resource_fork) == 0 ||
		    strcmp(x->name, finder_info) == 0 || strcmp(x->name, link_target) == 0 ||
		    strcmp(x->name, "purgeable-drecs-fixed") == 0) /* its own notes */
			continue;
		if (strcmp(x->name, security) == 0) {
			gather_lost(&r->f.g, VOLUME_LOST_ACL);
			continue;
		}
		if (strlen(x->name) > MOST_FOLDERS_NAME) {
			gather_lost(&r->f.g, VOLUME_LOST_XATTR);
			continue;
		}
		memcpy(name, "user.", 5);
		memcpy(name + 5, x->name, strlen(x->name) + 1);
		if (x->value) {
			volume_files_xattr(&r->f, n, name, x->value, x->bytes);
			continue;
		}
		src = x->stream_bytes <= TREE_XATTR_MAX_VALUE ?
			      open_stream(r, x->stream, x->stream_bytes) : NULL;
		value = src ? gather_alloc(&r->f.g, (size_t)x->stream_bytes) : NULL;
		if (value && volume_try_read(src, 0, value, (size_t)x->stream_bytes))
			volume_files_xattr(&r->f, n, name, value, (size_t)x->stream_bytes);
		else
			gather_lost(&r->f.g, VOLUME_LOST_XATTR);
		free(value);
		isokit_source_close(src);
	}
}

/* The resource fork, from its attribute; NULL: there is none, or (*ret_damaged) damaged. */
static struct isokit_source *open_resource(struct reader *r, const struct xattr *x,
					   bool *ret_damaged)
{
	struct isokit_source *src = NULL;

	*ret_damaged = false;
	if (!x)
		return NULL;
	if (!x->value)
		src = open_stream(r, x->stream, x->stream_bytes);
	else if (isokit_source_from_memory(x->value, x->bytes, "resource fork", &src, NULL))
		src = NULL;
	*ret_damaged = !src;
	return src;
}

/* Small forks are in attributes, whose memory must be the tree's. */
static const struct xattr *lasting(struct reader *r, const struct xattr *x, struct xattr *copy)
{
	if (!x || !x->value)
		return x;
	*copy = *x;
	copy->value = arena_memdup(&r->f.g.t->arena, x->value, x->bytes + !x->bytes);
	return copy->value ? copy : NULL;
}

static void take_compressed(struct reader *r, const struct xattr *how, const struct xattr *fork,
			    struct tree_node *n)
{
	struct gather *g = &r->f.g;
	struct isokit_source *resource, *src;
	struct xattr copy;
	enum isokit_status st;
	bool damaged;

	if (!r->units)
		g->status = units_new(r->f.mount, &r->units, g->err);
	/* The table of a fork: 8 bytes for each 64 KiB. */
	if (g->status || (fork && !gather_spend(g, fork->stream_bytes / 8192)))
		return;
	resource = open_resource(r, lasting(r, fork, &copy), &damaged);
	st = decmpfs_source(r->units, how->value, how->value ? how->bytes : 0, resource, &src,
			    NULL);
	if (st)
		gather_lost(g, st == ISOKIT_E_UNSUPPORTED ? VOLUME_LOST_COMPRESSED :
							    VOLUME_LOST_UNREADABLE);
	else
		gather_source(g, n, src);
}

static void take_content(struct reader *r, const struct ondisk_apfs_inode *i, struct tree_node *n)
{
	size_t n_runs;

	if (i->encrypted) {
		gather_lost(&r->f.g, VOLUME_LOST_ENCRYPTED);
		return;
	}
	n_runs = stream_runs(r, i->private_id);
	if (n_runs == SIZE_MAX)
		return;
	if (n_runs == 0 && i->size) /* extents that are kept elsewhere: a sealed volume */
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	else
		(void)gather_runs(&r->f.g, n, i->size, r->runs, n_runs);
}

/* "._name", or that it is lost. */
static void take_forks(struct reader *r, const struct name *of, const struct tree_node *of_node,
		       bool compressed)
{
	const struct xattr *fork = compressed ? NULL : find_xattr(r, of->file, resource_fork);
	const struct xattr *info = find_xattr(r, of->file, finder_info);
	uint8_t finder[APPLEDOUBLE_FINDER_BYTES] = { 0 };
	struct isokit_source *resource, *src;
	struct tree_node *n;
	struct text name = { 0 };
	struct xattr copy;
	bool damaged;

	if (info && info->value)
		memcpy(finder, info->value, min_u64(info->bytes, sizeof(finder)));
	if (!fork && !appledouble_has_finder(finder))
		return;
	if (!r->f.options->forks) {
		if (fork)
			gather_lost(&r->f.g, VOLUME_LOST_FORK);
		return;
	}
	resource = open_resource(r, lasting(r, fork, &copy), &damaged);
	if (damaged || appledouble_source(finder, resource, &src, NULL)) {
		gather_lost(&r->f.g, VOLUME_LOST_FORK);
		return;
	}
	text_add_str(&name, "._");
	text_add(&name, of->name, of->bytes);
	n = gather_name(&r->f.g, r->top | of->parent, UINT64_MAX - r->f.g.n_entries,
			S_IFREG | (of_node->mode & 0666), text_string(&name), name.n);
	text_free(&name);
	if (!n) {
		isokit_source_close(src);
		return;
	}
	n->uid = of_node->uid;
	n->gid = of_node->gid;
	gather_time(n, of_node->mtime, of_node->mtime_ns);
	gather_source(&r->f.g, n, src);
}

static void take_inode(struct reader *r, uint64_t id, const struct ondisk_apfs_inode *i,
		       struct tree_node *n, bool *ret_compressed)
{
	const struct xattr *how = NULL, *target;

	n->uid = i->uid;
	n->gid = i->gid;
	gather_time(n, (int64_t)(i->modified / 1000000000), (uint32_t)(i->modified % 1000000000));
	if (i->flags & (FLAG_IMMUTABLE | FLAG_HIDDEN))
		gather_lost(&r->f.g, VOLUME_LOST_FLAG);
	if (S_ISREG(i->mode)) {
		if (i->flags & FLAG_COMPRESSED)
			how = find_xattr(r, id, compression);
		if (how)
			take_compressed(r, how, find_xattr(r, id, resource_fork), n);
		else
			take_content(r, i, n);
	} else if (S_ISLNK(i->mode)) {
		target = find_xattr(r, id, link_target);
		if (target && target->value)
			gather_target(&r->f.g, n, target->value, target->bytes);
	} else if (S_ISCHR(i->mode) || S_ISBLK(i->mode)) {
		n->u.rdev = makedev(i->device >> 24, i->device & 0xffffff);
	}
	take_xattrs(r, id, n);
	*ret_compressed = how;
}

static void add_names(struct reader *r)
{
	struct gather *g = &r->f.g;

	for (size_t k = 0; k < r->n_names && !g->status; k++) {
		const struct name *name = &r->names[k];
		const struct ondisk_apfs_inode *i;
		struct tree_node *n;
		bool compressed = false;

		if (name->file <= ONDISK_APFS_ROOT_FOLDER ||
		    gather_link(g, r->top | name->parent, r->top | name->file, name->name,
				name->bytes))
			continue;
		i = find_inode(r, name->file);
		n = gather_name(g, r->top | name->parent, r->top | name->file, i ? i->mode : 0,
				name->name, name->bytes);
		if (!n || !i)
			continue;
		take_inode(r, name->file, i, n, &compressed);
		if (S_ISREG(n->mode) || S_ISDIR(n->mode))
			take_forks(r, name, n, compressed);
	}
}

static void clear_records(struct reader *r)
{
	r->n_inodes = r->n_names = r->n_xattrs = r->n_extents = 0;
	arena_release(&r->arena);
	r->arena = (struct arena){ 0 };
}

/* The records of a volume, and its root folder's attributes for `root`. */
static void read_volume(struct reader *r, const struct apfs_volume *v, struct tree_node *root)
{
	const struct ondisk_apfs_inode *i;
	bool compressed;

	clear_records(r);
	r->hashed = v->v.hashed_names;
	if (!apfs_volume_walk(&r->c, v, &r->f.g, on_record, r))
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	sort_records(r);
	i = find_inode(r, ONDISK_APFS_ROOT_FOLDER);
	if (i && S_ISDIR(i->mode)) {
		root->mode = i->mode;
		take_inode(r, ONDISK_APFS_ROOT_FOLDER, i, root, &compressed);
	}
	add_names(r);
}

static unsigned count_readable(struct reader *r)
{
	struct apfs_volume v;
	unsigned n = 0;

	for (unsigned i = 0; i < r->c.a.n_volumes; i++) {
		if (!apfs_volume_open(&r->c, i, &r->f.g, &v))
			continue;
		n += !v.v.encrypted;
		apfs_volume_close(&v);
	}
	return n;
}

/* `alone`: its root folder is the root, else a folder with the volume's name. */
static void add_volume(struct reader *r, unsigned index, bool alone, unsigned number)
{
	struct gather *g = &r->f.g;
	struct apfs_volume v;
	struct tree_node *root = g->root;

	if (!apfs_volume_open(&r->c, index, g, &v)) {
		gather_lost_folder(g, ONDISK_APFS_ROOT_FOLDER);
		return;
	}
	if (!v.v.encrypted && number < MOST_NUMBERED) {
		r->top = alone ? 0 : (uint64_t)(number + 1) << 60;
		if (!alone)
			root = gather_name(g, ONDISK_APFS_ROOT_FOLDER,
					   r->top | ONDISK_APFS_ROOT_FOLDER, S_IFDIR | 0755,
					   v.v.name, v.v.name_bytes);
		if (root)
			read_volume(r, &v, root);
	} else {
		(void)gather_name(g, ONDISK_APFS_ROOT_FOLDER, UINT64_MAX - g->n_entries,
				  S_IFDIR | 0755, v.v.name, v.v.name_bytes);
		gather_lost(g, v.v.encrypted ? VOLUME_LOST_ENCRYPTED : VOLUME_LOST_UNREADABLE);
	}
	apfs_volume_close(&v);
}

static void read_all(struct reader *r)
{
	struct gather *g = &r->f.g;
	unsigned readable, number = 0;

	if (!apfs_container_open(r->volume, g, &r->c)) {
		gather_fail(g, ISOKIT_E_CORRUPT, "its superblock or object map cannot be read");
		return;
	}
	readable = count_readable(r);
	if (!g->status && readable == 0)
		gather_fail(g, r->c.a.n_volumes ? ISOKIT_E_UNSUPPORTED : ISOKIT_E_NOT_FOUND,
			    r->c.a.n_volumes ? "all its volumes are encrypted or damaged" :
					       "there is no volume in it");
	if (g->status || !gather_root(g, ONDISK_APFS_ROOT_FOLDER))
		return;
	for (unsigned i = 0; i < r->c.a.n_volumes && !g->status; i++)
		add_volume(r, i, r->c.a.n_volumes == 1, number++);
}

static enum isokit_status read_apfs(struct isokit_source *volume, struct tree *t,
				    const char *dest, const struct volume_read_options *options,
				    struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	enum isokit_status st;

	if (!r)
		return isokit_fail_nomem(err, "APFS", sizeof(*r));
	r->volume = volume;
	st = volume_files_begin(&r->f, volume, t, "APFS", options, err);
	r->f.g.bytes_left *= 2; /* superblocks and maps are read more than once */
	if (!st)
		read_all(r);
	st = volume_files_end(&r->f, ONDISK_APFS_ROOT_FOLDER, dest, ret_mount);
	apfs_container_close(&r->c);
	arena_release(&r->arena);
	free(r->inodes);
	free(r->names);
	free(r->xattrs);
	free(r->extents);
	free(r->runs);
	free(r);
	return st;
}

static bool probe_apfs(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t raw[4096];
	struct ondisk_apfs a;
	struct apfs_container c;
	struct apfs_volume first;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) || !ondisk_apfs_decode(raw, &a))
		return false;
	v->fs = ISOKIT_FS_APFS;
	if (!apfs_container_open(volume, NULL, &c)) {
		v->unreadable = "its superblock or object map is damaged";
	} else if (c.a.n_volumes && apfs_volume_open(&c, 0, NULL, &first)) {
		volume_name(v->label, sizeof(v->label), first.v.name, first.v.name_bytes);
		if (first.v.encrypted && c.a.n_volumes == 1)
			v->unreadable = "it is encrypted, and no key of APFS is understood";
		apfs_volume_close(&first);
	}
	apfs_container_close(&c);
	return true;
}

const struct filesystem filesystem_apfs = {
	.fs = ISOKIT_FS_APFS, .probe = probe_apfs, .read = read_apfs,
};
