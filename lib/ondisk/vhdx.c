/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/vhdx.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/text.h"

enum { REGION_ENTRIES = 2047, METADATA_ENTRIES = 2047, VALUE_BYTES = 2048 };

/* GUIDs as they are stored. */
static const uint8_t region_bat[16] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42,
					0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08 };
static const uint8_t region_metadata[16] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
					     0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };
static const uint8_t item_parameters[16] = { 0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d,
					     0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b };
static const uint8_t item_bytes[16] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
					0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 };
static const uint8_t item_id[16] = { 0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45,
				     0x93, 0xef, 0xc3, 0x09, 0xe0, 0x00, 0xc7, 0x46 };
static const uint8_t item_sector[16] = { 0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47,
					 0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f };
static const uint8_t item_physical[16] = { 0xc7, 0x48, 0xa3, 0xcd, 0x5d, 0x44, 0x71, 0x44,
					   0x9c, 0xc9, 0xe9, 0x88, 0x52, 0x51, 0xc5, 0x56 };
static const uint8_t item_locator[16] = { 0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45,
					  0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab, 0x0c };

static uint32_t crc_byte(uint32_t crc, uint8_t byte)
{
	static const uint32_t nibble[16] = { /* of the reflected polynomial 0x82f63b78 */
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
		0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	crc ^= byte;
	crc = crc >> 4 ^ nibble[crc & 15];
	return crc >> 4 ^ nibble[crc & 15];
}

uint32_t ondisk_vhdx_crc(const uint8_t *raw, size_t n, size_t at)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++)
		crc = crc_byte(crc, i >= at && i < at + 4 ? 0 : raw[i]);
	return ~crc;
}

bool ondisk_vhdx_header_decode(const uint8_t *raw, struct ondisk_vhdx_header *ret)
{
	if (memcmp(raw, "head", 4) != 0 ||
	    ondisk_vhdx_crc(raw, VHDX_HEADER_BYTES, 4) != get_le32(raw + 4))
		return false;
	*ret = (struct ondisk_vhdx_header){
		.sequence = get_le64(raw + 8),
		.log_version = get_le16(raw + 64),
		.version = get_le16(raw + 66),
		.log_bytes = get_le32(raw + 68),
		.log_at = get_le64(raw + 72),
	};
	memcpy(ret->data_write_id, raw + 32, 16);
	memcpy(ret->log_id, raw + 48, 16);
	return true;
}

bool ondisk_vhdx_regions_decode(const uint8_t *raw, struct ondisk_vhdx_regions *ret)
{
	uint32_t n = get_le32(raw + 8);

	if (memcmp(raw, "regi", 4) != 0 || n > REGION_ENTRIES ||
	    ondisk_vhdx_crc(raw, VHDX_REGION_BYTES, 4) != get_le32(raw + 4))
		return false;
	*ret = (struct ondisk_vhdx_regions){ .unknown = false };
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *p = raw + 16 + (size_t)i * 32;

		if (memcmp(p, region_bat, 16) == 0) {
			ret->bat_at = get_le64(p + 16);
			ret->bat_bytes = get_le32(p + 24);
		} else if (memcmp(p, region_metadata, 16) == 0) {
			ret->metadata_at = get_le64(p + 16);
			ret->metadata_bytes = get_le32(p + 24);
		} else if (p[28] & 1) {
			ret->unknown = true;
		}
	}
	return true;
}

static enum isokit_status check_metadata(const struct ondisk_vhdx_metadata *m, bool parameters,
					 bool bytes, struct isokit_error *err)
{
	static const char subject[] = "VHDX metadata";

	if (!parameters || !bytes || !m->sector_bytes)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject,
				   "size of the disk, of its blocks or its sectors are missing");
	if (m->sector_bytes != 512 && m->sector_bytes != 4096)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject, "sectors of %u bytes",
				   m->sector_bytes);
	/* 2.6.2.1 and 2.6.2.2 */
	if (m->block_bytes < VHDX_UNIT || m->block_bytes > 256 * VHDX_UNIT ||
	    (m->block_bytes & (m->block_bytes - 1)) || m->bytes > UINT64_C(64) << 40)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject,
				   "blocks of %u bytes, %llu bytes in all", m->block_bytes,
				   (unsigned long long)m->bytes);
	return ISOKIT_OK;
}

enum isokit_status ondisk_vhdx_metadata_decode(const uint8_t *raw, size_t n,
					       struct ondisk_vhdx_metadata *ret,
					       struct isokit_error *err)
{
	static const char subject[] = "VHDX metadata";
	struct ondisk_vhdx_metadata m = { .unknown = false };
	bool parameters = false, bytes = false;
	unsigned entries;

	if (n < VHDX_METADATA_BYTES || memcmp(raw, "metadata", 8) != 0)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject, "no mark \"metadata\"");
	entries = get_le16(raw + 10);
	if (entries > METADATA_ENTRIES)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 10, subject, "%u items", entries);
	for (unsigned i = 0; i < entries; i++) {
		const uint8_t *p = raw + 32 + (size_t)i * 32, *item;
		uint32_t at = get_le32(p + 16), length = get_le32(p + 20);

		if (!range_inside(at, length, n))
			return isokit_fail(err, ISOKIT_E_CORRUPT, 32 + (uint64_t)i * 32, subject,
					   "an item that does not lie inside");
		item = raw + at;
		if (memcmp(p, item_parameters, 16) == 0 && length >= 8) {
			m.block_bytes = get_le32(item);
			m.has_parent = get_le32(item + 4) & 2;
			parameters = true;
		} else if (memcmp(p, item_bytes, 16) == 0 && length >= 8) {
			m.bytes = get_le64(item);
			bytes = true;
		} else if (memcmp(p, item_sector, 16) == 0 && length >= 4) {
			m.sector_bytes = get_le32(item);
		} else if (memcmp(p, item_locator, 16) == 0) {
			m.locator_at = at;
			m.locator_bytes = length;
		} else if (memcmp(p, item_id, 16) != 0 && memcmp(p, item_physical, 16) != 0 &&
			   (p[24] & 4)) { /* IsRequired */
			m.unknown = true;
		}
	}
	*ret = m;
	return check_metadata(&m, parameters, bytes, err);
}

static size_t to_utf8(const uint8_t *raw, size_t n, char *out, size_t out_bytes)
{
	uint8_t be[VALUE_BYTES];

	n &= ~(size_t)1;
	if (n > sizeof(be) || n / 2 * 3 + 1 > out_bytes)
		return 0;
	for (size_t i = 0; i < n; i += 2) {
		be[i] = raw[i + 1];
		be[i + 1] = raw[i];
	}
	n = utf16be_to_utf8(be, n, out);
	out[n] = '\0';
	return n;
}

bool ondisk_vhdx_locator_value(const uint8_t *raw, size_t n, const char *key, char *out,
			       size_t out_bytes)
{
	char name[256];
	unsigned entries;

	if (n < 20)
		return false;
	entries = get_le16(raw + 18);
	for (unsigned i = 0; i < entries && range_inside(20 + (uint64_t)i * 12, 12, n); i++) {
		const uint8_t *p = raw + 20 + (size_t)i * 12;
		uint32_t key_at = get_le32(p), value_at = get_le32(p + 4);
		uint16_t key_bytes = get_le16(p + 8), value_bytes = get_le16(p + 10);

		if (range_inside(key_at, key_bytes, n) && range_inside(value_at, value_bytes, n) &&
		    to_utf8(raw + key_at, key_bytes, name, sizeof(name)) &&
		    ascii_same_nocase(name, key))
			return to_utf8(raw + value_at, value_bytes, out, out_bytes) != 0;
	}
	return false;
}

bool ondisk_vhdx_log_decode(const uint8_t *raw, const uint8_t log_id[16],
			    struct ondisk_vhdx_log_entry *ret)
{
	if (memcmp(raw, "loge", 4) != 0 || memcmp(raw + 32, log_id, 16) != 0)
		return false;
	*ret = (struct ondisk_vhdx_log_entry){
		.bytes = get_le32(raw + 8),
		.tail = get_le32(raw + 12),
		.sequence = get_le64(raw + 16),
		.descriptors = get_le32(raw + 24),
		.flushed_bytes = get_le64(raw + 48),
		.last_bytes = get_le64(raw + 56),
	};
	return ret->bytes >= VHDX_LOG_SECTOR && ret->bytes % VHDX_LOG_SECTOR == 0 &&
	       ret->tail % VHDX_LOG_SECTOR == 0;
}
