/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small image in memory, written record by record, and a source over it that
 * cannot be read outside a declared set of sectors. */
#ifndef UNIT_MODEL_DISC_H
#define UNIT_MODEL_DISC_H

#include <isokit/image.h>

enum {
	DISC_SECTORS = 128,
	DISC_PATH_L = 19, /* where disc_begin() puts the path tables */
	DISC_PATH_M = 20,
	DISC_ROOT = 24, /* and the root directory, one sector */
};

struct disc {
	uint8_t bytes[DISC_SECTORS * 2048];
	uint64_t size;              /* what the source says; disc_begin() sets all */
	bool guarded;               /* only `allowed` sectors can be read */
	bool allowed[DISC_SECTORS];
	struct isokit_source *src;
	struct isokit_image *img;
};

/* A directory record with what the tests change. */
struct disc_record {
	const char *name;
	size_t name_bytes; /* 0: strlen(name) */
	uint32_t lba, bytes;
	uint8_t flags, xattr_blocks, unit_blocks, gap_blocks;
	const char *use; /* system use */
	size_t use_bytes;
};

/* An empty volume: primary descriptor at 16, terminator at 17, path tables, a
 * root directory with "." and ".." at DISC_ROOT. */
void disc_begin(struct disc *d);

/* A descriptor like the primary one, of another type and root. */
void disc_descriptor(struct disc *d, uint32_t sector, uint8_t type, uint8_t version,
		     const char *escapes, uint32_t root);

/* Append a record to the directory at a sector; returns its byte offset. */
uint64_t disc_add(struct disc *d, uint32_t directory, struct disc_record r);

/* Begin a directory: "." and ".." */
void disc_directory(struct disc *d, uint32_t sector, uint32_t parent);

/* The same with system use in ".", for the root of a Rock Ridge tree. */
void disc_directory_use(struct disc *d, uint32_t sector, uint32_t parent, const char *use,
			size_t use_bytes);

uint8_t *disc_at(struct disc *d, uint32_t sector);

/* Open it, the test fails unless that succeeds; or the error of not opening. */
void disc_open(struct disc *d);
enum isokit_status disc_refused(struct disc *d, struct isokit_error *ret_err);
void disc_close(struct disc *d);

/* All paths of a walk in one string, " path" each, with '@' before and the
 * target after those that are symbolic links, a '/' behind folders. */
const char *disc_list(struct disc *d, enum isokit_namespace_kind ns);

/* The entry at a path; the test fails unless there is exactly one. Strings and
 * extents are valid until the next call. */
struct isokit_entry disc_entry(struct disc *d, enum isokit_namespace_kind ns, const char *path);

/* Count, then: how many findings of this code; the last of them. */
size_t image_found(struct isokit_image *img, enum isokit_finding_code code,
		   struct isokit_finding *ret_finding);
size_t disc_found(struct disc *d, enum isokit_finding_code code,
		  struct isokit_finding *ret_finding);

/* No finding of severity error or warning at all, counting included? */
bool disc_is_clean(struct disc *d);

#endif
