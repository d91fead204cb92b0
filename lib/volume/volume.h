/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a volume, whatever its file system, into a tree. A file system is one
 * file, one struct filesystem, and one line in filesystems.c. */
#ifndef VOLUME_VOLUME_H
#define VOLUME_VOLUME_H

#include <isokit/volume.h>

#include "tree/tree.h"

struct volume_mount; /* what contents of the nodes rest on: sources, handles */

/* What a conversion loses, counted by kind; names of the first few of each. */
enum volume_loss {
	VOLUME_LOST_FORK,      /* resource fork (kept as AppleDouble with options->forks) */
	VOLUME_LOST_XATTR,
	VOLUME_LOST_ACL,
	VOLUME_LOST_STREAM,    /* NTFS alternate data stream */
	VOLUME_LOST_REPARSE,   /* reparse point that is no link */
	VOLUME_LOST_COMPRESSED,/* content in a compression that is not read */
	VOLUME_LOST_ENCRYPTED,
	VOLUME_LOST_UNREADABLE,/* damaged */
	VOLUME_LOST_SPECIAL,   /* sockets, doors … */
	VOLUME_LOST_FLAG,      /* immutable, hidden, system … */
	VOLUME_LOST_NAME,      /* a name that cannot be: changed */
	VOLUME_LOST_CHECKSUM,  /* damaged, by a checksum, and read all the same */
	VOLUME_LOSSES,
};

struct volume_read_options {
	const struct tree_scan_options *scan; /* excludes, adjust, cancelled, note */
	/* As in struct isokit_volume_reading. */
	bool forks;
	const char *codepage;
	int utc_minutes;
	/* Each thing that is not kept; may be NULL. */
	void (*lost)(void *ctx, enum volume_loss what, const char *path);
	/* The volume was not left in order: why, and what that means. May be NULL. */
	void (*unclean)(void *ctx, const char *volume, const char *words);
	void *ctx;
};

struct filesystem {
	enum isokit_filesystem fs;
	/* Fill v->fs, words, label; false: it is not this. Reads little. */
	bool (*probe)(struct isokit_source *volume, struct isokit_disk_volume *v);
	/* Add all files below the folder `dest` of the tree. Contents may stay where they are:
	 * as ranges of `volume` wherever a file lies in one piece uncompressed, so that they can be
	 * shared by reflink, else through sources that *ret_mount keeps. Hard links are kept,
	 * chains bounded, names checked ('/', NUL, "." and ".." never reach the tree). */
	enum isokit_status (*read)(struct isokit_source *volume, struct tree *t, const char *dest,
				   const struct volume_read_options *options,
				   struct volume_mount **ret_mount, struct isokit_error *err);
};

extern const struct filesystem *const filesystem_list[]; /* ends with NULL; first match wins */

/* A source of the mount's own, closed with it; also on failure taken. */
enum isokit_status volume_mount_new(struct volume_mount **ret_mount, struct isokit_error *err);
enum isokit_status volume_mount_keep(struct volume_mount *m, struct isokit_source *src,
				     struct isokit_error *err);
/* Call `release` at the end, after all sources were closed. */
enum isokit_status volume_mount_at_end(struct volume_mount *m, void (*release)(void *), void *object,
				       struct isokit_error *err);
void volume_mount_free(struct volume_mount *m);

/* The files of one volume. `*ret_mount` must outlive the tree. ISOKIT_E_UNSUPPORTED where
 * they cannot be read, with the reason. */
enum isokit_status volume_read(const struct isokit_volumes *volumes, size_t which, struct tree *t,
			       const char *dest, const struct volume_read_options *options,
			       struct volume_mount **ret_mount, struct isokit_error *err);

/* The bytes of one volume; borrowed until isokit_volumes_free(). */
enum isokit_status volume_source(const struct isokit_volumes *volumes, size_t which,
				 struct isokit_source **ret_src, struct isokit_error *err);

const char *volume_loss_words(enum volume_loss what); /* "resource forks" */

#endif
