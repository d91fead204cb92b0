/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every file system that is known. The first that says yes has it; what is only named to
 * be refused comes last. */
#include "volume/impl.h"

#include <stddef.h>

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
};

const char *volume_loss_words(enum volume_loss what)
{
	return (size_t)what < VOLUME_LOSSES ? losses[what] : "something";
}

const struct filesystem *filesystem_probe(struct isokit_source *volume,
					  struct isokit_disk_volume *v)
{
	for (size_t i = 0; filesystem_list[i]; i++) {
		const struct filesystem *f = filesystem_list[i];

		v->fs = ISOKIT_FS_NONE;
		v->words = NULL;
		v->label[0] = '\0';
		v->unreadable = NULL;
		if (!f->probe(volume, v))
			continue;
		if (!v->words)
			v->words = isokit_filesystem_name(v->fs);
		if (!f->read && !v->unreadable)
			v->unreadable = "its files cannot be read";
		return v->unreadable ? NULL : f;
	}
	v->fs = ISOKIT_FS_NONE;
	v->words = "no file system that is known";
	v->label[0] = '\0';
	v->unreadable = "no file system that is known is in it";
	return NULL;
}
