/* SPDX-License-Identifier: GPL-3.0-or-later */
/* APFS ("Apple File System Reference", 2020). Numbers are little-endian; every block of
 * structures begins with a checksum, a number and a transaction. */
#ifndef ONDISK_APFS_H
#define ONDISK_APFS_H

#include <isokit/error.h>

enum {
	ONDISK_APFS_ROOT_FOLDER = 2,
	ONDISK_APFS_MOST_VOLUMES = 100,
	ONDISK_APFS_MOST_BLOCK = 64 * 1024,
};

/* Is the checksum of a block right? */
bool ondisk_apfs_sound(const uint8_t *block, size_t bytes);

/* A superblock of the container. */
struct ondisk_apfs {
	uint32_t block_bytes;
	uint64_t blocks, transaction;
	uint64_t map;                    /* block of the object map */
	uint64_t checkpoints;            /* block that they begin at */
	uint32_t n_checkpoints;          /* blocks; 0: not in one piece */
	unsigned n_volumes;
	uint64_t volumes[ONDISK_APFS_MOST_VOLUMES]; /* numbers of objects */
};

/* False: it is none. `raw` has 4096 bytes. */
bool ondisk_apfs_decode(const uint8_t *raw, struct ondisk_apfs *ret);

struct ondisk_apfs_volume {
	bool encrypted, sealed;
	bool hashed_names;
	bool physical_root; /* root is a block, not a number to be looked up */
	uint64_t transaction, map, root;
	const char *name;   /* in raw */
	size_t name_bytes;
};

bool ondisk_apfs_volume_decode(const uint8_t *raw, struct ondisk_apfs_volume *ret);

/* The tree of an object map: its block. False: it is none. */
bool ondisk_apfs_map_decode(const uint8_t *raw, uint64_t *ret_tree);

struct ondisk_apfs_node {
	const uint8_t *raw;
	size_t bytes;
	unsigned level;
	uint32_t n;
	bool fixed;
	size_t index_at, keys_at, values_end;
};

bool ondisk_apfs_node_decode(const uint8_t *raw, size_t bytes, struct ondisk_apfs_node *ret);

struct ondisk_apfs_item {
	const uint8_t *key, *value;
	size_t key_bytes, value_bytes;
};

/* What is in a node; of nodes with fixed sizes, all to the end of the room is given. False:
 * damaged. */
bool ondisk_apfs_item(const struct ondisk_apfs_node *n, uint32_t index,
		      struct ondisk_apfs_item *ret);

enum ondisk_apfs_type {
	ONDISK_APFS_INODE = 3, ONDISK_APFS_XATTR = 4, ONDISK_APFS_EXTENT = 8,
	ONDISK_APFS_NAME = 9,
};

/* What a key of a volume's tree is about. */
void ondisk_apfs_key(const uint8_t *key, uint64_t *ret_id, unsigned *ret_type);

struct ondisk_apfs_inode {
	uint64_t private_id; /* that extents go by */
	uint64_t modified;   /* ns since 1970 */
	uint64_t size;       /* of the data stream */
	uint32_t flags;      /* as of chflags(2) */
	uint32_t uid, gid, device;
	uint16_t mode;
	bool encrypted;      /* with a key of its own */
};

bool ondisk_apfs_inode_decode(const struct ondisk_apfs_item *i, struct ondisk_apfs_inode *ret);

struct ondisk_apfs_name {
	uint64_t file;
	const char *name;
	size_t bytes;
};

bool ondisk_apfs_name_decode(const struct ondisk_apfs_item *i, bool hashed,
			     struct ondisk_apfs_name *ret);

struct ondisk_apfs_xattr {
	const char *name;
	size_t name_bytes;
	const uint8_t *value; /* NULL: a stream */
	size_t value_bytes;
	uint64_t stream, stream_bytes;
};

bool ondisk_apfs_xattr_decode(const struct ondisk_apfs_item *i, struct ondisk_apfs_xattr *ret);

struct ondisk_apfs_extent {
	uint64_t at, bytes;
	uint64_t block; /* 0: a hole */
};

bool ondisk_apfs_extent_decode(const struct ondisk_apfs_item *i, struct ondisk_apfs_extent *ret);

#endif
