/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/mbr.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/scan.h"

void ondisk_mbr_decode(const uint8_t *raw, struct ondisk_mbr *ret_mbr)
{
	struct ondisk_mbr m = {
		.signature = raw[510] == 0x55 && raw[511] == 0xaa,
		.disk_id = get_le32(raw + 440),
		.table_like = true,
	};

	for (size_t i = 0; i < 4; i++) {
		const uint8_t *p = raw + 446 + i * 16;

		m.entries[i] = (struct ondisk_mbr_entry){
			.status = p[0],
			.type = p[4],
			.start_lba = get_le32(p + 8),
			.sectors = get_le32(p + 12),
		};
		if (p[0] & 0x7f)
			m.table_like = false;
	}
	*ret_mbr = m;
}

bool ondisk_mbr_is_extended(uint8_t type)
{
	return type == MBR_TYPE_EXTENDED || type == MBR_TYPE_EXTENDED_LBA ||
	       type == MBR_TYPE_EXTENDED_LINUX;
}

bool ondisk_mbr_is_fat(uint8_t type)
{
	switch (type) {
	case 0x01: /* FAT12 */
	case 0x04: /* FAT16 under 32 MiB */
	case 0x06: /* FAT16 */
	case 0x0b: /* FAT32 */
	case 0x0c: /* FAT32, LBA */
	case 0x0e: /* FAT16, LBA */
	case MBR_TYPE_ESP:
		return true;
	default:
		return false;
	}
}

static bool has(const uint8_t *raw, size_t n, const char *words)
{
	return memmem(raw, n, words, strlen(words)) != NULL;
}

/* Where does execution go first: past the jump over a parameter block? */
static size_t entry_point(const uint8_t *raw)
{
	if (raw[0] == 0xeb && raw[1] < 0x80)
		return 2u + raw[1];
	if (raw[0] == 0xe9 && get_le16(raw + 1) < 0x180)
		return 3u + get_le16(raw + 1);
	return 0;
}

/* A jump to nothing, over a parameter block: as mkfs.exfat leaves it. */
static bool leads_to_zeros(const uint8_t *raw, size_t n)
{
	size_t entry = entry_point(raw);

	return entry && entry < n && all_zero(raw + entry, n - entry);
}

/* Code that stops the machine at once: a jump to itself, or halt and again. What has no
 * code in exFAT is to be halts throughout. */
static bool hangs(const uint8_t *raw)
{
	const uint8_t *p = raw + entry_point(raw);

	if (raw[0] == 0xeb && raw[1] == 0xfe)
		return true;
	if (p[0] == 0xfa) /* cli first */
		p++;
	return (p[0] == 0xeb && p[1] == 0xfe) || (p[0] == 0xf4 && p[1] == 0xeb && p[2] == 0xfd) ||
	       (p[0] == 0xf4 && memcmp(p, p + 1, 31) == 0);
}

/* Words of boot sectors whose only purpose is to be read by a person: those
 * of mkfs.fat, mformat, Windows' format of data disks, mkntfs and others. */
static bool is_message(const uint8_t *raw, size_t n)
{
	static const char *const words[] = {
		"not a bootable disk", "not a bootable partition", "not bootable",
		"cannot be booted", "can not be booted", "Non-bootable",
		"Non-System disk", "NON-SYSTEM DISK", "Please insert a bootable",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (has(raw, n, words[i]))
			return true;
	}
	return false;
}

/* mtools' boot sector loads the first sector of the first hard disk and goes
 * there: mov ax, 201; mov bx, 7C00; mov dx, 80; mov cx, 1; int 13. */
static bool hands_over(const uint8_t *raw, size_t n)
{
	static const uint8_t code[] = { 0xb8, 0x01, 0x02, 0xbb, 0x00, 0x7c, 0xba,
					0x80, 0x00, 0xb9, 0x01, 0x00, 0xcd, 0x13 };

	return memmem(raw, n, code, sizeof(code)) != NULL;
}

/* Apple's driver descriptor record (Inside Macintosh: Devices, 3-12) with at most
 * two drivers, and zeros behind it: data where code could be. */
static bool is_driver_record(const uint8_t *raw, size_t n)
{
	return raw[0] == 'E' && raw[1] == 'R' && all_zero(raw + 34, n - 34);
}

/* Is this instruction in the code? Boot sectors read their own fields by
 * absolute addresses (7C00 + offset), which tells two layouts apart. */
static bool reads_address(const uint8_t *raw, size_t n, uint16_t address)
{
	/* mov ebx, [address] */
	const uint8_t with_ebx[] = { 0x66, 0x8b, 0x1e, (uint8_t)address, (uint8_t)(address >> 8) };
	/* mov eax, [address], of a segment that begins at 7C00 */
	const uint8_t with_eax[] = { 0x66, 0xa1, (uint8_t)(address - 0x7c00),
				     (uint8_t)((address - 0x7c00) >> 8) };

	return memmem(raw, n, with_ebx, sizeof(with_ebx)) ||
	       memmem(raw, n, with_eax, sizeof(with_eax));
}

static bool is_grub2(const uint8_t *raw, size_t n)
{
	return has(raw, n, "GRUB ") && has(raw, n, "Geom") && has(raw, n, "Hard Disk") &&
	       has(raw, n, " Error");
}

static void grub2(const uint8_t *raw, size_t n, struct ondisk_boot_code *c)
{
	c->code = ONDISK_CODE_GRUB;
	c->needs = ONDISK_NEEDS_GRUB_CORE;
	if (n >= 440 && reads_address(raw, n, 0x7c00 + 0x1b0)) {
		/* boot_hybrid.img: the core follows cdboot.img, 2048 bytes. */
		c->name = "grub2-hybrid";
		c->pointer = get_le64(raw + 0x1b0);
		c->image_skip = 4;
	} else if (raw[0x3e] == 3 && memcmp(raw, "\xeb\x48\x90", 3) == 0) {
		/* stage1 of GRUB Legacy: version 3.x at byte 62, stage2's sector at 68 */
		c->name = "grub-legacy";
		c->pointer = get_le32(raw + 0x44);
		c->needs = ONDISK_NEEDS_DATA;
	} else {
		c->name = "grub2";
		c->pointer = get_le64(raw + 0x5c);
	}
}

/* Limine has no words: a jump over a blank parameter block, cli; cld; ljmp, and at
 * 1A4 two sizes and two places (in bytes) of the next stage, which its installer
 * fills in. */
static bool is_limine(const uint8_t *raw, size_t n)
{
	return n >= 440 && memcmp(raw, "\xeb\x58\x90", 3) == 0 && all_zero(raw + 3, 87) &&
	       memcmp(raw + 0x5a, "\xfa\xfc\xea", 3) == 0 && get_le16(raw + 0x1a4) != 0;
}

void ondisk_boot_code_recognise(const uint8_t *raw, size_t code_bytes,
				struct ondisk_boot_code *ret_code)
{
	const size_t n = code_bytes;
	struct ondisk_boot_code c = { .code = ONDISK_CODE_UNKNOWN };

	if (all_zero(raw, n) || leads_to_zeros(raw, n) || is_driver_record(raw, n)) {
		c.code = ONDISK_CODE_NONE;
	} else if (has(raw, n, "isolinux.bin missing or corrupt")) {
		/* isohybrid: the sector of isolinux.bin is at byte 432. */
		c.code = ONDISK_CODE_ISOLINUX;
		c.name = "isohybrid";
		c.needs = ONDISK_NEEDS_ISOLINUX;
		c.pointer = get_le64(raw + 432);
	} else if (is_grub2(raw, n)) {
		grub2(raw, n, &c);
	} else if (has(raw, n, "Loading Memtest86+") && reads_address(raw, n, 0x7c00 + 0x1b0)) {
		/* Its boot sector takes GRUB's pointer (the image's second 2048 bytes)
		 * and goes three sectors back. */
		c.name = "memtest86+";
		c.needs = ONDISK_NEEDS_DATA;
		c.pointer = get_le32(raw + 0x1b0);
		c.image_skip = 4;
	} else if (is_limine(raw, n)) {
		c.name = "limine";
		c.needs = ONDISK_NEEDS_DATA;
		c.pointer = get_le64(raw + 0x1a8) / 512;
	} else if (has(raw, n, "!GPT") && has(raw, n, "Missing OS")) {
		c.code = ONDISK_CODE_SYSLINUX;
		c.name = "syslinux-gptmbr";
		c.needs = ONDISK_NEEDS_GPT_LEGACY;
	} else if (has(raw, n, "Missing operating system.") &&
		   has(raw, n, "Operating system load error.")) {
		c.code = ONDISK_CODE_SYSLINUX;
		c.name = has(raw, n, "Multiple active partitions") ? "syslinux-mbr" :
								     "syslinux-altmbr";
		c.needs = ONDISK_NEEDS_ACTIVE;
	} else if (has(raw, n, "Missing boot loader") && has(raw, n, "Boot loader too large")) {
		c.name = "freebsd-pmbr";
		c.needs = ONDISK_NEEDS_FREEBSD_BOOT;
	} else if (has(raw, n, "SYSLINUX") || has(raw, n, "EXTLINUX")) {
		c.code = ONDISK_CODE_SYSLINUX;
		c.name = "syslinux";
	} else if (has(raw, n, "Invalid partition table") &&
		   has(raw, n, "Error loading operating system")) {
		c.code = ONDISK_CODE_WINDOWS;
		c.name = "windows-mbr"; /* MS-DOS 3.3 and later print the same words */
		c.needs = ONDISK_NEEDS_ACTIVE;
	} else if (has(raw, n, "BOOTMGR") || has(raw, n, "NTLDR")) {
		c.code = ONDISK_CODE_WINDOWS;
		c.name = has(raw, n, "BOOTMGR") ? "bootmgr" : "ntldr";
	} else if (is_message(raw, n) || hangs(raw) || hands_over(raw, n)) {
		c.code = ONDISK_CODE_MESSAGE;
	} else if (has(raw, n, "FreeDOS") || has(raw, n, "KERNEL  SYS")) {
		c.name = "freedos";
	} else if (has(raw, n, "IO      SYS")) {
		c.name = "msdos";
	}
	*ret_code = c;
}
