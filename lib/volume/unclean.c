/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "volume/unclean.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "ondisk/btrfs.h"
#include "ondisk/exfat.h"
#include "ondisk/fat.h"
#include "ondisk/ntfs.h"
#include "volume/apfs.h"
#include "volume/hfs_forks.h"
#include "volume/impl.h"

static const char not_unmounted[] = "was not unmounted: what was being written may be missing";
static const char in_journal[] = "was not unmounted: what is only in its journal is missing";

/* ---- FAT and exFAT ------------------------------------------------------------------------ */

/* The second entry of the table has bits that are cleared while it is mounted, and so has a
 * byte of the boot sector that only newer systems know. */
static const char *fat(struct isokit_source *volume)
{
	enum { DIRTY = 1, ERRORS = 2, MARK = 0x28 };
	uint8_t raw[512], table[8];
	struct ondisk_fat f;
	size_t at;
	uint32_t entry = UINT32_MAX;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) ||
	    ondisk_fat_decode(raw, sizeof(raw), &f, NULL) ||
	    !volume_try_read(volume, f.active_table_offset, table, sizeof(table)))
		return NULL;
	at = f.bits == 32 ? 64 : 36; /* number of the drive, this byte, and the mark */
	if (f.bits == 32)
		entry = get_le32(table + 4) << 4;
	else if (f.bits == 16)
		entry = (uint32_t)get_le16(table + 2) << 16;
	if (entry == 0) /* nobody wrote it */
		entry = UINT32_MAX;
	if (!(entry & 0x80000000) || ((raw[at + 2] | 1) == (MARK | 1) && raw[at + 1] & DIRTY))
		return not_unmounted;
	if (!(entry & 0x40000000) || ((raw[at + 2] | 1) == (MARK | 1) && raw[at + 1] & ERRORS))
		return "had errors of its drive when it was last used: parts of it may be damaged";
	return NULL;
}

/* Section 3.1.13. */
static const char *exfat(struct isokit_source *volume)
{
	enum { FLAGS_AT = 106, DIRTY = 2, ERRORS = 4 };
	uint8_t raw[EXFAT_BOOT_BYTES];

	if (!volume_try_read(volume, 0, raw, sizeof(raw)))
		return NULL;
	if (get_le16(raw + FLAGS_AT) & DIRTY)
		return not_unmounted;
	if (get_le16(raw + FLAGS_AT) & ERRORS)
		return "had errors of its drive when it was last used: parts of it may be damaged";
	return NULL;
}

/* ---- NTFS --------------------------------------------------------------------------------- */

/* One of the first records of the file table; owned by caller. */
static uint8_t *ntfs_record(struct isokit_source *volume, const struct ondisk_ntfs_boot *b,
			    uint64_t number, struct ondisk_ntfs_record *head)
{
	uint8_t *record = malloc(b->record_bytes);
	uint64_t at;

	if (record && mul_u64(b->mft_lcn, b->cluster_bytes, &at) &&
	    add_u64(at, number * b->record_bytes, &at) &&
	    volume_try_read(volume, at, record, b->record_bytes) &&
	    ondisk_ntfs_record_fix(record, b->record_bytes) &&
	    ondisk_ntfs_record_decode(record, b->record_bytes, head))
		return record;
	free(record);
	return NULL;
}

/* The flags of $Volume. */
static bool ntfs_is_dirty(struct isokit_source *volume, const struct ondisk_ntfs_boot *b)
{
	enum { INFORMATION = 0x70, FLAGS_AT = 10, DIRTY = 1 };
	struct ondisk_ntfs_record head;
	struct ondisk_ntfs_attribute a;
	uint8_t *record = ntfs_record(volume, b, ONDISK_NTFS_VOLUME, &head);
	bool dirty = false;

	for (uint32_t i = head.first; record && ondisk_ntfs_attribute_decode(record, &head, i, &a);
	     i += a.bytes)
		if (a.type == INFORMATION && a.value && a.value_bytes >= FLAGS_AT + 2)
			dirty = get_le16(a.value + FLAGS_AT) & DIRTY;
	free(record);
	return dirty;
}

/* A restart page of $LogFile: its newest number, and whether somebody still uses the log. */
static bool ntfs_restart(const uint8_t *page, size_t bytes, uint64_t *ret_newest, bool *ret_open)
{
	enum { NOBODY = 0xffff, CLEAN = 2, AREA_BYTES = 16 };
	size_t at = get_le16(page + 24);

	if (memcmp(page, "RSTR", 4) != 0 || !range_inside(at, AREA_BYTES, bytes))
		return false;
	*ret_newest = get_le64(page + at);
	*ret_open = get_le16(page + at + 12) != NOBODY && !(get_le16(page + at + 14) & CLEAN);
	return true;
}

static bool ntfs_log_is_open(struct isokit_source *volume, const struct ondisk_ntfs_boot *b)
{
	enum { LOG_FILE = 2, HEAD = 512 };
	struct ondisk_ntfs_record head;
	struct ondisk_ntfs_attribute a;
	uint8_t *record = ntfs_record(volume, b, LOG_FILE, &head), page[HEAD];
	struct ondisk_ntfs_run run = { .lcn = UINT64_MAX };
	uint64_t lcn = 0, at, newest = 0, other;
	bool open = false, other_open;

	for (uint32_t i = head.first; record && ondisk_ntfs_attribute_decode(record, &head, i, &a);
	     i += a.bytes)
		if (a.type == ONDISK_NTFS_DATA && a.runs && !a.name_units && a.first_vcn == 0)
			(void)ondisk_ntfs_run_decode(a.runs, a.runs_bytes, &lcn, &run);
	free(record);
	if (run.lcn == UINT64_MAX || !mul_u64(run.lcn, b->cluster_bytes, &at) ||
	    !volume_try_read(volume, at, page, HEAD) || !ntfs_restart(page, HEAD, &newest, &open))
		return false; /* made empty, as mkntfs and ntfsfix do */
	/* There are two; the newer one counts. */
	if (add_u64(at, get_le32(page + 16), &at) && volume_try_read(volume, at, page, HEAD) &&
	    ntfs_restart(page, HEAD, &other, &other_open) && other > newest)
		open = other_open;
	return open;
}

static const char *ntfs(struct isokit_source *volume)
{
	uint8_t raw[ONDISK_NTFS_BOOT_BYTES];
	struct ondisk_ntfs_boot b;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) || !ondisk_ntfs_boot_decode(raw, &b))
		return NULL;
	if (ntfs_log_is_open(volume, &b))
		return "was not unmounted, or Windows only sleeps: what is only in its $LogFile is "
		       "missing";
	return ntfs_is_dirty(volume, &b) ?
		       "is marked as dirty: Windows would check it before it uses it" : NULL;
}

/* ---- HFS and HFS+ -------------------------------------------------------------------------- */

/* TN1150, "Journal": in an order of bytes that the header tells by its mark. */
static bool hfs_journal_is_open(const struct hfs_volume *v)
{
	enum { INFO_BLOCK_AT = 12, ELSEWHERE = 2, EMPTY = 4 };
	uint64_t at = v->base + (uint64_t)get_be32(v->header + INFO_BLOCK_AT) * v->h.block_bytes;
	uint8_t info[52], head[32];

	if (!volume_try_read(v->src, at, info, sizeof(info)) ||
	    get_be32(info) & (ELSEWHERE | EMPTY) ||
	    !add_u64(v->base, get_be64(info + 36), &at) ||
	    !volume_try_read(v->src, at, head, sizeof(head)))
		return false;
	return (get_be32(head) == 0x4a4e4c78 || get_le32(head) == 0x4a4e4c78) &&
	       memcmp(head + 8, head + 16, 8) != 0; /* begin and end */
}

static const char *hfs(struct isokit_source *volume)
{
	struct hfs_volume v;
	const char *words = NULL;

	if (!hfs_volume_open(volume, &v))
		return NULL;
	if (v.plus && v.h.journaled && hfs_journal_is_open(&v))
		words = in_journal;
	else if (!v.h.unmounted)
		words = not_unmounted;
	hfs_volume_close(&v);
	return words;
}

/* ---- others ---------------------------------------------------------------------------------- */

static const char *ext(struct isokit_source *volume)
{
	enum { AT = 1024, RECOVER = 4, JOURNAL = 4, VALID = 1, ERRORS = 2 };
	uint8_t s[256];
	unsigned state;

	if (!volume_try_read(volume, AT, s, sizeof(s)))
		return NULL;
	state = get_le16(s + 58);
	if (get_le32(s + 96) & RECOVER)
		return in_journal;
	if (state & ERRORS)
		return "has errors that were found when it was mounted: e2fsck was not run";
	return state & VALID || get_le32(s + 92) & JOURNAL ? NULL : not_unmounted;
}

static const char *btrfs(struct isokit_source *volume)
{
	enum { LOG_TREE_AT = 96 };
	uint8_t raw[ONDISK_BTRFS_SUPER_BYTES];

	return volume_try_read(volume, ONDISK_BTRFS_SUPER_AT, raw, sizeof(raw)) &&
			       get_le64(raw + LOG_TREE_AT) ?
		       "was not unmounted: what is only in its log tree (fsync) is missing" : NULL;
}

/* Its first block is a copy of the newest state, made when it is unmounted. */
static const char *apfs(struct isokit_source *volume)
{
	uint8_t raw[4096];
	struct ondisk_apfs first;
	struct apfs_container c;
	const char *words = NULL;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) || !ondisk_apfs_decode(raw, &first))
		return NULL;
	if (apfs_container_open(volume, NULL, &c) && c.a.transaction > first.transaction)
		words = "was not unmounted: its newest whole checkpoint is read";
	apfs_container_close(&c);
	return words;
}

const char *volume_unclean(struct isokit_source *volume, enum isokit_filesystem fs)
{
	switch ((int)fs) {
	case ISOKIT_FS_FAT12:
	case ISOKIT_FS_FAT16:
	case ISOKIT_FS_FAT32: return fat(volume);
	case ISOKIT_FS_EXFAT: return exfat(volume);
	case ISOKIT_FS_NTFS: return ntfs(volume);
	case ISOKIT_FS_HFS:
	case ISOKIT_FS_HFSPLUS: return hfs(volume);
	case ISOKIT_FS_APFS: return apfs(volume);
	case ISOKIT_FS_EXT2:
	case ISOKIT_FS_EXT3:
	case ISOKIT_FS_EXT4: return ext(volume);
	case ISOKIT_FS_XFS: return xfs_unclean(volume);
	case ISOKIT_FS_BTRFS: return btrfs(volume);
	default: return NULL;
	}
}
