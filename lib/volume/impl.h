/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of lib/volume that find volumes. */
#ifndef VOLUME_IMPL_H
#define VOLUME_IMPL_H

#include "volume/volume.h"

enum { VOLUME_MAX = 256 }; /* volumes of one disk; a hostile table has more */

/* A growing list of volumes; at most VOLUME_MAX are kept. */
struct volume_list {
	struct isokit_disk_volume *items;
	size_t n, capacity;
};

enum isokit_status volume_list_add(struct volume_list *list, const struct isokit_disk_volume *v,
				   struct isokit_error *err);

/* The partitions of one table, with neither `fs` nor what follows it. Nothing is added
 * where there is no such table, or a broken one. What ends outside the disk is cut; what
 * begins there has no bytes. */
enum isokit_status partitions_gpt(struct isokit_source *disk, struct volume_list *list,
				  struct isokit_error *err);
/* `sector_bytes` is the unit of its numbers, which no MBR says. */
enum isokit_status partitions_mbr(struct isokit_source *disk, uint32_t sector_bytes,
				  struct volume_list *list, struct isokit_error *err);
enum isokit_status partitions_apm(struct isokit_source *disk, struct volume_list *list,
				  struct isokit_error *err);

/* Does an MBR say that the GPT counts, or at least nothing against it? */
bool partitions_gpt_counts(struct isokit_source *disk);

/* What is in the volume: fills fs, words, label, unreadable. NULL: not known, or nobody
 * reads its files. */
const struct filesystem *filesystem_probe(struct isokit_source *volume,
					  struct isokit_disk_volume *v);

/* Is the root folder of that ISO image still there (ECMA-119 8.4.18, 9.1)? What was written
 * over it, as a new partition table and its file systems, leaves descriptors behind. */
bool volume_iso_is_alive(struct isokit_source *volume);

/* ISO 9660 before all others: hybrids are several things at once. */
extern const struct filesystem filesystem_iso9660, filesystem_udf;
extern const struct filesystem filesystem_ext, filesystem_hfs, filesystem_ntfs,
	filesystem_squashfs, filesystem_xfs, filesystem_apfs,
	filesystem_btrfs;
extern const struct filesystem filesystem_fat, filesystem_exfat;

/* Known, and read by nobody here: the last of the list. */
extern const struct filesystem filesystem_other;

/* Reads `length` bytes; false where they do not lie inside, or cannot be read. */
bool volume_try_read(struct isokit_source *src, uint64_t offset, void *buffer, size_t length);

/* A name of `n` bytes for a field of so many bytes, escaped where a terminal needs it, and
 * cut where it is too long. */
void volume_name(char *out, size_t out_bytes, const void *name, size_t n);

/* The same of UTF-16LE units, which end at a zero unit or after `units`. */
void volume_name_utf16le(char *out, size_t out_bytes, const uint8_t *raw, size_t units);

#endif
