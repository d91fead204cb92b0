/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables, made new or changed. For this room only. */
#ifndef STICK_TABLE_H
#define STICK_TABLE_H

#include "ondisk/gpt.h"
#include "ondisk/mbr.h"
#include "stick/compose.h"

enum {
	TABLE_MBR_ENTRIES_AT = 446, TABLE_MBR_ENTRY_BYTES = 16, TABLE_MBR_ENTRIES = 4,
	TABLE_MBR_ID_AT = 440,
	TABLE_TYPE_EXFAT = 0x07, /* and NTFS */
	TABLE_TYPE_FAT16 = 0x0e, /* with addresses in sectors */
	TABLE_TYPE_FAT32 = 0x0c,
	TABLE_TYPE_LINUX = 0x83,
};

#define TABLE_GPT_TYPE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

/* ---- MBR -------------------------------------------------------------------------------- */

/* An entry of 16 bytes; start and size in sectors of the drive. */
void table_mbr_entry_put(uint8_t *entry, bool active, uint8_t type, uint64_t start,
			 uint64_t sectors);

/* ---- GPT -------------------------------------------------------------------------------- */

/* A GPT in memory. */
struct table_gpt {
	struct ondisk_gpt_header header; /* of the primary */
	uint32_t sector;
	uint8_t *head;         /* the sector of its header, as it is there */
	uint8_t *entries;
	uint64_t entries_bytes; /* whole sectors, zeros behind the last entry */
};

/* Read the primary GPT of an image or drive and check it. ISOKIT_OK with ret->head NULL: there
 * is none. ISOKIT_E_CORRUPT: a wrong sum, or something that cannot be. ISOKIT_E_UNSUPPORTED: it
 * counts in sectors of another size. */
enum isokit_status table_gpt_read(struct isokit_source *src, uint32_t sector,
				  struct table_gpt *ret, struct isokit_error *err);
/* An empty one, for a drive. */
enum isokit_status table_gpt_new(uint32_t sector, const uint8_t guid[16], struct table_gpt *ret,
				 struct isokit_error *err);
void table_gpt_free(struct table_gpt *g);

/* The last sector that any partition has; 0: there is none. */
uint64_t table_gpt_end(const struct table_gpt *g);

/* Where the first of `n_entries` is that nobody uses; NULL: there is none. */
uint8_t *table_gpt_unused(const struct table_gpt *g, unsigned *ret_number);

void table_gpt_entry_put(uint8_t *entry, const char *type, const uint8_t guid[16], uint64_t first,
			 uint64_t last, const char *name);

/* Both tables for a drive of so many sectors: sums, places, what may be used. `ret_backup` has
 * entries_bytes and a sector: it belongs behind everything else. */
enum isokit_status table_gpt_settle(struct table_gpt *g, uint64_t sectors, uint8_t **ret_backup,
				    struct isokit_error *err);

/* Bytes of the backup. */
uint64_t table_gpt_backup_bytes(const struct table_gpt *g);

#endif
