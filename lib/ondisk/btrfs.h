/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Btrfs ("On-disk Format" of its documentation). Numbers are little-endian; addresses are
 * logical and become places of a device through chunks. */
#ifndef ONDISK_BTRFS_H
#define ONDISK_BTRFS_H

#include <isokit/error.h>

enum {
	ONDISK_BTRFS_SUPER_AT = 65536, ONDISK_BTRFS_SUPER_BYTES = 4096,
	ONDISK_BTRFS_FS_TREE = 5, ONDISK_BTRFS_ROOT_DIR = 6,
	ONDISK_BTRFS_FIRST = 256, /* the root folder of each subvolume, and the first of them */
	ONDISK_BTRFS_MOST_NODE = 65536,
};

struct ondisk_btrfs {
	uint32_t sector_bytes, node_bytes;
	uint64_t root, chunk_root, device, n_devices;
	uint64_t bytes;
	unsigned sum_kind; /* of checksums; 0: CRC-32C */
	const uint8_t *chunks; /* in raw: the first few, with their keys */
	size_t chunks_bytes;
	const char *label;
	size_t label_bytes;
};

bool ondisk_btrfs_decode(const uint8_t *raw, struct ondisk_btrfs *ret);

enum ondisk_btrfs_type {
	ONDISK_BTRFS_INODE = 1, ONDISK_BTRFS_XATTR = 24, ONDISK_BTRFS_DIR_ITEM = 84,
	ONDISK_BTRFS_DIR_INDEX = 96, ONDISK_BTRFS_EXTENT = 108, ONDISK_BTRFS_ROOT = 132,
	ONDISK_BTRFS_CHUNK = 228,
};

enum { ONDISK_BTRFS_KEY_BYTES = 17 };

struct ondisk_btrfs_key {
	uint64_t object, offset;
	unsigned type;
};

void ondisk_btrfs_key_decode(const uint8_t *p, struct ondisk_btrfs_key *ret);

struct ondisk_btrfs_chunk {
	uint64_t logical, bytes, physical;
	uint64_t mirror; /* the same on the same device; UINT64_MAX: there is none */
	size_t stored; /* bytes of the item */
};

/* False: damaged, not on that device, or (*ret_striped) spread over several. */
bool ondisk_btrfs_chunk_decode(const uint8_t *p, size_t bytes, uint64_t logical, uint64_t device,
			       struct ondisk_btrfs_chunk *ret, bool *ret_striped);

struct ondisk_btrfs_node {
	const uint8_t *raw;
	size_t bytes;
	unsigned level;
	uint32_t n;
};

/* False: it is not the node of that address. */
bool ondisk_btrfs_node_decode(const uint8_t *raw, size_t bytes, uint64_t address,
			      struct ondisk_btrfs_node *ret);

/* Is the checksum of a node, or of the superblock, right? Kinds that are not known are. */
bool ondisk_btrfs_is_sound(const uint8_t *raw, size_t bytes, unsigned sum_kind);

/* The address of a child. */
uint64_t ondisk_btrfs_child(const struct ondisk_btrfs_node *n, uint32_t index);

struct ondisk_btrfs_item {
	struct ondisk_btrfs_key key;
	const uint8_t *data;
	size_t bytes;
};

bool ondisk_btrfs_item_decode(const struct ondisk_btrfs_node *n, uint32_t index,
			      struct ondisk_btrfs_item *ret);

struct ondisk_btrfs_inode {
	uint64_t size, device, flags;
	uint32_t uid, gid, mode;
	int64_t mtime;
	uint32_t mtime_ns;
};

bool ondisk_btrfs_inode_decode(const uint8_t *p, size_t bytes, struct ondisk_btrfs_inode *ret);

/* A name, of a file or an extended attribute. Several may stand in an item. */
struct ondisk_btrfs_name {
	struct ondisk_btrfs_key location;
	const char *name;
	size_t name_bytes;
	const uint8_t *data;
	size_t data_bytes;
	size_t stored;
};

bool ondisk_btrfs_name_decode(const uint8_t *p, size_t bytes, struct ondisk_btrfs_name *ret);

enum ondisk_btrfs_compression {
	ONDISK_BTRFS_PLAIN, ONDISK_BTRFS_ZLIB, ONDISK_BTRFS_LZO, ONDISK_BTRFS_ZSTD,
};

struct ondisk_btrfs_extent {
	uint64_t expanded;    /* bytes of the whole extent */
	unsigned compression; /* enum ondisk_btrfs_compression, or not known */
	bool encoded;         /* in another way that is not known */
	bool preallocated;    /* reads as zeros */
	const uint8_t *inside; /* in the item; NULL: elsewhere */
	size_t inside_bytes;
	uint64_t address, stored; /* address 0: a hole */
	uint64_t skip, bytes;     /* the part of it that counts */
};

bool ondisk_btrfs_extent_decode(const uint8_t *p, size_t bytes, struct ondisk_btrfs_extent *ret);

/* Of a subvolume: the address of its tree. */
bool ondisk_btrfs_root_decode(const uint8_t *p, size_t bytes, uint64_t *ret_tree);

#endif
