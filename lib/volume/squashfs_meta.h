/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SquashFS 4: its superblock, and the compressed blocks that its tables are in. For
 * squashfs.c. */
#ifndef VOLUME_SQUASHFS_META_H
#define VOLUME_SQUASHFS_META_H

#include "codec/codec.h"
#include "tree/gather.h"
#include "volume/units.h"

enum { SQUASHFS_META_BYTES = 8192, SQUASHFS_STORED = 1 << 24 };
#define SQUASHFS_NO_TABLE UINT64_MAX

struct squashfs_super {
	uint32_t block_bytes, n_fragments;
	unsigned compression, n_ids;
	uint64_t root, id_table, xattr_table, inode_table, directory_table, fragment_table;
};

/* False: it is none of version 4, or its numbers cannot be. */
bool squashfs_super_decode(const uint8_t raw[96], struct squashfs_super *ret);

struct squashfs_meta; /* blocks that were expanded lately */

enum isokit_status squashfs_meta_new(struct gather *g, struct isokit_source *volume, struct codec *codec,
				     enum codec_kind kind, struct squashfs_meta **ret,
				     struct isokit_error *err);
void squashfs_meta_free(struct squashfs_meta *m);

/* A place in a table: the byte that its block begins at, and the byte in it. */
struct squashfs_cursor {
	uint64_t block;
	uint32_t at;
};

/* Read and go on. False: damaged. */
bool squashfs_meta_read(struct squashfs_meta *m, struct squashfs_cursor *c, void *buffer,
			size_t bytes);

/* An entry of a table with an index: pointers to its blocks, 8 bytes each. */
bool squashfs_table_read(struct squashfs_meta *m, uint64_t index_at, uint64_t entry,
			 size_t entry_bytes, void *buffer);

/* A block of data: `size` as stored, with SQUASHFS_STORED. What is missing is zero;
 * *ret_bytes (may be NULL): how many there were. */
enum isokit_status squashfs_block_expand(struct isokit_source *volume, struct codec *codec,
					 enum codec_kind kind, uint64_t at, uint32_t size,
					 uint8_t *out, size_t bytes, size_t *ret_bytes,
					 struct isokit_error *err);

#endif
