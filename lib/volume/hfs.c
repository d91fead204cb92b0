/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of HFS and HFS+. The leaves of the catalog are read from first to last, each
 * once; nothing is looked up in it, so that its inner nodes may be what they like. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "volume/appledouble.h"
#include "volume/decmpfs.h"
#include "volume/files.h"
#include "volume/hfs_forks.h"
#include "volume/records.h"

enum {
	CATALOG_FILE_ID = 4, ATTRIBUTES_FILE_ID = 8,
	OWNER_IMMUTABLE = 0x02 | 0x04, OWNER_COMPRESSED = 0x20,
	ADMIN_IMMUTABLE = 0x02 | 0x04,
	FINDER_FLAGS_AT = 8, FINDER_INVISIBLE = 0x4000,
	MOST_ATTRIBUTE = 64 * 1024,
};
#define EPOCH_1904 INT64_C(2082844800)

static const char compression[] = "com.apple.decmpfs";

/* An attribute of a file, in memory. */
struct attribute {
	uint64_t file;
	size_t name_bytes, bytes;
	const char *name;
	const uint8_t *value; /* NULL: it could not be had */
};

/* A name that stands for a file in a hidden folder. */
struct link {
	uint32_t parent, number;
	const char *name;
	size_t name_bytes;
	bool folder;
};

struct reader {
	struct volume_files f;
	struct hfs_volume v;
	struct units *units; /* made when something is compressed */
	struct arena arena;
	struct attribute *attributes; /* ascending by file */
	size_t n_attributes, attributes_capacity;
	struct link *links;
	size_t n_links, links_capacity;
	struct ondisk_hfs_item *inodes; /* of hard links, by number (special) */
	size_t n_inodes, inodes_capacity;
	struct ondisk_hfs_item *folders; /* of hard links to folders */
	size_t n_folders, folders_capacity;
	struct hfs_runs runs;
	uint32_t private_files, private_folders; /* the hidden folders; 0: none */
	bool root_seen;
};

static void no_memory(struct reader *r)
{
	gather_fail(&r->f.g, ISOKIT_E_NOMEM, "no memory for its catalog");
}

/* ---- attributes ----------------------------------------------------------------------------- */

static const uint8_t *fork_bytes(struct reader *r, const struct ondisk_hfs_attribute *a,
				 uint8_t *room)
{
	struct isokit_source *src;
	bool ok;

	if (a->fork.bytes > MOST_ATTRIBUTE ||
	    hfs_fork_open(&r->v, &a->fork, 0, false, &src, NULL))
		return NULL;
	ok = volume_try_read(src, 0, room, (size_t)a->fork.bytes);
	isokit_source_close(src);
	return ok ? room : NULL;
}

static bool on_attribute(void *ctx, const uint8_t *record, size_t bytes)
{
	struct reader *r = ctx;
	struct ondisk_hfs_attribute a;
	char name[127 * 3];
	uint8_t *room = NULL;
	struct attribute *to;

	if (!ondisk_hfs_attribute_decode(record, bytes, &a, name))
		return true;
	if (!ARRAY_RESERVE(r->attributes, r->attributes_capacity, r->n_attributes + 1)) {
		no_memory(r);
		return false;
	}
	to = &r->attributes[r->n_attributes];
	*to = (struct attribute){
		.file = a.file,
		.name_bytes = a.name_bytes,
		.bytes = a.value ? a.value_bytes : (size_t)a.fork.bytes,
		.name = arena_strndup(&r->arena, name, a.name_bytes),
	};
	if (a.value) {
		to->value = arena_memdup(&r->arena, a.value, a.value_bytes + 1 - !!a.value_bytes);
	} else if (gather_spend(&r->f.g, MOST_ATTRIBUTE)) {
		room = gather_alloc(&r->f.g, MOST_ATTRIBUTE);
		if (room && fork_bytes(r, &a, room))
			to->value = arena_memdup(&r->arena, room, to->bytes + 1 - !!to->bytes);
		free(room);
	}
	if (!to->name) {
		no_memory(r);
		return false;
	}
	r->n_attributes++;
	return !r->f.g.status;
}

static void load_attributes(struct reader *r)
{
	struct ondisk_hfs_fork f;
	struct isokit_source *tree;

	ondisk_hfs_special_fork(r->v.header, r->v.plus, ONDISK_HFS_ATTRIBUTES_FILE, &f);
	if (f.bytes == 0 || hfs_fork_open(&r->v, &f, ATTRIBUTES_FILE_ID, false, &tree, NULL))
		return;
	(void)hfs_tree_walk(tree, on_attribute, r, &r->f.g, NULL);
	isokit_source_close(tree);
	records_sort(r->attributes, r->n_attributes, sizeof(*r->attributes),
		     records_by_number);
}

/* The first one of a file, or the end. */
static size_t first_attribute(const struct reader *r, uint32_t file)
{
	return records_first(r->attributes, r->n_attributes, sizeof(*r->attributes), file);
}

static const struct attribute *find_attribute(const struct reader *r, uint32_t file,
					      const char *name)
{
	for (size_t i = first_attribute(r, file);
	     i < r->n_attributes && r->attributes[i].file == file; i++) {
		if (strcmp(r->attributes[i].name, name) == 0)
			return &r->attributes[i];
	}
	return NULL;
}

/* Those that people set; Linux has them as "user.…". */
static void take_attributes(struct reader *r, uint32_t file, struct tree_node *n)
{
	for (size_t i = first_attribute(r, file);
	     i < r->n_attributes && r->attributes[i].file == file; i++) {
		const struct attribute *a = &r->attributes[i];
		char name[127 * 3 + 8];

		if (strcmp(a->name, compression) == 0)
			continue;
		if (strcmp(a->name, "com.apple.system.Security") == 0) {
			gather_lost(&r->f.g, VOLUME_LOST_ACL);
			continue;
		}
		memcpy(name, "user.", 5);
		memcpy(name + 5, a->name, a->name_bytes);
		name[5 + a->name_bytes] = '\0';
		if (a->value)
			volume_files_xattr(&r->f, n, name, a->value, a->bytes);
		else
			gather_lost(&r->f.g, VOLUME_LOST_XATTR);
	}
}

/* ---- contents ----------------------------------------------------------------------------------- */

static void take_fork(struct reader *r, const struct ondisk_hfs_item *i, struct tree_node *n)
{
	enum isokit_status st = hfs_fork_runs(&r->v, &i->data, i->id, false, &r->runs);

	if (st == ISOKIT_E_NOMEM)
		no_memory(r);
	else if (st || i->data.bytes > isokit_source_size(r->v.src))
		gather_lost(&r->f.g, VOLUME_LOST_UNREADABLE);
	else
		(void)gather_runs(&r->f.g, n, i->data.bytes, r->runs.items, r->runs.n);
}

static void take_compressed(struct reader *r, const struct ondisk_hfs_item *i,
			    const struct attribute *a, struct tree_node *n)
{
	struct isokit_source *resource = NULL, *src;
	enum isokit_status st = ISOKIT_OK;

	if (!r->units)
		r->f.g.status = units_new(r->f.mount, &r->units, r->f.g.err);
	/* The table of a fork: 8 bytes for each 64 KiB. Extents of forks may overlap. */
	if (r->f.g.status || !gather_spend(&r->f.g, i->resource.bytes / 8192))
		return;
	if (i->resource.bytes)
		st = hfs_fork_open(&r->v, &i->resource, i->id, true, &resource, NULL);
	if (!st)
		st = decmpfs_source(r->units, a->value, a->value ? a->bytes : 0, resource, &src,
				    NULL);
	if (st)
		gather_lost(&r->f.g, st == ISOKIT_E_UNSUPPORTED ? VOLUME_LOST_COMPRESSED :
								 VOLUME_LOST_UNREADABLE);
	else
		gather_source(&r->f.g, n, src);
}

static void take_target(struct reader *r, const struct ondisk_hfs_item *i, struct tree_node *n)
{
	enum { MOST = 4096 };
	struct isokit_source *src;
	uint8_t bytes[MOST];

	if (i->data.bytes == 0 || i->data.bytes >= MOST ||
	    hfs_fork_open(&r->v, &i->data, i->id, false, &src, NULL))
		return;
	if (volume_try_read(src, 0, bytes, (size_t)i->data.bytes))
		gather_target(&r->f.g, n, bytes, (size_t)i->data.bytes);
	isokit_source_close(src);
}

/* "._name": the resource fork, and what the Finder knows. */
static void add_double(struct reader *r, const struct ondisk_hfs_item *i, uint32_t parent,
		       const char *name, size_t name_bytes, const struct tree_node *of)
{
	char double_name[ONDISK_HFS_NAME_BYTES + 2];
	struct isokit_source *resource = NULL, *src;
	struct tree_node *n;

	if (i->resource.bytes &&
	    hfs_fork_open(&r->v, &i->resource, i->id, true, &resource, NULL)) {
		gather_lost(&r->f.g, VOLUME_LOST_FORK);
		return;
	}
	if (appledouble_source(i->finder, resource, &src, NULL)) {
		gather_lost(&r->f.g, VOLUME_LOST_FORK);
		return;
	}
	memcpy(double_name, "._", 2);
	memcpy(double_name + 2, name, name_bytes);
	/* No number of the volume: they have 32 bits. */
	n = gather_name(&r->f.g, parent, UINT64_C(1) << 32 | i->id, S_IFREG | 0644, double_name,
			name_bytes + 2);
	if (!n) {
		isokit_source_close(src);
		return;
	}
	n->mode = S_IFREG | (of->mode & 0666);
	n->uid = of->uid;
	n->gid = of->gid;
	gather_time(n, of->mtime, 0);
	gather_source(&r->f.g, n, src);
}

/* ---- the catalog ----------------------------------------------------------------------------------- */

static void take_item_attributes(struct reader *r, const struct ondisk_hfs_item *i,
				 struct tree_node *n)
{
	bool folder = i->kind == ONDISK_HFS_FOLDER;
	uint32_t type = i->mode & S_IFMT;

	if (i->modified)
		gather_time(n, (int64_t)i->modified - EPOCH_1904 -
			       (r->v.plus ? 0 : r->f.options->utc_minutes * 60), 0);
	if (folder != (type == S_IFDIR) || type == 0) {
		n->mode = folder ? S_IFDIR | 0755 : S_IFREG | 0644;
	} else {
		n->mode = i->mode;
		n->uid = i->uid;
		n->gid = i->gid;
	}
	if ((i->owner_flags & OWNER_IMMUTABLE) || (i->admin_flags & ADMIN_IMMUTABLE) ||
	    get_be16(i->finder + FINDER_FLAGS_AT) & FINDER_INVISIBLE)
		gather_lost(&r->f.g, VOLUME_LOST_FLAG);
	take_attributes(r, i->id, n);
}

/* A file or folder under one of its names. */
static void add_item(struct reader *r, const struct ondisk_hfs_item *i, uint32_t parent,
		     const char *name, size_t name_bytes)
{
	const struct attribute *packed = NULL;
	struct tree_node *n;
	bool doubled;

	if (i->kind == ONDISK_HFS_FILE && gather_link(&r->f.g, parent, i->id, name, name_bytes))
		return;
	n = gather_name(&r->f.g, parent, i->id, S_IFREG, name, name_bytes);
	if (!n)
		return;
	take_item_attributes(r, i, n);
	if (i->owner_flags & OWNER_COMPRESSED)
		packed = find_attribute(r, i->id, compression);
	doubled = appledouble_has_finder(i->finder) || (!packed && i->resource.bytes);
	if (packed)
		take_compressed(r, i, packed, n);
	else if (S_ISREG(n->mode))
		take_fork(r, i, n);
	else if (S_ISLNK(n->mode))
		take_target(r, i, n);
	else if (S_ISCHR(n->mode) || S_ISBLK(n->mode))
		n->u.rdev = makedev(i->special >> 24, i->special & 0xffffff);
	if (!S_ISREG(n->mode) && !S_ISDIR(n->mode))
		return;
	if (doubled && r->f.options->forks)
		add_double(r, i, parent, name, name_bytes, n);
	else if (!packed && i->resource.bytes)
		gather_lost(&r->f.g, VOLUME_LOST_FORK);
}

static bool keep_item(struct reader *r, struct ondisk_hfs_item **items, size_t *n,
		      size_t *capacity, const struct ondisk_hfs_item *i, const char *digits)
{
	uint64_t number = 0;

	for (const char *p = digits; *p; p++) {
		if (*p < '0' || *p > '9' || number > UINT32_MAX)
			return false;
		number = number * 10 + (uint64_t)(*p - '0');
	}
	if (!ARRAY_RESERVE(*items, *capacity, *n + 1)) {
		no_memory(r);
		return false;
	}
	(*items)[*n] = *i;
	(*items)[(*n)++].special = (uint32_t)number;
	return true;
}

/* TN1150, "Hard Links". Is the name one? */
static bool is_link(const struct ondisk_hfs_item *i, bool *ret_folder)
{
	*ret_folder = memcmp(i->finder, "fdrpMACS", 8) == 0;
	return i->kind == ONDISK_HFS_FILE &&
	       (memcmp(i->finder, "hlnkhfs+", 8) == 0 || (*ret_folder && i->special));
}

static void keep_link(struct reader *r, const struct ondisk_hfs_item *i, const char *name,
		      bool folder)
{
	struct link *l;

	if (!ARRAY_RESERVE(r->links, r->links_capacity, r->n_links + 1)) {
		no_memory(r);
		return;
	}
	l = &r->links[r->n_links++];
	*l = (struct link){ .parent = i->parent, .number = i->special, .folder = folder,
			    .name = arena_strndup(&r->arena, name, i->name_bytes),
			    .name_bytes = i->name_bytes };
	if (!l->name)
		no_memory(r);
}

/* What is the file system's own. */
static bool is_hidden(struct reader *r, const struct ondisk_hfs_item *i, const char *name)
{
	static const char files[] = "\0\0\0\0HFS+ Private Data";
	static const char folders[] = ".HFS+ Private Directory Data\r";

	if (i->parent != ONDISK_HFS_ROOT_FOLDER || !r->v.plus)
		return false;
	if (i->kind == ONDISK_HFS_FILE)
		return r->v.h.journaled && (strcmp(name, ".journal") == 0 ||
					    strcmp(name, ".journal_info_block") == 0);
	if (i->name_bytes == sizeof(files) - 1 && memcmp(name, files, i->name_bytes) == 0) {
		r->private_files = i->id;
		return true;
	}
	if (i->name_bytes == sizeof(folders) - 1 && memcmp(name, folders, i->name_bytes) == 0) {
		r->private_folders = i->id;
		return true;
	}
	return false;
}

/* Of the extended information, Mac OS shows no program the document's number, the time of
 * its adding and the counter of its writes: most files have nothing else. */
static void clear_changing(struct ondisk_hfs_item *i)
{
	memset(i->finder + 16, 0, 8);
	memset(i->finder + 28, 0, 4);
}

static bool on_item(void *ctx, const uint8_t *record, size_t bytes)
{
	struct reader *r = ctx;
	char name[ONDISK_HFS_NAME_BYTES + 1];
	struct ondisk_hfs_item i;
	bool folder;

	if (!ondisk_hfs_item_decode(record, bytes, r->v.plus, &i, name))
		return true;
	name[i.name_bytes] = '\0';
	/* The Finder's '/' is stored as such and shown to programs as ':'. */
	for (char *p = name; i.name_bytes && p < name + i.name_bytes; p++)
		*p = *p == '/' ? ':' : *p;
	if (i.parent == ONDISK_HFS_ROOT_PARENT) {
		if (i.kind == ONDISK_HFS_FOLDER && i.id == ONDISK_HFS_ROOT_FOLDER) {
			r->root_seen = true;
			take_item_attributes(r, &i, r->f.g.root);
		}
		return !r->f.g.status;
	}
	if (r->v.plus)
		clear_changing(&i);
	if (is_hidden(r, &i, name))
		return true;
	if (r->private_files && i.parent == r->private_files)
		(void)(strncmp(name, "iNode", 5) == 0 &&
		       keep_item(r, &r->inodes, &r->n_inodes, &r->inodes_capacity, &i, name + 5));
	else if (r->private_folders && i.parent == r->private_folders)
		(void)(strncmp(name, "dir_", 4) == 0 &&
		       keep_item(r, &r->folders, &r->n_folders, &r->folders_capacity, &i,
				 name + 4));
	else if (is_link(&i, &folder))
		keep_link(r, &i, name, folder);
	else
		add_item(r, &i, i.parent, name, i.name_bytes);
	return !r->f.g.status;
}

static int by_number(const void *a, const void *b)
{
	const struct ondisk_hfs_item *x = a, *y = b;

	return x->special < y->special ? -1 : x->special > y->special;
}

static void add_links(struct reader *r)
{
	if (r->n_inodes)
		qsort(r->inodes, r->n_inodes, sizeof(*r->inodes), by_number);
	if (r->n_folders)
		qsort(r->folders, r->n_folders, sizeof(*r->folders), by_number);
	for (size_t k = 0; k < r->n_links && !r->f.g.status; k++) {
		const struct link *l = &r->links[k];
		struct ondisk_hfs_item key = { .special = l->number };
		const struct ondisk_hfs_item *items = l->folder ? r->folders : r->inodes, *i;
		size_t n = l->folder ? r->n_folders : r->n_inodes;

		i = n ? bsearch(&key, items, n, sizeof(*items), by_number) : NULL;
		if (i)
			add_item(r, i, l->parent, l->name, l->name_bytes);
		else /* of no kind: left out, and told */
			(void)gather_name(&r->f.g, l->parent, UINT64_C(2) << 32 | l->number, 0,
					  l->name, l->name_bytes);
	}
}

/* ---- the volume ------------------------------------------------------------------------------------- */

static void read_all(struct reader *r)
{
	struct ondisk_hfs_fork f;
	struct isokit_source *catalog;
	struct gather *g = &r->f.g;
	enum isokit_status st;

	g->status = hfs_volume_load_overflow(&r->v, g, g->err);
	if (g->status || !gather_root(g, ONDISK_HFS_ROOT_FOLDER))
		return;
	load_attributes(r);
	if (g->status)
		return;
	ondisk_hfs_special_fork(r->v.header, r->v.plus, ONDISK_HFS_CATALOG_FILE, &f);
	g->status = hfs_fork_open(&r->v, &f, CATALOG_FILE_ID, false, &catalog, g->err);
	if (g->status)
		return;
	st = hfs_tree_walk(catalog, on_item, r, g, g->err);
	isokit_source_close(catalog);
	if (st && !r->root_seen && !g->status)
		g->status = st;
	else if (st)
		gather_lost_folder(g, ONDISK_HFS_ROOT_FOLDER);
	add_links(r);
}

static enum isokit_status read_hfs(struct isokit_source *volume, struct tree *t, const char *dest,
				   const struct volume_read_options *options,
				   struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	enum isokit_status st;

	if (!r)
		return isokit_fail_nomem(err, "HFS", sizeof(*r));
	st = volume_files_begin(&r->f, volume, t, "HFS", options, err);
	if (!st && !hfs_volume_open(volume, &r->v))
		st = gather_fail(&r->f.g, ISOKIT_E_CORRUPT, "its header cannot be read");
	if (!st)
		read_all(r);
	st = volume_files_end(&r->f, ONDISK_HFS_ROOT_FOLDER, dest, ret_mount);
	hfs_volume_close(&r->v);
	arena_release(&r->arena);
	free(r->attributes);
	free(r->links);
	free(r->inodes);
	free(r->folders);
	free(r->runs.items);
	free(r);
	return st;
}

/* The first record of the catalog is the root folder: it has the volume's name. */
static bool on_first_item(void *ctx, const uint8_t *record, size_t bytes)
{
	char name[ONDISK_HFS_NAME_BYTES];
	struct isokit_disk_volume *v = ctx;
	struct ondisk_hfs_item i;

	if (ondisk_hfs_item_decode(record, bytes, true, &i, name) &&
	    i.parent == ONDISK_HFS_ROOT_PARENT)
		volume_name(v->label, sizeof(v->label), name, i.name_bytes);
	return false;
}

static bool probe_hfs(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	struct isokit_source *catalog;
	struct ondisk_hfs_fork f;
	struct hfs_volume h;
	char name[3 * 27];

	if (!hfs_volume_open(volume, &h))
		return false;
	v->fs = h.plus ? ISOKIT_FS_HFSPLUS : ISOKIT_FS_HFS;
	v->words = h.h.kind == ONDISK_HFSX ? "HFSX" : h.plus ? "HFS+" : "HFS";
	if (!h.plus) {
		volume_name(v->label, sizeof(v->label), name,
			    ondisk_macroman_to_utf8(h.h.name, h.h.name_bytes, name));
		return true;
	}
	ondisk_hfs_special_fork(h.header, true, ONDISK_HFS_CATALOG_FILE, &f);
	if (!hfs_fork_open(&h, &f, CATALOG_FILE_ID, false, &catalog, NULL)) {
		(void)hfs_tree_walk(catalog, on_first_item, v, NULL, NULL);
		isokit_source_close(catalog);
	}
	return true;
}

const struct filesystem filesystem_hfs = {
	.fs = ISOKIT_FS_HFSPLUS, .probe = probe_hfs, .read = read_hfs,
};
