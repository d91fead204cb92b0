/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of Btrfs, of the subvolume that a mount shows, with those below it in their
 * places. Of a single device. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "volume/btrfs_map.h"
#include "volume/files.h"
#include "volume/records.h"

enum {
	MOST_SUBVOLUMES = 65534,
	FLAG_IMMUTABLE = 1 << 6, FLAG_APPEND = 1 << 7,
	NUMBER_SHIFT = 48, /* numbers of files: a subvolume, and a number in it */
};

struct inode {
	uint64_t id;
	struct ondisk_btrfs_inode i;
};

struct name {
	uint64_t parent, file;
	bool subvolume;
	const char *name;
	size_t bytes;
};

struct xattr {
	uint64_t id;
	const char *name;
	const uint8_t *value;
	size_t bytes;
};

struct extent {
	uint64_t id, at, bytes;
	uint64_t offset;       /* in the joined source, or GATHER_HOLE */
	const uint8_t *inside; /* small contents, expanded */
	bool lost, unknown;
};

struct subvolume {
	uint64_t id, tree;
	bool read;
};

struct reader {
	struct volume_files f;
	struct btrfs_map map;
	struct btrfs_packed *packed;
	struct isokit_source *joined;
	struct codec *codec;
	struct arena arena; /* of one subvolume */
	uint64_t top;       /* of its numbers */
	struct subvolume *subvolumes;
	size_t n_subvolumes, subvolumes_capacity;
	uint64_t *queue;    /* of those that are in the tree; their index is their number */
	size_t n_queue, queue_capacity;
	uint64_t shown;     /* the subvolume that a mount shows */
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

/* ---- records --------------------------------------------------------------------------------- */

static bool keep_names(struct reader *r, const struct ondisk_btrfs_item *i)
{
	struct ondisk_btrfs_name n;

	for (size_t at = 0; at < i->bytes; at += n.stored) {
		struct name *to;

		if (!ondisk_btrfs_name_decode(i->data + at, i->bytes - at, &n))
			return true;
		if (!ARRAY_RESERVE(r->names, r->names_capacity, r->n_names + 1))
			return no_memory(r);
		to = &r->names[r->n_names++];
		*to = (struct name){ .parent = i->key.object, .file = n.location.object,
				     .subvolume = n.location.type == ONDISK_BTRFS_ROOT,
				     .bytes = n.name_bytes,
				     .name = arena_strndup(&r->arena, n.name, n.name_bytes) };
		if (!to->name)
			return no_memory(r);
	}
	return true;
}

static bool keep_xattrs(struct reader *r, const struct ondisk_btrfs_item *i)
{
	struct ondisk_btrfs_name n;

	for (size_t at = 0; at < i->bytes; at += n.stored) {
		struct xattr *to;

		if (!ondisk_btrfs_name_decode(i->data + at, i->bytes - at, &n))
			return true;
		if (!ARRAY_RESERVE(r->xattrs, r->xattrs_capacity, r->n_xattrs + 1))
			return no_memory(r);
		to = &r->xattrs[r->n_xattrs++];
		*to = (struct xattr){
			.id = i->key.object, .bytes = n.data_bytes,
			.name = arena_strndup(&r->arena, n.name, n.name_bytes),
			.value = arena_memdup(&r->arena, n.data, n.data_bytes + !n.data_bytes),
		};
		if (!to->name || !to->value)
			return no_memory(r);
	}
	return true;
}

/* A content in the item. */
static bool expand_inside(struct reader *r, const struct ondisk_btrfs_extent *e,
			  struct extent *to)
{
	size_t bytes = (size_t)e->expanded;
	uint8_t *copy;

	if (bytes > ONDISK_BTRFS_MOST_NODE) {
		to->lost = true;
		return true;
	}
	copy = arena_alloc(&r->arena, bytes + 1);
	if (!copy)
		return no_memory(r);
	to->inside = copy;
	if (e->compression == ONDISK_BTRFS_PLAIN)
		memcpy(copy, e->inside, min_u64(e->inside_bytes, bytes));
	else if (btrfs_expand(r->codec, (enum ondisk_btrfs_compression)e->compression,
			      r->map.b.sector_bytes, e->inside, e->inside_bytes, true, copy,
			      bytes, NULL))
		to->lost = true;
	return true;
}

static bool keep_extent(struct reader *r, const struct ondisk_btrfs_item *i)
{
	struct ondisk_btrfs_extent e;
	uint64_t place;
	struct extent *to;

	if (!ondisk_btrfs_extent_decode(i->data, i->bytes, &e))
		return true;
	if (!ARRAY_RESERVE(r->extents, r->extents_capacity, r->n_extents + 1))
		return no_memory(r);
	to = &r->extents[r->n_extents++];
	*to = (struct extent){ .id = i->key.object, .at = i->key.offset, .bytes = e.bytes,
			       .offset = GATHER_HOLE };
	to->unknown = e.encoded || e.compression > ONDISK_BTRFS_ZSTD;
	if (to->unknown || e.preallocated || (!e.inside && e.address == 0))
		return true;
	if (e.inside)
		return expand_inside(r, &e, to);
	if (e.compression == ONDISK_BTRFS_PLAIN) {
		to->lost = e.skip > INT64_MAX || e.address > INT64_MAX;
		place = to->lost ? 0 : btrfs_place(&r->map, e.address + e.skip, e.bytes);
		to->offset = place;
	} else {
		place = btrfs_place(&r->map, e.address, e.stored);
		to->lost = e.expanded > BTRFS_MOST_EXPANDED || e.stored > BTRFS_MOST_EXPANDED ||
			   !range_inside(e.skip, e.bytes, e.expanded);
		if (!to->lost && place != UINT64_MAX) {
			to->offset = btrfs_packed_add(r->packed, place, (uint32_t)e.stored,
						      (uint32_t)e.expanded,
						      (enum ondisk_btrfs_compression)e.compression);
			if (to->offset == UINT64_MAX)
				return no_memory(r);
			to->offset += e.skip;
		}
	}
	to->lost = to->lost || place == UINT64_MAX;
	return true;
}

static bool on_item(void *ctx, const struct ondisk_btrfs_item *i)
{
	struct reader *r = ctx;
	struct ondisk_btrfs_inode inode;

	switch (i->key.type) {
	case ONDISK_BTRFS_INODE:
		if (!ondisk_btrfs_inode_decode(i->data, i->bytes, &inode))
			return true;
		if (!ARRAY_RESERVE(r->inodes, r->inodes_capacity, r->n_inodes + 1))
			return no_memory(r);
		r->inodes[r->n_inodes++] = (struct inode){ i->key.object, inode };
		return true;
	case ONDISK_BTRFS_DIR_INDEX: return keep_names(r, i);
	case ONDISK_BTRFS_XATTR: return keep_xattrs(r, i);
	case ONDISK_BTRFS_EXTENT: return keep_extent(r, i);
	default: return !r->f.g.status;
	}
}

static int by_extent(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;
	int c = records_order(x->id, y->id);

	return c ? c : records_order(x->at, y->at);
}

static void sort_records(struct reader *r)
{
	records_sort(r->inodes, r->n_inodes, sizeof(*r->inodes), records_by_number);
	records_sort(r->xattrs, r->n_xattrs, sizeof(*r->xattrs), records_by_number);
	records_sort(r->extents, r->n_extents, sizeof(*r->extents), by_extent);
}

static const struct ondisk_btrfs_inode *find_inode(const struct reader *r, uint64_t id)
{
	const struct inode *i = records_find(r->inodes, r->n_inodes, sizeof(*r->inodes), id);

	return i ? &i->i : NULL;
}

/* ---- files -------------------------------------------------------------------------------------- */

static void take_content(struct reader *r, uint64_t id, const struct ondisk_btrfs_inode *i,
			 struct tree_node *n)
{
	size_t k = records_first(r->extents, r->n_extents, sizeof(*r->extents), id), n_runs = 0;

	if (k < r->n_extents && r->extents[k].id == id && r->extents[k].inside &&
	    r->extents[k].at == 0 && !r->extents[k].lost && i->size <= r->extents[k].bytes) {
		gather_bytes(&r->f.g, n, r->extents[k].inside, (size_t)i->size);
		return;
	}
	for (; k < r->n_extents && r->extents[k].id == id; k++) {
		const struct extent *e = &r->extents[k];

		if (e->lost || e->inside || e->unknown) {
			gather_lost(&r->f.g, e->unknown ? VOLUME_LOST_COMPRESSED :
							  VOLUME_LOST_UNREADABLE);
			return;
		}
		if (e->offset == GATHER_HOLE)
			continue;
		if (!ARRAY_RESERVE(r->runs, r->runs_capacity, n_runs + 1)) {
			(void)no_memory(r);
			return;
		}
		r->runs[n_runs++] = (struct gather_run){ .at = e->at, .offset = e->offset,
							 .bytes = e->bytes };
	}
	(void)gather_runs(&r->f.g, n, i->size, r->runs, n_runs);
}

static void take_inode(struct reader *r, uint64_t id, const struct ondisk_btrfs_inode *i,
		       struct tree_node *n)
{
	size_t k = records_first(r->extents, r->n_extents, sizeof(*r->extents), id);

	n->uid = i->uid;
	n->gid = i->gid;
	gather_time(n, i->mtime, i->mtime_ns);
	if (i->flags & (FLAG_IMMUTABLE | FLAG_APPEND))
		gather_lost(&r->f.g, VOLUME_LOST_FLAG);
	if (S_ISREG(i->mode)) {
		take_content(r, id, i, n);
	} else if (S_ISLNK(i->mode)) {
		if (k < r->n_extents && r->extents[k].id == id && r->extents[k].inside)
			gather_target(&r->f.g, n, r->extents[k].inside,
				      (size_t)min_u64(i->size, r->extents[k].bytes));
	} else if (S_ISCHR(i->mode) || S_ISBLK(i->mode)) {
		n->u.rdev = makedev((unsigned)(i->device >> 20), (unsigned)(i->device & 0xfffff));
	}
	k = records_first(r->xattrs, r->n_xattrs, sizeof(*r->xattrs), id);
	for (; k < r->n_xattrs && r->xattrs[k].id == id; k++) {
		const struct xattr *x = &r->xattrs[k];

		if (strncmp(x->name, "btrfs.", 6) != 0) /* how it is to be compressed */
			volume_files_xattr(&r->f, n, x->name, x->value, x->bytes);
	}
}

/* A folder that is the root of another subvolume. Its number; 0: it is in the tree already,
 * as one that a snapshot was taken above (such a folder is empty), or (*ret_known false) it
 * is missing. */
static uint64_t enter_subvolume(struct reader *r, uint64_t id, bool *ret_known)
{
	struct subvolume *s = NULL;

	*ret_known = false;
	for (size_t i = 0; i < r->n_subvolumes && !s; i++) {
		if (r->subvolumes[i].id == id && !r->subvolumes[i].read)
			s = &r->subvolumes[i];
		*ret_known = *ret_known || r->subvolumes[i].id == id;
	}
	if (!s || r->n_queue == MOST_SUBVOLUMES)
		return 0;
	if (!ARRAY_RESERVE(r->queue, r->queue_capacity, r->n_queue + 1)) {
		(void)no_memory(r);
		return 0;
	}
	s->read = true;
	r->queue[r->n_queue++] = s->tree;
	return (uint64_t)(r->n_queue - 1) << NUMBER_SHIFT | ONDISK_BTRFS_FIRST;
}

static void add_names(struct reader *r)
{
	struct gather *g = &r->f.g;

	for (size_t k = 0; k < r->n_names && !g->status; k++) {
		const struct name *name = &r->names[k];
		const struct ondisk_btrfs_inode *i = NULL;
		uint64_t parent = r->top | name->parent, file = r->top | name->file;
		struct tree_node *n;
		bool known;

		if (name->parent >> NUMBER_SHIFT || name->file >> NUMBER_SHIFT)
			continue;
		if (name->subvolume) {
			file = enter_subvolume(r, name->file, &known);
			n = gather_name(g, parent, file ? file : UINT64_MAX - g->n_entries,
					S_IFDIR | 0755, name->name, name->bytes);
			if (n && !known)
				gather_lost(g, VOLUME_LOST_UNREADABLE);
			continue;
		}
		if (gather_link(g, parent, file, name->name, name->bytes))
			continue;
		i = find_inode(r, name->file);
		n = gather_name(g, parent, file, i ? i->mode : 0, name->name, name->bytes);
		if (n && i)
			take_inode(r, name->file, i, n);
	}
}

static void read_subvolume(struct reader *r, size_t number)
{
	struct gather *g = &r->f.g;
	const struct ondisk_btrfs_inode *i;
	uint64_t root = (uint64_t)number << NUMBER_SHIFT | ONDISK_BTRFS_FIRST;
	struct tree_node *n = number ? gather_known(g, root) : g->root;
	bool doubtful = false;

	r->top = (uint64_t)number << NUMBER_SHIFT;
	r->n_inodes = r->n_names = r->n_xattrs = r->n_extents = 0;
	arena_release(&r->arena);
	r->arena = (struct arena){ 0 };
	if (!btrfs_walk(&r->map, r->queue[number], g, on_item, r, &doubtful))
		gather_lost_folder(g, root);
	if (doubtful)
		gather_lost_of(g, root, VOLUME_LOST_CHECKSUM);
	sort_records(r);
	i = find_inode(r, ONDISK_BTRFS_FIRST);
	if (n && i && S_ISDIR(i->mode)) {
		n->mode = i->mode;
		take_inode(r, ONDISK_BTRFS_FIRST, i, n);
	}
	add_names(r);
}

/* ---- the volume ------------------------------------------------------------------------------------ */

/* The tree of trees: subvolumes, and which of them a mount shows. */
static bool on_root_item(void *ctx, const struct ondisk_btrfs_item *i)
{
	struct reader *r = ctx;
	struct ondisk_btrfs_name n;
	uint64_t tree;

	if (i->key.type == ONDISK_BTRFS_DIR_ITEM && i->key.object == ONDISK_BTRFS_ROOT_DIR) {
		if (ondisk_btrfs_name_decode(i->data, i->bytes, &n) && n.name_bytes == 7 &&
		    memcmp(n.name, "default", 7) == 0)
			r->shown = n.location.object;
		return true;
	}
	if (i->key.type != ONDISK_BTRFS_ROOT ||
	    (i->key.object != ONDISK_BTRFS_FS_TREE && i->key.object < ONDISK_BTRFS_FIRST) ||
	    i->key.object > INT64_MAX || !ondisk_btrfs_root_decode(i->data, i->bytes, &tree))
		return true;
	if (!ARRAY_RESERVE(r->subvolumes, r->subvolumes_capacity, r->n_subvolumes + 1))
		return no_memory(r);
	r->subvolumes[r->n_subvolumes++] = (struct subvolume){ .id = i->key.object, .tree = tree };
	return true;
}

static void read_all(struct reader *r)
{
	struct gather *g = &r->f.g;
	bool known;

	r->shown = ONDISK_BTRFS_FS_TREE;
	if (!btrfs_walk(&r->map, r->map.b.root, g, on_root_item, r, &r->map.doubtful) &&
	    !r->n_subvolumes) {
		gather_fail(g, ISOKIT_E_CORRUPT, "its tree of trees cannot be read");
		return;
	}
	if (!gather_root(g, ONDISK_BTRFS_FIRST) ||
	    (!enter_subvolume(r, r->shown, &known) &&
	     !enter_subvolume(r, ONDISK_BTRFS_FS_TREE, &known))) {
		gather_fail(g, ISOKIT_E_CORRUPT, "the subvolume that a mount shows is missing");
		return;
	}
	if (r->map.doubtful)
		gather_lost(g, VOLUME_LOST_CHECKSUM);
	for (size_t k = 0; k < r->n_queue && !g->status; k++)
		read_subvolume(r, k);
}

static enum isokit_status read_btrfs(struct isokit_source *volume, struct tree *t,
				     const char *dest, const struct volume_read_options *options,
				     struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct volume_mount *mount = NULL;
	enum isokit_status st;

	if (!r)
		return isokit_fail_nomem(err, "Btrfs", sizeof(*r));
	st = volume_files_begin(&r->f, volume, t, "Btrfs", options, err);
	r->f.g.bytes_left *= 4; /* subvolumes share what they have in common */
	if (!st && !btrfs_map_open(volume, &r->f.g, &r->map))
		st = gather_fail(&r->f.g, ISOKIT_E_CORRUPT,
				 "its superblock or first chunks cannot be read");
	if (!st)
		st = r->f.g.status = btrfs_packed_new(volume, r->f.mount, r->map.b.sector_bytes,
						      &r->packed, &r->joined, err);
	if (!st) {
		r->f.g.volume = r->joined;
		r->codec = codec_new();
		if (r->codec)
			read_all(r);
		else
			(void)no_memory(r);
	}
	st = volume_files_end(&r->f, ONDISK_BTRFS_FIRST, dest, &mount);
	if (!st)
		*ret_mount = mount;
	codec_free(r->codec);
	btrfs_map_close(&r->map);
	arena_release(&r->arena);
	free(r->subvolumes);
	free(r->queue);
	free(r->inodes);
	free(r->names);
	free(r->xattrs);
	free(r->extents);
	free(r->runs);
	free(r);
	return st;
}

static bool probe_btrfs(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t raw[ONDISK_BTRFS_SUPER_BYTES];
	struct ondisk_btrfs b;

	if (!volume_try_read(volume, ONDISK_BTRFS_SUPER_AT, raw, sizeof(raw)) ||
	    !ondisk_btrfs_decode(raw, &b))
		return false;
	v->fs = ISOKIT_FS_BTRFS;
	volume_name(v->label, sizeof(v->label), b.label, b.label_bytes);
	if (b.n_devices > 1)
		v->unreadable = "it is spread over several devices";
	return true;
}

const struct filesystem filesystem_btrfs = {
	.fs = ISOKIT_FS_BTRFS, .probe = probe_btrfs, .read = read_btrfs,
};
