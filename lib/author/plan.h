/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be built, complete and checked: the tree, the names, the boot
 * set-up. layout.c turns it into libisofs calls and decides nothing. */
#ifndef AUTHOR_PLAN_H
#define AUTHOR_PLAN_H

#include <isokit/author.h>
#include <isokit/digest.h>
#include <isokit/image.h>

#include "base/text.h"
#include "tree/tree.h"

enum { PLAN_MAX_BOOT_ENTRIES = ISOKIT_BUILD_MAX_ENTRIES,
       PLAN_MAX_PARTITIONS = ISOKIT_BUILD_MAX_PARTITIONS, PLAN_SYSTEM_AREA_BYTES = 32768,
       PLAN_MAX_NOTES = 1000 };

/* One El Torito entry. The first of plan_boot.entries is the default entry. */
struct plan_boot_entry {
	/* The boot image. A node of the tree; NULL when the entry points at an
	 * appended partition, the one of that number. */
	struct tree_node *node;
	unsigned partition;
	uint8_t platform;              /* enum isokit_platform */
	enum isokit_emulation emulation;
	bool full_load;                /* load_sectors from the size of the image, as far
				        * as 16 bits hold it */
	uint16_t load_sectors;         /* 512-byte sectors */
	uint16_t load_segment;         /* 0: 0x7c0 */
	bool not_bootable;
	bool has_id, has_selection;
	uint8_t id[28], selection[20];
	bool boot_info_table;          /* patch bytes 8-63 */
	bool grub2_boot_info;          /* patch bytes 2548-2555 */
	enum isokit_build_mention in_gpt; /* with isohybrid or plan_boot.like_isohybrid */
	bool in_apm;
	const char *loader;            /* static: "isolinux", "grub" …; NULL unknown */
};

/* What is patched into the system area of a PC. */
enum plan_mbr {
	PLAN_MBR_NONE,      /* nothing of its own: zeros or the template as given; appended
			     * partitions get their entries nevertheless */
	PLAN_MBR_PLAIN,     /* partition table; the template's code is kept as it is */
	PLAN_MBR_ISOHYBRID, /* template is isohdp*.bin; patched for entry 0 (isolinux) */
	PLAN_MBR_GRUB2,     /* template is boot_hybrid.img; patched for entry 0 */
};

/* A partition behind the ISO file system. */
struct plan_partition {
	bool used;
	/* Its content, usually in plan.extra; NULL in a SUN label: the same as the
	 * partition before. */
	struct tree_node *node;
	uint8_t type;     /* of the MBR */
	bool has_guid;    /* else 0xef is an EFI system partition, all other basic data */
	uint8_t guid[16];
};

/* HFS+ over the same contents. */
struct plan_hfs {
	bool wanted;
	struct plan_hfs_type {
		const struct tree_node *node;
		char type[4], creator[4];
	} *types;         /* owned by plan.arena */
	size_t n_types;
	const struct tree_node *blessed[ISOKIT_BUILD_BLESSINGS];
	bool has_serial;  /* else one from plan_digest() */
	uint8_t serial[8];
	unsigned block_size; /* 512, 2048; 0: by what is there */
};

/* For computers that are no PC. Nodes of the tree. */
struct plan_platforms {
	const struct tree_node *mips_files[ISOKIT_BUILD_MAX_MIPS_FILES];
	size_t n_mips_files;
	const char *sparc_label;
	const struct tree_node *sparc_core;
	const char *hppa_cmdline;
	const struct tree_node *hppa_bootloader, *hppa_kernel_32, *hppa_kernel_64, *hppa_ramdisk;
	const struct tree_node *alpha_loader;
};

/* The boot set-up, wherever it comes from: found in the tree (profile.c), said by hand
 * (bootlayout.c), taken over from a base image. */
struct plan_boot {
	/* It is complete before plan_complete(): nothing is looked for. */
	bool given;

	struct plan_boot_entry entries[PLAN_MAX_BOOT_ENTRIES];
	size_t n_entries;          /* 0: no El Torito */
	const char *catalog_path;  /* in the tree, where nothing is; NULL: "boot.cat" or a
				    * free name like it, beside entry 0 */
	bool catalog_hidden;       /* stored, but in no directory */

	enum isokit_build_area area;
	uint8_t *system_area;      /* template, or NULL for zeros; owned, malloc */
	size_t system_area_bytes;  /* at most PLAN_SYSTEM_AREA_BYTES */
	enum plan_mbr mbr;         /* with ISOKIT_BUILD_AREA_MBR only */
	bool label;                /* one MBR entry from 512-byte block 1 over everything,
				    * type 0xcd, or 0xee where there is a GPT */
	bool active;               /* some MBR entry has the active flag */
	bool like_isohybrid;       /* in_gpt, in_apm hold without isohybrid, and no 0xee
				    * entry is made for a GPT */
	bool has_iso_type, has_iso_guid;
	uint8_t iso_type;          /* MBR type of the partition that covers the ISO file
				    * system; else the default of its kind */
	uint8_t iso_guid[16];      /* its type in the GPT */

	struct plan_partition partitions[PLAN_MAX_PARTITIONS]; /* number 1 is [0] */
	bool appended_as_gpt;      /* and the MBR has only the protective entry */
	bool appended_as_apm;
	bool has_gpt_guid;         /* of the disk; else plan.gpt_guid */
	bool gpt_guid_by_date;     /* or made of plan.uuid_digits */
	uint8_t gpt_guid[16];

	/* Inside the image, shown as EFI system partition by a GPT: a node of
	 * plan.extra, or (efi_is_entry) the node of the first entry for UEFI. */
	struct tree_node *efi_part;
	bool efi_is_entry;
	struct tree_node *prep_part; /* node of plan.extra; MBR type 0x41 */

	uint32_t partition_offset; /* 2048-byte blocks; 0 or from 16 */
	unsigned sectors_per_head, heads_per_cylinder; /* 0: by size */
	enum isokit_build_alignment alignment;

	unsigned apm_block_size;   /* 512, 2048; 0: by what is there */
	struct plan_hfs hfs;
	struct plan_platforms platforms;

	const char *mbr_name;      /* static: what the boot code is, for people */
};

/* The image of an EFI system partition that the tables will show, or NULL.
 * *ret_appended (may be NULL): it lies behind the ISO file system. */
const struct tree_node *plan_boot_efi(const struct plan_boot *boot, bool *ret_appended);

/* Is the node of that number (tree_node.id) stored as a partition of its own, and not
 * among the contents of files? */
bool plan_boot_is_partition(const struct plan_boot *boot, uint32_t id);

/* Will there be a GPT, an APM? */
bool plan_boot_has_gpt(const struct plan_boot *boot);
bool plan_boot_has_apm(const struct plan_boot *boot);

/* Can it be made? */
enum isokit_status plan_boot_check(const struct plan_boot *boot, struct isokit_error *err);

/* What an entry loads: its file, or the partition. NULL only in a broken plan. */
const struct tree_node *plan_entry_content(const struct plan_boot *boot,
					   const struct plan_boot_entry *e);

/* A UDF bridge: see udf.h. Blocks of 2048 bytes of the image. */
struct plan_udf {
	bool wanted;
	uint16_t revision;
	uint32_t base, start;   /* of the descriptor sequences, of the partition */
	uint32_t head_blocks;   /* before the image of libisofs */
	uint64_t end_anchor;    /* the second anchor, once it is written; 0: none */
};

struct plan_note {
	enum isokit_build_note_kind kind;
	char *path, *text; /* owned */
};

/* A file as it was when the plan was made. */
struct plan_watch {
	struct isokit_source *src; /* borrowed; names it, too */
	uint64_t size;
	struct timespec changed;
};

/* A plan; isokit_build holds one. */
struct plan {
	struct isokit_build_options options; /* strings are copies owned by arena */
	bool scratch_beside; /* options.scratch_folder is that of the output */
	struct tree *tree;
	struct plan_boot boot;
	struct plan_udf udf;
	/* Content that is in no folder of the tree (an EFI image that will be a
	 * partition): nodes made with tree_… in this second tree. */
	struct tree *extra;
	/* Sources made for the plan (a FAT image composed of host files …):
	 * closed by plan_release(). See plan_keep_source(). */
	struct isokit_source **sources;
	size_t n_sources, capacity_sources;
	/* File systems that contents lie in. */
	struct volume_mount **mounts;
	size_t n_mounts, capacity_mounts;
	struct plan_watch *watches; /* archives that contents are ranges of; see inputs.h */
	size_t n_watches, capacity_watches;
	struct plan_note *notes;
	size_t n_notes, capacity_notes;
	uint64_t notes_lost;
	struct arena arena;

	/* The image that the build starts from, or NULL: base.h. */
	struct base *base;
	struct tree *old_tree;      /* what was put aside of it; its nodes are of `tree` */
	struct tree_node *old_root; /* what options.old_root had before sources came, or NULL */
	struct gptkeep *gptkeep; /* of its partitions, or NULL; owned by arena */
	uint32_t fields_given; /* descriptor fields that the caller gave: options.c */
	bool level_given;
	bool keep_iso_names;      /* those that nodes know (tree_node.iso_name) */
	const char *catalog_iso_name; /* likewise of the boot catalog, or NULL */
	bool has_volume_times;
	uint8_t volume_times[4 * 17]; /* those of the base, ECMA-119 8.4.26 to 8.4.29 */

	/* Set by ids.c */
	uint8_t tree_digest[32];
	int64_t epoch;       /* seconds: no time in the image is later */
	int64_t volume_time; /* seconds: of the volume descriptors */
	char uuid_digits[17]; /* YYYYMMDDhhmmsscc of it */
	uint8_t gpt_guid[16]; /* as stored on disk */
	uint32_t disk_id;     /* of an MBR */

	/* Set by dedup.c and zisofs.c */
	uint64_t dedup_files, dedup_bytes;
	uint64_t zisofs_files, zisofs_bytes, zisofs_stored_bytes;
	struct isokit_source *zisofs_spool; /* one of `sources`, or NULL */
	struct isokit_digests *digests;     /* loaded when first needed; owned */
};

/* Are names of ISO 9660 to be spelt anew, in what libisofs has made (layout_respell.c)? */
bool plan_respells(const struct plan *plan);

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

/* options.layout → plan->boot (bootlayout.c). */
enum isokit_status plan_take_layout(struct plan *plan, const struct isokit_build_layout *layout,
				    struct isokit_error *err);

/* A node of plan->extra with such bytes ("/partition-2.img"); a file of the tree is
 * copied. `what` is for messages. */
enum isokit_status plan_content_node(struct plan *plan, const struct isokit_build_content *content,
				     const char *name, const char *what,
				     struct tree_node **ret_node, struct isokit_error *err);

/* ids.c: a SHA-256 over tree and options, with a label for each use. Cheap;
 * valid before author_profile_apply(). */
enum isokit_status plan_digest(const struct plan *plan, const char *label, uint8_t ret_digest[32],
			       struct isokit_error *err);

#endif
