/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/btrfs.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "ondisk/crc32c.h"

enum {
	HEADER_BYTES = 101, ITEM_BYTES = 25, POINTER_BYTES = 33, NAME_BYTES = 30,
	CHUNK_BYTES = 48, STRIPE_BYTES = 32, MOST_CHUNKS = 2048,
	LEAST_SECTOR = 512,
	STRIPED = 0x8 | 0x40 | 0x80 | 0x100, /* RAID0, 10, 5, 6 */
	INLINE = 0, PREALLOCATED = 2,
};

bool ondisk_btrfs_decode(const uint8_t *raw, struct ondisk_btrfs *ret)
{
	struct ondisk_btrfs b = {
		.root = get_le64(raw + 80),
		.chunk_root = get_le64(raw + 88),
		.bytes = get_le64(raw + 112),
		.sum_kind = get_le16(raw + 196),
		.n_devices = get_le64(raw + 136),
		.sector_bytes = get_le32(raw + 144),
		.node_bytes = get_le32(raw + 148),
		.chunks_bytes = get_le32(raw + 160),
		.chunks = raw + 811,
		.device = get_le64(raw + 201),
		.label = (const char *)raw + 299,
		.label_bytes = strnlen((const char *)raw + 299, 256),
	};

	if (memcmp(raw + 64, "_BHRfS_M", 8) != 0 || b.node_bytes < 4096 ||
	    b.node_bytes > ONDISK_BTRFS_MOST_NODE || b.node_bytes & (b.node_bytes - 1) ||
	    b.sector_bytes < LEAST_SECTOR || b.sector_bytes > b.node_bytes ||
	    b.sector_bytes & (b.sector_bytes - 1) || b.chunks_bytes > MOST_CHUNKS)
		return false;
	*ret = b;
	return true;
}

void ondisk_btrfs_key_decode(const uint8_t *p, struct ondisk_btrfs_key *ret)
{
	*ret = (struct ondisk_btrfs_key){ .object = get_le64(p), .type = p[8],
					  .offset = get_le64(p + 9) };
}

bool ondisk_btrfs_chunk_decode(const uint8_t *p, size_t bytes, uint64_t logical, uint64_t device,
			       struct ondisk_btrfs_chunk *ret, bool *ret_striped)
{
	size_t n = bytes < CHUNK_BYTES ? 0 : get_le16(p + 44);

	unsigned found = 0;

	*ret_striped = false;
	if (n == 0 || n > (bytes - CHUNK_BYTES) / STRIPE_BYTES)
		return false;
	*ret = (struct ondisk_btrfs_chunk){ .logical = logical, .bytes = get_le64(p),
					    .mirror = UINT64_MAX,
					    .stored = CHUNK_BYTES + n * STRIPE_BYTES };
	*ret_striped = get_le64(p + 24) & STRIPED && n > 1;
	for (size_t i = 0; i < n && !*ret_striped; i++) {
		const uint8_t *s = p + CHUNK_BYTES + i * STRIPE_BYTES;

		if (get_le64(s) != device)
			continue;
		if (found++) {
			ret->mirror = get_le64(s + 8);
			break;
		}
		ret->physical = get_le64(s + 8);
	}
	return found && ret->bytes <= INT64_MAX && ret->physical <= INT64_MAX && logical <= INT64_MAX;
}

bool ondisk_btrfs_is_sound(const uint8_t *raw, size_t bytes, unsigned sum_kind)
{
	enum { SUM_BYTES = 32, CRC32C = 0 };

	return sum_kind != CRC32C ||
	       ondisk_crc32c(0, raw + SUM_BYTES, bytes - SUM_BYTES) == get_le32(raw);
}

bool ondisk_btrfs_node_decode(const uint8_t *raw, size_t bytes, uint64_t address,
			      struct ondisk_btrfs_node *ret)
{
	struct ondisk_btrfs_node n = { .raw = raw, .bytes = bytes, .level = raw[100],
				       .n = get_le32(raw + 96) };

	if (get_le64(raw + 48) != address || n.level > 7 ||
	    n.n > (bytes - HEADER_BYTES) / (n.level ? POINTER_BYTES : ITEM_BYTES))
		return false;
	*ret = n;
	return true;
}

uint64_t ondisk_btrfs_child(const struct ondisk_btrfs_node *n, uint32_t index)
{
	return get_le64(n->raw + HEADER_BYTES + (size_t)index * POINTER_BYTES +
			ONDISK_BTRFS_KEY_BYTES);
}

bool ondisk_btrfs_item_decode(const struct ondisk_btrfs_node *n, uint32_t index,
			      struct ondisk_btrfs_item *ret)
{
	const uint8_t *p = n->raw + HEADER_BYTES + (size_t)index * ITEM_BYTES;
	uint32_t at = get_le32(p + 17), bytes = get_le32(p + 21);

	if (!range_inside(at, bytes, n->bytes - HEADER_BYTES))
		return false;
	ondisk_btrfs_key_decode(p, &ret->key);
	ret->data = n->raw + HEADER_BYTES + at;
	ret->bytes = bytes;
	return true;
}

bool ondisk_btrfs_inode_decode(const uint8_t *p, size_t bytes, struct ondisk_btrfs_inode *ret)
{
	if (bytes < 160)
		return false;
	*ret = (struct ondisk_btrfs_inode){
		.size = get_le64(p + 16),
		.uid = get_le32(p + 44),
		.gid = get_le32(p + 48),
		.mode = get_le32(p + 52),
		.device = get_le64(p + 56),
		.flags = get_le64(p + 64),
		.mtime = (int64_t)get_le64(p + 136),
		.mtime_ns = get_le32(p + 144),
	};
	return true;
}

bool ondisk_btrfs_name_decode(const uint8_t *p, size_t bytes, struct ondisk_btrfs_name *ret)
{
	size_t data, name;

	if (bytes < NAME_BYTES)
		return false;
	data = get_le16(p + 25);
	name = get_le16(p + 27);
	if (name + data > bytes - NAME_BYTES)
		return false;
	ondisk_btrfs_key_decode(p, &ret->location);
	ret->name = (const char *)p + NAME_BYTES;
	ret->name_bytes = name;
	ret->data = p + NAME_BYTES + name;
	ret->data_bytes = data;
	ret->stored = NAME_BYTES + name + data;
	return true;
}

bool ondisk_btrfs_extent_decode(const uint8_t *p, size_t bytes, struct ondisk_btrfs_extent *ret)
{
	struct ondisk_btrfs_extent e = { 0 };

	if (bytes < 21)
		return false;
	e.expanded = get_le64(p + 8);
	e.compression = p[16];
	e.encoded = p[17] || get_le16(p + 18);
	if (p[20] == INLINE) {
		e.inside = p + 21;
		e.inside_bytes = bytes - 21;
		e.bytes = e.expanded;
	} else {
		if (bytes < 53)
			return false;
		e.preallocated = p[20] == PREALLOCATED;
		e.address = get_le64(p + 21);
		e.stored = get_le64(p + 29);
		e.skip = get_le64(p + 37);
		e.bytes = get_le64(p + 45);
	}
	*ret = e;
	return true;
}

bool ondisk_btrfs_root_decode(const uint8_t *p, size_t bytes, uint64_t *ret_tree)
{
	if (bytes < 239)
		return false;
	*ret_tree = get_le64(p + 176);
	return true;
}
