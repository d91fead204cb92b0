/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File systems and the like that are known by their marks, and that nobody here reads: so
 * that a user is told what is there and why its files do not come out. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "volume/impl.h"

enum { HEAD_BYTES = 72 * 1024 };

struct mark {
	uint32_t offset;
	uint8_t n;
	char bytes[17];
	enum isokit_filesystem fs;
	const char *words;
	const char *unreadable;
};

#define MARK(OFFSET, BYTES, FS, WORDS, WHY) \
	{ OFFSET, sizeof(BYTES) - 1, BYTES, ISOKIT_FS_##FS, WORDS, WHY }

#define ENCRYPTED "it is encrypted; open it with a system that has the key"
#define NO_READER "no reader for this file system; where the system mounts it, iso-build takes its files"
#define NO_FILES "it holds no files of its own"

static const struct mark marks[] = {
	MARK(0, "LUKS\xba\xbe", OTHER, "LUKS (encrypted)", ENCRYPTED),
	MARK(3, "-FVE-FS-", OTHER, "BitLocker (encrypted)", ENCRYPTED),
	MARK(424, "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01", OTHER,
	     "BitLocker To Go (encrypted)", ENCRYPTED),
	MARK(3, "NTFS    ", NTFS, "NTFS", NO_READER),
	MARK(3, "EXFAT   ", EXFAT, "exFAT", NO_READER),
	MARK(3, "ReFS\0\0\0\0", OTHER, "ReFS", NO_READER),
	MARK(0, "hsqs", SQUASHFS, "SquashFS", NO_READER),
	MARK(0, "sqsh", OTHER, "SquashFS (version 3 or older, big-endian)", NO_READER),
	MARK(0, "XFSB", XFS, "XFS", NO_READER),
	MARK(32, "NXSB", APFS, "APFS", NO_READER),
	MARK(0, "\x45\x3d\xcd\x28", OTHER, "cramfs", NO_READER),
	MARK(0, "\x28\xcd\x3d\x45", OTHER, "cramfs (big-endian)", NO_READER),
	MARK(0, "-rom1fs-", OTHER, "romfs", NO_READER),
	MARK(0, "\xfc\x4e\x2b\xa9", OTHER, "member of a Linux RAID", NO_FILES),
	MARK(4096, "\xfc\x4e\x2b\xa9", OTHER, "member of a Linux RAID", NO_FILES),
	MARK(24, "LVM2 001", OTHER, "LVM physical volume", "its logical volumes are not opened"),
	MARK(536, "LVM2 001", OTHER, "LVM physical volume", "its logical volumes are not opened"),
	MARK(1048, "LVM2 001", OTHER, "LVM physical volume", "its logical volumes are not opened"),
	MARK(1560, "LVM2 001", OTHER, "LVM physical volume", "its logical volumes are not opened"),
	MARK(512, "DEV_ZVOL", OTHER, "ZFS volume", NO_READER),
	MARK(544, "1SFB", OTHER, "BFS (BeOS, Haiku)", NO_READER),
	MARK(1024, "\x10\x20\xf5\xf2", OTHER, "F2FS", NO_READER),
	MARK(1024, "\xe2\xe1\xf5\xe0", OTHER, "EROFS", NO_READER),
	MARK(1024, "H+\0\4", HFSPLUS, "HFS+", NO_READER),
	MARK(1024, "HX\0\5", HFSPLUS, "HFSX", NO_READER),
	MARK(4120, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81", OTHER,
	     "bcache", NO_FILES),
	MARK(4120, "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef", OTHER,
	     "bcachefs", NO_READER),
	MARK(4086, "SWAPSPACE2", OTHER, "swap space", NO_FILES),
	MARK(8182, "SWAPSPACE2", OTHER, "swap space", NO_FILES),
	MARK(16374, "SWAPSPACE2", OTHER, "swap space", NO_FILES),
	MARK(65526, "SWAPSPACE2", OTHER, "swap space", NO_FILES),
	MARK(4086, "SWAP-SPACE", OTHER, "swap space", NO_FILES),
	MARK(4086, "S1SUSPEND\0", OTHER, "swap space with a hibernated system", NO_FILES),
	MARK(8192, "\x49\xe8\x95\xf9\xc5\xe9\x53\xfa", OTHER, "HPFS (OS/2)", NO_READER),
	MARK(9564, "\x54\x19\x01\x00", OTHER, "UFS1 (BSD)", NO_READER),
	MARK(9564, "\x00\x01\x19\x54", OTHER, "UFS1 (big-endian)", NO_READER),
	MARK(66908, "\x19\x01\x54\x19", OTHER, "UFS2 (BSD)", NO_READER),
	MARK(9564, "\x19\x01\x54\x19", OTHER, "UFS2 (BSD)", NO_READER),
	MARK(32768, "JFS1", OTHER, "JFS", NO_READER),
	MARK(65536, "ReIsEr4", OTHER, "Reiser4", NO_READER),
	MARK(65588, "ReIsErFs", OTHER, "ReiserFS", NO_READER),
	MARK(65588, "ReIsEr2Fs", OTHER, "ReiserFS", NO_READER),
	MARK(65588, "ReIsEr3Fs", OTHER, "ReiserFS", NO_READER),
	MARK(8244, "ReIsErFs", OTHER, "ReiserFS", NO_READER),
	MARK(65600, "_BHRfS_M", BTRFS, "Btrfs", NO_READER),
	MARK(65536, "\x01\x16\x19\x70", OTHER, "GFS2", NO_READER),
	MARK(65536, "MICROSOFT*XBOX*M", OTHER, "XDVDFS (Xbox)", NO_READER),
	MARK(0, "XTAF", OTHER, "FATX (Xbox 360)", NO_READER),
	MARK(0, "FATX", OTHER, "FATX (Xbox)", NO_READER),
	MARK(0, "DOS\0", OTHER, "OFS (Amiga)", NO_READER),
	MARK(0, "DOS\1", OTHER, "FFS (Amiga)", NO_READER),
	MARK(0, "DOS\3", OTHER, "FFS (Amiga)", NO_READER),
	MARK(0, "\xce\xfa\xad\x1b", OTHER, "BFS (UnixWare)", NO_READER),
	MARK(0, "\x85\x19\x03\x20", OTHER, "JFFS2", NO_READER),
	MARK(0, "\x31\x18\x10\x06", OTHER, "UBIFS", NO_READER),
	MARK(0, "UBI#", OTHER, "UBI volumes of a flash chip", NO_READER),
	MARK(0, "PFS\1", OTHER, "PFS (Amiga)", NO_READER),
	MARK(0, "SFS\0", OTHER, "SFS (Amiga)", NO_READER),
	MARK(0, "RDSK", OTHER, "Amiga partition table (RDB)", "its partitions are not read"),
	MARK(512, "\x57\x45\x56\x82", OTHER, "BSD disk label", "its partitions are not read"),
	MARK(508, "\xda\xbe", OTHER, "Sun disk label", "its partitions are not read"),
	MARK(32769, "CD001", ISO9660, "ISO 9660", NO_READER),
	MARK(32777, "CDROM", ISO9660, "High Sierra", NO_READER),
};

/* Marks of two bytes are believed only with what surrounds them. */
static bool probe_ext(const uint8_t *head, size_t n, struct isokit_disk_volume *v)
{
	const uint8_t *sb = head + 1024;
	uint32_t compatible, incompatible, read_only;

	if (n < 2048 || get_le16(sb + 56) != 0xef53 || get_le32(sb) == 0 || get_le32(sb + 4) == 0 ||
	    get_le32(sb + 24) > 6)
		return false;
	compatible = get_le32(sb + 92);
	incompatible = get_le32(sb + 96);
	read_only = get_le32(sb + 100);
	/* has_journal; what ext3 knows: recover, journal_dev, filetype, meta_bg; sparse_super,
	 * large_file, btree_dir. */
	if ((incompatible & ~UINT32_C(0x1e)) || (read_only & ~UINT32_C(7)))
		v->fs = ISOKIT_FS_EXT4;
	else
		v->fs = compatible & 4 ? ISOKIT_FS_EXT3 : ISOKIT_FS_EXT2;
	volume_name(v->label, sizeof(v->label), sb + 120, strnlen((const char *)sb + 120, 16));
	return true;
}

static bool probe_hfs(const uint8_t *head, size_t n)
{
	const uint8_t *mdb = head + 1024;

	/* drAlBlkSiz is a multiple of 512, drNmAlBlks not 0. */
	return n >= 2048 && mdb[0] == 'B' && mdb[1] == 'D' && get_be16(mdb + 18) &&
	       get_be32(mdb + 20) && get_be32(mdb + 20) % 512 == 0;
}

static const char *probe_small(const uint8_t *head, size_t n)
{
	const uint8_t *sb = head + 1024;

	if (n < 2048)
		return NULL;
	switch (get_le16(sb + 16)) {
	case 0x137f: case 0x138f: case 0x2468: case 0x2478:
		/* inodes, maps of inodes and of zones, first zone behind them */
		if (get_le16(sb) && get_le16(sb + 4) && get_le16(sb + 6) &&
		    get_le16(sb + 8) > get_le16(sb + 4) + get_le16(sb + 6))
			return "Minix";
		break;
	}
	if (get_le32(sb) == 2 && get_le16(sb + 6) == 0x3434)
		return "NILFS2";
	return NULL;
}

/* Superblocks of a Linux RAID that stand at the end: versions 1.0 and 0.90. */
static bool probe_raid_end(struct isokit_source *src)
{
	static const uint8_t magic[4] = { 0xfc, 0x4e, 0x2b, 0xa9 };
	uint64_t size = isokit_source_size(src);
	uint8_t raw[8];

	if (size < 256 * 1024)
		return false;
	if (volume_try_read(src, (size / 512 - 16) / 8 * 8 * 512, raw, sizeof(raw)) &&
	    memcmp(raw, magic, 4) == 0 && get_le32(raw + 4) == 1)
		return true;
	return volume_try_read(src, size / 65536 * 65536 - 65536, raw, sizeof(raw)) &&
	       memcmp(raw, magic, 4) == 0 && get_le32(raw + 4) == 0;
}

/* ECMA-167 2/9.1.1: NSR descriptors among those of the recognition sequence. */
static bool probe_udf(const uint8_t *head, size_t n)
{
	for (size_t at = 32768; at + 2048 <= n; at += 2048) {
		if (memcmp(head + at + 1, "NSR02", 5) == 0 || memcmp(head + at + 1, "NSR03", 5) == 0)
			return true;
		if (memcmp(head + at + 1, "BEA01", 5) && memcmp(head + at + 1, "BOOT2", 5))
			return false;
	}
	return false;
}

static bool probe_head(struct isokit_source *src, const uint8_t *head, size_t n,
		       struct isokit_disk_volume *v)
{
	const char *words;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const struct mark *m = &marks[i];

		if (range_inside(m->offset, m->n, n) && memcmp(head + m->offset, m->bytes, m->n) == 0) {
			v->fs = m->fs;
			v->words = m->words;
			v->unreadable = m->unreadable;
			return true;
		}
	}
	v->unreadable = NO_READER;
	if (probe_ext(head, n, v))
		return true;
	if (probe_udf(head, n)) {
		v->fs = ISOKIT_FS_UDF;
		return true;
	}
	if (probe_hfs(head, n)) {
		v->fs = ISOKIT_FS_HFS;
		return true;
	}
	words = probe_small(head, n);
	if (!words && probe_raid_end(src)) {
		words = "member of a Linux RAID";
		v->unreadable = NO_FILES;
	}
	v->fs = ISOKIT_FS_OTHER;
	v->words = words;
	return words != NULL;
}

static bool probe(struct isokit_source *src, struct isokit_disk_volume *v)
{
	size_t n = (size_t)min_u64(isokit_source_size(src), HEAD_BYTES);
	uint8_t *head = n ? malloc(n) : NULL;
	bool known = head && volume_try_read(src, 0, head, n) && probe_head(src, head, n, v);

	free(head);
	return known;
}

const struct filesystem filesystem_other = {
	.fs = ISOKIT_FS_OTHER,
	.probe = probe,
	.read = NULL,
};
