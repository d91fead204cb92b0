/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File structures of ECMA-167 (3rd edition, part 4) and OSTA UDF 2.3: file sets, file
 * entries, allocation descriptors, directories, symbolic links. Blocks are counted
 * from the beginning of the partition that a reference names. */
#ifndef ONDISK_UDF_FILE_H
#define ONDISK_UDF_FILE_H

#include <isokit/error.h>

/* A recorded address, 4/7.1. */
struct ondisk_udf_address {
	uint32_t block;
	uint16_t ref; /* partition reference: index of the partition map */
};

/* A long allocation descriptor, 4/14.14.2. */
struct ondisk_udf_long {
	uint32_t bytes;   /* without the two bits of the type */
	uint8_t type;
	struct ondisk_udf_address at;
	uint32_t unique_id; /* in a file identifier: UDF 2.3.4.3 */
};
struct ondisk_udf_long ondisk_udf_long_decode(const uint8_t *raw);

/* A file set descriptor, 4/14.1, of 512 bytes. */
struct ondisk_udf_file_set {
	const uint8_t *recorded;  /* timestamp */
	const uint8_t *logical_id; /* dstring of 128 bytes */
	uint16_t revision;        /* of its domain; 0 when that is not OSTA's */
	struct ondisk_udf_long root, next, streams;
};
void ondisk_udf_file_set_decode(const uint8_t *raw, struct ondisk_udf_file_set *ret_set);

enum ondisk_udf_file_type { /* 4/14.6.6, UDF 2.3.5.2 */
	ONDISK_UDF_TYPE_UNSPECIFIED = 0,
	ONDISK_UDF_TYPE_DIRECTORY = 4,
	ONDISK_UDF_TYPE_FILE = 5,
	ONDISK_UDF_TYPE_BLOCK = 6,
	ONDISK_UDF_TYPE_CHAR = 7,
	ONDISK_UDF_TYPE_FIFO = 9,
	ONDISK_UDF_TYPE_SOCKET = 10,
	ONDISK_UDF_TYPE_SYMLINK = 12,
	ONDISK_UDF_TYPE_STREAM_DIRECTORY = 13,
	ONDISK_UDF_TYPE_VAT = 248,
	ONDISK_UDF_TYPE_REAL_TIME = 249,
	ONDISK_UDF_TYPE_METADATA = 250,
	ONDISK_UDF_TYPE_MIRROR = 251,
	ONDISK_UDF_TYPE_METADATA_BITMAP = 252,
};

enum ondisk_udf_ad_kind { /* ICB flags, bits 0 to 2: 4/14.6.8 */
	ONDISK_UDF_AD_SHORT = 0,
	ONDISK_UDF_AD_LONG = 1,
	ONDISK_UDF_AD_EXTENDED = 2,
	ONDISK_UDF_AD_EMBEDDED = 3,
};

/* A file entry (4/14.9) or extended file entry (4/14.17). */
struct ondisk_udf_entry {
	uint16_t strategy;      /* 4 or 4096: 4/A */
	uint8_t type;           /* enum ondisk_udf_file_type */
	uint8_t ad_kind;        /* enum ondisk_udf_ad_kind, or 4 to 7 */
	uint32_t uid, gid;      /* ~0: none (UDF 3.3.3.1) */
	uint32_t mode;          /* POSIX permission bits with set-id and sticky */
	uint16_t links;
	uint64_t bytes;         /* information length */
	uint64_t blocks;        /* recorded */
	const uint8_t *modified; /* timestamp */
	struct ondisk_udf_long attributes; /* ICB of extended attributes */
	struct ondisk_udf_long streams;    /* ICB of the stream directory */
	uint64_t unique_id;
	size_t ea_at, ea_bytes; /* extended attributes, inside the block */
	size_t ad_at, ad_bytes; /* allocation descriptors, or the contents */
};

/* ISOKIT_E_SHORT when the fields or the two lengths reach over `len`. The tag says
 * whether it is an extended one. */
enum isokit_status ondisk_udf_entry_decode(const uint8_t *raw, size_t len, bool extended,
					   struct ondisk_udf_entry *ret_entry,
					   struct isokit_error *err);

/* Where an indirect entry (4/14.7) leads. */
struct ondisk_udf_long ondisk_udf_indirect_decode(const uint8_t *raw);

enum ondisk_udf_extent_type { /* 4/14.14.1.1 */
	ONDISK_UDF_RECORDED = 0,
	ONDISK_UDF_ALLOCATED = 1,   /* but not recorded: zeros */
	ONDISK_UDF_HOLE = 2,        /* neither: zeros */
	ONDISK_UDF_NEXT_EXTENT = 3, /* of allocation descriptors */
};

/* The allocation descriptor of a kind at the head of n bytes. Returns its length, 0
 * when it does not fit. A short one has no reference: the caller's own is kept. */
size_t ondisk_udf_ad_decode(const uint8_t *raw, size_t n, unsigned kind, uint16_t own_ref,
			    struct ondisk_udf_long *ret_ad);

/* Bytes of descriptors behind the 24 bytes of an allocation extent descriptor, 4/14.5. */
enum { ONDISK_UDF_AED_HEAD = 24 };
uint32_t ondisk_udf_aed_bytes(const uint8_t *raw);

/* A file identifier descriptor, 4/14.4. */
enum { /* characteristics, 4/14.4.3 */
	ONDISK_UDF_FID_HIDDEN = 1,
	ONDISK_UDF_FID_DIRECTORY = 2,
	ONDISK_UDF_FID_DELETED = 4,
	ONDISK_UDF_FID_PARENT = 8,
	ONDISK_UDF_FID_METADATA = 16,
};
enum { ONDISK_UDF_FID_HEAD = 38 };
struct ondisk_udf_fid {
	uint16_t version;
	uint8_t characteristics;
	struct ondisk_udf_long icb;
	size_t name_at, name_bytes; /* from its first byte */
	size_t use_bytes;
	size_t length;              /* with the padding to a multiple of 4 */
};
void ondisk_udf_fid_decode(const uint8_t *head, struct ondisk_udf_fid *ret_fid);

/* Numbers of a device: the device specification attribute (4/14.10.7) in the
 * extended attributes of its entry. *ret_ok is false when a length in them cannot be. */
bool ondisk_udf_device_decode(const uint8_t *attributes, size_t n, uint32_t *ret_major,
			      uint32_t *ret_minor, bool *ret_ok);

/* A path component, 4/14.16.1. */
enum {
	ONDISK_UDF_PATH_OTHER_ROOT = 1, /* by agreement: "/" where it has no name */
	ONDISK_UDF_PATH_ROOT = 2,
	ONDISK_UDF_PATH_PARENT = 3,
	ONDISK_UDF_PATH_SELF = 4,
	ONDISK_UDF_PATH_NAME = 5,
};
struct ondisk_udf_component {
	uint8_t type;
	size_t name_bytes;
	const uint8_t *name; /* as in a file identifier */
};

/* The component at the head of n bytes; its length, or 0 when it does not fit. */
size_t ondisk_udf_component_decode(const uint8_t *raw, size_t n,
				   struct ondisk_udf_component *ret_component);

#endif
