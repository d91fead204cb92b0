/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HFS ("Inside Macintosh: Files", chapter 2) and HFS+ (Apple's Technical Note
 * TN1150). Numbers are big-endian. The master directory block of the one and the
 * volume header of the other stand at byte 1024 of the volume, copies of them 1024
 * bytes before its end. */
#ifndef ONDISK_HFS_H
#define ONDISK_HFS_H

#include <isokit/error.h>

enum {
	ONDISK_HFS_HEADER_AT = 1024,
	ONDISK_HFS_HEADER_BYTES = 512,
	ONDISK_HFS_NAME_BYTES = 255 * 3, /* of a volume name in UTF-8 */
	ONDISK_HFS_ROOT_PARENT = 1,      /* kHFSRootParentID */
	ONDISK_HFS_ROOT_FOLDER = 2,
};

enum ondisk_hfs_kind { ONDISK_HFS_NONE, ONDISK_HFS, ONDISK_HFSPLUS, ONDISK_HFSX };

struct ondisk_hfs_extent {
	uint32_t start, blocks; /* allocation blocks */
};

struct ondisk_hfs {
	enum ondisk_hfs_kind kind;
	bool unmounted;       /* attribute bit 8: was left in order */
	bool locked;          /* bit 7 or 15: by hardware or software */
	bool journaled;       /* HFS+ bit 13 */
	uint32_t created, modified; /* seconds since 1904-01-01; HFS: local time */
	uint32_t files, folders;    /* the root folder not counted */
	uint32_t block_bytes, blocks, free_blocks; /* allocation blocks */
	uint64_t first_block_at; /* bytes from the start of the volume to block 0 */
	uint32_t finder[8];   /* finder information: 0: folder to boot from; 3: of Mac OS 9,
			       * 5: of Mac OS X; HFS+: 1: file that Intel Macs start, 2: folder
			       * that is opened at sight, 6 and 7: serial number */
	char last_mounted[5]; /* HFS+: who wrote last ("10.0", "HFSJ", "H+Lx") */
	size_t name_bytes;    /* HFS: the volume name, in MacRoman */
	uint8_t name[27];
	bool embeds;          /* HFS: a wrapper around HFS+ (drEmbedSigWord) */
	struct ondisk_hfs_extent embedded;
	uint64_t catalog_bytes; /* HFS+ */
	struct ondisk_hfs_extent catalog[8];
};

/* Decode what stands at byte 1024 of a volume (ONDISK_HFS_HEADER_BYTES are
 * there). ISOKIT_E_NOT_ISO without one of the signatures, ISOKIT_E_CORRUPT when
 * its block size or number of blocks cannot be. */
enum isokit_status ondisk_hfs_decode(const uint8_t *raw, struct ondisk_hfs *ret,
				     struct isokit_error *err);

/* The header node of a catalog: the size of its nodes and its first leaf. False
 * where that is none (TN1150, "Header Record"). `raw` holds 64 bytes at least. */
bool ondisk_hfsplus_tree_decode(const uint8_t *raw, uint16_t *ret_node_bytes,
				uint32_t *ret_first_leaf);

/* The volume's name: that of the folder whose parent is ONDISK_HFS_ROOT_PARENT, the
 * first one in the first leaf of the catalog. Returns its length in UTF-8, 0 where
 * there is none. `out` holds ONDISK_HFS_NAME_BYTES. */
size_t ondisk_hfsplus_root_name(const uint8_t *node, size_t bytes, char *out);

enum ondisk_hfs_record_kind { ONDISK_HFS_FOLDER = 1, ONDISK_HFS_FILE = 2 };

/* A folder or file of a catalog (TN1150, "Catalog File Data"). */
struct ondisk_hfs_record {
	enum ondisk_hfs_record_kind kind;
	uint32_t parent, id;
	size_t name_bytes;
	uint8_t info[8];         /* of a file: type and creator */
	uint16_t finder_flags;
	uint32_t first_block;    /* of a file's contents: allocation block */
	uint64_t bytes, resource_bytes; /* of both forks */
};

/* How many records a node holds: 0 where it is no leaf. `bytes` is that of nodes. */
size_t ondisk_hfsplus_leaf_records(const uint8_t *node, size_t bytes);

/* The record of that index in a leaf, and its name in UTF-8 (`name` holds
 * ONDISK_HFS_NAME_BYTES). False: damaged, or a thread, which names none of its own. */
bool ondisk_hfsplus_record_decode(const uint8_t *node, size_t bytes, size_t index,
				  struct ondisk_hfs_record *ret_record, char *name);

/* MacRoman to UTF-8: at most 3 bytes for each; returns how many. */
size_t ondisk_macroman_to_utf8(const uint8_t *p, size_t n, char *out);

/* Seconds since 1904-01-01 as a date; 0 is "not set". */
void ondisk_hfs_time(uint32_t seconds, struct isokit_time *ret_time);

#endif
