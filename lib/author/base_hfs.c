/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an HFS+ volume of a base image knows besides the files: what it is started by,
 * and the types and creators of files. Its volume is made anew from the tree, without
 * these; so they are looked for and said to be lost. Apple's Technical Note TN1150. */
#include <stdlib.h>
#include <string.h>

#include "author/base.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/hfs.h"

enum {
	NODE_LEAF = -1, NODE_DESCRIPTOR_BYTES = 14,
	RECORD_FILE = 2,
	FILE_TYPE_AT = 48,               /* of a file's record: userInfo, type and creator */
	MAX_CATALOG_BYTES = 1024 << 20,  /* of a volume of some three million files */
};

/* The byte of the image where a node of the catalog lies. False: in several pieces, in
 * the extents overflow file, or outside. */
static bool node_place(const struct base *b, const struct ondisk_hfs *h, uint64_t offset,
		       uint64_t bytes, uint64_t *ret_at)
{
	uint64_t start = b->facts->hfs.offset;

	for (size_t i = 0; i < 8; i++) {
		uint64_t length = (uint64_t)h->catalog[i].blocks * h->block_bytes;

		if (offset < length)
			return bytes <= length - offset &&
			       add_u64(start, (uint64_t)h->catalog[i].start * h->block_bytes,
				       ret_at) &&
			       add_u64(*ret_at, offset, ret_at) &&
			       range_inside(*ret_at, bytes, isokit_source_size(b->src));
		offset -= length;
	}
	return false;
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

/* Has a file of a leaf a type or creator? Offsets of records stand at the end of the
 * node, the last one first; a record is a key behind its length, then data. */
static bool leaf_has_types(const uint8_t *node, size_t bytes)
{
	size_t n = get_be16(node + 10);

	if ((int8_t)node[8] != NODE_LEAF)
		return false;
	for (size_t i = 0; i < n && 2 * (i + 1) <= bytes - NODE_DESCRIPTOR_BYTES; i++) {
		size_t at = get_be16(node + bytes - 2 * (i + 1)), data;

		if (at < NODE_DESCRIPTOR_BYTES || at > bytes - 2)
			return false;
		data = at + 2 + get_be16(node + at);
		if (!range_inside(data, FILE_TYPE_AT + 8, bytes) ||
		    get_be16(node + data) != RECORD_FILE)
			continue;
		if (says_something(node + data + FILE_TYPE_AT))
			return true;
	}
	return false;
}

static enum isokit_status find_types(const struct base *b, const struct ondisk_hfs *h,
				     bool *ret_found, struct isokit_error *err)
{
	uint64_t at, end = min_u64(h->catalog_bytes, MAX_CATALOG_BYTES);
	enum isokit_status st;
	uint16_t node_bytes;
	uint32_t leaf;
	uint8_t head[64], *node;

	*ret_found = false;
	if (!node_place(b, h, 0, sizeof(head), &at))
		return ISOKIT_OK;
	st = isokit_source_read_at(b->src, at, head, sizeof(head), err);
	if (st || !ondisk_hfsplus_tree_decode(head, &node_bytes, &leaf))
		return st;
	node = malloc(node_bytes);
	if (!node)
		return isokit_fail_nomem(err, b->facts->path, node_bytes);
	/* Every node, wherever the chain of leaves goes: the same, and it ends. */
	for (uint64_t n = 1; st == ISOKIT_OK && !*ret_found && (n + 1) * node_bytes <= end &&
			     node_place(b, h, n * node_bytes, node_bytes, &at); n++) {
		st = isokit_source_read_at(b->src, at, node, node_bytes, err);
		*ret_found = st == ISOKIT_OK && leaf_has_types(node, node_bytes);
	}
	free(node);
	return st;
}

enum isokit_status base_say_hfs(struct plan *plan, struct isokit_error *err)
{
	const struct base *b = plan->base;
	uint8_t raw[ONDISK_HFS_HEADER_BYTES];
	struct ondisk_hfs h;
	bool types = false;
	uint64_t at;
	enum isokit_status st;

	if (!add_u64(b->facts->hfs.offset, ONDISK_HFS_HEADER_AT, &at) ||
	    !range_inside(at, sizeof(raw), isokit_source_size(b->src)))
		return ISOKIT_OK;
	st = isokit_source_read_at(b->src, at, raw, sizeof(raw), err);
	if (st || ondisk_hfs_decode(raw, &h, NULL) != ISOKIT_OK || h.kind == ONDISK_HFS)
		return st;
	st = find_types(b, &h, &types, err);
	if (st)
		return st;
	/* Folder and file to start from, and the folders of Mac OS 9 and X. */
	if (h.finder[0] || h.finder[1] || h.finder[3] || h.finder[5])
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "what Macs start from in its HFS+ volume is not kept as such (blessed); only its files are");
	if (h.finder[2])
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "the folder that its HFS+ volume opens at sight is not kept as such");
	if (types)
		plan_note(plan, ISOKIT_BUILD_WARNING, b->facts->path,
			  "types and creators of files in its HFS+ volume are not kept");
	return ISOKIT_OK;
}
