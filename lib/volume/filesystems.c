/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every file system that is known. The first that says yes has it; what is only named to
 * be refused comes last. */
#include "volume/impl.h"

#include <stddef.h>
#include <string.h>

#include "base/byteorder.h"

const struct filesystem *const filesystem_list[] = {
	&filesystem_iso9660,
	&filesystem_udf,
	&filesystem_ext,
	&filesystem_hfs,
	&filesystem_ntfs,
	&filesystem_apfs,
	&filesystem_btrfs,
	&filesystem_squashfs,
	&filesystem_xfs,
	&filesystem_exfat,
	&filesystem_fat,
	&filesystem_other,
	NULL,
};

static const char *const names[] = {
	[ISOKIT_FS_NONE] = "unknown",
	[ISOKIT_FS_ISO9660] = "ISO 9660",
	[ISOKIT_FS_UDF] = "UDF",
	[ISOKIT_FS_FAT12] = "FAT12",
	[ISOKIT_FS_FAT16] = "FAT16",
	[ISOKIT_FS_FAT32] = "FAT32",
	[ISOKIT_FS_EXFAT] = "exFAT",
	[ISOKIT_FS_EXT2] = "ext2",
	[ISOKIT_FS_EXT3] = "ext3",
	[ISOKIT_FS_EXT4] = "ext4",
	[ISOKIT_FS_NTFS] = "NTFS",
	[ISOKIT_FS_HFS] = "HFS",
	[ISOKIT_FS_HFSPLUS] = "HFS+",
	[ISOKIT_FS_APFS] = "APFS",
	[ISOKIT_FS_SQUASHFS] = "SquashFS",
	[ISOKIT_FS_XFS] = "XFS",
	[ISOKIT_FS_BTRFS] = "Btrfs",
	[ISOKIT_FS_OTHER] = "other",
};

const char *isokit_filesystem_name(enum isokit_filesystem fs)
{
	return (size_t)fs < sizeof(names) / sizeof(names[0]) ? names[fs] : names[ISOKIT_FS_NONE];
}

static const char *const losses[VOLUME_LOSSES] = {
	[VOLUME_LOST_FORK] = "resource forks",
	[VOLUME_LOST_XATTR] = "extended attributes",
	[VOLUME_LOST_ACL] = "access control lists",
	[VOLUME_LOST_STREAM] = "alternate data streams",
	[VOLUME_LOST_REPARSE] = "reparse points that are no links",
	[VOLUME_LOST_COMPRESSED] = "contents in a compression that is not read",
	[VOLUME_LOST_ENCRYPTED] = "encrypted contents",
	[VOLUME_LOST_UNREADABLE] = "damaged files or folders",
	[VOLUME_LOST_SPECIAL] = "sockets and the like",
	[VOLUME_LOST_FLAG] = "flags (hidden, system, immutable …)",
	[VOLUME_LOST_NAME] = "names that had to be changed",
	[VOLUME_LOST_CHECKSUM] = "files or folders whose checksums are wrong",
};

const char *volume_loss_words(enum volume_loss what)
{
	return (size_t)what < VOLUME_LOSSES ? losses[what] : "something";
}

bool volume_iso_is_alive(struct isokit_source *volume)
{
	uint8_t descriptor[192], record[34];
	uint32_t lba, block;

	if (!volume_try_read(volume, 32768, descriptor, sizeof(descriptor)) ||
	    memcmp(descriptor + 1, "CD001", 5) != 0)
		return true; /* High Sierra: from before such disks */
	block = get_le16(descriptor + 128);
	lba = get_le32(descriptor + 158);
	return volume_try_read(volume, (uint64_t)lba * block, record, sizeof(record)) &&
	       record[0] >= sizeof(record) && get_le32(record + 2) == lba && (record[25] & 2);
}

/* The first that knows it, from the one at `from` on; *ret_at is which. */
static bool first_match(struct isokit_source *volume, struct isokit_disk_volume *v, size_t from,
			size_t *ret_at)
{
	for (size_t i = from; filesystem_list[i]; i++) {
		v->fs = ISOKIT_FS_NONE;
		v->words = NULL;
		v->label[0] = '\0';
		v->unreadable = NULL;
		if (filesystem_list[i]->probe(volume, v)) {
			*ret_at = i;
			return true;
		}
	}
	return false;
}

const struct filesystem *filesystem_probe(struct isokit_source *volume,
					  struct isokit_disk_volume *v)
{
	struct isokit_disk_volume other = *v;
	size_t at, next;

	if (!first_match(volume, v, 0, &at)) {
		v->fs = ISOKIT_FS_NONE;
		v->words = "no file system that is known";
		v->label[0] = '\0';
		v->unreadable = "no file system that is known is in it";
		return NULL;
	}
	/* Descriptors without their tree are left over where there is something else. */
	if (v->fs == ISOKIT_FS_ISO9660 && !volume_iso_is_alive(volume) &&
	    first_match(volume, &other, at + 1, &next) && other.fs != ISOKIT_FS_ISO9660 &&
	    other.fs != ISOKIT_FS_UDF && !other.unreadable) {
		*v = other;
		at = next;
	}
	if (!v->words)
		v->words = isokit_filesystem_name(v->fs);
	if (!filesystem_list[at]->read && !v->unreadable)
		v->unreadable = "its files cannot be read";
	return v->unreadable ? NULL : filesystem_list[at];
}
