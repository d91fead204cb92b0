/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks whose blocks are looked up in tables: zeros, bytes of a file, those of a parent, or
 * compressed. Tables are read as they are needed, so a disk of any size takes little memory. */
#ifndef FORMAT_MAPPED_H
#define FORMAT_MAPPED_H

#include "format/medium_impl.h"

/* ---- tables ------------------------------------------------------------------------ */

struct mapped_table; /* a few pages of the files of a disk, shared by threads */

/* Closed with the medium. */
enum isokit_status mapped_table_new(struct isokit_medium *m, struct mapped_table **ret_table,
				    struct isokit_error *err);

/* Few bytes of a file; thread-safe. ISOKIT_E_SHORT where they do not lie inside. */
enum isokit_status mapped_table_read(struct mapped_table *t, struct isokit_source *src, uint64_t at,
				     void *out, size_t n, struct isokit_error *err);

/* ---- the disk ---------------------------------------------------------------------- */

enum mapped_kind {
	MAPPED_ZEROS,
	MAPPED_STORED, /* as they are, in a file */
	MAPPED_PARENT, /* at the same place of the parent; zeros without one or behind its end */
	MAPPED_PACKED, /* part of a unit that expand() gives as a whole */
};

struct mapped_run {
	enum mapped_kind kind;
	uint64_t bytes;            /* that it holds for, from the byte asked for; at least 1 */
	struct isokit_source *src; /* STORED, PACKED; borrowed */
	uint64_t offset;           /* there */
	uint64_t packed_bytes;     /* PACKED: how many, at most */
	uint64_t unit_at;          /* PACKED: first byte of the unit in the disk */
	uint32_t unit_bytes;       /* PACKED: once expanded */
};

struct mapped_ops {
	/* What lies at a byte of the disk. Thread-safe. */
	enum isokit_status (*lookup)(void *self, uint64_t offset, struct mapped_run *ret,
				     struct isokit_error *err);
	/* All unit_bytes of a packed unit. Thread-safe. */
	enum isokit_status (*expand)(void *self, const struct mapped_run *run, uint8_t *out,
				     struct isokit_error *err);
	/* With the disk; may be NULL. */
	void (*close)(void *self);
};

enum { MAPPED_MAX_UNIT = 2 * 1024 * 1024 };

/* `self` is of the medium's arena, and closed also on failure; `parent` (may be NULL) is
 * borrowed. ISOKIT_E_LIMIT: larger than any disk is. */
enum isokit_status mapped_new(struct isokit_medium *m, const struct mapped_ops *ops, void *self,
			      struct isokit_source *parent, uint64_t bytes, const char *name,
			      struct isokit_source **ret_src, struct isokit_error *err);

/* ---- parents ----------------------------------------------------------------------- */

/* The disk in another image file beside this one, whatever format it has (`plain`: none),
 * and the file itself; both kept by the medium. A chain that is too long, or comes back to
 * itself, is ISOKIT_E_LIMIT. */
enum isokit_status mapped_open_parent(struct isokit_medium *m, const char *name, bool plain,
				      struct isokit_source **ret_disk,
				      struct isokit_source **ret_file, struct isokit_error *err);

#endif
