/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/apfs.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"

enum {
	OBJECT_BYTES = 32,
	NODE_HEAD = 56, NODE_INFO = 40,
	NODE_ROOT = 1, NODE_LEAF = 2, NODE_FIXED = 4,
	TYPE_PHYSICAL = 0x40000000,
	VOLUME_UNENCRYPTED = 1,
	CASE_INSENSITIVE = 1, NORMALIZATION_INSENSITIVE = 8, SEALED = 0x20,
	FIELD_STREAM = 8, FIELD_DEVICE = 14,
	XATTR_STREAM = 1, XATTR_EMBEDDED = 2,
};
#define ID_MASK UINT64_C(0x0fffffffffffffff)

/* "Object Identifiers": Fletcher's sum with 64 bits, of 32-bit numbers. */
bool ondisk_apfs_sound(const uint8_t *block, size_t bytes)
{
	uint64_t a = 0, b = 0, first, second;

	for (size_t at = 8; at + 4 <= bytes; at += 4) {
		a += get_le32(block + at);
		b += a;
		/* Neither wraps before 1024 numbers of 32 bits. */
		if (at % 4096 == 0) {
			a %= UINT32_MAX;
			b %= UINT32_MAX;
		}
	}
	a %= UINT32_MAX;
	b %= UINT32_MAX;
	first = UINT32_MAX - (a + b) % UINT32_MAX;
	second = UINT32_MAX - (a + first) % UINT32_MAX;
	return get_le64(block) == (second << 32 | first);
}

bool ondisk_apfs_decode(const uint8_t *raw, struct ondisk_apfs *ret)
{
	uint32_t checkpoints = get_le32(raw + 104), most = get_le32(raw + 180);
	struct ondisk_apfs a = {
		.block_bytes = get_le32(raw + 36),
		.blocks = get_le64(raw + 40),
		.transaction = get_le64(raw + 16),
		.map = get_le64(raw + 160),
		.checkpoints = get_le64(raw + 112),
		.n_checkpoints = checkpoints & 0x80000000u ? 0 : checkpoints,
	};

	if (memcmp(raw + OBJECT_BYTES, "NXSB", 4) != 0 || a.block_bytes < 4096 ||
	    a.block_bytes > ONDISK_APFS_MOST_BLOCK || a.block_bytes & (a.block_bytes - 1))
		return false;
	for (unsigned i = 0; i < most && i < ONDISK_APFS_MOST_VOLUMES; i++) {
		uint64_t id = get_le64(raw + 184 + i * 8);

		if (id)
			a.volumes[a.n_volumes++] = id;
	}
	*ret = a;
	return true;
}

bool ondisk_apfs_volume_decode(const uint8_t *raw, struct ondisk_apfs_volume *ret)
{
	uint64_t incompatible = get_le64(raw + 56);

	if (memcmp(raw + OBJECT_BYTES, "APSB", 4) != 0)
		return false;
	*ret = (struct ondisk_apfs_volume){
		.encrypted = !(get_le64(raw + 264) & VOLUME_UNENCRYPTED),
		.sealed = incompatible & SEALED,
		.hashed_names = incompatible & (CASE_INSENSITIVE | NORMALIZATION_INSENSITIVE),
		.physical_root = get_le32(raw + 116) & TYPE_PHYSICAL,
		.transaction = get_le64(raw + 16),
		.map = get_le64(raw + 128),
		.root = get_le64(raw + 136),
		.name = (const char *)raw + 704,
		.name_bytes = strnlen((const char *)raw + 704, 256),
	};
	return true;
}

bool ondisk_apfs_map_decode(const uint8_t *raw, uint64_t *ret_tree)
{
	enum { OBJECT_MAP = 0x0b };

	*ret_tree = get_le64(raw + 48);
	return (get_le32(raw + 24) & 0xffff) == OBJECT_MAP;
}

/* ---- trees --------------------------------------------------------------------------------- */

bool ondisk_apfs_node_decode(const uint8_t *raw, size_t bytes, struct ondisk_apfs_node *ret)
{
	unsigned flags = get_le16(raw + 32);
	size_t index = NODE_HEAD + (size_t)get_le16(raw + 40), room = get_le16(raw + 42);
	struct ondisk_apfs_node n = {
		.raw = raw,
		.bytes = bytes,
		.level = get_le16(raw + 34),
		.n = get_le32(raw + 36),
		.fixed = flags & NODE_FIXED,
		.index_at = index,
		.keys_at = index + room,
		.values_end = bytes - (flags & NODE_ROOT ? NODE_INFO : 0),
	};

	if (n.keys_at > n.values_end || n.n > room / (n.fixed ? 4 : 8) ||
	    !(flags & NODE_LEAF) != (n.level > 0))
		return false;
	*ret = n;
	return true;
}

bool ondisk_apfs_item(const struct ondisk_apfs_node *n, uint32_t index,
		      struct ondisk_apfs_item *ret)
{
	const uint8_t *p = n->raw + n->index_at + (size_t)index * (n->fixed ? 4 : 8);
	size_t key = get_le16(p), value = get_le16(p + (n->fixed ? 2 : 4));
	size_t room = n->values_end - n->keys_at;

	if (key > room || value > room)
		return false;
	*ret = (struct ondisk_apfs_item){
		.key = n->raw + n->keys_at + key,
		.key_bytes = n->fixed ? room - key : get_le16(p + 2),
		.value = n->raw + n->values_end - value,
		.value_bytes = n->fixed ? value : get_le16(p + 6),
	};
	return ret->key_bytes <= room - key && ret->value_bytes <= value;
}

void ondisk_apfs_key(const uint8_t *key, uint64_t *ret_id, unsigned *ret_type)
{
	*ret_id = get_le64(key) & ID_MASK;
	*ret_type = (unsigned)(get_le64(key) >> 60);
}

/* ---- records -------------------------------------------------------------------------------- */

/* Further fields: a table of kinds and sizes, and then each, in steps of 8 bytes. */
static void take_fields(const uint8_t *p, size_t bytes, struct ondisk_apfs_inode *r)
{
	size_t n, at;

	if (bytes < 4)
		return;
	n = get_le16(p);
	at = 4 + n * 4;
	for (size_t i = 0; i < n && at <= bytes; i++) {
		size_t size = get_le16(p + 4 + i * 4 + 2), step = (size + 7) & ~(size_t)7;

		if (size > bytes - at)
			return;
		if (p[4 + i * 4] == FIELD_STREAM && size >= 24) {
			r->size = get_le64(p + at);
			r->encrypted = get_le64(p + at + 16) > 1;
		} else if (p[4 + i * 4] == FIELD_DEVICE && size >= 4) {
			r->device = get_le32(p + at);
		}
		at += step;
	}
}

bool ondisk_apfs_inode_decode(const struct ondisk_apfs_item *i, struct ondisk_apfs_inode *ret)
{
	const uint8_t *v = i->value;

	if (i->value_bytes < 92)
		return false;
	*ret = (struct ondisk_apfs_inode){
		.private_id = get_le64(v + 8),
		.modified = get_le64(v + 24),
		.flags = get_le32(v + 68),
		.uid = get_le32(v + 72),
		.gid = get_le32(v + 76),
		.mode = get_le16(v + 80),
	};
	take_fields(v + 92, i->value_bytes - 92, ret);
	return true;
}

bool ondisk_apfs_name_decode(const struct ondisk_apfs_item *i, bool hashed,
			     struct ondisk_apfs_name *ret)
{
	size_t head = hashed ? 12 : 10, n;

	if (i->key_bytes < head || i->value_bytes < 18)
		return false;
	n = hashed ? get_le32(i->key + 8) & 0x3ff : get_le16(i->key + 8);
	if (n > i->key_bytes - head)
		return false;
	*ret = (struct ondisk_apfs_name){
		.file = get_le64(i->value),
		.name = (const char *)i->key + head,
		.bytes = strnlen((const char *)i->key + head, n),
	};
	return true;
}

bool ondisk_apfs_xattr_decode(const struct ondisk_apfs_item *i, struct ondisk_apfs_xattr *ret)
{
	unsigned flags;
	size_t n;

	if (i->key_bytes < 10 || i->value_bytes < 4)
		return false;
	n = get_le16(i->key + 8);
	flags = get_le16(i->value);
	if (n > i->key_bytes - 10)
		return false;
	*ret = (struct ondisk_apfs_xattr){
		.name = (const char *)i->key + 10,
		.name_bytes = strnlen((const char *)i->key + 10, n),
	};
	if (flags & XATTR_STREAM) {
		if (i->value_bytes < 4 + 16)
			return false;
		ret->stream = get_le64(i->value + 4);
		ret->stream_bytes = get_le64(i->value + 12);
		return true;
	}
	ret->value = i->value + 4;
	ret->value_bytes = get_le16(i->value + 2);
	return flags & XATTR_EMBEDDED && ret->value_bytes <= i->value_bytes - 4;
}

bool ondisk_apfs_extent_decode(const struct ondisk_apfs_item *i, struct ondisk_apfs_extent *ret)
{
	if (i->key_bytes < 16 || i->value_bytes < 16)
		return false;
	*ret = (struct ondisk_apfs_extent){
		.at = get_le64(i->key + 8),
		.bytes = get_le64(i->value) & (UINT64_MAX >> 8),
		.block = get_le64(i->value + 8),
	};
	return true;
}
