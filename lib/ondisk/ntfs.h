/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NTFS, as the project "NTFS documentation" (Russon, Fledel) describes it. Numbers are
 * little-endian; a cluster number of a file is a VCN, one of the volume an LCN. */
#ifndef ONDISK_NTFS_H
#define ONDISK_NTFS_H

#include <isokit/error.h>

enum {
	ONDISK_NTFS_BOOT_BYTES = 512,
	ONDISK_NTFS_ROOT = 5,       /* numbers of records */
	ONDISK_NTFS_VOLUME = 3,
	ONDISK_NTFS_FIRST_USER = 16,
	ONDISK_NTFS_NAME_BYTES = 255 * 3, /* of a name in UTF-8 */
};

struct ondisk_ntfs_boot {
	uint32_t cluster_bytes, record_bytes;
	uint64_t bytes;   /* of the volume */
	uint64_t mft_lcn;
};

/* False: it is none, or its sizes cannot be. */
bool ondisk_ntfs_boot_decode(const uint8_t *raw, struct ondisk_ntfs_boot *ret);

/* Put back what stands at the end of each 512 bytes of a record, and check it. False: it is
 * no record ("FILE"), or was not written as a whole. */
bool ondisk_ntfs_record_fix(uint8_t *record, uint32_t bytes);

struct ondisk_ntfs_record {
	uint16_t sequence;
	bool in_use, folder;
	uint64_t base;     /* reference of the record that this one goes on; 0: it is one */
	uint32_t first, used; /* bytes: of the attributes */
};

/* Of a record after ondisk_ntfs_record_fix(). */
bool ondisk_ntfs_record_decode(const uint8_t *record, uint32_t bytes,
			       struct ondisk_ntfs_record *ret);

enum ondisk_ntfs_type {
	ONDISK_NTFS_STANDARD = 0x10, ONDISK_NTFS_LIST = 0x20, ONDISK_NTFS_FILE_NAME = 0x30,
	ONDISK_NTFS_VOLUME_NAME = 0x60, ONDISK_NTFS_DATA = 0x80, ONDISK_NTFS_REPARSE = 0xc0,
	ONDISK_NTFS_EA = 0xe0,
};

struct ondisk_ntfs_attribute {
	uint32_t type;
	uint32_t bytes;          /* of it all: the next one follows */
	bool compressed, encrypted;
	const uint8_t *name;     /* UTF-16LE */
	size_t name_units;
	const uint8_t *value;    /* resident; else NULL */
	size_t value_bytes;
	const uint8_t *runs;     /* not resident */
	size_t runs_bytes;
	uint64_t first_vcn;
	uint64_t size, initialized; /* bytes; only where first_vcn is 0 */
	unsigned unit_shift;     /* compression: clusters in a unit, as a power of 2 */
};

/* The attribute at a byte of a record. False: the last one was before, or damaged. */
bool ondisk_ntfs_attribute_decode(const uint8_t *record, const struct ondisk_ntfs_record *r,
				  uint32_t at, struct ondisk_ntfs_attribute *ret);

struct ondisk_ntfs_run {
	uint64_t lcn; /* UINT64_MAX: a hole */
	uint64_t clusters;
};

/* The next run; *io_lcn begins with 0. Returns the bytes that it took, 0 at the end or where
 * it is damaged. */
size_t ondisk_ntfs_run_decode(const uint8_t *p, size_t bytes, uint64_t *io_lcn,
			      struct ondisk_ntfs_run *ret);

struct ondisk_ntfs_name {
	uint64_t parent;  /* reference: number and sequence */
	bool dos;         /* only the short name of another one */
	const uint8_t *name;
	size_t units;
};

bool ondisk_ntfs_name_decode(const uint8_t *value, size_t bytes, struct ondisk_ntfs_name *ret);

/* 100 ns since 1601-01-01 as seconds of the epoch. */
int64_t ondisk_ntfs_seconds(uint64_t time, uint32_t *ret_ns);

/* LZNT1: one unit; what it does not fill is zero. False: damaged. */
bool ondisk_ntfs_expand(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t out_bytes);

#endif
