/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Virtual disks of VMware ("Virtual Disk Format 5.0"): sparse extents, and the text that
 * describes a disk. Numbers are little-endian; sectors have 512 bytes. */
#ifndef ONDISK_VMDK_H
#define ONDISK_VMDK_H

#include <isokit/error.h>

enum {
	VMDK_HEADER_BYTES = 512,
	VMDK_SECTOR = 512,

	VMDK_ZEROED_GRAINS = 1 << 2, /* an entry of 1 means zeros */
	VMDK_COMPRESSED = 1 << 16,
	VMDK_MARKERS = 1 << 17,
};

#define VMDK_AT_END UINT64_MAX /* gd_sector: the header is repeated at the end */

struct ondisk_vmdk {
	bool cowd; /* an extent of ESX: "COWD" */
	uint32_t version, flags;
	uint64_t sectors;          /* capacity */
	uint64_t grain_sectors;
	uint64_t descriptor_sector, descriptor_sectors; /* 0: the text is elsewhere */
	uint32_t table_entries;    /* of a grain table */
	uint64_t gd_sector;        /* of the grain directory */
	uint64_t spare_gd_sector;
	unsigned compression;      /* 1: deflate */
};

/* ISOKIT_E_NOT_ISO: neither "KDMV" nor "COWD"; ISOKIT_E_CORRUPT: grains or tables of a size
 * that cannot be. `raw` has VMDK_HEADER_BYTES. */
enum isokit_status ondisk_vmdk_decode(const uint8_t *raw, struct ondisk_vmdk *ret,
				      struct isokit_error *err);

enum ondisk_vmdk_extent_kind {
	VMDK_EXTENT_OTHER, /* not known: the words say which */
	VMDK_EXTENT_FLAT,
	VMDK_EXTENT_SPARSE,
	VMDK_EXTENT_ZERO,
};

enum { VMDK_NAME_BYTES = 512 };

/* `RW 4192256 SPARSE "disk-s001.vmdk" 0` */
struct ondisk_vmdk_extent {
	enum ondisk_vmdk_extent_kind kind;
	char words[24];
	uint64_t sectors;
	uint64_t offset_sectors; /* FLAT: in its file */
	char name[VMDK_NAME_BYTES];
};

struct ondisk_vmdk_text {
	char create_type[40]; /* "monolithicSparse" */
	char cid[12], parent_cid[12]; /* which state the disk has, and its parent had */
	bool has_parent;
	char parent[VMDK_NAME_BYTES];
	size_t n_extents;
};

/* Is it such a text? ("# Disk DescriptorFile", after blanks) */
bool ondisk_vmdk_is_text(const uint8_t *raw, size_t n);

/* Take a text apart; calls `extent` (may be NULL) for each of its extents. False as soon as
 * that says so, or for an extent that cannot be understood. */
bool ondisk_vmdk_text_decode(const char *text, size_t n, struct ondisk_vmdk_text *ret,
			     bool (*extent)(void *ctx, const struct ondisk_vmdk_extent *e),
			     void *ctx);

#endif
