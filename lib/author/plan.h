/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be built, complete and checked: the tree, the names, the boot
 * set-up. layout.c turns it into libisofs calls and decides nothing. */
#ifndef AUTHOR_PLAN_H
#define AUTHOR_PLAN_H

#include <isokit/author.h>
#include <isokit/image.h>

#include "base/text.h"
#include "tree/tree.h"

enum { PLAN_MAX_BOOT_ENTRIES = 16, PLAN_SYSTEM_AREA_BYTES = 32768, PLAN_MAX_NOTES = 1000 };

/* One El Torito entry. The first of plan_boot.entries is the default entry. */
struct plan_boot_entry {
	/* The boot image. A node of the tree; NULL when the entry points at the
	 * appended EFI partition (plan_boot.efi == PLAN_EFI_APPENDED). */
	struct tree_node *node;
	uint8_t platform;              /* enum isokit_platform */
	enum isokit_emulation emulation;
	uint16_t load_sectors;         /* 512-byte sectors; 0: the whole image,
				        *   as far as 16 bits hold it */
	uint16_t load_segment;         /* 0: 0x7c0 */
	bool boot_info_table;          /* patch bytes 8-63 */
	bool grub2_boot_info;          /* patch bytes 2548-2555 */
	const char *loader;            /* static: "isolinux", "grub" …; NULL unknown */
};

/* What the first 32 KiB begin with. */
enum plan_mbr {
	PLAN_MBR_NONE,      /* no MBR at all: system area zero (or as given) */
	PLAN_MBR_PLAIN,     /* partition table; the template's code is kept as it is */
	PLAN_MBR_ISOHYBRID, /* template is isohdp*.bin; patched for entry 0 (isolinux) */
	PLAN_MBR_GRUB2,     /* template is boot_hybrid.img; patched for entry 0 */
};

/* Where the EFI system partition for sticks comes from. */
enum plan_efi {
	PLAN_EFI_NONE,
	/* The file efi_node, shown as basic data in a GPT beside the isohybrid
	 * MBR (and as type 0xef in the MBR): the Debian way. */
	PLAN_EFI_FILE_ISOHYBRID,
	/* The file efi_node, shown as EFI system partition in a real GPT with a
	 * protective MBR: the grub-mkrescue way. */
	PLAN_EFI_FILE_GPT,
	/* efi_node's content behind the ISO file system as partition 2, in MBR
	 * (type 0xef) and GPT: the Ubuntu way. efi_node is then not in the tree. */
	PLAN_EFI_APPENDED,
};

struct plan_boot {
	struct plan_boot_entry entries[PLAN_MAX_BOOT_ENTRIES];
	size_t n_entries;          /* 0: no El Torito */
	const char *catalog_path;  /* in the tree, where nothing is; NULL: "boot.cat" or a
				    * free name like it, beside entry 0 */
	bool catalog_hidden;       /* stored, but in no directory */

	enum plan_mbr mbr;
	uint8_t *system_area;      /* template, or NULL for zeros; owned, malloc */
	size_t system_area_bytes;  /* at most PLAN_SYSTEM_AREA_BYTES */
	uint8_t iso_partition_type; /* MBR type of the partition that covers the ISO
				     *   file system; 0: the default of its kind */
	bool active;               /* set the active flag on it */

	enum plan_efi efi;
	struct tree_node *efi_node; /* image of the EFI system partition */
	bool gpt;                  /* a GPT is wanted */
	bool mbr_table;            /* real (not only protective) MBR entries */
	bool apm;
	bool protective;           /* one MBR entry over everything */
	const char *mbr_name;      /* static: what the boot code is, for people */
};

struct plan_note {
	enum isokit_build_note_kind kind;
	char *path, *text; /* owned */
};

/* A plan; isokit_build holds one. */
struct plan {
	struct isokit_build_options options; /* strings are copies owned by arena */
	struct tree *tree;
	struct plan_boot boot;
	/* Content that is in no folder of the tree (an EFI image that will be a
	 * partition): nodes made with tree_… in this second tree. */
	struct tree *extra;
	/* Sources made for the plan (a FAT image composed of host files …):
	 * closed by plan_release(). See plan_keep_source(). */
	struct isokit_source **sources;
	size_t n_sources, capacity_sources;
	struct plan_note *notes;
	size_t n_notes, capacity_notes;
	uint64_t notes_lost;
	struct arena arena;

	/* Set by ids.c */
	uint8_t tree_digest[32];
	int64_t epoch;       /* seconds: no time in the image is later */
	char uuid_digits[17]; /* YYYYMMDDhhmmsscc of the epoch: volume times */
	uint8_t gpt_guid[16]; /* as stored on disk */
	uint32_t disk_id;     /* of an MBR */
};

/* Say something to the caller; never fails. path may be NULL. */
void plan_note(struct plan *plan, enum isokit_build_note_kind kind, const char *path,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Give a source to the plan, which closes it at its end, also on failure. */
enum isokit_status plan_keep_source(struct plan *plan, struct isokit_source *src,
				    struct isokit_error *err);

/* Release all that a plan owns. */
void plan_release(struct plan *plan);

/* Decide what options and tree leave open: ids, boot set-up. */
enum isokit_status plan_complete(struct plan *plan, struct isokit_error *err);

/* A path of the root folder that nothing in the tree has, for content that is
 * made here and hidden: it must neither replace a file nor leave a folder. */
void plan_free_path(const struct plan *plan, const char *stem, struct text *ret_path);

/* boot detection (profile.c): options.boot and the tree → plan->boot. May add
 * nodes to the tree and to plan->extra. Times of what it generates are
 * plan->epoch, and any serial number in it comes from plan_digest(). */
enum isokit_status author_profile_apply(struct plan *plan, struct isokit_error *err);

/* ids.c: a SHA-256 over tree and options, with a label for each use. Cheap;
 * valid before author_profile_apply(). */
enum isokit_status plan_digest(const struct plan *plan, const char *label, uint8_t ret_digest[32],
			       struct isokit_error *err);

#endif
