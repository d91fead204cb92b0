/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an HFS+ volume of a base image knows besides the files: what it is started by,
 * and the types and creators of files. Its volume is made anew from the tree, with
 * these. What cannot be made again is said to be lost. Apple's Technical Note TN1150.
 *
 * The catalog is read twice, node after node wherever its chains go, so that it ends:
 * once for the folders, once for the files, whose folders are then known. */
#include <stdlib.h>
#include <string.h>

#include "author/base.h"
#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/hfs.h"

enum {
	MAX_CATALOG_BYTES = 1024 << 20, /* of a volume of some three million files */
	MAX_DEPTH = 256,
	MAX_TYPES = 1 << 20,
	/* Of a file: all but those by which a Finder notes what it has looked at. */
	FINDER_FLAGS = 0xfc4f,
};

/* Index into ondisk_hfs.finder of each blessing, as libisofs numbers them. */
static const uint8_t finder_of[ISOKIT_BUILD_BLESSINGS] = {
	[ISOKIT_BUILD_BLESS_PPC_FOLDER] = 0,
	[ISOKIT_BUILD_BLESS_INTEL_FILE] = 1,
	[ISOKIT_BUILD_BLESS_SHOW_FOLDER] = 2,
	[ISOKIT_BUILD_BLESS_OS9_FOLDER] = 3,
	[ISOKIT_BUILD_BLESS_OSX_FOLDER] = 5,
};

struct folder {
	uint32_t id, parent;
	size_t name; /* in names */
	bool known;  /* node is: */
	const struct tree_node *node;
};

struct catalog {
	struct plan *plan;
	struct base *b;
	struct ondisk_hfs h;
	uint16_t node_bytes;
	uint8_t *node;
	struct folder *folders; /* by id, once they are all there */
	size_t n_folders, capacity_folders, capacity_types;
	struct text names;      /* of folders, with their NULs */
	bool failed;            /* out of memory */
};

/* ---- where it is --------------------------------------------------------------------- */

/* The byte of the image where a node of the catalog lies. False: in several pieces, in
 * the extents overflow file, or outside. */
static bool node_place(const struct catalog *c, uint64_t offset, uint64_t bytes, uint64_t *ret_at)
{
	const struct base *b = c->b;

	for (size_t i = 0; i < 8; i++) {
		uint64_t length = (uint64_t)c->h.catalog[i].blocks * c->h.block_bytes;

		if (offset < length)
			return bytes <= length - offset &&
			       add_u64(b->facts->hfs.offset,
				       (uint64_t)c->h.catalog[i].start * c->h.block_bytes, ret_at) &&
			       add_u64(*ret_at, offset, ret_at) &&
			       range_inside(*ret_at, bytes, isokit_source_size(b->src));
		offset -= length;
	}
	return false;
}

typedef void (*record_fn)(struct catalog *c, const struct ondisk_hfs_record *r, char *name);

static enum isokit_status each_record(struct catalog *c, record_fn visit, struct isokit_error *err)
{
	uint64_t at, end = min_u64(c->h.catalog_bytes, MAX_CATALOG_BYTES), bytes = c->node_bytes;
	char name[ONDISK_HFS_NAME_BYTES + 1];
	struct ondisk_hfs_record r;
	enum isokit_status st;

	for (uint64_t n = 1; (n + 1) * bytes <= end && node_place(c, n * bytes, bytes, &at); n++) {
		size_t records;

		st = isokit_source_read_at(c->b->src, at, c->node, c->node_bytes, err);
		if (st)
			return st;
		records = ondisk_hfsplus_leaf_records(c->node, c->node_bytes);
		for (size_t i = 0; i < records; i++) {
			if (!ondisk_hfsplus_record_decode(c->node, c->node_bytes, i, &r, name))
				continue;
			name[r.name_bytes] = '\0';
			visit(c, &r, name);
			if (c->failed)
				return isokit_fail_nomem(err, c->b->facts->path, 0);
		}
	}
	return ISOKIT_OK;
}

/* ---- folders ----------------------------------------------------------------------------- */

static void add_folder(struct catalog *c, const struct ondisk_hfs_record *r, char *name)
{
	if (r->kind != ONDISK_HFS_FOLDER)
		return;
	if (!ARRAY_RESERVE(c->folders, c->capacity_folders, c->n_folders + 1)) {
		c->failed = true;
		return;
	}
	c->folders[c->n_folders++] = (struct folder){ .id = r->id, .parent = r->parent,
						      .name = c->names.n };
	text_add(&c->names, name, r->name_bytes);
	text_add(&c->names, "", 1);
	c->failed = c->names.failed;
}

static int by_id(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static struct folder *find_folder(struct catalog *c, uint32_t id)
{
	const struct folder key = { .id = id };

	return c->n_folders ? bsearch(&key, c->folders, c->n_folders, sizeof(key), by_id) : NULL;
}

/* On a Mac ':' parts folders, and a name may hold '/'; elsewhere it is the other way. */
static void to_posix(char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (name[i] == '/')
			name[i] = ':';
	}
}

static const struct tree_node *child(const struct tree_node *dir, char *name)
{
	size_t n = strlen(name);

	to_posix(name, n);
	return dir && tree_is_dir(dir) ? tree_child(dir, name, n) : NULL;
}

/* The folder of that number in the tree, or NULL. */
static const struct tree_node *folder_node(struct catalog *c, uint32_t id)
{
	struct folder *chain[MAX_DEPTH];
	const struct tree_node *node = NULL;
	size_t n = 0;

	while (id != ONDISK_HFS_ROOT_FOLDER) {
		struct folder *f = find_folder(c, id);

		if (!f || n == MAX_DEPTH)
			return NULL;
		if (f->known) {
			node = f->node;
			break;
		}
		chain[n++] = f;
		id = f->parent;
	}
	if (id == ONDISK_HFS_ROOT_FOLDER)
		node = c->plan->tree->root;
	while (n--) {
		node = child(node, c->names.bytes + chain[n]->name);
		node = node && tree_is_dir(node) ? node : NULL;
		chain[n]->node = node;
		chain[n]->known = true;
	}
	return node;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* HFS+ takes letters with accents apart, so such names may not be found. The contents
 * are at the same place. */
static const struct tree_node *by_place(const struct catalog *c, const struct tree_node *dir,
					const struct ondisk_hfs_record *r)
{
	uint64_t at = c->b->facts->hfs.offset + (uint64_t)r->first_block * c->h.block_bytes;
	const struct tree_node *found = NULL;

	for (uint32_t i = 0; r->bytes && i < dir->u.dir.n; i++) {
		const struct tree_node *n = dir->u.dir.children[i];

		if (n->size != r->bytes || tree_node_offset_in(n, c->b->src) != at)
			continue;
		if (found)
			return NULL;
		found = n;
	}
	return found;
}

static bool is_ascii(const char *name)
{
	while (*name && (unsigned char)*name < 0x80)
		name++;
	return !*name;
}

static const struct tree_node *find_node(struct catalog *c, const struct ondisk_hfs_record *r,
					 char *name)
{
	const struct tree_node *dir, *node;

	if (r->kind == ONDISK_HFS_FOLDER)
		return folder_node(c, r->id);
	dir = folder_node(c, r->parent);
	node = child(dir, name);
	if (!node && dir && !is_ascii(name))
		node = by_place(c, dir, r);
	return node;
}

static const char *path_of(struct catalog *c, const struct tree_node *n)
{
	struct text path = { 0 };
	const char *kept;

	tree_node_path(n, &path);
	kept = arena_strndup(&c->plan->arena, text_string(&path), path.n);
	c->failed = c->failed || path.failed || !kept;
	text_free(&path);
	return kept;
}

/* Type and creator that say something: not zeros or the question marks of writers that
 * know nothing, nor those by which HFS+ tells symbolic and hard links ("Symbolic Links",
 * "Hard Links"), which are made again. */
static bool says_something(const uint8_t *info)
{
	static const char *const nothing[] = { "\0\0\0\0\0\0\0\0", "????????", "slnkrhap",
					       "hlnkhfs+" };

	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		if (memcmp(info, nothing[i], 8) == 0)
			return false;
	}
	return true;
}

static void take_type(struct catalog *c, const struct ondisk_hfs_record *r,
		      const struct tree_node *node)
{
	struct base_hfs *out = &c->b->hfs;
	struct base_hfs_type *t;

	if (!node || out->n_types == MAX_TYPES) {
		out->n_types_lost++;
		return;
	}
	if (!ARRAY_RESERVE(out->types, c->capacity_types, out->n_types + 1)) {
		c->failed = true;
		return;
	}
	t = &out->types[out->n_types++];
	t->path = path_of(c, node);
	memcpy(t->type, r->info, sizeof(t->type));
	memcpy(t->creator, r->info + sizeof(t->type), sizeof(t->creator));
}

/* A folder or a file may be what Macs start from; files have types. */
static void look_at_record(struct catalog *c, const struct ondisk_hfs_record *r, char *name)
{
	struct base_hfs *out = &c->b->hfs;
	bool type = r->kind == ONDISK_HFS_FILE && says_something(r->info), bless = false;
	const struct tree_node *node = NULL;

	for (size_t i = 0; i < ISOKIT_BUILD_BLESSINGS; i++)
		bless = bless || c->h.finder[finder_of[i]] == r->id;
	if (r->resource_bytes)
		out->n_forks++;
	if (r->finder_flags & FINDER_FLAGS)
		out->n_flags++;
	if (!type && !bless)
		return;
	node = find_node(c, r, name);
	if (type)
		take_type(c, r, node);
	for (size_t i = 0; node && !c->failed && i < ISOKIT_BUILD_BLESSINGS; i++) {
		bool file = i == ISOKIT_BUILD_BLESS_INTEL_FILE;

		if (c->h.finder[finder_of[i]] == r->id && tree_is_dir(node) != file)
			out->blessed[i] = path_of(c, node);
	}
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static enum isokit_status read_catalog(struct catalog *c, struct isokit_error *err)
{
	enum isokit_status st;
	uint8_t head[64];
	uint32_t leaf;
	uint64_t at;

	if (!node_place(c, 0, sizeof(head), &at))
		return ISOKIT_OK;
	st = isokit_source_read_at(c->b->src, at, head, sizeof(head), err);
	if (st || !ondisk_hfsplus_tree_decode(head, &c->node_bytes, &leaf))
		return st;
	c->node = malloc(c->node_bytes);
	if (!c->node)
		return isokit_fail_nomem(err, c->b->facts->path, c->node_bytes);
	st = each_record(c, add_folder, err);
	if (c->n_folders)
		qsort(c->folders, c->n_folders, sizeof(*c->folders), by_id);
	if (st == ISOKIT_OK)
		st = each_record(c, look_at_record, err);
	free(c->node);
	free(c->folders);
	text_free(&c->names);
	return st;
}

enum isokit_status base_find_hfs(struct plan *plan, struct base *b, struct isokit_error *err)
{
	uint8_t raw[ONDISK_HFS_HEADER_BYTES];
	struct catalog c = { .plan = plan, .b = b };
	struct base_hfs *out = &b->hfs;
	uint64_t at;
	enum isokit_status st;

	if (!b->facts->namespaces[ISOKIT_NS_HFS].present ||
	    !add_u64(b->facts->hfs.offset, ONDISK_HFS_HEADER_AT, &at) ||
	    !range_inside(at, sizeof(raw), isokit_source_size(b->src)))
		return ISOKIT_OK;
	st = isokit_source_read_at(b->src, at, raw, sizeof(raw), err);
	if (st || ondisk_hfs_decode(raw, &c.h, NULL) != ISOKIT_OK || c.h.kind == ONDISK_HFS)
		return st;
	put_be32(out->serial, c.h.finder[6]);
	put_be32(out->serial + 4, c.h.finder[7]);
	out->block_bytes = c.h.block_bytes;
	for (size_t i = 0; i < ISOKIT_BUILD_BLESSINGS; i++) {
		out->has_blessing[i] = c.h.finder[finder_of[i]] != 0;
		if (c.h.finder[finder_of[i]] == ONDISK_HFS_ROOT_FOLDER &&
		    i != ISOKIT_BUILD_BLESS_INTEL_FILE)
			out->blessed[i] = "/";
	}
	return read_catalog(&c, err);
}

/* ---- in the new image ------------------------------------------------------------------------------ */

static void count_lost(struct plan *plan, uint64_t n, const char *what)
{
	if (n)
		plan_note(plan, ISOKIT_BUILD_WARNING, plan->base->facts->path,
			  "%s of its HFS+ volume are not kept (%llu file%s)", what,
			  (unsigned long long)n, n == 1 ? "" : "s");
}

static void bless(struct plan *plan)
{
	static const char *const names[ISOKIT_BUILD_BLESSINGS] = {
		[ISOKIT_BUILD_BLESS_PPC_FOLDER] = "the folder that old Macs start from (blessed)",
		[ISOKIT_BUILD_BLESS_INTEL_FILE] = "the file that Intel Macs start (blessed)",
		[ISOKIT_BUILD_BLESS_SHOW_FOLDER] = "the folder that is opened at sight",
		[ISOKIT_BUILD_BLESS_OS9_FOLDER] = "the folder of Mac OS 9",
		[ISOKIT_BUILD_BLESS_OSX_FOLDER] = "the folder of Mac OS X",
	};
	const struct base_hfs *from = &plan->base->hfs;
	struct plan_hfs *to = &plan->boot.hfs;

	for (size_t i = 0; i < ISOKIT_BUILD_BLESSINGS; i++) {
		const struct tree_node *n = from->blessed[i] ?
						    tree_lookup(plan->tree, from->blessed[i]) : NULL;

		if (!from->has_blessing[i])
			continue;
		/* libisofs blesses a node once. */
		for (size_t k = 0; k < i; k++) {
			if (n && to->blessed[k] == n)
				n = NULL;
		}
		if (n && (i == ISOKIT_BUILD_BLESS_INTEL_FILE) == tree_is_file(n) &&
		    !tree_is_hidden(n, TREE_HIDDEN_HFSPLUS))
			to->blessed[i] = n;
		else
			plan_note(plan, ISOKIT_BUILD_WARNING, plan->base->facts->path,
				  "%s in its HFS+ volume is not kept as such", names[i]);
	}
}

enum isokit_status base_hfs(struct plan *plan, struct isokit_error *err)
{
	const struct base_hfs *from = &plan->base->hfs;
	struct plan_hfs *to = &plan->boot.hfs;

	to->wanted = true;
	to->has_serial = get_be64(from->serial) != 0;
	memcpy(to->serial, from->serial, sizeof(to->serial));
	if (from->block_bytes == 512 || from->block_bytes == 2048)
		to->block_size = from->block_bytes;
	bless(plan);
	to->types = arena_array(&plan->arena, from->n_types, sizeof(*to->types));
	if (!to->types && from->n_types)
		return isokit_fail_nomem(err, "HFS+", from->n_types * sizeof(*to->types));
	for (size_t i = 0; i < from->n_types; i++) {
		const struct tree_node *n = tree_lookup(plan->tree, from->types[i].path);
		struct plan_hfs_type *t = &to->types[to->n_types];

		/* Taken out, or something else now. */
		if (!n || !tree_is_file(n) || tree_is_hidden(n, TREE_HIDDEN_HFSPLUS))
			continue;
		t->node = n;
		memcpy(t->type, from->types[i].type, sizeof(t->type));
		memcpy(t->creator, from->types[i].creator, sizeof(t->creator));
		to->n_types++;
	}
	count_lost(plan, from->n_types_lost, "types and creators");
	count_lost(plan, from->n_forks, "resource forks");
	count_lost(plan, from->n_flags, "the Finder's flags");
	return ISOKIT_OK;
}
