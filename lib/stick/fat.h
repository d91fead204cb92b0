/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A FAT file system of a given size over files that stay where they are. Memory goes with the
 * number of files, never with the size of the drive: tables and folders are made when they are
 * read. For this room only. */
#ifndef STICK_FAT_H
#define STICK_FAT_H

#include "stick/compose.h"
#include "tree/tree.h"

enum { FAT_LABEL_BYTES = 11 };

struct fat_options {
	uint64_t at, bytes;   /* of the partition on the drive */
	uint32_t sector;
	uint64_t align;       /* data begin on such a border of the drive, where that can be */
	const uint8_t *label; /* FAT_LABEL_BYTES, padded with blanks; NULL: none */
	uint32_t serial;
	int64_t epoch;        /* of what has no time */
	const char *stub;     /* what a BIOS shows that starts the boot sector */
	struct tree *tree;    /* of fat_tree_make(); NULL: no files. Lives as long as the
			       * layout, and its nodes' ids are used */
	bool small;           /* FAT16 where FAT32 cannot be (without files only) */
};

struct fat_made {
	unsigned bits;
	uint32_t cluster_bytes;
	uint64_t file_bytes; /* of all files: a smaller drive has no room for them */
	uint8_t *boot;        /* the boot sectors, reserved area of FAT32: to be changed until the
			       * layout is finished */
	size_t boot_bytes;    /* one sector; the copy is six sectors behind it */
	uint64_t data_at;     /* byte of the drive where cluster 2 begins */
	const uint32_t *start; /* of each node the first cluster */
};

/* ISOKIT_E_LIMIT: too small, or more files than fit. */
enum isokit_status fat_compose(struct composer *c, const struct fat_options *o,
			       struct fat_made *ret, struct isokit_error *err);

/* Without looking at the files: is there room for a file system at all? */
enum isokit_status fat_check(const struct fat_options *o, struct isokit_error *err);

/* Byte of the drive that a file of the tree begins at; its bytes lie in one piece. */
uint64_t fat_place(const struct fat_made *m, const struct tree_node *node);

/* A label of at most 11 characters out of any text: capitals, and '_' for what cannot be. False:
 * nothing is left. *ret_same: it says the same to who looks for it without regard to case. */
bool fat_label_make(const char *text, uint8_t ret_label[FAT_LABEL_BYTES], bool *ret_same);

/* The files of a tree as FAT can hold them, in a new tree that lives as long as the layout: names
 * that cannot be are changed, folders whose names are equal to FAT are one, and what symbolic links
 * lead to is copied. What is other than before is noted. `from` must live as long. */
enum isokit_status fat_tree_make(struct composer *c, const struct tree *from, struct tree **ret,
				 struct isokit_error *err);

/* More files into such a tree; what it has already stays, and nothing is noted. */
enum isokit_status fat_tree_merge(struct composer *c, const struct tree *from, struct tree *to,
				  struct isokit_error *err);

/* UTF-16 of a name in such a tree. */
size_t fat_name_units(const struct tree_node *node, uint16_t ret_units[255]);

#endif
