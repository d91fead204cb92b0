/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file volume.h  Partitions of a disk, and the file systems in them. */
#ifndef ISOKIT_VOLUME_H
#define ISOKIT_VOLUME_H

#include <isokit/source.h>

#ifdef __cplusplus
extern "C" {
#endif

enum isokit_filesystem {
	ISOKIT_FS_NONE, /**< nothing that is known */
	ISOKIT_FS_ISO9660, /**< also High Sierra and bridges to UDF */
	ISOKIT_FS_UDF,
	ISOKIT_FS_FAT12, ISOKIT_FS_FAT16, ISOKIT_FS_FAT32, ISOKIT_FS_EXFAT,
	ISOKIT_FS_EXT2, ISOKIT_FS_EXT3, ISOKIT_FS_EXT4,
	ISOKIT_FS_NTFS,
	ISOKIT_FS_HFS, ISOKIT_FS_HFSPLUS, ISOKIT_FS_APFS,
	ISOKIT_FS_SQUASHFS, ISOKIT_FS_XFS, ISOKIT_FS_BTRFS,
	ISOKIT_FS_OTHER, /**< recognised and not read: LUKS, LVM, swap …: see words */
};

/** One partition, or (partition 0) the whole disk where it has none. */
struct isokit_disk_volume {
	unsigned partition;      /**< its number in its table; 0: the whole disk */
	const char *scheme;      /**< static: "gpt", "mbr", "apm"; NULL for the whole disk */
	uint64_t offset, bytes;  /**< in the disk */
	char type[64];           /**< of the table: "0x0c", a GUID, "Apple_HFS" */
	char name[128];          /**< of the table (GPT, APM), or "" */
	bool esp;                /**< an EFI system partition by its type */
	bool active;
	enum isokit_filesystem fs;
	const char *words;       /**< static: "FAT32", "LUKS (encrypted)" */
	char label[128];         /**< of the file system; escaped where needed, or "" */
	const char *unreadable;  /**< static: why its files cannot be read; NULL: they can */
};

/** What a volume does not say itself. Zero-initialise, then set size. */
struct isokit_volume_reading {
	size_t size; /**< sizeof(struct isokit_volume_reading) */
	bool forks;  /**< resource forks and Finder information as "._name" (AppleDouble) */
	const char *codepage; /**< of short names on FAT, as iconv(1) knows it; NULL: CP437 */
	int utc_minutes;      /**< times of FAT and HFS are so much ahead of UTC: 60 for +01:00 */
};

struct isokit_volumes;

/**
 * Find the partitions of a disk (GPT, MBR with logical ones, Apple's map; for sector sizes
 * of 512 to 4096 bytes) and what is in them.
 *
 * @param disk  borrowed until isokit_volumes_free()
 * @return ISOKIT_OK also when there is nothing; ISOKIT_E_IO, ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_volumes_find(struct isokit_source *disk,
						  struct isokit_volumes **ret_volumes,
						  struct isokit_error *err);
ISOKIT_API void isokit_volumes_free(struct isokit_volumes *volumes);

/** Borrowed until isokit_volumes_free(). */
ISOKIT_API const struct isokit_disk_volume *isokit_volumes_list(const struct isokit_volumes *volumes,
							   size_t *ret_n);

/** "ext4", "FAT16"; static. */
ISOKIT_API const char *isokit_filesystem_name(enum isokit_filesystem fs);

#ifdef __cplusplus
}
#endif
#endif
