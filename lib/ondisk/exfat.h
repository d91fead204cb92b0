/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT ("exFAT file system specification", Microsoft 2019). Numbers are little-endian;
 * sections are those of the specification. */
#ifndef ONDISK_EXFAT_H
#define ONDISK_EXFAT_H

#include <isokit/error.h>

enum {
	EXFAT_BOOT_BYTES = 512,
	EXFAT_ENTRY_BYTES = 32,
	EXFAT_NAME_UNITS = 15,	  /* of each name entry */
	EXFAT_MAX_NAME = 255,	  /* units */
	EXFAT_MAX_DIR_BYTES = 256 << 20,
};

struct ondisk_exfat { /* 3.1 */
	uint32_t sector_bytes, cluster_bytes;
	uint64_t bytes;        /* of the volume */
	uint64_t table_offset; /* of the table that counts */
	uint64_t data_offset;  /* of cluster 2 */
	uint32_t n_clusters, root_cluster;
};

/* ISOKIT_E_NOT_ISO: no exFAT; ISOKIT_E_CORRUPT: its numbers contradict each other. */
enum isokit_status ondisk_exfat_decode(const uint8_t *raw, struct ondisk_exfat *ret,
				       struct isokit_error *err);

enum ondisk_exfat_kind {
	EXFAT_END,
	EXFAT_OTHER,  /* not in use, or of no interest */
	EXFAT_LABEL,
	EXFAT_FILE,   /* the first of a set */
	EXFAT_STREAM, /* where the content is */
	EXFAT_NAME,
};

struct ondisk_exfat_entry {
	enum ondisk_exfat_kind kind;
	bool primary;          /* OTHER: ends a set that was begun */
	unsigned n;            /* FILE: how many follow; LABEL, STREAM: units of the name */
	uint16_t attributes;   /* as FAT has them */
	int64_t mtime;         /* INT64_MIN: none */
	uint32_t mtime_ns;
	bool contiguous;       /* its clusters follow each other; the table says nothing */
	uint32_t cluster;
	uint64_t bytes, valid_bytes; /* what lies behind the valid ones is zero */
	uint8_t units[2 * EXFAT_NAME_UNITS]; /* NAME, LABEL: UTF-16LE */
};

void ondisk_exfat_entry_decode(const uint8_t *raw, struct ondisk_exfat_entry *ret);

#endif
