/* SPDX-License-Identifier: GPL-3.0-or-later */
/* El Torito: boot record descriptor, boot catalog, and the tables that loaders
 * have inside their own images. Clauses are those of the "El Torito" Bootable
 * CD-ROM Format Specification, version 1.0. */
#ifndef ONDISK_ELTORITO_H
#define ONDISK_ELTORITO_H

#include <isokit/error.h>

enum {
	ELTORITO_ENTRY_BYTES = 32,
	ELTORITO_RECORD_LBA = 17, /* the sector that firmware reads; 2.0 */
	ELTORITO_BOOTABLE = 0x88,
};

/* Boot record volume descriptor, figure 7. */
bool ondisk_eltorito_is_record(const uint8_t *raw, size_t len);
uint32_t ondisk_eltorito_catalog_lba(const uint8_t *raw);

/* Validation entry, figure 2. */
struct ondisk_eltorito_validation {
	uint8_t header_id; /* must be 1 */
	uint8_t platform;
	char id[25];       /* without trailing blanks and zeros */
	bool key_ok;       /* 55 AA at byte 30 */
	uint16_t sum;      /* of all sixteen words: must be 0 */
};

void ondisk_eltorito_validation_decode(const uint8_t *raw,
				       struct ondisk_eltorito_validation *ret_validation);

/* Initial/default entry (figure 3) or section entry (figure 5): the same fields. */
struct ondisk_eltorito_entry {
	uint8_t indicator;     /* 88 bootable, 00 not */
	uint8_t media;         /* bits 0-3 emulation, bit 5 extension follows (sections) */
	uint16_t load_segment; /* 0: 7C0 */
	uint8_t system_type;   /* of the partition, in hard disk emulation */
	uint16_t load_sectors; /* virtual sectors of 512 bytes to load */
	uint32_t lba;          /* in 2048-byte sectors */
	uint8_t criteria_type; /* section entries: 0 none, 1 language and version */
};

void ondisk_eltorito_entry_decode(const uint8_t *raw, struct ondisk_eltorito_entry *ret_entry);

/* What kind of record follows the default entry. */
enum ondisk_eltorito_kind {
	ONDISK_ELTORITO_SECTION,      /* 90: header, more follow */
	ONDISK_ELTORITO_LAST_SECTION, /* 91: header, the last */
	ONDISK_ELTORITO_EXTENSION,    /* 44: continues the entry before */
	ONDISK_ELTORITO_ENTRY,        /* 88 or 00 */
	ONDISK_ELTORITO_OTHER,
};

enum ondisk_eltorito_kind ondisk_eltorito_kind(const uint8_t *raw);

/* Section header, figure 4. */
struct ondisk_eltorito_section {
	uint8_t platform;
	uint16_t n_entries;
	char id[29];
};

void ondisk_eltorito_section_decode(const uint8_t *raw,
				    struct ondisk_eltorito_section *ret_section);

/* Boot info table: 56 bytes at byte 8 of an image (mkisofs, "-boot-info-table"). */
struct ondisk_boot_info {
	uint32_t pvd_lba, file_lba; /* in 2048-byte sectors */
	uint32_t file_bytes;
	uint32_t checksum; /* sum of the little-endian words from byte 64 on */
};

enum { BOOT_INFO_OFFSET = 8, BOOT_INFO_END = 64 };

/* From the first 64 bytes of a boot image. */
void ondisk_boot_info_decode(const uint8_t *raw, struct ondisk_boot_info *ret_info);

/* Continue the checksum over a piece of the image. `at` is the piece's place
 * in the image, a multiple of 4, bytes before 64 are left out; a last
 * incomplete word is filled up with zeros. */
uint32_t ondisk_boot_info_sum(uint32_t sum, uint64_t at, const uint8_t *raw, size_t len);

/* GRUB 2's El Torito image: the address of its core, patched in at byte 2548
 * (mkisofs "--grub2-boot-info"), in 512-byte sectors: five after the image's
 * first. */
enum { GRUB2_INFO_OFFSET = 2548, GRUB2_INFO_END = 2556, GRUB2_INFO_SKIP_SECTORS512 = 5 };

/* Which loader is this boot image? A name of the list in eltorito.c, or NULL. */
const char *ondisk_boot_image_loader(const uint8_t *raw, size_t len);

/* What a boot image for BIOS is that evidently holds no code ("text", "a PNG image" …),
 * by its first `len` bytes; NULL: nothing speaks against it. Bytes where a boot info
 * table may have been written do not count. */
const char *ondisk_boot_image_foreign(const uint8_t *raw, size_t len);

#endif
