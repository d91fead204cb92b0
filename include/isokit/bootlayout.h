/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file bootlayout.h  A boot set-up said in full, for isokit_build_options.layout.
 *
 * With it nothing is looked for in the tree: the image gets what is said here and
 * nothing else. Zero-initialise every struct; strings and bytes are borrowed until
 * isokit_build_free(). New members go to the ends. */
#ifndef ISOKIT_BOOTLAYOUT_H
#define ISOKIT_BOOTLAYOUT_H

#include <isokit/image.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most El Torito entries and appended partitions of an image. */
enum { ISOKIT_BUILD_MAX_ENTRIES = 32, ISOKIT_BUILD_MAX_PARTITIONS = 8,
       ISOKIT_BUILD_MAX_MIPS_FILES = 15 };

enum isokit_build_content_kind {
	ISOKIT_BUILD_CONTENT_NONE,
	ISOKIT_BUILD_CONTENT_TREE,     /**< a file of the tree: path */
	ISOKIT_BUILD_CONTENT_HOST,     /**< a host file, or a range of one: path, offset … */
	ISOKIT_BUILD_CONTENT_MEMORY,   /**< bytes, length */
	ISOKIT_BUILD_CONTENT_APPENDED, /**< the appended partition of that number */
	/** The boot image of the first entry for UEFI that is a file of the tree;
	 * only for isokit_build_layout.efi_partition. */
	ISOKIT_BUILD_CONTENT_EFI_ENTRY,
	ISOKIT_BUILD_CONTENT_SOURCE,   /**< a range of a source: source, offset, length */
};

/** Bytes from `first` to `last`, both counted from the begin of a range. */
struct isokit_build_span {
	uint64_t first, last;
};

/** Where the bytes of a boot image, a partition or a system area come from. */
struct isokit_build_content {
	enum isokit_build_content_kind kind;
	const char *path;
	const void *bytes;
	uint64_t offset; /**< of a host file: where the range begins */
	uint64_t length; /**< of memory, or of the range; 0 for a file or source: to its end */
	/** Parts of the range that become zero: MBR partition entries (bytes 446 to
	 * 509 where there is a signature), a GPT (header and entries), the entries
	 * of an Apple partition map, and any others. */
	bool zero_mbr, zero_gpt, zero_apm;
	const struct isokit_build_span *zeros;
	size_t n_zeros;
	unsigned partition; /**< ISOKIT_BUILD_CONTENT_APPENDED */
	struct isokit_source *source;
};

/** How a boot image is mentioned in the GPT of an isohybrid. */
enum isokit_build_mention {
	ISOKIT_BUILD_MENTION_NONE,
	ISOKIT_BUILD_MENTION_BASIC_DATA,
	ISOKIT_BUILD_MENTION_HFS_PLUS,
};

/** One El Torito entry. */
struct isokit_build_entry {
	struct isokit_build_content image; /**< TREE or APPENDED */
	uint8_t platform;        /**< enum isokit_platform, or any number */
	/** By the size of the image: a floppy of 1200, 1440 or 2880 KiB, and nothing
	 * else; `emulation` is not looked at then. */
	bool floppy;
	enum isokit_emulation emulation;
	uint16_t load_sectors;   /**< of 512 bytes */
	bool full_load;          /**< load_sectors from the size of the image, in 2048-byte blocks */
	bool exact_load;         /**< or in sectors of 512 bytes */
	uint16_t load_segment;
	bool not_bootable;
	bool has_id, has_selection;
	uint8_t id[28];          /**< the first entry has 24 bytes */
	uint8_t selection[20];   /**< criteria; not for the first entry */
	bool boot_info_table, grub2_boot_info; /**< patched into the image */
	enum isokit_build_mention in_gpt; /**< isohybrid, or like_isohybrid */
	bool in_apm;                      /**< isohybrid, or like_isohybrid */
};

/** What the first 32 KiB are for. */
enum isokit_build_area {
	ISOKIT_BUILD_AREA_MBR,    /**< as the members below say; else as it is given */
	ISOKIT_BUILD_AREA_CHRP,   /**< one MBR partition of type 0x96 over the image */
	ISOKIT_BUILD_AREA_MIPS,   /**< big-endian volume header: mips_files */
	ISOKIT_BUILD_AREA_MIPSEL, /**< DEC boot block: mips_files[0] */
	ISOKIT_BUILD_AREA_SPARC,  /**< SUN disk label: partitions 2 to 8, sparc_core */
	ISOKIT_BUILD_AREA_HPPA_4, /**< PALO header version 4: hppa */
	ISOKIT_BUILD_AREA_HPPA_5, /**< PALO header version 5: hppa */
	ISOKIT_BUILD_AREA_ALPHA,  /**< DEC SRM: alpha_loader */
};

/** A partition behind the ISO file system. */
struct isokit_build_partition {
	unsigned number;  /**< 1 to 4; in a SUN label 2 to 8 */
	uint8_t type;     /**< of the MBR */
	bool has_guid;    /**< else 0xef is an EFI system partition, all other basic data */
	uint8_t guid[16]; /**< type in the GPT, as it is stored */
	/** TREE (a copy of it), HOST or MEMORY. With ISOKIT_BUILD_AREA_SPARC none: the
	 * same as the partition before. */
	struct isokit_build_content content;
};

enum isokit_build_alignment {
	ISOKIT_BUILD_ALIGN_AUTO, /**< the image ends at a cylinder where it is isohybrid */
	ISOKIT_BUILD_ALIGN_ON,
	ISOKIT_BUILD_ALIGN_OFF,
	ISOKIT_BUILD_ALIGN_ALL,  /**< appended partitions begin and end at cylinders, too */
};

/** Type and creator of a file or folder in HFS+. */
struct isokit_build_hfs_type {
	const char *path; /**< in the tree */
	char type[4], creator[4];
};

/** What HFS+ volumes are started by; indices of isokit_build_layout.blessed. */
enum isokit_build_blessing {
	ISOKIT_BUILD_BLESS_PPC_FOLDER,
	ISOKIT_BUILD_BLESS_INTEL_FILE,
	ISOKIT_BUILD_BLESS_SHOW_FOLDER,
	ISOKIT_BUILD_BLESS_OS9_FOLDER,
	ISOKIT_BUILD_BLESS_OSX_FOLDER,
	ISOKIT_BUILD_BLESSINGS,
};

/** The whole set-up. */
struct isokit_build_layout {
	size_t size; /**< sizeof(struct isokit_build_layout) */

	const struct isokit_build_entry *entries; /**< the first is the default entry */
	size_t n_entries;
	const char *catalog_path; /**< in the tree; NULL: a free name beside the first entry */
	bool catalog_hidden;      /**< stored, but in no directory */

	enum isokit_build_area area;
	struct isokit_build_content system_area; /**< its first 32 KiB, HOST or MEMORY */
	bool isohybrid;   /**< patch it for the first entry: isolinux and its MBR */
	bool grub2;       /**< patch it for the first entry: GRUB2 and its boot_hybrid.img */
	bool label;       /**< --protective-msdos-label: one partition from 512-byte block 1 */
	bool generic_mbr; /**< an MBR with one partition over the image */
	bool force_bootable; /**< some partition of the MBR is marked as active */
	bool like_isohybrid; /**< in_gpt and in_apm hold without isohybrid, too */
	bool has_iso_type, has_iso_guid;
	uint8_t iso_type;     /**< of the MBR partition with the ISO file system */
	uint8_t iso_guid[16]; /**< its type in the GPT */

	const struct isokit_build_partition *partitions;
	size_t n_partitions;
	bool appended_as_gpt, appended_as_apm;
	bool has_gpt_guid;
	bool gpt_guid_by_date; /**< or made of the 16 digits of the volume's time */
	uint8_t gpt_guid[16]; /**< of the disk, as it is stored */
	struct isokit_build_content efi_partition;  /**< in the image, shown by a GPT */
	struct isokit_build_content prep_partition; /**< in the image, type 0x41 of the MBR */

	uint32_t partition_offset; /**< 2048-byte blocks: a second tree for partition 1; 0 or
				    *   from 16 */
	unsigned sectors_per_head, heads_per_cylinder; /**< 1 to 63, 1 to 255; 0: by size */
	enum isokit_build_alignment alignment;

	bool hfsplus;
	const struct isokit_build_hfs_type *hfs_types;
	size_t n_hfs_types;
	const char *blessed[ISOKIT_BUILD_BLESSINGS]; /**< paths in the tree, or NULL */
	bool has_hfs_serial;
	uint8_t hfs_serial[8];
	unsigned hfs_block_size, apm_block_size; /**< 512, 2048; 0: by what is there */

	const char *mips_files[ISOKIT_BUILD_MAX_MIPS_FILES]; /**< paths in the tree */
	size_t n_mips_files;
	const char *sparc_label; /**< text of the SUN disk label */
	const char *sparc_core;  /**< path in the tree: GRUB2's core */
	const char *hppa_cmdline, *hppa_bootloader, *hppa_kernel_32, *hppa_kernel_64,
		*hppa_ramdisk;   /**< a text, and paths in the tree */
	const char *alpha_loader; /**< path in the tree */
};

#ifdef __cplusplus
}
#endif
#endif
