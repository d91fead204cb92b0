/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/gpt.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"

uint32_t ondisk_crc32(uint32_t crc, const uint8_t *raw, size_t len)
{
	/* Polynomial EDB88320, a nibble at a time. */
	static const uint32_t nibble[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= raw[i];
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}

enum isokit_status ondisk_gpt_header_decode(const uint8_t *raw, size_t len,
					    struct ondisk_gpt_header *ret_header,
					    struct isokit_error *err)
{
	static const char subject[] = "GPT header";
	static const uint8_t zeros[4] = { 0 };
	struct ondisk_gpt_header h;
	uint32_t crc;

	if (len < GPT_HEADER_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where 92 are needed", len);
	if (memcmp(raw, "EFI PART", 8) != 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no EFI PART mark");
	h = (struct ondisk_gpt_header){
		.revision = get_le32(raw + 8),
		.header_bytes = get_le32(raw + 12),
		.header_crc = get_le32(raw + 16),
		.my_lba = get_le64(raw + 24),
		.alternate_lba = get_le64(raw + 32),
		.first_usable = get_le64(raw + 40),
		.last_usable = get_le64(raw + 48),
		.entries_lba = get_le64(raw + 72),
		.n_entries = get_le32(raw + 80),
		.entry_bytes = get_le32(raw + 84),
		.entries_crc = get_le32(raw + 88),
	};
	memcpy(h.disk_guid, raw + 56, 16);
	if (h.header_bytes >= GPT_HEADER_BYTES && h.header_bytes <= len) {
		crc = ondisk_crc32(0, raw, 16);
		crc = ondisk_crc32(crc, zeros, 4);
		crc = ondisk_crc32(crc, raw + 20, h.header_bytes - 20);
		h.crc_ok = crc == h.header_crc;
	}
	*ret_header = h;
	return ISOKIT_OK;
}

void ondisk_gpt_entry_decode(const uint8_t *raw, struct ondisk_gpt_entry *ret_entry)
{
	static const uint8_t unused[16] = { 0 };
	struct ondisk_gpt_entry e = {
		.used = memcmp(raw, unused, 16) != 0,
		.first_lba = get_le64(raw + 32),
		.last_lba = get_le64(raw + 40),
		.attributes = get_le64(raw + 48),
	};

	memcpy(e.type, raw, 16);
	memcpy(e.guid, raw + 16, 16);
	memcpy(e.name, raw + 56, GPT_NAME_BYTES);
	*ret_entry = e;
}

void ondisk_guid_text(const uint8_t raw[16], char out[GPT_GUID_TEXT_BYTES])
{
	static const char digits[] = "0123456789ABCDEF";
	/* UEFI appendix A: a 32-bit and two 16-bit numbers, then eight bytes. */
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	size_t n = 0;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		out[n++] = digits[raw[order[i]] >> 4];
		out[n++] = digits[raw[order[i]] & 15];
	}
	out[n] = '\0';
}
