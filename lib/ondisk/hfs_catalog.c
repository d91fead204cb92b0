/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/hfs_catalog.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/text.h"

enum {
	DESCRIPTOR_BYTES = 14,
	NODE_LEAF = -1, NODE_HEADER = 1,
	PLUS_FOLDER_BYTES = 88, PLUS_FILE_BYTES = 248,
	FOLDER_BYTES = 70, FILE_BYTES = 102,
	FORK_BYTES = 80,
	ATTRIBUTE_INLINE = 0x10, ATTRIBUTE_FORK = 0x20,
};

static void take_plus_extents(const uint8_t *p, struct ondisk_hfs_extent out[8], unsigned *ret_n)
{
	*ret_n = 0;
	for (unsigned i = 0; i < 8; i++) {
		out[i].start = get_be32(p + i * 8);
		out[i].blocks = get_be32(p + i * 8 + 4);
		if (out[i].blocks && *ret_n == i)
			*ret_n = i + 1;
	}
}

static void take_extents(const uint8_t *p, struct ondisk_hfs_extent out[8], unsigned *ret_n)
{
	*ret_n = 0;
	for (unsigned i = 0; i < 3; i++) {
		out[i].start = get_be16(p + i * 4);
		out[i].blocks = get_be16(p + i * 4 + 2);
		if (out[i].blocks && *ret_n == i)
			*ret_n = i + 1;
	}
}

/* TN1150, "Fork Data Structure". */
static void take_fork(const uint8_t *p, struct ondisk_hfs_fork *f)
{
	f->bytes = get_be64(p);
	take_plus_extents(p + 16, f->extent, &f->n);
}

void ondisk_hfs_special_fork(const uint8_t *raw, bool plus, enum ondisk_hfs_file which,
			     struct ondisk_hfs_fork *ret)
{
	static const uint16_t plus_at[] = { 192, 272, 352 }, size_at[] = { 130, 146, 0 };

	*ret = (struct ondisk_hfs_fork){ 0 };
	if (plus) {
		take_fork(raw + plus_at[which], ret);
	} else if (size_at[which]) {
		ret->bytes = get_be32(raw + size_at[which]);
		take_extents(raw + size_at[which] + 4, ret->extent, &ret->n);
	}
}

bool ondisk_hfs_tree_decode(const uint8_t *raw, struct ondisk_hfs_tree *ret)
{
	const uint8_t *h = raw + DESCRIPTOR_BYTES;
	uint32_t bytes = get_be16(h + 18);

	if ((int8_t)raw[8] != NODE_HEADER || bytes < 512 || bytes & (bytes - 1))
		return false;
	*ret = (struct ondisk_hfs_tree){
		.first_leaf = get_be32(h + 10),
		.node_bytes = bytes,
		.nodes = get_be32(h + 22),
		.case_sensitive = h[37] == 0xbc,
	};
	return true;
}

unsigned ondisk_hfs_leaf_decode(const uint8_t *node, uint32_t node_bytes, uint32_t *ret_next)
{
	unsigned n = get_be16(node + 10), most = (node_bytes - DESCRIPTOR_BYTES) / 4;

	*ret_next = get_be32(node);
	return (int8_t)node[8] != NODE_LEAF ? 0 : n < most ? n : most;
}

const uint8_t *ondisk_hfs_leaf_record(const uint8_t *node, uint32_t node_bytes, unsigned index,
				      size_t *ret_bytes)
{
	uint32_t at = get_be16(node + node_bytes - 2 * (index + 1));
	uint32_t end = get_be16(node + node_bytes - 2 * (index + 2));

	if (at < DESCRIPTOR_BYTES || end <= at || end > node_bytes - 2 * (index + 2))
		return NULL;
	*ret_bytes = end - at;
	return node + at;
}

/* ---- catalog ---------------------------------------------------------------------------- */

static bool take_plus_key(const uint8_t *p, size_t bytes, struct ondisk_hfs_item *r, char *name,
			  size_t *ret_data)
{
	size_t key, units;

	if (bytes < 8)
		return false;
	key = get_be16(p);
	units = get_be16(p + 6);
	*ret_data = 2 + key + (key & 1);
	if (key < 6 || units > 255 || 6 + 2 * units > key || *ret_data > bytes)
		return false;
	r->parent = get_be32(p + 2);
	r->name_bytes = utf16be_to_utf8(p + 8, units * 2, name);
	return true;
}

static bool take_key(const uint8_t *p, size_t bytes, struct ondisk_hfs_item *r, char *name,
		     size_t *ret_data)
{
	size_t key, length;

	if (bytes < 7)
		return false;
	key = p[0];
	length = p[6];
	*ret_data = 1 + key + !(key & 1);
	if (key < 6 || length > 31 || 6 + length > key || *ret_data > bytes)
		return false;
	r->parent = get_be32(p + 2);
	r->name_bytes = ondisk_macroman_to_utf8(p + 7, length, name);
	return true;
}

/* TN1150, "Catalog Folder Records", "Catalog File Records", "HFS Plus Permissions". */
static bool take_plus_data(const uint8_t *d, size_t bytes, struct ondisk_hfs_item *r)
{
	unsigned kind = bytes >= 2 ? get_be16(d) : 0;

	if ((kind != ONDISK_HFS_FOLDER && kind != ONDISK_HFS_FILE) ||
	    bytes < (kind == ONDISK_HFS_FOLDER ? PLUS_FOLDER_BYTES : PLUS_FILE_BYTES))
		return false;
	r->kind = (enum ondisk_hfs_record_kind)kind;
	r->id = get_be32(d + 8);
	r->modified = get_be32(d + 16);
	r->uid = get_be32(d + 32);
	r->gid = get_be32(d + 36);
	r->admin_flags = d[40];
	r->owner_flags = d[41];
	r->mode = get_be16(d + 42);
	r->special = get_be32(d + 44);
	memcpy(r->finder, d + 48, sizeof(r->finder));
	if (kind == ONDISK_HFS_FILE) {
		take_fork(d + 88, &r->data);
		take_fork(d + 88 + FORK_BYTES, &r->resource);
	}
	return true;
}

/* "Inside Macintosh: Files" 2-72, cdrDirRec and cdrFilRec. */
static bool take_data(const uint8_t *d, size_t bytes, struct ondisk_hfs_item *r)
{
	unsigned kind = bytes >= 2 ? d[0] : 0;

	if ((kind != ONDISK_HFS_FOLDER && kind != ONDISK_HFS_FILE) ||
	    bytes < (kind == ONDISK_HFS_FOLDER ? FOLDER_BYTES : FILE_BYTES))
		return false;
	r->kind = (enum ondisk_hfs_record_kind)kind;
	if (kind == ONDISK_HFS_FOLDER) {
		r->id = get_be32(d + 6);
		r->modified = get_be32(d + 14);
		memcpy(r->finder, d + 22, 32);
		return true;
	}
	r->id = get_be32(d + 20);
	r->modified = get_be32(d + 48);
	memcpy(r->finder, d + 4, 16);
	memcpy(r->finder + 16, d + 56, 16);
	r->data.bytes = get_be32(d + 26);
	take_extents(d + 74, r->data.extent, &r->data.n);
	r->resource.bytes = get_be32(d + 36);
	take_extents(d + 86, r->resource.extent, &r->resource.n);
	return true;
}

bool ondisk_hfs_item_decode(const uint8_t *record, size_t bytes, bool plus,
			    struct ondisk_hfs_item *ret, char *name)
{
	struct ondisk_hfs_item r = { 0 };
	size_t data;
	bool ok = plus ? take_plus_key(record, bytes, &r, name, &data) :
			 take_key(record, bytes, &r, name, &data);

	ok = ok && (plus ? take_plus_data(record + data, bytes - data, &r) :
			   take_data(record + data, bytes - data, &r));
	if (ok)
		*ret = r;
	return ok;
}

/* ---- extents and attributes -------------------------------------------------------------- */

bool ondisk_hfs_overflow_decode(const uint8_t *record, size_t bytes, bool plus,
				struct ondisk_hfs_overflow *ret)
{
	struct ondisk_hfs_overflow r = { 0 };

	if (plus) {
		if (bytes < 12 + 64 || get_be16(record) != 10)
			return false;
		r.resource = record[2] != 0;
		r.file = get_be32(record + 4);
		r.start = get_be32(record + 8);
		take_plus_extents(record + 12, r.extent, &r.n);
	} else {
		if (bytes < 8 + 12 || record[0] != 7)
			return false;
		r.resource = record[1] != 0;
		r.file = get_be32(record + 2);
		r.start = get_be16(record + 6);
		take_extents(record + 8, r.extent, &r.n);
	}
	*ret = r;
	return true;
}

bool ondisk_hfs_attribute_decode(const uint8_t *record, size_t bytes,
				 struct ondisk_hfs_attribute *ret, char *name)
{
	struct ondisk_hfs_attribute r = { 0 };
	size_t key, units, data;
	const uint8_t *d;

	if (bytes < 14)
		return false;
	key = get_be16(record);
	units = get_be16(record + 12);
	data = 2 + key + (key & 1);
	if (key < 12 || units > 127 || 12 + 2 * units > key || data > bytes || bytes - data < 16 ||
	    get_be32(record + 8) != 0)
		return false;
	d = record + data;
	r.file = get_be32(record + 4);
	r.name_bytes = utf16be_to_utf8(record + 14, units * 2, name);
	if (get_be32(d) == ATTRIBUTE_INLINE) {
		r.value = d + 16;
		r.value_bytes = get_be32(d + 12);
		if (r.value_bytes > bytes - data - 16)
			return false;
	} else if (get_be32(d) == ATTRIBUTE_FORK && bytes - data >= 8 + FORK_BYTES) {
		take_fork(d + 8, &r.fork);
	} else {
		return false;
	}
	*ret = r;
	return true;
}
