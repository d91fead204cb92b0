/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A FAT file system composed of a list of files: what an EFI system partition
 * or an El Torito image for UEFI holds. The same list gives the same bytes. */
#ifndef AUTHOR_FATIMAGE_H
#define AUTHOR_FATIMAGE_H

#include <isokit/error.h>

struct isokit_source;
struct tree_node;

/* One file or folder of the image to be. */
struct fatimage_file {
	const char *path; /* "EFI/BOOT/BOOTX64.EFI": UTF-8, '/' between components;
			   * folders on the way are made. Borrowed during the call */
	const struct tree_node *node; /* the content; NULL: an (empty) folder. Must live
				       * as long as the source that is made */
};

struct fatimage_options {
	const char *label;   /* at most 11 characters of A-Z 0-9 and some marks; NULL: none */
	int64_t epoch;       /* time of every entry in seconds since 1970, UTC; brought
			      * into 1980 … 2107 */
	uint64_t free_bytes; /* room to leave for later additions, at least this much */
	uint32_t serial;     /* volume serial number */
};

/* Compose the image: FAT12, FAT16 or FAT32 as the content needs. Only the tables
 * and folders are kept in memory; contents are read from their nodes when
 * somebody reads them here.
 *
 * ret_src: owned by caller, free with isokit_source_close(); a multiple of 2048 bytes.
 *
 * ISOKIT_E_INVALID: a path is empty or holds what FAT cannot represent;
 * ISOKIT_E_EXISTS: two paths differ only in case, or one is a file and a folder;
 * ISOKIT_E_LIMIT: a file of 4 GiB or more, a name longer than 255 UTF-16 units,
 * too much content for FAT32; ISOKIT_E_NOMEM. */
enum isokit_status author_fatimage_new(const struct fatimage_file *files, size_t n_files,
				       const struct fatimage_options *options,
				       struct isokit_source **ret_src, struct isokit_error *err);

#endif
