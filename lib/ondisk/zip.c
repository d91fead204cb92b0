/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/zip.h"

#include <string.h>

#include "base/byteorder.h"

enum { EXTRA_ZIP64 = 1 };

bool ondisk_zip_end_decode(const uint8_t *raw, size_t len, struct ondisk_zip_end *ret)
{
	if (len < ZIP_END_BYTES || get_le32(raw) != UINT32_C(0x06054b50))
		return false;
	*ret = (struct ondisk_zip_end){
		.entries = get_le16(raw + 10),
		.bytes = get_le32(raw + 12),
		.offset = get_le32(raw + 16),
	};
	ret->needs_zip64 = ret->entries == UINT16_MAX || ret->bytes == UINT32_MAX ||
			   ret->offset == UINT32_MAX;
	return true;
}

bool ondisk_zip_locator_decode(const uint8_t *raw, size_t len, uint64_t *ret_offset)
{
	if (len < ZIP_LOCATOR_BYTES || get_le32(raw) != UINT32_C(0x07064b50))
		return false;
	*ret_offset = get_le64(raw + 8);
	return true;
}

bool ondisk_zip_end64_decode(const uint8_t *raw, size_t len, struct ondisk_zip_end *ret)
{
	if (len < ZIP_END64_BYTES || get_le32(raw) != UINT32_C(0x06064b50))
		return false;
	*ret = (struct ondisk_zip_end){
		.entries = get_le64(raw + 32),
		.bytes = get_le64(raw + 40),
		.offset = get_le64(raw + 48),
	};
	return true;
}

/* The sizes that did not fit, in the order of the fields that are full. */
static void take_zip64(const uint8_t *p, size_t n, struct ondisk_zip_entry *e)
{
	uint64_t *const fields[] = { &e->bytes, &e->packed, &e->offset };
	size_t at = 0;

	while (n - at >= 4) {
		size_t bytes = get_le16(p + at + 2);
		const uint8_t *field = p + at + 4;

		if (bytes > n - at - 4)
			return;
		if (get_le16(p + at) == EXTRA_ZIP64) {
			for (size_t i = 0; i < 3; i++) {
				if (*fields[i] != UINT32_MAX)
					continue;
				if (bytes < 8)
					return;
				*fields[i] = get_le64(field);
				field += 8;
				bytes -= 8;
			}
			return;
		}
		at += 4 + bytes;
	}
}

bool ondisk_zip_entry_decode(const uint8_t *raw, size_t len, struct ondisk_zip_entry *ret)
{
	size_t name, extra, comment;

	if (len < ZIP_ENTRY_BYTES || get_le32(raw) != UINT32_C(0x02014b50))
		return false;
	name = get_le16(raw + 28);
	extra = get_le16(raw + 30);
	comment = get_le16(raw + 32);
	if (name + extra + comment > len - ZIP_ENTRY_BYTES)
		return false;
	*ret = (struct ondisk_zip_entry){
		.flags = get_le16(raw + 8),
		.method = get_le16(raw + 10),
		.crc = get_le32(raw + 16),
		.packed = get_le32(raw + 20),
		.bytes = get_le32(raw + 24),
		.offset = get_le32(raw + 42),
		.name = (const char *)raw + ZIP_ENTRY_BYTES,
		.name_bytes = name,
		.entry_bytes = ZIP_ENTRY_BYTES + name + extra + comment,
	};
	ret->directory = name && ret->name[name - 1] == '/';
	take_zip64(raw + ZIP_ENTRY_BYTES + name, extra, ret);
	return true;
}

size_t ondisk_zip_local_bytes(const uint8_t *raw, size_t len)
{
	if (len < ZIP_LOCAL_BYTES || get_le32(raw) != UINT32_C(0x04034b50))
		return 0;
	return ZIP_LOCAL_BYTES + (size_t)get_le16(raw + 26) + get_le16(raw + 28);
}

bool ondisk_zip_local_decode(const uint8_t *raw, size_t len, struct ondisk_zip_entry *ret)
{
	size_t bytes = ondisk_zip_local_bytes(raw, len), name;

	if (!bytes || bytes > len)
		return false;
	name = get_le16(raw + 26);
	*ret = (struct ondisk_zip_entry){
		.flags = get_le16(raw + 6),
		.method = get_le16(raw + 8),
		.crc = get_le32(raw + 14),
		.packed = get_le32(raw + 18),
		.bytes = get_le32(raw + 22),
		.name = (const char *)raw + ZIP_LOCAL_BYTES,
		.name_bytes = name,
		.entry_bytes = bytes,
	};
	ret->directory = name && ret->name[name - 1] == '/';
	take_zip64(raw + ZIP_LOCAL_BYTES + name, bytes - ZIP_LOCAL_BYTES - name, ret);
	return true;
}
