/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/eltorito.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/scan.h"

static void copy_id(char *to, const uint8_t *from, size_t n)
{
	/* Some writers leave text after the NUL; the id ends at the first. */
	size_t used = strnlen((const char *)from, n);

	memcpy(to, from, used);
	while (used && to[used - 1] == ' ')
		used--;
	to[used] = '\0';
}

bool ondisk_eltorito_is_record(const uint8_t *raw, size_t len)
{
	static const char id[] = "EL TORITO SPECIFICATION";

	return len >= 2048 && raw[0] == 0 && memcmp(raw + 1, "CD001", 5) == 0 &&
	       memcmp(raw + 7, id, sizeof(id) - 1) == 0;
}

uint32_t ondisk_eltorito_catalog_lba(const uint8_t *raw)
{
	return get_le32(raw + 71);
}

void ondisk_eltorito_validation_decode(const uint8_t *raw,
				       struct ondisk_eltorito_validation *ret_validation)
{
	struct ondisk_eltorito_validation v = {
		.header_id = raw[0],
		.platform = raw[1],
		.key_ok = raw[30] == 0x55 && raw[31] == 0xaa,
	};

	for (size_t i = 0; i < ELTORITO_ENTRY_BYTES; i += 2)
		v.sum = (uint16_t)(v.sum + get_le16(raw + i));
	copy_id(v.id, raw + 4, 24);
	*ret_validation = v;
}

void ondisk_eltorito_entry_decode(const uint8_t *raw, struct ondisk_eltorito_entry *ret_entry)
{
	*ret_entry = (struct ondisk_eltorito_entry){
		.indicator = raw[0],
		.media = raw[1],
		.load_segment = get_le16(raw + 2),
		.system_type = raw[4],
		.load_sectors = get_le16(raw + 6),
		.lba = get_le32(raw + 8),
		.criteria_type = raw[12],
	};
}

enum ondisk_eltorito_kind ondisk_eltorito_kind(const uint8_t *raw)
{
	switch (raw[0]) {
	case 0x90: return ONDISK_ELTORITO_SECTION;
	case 0x91: return ONDISK_ELTORITO_LAST_SECTION;
	case 0x44: return ONDISK_ELTORITO_EXTENSION;
	case 0x88:
	case 0x00: return ONDISK_ELTORITO_ENTRY;
	default: return ONDISK_ELTORITO_OTHER;
	}
}

void ondisk_eltorito_section_decode(const uint8_t *raw,
				    struct ondisk_eltorito_section *ret_section)
{
	struct ondisk_eltorito_section s = {
		.platform = raw[1],
		.n_entries = get_le16(raw + 2),
	};

	copy_id(s.id, raw + 4, 28);
	*ret_section = s;
}

void ondisk_boot_info_decode(const uint8_t *raw, struct ondisk_boot_info *ret_info)
{
	*ret_info = (struct ondisk_boot_info){
		.pvd_lba = get_le32(raw + 8),
		.file_lba = get_le32(raw + 12),
		.file_bytes = get_le32(raw + 16),
		.checksum = get_le32(raw + 20),
	};
}

uint32_t ondisk_boot_info_sum(uint32_t sum, uint64_t at, const uint8_t *raw, size_t len)
{
	size_t i = at < BOOT_INFO_END ? (size_t)(BOOT_INFO_END - at) : 0;

	/* Two words at a time, and four such pairs: images are megabytes at times. */
	for (; i < len && len - i >= 32; i += 32) {
		for (size_t k = 0; k < 32; k += 8) {
			uint64_t two = get_le64(raw + i + k);

			sum += (uint32_t)two + (uint32_t)(two >> 32);
		}
	}
	for (; i < len && len - i >= 4; i += 4)
		sum += get_le32(raw + i);
	if (i < len) {
		uint8_t last[4] = { 0 };

		memcpy(last, raw + i, len - i);
		sum += get_le32(last);
	}
	return sum;
}

/* Marks of loaders. The first line that matches names it, so the more precise
 * ones stand before those whose words also occur in others. */
static const struct {
	const char *loader;
	const char *mark;
	size_t first, last; /* where the mark may begin, bytes of the image */
} marks[] = {
	{ "isolinux", "ISOLINUX ", 0, 4096 },
	/* GRUB 2 cdboot.img; GRUB Legacy's stage2_eltorito names itself later on. */
	{ "grub", "cdrom read fails", 0, 2048 },
	{ "grub-legacy", "GRUB Loading stage2", 0, 2048 },
	{ "grub-legacy", "Loading stage2 ", 0, 512 },
	{ "grub-legacy", "stage2_eltorito", 0, 4096 },
	{ "memtest86+", "Loading Memtest86+", 0, 2048 },
	{ "memtest86+", "Memtest86+", 0, 32768 },
	{ "memtest86", "Memtest86", 0, 32768 },
	{ "windows", "CDBOOT: ", 0, 4096 },
	{ "windows", "BOOTFIX.BIN", 0, 4096 },
	{ "windows", "Cannot boot from CD", 0, 4096 },
	{ "freebsd", "CD Loader ", 0, 4096 },
	{ "netbsd", "NetBSD/x86 cd9660", 0, 4096 },
	{ "limine", "LIMINE.SYS;1", 0, 2048 },
	{ "limine", "limine", 0, 4096 },
	{ "limine", "Limine", 0, 32768 },
	{ "openbsd", "CDBOOT ", 0, 4096 },
	{ "openbsd", "/cdboot", 0, 2048 },
	{ "syslinux", "SYSLINUX ", 0, 4096 },
	{ "extlinux", "EXTLINUX ", 0, 4096 },
	{ "ipxe", "iPXE", 0, 32768 },
	{ "gpxe", "gPXE", 0, 32768 },
	{ "etherboot", "Etherboot", 0, 32768 },
	{ "plop", "PLoP", 0, 32768 },
	{ "freedos", "FreeDOS", 0, 4096 },
	{ "freedos", "FREEDOS", 0, 4096 },
	{ "windows", "BOOTMGR", 0, 512 },
	{ "windows", "NTLDR", 0, 512 },
	{ "msdos", "IO      SYSMSDOS   SYS", 0, 512 },
	{ "grub", "GRUB \0Geom\0Hard Disk", 0, 512 },
	{ "linux", "HdrS", 514, 514 }, /* a kernel as the boot image itself */
};

/* Marks contain NUL; their lengths cannot be taken by strlen. */
static size_t mark_bytes(const char *mark)
{
	size_t n = strlen(mark);

	return n == 5 && memcmp(mark, "GRUB ", 5) == 0 ? 20 : n;
}

/* Limine's image for discs says nothing: a jump over 87 zeros, of which the boot
 * info table takes some, then cli; cld; ljmp. */
static bool is_limine(const uint8_t *raw, size_t len)
{
	return len >= 512 && memcmp(raw, "\xeb\x58\x90", 3) == 0 &&
	       memcmp(raw + 0x5a, "\xfa\xfc\xea", 3) == 0 &&
	       all_zero(raw + BOOT_INFO_END, 0x5a - BOOT_INFO_END);
}

const char *ondisk_boot_image_loader(const uint8_t *raw, size_t len)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t n = mark_bytes(marks[i].mark);
		size_t end = marks[i].last + n;

		if (end > len)
			end = len;
		if (marks[i].first >= end || end - marks[i].first < n)
			continue;
		if (memmem(raw + marks[i].first, end - marks[i].first, marks[i].mark, n))
			return marks[i].loader;
	}
	return is_limine(raw, len) ? "limine" : NULL;
}

/* Text to the end, or to where nothing but zeros follows. No loader does with the few
 * instructions whose bytes are printable. */
static bool is_text(const uint8_t *raw, size_t len)
{
	size_t n = len;

	while (n > 0 && raw[n - 1] == 0)
		n--;
	for (size_t i = 0; i < n; i++) {
		if (i == BOOT_INFO_OFFSET && n >= BOOT_INFO_END)
			i = BOOT_INFO_END;
		if (i < n && (raw[i] < 0x20 || raw[i] > 0x7e) && raw[i] != '\n' && raw[i] != '\r' &&
		    raw[i] != '\t' && raw[i] != '\f')
			return false;
	}
	return n > 0;
}

const char *ondisk_boot_image_foreign(const uint8_t *raw, size_t len)
{
	/* Only what stands before a boot info table. "MZ" is not among them: a kernel with
	 * an EFI stub begins with it, and with code that a BIOS can start. */
	static const struct {
		const char *magic;
		size_t n;
		const char *what;
	} magics[] = {
		{ "\177ELF", 4, "an ELF program" },
		{ "\x89PNG\r\n", 6, "a PNG image" },
		{ "\xff\xd8\xff", 3, "a JPEG image" },
		{ "GIF8", 4, "a GIF image" },
		{ "%PDF-", 5, "a PDF file" },
		{ "PK\3\4", 4, "a zip archive" },
		{ "\x1f\x8b\x08", 3, "gzip-compressed" },
		{ "\xfd" "7zXZ", 5, "xz-compressed" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed" },
		{ "7z\xbc\xaf\x27\x1c", 6, "a 7-Zip archive" },
		{ "hsqs", 4, "a squashfs file system" },
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (len >= magics[i].n && memcmp(raw, magics[i].magic, magics[i].n) == 0)
			return magics[i].what;
	}
	return is_text(raw, len < 512 ? len : 512) ? "text" : NULL;
}
