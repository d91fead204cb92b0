/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The FAT file system: boot sector, allocation table, directory entries.
 * Clauses are those of Microsoft's "FAT: General Overview of On-Disk Format",
 * version 1.03; ECMA-107 agrees for FAT12 and FAT16. */
#ifndef ONDISK_FAT_H
#define ONDISK_FAT_H

#include <isokit/error.h>

#include "base/byteorder.h"

enum {
	FAT_DIRENT_BYTES = 32,
	FAT_MAX_DIR_BYTES = 65536 * 32, /* a folder holds at most 65536 entries */

	FAT_ATTR_READ_ONLY = 0x01,
	FAT_ATTR_HIDDEN = 0x02,
	FAT_ATTR_SYSTEM = 0x04,
	FAT_ATTR_VOLUME_ID = 0x08,
	FAT_ATTR_DIRECTORY = 0x10,
	FAT_ATTR_ARCHIVE = 0x20,
	FAT_ATTR_LONG_NAME = 0x0f,

	FAT_MAX_CLUSTERS_12 = 4084, /* fewer than 4085 clusters: FAT12 */
	FAT_MAX_CLUSTERS_16 = 65524, /* fewer than 65525: FAT16 */
};

/* A boot sector with its BIOS parameter block, and what follows from it. */
struct ondisk_fat {
	uint16_t sector_bytes;       /* BPB_BytsPerSec */
	uint32_t cluster_bytes;      /* BPB_SecPerClus, in bytes */
	uint16_t reserved_sectors;   /* BPB_RsvdSecCnt */
	uint8_t n_tables;            /* BPB_NumFATs */
	uint16_t root_entries;       /* BPB_RootEntCnt; 0 on FAT32 */
	uint32_t total_sectors;      /* BPB_TotSec16 or BPB_TotSec32 */
	uint32_t table_sectors;      /* BPB_FATSz16 or BPB_FATSz32, of one table */
	uint32_t root_cluster;       /* BPB_RootClus; FAT32 only */
	uint8_t media;               /* BPB_Media */
	char label[12];              /* BS_VolLab without trailing blanks, or "" */
	char oem[9];                 /* BS_OEMName */
	bool has_signature;          /* 55 AA at byte 510 */
	bool has_code;               /* the code area is not zero */
	/* computed */
	unsigned bits;               /* 12, 16 or 32 */
	uint32_t n_clusters;         /* data clusters; the last one is n_clusters + 1 */
	uint64_t table_offset;       /* of the first table, bytes from the boot sector */
	uint64_t active_table_offset; /* of the one that counts: FAT32 can name another */
	uint64_t root_offset;        /* of the fixed root folder; FAT12 and FAT16 only */
	uint64_t data_offset;        /* of cluster 2 */
	uint64_t bytes;              /* of the whole file system */
};

/* Decode the first sector (512 bytes) of a FAT file system. ISOKIT_E_NOT_ISO
 * when it is no such thing, ISOKIT_E_CORRUPT when its numbers contradict each
 * other; the text then says which. */
enum isokit_status ondisk_fat_decode(const uint8_t *raw, size_t len, struct ondisk_fat *ret_fat,
				     struct isokit_error *err);

/* The same without the jump that code begins with, which other systems than the IBM PC did
 * not write (Atari, MSX): see that its table fits. */
enum isokit_status ondisk_fat_decode_any(const uint8_t *raw, size_t len, struct ondisk_fat *ret_fat,
					 struct isokit_error *err);

/* Does an allocation table that begins with these 3 bytes belong to it? */
bool ondisk_fat_table_fits(const struct ondisk_fat *f, const uint8_t *table);

/* A floppy of DOS 1, from before boot sectors said what is on it: by its size and the first
 * 3 bytes of its table. False: it is none. */
bool ondisk_fat_old_floppy(uint64_t bytes, const uint8_t *table, struct ondisk_fat *ret_fat);

/* Where in the table the link of a cluster is: bytes from the table's start,
 * and how many of them are needed (2 or 4). */
static inline uint64_t ondisk_fat_link_offset(unsigned bits, uint32_t cluster)
{
	switch (bits) {
	case 12: return (uint64_t)cluster + cluster / 2;
	case 16: return (uint64_t)cluster * 2;
	default: return (uint64_t)cluster * 4;
	}
}

static inline size_t ondisk_fat_link_bytes(unsigned bits)
{
	return bits == 32 ? 4 : 2;
}

/* The link in those bytes. */
static inline uint32_t ondisk_fat_link(unsigned bits, uint32_t cluster, const uint8_t *raw)
{
	switch (bits) {
	case 12: return cluster & 1 ? (uint32_t)get_le16(raw) >> 4 : get_le16(raw) & 0xfffu;
	case 16: return get_le16(raw);
	default: return get_le32(raw) & 0x0fffffffu; /* the upper four bits are reserved */
	}
}

/* Is a link the end of a chain? */
bool ondisk_fat_link_is_end(unsigned bits, uint32_t link);

/* What kind of directory entry 32 bytes are. */
enum ondisk_fat_dirent_kind {
	ONDISK_FAT_END,   /* first byte 0: nothing follows */
	ONDISK_FAT_FREE,  /* first byte E5 */
	ONDISK_FAT_LONG,  /* part of a long name */
	ONDISK_FAT_LABEL, /* volume label */
	ONDISK_FAT_NAME,  /* a file or folder */
};

struct ondisk_fat_dirent {
	enum ondisk_fat_dirent_kind kind;
	char name[13];       /* "BOOTX64.EFI", bytes as stored; label: 11 characters */
	uint8_t attributes;
	bool lower_base, lower_extension; /* of a short name: Windows shows it so */
	uint16_t write_date, write_time;
	uint32_t cluster;    /* first cluster, 0 for an empty file */
	uint32_t bytes;
	uint8_t checksum;    /* of the short name: what its long name parts carry */
	/* long name parts */
	uint8_t order;       /* without the "last" bit; 1 to 20 where it is right */
	bool is_last;        /* of the name, stored first */
	uint8_t long_checksum;
	uint8_t units[26];   /* 13 UTF-16LE units */
};

void ondisk_fat_dirent_decode(const uint8_t *raw, struct ondisk_fat_dirent *ret_entry);

enum { FAT_LONG_PARTS = 20, FAT_LONG_BYTES = FAT_LONG_PARTS * 26 };

/* A long name while its parts come by, before the entry that it belongs to and the last
 * part first. Zero-initialise; also to forget it. */
struct ondisk_fat_long {
	uint8_t units[FAT_LONG_BYTES]; /* UTF-16LE */
	unsigned parts, expected;      /* in all; the next one to come */
	uint8_t checksum;
};

void ondisk_fat_long_part(struct ondisk_fat_long *l, const struct ondisk_fat_dirent *e);

/* How many bytes of l->units are the long name of that entry; 0: it has none. The name is
 * forgotten with the next part. */
size_t ondisk_fat_long_take(struct ondisk_fat_long *l, const struct ondisk_fat_dirent *e);

static inline void ondisk_fat_long_forget(struct ondisk_fat_long *l)
{
	l->parts = l->expected = 0;
}

/* Date and time of an entry, whose time zone nobody knows, as seconds of the epoch.
 * INT64_MIN: no date. */
int64_t ondisk_fat_seconds(uint16_t date, uint16_t time);

/* A name in code page 437, which the IBM PC was born with, as UTF-8: at most 3 bytes for
 * each. Returns how many. */
size_t ondisk_fat_name_to_utf8(const char *name, size_t n, char *out);

#endif
