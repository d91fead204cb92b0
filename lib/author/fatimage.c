/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes FAT12, FAT16 and FAT32 by Microsoft's "FAT: General Overview of
 * On-Disk Format" 1.03, which the UEFI specification (13.3) refers to. Files lie
 * one behind the other, folders before files, everything on 2048-byte borders,
 * so that the image suits discs as well as sticks. */
#include "author/fatimage.h"

#include "author/fatname.h"
#include "base/array.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"

#include "tree/tree.h"

#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

enum {
	FAT_SECTOR = 512,    /* bytes; the only size every firmware takes */
	DIRENT_BYTES = FATNAME_ENTRY_BYTES,
	MAX_NAME_UNITS = FATNAME_MAX_UNITS,
	ROOT_STEP = 64,      /* root entries of FAT12/16 come in 2048 bytes */
	MIN_FREE_CLUSTERS = 8,
	MAX_FAT12 = 4084,    /* clusters; "Count of clusters" of the overview, p. 15 */
	MAX_FAT16 = 65524,
	THRESHOLD_MARGIN = 16, /* stay off the borders: drivers are off by a few */
	MAX_DEPTH = 60,
};

static const char subject_fat[] = "FAT image";

struct node {
	char *name;          /* UTF-8 component, NUL-terminated; "" for the root */
	size_t name_bytes;
	const struct tree_node *file; /* NULL: a folder */
	size_t parent;       /* index; 0 is the root, its own parent */
	unsigned depth;
	uint16_t units[MAX_NAME_UNITS]; /* the name in UTF-16 */
	uint16_t key[MAX_NAME_UNITS];   /* upper-cased, to compare */
	size_t n_units;
	uint8_t alias[11];   /* 8.3, padded with blanks */
	bool needs_long;     /* the alias does not say the whole name */
	uint64_t entries;    /* folders: directory entries of 32 bytes */
	uint32_t cluster;    /* first, or 0 */
	uint64_t clusters;
};

struct fat {
	struct node *nodes;
	size_t n_nodes, capacity_nodes;
	size_t *order;       /* by folder, then by name: see compare_nodes() */
	uint8_t label[11];
	bool has_label;
	uint16_t dos_date, dos_time;
	/* geometry */
	unsigned bits;
	uint32_t cluster_sectors, reserved_sectors, fat_sectors, root_entries;
	uint64_t total_sectors, n_clusters, used_clusters;
	uint64_t data_sector; /* of cluster 2 */
	uint32_t serial;
};

/* ---- names -------------------------------------------------------------- */

static enum isokit_status set_name(struct node *nd, const char *path, const char *name, size_t n,
				   struct isokit_error *err)
{
	const uint8_t *p = (const uint8_t *)name;

	nd->n_units = 0;
	for (size_t i = 0; i < n;) {
		uint32_t code;
		size_t used = utf8_decode(p + i, n - i, &code);

		if (used == 0)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
					   "is not UTF-8, and FAT stores names in Unicode");
		if (code < 0x20 || (code < 0x80 && strchr("\"*:<>?\\|", (int)code) != NULL))
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
					   "holds a character that a FAT name cannot have");
		if (nd->n_units + (code > 0xffff ? 2 : 1) > MAX_NAME_UNITS)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
					   "a name is longer than the %d units that FAT allows",
					   MAX_NAME_UNITS);
		if (code > 0xffff) {
			nd->units[nd->n_units++] = (uint16_t)(0xd7c0 + (code >> 10));
			nd->units[nd->n_units++] = (uint16_t)(0xdc00 | (code & 0x3ff));
		} else {
			nd->units[nd->n_units++] = (uint16_t)code;
		}
		i += used;
	}
	if (name[n - 1] == '.' || name[n - 1] == ' ')
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "ends in a dot or a blank, which FAT drops");
	for (size_t i = 0; i < nd->n_units; i++)
		nd->key[i] = fatname_upper(nd->units[i]);
	return ISOKIT_OK;
}

/* By folder, then by name: a folder's children are neighbours. */
static int compare_keys(const struct node *a, const struct node *b)
{
	size_t n = a->n_units < b->n_units ? a->n_units : b->n_units;

	for (size_t i = 0; i < n; i++)
		if (a->key[i] != b->key[i])
			return a->key[i] < b->key[i] ? -1 : 1;
	return a->n_units < b->n_units ? -1 : a->n_units > b->n_units;
}

static int compare_nodes(const void *pa, const void *pb, void *ctx)
{
	const struct fat *fat = ctx;
	size_t ia = *(const size_t *)pa, ib = *(const size_t *)pb;
	const struct node *a = &fat->nodes[ia], *b = &fat->nodes[ib];

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return compare_keys(a, b);
}

/* ---- the tree ------------------------------------------------------------ */

static enum isokit_status add_node(struct fat *fat, size_t parent, const char *path,
				   const char *name, size_t n, const struct tree_node *file,
				   size_t *ret_index, struct isokit_error *err)
{
	struct node nd = { .file = file, .parent = parent };
	enum isokit_status status = set_name(&nd, path, name, n, err);

	if (status < 0)
		return status;
	/* Short lists: a search is enough. Firmware folders hold tens of files. */
	for (size_t i = 1; i < fat->n_nodes; i++) {
		const struct node *other = &fat->nodes[i];

		if (other->parent != parent || compare_keys(other, &nd) != 0)
			continue;
		if (file != NULL || other->file != NULL)
			return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
					   "is there twice (FAT does not tell upper from lower case)");
		*ret_index = i;
		return ISOKIT_OK;
	}
	nd.depth = fat->nodes[parent].depth + 1;
	if (nd.depth > MAX_DEPTH)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
				   "lies deeper than %d folders", MAX_DEPTH);
	if (!ARRAY_RESERVE(fat->nodes, fat->capacity_nodes, fat->n_nodes + 1))
		return isokit_fail_nomem(err, subject_fat, sizeof(nd));
	nd.name = strndup(name, n);
	if (nd.name == NULL)
		return isokit_fail_nomem(err, subject_fat, n);
	nd.name_bytes = n;
	*ret_index = fat->n_nodes;
	fat->nodes[fat->n_nodes++] = nd;
	return ISOKIT_OK;
}

static enum isokit_status add_path(struct fat *fat, const struct fatimage_file *file,
				   struct isokit_error *err)
{
	const char *p = file->path;
	size_t at = 0;

	while (*p == '/')
		p++;
	if (*p == '\0')
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, file->path,
				   "is no path of a file");
	if (file->node != NULL && file->node->size > UINT32_MAX)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, file->path,
				   "is 4 GiB or larger, which FAT cannot hold");
	while (*p != '\0') {
		size_t n = strcspn(p, "/");
		const char *next = p + n;
		enum isokit_status status;

		while (*next == '/')
			next++;
		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, file->path,
					   "holds a component '.' or '..'");
		status = add_node(fat, at, file->path, p, n, *next != '\0' ? NULL : file->node, &at,
				  err);
		if (status < 0)
			return status;
		p = next;
	}
	return ISOKIT_OK;
}

/* ---- 8.3 names ------------------------------------------------------------ */

static bool alias_taken(const struct fat *fat, size_t first, size_t end, const uint8_t alias[11])
{
	for (size_t i = first; i < end; i++)
		if (memcmp(fat->nodes[fat->order[i]].alias, alias, 11) == 0)
			return true;
	return false;
}

/* Aliases of one folder's children: exact names first, so that a generated
 * NAME~1 never takes the place of a file that is really called so. */
static enum isokit_status make_aliases(struct fat *fat, size_t first, size_t end,
				       struct isokit_error *err)
{
	for (size_t i = first; i < end; i++) {
		struct node *nd = &fat->nodes[fat->order[i]];
		size_t base;

		if (!fatname_basis(nd->units, nd->n_units, nd->alias, &base, &nd->needs_long))
			nd->alias[0] = 0; /* none yet */
	}
	for (size_t i = first; i < end; i++) {
		struct node *nd = &fat->nodes[fat->order[i]];
		uint8_t basis[11];
		bool needs_long;
		size_t base;
		uint32_t n;

		if (nd->alias[0] != 0)
			continue;
		fatname_basis(nd->units, nd->n_units, basis, &base, &needs_long);
		for (n = 1; n < 1000000; n++) {
			uint8_t alias[11];

			fatname_numbered(basis, base, n, alias);
			if (!alias_taken(fat, first, end, alias)) {
				memcpy(nd->alias, alias, 11);
				break;
			}
		}
		if (nd->alias[0] == 0)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, nd->name,
					   "no short name is left for it");
	}
	return ISOKIT_OK;
}

/* The children of a folder are order[first] … order[end - 1]. */
static void children(const struct fat *fat, size_t parent, size_t *ret_first, size_t *ret_end)
{
	size_t lo = 1, hi = fat->n_nodes;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (fat->nodes[fat->order[mid]].parent < parent)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret_first = lo;
	while (lo < fat->n_nodes && fat->nodes[fat->order[lo]].parent == parent)
		lo++;
	*ret_end = lo;
}

static size_t long_entries(const struct node *nd)
{
	return nd->needs_long ? fatname_long_entries(nd->n_units) : 0;
}

static enum isokit_status sort_tree(struct fat *fat, struct isokit_error *err)
{
	fat->order = calloc(fat->n_nodes, sizeof(*fat->order));
	if (fat->order == NULL)
		return isokit_fail_nomem(err, subject_fat, fat->n_nodes * sizeof(*fat->order));
	for (size_t i = 0; i < fat->n_nodes; i++)
		fat->order[i] = i;
	qsort_r(fat->order + 1, fat->n_nodes - 1, sizeof(*fat->order), compare_nodes, fat);
	for (size_t dir = 0; dir < fat->n_nodes; dir++) {
		struct node *nd = &fat->nodes[dir];
		enum isokit_status status;
		size_t first, end;

		if (nd->file != NULL)
			continue;
		children(fat, dir, &first, &end);
		status = make_aliases(fat, first, end, err);
		if (status < 0)
			return status;
		nd->entries = dir == 0 ? fat->has_label : 2;
		for (size_t i = first; i < end; i++)
			nd->entries += 1 + long_entries(&fat->nodes[fat->order[i]]);
		if (nd->entries > 65536)
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, nd->name,
					   "holds more files than a FAT folder can");
	}
	return ISOKIT_OK;
}

/* ---- geometry --------------------------------------------------------------- */

/* Clusters that content needs when each has so many bytes. */
static uint64_t count_clusters(struct fat *fat, uint32_t cluster_bytes, unsigned bits)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < fat->n_nodes; i++) {
		struct node *nd = &fat->nodes[i];

		if (nd->file != NULL)
			nd->clusters = div_up(nd->file->size, cluster_bytes);
		else if (i == 0 && bits != 32)
			nd->clusters = 0;
		else
			nd->clusters = max_u64(1, div_up(nd->entries * DIRENT_BYTES,
							 cluster_bytes));
		sum += nd->clusters;
	}
	return sum;
}

/* Try one kind with one cluster size; false when the number of clusters would
 * make it another kind. */
static bool try_geometry(struct fat *fat, unsigned bits, uint32_t cluster_sectors,
			 uint64_t free_bytes)
{
	uint32_t cluster_bytes = cluster_sectors * FAT_SECTOR;
	uint64_t used = count_clusters(fat, cluster_bytes, bits), clusters, table_bytes, fat_sectors;
	uint64_t least = bits == 12 ? 1 : bits == 16 ? MAX_FAT12 + 1 : MAX_FAT16 + 1;
	uint64_t most = bits == 12 ? MAX_FAT12 : bits == 16 ? MAX_FAT16 : 0x0ffffff5;

	clusters = used + max_u64(div_up(free_bytes, cluster_bytes), MIN_FREE_CLUSTERS);
	clusters = max_u64(clusters, least + THRESHOLD_MARGIN);
	if (clusters > most - THRESHOLD_MARGIN)
		return false;
	fat->bits = bits;
	fat->cluster_sectors = cluster_sectors;
	fat->reserved_sectors = bits == 32 ? 32 : 4;
	fat->root_entries = bits == 32 ? 0 :
			    (uint32_t)max_u64(512, round_up(fat->nodes[0].entries, ROOT_STEP));
	/* The table has two entries more than there are clusters. An even number of
	 * sectors in each copy keeps the data on 2048-byte borders. */
	table_bytes = bits == 12 ? div_up((clusters + 2) * 3, 2) : (clusters + 2) * (bits / 8);
	fat_sectors = round_up(div_up(table_bytes, FAT_SECTOR), 2);
	fat->fat_sectors = (uint32_t)fat_sectors;
	fat->data_sector = fat->reserved_sectors + 2 * fat_sectors +
			   fat->root_entries * DIRENT_BYTES / FAT_SECTOR;
	fat->n_clusters = clusters;
	fat->used_clusters = used;
	fat->total_sectors = fat->data_sector + clusters * cluster_sectors;
	return fat->total_sectors <= UINT32_MAX && (bits == 32 || fat_sectors <= UINT16_MAX);
}

static enum isokit_status set_geometry(struct fat *fat, uint64_t free_bytes,
				       struct isokit_error *err)
{
	static const struct {
		unsigned bits;
		uint32_t cluster_sectors;
	} kinds[] = { { 12, 4 }, { 16, 4 }, { 16, 8 }, { 32, 4 }, { 32, 8 },
		      { 32, 16 }, { 32, 32 }, { 32, 64 } };
	uint32_t next = 2;

	for (size_t i = 0;; i++) {
		if (i == sizeof(kinds) / sizeof(kinds[0]))
			return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject_fat,
					   "more content than FAT32 can hold");
		/* A table of FAT32 with small clusters grows past reason. */
		if (try_geometry(fat, kinds[i].bits, kinds[i].cluster_sectors, free_bytes) &&
		    (kinds[i].bits != 32 || fat->n_clusters < 4u << 20 ||
		     kinds[i].cluster_sectors == 64))
			break;
	}
	/* Folders first, then files, in the order of the names. */
	for (int files = 0; files < 2; files++)
		for (size_t i = 0; i < fat->n_nodes; i++) {
			struct node *nd = &fat->nodes[fat->order[i]];

			if ((nd->file != NULL) != (files == 1) || nd->clusters == 0)
				continue;
			nd->cluster = next;
			next += (uint32_t)nd->clusters;
		}
	return ISOKIT_OK;
}

/* ---- time and label ----------------------------------------------------------- */

static enum isokit_status set_label(struct fat *fat, const char *label, struct isokit_error *err)
{
	size_t n = label != NULL ? strlen(label) : 0;

	memset(fat->label, ' ', sizeof(fat->label));
	fat->has_label = n > 0;
	if (n > sizeof(fat->label))
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, label,
				   "a FAT label has at most 11 characters");
	for (size_t i = 0; i < n; i++) {
		if (!fatname_short_char((uint8_t)label[i]) && !(label[i] == ' ' && i > 0))
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, label,
					   "a FAT label holds capitals, digits and few marks");
		fat->label[i] = (uint8_t)label[i];
	}
	return ISOKIT_OK;
}

static void fat_release(struct fat *fat)
{
	for (size_t i = 0; i < fat->n_nodes; i++)
		free(fat->nodes[i].name);
	free(fat->nodes);
	free(fat->order);
}

static enum isokit_status plan_fat(struct fat *fat, const struct fatimage_file *files,
				   size_t n_files, const struct fatimage_options *options,
				   struct isokit_error *err)
{
	enum isokit_status status;

	fatname_time(options->epoch, &fat->dos_date, &fat->dos_time);
	status = set_label(fat, options->label, err);
	if (status < 0)
		return status;
	if (!ARRAY_RESERVE(fat->nodes, fat->capacity_nodes, n_files + 1))
		return isokit_fail_nomem(err, subject_fat, n_files * sizeof(*fat->nodes));
	fat->nodes[fat->n_nodes++] = (struct node){ .file = NULL };
	for (size_t i = 0; i < n_files && status >= 0; i++)
		status = add_path(fat, &files[i], err);
	if (status >= 0)
		status = sort_tree(fat, err);
	if (status >= 0)
		status = set_geometry(fat, options->free_bytes, err);
	return status;
}

/* ---- bytes ------------------------------------------------------------------------ */

/* The finished image: everything but the contents of files lies in one piece of
 * memory at its beginning; contents are read where they are when they are asked for. */
struct composed {
	uint8_t *head;
	uint64_t head_bytes;
	struct content {
		uint64_t offset; /* in the image; ascending */
		const struct tree_node *file;
	} *contents;
	size_t n_contents;
};

static uint64_t cluster_offset(const struct fat *fat, uint32_t cluster)
{
	return (fat->data_sector + (uint64_t)(cluster - 2) * fat->cluster_sectors) * FAT_SECTOR;
}

static void put_dirent(const struct fat *fat, uint8_t *p, const uint8_t name[11], uint8_t attr,
		       uint32_t cluster, uint32_t bytes)
{
	fatname_put_entry(p, name, attr, fat->dos_date, fat->dos_time, cluster, bytes);
}

static void put_folder(const struct fat *fat, size_t dir, uint8_t *image)
{
	const struct node *nd = &fat->nodes[dir];
	uint64_t at = nd->cluster != 0 ? cluster_offset(fat, nd->cluster) :
		      (fat->reserved_sectors + 2 * (uint64_t)fat->fat_sectors) * FAT_SECTOR;
	uint8_t *p = image + at;
	size_t first, end;

	if (dir == 0) {
		if (fat->has_label) {
			put_dirent(fat, p, fat->label, 0x08, 0, 0);
			p += DIRENT_BYTES;
		}
	} else {
		/* ".." of a folder in the root says cluster 0, also on FAT32. */
		put_dirent(fat, p, (const uint8_t *)".          ", 0x10, nd->cluster, 0);
		put_dirent(fat, p + DIRENT_BYTES, (const uint8_t *)"..         ", 0x10,
			   nd->parent == 0 ? 0 : fat->nodes[nd->parent].cluster, 0);
		p += 2 * DIRENT_BYTES;
	}
	children(fat, dir, &first, &end);
	for (size_t i = first; i < end; i++) {
		const struct node *child = &fat->nodes[fat->order[i]];
		bool is_file = child->file != NULL;

		if (child->needs_long)
			p = fatname_put_long(p, child->units, child->n_units, child->alias);
		put_dirent(fat, p, child->alias, is_file ? 0x20 : 0x10, child->cluster,
			   is_file ? (uint32_t)child->file->size : 0);
		p += DIRENT_BYTES;
	}
}

static void set_entry(const struct fat *fat, uint8_t *table, uint64_t i, uint32_t value)
{
	if (fat->bits == 32) {
		put_le32(table + i * 4, value & 0x0fffffff);
	} else if (fat->bits == 16) {
		put_le16(table + i * 2, (uint16_t)value);
	} else {
		uint8_t *p = table + i * 3 / 2;

		value &= 0xfff;
		if (i % 2 == 0) {
			p[0] = (uint8_t)value;
			p[1] = (uint8_t)((p[1] & 0xf0) | value >> 8);
		} else {
			p[0] = (uint8_t)((p[0] & 0x0f) | value << 4);
			p[1] = (uint8_t)(value >> 4);
		}
	}
}

static void put_tables(const struct fat *fat, uint8_t *image)
{
	size_t bytes = (size_t)fat->fat_sectors * FAT_SECTOR;
	uint8_t *table = image + (size_t)fat->reserved_sectors * FAT_SECTOR;

	set_entry(fat, table, 0, 0xfffffff8); /* the medium byte again, p. 18 */
	set_entry(fat, table, 1, 0xffffffff);
	for (size_t i = 0; i < fat->n_nodes; i++) {
		const struct node *nd = &fat->nodes[i];

		for (uint64_t k = 0; k < nd->clusters; k++) {
			uint32_t c = nd->cluster + (uint32_t)k;

			set_entry(fat, table, c, k + 1 < nd->clusters ? c + 1 : 0xffffffff);
		}
	}
	memcpy(table + bytes, table, bytes);
}

/* Real-mode code for the case that a BIOS starts the boot sector: print the
 * text behind it and halt. */
static void put_boot_sector(const struct fat *fat, uint8_t *s)
{
	bool big = fat->bits == 32;
	size_t ext = big ? 64 : 36, code = big ? 90 : 62;
	uint8_t *info = s + FAT_SECTOR;

	s[0] = 0xeb;
	s[1] = (uint8_t)(code - 2);
	s[2] = 0x90;
	memcpy(s + 3, "ISOKIT  ", 8);
	put_le16(s + 11, FAT_SECTOR);
	s[13] = (uint8_t)fat->cluster_sectors;
	put_le16(s + 14, (uint16_t)fat->reserved_sectors);
	s[16] = 2;
	put_le16(s + 17, (uint16_t)fat->root_entries);
	if (!big && fat->total_sectors < 65536)
		put_le16(s + 19, (uint16_t)fat->total_sectors);
	else
		put_le32(s + 32, (uint32_t)fat->total_sectors);
	s[21] = 0xf8;
	if (!big)
		put_le16(s + 22, (uint16_t)fat->fat_sectors);
	put_le16(s + 24, 32); /* sectors to a track and heads as libisofs counts them */
	put_le16(s + 26, 64);
	if (big) {
		put_le32(s + 36, fat->fat_sectors);
		put_le32(s + 44, fat->nodes[0].cluster);
		put_le16(s + 48, 1); /* FSInfo */
		put_le16(s + 50, 6); /* backup of this sector */
	}
	s[ext] = 0x80;
	s[ext + 2] = 0x29;
	put_le32(s + ext + 3, fat->serial);
	memcpy(s + ext + 7, fat->has_label ? (const char *)fat->label : "NO NAME    ", 11);
	memcpy(s + ext + 18, big ? "FAT32   " : fat->bits == 16 ? "FAT16   " : "FAT12   ", 8);
	fatname_put_stub(s, code,
			 "This is a partition for UEFI firmware; a BIOS cannot start it.\r\n");
	put_le16(s + 510, 0xaa55);
	if (!big)
		return;
	put_le32(info, 0x41615252);
	put_le32(info + 484, 0x61417272);
	put_le32(info + 488, (uint32_t)(fat->n_clusters - fat->used_clusters));
	put_le32(info + 492, (uint32_t)(fat->used_clusters + 1)); /* the last one given out */
	put_le32(info + 508, 0xaa550000);
	memcpy(s + 6 * FAT_SECTOR, s, 2 * FAT_SECTOR);
}

static enum isokit_status compose(const struct fat *fat, struct composed *ret_c,
				  struct isokit_error *err)
{
	struct composed c = { .head_bytes = fat->data_sector * FAT_SECTOR };
	uint64_t folders = 0;

	for (size_t i = 0; i < fat->n_nodes; i++)
		if (fat->nodes[i].file == NULL)
			folders += fat->nodes[i].clusters;
	c.head_bytes += folders * fat->cluster_sectors * FAT_SECTOR;
	c.head = calloc(1, (size_t)c.head_bytes);
	c.contents = calloc(fat->n_nodes, sizeof(*c.contents));
	if (c.head == NULL || c.contents == NULL) {
		free(c.head);
		free(c.contents);
		return isokit_fail_nomem(err, subject_fat, (size_t)c.head_bytes);
	}
	put_boot_sector(fat, c.head);
	put_tables(fat, c.head);
	for (size_t i = 0; i < fat->n_nodes; i++) {
		const struct node *nd = &fat->nodes[fat->order[i]];

		if (nd->file == NULL)
			put_folder(fat, fat->order[i], c.head);
		else if (nd->cluster != 0)
			c.contents[c.n_contents++] = (struct content){
				.offset = cluster_offset(fat, nd->cluster), .file = nd->file };
	}
	*ret_c = c;
	return ISOKIT_OK;
}

/* The first content that ends behind an offset. */
static size_t content_at(const struct composed *c, uint64_t offset)
{
	size_t lo = 0, hi = c->n_contents;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->contents[mid].offset + c->contents[mid].file->size <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum isokit_status composed_read(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	const struct composed *c = self;
	uint8_t *out = buffer;

	while (length > 0) {
		size_t n = length;

		if (offset < c->head_bytes) {
			n = (size_t)min_u64(n, c->head_bytes - offset);
			memcpy(out, c->head + offset, n);
		} else {
			size_t i = content_at(c, offset);
			const struct content *at = &c->contents[i];

			if (i == c->n_contents) {
				memset(out, 0, n);
			} else if (offset < at->offset) {
				n = (size_t)min_u64(n, at->offset - offset);
				memset(out, 0, n);
			} else {
				enum isokit_status status;

				n = (size_t)min_u64(n, at->file->size - (offset - at->offset));
				status = tree_node_read(at->file, offset - at->offset, out, n, err);
				if (status < 0)
					return status;
			}
		}
		out += n;
		offset += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static void composed_close(void *self)
{
	struct composed *c = self;

	free(c->head);
	free(c->contents);
	free(c);
}

enum isokit_status author_fatimage_new(const struct fatimage_file *files, size_t n_files,
				       const struct fatimage_options *options,
				       struct isokit_source **ret_src, struct isokit_error *err)
{
	static const struct isokit_source_ops ops = {
		.size = sizeof(ops), .read_at = composed_read, .close = composed_close,
	};
	struct fat fat = { .serial = options->serial };
	struct composed *c = calloc(1, sizeof(*c));
	enum isokit_status status;

	if (c == NULL)
		return isokit_fail_nomem(err, subject_fat, sizeof(*c));
	status = plan_fat(&fat, files, n_files, options, err);
	if (status >= 0)
		status = compose(&fat, c, err);
	if (status >= 0) {
		status = isokit_source_new(&ops, c, fat.total_sectors * FAT_SECTOR, subject_fat,
					   ret_src, err);
		if (status < 0)
			composed_close(c);
	} else {
		free(c);
	}
	fat_release(&fat);
	return status;
}
