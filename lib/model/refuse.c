/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a source without volume descriptors is, by its first and last bytes, so
 * that the message can say what to do about it. */
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/impl.h"

struct mark {
	uint64_t offset;
	const char *bytes;
	size_t n;
	const char *text;
};

#define MARK(offset, bytes, text) { offset, bytes, sizeof(bytes) - 1, text }

static const struct mark marks[] = {
	MARK(0, "\x1f\x8b", "is compressed with gzip; decompress it first"),
	MARK(0, "\xfd" "7zXZ\0", "is compressed with xz; decompress it first"),
	MARK(0, "BZh", "is compressed with bzip2; decompress it first"),
	MARK(0, "\x28\xb5\x2f\xfd", "is compressed with zstd; decompress it first"),
	MARK(0, "PK\3\4", "is a ZIP archive; unpack it first"),
	MARK(0, "7z\xbc\xaf\x27\x1c", "is a 7z archive; unpack it first"),
	MARK(0, "Rar!\x1a\7", "is a RAR archive; unpack it first"),
	MARK(0, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0",
	     "holds raw 2352-byte CD sectors (a BIN or IMG file), not an ISO; convert it first"),
	MARK(0, "CISO", "is a CSO (compressed ISO); convert it first"),
	MARK(0, "ZISO", "is a ZSO (compressed ISO); convert it first"),
	MARK(0, "MComprHD", "is a CHD; convert it first"),
	MARK(0, "MEDIA DESCRIPTOR", "is an MDS descriptor; the data is in the MDF file beside it"),
	MARK(0, "encrcdsa", "is an encrypted DMG; convert it first"),
	MARK(0, "QFI\xfb", "is a qcow2 disk image, not an ISO"),
	MARK(0, "KDMV", "is a VMDK disk image, not an ISO"),
	MARK(0, "\x01ZZZZZ\x01", "is a 3DO (Opera) disc, which is no ISO 9660"),
	MARK(0, "<!DOCTYPE", "is a web page, not an image (a failed download?)"),
	MARK(0, "<html", "is a web page, not an image (a failed download?)"),
	MARK(0, "hsqs", "is a SquashFS file system, not an ISO"),
	MARK(0, "XFSB", "is an XFS file system, not an ISO"),
	MARK(0, "\x7f" "ELF", "is a program (ELF), not an image"),
	MARK(3, "NTFS    ", "is an NTFS file system, not an ISO"),
	MARK(3, "EXFAT   ", "is an exFAT file system, not an ISO"),
	MARK(54, "FAT1", "is a FAT file system, not an ISO"),
	MARK(82, "FAT32", "is a FAT file system, not an ISO"),
	MARK(512, "EFI PART", "is a disk image with a GUID partition table, not an ISO"),
	MARK(2048, "EFI PART", "is a disk image with a GUID partition table, not an ISO"),
	MARK(4096, "EFI PART", "is a disk image with a GUID partition table, not an ISO"),
	MARK(1024, "H+", "is an HFS+ file system, not an ISO"),
	MARK(1024, "HX", "is an HFS+ file system, not an ISO"),
	MARK(1024, "BD", "is an HFS file system, not an ISO"),
	MARK(1080, "\x53\xef", "is an ext2, ext3 or ext4 file system, not an ISO"),
	MARK(512, "PM\0\0", "is a disk image with an Apple partition map, not an ISO"),
	MARK(510, "\x55\xaa", "is a disk image with an MBR or a boot sector, not an ISO"),
};

static const struct mark tail_marks[] = { /* offsets back from the end */
	MARK(512, "koly", "is a DMG; convert it first"),
	MARK(512, "conectix", "is a VHD disk image, not an ISO"),
	MARK(12, "NER5", "is a Nero image (NRG); convert it first"),
	MARK(8, "NERO", "is a Nero image (NRG); convert it first"),
};

static const char *by_tail(struct isokit_image *img)
{
	uint64_t size = img->facts.size;
	uint8_t tail[512];

	if (size < sizeof(tail) || model_read(img, size - sizeof(tail), tail, sizeof(tail), NULL))
		return NULL;
	for (size_t i = 0; i < sizeof(tail_marks) / sizeof(tail_marks[0]); i++) {
		const struct mark *m = &tail_marks[i];

		if (memcmp(tail + sizeof(tail) - m->offset, m->bytes, m->n) == 0)
			return m->text;
	}
	return NULL;
}

static const char *by_head(const struct isokit_image *img, const uint8_t *head, size_t n)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (range_inside(marks[i].offset, marks[i].n, n) &&
		    memcmp(head + marks[i].offset, marks[i].bytes, marks[i].n) == 0)
			return marks[i].text;
	if (img->facts.size < 17 * SECTOR_BYTES)
		return NULL; /* cut off before anything could be there */
	for (size_t i = 0; i < n; i++)
		if (head[i])
			return NULL;
	return "begins with zeros and has no volume descriptor at byte 32768: it is empty or damaged";
}

enum isokit_status model_refuse(struct isokit_image *img, struct isokit_error *err)
{
	uint64_t size = img->facts.size;
	const char *path = img->facts.path, *text;
	uint8_t head[4608];
	size_t n = (size_t)min_u64(size, sizeof(head));
	enum isokit_status st;

	if (size == 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, path, "is empty");
	st = model_read(img, 0, head, n, err);
	if (st)
		return st;
	text = by_tail(img);
	if (!text)
		text = by_head(img, head, n);
	if (text)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, path, "%s", text);
	if (size < 17 * SECTOR_BYTES)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, size, path,
				   "ends at byte %llu, before or inside its first volume descriptor: "
				   "no ISO, or cut off", (unsigned long long)size);
	return isokit_fail(err, ISOKIT_E_NOT_ISO, 16 * SECTOR_BYTES, path,
			   "has no primary volume descriptor (CD001 at byte 32769): not an ISO 9660 image");
}
