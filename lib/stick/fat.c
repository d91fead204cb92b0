/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By Microsoft's "FAT: General Overview of On-Disk Format" 1.03. Every file lies in one piece,
 * folders first, then files in the order in which the image has them: it is read from its
 * beginning to its end. So a table is no more than where each begins, and its sectors are made
 * when somebody reads them, as those of the folders are. */
#include "stick/fat.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "author/fatname.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum {
	ENTRY = FATNAME_ENTRY_BYTES,
	RESERVED = 32,          /* the least, of FAT32; overview p. 9 */
	BACKUP_SECTOR = 6,
	MIN_FAT32 = 65525, MIN_FAT16 = 4085, /* clusters: "Count of clusters", p. 15 */
	MARGIN = 16,            /* stay off the borders: drivers are off by a few */
	ROOT_ENTRIES = 512,     /* of FAT16 */
	MAX_ENTRIES = 65536,    /* of a folder, p. 24 */
	MAX_NODES = 2000000,
};

#define END_OF_CHAIN UINT32_C(0x0fffffff)

static const char subject[] = "FAT file system";

struct fat {
	unsigned bits;
	uint32_t sector, cluster_sectors, cluster_bytes, reserved, table_sectors, root_entries;
	uint64_t at, sectors, data_sector, clusters, used;
	uint64_t file_bytes;   /* of all files, whatever the clusters */
	uint64_t data_at;
	uint8_t label[FAT_LABEL_BYTES];
	bool has_label;
	uint16_t date, time; /* of what has none */
	/* Folders, each before what is in it, then files; the root is 0. */
	struct tree_node **nodes;
	size_t n_nodes, n_dirs;
	uint32_t *start; /* of each the first cluster; [n_nodes] is the first that is free */
	uint8_t (*alias)[FATNAME_ALIAS_BYTES];
};

/* ---- geometry ------------------------------------------------------------------------------ */

/* Microsoft's rule ("DskTableFAT32" of the overview, p. 20) in sectors of 512 bytes. */
static uint32_t usual_cluster(uint64_t bytes)
{
	return bytes <= (uint64_t)260 * STICK_MIB   ? 512 :
	       bytes <= (uint64_t)8192 * STICK_MIB  ? 4096 :
	       bytes <= (uint64_t)16384 * STICK_MIB ? 8192 :
	       bytes <= (uint64_t)32768 * STICK_MIB ? 16384 : 32768;
}

static bool try32(struct fat *f, uint64_t align, uint32_t cluster_sectors)
{
	uint64_t first = f->at / f->sector, table, data;

	table = div_up((f->sectors / cluster_sectors + 2) * 4, f->sector);
	data = RESERVED + 2 * table;
	/* What is left before the border goes to the reserved sectors. */
	if (align) {
		uint64_t better = round_up((first + data) * f->sector, align) / f->sector - first;

		if (better - 2 * table <= UINT16_MAX)
			data = better;
	}
	if (data >= f->sectors)
		return false;
	f->bits = 32;
	f->cluster_sectors = cluster_sectors;
	f->table_sectors = (uint32_t)table;
	f->reserved = (uint32_t)(data - 2 * table);
	f->data_sector = data;
	f->clusters = (f->sectors - data) / cluster_sectors;
	return f->clusters >= MIN_FAT32 + MARGIN && f->clusters < 0x0ffffff0;
}

static bool try16(struct fat *f, uint32_t cluster_sectors)
{
	uint64_t table, root = div_up(ROOT_ENTRIES * ENTRY, f->sector);

	table = div_up((f->sectors / cluster_sectors + 2) * 2, f->sector);
	f->bits = 16;
	f->cluster_sectors = cluster_sectors;
	f->root_entries = ROOT_ENTRIES;
	f->table_sectors = (uint32_t)table;
	f->reserved = 4;
	f->data_sector = f->reserved + 2 * table + root;
	if (f->data_sector >= f->sectors || table > UINT16_MAX)
		return false;
	f->clusters = (f->sectors - f->data_sector) / cluster_sectors;
	return f->clusters >= MIN_FAT16 + MARGIN && f->clusters < MIN_FAT32 - MARGIN;
}

/* What a drive must have, in words that stand on its package. */
static unsigned least_megabytes(const struct fat_options *o)
{
	uint64_t clusters = (o->small ? MIN_FAT16 : MIN_FAT32) + MARGIN;
	uint64_t tables = 2 * round_up((clusters + 2) * 4, o->sector);

	return (unsigned)div_up(o->at + o->align + (RESERVED + clusters) * o->sector + tables,
				1000000);
}

static enum isokit_status set_geometry(struct fat *f, const struct fat_options *o,
				       struct isokit_error *err)
{
	uint32_t usual = usual_cluster(o->bytes) / o->sector;

	f->sectors = o->bytes / o->sector;
	if (f->sectors > UINT32_MAX)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "FAT32 cannot have more than 2^32 sectors");
	for (uint32_t n = usual ? usual : 1; n >= 1; n /= 2)
		if (try32(f, o->align, n))
			return ISOKIT_OK;
	for (uint32_t n = 1; n <= 32 && o->small && !o->tree; n *= 2)
		if (try16(f, n))
			return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
			   "the drive is too small for %s, which needs %u MB",
			   o->small ? "FAT16" : "FAT32", least_megabytes(o));
}

enum isokit_status fat_check(const struct fat_options *o, struct isokit_error *err)
{
	struct fat f = { .at = o->at, .sector = o->sector };

	return set_geometry(&f, o, err);
}

/* ---- the tree -------------------------------------------------------------------------------- */

struct counting {
	size_t dirs, files;
};

static int count(void *ctx, struct tree_node *node)
{
	struct counting *c = ctx;

	if (tree_is_dir(node))
		c->dirs++;
	else
		c->files++;
	return c->dirs + c->files > MAX_NODES;
}

struct listing {
	struct fat *f;
	size_t dirs, files;
};

static int list(void *ctx, struct tree_node *node)
{
	struct listing *l = ctx;

	l->f->nodes[tree_is_dir(node) ? l->dirs++ : l->files++] = node;
	return 0;
}

static const struct tree_node *content_of(const struct tree_node *node)
{
	return node->content == TREE_SHARED ? node->u.same : node;
}

static uint64_t source_offset(const struct tree_node *node)
{
	const struct tree_node *c = content_of(node);

	return c->content == TREE_SOURCE ? c->u.range->offset : 0;
}

/* Heavier ones first, then in the order of the image. Names are no help: equal ones come in the
 * order of the tree, which ids tell. */
static int by_offset(const void *a, const void *b)
{
	const struct tree_node *x = *(struct tree_node *const *)a, *y = *(struct tree_node *const *)b;
	uint64_t p = source_offset(x), q = source_offset(y);

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static enum isokit_status list_nodes(struct fat *f, struct arena *arena, struct tree *t,
				     struct isokit_error *err)
{
	struct counting n = { 0 };
	struct listing l = { .f = f };

	if (tree_walk(t->root, count, &n))
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "the image has more than %d files", MAX_NODES);
	f->n_dirs = n.dirs;
	f->n_nodes = n.dirs + n.files;
	l.files = n.dirs;
	f->nodes = arena_array(arena, f->n_nodes, sizeof(struct tree_node *));
	f->start = arena_array(arena, f->n_nodes + 1, sizeof(*f->start));
	f->alias = arena_array(arena, f->n_nodes, FATNAME_ALIAS_BYTES);
	if (!f->nodes || !f->start || !f->alias)
		return isokit_fail_nomem(err, subject, f->n_nodes * sizeof(*f->nodes));
	tree_walk(t->root, list, &l);
	for (size_t i = 0; i < f->n_nodes; i++)
		f->nodes[i]->id = (uint32_t)i;
	qsort(f->nodes + f->n_dirs, f->n_nodes - f->n_dirs, sizeof(*f->nodes), by_offset);
	for (size_t i = 0; i < f->n_nodes; i++)
		f->nodes[i]->id = (uint32_t)i;
	return ISOKIT_OK;
}

/* ---- short names ------------------------------------------------------------------------------ */

/* The aliases of one folder, to be asked which are taken. */
struct taken {
	const uint8_t (*alias)[FATNAME_ALIAS_BYTES];
	uint32_t *slots; /* index + 1 */
	size_t n_slots;
};

static uint32_t hash(const uint8_t *p, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619u;
	return h ^ h >> 15;
}

/* Put a short name in; false: it is there. */
static bool take(struct taken *t, uint32_t node, const uint8_t alias[FATNAME_ALIAS_BYTES])
{
	size_t i = hash(alias, FATNAME_ALIAS_BYTES) & (t->n_slots - 1);

	for (; t->slots[i]; i = (i + 1) & (t->n_slots - 1))
		if (memcmp(t->alias[t->slots[i] - 1], alias, FATNAME_ALIAS_BYTES) == 0)
			return false;
	t->slots[i] = node + 1;
	return true;
}

/* NAME~1 to NAME~4, then two letters and a number out of the name, as Windows does: a folder of
 * thousands of similar names does not try thousands of numbers for each. */
static bool number(struct taken *t, uint8_t (*alias)[FATNAME_ALIAS_BYTES], uint32_t node,
		   const uint16_t *units, size_t n, const uint8_t *basis, size_t base)
{
	static const char digits[] = "0123456789ABCDEF";
	uint32_t h = hash((const uint8_t *)units, n * sizeof(*units));
	uint8_t hashed[FATNAME_ALIAS_BYTES];
	size_t keep = base < 2 ? base : 2;

	for (uint32_t k = 1; k <= 4; k++) {
		fatname_numbered(basis, base, k, alias[node]);
		if (take(t, node, alias[node]))
			return true;
	}
	for (uint32_t k = 0; k < 1000; k++, h = h * 1664525u + 1013904223u) {
		memcpy(hashed, basis, sizeof(hashed));
		for (size_t i = 0; i < 4; i++)
			hashed[keep + i] = (uint8_t)digits[h >> (28 - 4 * i) & 15];
		fatname_numbered(hashed, keep + 4, k % 9 + 1, alias[node]);
		if (take(t, node, alias[node]))
			return true;
	}
	return false;
}

static enum isokit_status make_aliases(struct fat *f, const struct tree_node *dir,
				       struct isokit_error *err)
{
	struct taken t = { .alias = (const uint8_t(*)[FATNAME_ALIAS_BYTES])f->alias, .n_slots = 16 };
	enum isokit_status st = ISOKIT_OK;
	uint16_t units[FATNAME_MAX_UNITS];

	while (t.n_slots < 2 * (size_t)dir->u.dir.n)
		t.n_slots *= 2;
	t.slots = calloc(t.n_slots, sizeof(*t.slots));
	if (!t.slots)
		return isokit_fail_nomem(err, subject, t.n_slots * sizeof(*t.slots));
	/* Exact names first, so that no NAME~1 takes the place of a file that is called so. */
	for (int exact = 1; exact >= 0 && st == ISOKIT_OK; exact--)
		for (uint32_t i = 0; i < dir->u.dir.n && st == ISOKIT_OK; i++) {
			const struct tree_node *child = dir->u.dir.children[i];
			size_t n = fat_name_units(child, units), base;
			uint8_t basis[FATNAME_ALIAS_BYTES];
			bool needs_long, is_exact;

			is_exact = fatname_basis(units, n, basis, &base, &needs_long);
			if (is_exact && exact) {
				memcpy(f->alias[child->id], basis, sizeof(basis));
				if (!take(&t, child->id, basis))
					f->alias[child->id][0] = 0; /* by a name of another case */
			} else if (!exact && f->alias[child->id][0] == 0 &&
				   !number(&t, f->alias, child->id, units, n, basis, base)) {
				st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, child->name,
						 "no short name is left for it");
			}
		}
	free(t.slots);
	return st;
}

/* Does the short name not say everything? */
static bool needs_long(const struct fat *f, const struct tree_node *node, const uint16_t *units,
		       size_t n)
{
	uint8_t basis[FATNAME_ALIAS_BYTES];
	size_t base;
	bool long_too;

	fatname_basis(units, n, basis, &base, &long_too);
	return long_too || memcmp(basis, f->alias[node->id], sizeof(basis)) != 0;
}

static uint64_t count_entries(const struct fat *f, const struct tree_node *dir)
{
	uint64_t n = dir->parent ? 2 : f->has_label;
	uint16_t units[FATNAME_MAX_UNITS];

	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		const struct tree_node *child = dir->u.dir.children[i];
		size_t n_units = fat_name_units(child, units);

		n += 1 + (needs_long(f, child, units, n_units) ? fatname_long_entries(n_units) : 0);
	}
	return n;
}

static enum isokit_status give_out(struct fat *f, struct isokit_error *err)
{
	uint64_t next = 2;

	for (size_t i = 0; i < f->n_nodes; i++) {
		const struct tree_node *node = f->nodes[i];
		uint64_t bytes = node->size;

		f->start[i] = (uint32_t)next;
		if (i < f->n_dirs) {
			uint64_t n;
			enum isokit_status st = make_aliases(f, node, err);

			if (st)
				return st;
			n = count_entries(f, node);
			if (n > MAX_ENTRIES)
				return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET,
						   node->parent ? node->name : "/",
						   "holds more files than a FAT folder can");
			bytes = max_u64(n * ENTRY, 1);
		} else if (bytes > UINT32_MAX) {
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, node->name,
					   "is 4 GiB or larger, which FAT32 cannot hold");
		}
		next += div_up(bytes, f->cluster_bytes);
		f->file_bytes += i < f->n_dirs ? 0 : bytes;
		if (next - 2 > f->clusters)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
					   "the files of the image are larger than the %llu MB "
					   "that the drive has",
					   (unsigned long long)(f->clusters * f->cluster_bytes /
								1000000));
	}
	f->start[f->n_nodes] = (uint32_t)next;
	f->used = next - 2;
	return ISOKIT_OK;
}

/* ---- tables --------------------------------------------------------------------------------- */

/* The node whose clusters hold this one; n_nodes: none does. */
static size_t holder(const struct fat *f, uint64_t cluster)
{
	size_t lo = 0, hi = f->n_nodes;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->start[mid + 1] <= cluster)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum isokit_status read_table(void *self, uint64_t offset, void *buffer, size_t length,
				     struct isokit_error *err)
{
	const struct fat *f = self;
	uint8_t *out = buffer, raw[4];
	uint64_t end = offset + length;
	size_t at = holder(f, offset / 4);

	(void)err;
	for (uint64_t i = offset / 4; i * 4 < end; i++) {
		uint64_t from = max_u64(i * 4, offset), to = min_u64(i * 4 + 4, end);
		uint32_t value = 0;

		if (i >= f->used + 2) { /* nothing but zeros comes */
			memset(out + (from - offset), 0, (size_t)(end - from));
			break;
		}
		while (at < f->n_nodes && f->start[at + 1] <= i)
			at++;
		if (i == 0)
			value = UINT32_C(0x0ffffff8);
		else if (i == 1)
			value = END_OF_CHAIN; /* clean, no errors */
		else
			value = i + 1 == f->start[at + 1] ? END_OF_CHAIN : (uint32_t)i + 1;
		put_le32(raw, value);
		memcpy(out + (from - offset), raw + from % 4, (size_t)(to - from));
	}
	return ISOKIT_OK;
}

/* ---- folders --------------------------------------------------------------------------------- */

static uint32_t cluster_of(const struct fat *f, const struct tree_node *node)
{
	return f->start[node->id] == f->start[node->id + 1] ? 0 : f->start[node->id];
}

static void put_entry(const struct fat *f, uint8_t *p, const uint8_t *alias,
		      const struct tree_node *node, uint32_t cluster)
{
	uint16_t date = f->date, time = f->time;
	bool dir = tree_is_dir(node);

	if (node->mtime > 0)
		fatname_time(node->mtime, &date, &time);
	fatname_put_entry(p, alias, dir ? FATNAME_ATTR_FOLDER : FATNAME_ATTR_ARCHIVE, date, time,
			  cluster, dir ? 0 : (uint32_t)node->size);
}

static void put_folder(const struct fat *f, const struct tree_node *dir, uint8_t *p)
{
	uint16_t units[FATNAME_MAX_UNITS];

	if (!dir->parent) {
		if (f->has_label) {
			fatname_put_entry(p, f->label, FATNAME_ATTR_LABEL, f->date, f->time, 0, 0);
			p += ENTRY;
		}
	} else {
		/* ".." of a folder in the root says cluster 0. */
		put_entry(f, p, (const uint8_t *)".          ", dir, cluster_of(f, dir));
		put_entry(f, p + ENTRY, (const uint8_t *)"..         ", dir->parent,
			  dir->parent->parent ? cluster_of(f, dir->parent) : 0);
		p += 2 * ENTRY;
	}
	for (uint32_t i = 0; i < dir->u.dir.n; i++) {
		const struct tree_node *child = dir->u.dir.children[i];
		size_t n = fat_name_units(child, units);

		if (needs_long(f, child, units, n))
			p = fatname_put_long(p, units, n, f->alias[child->id]);
		put_entry(f, p, f->alias[child->id], child, cluster_of(f, child));
		p += ENTRY;
	}
}

/* Of all folders, one behind the other. */
static enum isokit_status read_folders(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	const struct fat *f = self;
	uint8_t *out = buffer;

	for (size_t i = holder(f, offset / f->cluster_bytes + 2); length > 0; i++) {
		uint64_t from = (uint64_t)(f->start[i] - 2) * f->cluster_bytes;
		size_t bytes = (size_t)(f->start[i + 1] - f->start[i]) * f->cluster_bytes, n;
		uint8_t *folder = calloc(1, bytes);

		if (!folder)
			return isokit_fail_nomem(err, subject, bytes);
		put_folder(f, f->nodes[i], folder);
		n = (size_t)min_u64(length, bytes - (offset - from));
		memcpy(out, folder + (offset - from), n);
		free(folder);
		out += n;
		offset += n;
		length -= n;
	}
	return ISOKIT_OK;
}

/* A part of the file system that is made when it is read. */
static enum isokit_status put_made(struct composer *c, struct fat *f,
				   const struct isokit_source_ops *ops, uint64_t bytes,
				   struct isokit_source **ret, struct isokit_error *err)
{
	enum isokit_status st = isokit_source_new(ops, f, bytes, subject, ret, err);

	return st ? st : composer_own_source(c, *ret, err);
}

/* ---- boot sector ------------------------------------------------------------------------------ */

static void put_boot_sector(const struct fat *f, const struct fat_options *o, uint8_t *s)
{
	bool big = f->bits == 32;
	size_t ext = big ? 64 : 36, code = big ? 90 : 62;
	uint8_t *info = s + f->sector;

	s[0] = 0xeb;
	s[1] = (uint8_t)(code - 2);
	s[2] = 0x90;
	memcpy(s + 3, "ISOKIT  ", 8);
	put_le16(s + 11, (uint16_t)f->sector);
	s[13] = (uint8_t)f->cluster_sectors;
	put_le16(s + 14, (uint16_t)f->reserved);
	s[16] = 2;
	put_le16(s + 17, (uint16_t)f->root_entries);
	if (!big && f->sectors < 65536)
		put_le16(s + 19, (uint16_t)f->sectors);
	else
		put_le32(s + 32, (uint32_t)f->sectors);
	s[21] = 0xf8;
	if (!big)
		put_le16(s + 22, (uint16_t)f->table_sectors);
	put_le16(s + 24, 63);
	put_le16(s + 26, 255);
	put_le32(s + 28, (uint32_t)(f->at / f->sector));
	if (big) {
		put_le32(s + 36, f->table_sectors);
		put_le32(s + 44, 2);
		put_le16(s + 48, 1); /* FSInfo */
		put_le16(s + 50, BACKUP_SECTOR);
	}
	s[ext] = 0x80;
	s[ext + 2] = 0x29;
	put_le32(s + ext + 3, o->serial);
	memcpy(s + ext + 7, f->has_label ? (const char *)f->label : "NO NAME    ", 11);
	memcpy(s + ext + 18, big ? "FAT32   " : "FAT16   ", 8);
	fatname_put_stub(s, code, o->stub);
	put_le16(s + 510, 0xaa55);
	if (!big)
		return;
	put_le32(info, 0x41615252);
	put_le32(info + 484, 0x61417272);
	put_le32(info + 488, (uint32_t)(f->clusters - f->used));
	put_le32(info + 492, (uint32_t)(f->used + 1)); /* the last one given out */
	put_le32(info + 508, 0xaa550000);
	memcpy(s + (size_t)BACKUP_SECTOR * f->sector, s, 2 * (size_t)f->sector);
}

/* ---- all ----------------------------------------------------------------------------------------- */

static enum isokit_status put_contents(struct composer *c, const struct fat *f,
				       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = f->n_dirs; i < f->n_nodes && st == ISOKIT_OK; i++) {
		const struct tree_node *node = f->nodes[i], *from = content_of(node);
		uint64_t at = f->data_at + (uint64_t)(f->start[i] - 2) * f->cluster_bytes;

		if (node->size == 0)
			continue;
		switch ((enum tree_content)from->content) {
		case TREE_MEMORY:
			st = composer_bytes(c, at, from->u.memory, (size_t)node->size, err);
			break;
		case TREE_SOURCE:
			st = composer_source(c, at, node->size, from->u.range->src,
					     from->u.range->offset, err);
			break;
		case TREE_EMPTY:
		case TREE_HOST:
		case TREE_SHARED:
			st = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, node->name,
					 "its content cannot be read");
			break;
		}
	}
	return st;
}

static enum isokit_status put_tables(struct composer *c, struct fat *f, struct isokit_error *err)
{
	static const struct isokit_source_ops tables = {
		.size = sizeof(tables), .read_at = read_table,
	};
	static const struct isokit_source_ops folders = {
		.size = sizeof(folders), .read_at = read_folders,
	};
	uint64_t table_bytes = (uint64_t)f->table_sectors * f->sector;
	uint64_t folder_bytes = (uint64_t)(f->start[f->n_dirs] - 2) * f->cluster_bytes;
	uint64_t at = f->at + (uint64_t)f->reserved * f->sector;
	struct isokit_source *src;
	enum isokit_status st = put_made(c, f, &tables, table_bytes, &src, err);

	for (unsigned copy = 0; copy < 2 && st == ISOKIT_OK; copy++)
		st = composer_source(c, at + copy * table_bytes, table_bytes, src, 0, err);
	if (st == ISOKIT_OK)
		st = put_made(c, f, &folders, folder_bytes, &src, err);
	if (st == ISOKIT_OK)
		st = composer_source(c, f->data_at, folder_bytes, src, 0, err);
	return st;
}

/* FAT16 is for drives that hold nothing. */
static enum isokit_status put_small(struct composer *c, const struct fat *f,
				    struct isokit_error *err)
{
	uint64_t at = f->at + (uint64_t)f->reserved * f->sector;

	for (unsigned copy = 0; copy < 2; copy++) {
		uint8_t *p = composer_memory(c, at + (uint64_t)copy * f->table_sectors * f->sector,
					     4, err);

		if (!p)
			return ISOKIT_E_NOMEM;
		put_le32(p, 0xfffffff8);
	}
	if (f->has_label) {
		uint8_t *p = composer_memory(c, at + 2 * (uint64_t)f->table_sectors * f->sector,
					     ENTRY, err);

		if (!p)
			return ISOKIT_E_NOMEM;
		fatname_put_entry(p, f->label, FATNAME_ATTR_LABEL, f->date, f->time, 0, 0);
	}
	return ISOKIT_OK;
}

/* A root folder and nothing in it. */
static enum isokit_status empty_tree(struct composer *c, struct tree **ret,
				     struct isokit_error *err)
{
	enum isokit_status st = tree_new(ret, err);

	return st ? st : composer_own_tree(c, *ret, err);
}

enum isokit_status fat_compose(struct composer *c, const struct fat_options *o,
			       struct fat_made *ret, struct isokit_error *err)
{
	struct arena *arena = composer_arena(c);
	struct fat *f = arena_alloc(arena, sizeof(*f));
	struct tree *t = o->tree;
	enum isokit_status st;
	size_t boot_sectors;

	if (!f)
		return isokit_fail_nomem(err, subject, sizeof(*f));
	*f = (struct fat){ .at = o->at, .sector = o->sector, .has_label = o->label != NULL };
	if (o->label)
		memcpy(f->label, o->label, sizeof(f->label));
	fatname_time(o->epoch, &f->date, &f->time);
	st = set_geometry(f, o, err);
	f->cluster_bytes = f->cluster_sectors * f->sector;
	f->data_at = f->at + f->data_sector * f->sector;
	if (st == ISOKIT_OK && f->bits == 32) {
		if (!t)
			st = empty_tree(c, &t, err);
		if (st == ISOKIT_OK)
			st = list_nodes(f, arena, t, err);
		if (st == ISOKIT_OK)
			st = give_out(f, err);
		if (st == ISOKIT_OK)
			st = put_tables(c, f, err);
		if (st == ISOKIT_OK)
			st = put_contents(c, f, err);
	} else if (st == ISOKIT_OK) {
		st = put_small(c, f, err);
	}
	if (st == ISOKIT_OK) /* what lay there before must not be found again */
		st = composer_zeros(c, f->at, f->data_at - f->at, err);
	if (st)
		return st;
	boot_sectors = f->bits == 32 ? BACKUP_SECTOR + 2 : 1;
	*ret = (struct fat_made){
		.bits = f->bits, .cluster_bytes = f->cluster_bytes, .data_at = f->data_at,
		.file_bytes = f->file_bytes,
		.boot_bytes = f->sector,
		.boot = composer_memory(c, f->at, boot_sectors * f->sector, err),
		.start = f->start,
	};
	if (!ret->boot)
		return ISOKIT_E_NOMEM;
	put_boot_sector(f, o, ret->boot);
	return ISOKIT_OK;
}

uint64_t fat_place(const struct fat_made *m, const struct tree_node *node)
{
	return m->data_at + (uint64_t)(m->start[node->id] - 2) * m->cluster_bytes;
}
