/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table: more certain marks stand before those that others may bear too. */
#include "ondisk/foreign.h"

#include <string.h>

#define MARK(kind, offset, bytes, words) \
	{ ONDISK_FOREIGN_##kind, offset, sizeof(bytes) - 1, bytes, words }

static const struct ondisk_foreign heads[] = {
	/* compressed files and archives */
	MARK(PACKED, 0, "\x1f\x8b", "is compressed with gzip; decompress it first"),
	MARK(PACKED, 0, "\xfd" "7zXZ\0", "is compressed with xz; decompress it first"),
	MARK(PACKED, 0, "BZh", "is compressed with bzip2; decompress it first"),
	MARK(PACKED, 0, "\x28\xb5\x2f\xfd", "is compressed with zstd; decompress it first"),
	MARK(PACKED, 0, "\x04\x22\x4d\x18", "is compressed with lz4; decompress it first"),
	MARK(PACKED, 0, "LZIP\1", "is compressed with lzip; decompress it first"),
	MARK(PACKED, 0, "\x1f\x9d", "is compressed with compress (.Z); decompress it first"),
	MARK(PACKED, 0, "\x89LZO\0\r\n\x1a\n", "is compressed with lzop; decompress it first"),
	MARK(PACKED, 0, "\x5d\0\0\x80\0\xff\xff\xff\xff", "is compressed with lzma; decompress it first"),
	MARK(PACKED, 0, "PK\3\4", "is a ZIP archive; unpack it first"),
	MARK(PACKED, 0, "7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it first"),
	MARK(PACKED, 0, "Rar!\x1a\7", "is a RAR archive; unpack it first"),
	MARK(PACKED, 0, "MSCF\0\0\0\0", "is a Windows cabinet; unpack it first"),
	MARK(PACKED, 0, "MSWIM\0\0\0", "is a Windows image (WIM or ESD), a file of an install disc, not an ISO"),
	MARK(PACKED, 0, "xar!", "is a XAR archive; unpack it first"),
	MARK(PACKED, 257, "ustar", "is a tar archive; unpack it first"),
	MARK(PACKED, 0, "!<arch>\n", "is a package or ar archive, not an image"),
	MARK(PACKED, 0, "070701", "is a cpio archive (an initramfs?), not an image"),
	MARK(PACKED, 0, "070702", "is a cpio archive (an initramfs?), not an image"),
	MARK(PACKED, 0, "070707", "is a cpio archive; unpack it first"),
	MARK(PACKED, 0, "\xed\xab\xee\xdb", "is an RPM package, not an image"),

	/* containers of discs and disks */
	MARK(CONTAINER, 0, "CISO", "is a CSO (compressed ISO); iso-convert opens it"),
	MARK(CONTAINER, 0, "ZISO", "is a ZSO (compressed ISO); iso-convert opens it"),
	MARK(CONTAINER, 0, "JISO", "is a JSO (compressed ISO): not supported"),
	MARK(CONTAINER, 0, "DAX\0", "is a DAX (compressed ISO); iso-convert opens it"),
	MARK(CONTAINER, 0, "IsZ!", "is an ISZ (compressed ISO); iso-convert opens it"),
	MARK(CONTAINER, 0, "DAA\0", "is a DAA (PowerISO) image; iso-convert opens it"),
	MARK(CONTAINER, 0, "GBI\0", "is a GBI (compressed) image: not supported"),
	MARK(CONTAINER, 0, "MComprHD", "is a CHD; iso-convert opens it"),
	MARK(CONTAINER, 0, "BWT5 STREAM SIGN",
	     "is a BlindWrite descriptor (B5T, B6T); the data is in the file beside it"),
	MARK(CONTAINER, 0, "MEDIA DESCRIPTOR",
	     "is an MDS descriptor; the data is in the MDF file beside it"),
	MARK(CONTAINER, 0, "[CloneCD]",
	     "is a CloneCD control file; the data is in the IMG file beside it"),
	MARK(CONTAINER, 0, "FILE \"", "is a cue sheet; iso-convert opens it"),
	MARK(CONTAINER, 0, "CD_ROM", "is a TOC file of cdrdao; iso-convert opens it"),
	MARK(CONTAINER, 0, "CD_DA", "is a TOC file of cdrdao for audio, not an image"),
	MARK(CONTAINER, 0, "encrcdsa", "is an encrypted DMG; iso-convert opens it"),
	MARK(CONTAINER, 0, "cdsaencr", "is an encrypted DMG; iso-convert opens it"),
	MARK(CONTAINER, 0, "sprs", "is an Apple sparse image; iso-convert opens it"),
	MARK(CONTAINER, 0, "QFI\xfb", "is a qcow2 disk image; iso-convert opens it"),
	MARK(CONTAINER, 0, "QED\0", "is a QED disk image, not an ISO"),
	MARK(CONTAINER, 0, "KDMV", "is a VMDK disk image; iso-convert opens it"),
	MARK(CONTAINER, 0, "# Disk DescriptorFile",
	     "is a VMDK descriptor; iso-convert opens it"),
	MARK(CONTAINER, 0, "vhdxfile", "is a VHDX disk image; iso-convert opens it"),
	MARK(CONTAINER, 0, "conectix", "is a VHD disk image; iso-convert opens it"),
	MARK(CONTAINER, 64, "\x7f\x10\xda\xbe", "is a VirtualBox disk image (VDI); iso-convert opens it"),
	MARK(CONTAINER, 0, "WithoutFreeSpace", "is a Parallels disk image: not supported"),
	MARK(CONTAINER, 0, "WithouFreSpacExt", "is a Parallels disk image: not supported"),
	MARK(CONTAINER, 0, "Bochs Virtual HD Image", "is a Bochs disk image: not supported"),
	MARK(CONTAINER, 0, "#!/bin/sh\n#V2.0 Format", "is a cloop image: not supported"),
	MARK(CONTAINER, 0, "EVF\x09\r\n\xff\0", "is an EnCase image (E01): not supported"),
	MARK(CONTAINER, 0, "EVF2\r\n\x81\0", "is an EnCase image (Ex01): not supported"),
	MARK(CONTAINER, 0, "AFF10\r\n\0", "is an AFF image: not supported"),
	MARK(CONTAINER, 0, "PaRtImAgE-VoLuMe", "is a Partimage backup: not supported"),
	MARK(CONTAINER, 0, "partclone-image", "is a Partclone backup: not supported"),
	MARK(CONTAINER, 0, "WBFS", "is a WBFS image of a console disc, which is no ISO 9660"),
	MARK(CONTAINER, 0, "RVZ\1", "is an RVZ image of a console disc, which is no ISO 9660"),
	MARK(CONTAINER, 0, "WIA\1", "is a WIA image of a console disc, which is no ISO 9660"),

	/* discs of other kinds */
	MARK(VOLUME, 0, "\x01ZZZZZ\x01", "is a 3DO (Opera) disc, which is no ISO 9660"),
	MARK(VOLUME, 28, "\xc2\x33\x9f\x3d", "is a GameCube disc, which is no ISO 9660"),
	MARK(VOLUME, 24, "\x5d\x1c\x9e\xa3", "is a Wii disc, which is no ISO 9660"),
	MARK(VOLUME, 65536, "MICROSOFT*XBOX*MEDIA", "is an Xbox disc (XDVDFS), which is no ISO 9660"),
	MARK(VOLUME, 32769, "CD-I ", "is a CD-i (Green Book) disc, which is no ISO 9660"),

	/* no images */
	MARK(OTHER, 0, "<!DOCTYPE", "is a web page, not an image (a failed download?)"),
	MARK(OTHER, 0, "<!doctype", "is a web page, not an image (a failed download?)"),
	MARK(OTHER, 0, "<html", "is a web page, not an image (a failed download?)"),
	MARK(OTHER, 0, "<HTML", "is a web page, not an image (a failed download?)"),
	MARK(OTHER, 0, "<?xml", "is an XML text, not an image"),
	MARK(OTHER, 0, "version https://git-lfs",
	     "is a Git LFS pointer, not the file itself; fetch it with git lfs pull"),
	MARK(OTHER, 0, "d8:announce", "is a torrent file, not the image that it names"),
	MARK(OTHER, 0, "-----BEGIN PGP", "is a PGP signature or key, not an image"),
	MARK(OTHER, 0, "\x7f" "ELF", "is a program (ELF), not an image"),
	MARK(OTHER, 0, "%PDF-", "is a PDF document, not an image"),
	MARK(OTHER, 0, "fLaC", "is a FLAC audio file, not an image"),
	MARK(OTHER, 8, "WAVEfmt ", "is a WAV audio file, not an image"),

	/* file systems and disks */
	MARK(VOLUME, 0, "hsqs", "is a SquashFS file system, not an ISO"),
	MARK(VOLUME, 0, "\x45\x3d\xcd\x28", "is a cramfs file system, not an ISO"),
	MARK(VOLUME, 0, "-rom1fs-", "is a romfs file system, not an ISO"),
	MARK(VOLUME, 0, "XFSB", "is an XFS file system, not an ISO"),
	MARK(VOLUME, 0, "LUKS\xba\xbe", "is an encrypted volume (LUKS), not an ISO"),
	MARK(VOLUME, 3, "-FVE-FS-", "is an encrypted volume (BitLocker), not an ISO"),
	MARK(VOLUME, 32, "NXSB", "is an APFS container, not an ISO"),
	MARK(VOLUME, 3, "NTFS    ", "is an NTFS file system, not an ISO"),
	MARK(VOLUME, 3, "EXFAT   ", "is an exFAT file system, not an ISO"),
	MARK(VOLUME, 3, "ReFS\0\0\0\0", "is a ReFS file system, not an ISO"),
	MARK(VOLUME, 54, "FAT1", "is a FAT file system, not an ISO"),
	MARK(VOLUME, 82, "FAT32", "is a FAT file system, not an ISO"),
	MARK(VOLUME, 512, "EFI PART", "is a disk image with a GUID partition table, not an ISO"),
	MARK(VOLUME, 2048, "EFI PART", "is a disk image with a GUID partition table, not an ISO"),
	MARK(VOLUME, 4096, "EFI PART", "is a disk image with a GUID partition table, not an ISO"),
	MARK(VOLUME, 512, "LABELONE", "is an LVM physical volume, not an ISO"),
	MARK(VOLUME, 1024, "H+\0\4", "is an HFS+ file system, not an ISO"),
	MARK(VOLUME, 1024, "HX\0\5", "is an HFS+ file system (HFSX), not an ISO"),
	MARK(VOLUME, 1024, "BD", "is an HFS file system, not an ISO"),
	MARK(VOLUME, 1024, "\xe2\xe1\xf5\xe0", "is an EROFS file system, not an ISO"),
	MARK(VOLUME, 1024, "\x10\x20\xf5\xf2", "is an F2FS file system, not an ISO"),
	MARK(VOLUME, 1080, "\x53\xef", "is an ext2, ext3 or ext4 file system, not an ISO"),
	MARK(VOLUME, 4086, "SWAPSPACE2", "is swap space, not an ISO"),
	MARK(VOLUME, 32768, "JFS1", "is a JFS file system, not an ISO"),
	MARK(VOLUME, 65588, "ReIsEr", "is a ReiserFS file system, not an ISO"),
	MARK(VOLUME, 65600, "_BHRfS_M", "is a Btrfs file system, not an ISO"),
	MARK(VOLUME, 512, "PM\0\0", "is a disk image with an Apple partition map, not an ISO"),
	MARK(VOLUME, 512, "\x57\x45\x56\x82", "is a disk image with a BSD disk label, not an ISO"),
	MARK(VOLUME, 508, "\xda\xbe", "is a disk image with a Sun disk label, not an ISO"),
	MARK(VOLUME, 510, "\x55\xaa", "is a disk image with an MBR or a boot sector, not an ISO"),
};

static const struct ondisk_foreign tails[] = {
	MARK(CONTAINER, 512, "koly", "is a DMG; iso-convert opens it"),
	MARK(CONTAINER, 512, "conectix", "is a VHD disk image; iso-convert opens it"),
	MARK(CONTAINER, 12, "NER5", "is a Nero image (NRG); iso-convert opens it"),
	MARK(CONTAINER, 8, "NERO", "is a Nero image (NRG); iso-convert opens it"),
	MARK(CONTAINER, 64, "bbis", "is a UIF (MagicISO) image; iso-convert opens it"),
	MARK(CONTAINER, 8, "\4\0\0\x80", "is a DiscJuggler image (CDI); iso-convert opens it"),
	MARK(CONTAINER, 8, "\5\0\0\x80", "is a DiscJuggler image (CDI); iso-convert opens it"),
	MARK(CONTAINER, 8, "\6\0\0\x80", "is a DiscJuggler image (CDI); iso-convert opens it"),
};

const struct ondisk_foreign *ondisk_foreign_head(const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const struct ondisk_foreign *m = &heads[i];

		if (m->offset <= n && m->n <= n - m->offset &&
		    memcmp(head + m->offset, m->bytes, m->n) == 0)
			return m;
	}
	return NULL;
}

const struct ondisk_foreign *ondisk_foreign_tail(const uint8_t *tail)
{
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		const struct ondisk_foreign *m = &tails[i];

		if (memcmp(tail + ONDISK_FOREIGN_TAIL_BYTES - m->offset, m->bytes, m->n) == 0)
			return m;
	}
	return NULL;
}
