/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the trees claim: directories, extents of files, continuation areas. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/layout.h"
#include "model/tree.h"
#include "ondisk/volume.h"

/* A folder of the path that was kept last, or its last name. */
struct kept_name {
	size_t end; /* bytes of the path up to here */
	uint32_t node;
};

enum { AREAS = 1024, AREA_STEP = 32 /* areas are seldom nearer than that */ };

/* One walk. */
struct collector {
	struct isokit_layout *l;
	uint8_t tree;
	bool attributes; /* the first walk over these records */
	bool no_files;   /* only what is of the tree itself */
	bool failed;
	uint32_t *folders; /* node of the folder at each depth */
	size_t capacity_folders;
	char *kept; /* the path that was kept last, and its names */
	size_t capacity_kept;
	struct kept_name *kept_names;
	size_t n_kept_names, capacity_kept_names;
	/* Areas claimed lately, by their place: thousands of records may share a chain of
	 * hundreds, and memory is for areas, not for mentions of them. */
	struct area {
		uint64_t at, bytes;
	} areas[AREAS];
};

static void free_collector(struct collector *c)
{
	free(c->folders);
	free(c->kept);
	free(c->kept_names);
}

/* A path without the nodes of its folders: what it shares with the one before it,
 * they share. Long paths that differ in their ends would be kept whole otherwise. */
static uint32_t node_of_path(struct collector *c, const char *path, size_t n)
{
	size_t shared = 0, at = 0;
	uint32_t node = LAYOUT_NO_NODE;

	while (shared < c->n_kept_names) {
		const struct kept_name *k = &c->kept_names[shared];

		if (k->end > n || (k->end < n && path[k->end] != '/') ||
		    memcmp(c->kept + at, path + at, k->end - at) != 0)
			break;
		node = k->node;
		at = k->end;
		shared++;
		if (at == n)
			break;
		at++;
	}
	if (!ARRAY_RESERVE(c->kept, c->capacity_kept, n + 1))
		return LAYOUT_NO_NODE;
	memcpy(c->kept, path, n);
	c->n_kept_names = shared;
	while (!shared || c->kept_names[shared - 1].end < n) {
		const char *slash = memchr(path + at, '/', n - at);
		size_t end = slash ? (size_t)(slash - path) : n;

		node = layout_node(c->l, node, path + at, end - at);
		if (node == LAYOUT_NO_NODE ||
		    !ARRAY_RESERVE(c->kept_names, c->capacity_kept_names, shared + 1))
			return LAYOUT_NO_NODE;
		c->kept_names[shared++] = (struct kept_name){ end, node };
		c->n_kept_names = shared;
		at = end + 1;
	}
	return node;
}

/* Where a name hangs. With a choice of ranges few names are kept; else every folder
 * is a node. */
static uint32_t node_of(struct collector *c, unsigned depth, const char *name, size_t n,
			const char *path, size_t path_bytes)
{
	if (c->l->options.ranges) {
		while (path_bytes && path[0] == '/') {
			path++;
			path_bytes--;
		}
		return node_of_path(c, path, path_bytes);
	}
	return layout_node(c->l, depth ? c->folders[depth - 1] : LAYOUT_NO_NODE, name, n);
}

static bool enter_folder(struct collector *c, unsigned depth, uint32_t node)
{
	size_t before = c->capacity_folders;

	if (!ARRAY_RESERVE(c->folders, c->capacity_folders, (size_t)depth + 1))
		return false;
	/* A level that was never entered has no name. */
	for (size_t i = before; i < c->capacity_folders; i++)
		c->folders[i] = LAYOUT_NO_NODE;
	c->folders[depth] = node;
	return true;
}

static bool claim_run(struct collector *c, enum isokit_region_kind kind, uint64_t at,
		      uint64_t bytes, uint64_t file_offset, uint32_t node, unsigned flags)
{
	struct layout_claim claim = {
		.offset = at, .bytes = bytes, .file_offset = file_offset, .node = node,
		.kind = (uint8_t)kind, .tree = c->tree, .flags = (uint8_t)flags,
		.layer = ISOKIT_LAYER_CONTENTS,
	};

	return layout_claim(c->l, &claim);
}

static void note_area(struct tree *t, uint64_t at, uint64_t bytes, void *ctx)
{
	struct collector *c = ctx;
	struct area *seen = &c->areas[at / AREA_STEP % AREAS];

	(void)t;
	if (!c->attributes || (seen->at == at && seen->bytes == bytes))
		return;
	*seen = (struct area){ at, bytes };
	if (!claim_run(c, ISOKIT_REGION_ATTRIBUTES, at, bytes, 0, LAYOUT_NO_NODE, 0))
		c->failed = true;
}

/* Is any run of this file wanted? */
static bool is_wanted(const struct collector *c, const struct tree *t, const struct tree_file *f,
		      uint64_t at, uint64_t bytes)
{
	if (!c->l->options.ranges)
		return true;
	if (layout_wants(c->l, at, bytes))
		return true;
	for (size_t i = 0; i < f->n_extents; i++)
		if (f->extents[i].bytes &&
		    layout_wants(c->l, f->extents[i].lba * t->block_bytes, f->extents[i].bytes))
			return true;
	return false;
}

/* The byte of the image where an extent begins. */
static bool extent_at(const struct isokit_extent *e, uint32_t block_bytes, uint64_t *ret_at)
{
	return e->lba != ISOKIT_HOLE && mul_u64(e->lba, block_bytes, ret_at) &&
	       add_u64(*ret_at, e->skip_bytes, ret_at);
}

/* The runs of a file. Extents that follow each other are one run: a file of 4 GiB and
 * more has several in a directory record, and one in UDF. */
static bool claim_extents(struct collector *c, enum isokit_region_kind kind,
			  const struct isokit_extent *extents, size_t n, uint32_t block_bytes,
			  uint32_t node, unsigned flags)
{
	uint64_t file_offset = 0, bytes, at, next;

	for (size_t i = 0; i < n; file_offset += bytes) {
		bool known = extent_at(&extents[i], block_bytes, &at);

		bytes = extents[i++].bytes;
		while (known && i < n && extent_at(&extents[i], block_bytes, &next) &&
		       next - at == bytes)
			bytes += extents[i++].bytes;
		if (known && !claim_run(c, kind, at, bytes, file_offset, node, flags))
			return false;
	}
	return true;
}

static int visit(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct collector *c = ctx;
	bool moved = f->type == ISOKIT_DIR && f->rock->has_child;
	uint64_t lba = moved ? f->rock->child_lba : f->rec.lba.le;
	uint64_t at = lba * t->block_bytes;
	uint64_t xattr = (uint64_t)f->rec.xattr_blocks * t->block_bytes;
	uint64_t bytes = f->type == ISOKIT_DIR ? f->rec.bytes.le : 0;
	const char *path = NULL;
	size_t path_bytes = 0;
	uint32_t node;

	if (c->failed)
		return 1;
	if (f->type != ISOKIT_DIR && (c->no_files || (f->stored_bytes == 0 && !xattr)))
		return 0;
	if (!is_wanted(c, t, f, at, xattr + bytes))
		return 0;
	if (c->l->options.ranges) {
		path = model_tree_path(t, &path_bytes);
		if (!path)
			goto fail;
	}
	node = node_of(c, f->depth, f->name, f->depth ? f->name_bytes : 0, path, path_bytes);
	if (node == LAYOUT_NO_NODE)
		goto fail;
	if (xattr && c->attributes &&
	    !claim_run(c, ISOKIT_REGION_ATTRIBUTES, at, xattr, 0, LAYOUT_NO_NODE, 0))
		goto fail;
	if (f->type == ISOKIT_DIR) {
		if (!enter_folder(c, f->depth, node) ||
		    !claim_run(c, ISOKIT_REGION_DIRECTORY, at + xattr, bytes, 0, node, 0))
			goto fail;
		return 0;
	}
	if (!claim_extents(c, ISOKIT_REGION_FILE, f->extents, f->n_extents, t->block_bytes, node,
			   f->rec.flags & ONDISK_DR_HIDDEN ? LAYOUT_HIDDEN : 0))
		goto fail;
	return 0;
fail:
	c->failed = true;
	return 1;
}

/* /rr_moved itself, where it is marked like the folders in it: no name of the tree. */
static void note_relocated(struct tree *t, const struct tree_file *f, void *ctx)
{
	struct collector *c = ctx;
	uint64_t xattr = (uint64_t)f->rec.xattr_blocks * t->block_bytes;
	uint64_t at = (uint64_t)f->rec.lba.le * t->block_bytes + xattr;
	uint32_t node;

	if (f->depth != 1 || !layout_wants(c->l, at, f->rec.bytes.le))
		return;
	node = layout_node(c->l, LAYOUT_NO_NODE, f->name, f->name_bytes);
	if (node == LAYOUT_NO_NODE ||
	    !claim_run(c, ISOKIT_REGION_DIRECTORY, at, f->rec.bytes.le, 0, node, 0))
		c->failed = true;
}

static bool add_tree(struct isokit_layout *l, enum isokit_namespace_kind ns, unsigned session,
		     uint8_t *ret_tree)
{
	if (l->n_trees >= LAYOUT_MAX_TREES)
		return false;
	*ret_tree = (uint8_t)l->n_trees;
	l->trees[l->n_trees++] = (struct layout_tree){ ns, session };
	return true;
}

/* The tree of a name space, or of an older session's volume. */
static enum isokit_status walk(struct isokit_layout *l, enum isokit_namespace_kind ns,
			       unsigned session, const struct isokit_volume *volume,
			       bool attributes, struct isokit_error *err)
{
	struct collector c = { .l = l, .attributes = attributes, .no_files = l->shift != 0 };
	struct tree_options options = {
		.ns = ns, .skip_targets = true, .visit = visit, .ctx = &c,
		.continuation = note_area, .relocated = note_relocated,
	};
	enum isokit_status st;
	struct tree t;

	if (!add_tree(l, ns, session, &c.tree))
		return ISOKIT_OK;
	/* A name space of an older session, which the one that is shown does not have. */
	if (volume && !l->img->facts.namespaces[ns].volume)
		options.ns = ISOKIT_NS_ISO9660;
	st = model_tree_init(&t, l->img, &options, err);
	if (st)
		return st;
	t.options.ns = ns;
	if (volume) {
		t.volume = volume;
		t.block_bytes = model_block_bytes(volume);
	}
	st = model_tree_walk(&t, "/");
	model_tree_free(&t);
	free_collector(&c);
	return c.failed ? isokit_fail_nomem(err, l->img->facts.path, 0) : st;
}

/* A name space that is walked through its entries: UDF. */
struct entry_walk {
	struct collector c;
	uint32_t block_bytes;
	struct lba_set entries; /* blocks of the file entries that were met */
};

static bool entry_wanted(const struct entry_walk *w, const struct isokit_entry *e)
{
	if (!w->c.l->options.ranges)
		return true;
	for (size_t i = 0; i < e->n_stored_extents; i++)
		if (e->extents[i].lba != ISOKIT_HOLE &&
		    layout_wants(w->c.l, e->extents[i].lba * w->block_bytes +
				 e->extents[i].skip_bytes, e->extents[i].bytes))
			return true;
	return false;
}

/* The block with the file entry itself, of which small files are a part. */
static bool claim_icb(struct collector *c, const struct isokit_entry *e, uint32_t block_bytes)
{
	struct layout_claim claim = {
		.offset = e->record_offset, .bytes = block_bytes, .node = LAYOUT_NO_NODE,
		.kind = ISOKIT_REGION_UDF, .layer = ISOKIT_LAYER_CONTENTS,
	};

	if (e->record_offset == ISOKIT_NO_OFFSET)
		return true;
	/* Contents that begin inside the block are a file of their own in it. */
	for (size_t i = 0; i < e->n_stored_extents; i++)
		if (e->extents[i].lba != ISOKIT_HOLE && e->extents[i].skip_bytes &&
		    e->extents[i].lba * block_bytes == claim.offset)
			claim.bytes = e->extents[i].skip_bytes;
	return layout_claim(c->l, &claim);
}

/* The path in a symbolic link is no content that other trees could show. */
static enum isokit_region_kind kind_of(const struct isokit_entry *e)
{
	return e->type == ISOKIT_DIR ? ISOKIT_REGION_DIRECTORY :
	       e->type == ISOKIT_SYMLINK ? ISOKIT_REGION_UDF : ISOKIT_REGION_FILE;
}

static int visit_entry(void *ctx, const struct isokit_entry *e)
{
	struct entry_walk *w = ctx;
	struct collector *c = &w->c;
	size_t n_extents = e->n_stored_extents;
	bool known = false;
	uint32_t node;

	if (e->record_offset / w->block_bytes < UINT32_MAX &&
	    !model_lba_set_add(&w->entries, (uint32_t)(e->record_offset / w->block_bytes), 0,
			       &known)) {
		c->failed = true;
		return 1;
	}
	if (!known && !claim_icb(c, e, w->block_bytes)) {
		c->failed = true;
		return 1;
	}
	/* Another name for the same file entry stands at its first extent only: names
	 * times extents would be more than the medium holds. */
	if (known && n_extents > 1)
		n_extents = 1;
	if (!entry_wanted(w, e) || (e->type != ISOKIT_DIR && n_extents == 0))
		return 0;
	node = node_of(c, e->depth, e->name, e->depth ? strlen(e->name) : 0, e->path,
		       e->path_bytes);
	if (node == LAYOUT_NO_NODE ||
	    (e->type == ISOKIT_DIR && !enter_folder(c, e->depth, node)) ||
	    !claim_extents(c, kind_of(e), e->extents, n_extents, w->block_bytes, node,
			   (e->hidden ? LAYOUT_HIDDEN : 0u) |
				   (e->type == ISOKIT_SYMLINK ? LAYOUT_LINK : 0u)))
		c->failed = true;
	return c->failed;
}

static enum isokit_status walk_entries(struct isokit_layout *l, enum isokit_namespace_kind ns,
				       struct isokit_error *err)
{
	struct entry_walk w = { .c = { .l = l },
				.block_bytes = l->img->facts.namespaces[ns].block_bytes };
	enum isokit_status st;

	if (!w.block_bytes || !add_tree(l, ns, 0, &w.c.tree))
		return ISOKIT_OK;
	st = isokit_image_walk(l->img, ns, "/", visit_entry, &w, err);
	model_lba_set_free(&w.entries);
	free_collector(&w.c);
	if (w.c.failed)
		return isokit_fail_nomem(err, l->img->facts.path, 0);
	return st == ISOKIT_E_UNSUPPORTED || st == ISOKIT_E_CORRUPT ? ISOKIT_OK : st;
}

/* A tree of a session that block 16 does not show, by its descriptor. */
static enum isokit_status walk_descriptor(struct isokit_layout *l, unsigned session,
					  const uint8_t *raw, uint64_t lba,
					  struct isokit_error *err)
{
	const struct isokit_namespace *ns = l->img->facts.namespaces;
	bool rock = ns[ISOKIT_NS_ROCKRIDGE].present;
	enum isokit_namespace_kind kind = rock ? ISOKIT_NS_ROCKRIDGE : ISOKIT_NS_ISO9660;
	const struct isokit_volume *shown = l->img->facts.primary;
	struct isokit_volume *v;

	if (raw[0] == ONDISK_VD_SUPPLEMENTARY) {
		kind = raw[6] == 2 ? ISOKIT_NS_ENHANCED : ISOKIT_NS_JOLIET;
		shown = ns[kind].volume;
	}
	if (session == 0 && (!shown || !l->shift))
		return ISOKIT_OK; /* a copy: the same tree */
	v = model_volume_from(l->img, raw, lba, false);
	return v && (l->shift || !shown || v->root_lba != shown->root_lba) ?
		       walk(l, kind, session, v, true, err) : ISOKIT_OK;
}

/* The descriptors at sector lba + 16, and their trees. */
static enum isokit_status walk_set(struct isokit_layout *l, unsigned session, uint64_t lba,
				   bool with_descriptors, struct isokit_error *err)
{
	uint64_t size = l->img->facts.size;

	for (uint64_t at = lba + 16; at < lba + 48; at++) {
		struct ondisk_vd_head head;
		uint8_t raw[SECTOR_BYTES];
		enum isokit_status st;
		struct isokit_volume *v;

		if (!range_inside(at * SECTOR_BYTES, sizeof(raw), size))
			return ISOKIT_OK;
		st = model_read(l->img, at * SECTOR_BYTES, raw, sizeof(raw), err);
		if (st || !ondisk_vd_head_decode(raw, sizeof(raw), &head))
			return st;
		if (with_descriptors && !layout_thing(l, ISOKIT_REGION_DESCRIPTOR,
						      at * SECTOR_BYTES, SECTOR_BYTES,
						      l->shift ? "descriptor for a partition" :
								 "copied descriptor"))
			return isokit_fail_nomem(err, l->img->facts.path, sizeof(*v));
		if (head.type == ONDISK_VD_TERMINATOR)
			return ISOKIT_OK;
		if (head.type != ONDISK_VD_PRIMARY && head.type != ONDISK_VD_SUPPLEMENTARY)
			continue;
		v = with_descriptors ? model_volume_from(l->img, raw, at, false) : NULL;
		if (v && !layout_path_tables(l, v, "for a partition"))
			return isokit_fail_nomem(err, l->img->facts.path, sizeof(*v));
		st = walk_descriptor(l, session, raw, at, err);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

static enum isokit_status walk_sessions(struct isokit_layout *l, struct isokit_error *err)
{
	const struct isokit_facts *f = &l->img->facts;
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; f->primary && f->n_sessions > 1 && i < f->n_sessions && !st; i++)
		if (f->sessions[i].lba)
			st = walk_set(l, (unsigned)i + 1, f->sessions[i].lba, false, err);
	/* What may be grown has a copy of its first descriptors behind sector 32. */
	if (!st && f->primary && f->n_sessions == 1)
		st = walk_set(l, 0, 32, true, err);
	return st;
}

/* xorriso -partition_offset: a second set of descriptors and directories, which
 * counts blocks from the beginning of a partition and shows the same files. */
static enum isokit_status walk_view(struct isokit_layout *l, uint64_t start,
				    struct isokit_error *err)
{
	struct isokit_image *img = l->img;
	enum isokit_status st;

	if (start >= img->facts.size)
		return ISOKIT_OK;
	img->start += start;
	img->facts.size -= start;
	l->shift = start;
	st = walk_set(l, 0, 0, true, err);
	l->shift = 0;
	img->facts.size += start;
	img->start -= start;
	return st;
}

static enum isokit_status walk_views(struct isokit_layout *l, struct isokit_error *err)
{
	const struct isokit_facts *f = &l->img->facts;
	uint64_t seen = 0;
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; f->primary && i < f->mbr.n_partitions && !st; i++) {
		uint64_t start = (uint64_t)f->mbr.partitions[i].start_lba * 512;

		if (start && start % SECTOR_BYTES == 0 && start < 32 * SECTOR_BYTES) {
			st = start != seen ? walk_view(l, start, err) : ISOKIT_OK;
			seen = start;
		}
	}
	for (size_t i = 0; f->primary && i < f->gpt.n_partitions && !st; i++) {
		uint64_t start;

		if (mul_u64(f->gpt.partitions[i].first_lba, f->gpt.block_size, &start) && start &&
		    start % SECTOR_BYTES == 0 && start < 32 * SECTOR_BYTES) {
			st = start != seen ? walk_view(l, start, err) : ISOKIT_OK;
			seen = start;
		}
	}
	return st;
}

enum isokit_status layout_trees(struct isokit_layout *l, struct isokit_error *err)
{
	const struct isokit_namespace *ns = l->img->facts.namespaces;
	bool rock = ns[ISOKIT_NS_ROCKRIDGE].present;
	enum isokit_status st = ISOKIT_OK;

	if (rock)
		st = walk(l, ISOKIT_NS_ROCKRIDGE, 0, NULL, true, err);
	/* The same records under their plain names. */
	if (!st && ns[ISOKIT_NS_ISO9660].present && (!rock || l->options.plain_names))
		st = walk(l, ISOKIT_NS_ISO9660, 0, NULL, !rock, err);
	if (!st && ns[ISOKIT_NS_JOLIET].present)
		st = walk(l, ISOKIT_NS_JOLIET, 0, NULL, true, err);
	if (!st && ns[ISOKIT_NS_ENHANCED].present)
		st = walk(l, ISOKIT_NS_ENHANCED, 0, NULL, true, err);
	if (!st && ns[ISOKIT_NS_UDF].present)
		st = walk_entries(l, ISOKIT_NS_UDF, err);
	if (!st)
		st = walk_sessions(l, err);
	if (!st)
		st = walk_views(l, err);
	return st;
}
