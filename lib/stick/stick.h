/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a stick will hold, composed as a source of bytes: the writer writes it, and reads it
 * back, like any image. Nothing here knows of drives but their size. */
#ifndef STICK_STICK_H
#define STICK_STICK_H

#include <isokit/error.h>

struct isokit_source;

/* A part of the composed source that must be written; what lies between does not matter. */
struct stick_extent {
	uint64_t offset, bytes;
};

struct stick_layout {
	struct isokit_source *src; /* as large as the drive; owned. What no extent covers reads as
				    * zeros. May be read by several threads at once */
	struct stick_extent *extents; /* ascending, whole sectors, never touching each other */
	size_t n_extents;
	uint64_t extent_bytes; /* of all of them */
	uint64_t file_bytes; /* stick_compose_files(): no smaller drive could hold them */
	char **notes; /* what was split, renamed, left out, or will not boot, in words */
	size_t n_notes;
	bool bios, uefi;   /* it boots by; not told of by stick_compose_persistent(), which changes
			    * nothing about that */
	const char *table; /* static: "MBR", "GPT", "MBR and GPT" */
	const char *fs;    /* static: of the partition that was made: "FAT32", "exFAT", "ext4" */
	void *keep;        /* trees, scratch files … that src needs */
};

/* What had to be made anew to be read at all (install.esd), kept for the next drive that gets the
 * same image. Zero-initialise. */
enum { STICK_KEPT = 8 };
struct stick_kept {
	struct {
		char *path;
		struct isokit_source *src;
	} items[STICK_KEPT];
	size_t n;
};
void stick_kept_free(struct stick_kept *k);

struct stick_options {
	uint64_t bytes;     /* of the drive */
	uint32_t sector;    /* logical, 512 or 4096 */
	bool card;          /* an SD card: borders as its standard asks for */
	const char *label;  /* NULL: the image's */
	const char *fs;     /* stick_compose_empty(): "fat32", "exfat", "ext4"; NULL: what the size
			     * asks for */
	const char *seed;   /* words that ids and serial numbers are made of besides (serial number
			     * of the drive: two drives then differ); NULL: none */
	const char *scratch_folder; /* for what has to be made before it can be read; NULL: where
				     * that is needed, it is refused */
	int64_t epoch;      /* times of what is made */
	uint64_t persistence; /* bytes of the partition for changes; UINT64_MAX: all that is left */
	struct stick_kept *kept; /* borrowed; must outlive the layout; NULL: nothing is kept */
	int (*cancelled)(void *ctx); /* not 0: stop; may be NULL */
	/* Likewise, while something is made anew. */
	int (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/* --as=files: one FAT32 file system with the files of the image, so that it boots by UEFI and,
 * where the image's loaders allow it, by BIOS. `image` is borrowed until the layout is released.
 * ISOKIT_E_UNSUPPORTED names the file that FAT32 cannot hold; ISOKIT_E_LIMIT: the drive is too
 * small. */
enum isokit_status stick_compose_files(struct isokit_source *image, const struct stick_options *o,
				       struct stick_layout *ret, struct isokit_error *err);

/* Could a drive of that size have such a file system at all? ISOKIT_E_LIMIT: no. */
enum isokit_status stick_check_files(const struct stick_options *o, struct isokit_error *err);

/* --restore: one partition with an empty file system. FAT32, or exFAT on drives of more than
 * 32 GB, unless o->fs says otherwise. */
enum isokit_status stick_compose_empty(const struct stick_options *o, struct stick_layout *ret,
				       struct isokit_error *err);

/* --persistence: the image as it is, with one more partition behind it, in its partition tables.
 * `image` is borrowed until the layout is released. ISOKIT_E_UNSUPPORTED: its live system is not
 * known, or its tables have no place, with the reason. */
enum isokit_status stick_compose_persistent(struct isokit_source *image,
					    const struct stick_options *o, struct stick_layout *ret,
					    struct isokit_error *err);

/* Bytes of the smallest partition for changes that is of any use. */
uint64_t stick_persistent_least(void);

void stick_layout_release(struct stick_layout *l);

/* Bytes that are other than those of the image, whole sectors of the drive. */
struct stick_patch {
	uint64_t offset;
	uint8_t *bytes;
	size_t n;
};

/* --fix-gpt: what changes when the image is written to a drive of `bytes`: the backup GPT goes
 * to its end, the primary one says so, and a protective MBR covers all of it. Ascending.
 * No patches: it has no GPT, or nothing needs to change. ISOKIT_E_CORRUPT: its GPT is damaged;
 * ISOKIT_E_UNSUPPORTED: it counts in sectors of another size. */
enum isokit_status stick_move_gpt(struct isokit_source *image, uint64_t bytes, uint32_t sector,
				  struct stick_patch **ret_patches, size_t *ret_n,
				  struct isokit_error *err);
void stick_patches_free(struct stick_patch *patches, size_t n);

#endif
