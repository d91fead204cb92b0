/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master boot record: partition entries, and what its code is. There is no
 * standard; offsets are those of the IBM PC DOS 2.0 layout that all use. */
#ifndef ONDISK_MBR_H
#define ONDISK_MBR_H

#include <isokit/error.h>

enum {
	MBR_BYTES = 512,
	MBR_CODE_BYTES = 440, /* then disk id, two bytes, four entries, 55 AA */
	MBR_TYPE_EXTENDED = 0x05,
	MBR_TYPE_EXTENDED_LBA = 0x0f,
	MBR_TYPE_EXTENDED_LINUX = 0x85,
	MBR_TYPE_GPT = 0xee,
	MBR_TYPE_ESP = 0xef,
};

struct ondisk_mbr_entry {
	uint8_t status; /* 80 active, 00 not; anything else is no partition table */
	uint8_t type;
	uint32_t start_lba, sectors; /* 512-byte sectors; relative in an EBR */
};

struct ondisk_mbr {
	bool signature;    /* 55 AA at byte 510 */
	uint32_t disk_id;  /* byte 440 */
	struct ondisk_mbr_entry entries[4];
	bool table_like;   /* all four have a status of 00 or 80 */
};

/* Decode 512 bytes. */
void ondisk_mbr_decode(const uint8_t *raw, struct ondisk_mbr *ret_mbr);

bool ondisk_mbr_is_extended(uint8_t type);

/* May a partition of this type hold a FAT that UEFI firmware reads? */
bool ondisk_mbr_is_fat(uint8_t type);

/* What boot code is. */
enum ondisk_code {
	ONDISK_CODE_NONE, /* all zero */
	ONDISK_CODE_ISOLINUX,
	ONDISK_CODE_GRUB,
	ONDISK_CODE_WINDOWS,
	ONDISK_CODE_MESSAGE, /* only prints something, or hangs */
	ONDISK_CODE_SYSLINUX,
	ONDISK_CODE_UNKNOWN,
};

/* What it needs in order to go on. */
enum ondisk_code_needs {
	ONDISK_NEEDS_NOTHING,    /* it ends here, or that is not known */
	ONDISK_NEEDS_ISOLINUX,   /* isolinux.bin at the pointer */
	ONDISK_NEEDS_GRUB_CORE,  /* GRUB's diskboot sector at the pointer */
	ONDISK_NEEDS_DATA,       /* something that is not zero at the pointer */
	ONDISK_NEEDS_ACTIVE,     /* one active partition with a boot sector */
	ONDISK_NEEDS_GPT_LEGACY, /* a GPT partition with the legacy-boot attribute */
	ONDISK_NEEDS_FREEBSD_BOOT, /* a GPT partition of type freebsd-boot */
};

struct ondisk_boot_code {
	enum ondisk_code code;
	const char *name; /* static; NULL when code says it all */
	enum ondisk_code_needs needs;
	uint64_t pointer;     /* 512-byte sector of the payload, where needs has one */
	uint64_t image_skip;  /* sectors from the start of the El Torito image to there */
};

/* Recognise boot code by what it contains: 512 bytes of a boot sector, of
 * which `code_bytes` belong to code (440 in an MBR, 510 in the boot sector of
 * a file system). */
void ondisk_boot_code_recognise(const uint8_t *raw, size_t code_bytes,
				struct ondisk_boot_code *ret_code);

#endif
