/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/xfs.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "ondisk/crc32c.h"

enum {
	CORE_BYTES = 100, CORE3_BYTES = 176,
	FEATURE2_FTYPE = 0x200, INCOMPAT_FTYPE = 1,
	FLAG_REALTIME = 1, FLAG_IMMUTABLE = 8, FLAG_APPEND = 16,
	FLAG2_BIGTIME = 8, FLAG2_NREXT64 = 16,
	NODE_BYTES = 24, NODE3_BYTES = 72,
};

bool ondisk_xfs_decode(const uint8_t *raw, struct ondisk_xfs *ret)
{
	struct ondisk_xfs x = {
		.block_bytes = get_be32(raw + 4),
		.blocks = get_be64(raw + 8),
		.root = get_be64(raw + 56),
		.group_blocks = get_be32(raw + 84),
		.groups = get_be32(raw + 88),
		.inode_bytes = get_be16(raw + 104),
		.block_shift = raw[120],
		.inodes_shift = raw[123],
		.group_shift = raw[124],
		.v5 = (get_be16(raw + 100) & 0xf) == 5,
		.label = (const char *)raw + 108,
	};

	if (memcmp(raw, "XFSB", 4) != 0 || x.block_shift < 9 || x.block_shift > 16 ||
	    x.block_bytes != UINT32_C(1) << x.block_shift || x.inode_bytes < 256 ||
	    x.inode_bytes > 2048 || x.inode_bytes & (x.inode_bytes - 1) ||
	    x.inode_bytes > x.block_bytes || x.inodes_shift > 8 ||
	    x.block_bytes != x.inode_bytes << x.inodes_shift || x.group_shift > 32 ||
	    x.group_blocks == 0 || x.group_blocks > UINT64_C(1) << x.group_shift ||
	    x.groups == 0 || raw[192] > 7 || x.block_shift + raw[192] > 16)
		return false;
	x.directory_bytes = x.block_bytes << raw[192];
	x.ftype = x.v5 ? get_be32(raw + 216) & INCOMPAT_FTYPE :
			 get_be32(raw + 200) & FEATURE2_FTYPE;
	x.label_bytes = strnlen(x.label, 12);
	*ret = x;
	return true;
}

bool ondisk_xfs_is_sound(const struct ondisk_xfs *x, const uint8_t *block, size_t bytes, size_t at)
{
	static const uint8_t zeros[4];
	uint32_t crc;

	if (!x->v5 || bytes < at + sizeof(zeros))
		return true;
	crc = ondisk_crc32c(0, block, at);
	crc = ondisk_crc32c(crc, zeros, sizeof(zeros));
	at += sizeof(zeros);
	return ondisk_crc32c(crc, block + at, bytes - at) == get_le32(block + at - sizeof(zeros));
}

uint64_t ondisk_xfs_block_at(const struct ondisk_xfs *x, uint64_t block)
{
	uint64_t group = block >> x->group_shift;
	uint64_t in_group = block & ((UINT64_C(1) << x->group_shift) - 1);
	uint64_t number;

	if (group >= x->groups || in_group >= x->group_blocks)
		return ONDISK_XFS_NOWHERE;
	number = group * x->group_blocks + in_group; /* 32 bits times 32 */
	return number < x->blocks && number <= UINT64_MAX >> x->block_shift ?
		       number << x->block_shift : ONDISK_XFS_NOWHERE;
}

uint64_t ondisk_xfs_inode_at(const struct ondisk_xfs *x, uint64_t inode)
{
	uint64_t at = ondisk_xfs_block_at(x, inode >> x->inodes_shift);

	return at == ONDISK_XFS_NOWHERE ?
		       at : at + (inode & ((1u << x->inodes_shift) - 1)) * x->inode_bytes;
}

/* ---- inodes ------------------------------------------------------------------------------- */

static bool take_fork(struct ondisk_xfs_fork *f, unsigned format, const uint8_t *bytes, size_t n,
		      uint64_t extents)
{
	if (format > ONDISK_XFS_BTREE ||
	    (format == ONDISK_XFS_EXTENTS && extents > n / ONDISK_XFS_EXTENT_BYTES))
		return false;
	*f = (struct ondisk_xfs_fork){ .format = (enum ondisk_xfs_format)format, .bytes = bytes,
				       .n = n, .extents = extents };
	return true;
}

static void take_time(const uint8_t *p, bool big, struct ondisk_xfs_inode *i)
{
	if (big) {
		uint64_t t = get_be64(p);

		i->mtime = (int64_t)(t / 1000000000) - INT64_C(2147483648);
		i->mtime_ns = (uint32_t)(t % 1000000000);
	} else {
		i->mtime = (int32_t)get_be32(p);
		i->mtime_ns = get_be32(p + 4);
	}
}

bool ondisk_xfs_inode_decode(const struct ondisk_xfs *x, const uint8_t *raw,
			     struct ondisk_xfs_inode *ret)
{
	size_t core = raw[4] >= 3 ? CORE3_BYTES : CORE_BYTES, room = x->inode_bytes - core;
	size_t attributes_at = (size_t)raw[82] * 8;
	uint64_t flags2 = raw[4] >= 3 ? get_be64(raw + 120) : 0;
	uint64_t extents = get_be32(raw + 76), attribute_extents = get_be16(raw + 80);
	struct ondisk_xfs_inode i = {
		.mode = get_be16(raw + 2),
		.uid = get_be32(raw + 8),
		.gid = get_be32(raw + 12),
		.size = get_be64(raw + 56),
		.flags = get_be16(raw + 90),
	};

	if (get_be16(raw) != 0x494e || i.mode == 0 || attributes_at > room)
		return false;
	if (flags2 & FLAG2_NREXT64) {
		extents = get_be64(raw + 24);
		attribute_extents = get_be32(raw + 76);
	}
	i.realtime = i.flags & FLAG_REALTIME;
	i.immutable = i.flags & (FLAG_IMMUTABLE | FLAG_APPEND);
	take_time(raw + 40, flags2 & FLAG2_BIGTIME, &i);
	if (!take_fork(&i.data, raw[5], raw + core, attributes_at ? attributes_at : room, extents))
		return false;
	i.has_attributes = attributes_at &&
			   take_fork(&i.attributes, raw[83], raw + core + attributes_at,
				     room - attributes_at, attribute_extents);
	*ret = i;
	return true;
}

void ondisk_xfs_extent_decode(const uint8_t *raw, struct ondisk_xfs_extent *ret)
{
	uint64_t a = get_be64(raw), b = get_be64(raw + 8);

	*ret = (struct ondisk_xfs_extent){
		.unwritten = a >> 63,
		.at = (a & INT64_MAX) >> 9,
		.block = (a & 0x1ff) << 43 | b >> 21,
		.blocks = b & 0x1fffff,
	};
}

bool ondisk_xfs_root_decode(const struct ondisk_xfs_fork *f, struct ondisk_xfs_node *ret)
{
	size_t most = f->n < 4 ? 0 : (f->n - 4) / 16;
	struct ondisk_xfs_node node = { .right = ONDISK_XFS_NOWHERE };

	if (most == 0)
		return false;
	node.level = get_be16(f->bytes);
	node.n = get_be16(f->bytes + 2);
	node.records = f->bytes + 4 + most * 8;
	if (node.level == 0 || node.n == 0 || node.n > most)
		return false;
	*ret = node;
	return true;
}

bool ondisk_xfs_node_decode(const struct ondisk_xfs *x, const uint8_t *raw,
			    struct ondisk_xfs_node *ret)
{
	size_t head = x->v5 ? NODE3_BYTES : NODE_BYTES, most = (x->block_bytes - head) / 16;
	struct ondisk_xfs_node node = {
		.level = get_be16(raw + 4),
		.n = get_be16(raw + 6),
		.right = get_be64(raw + 16),
	};

	if (memcmp(raw, x->v5 ? "BMA3" : "BMAP", 4) != 0 || node.n == 0 || node.n > most)
		return false;
	node.records = raw + head + (node.level ? most * 8 : 0);
	*ret = node;
	return true;
}

/* ---- names -------------------------------------------------------------------------------- */

bool ondisk_xfs_short_name(const struct ondisk_xfs *x, const struct ondisk_xfs_fork *f,
			   size_t *io_at, struct ondisk_xfs_name *ret)
{
	size_t wide = f->n > 1 && f->bytes[1] ? 8 : 4, at = *io_at, bytes;
	const uint8_t *inode;

	if (f->n < 2 + wide)
		return false;
	if (at == 0)
		at = 2 + wide;
	if (f->n - at < 3)
		return false;
	bytes = f->bytes[at];
	if (bytes == 0 || f->n - at < 3 + bytes + x->ftype + wide)
		return false;
	ret->name = f->bytes + at + 3;
	ret->bytes = bytes;
	inode = ret->name + bytes + x->ftype;
	ret->inode = wide == 8 ? get_be64(inode) : get_be32(inode);
	*io_at = at + 3 + bytes + x->ftype + wide;
	return true;
}

bool ondisk_xfs_name(const struct ondisk_xfs *x, const uint8_t *block, size_t *io_at,
		     struct ondisk_xfs_name *ret)
{
	bool single = memcmp(block, x->v5 ? "XDB3" : "XD2B", 4) == 0;
	size_t end = x->directory_bytes, at = *io_at ? *io_at : x->v5 ? 64 : 16, bytes;
	const uint8_t *p;

	if (!single && memcmp(block, x->v5 ? "XDD3" : "XD2D", 4) != 0)
		return false;
	if (single) {
		uint64_t leaves = get_be32(block + end - 8);

		if (leaves > (end - 8) / 8)
			return false;
		end -= 8 + (size_t)leaves * 8;
	}
	if (at > end || end - at < 8)
		return false;
	p = block + at;
	if (get_be16(p) == 0xffff) {
		bytes = get_be16(p + 2);
		*ret = (struct ondisk_xfs_name){ 0 };
		if (bytes < 8 || bytes & 7)
			return false;
	} else {
		if (end - at < 16)
			return false;
		*ret = (struct ondisk_xfs_name){ .inode = get_be64(p), .bytes = p[8],
						 .name = p + 9 };
		bytes = (8 + 1 + ret->bytes + x->ftype + 2 + 7) & ~(size_t)7;
	}
	if (bytes > end - at)
		return false;
	*io_at = at + bytes;
	return true;
}

/* ---- attributes ------------------------------------------------------------------------------ */

enum {
	ATTRIBUTE_LOCAL = 1, ATTRIBUTE_ROOT = 2, ATTRIBUTE_SECURE = 4, ATTRIBUTE_PARENT = 8,
	ATTRIBUTE_INCOMPLETE = 0x80,
};

static void take_flags(struct ondisk_xfs_attribute *a, unsigned flags)
{
	a->root = flags & ATTRIBUTE_ROOT;
	a->secure = flags & ATTRIBUTE_SECURE;
	a->hidden = flags & (ATTRIBUTE_PARENT | ATTRIBUTE_INCOMPLETE);
}

bool ondisk_xfs_short_attribute(const struct ondisk_xfs_fork *f, size_t *io_at,
				struct ondisk_xfs_attribute *ret)
{
	size_t end = f->n < 4 ? 0 : min_u64(f->n, get_be16(f->bytes)), at = *io_at ? *io_at : 4;
	const uint8_t *p = f->bytes + at;
	struct ondisk_xfs_attribute a = { 0 };

	if (at > end || end - at < 3)
		return false;
	a.name_bytes = p[0];
	a.value_bytes = p[1];
	a.name = p + 3;
	a.value = p + 3 + a.name_bytes;
	if (3 + a.name_bytes + a.value_bytes > end - at)
		return false;
	take_flags(&a, p[2]);
	*io_at = at + 3 + a.name_bytes + a.value_bytes;
	*ret = a;
	return true;
}

bool ondisk_xfs_attribute_leaf(const struct ondisk_xfs *x, const uint8_t *raw, unsigned *ret_n,
			       uint32_t *ret_next)
{
	unsigned magic = get_be16(raw + 8);
	size_t head = x->v5 ? 80 : 32;

	*ret_n = 0;
	*ret_next = 0;
	if (magic == (x->v5 ? 0x3bee : 0xfbee)) {
		unsigned n = get_be16(raw + (x->v5 ? 56 : 12));

		*ret_n = (unsigned)min_u64(n, (x->block_bytes - head) / 8);
		*ret_next = get_be32(raw);
		return true;
	}
	if (magic == (x->v5 ? 0x3ebe : 0xfebe)) {
		size_t at = x->v5 ? 64 : 16;

		*ret_next = get_be32(raw + at + 4);
	}
	return false;
}

bool ondisk_xfs_leaf_attribute(const struct ondisk_xfs *x, const uint8_t *raw, unsigned index,
			       struct ondisk_xfs_attribute *ret)
{
	const uint8_t *e = raw + (x->v5 ? 80 : 32) + index * 8;
	size_t at = get_be16(e + 4), room = x->block_bytes;
	struct ondisk_xfs_attribute a = { 0 };

	if (at > room || room - at < 12)
		return false;
	if (e[6] & ATTRIBUTE_LOCAL) {
		a.value_bytes = get_be16(raw + at);
		a.name_bytes = raw[at + 2];
		a.name = raw + at + 3;
		a.value = a.name + a.name_bytes;
		if (3 + a.name_bytes + a.value_bytes > room - at)
			return false;
	} else {
		a.value_block = get_be32(raw + at);
		a.value_bytes = get_be32(raw + at + 4);
		a.name_bytes = raw[at + 8];
		a.name = raw + at + 9;
		if (9 + a.name_bytes > room - at)
			return false;
	}
	take_flags(&a, e[6]);
	*ret = a;
	return true;
}
