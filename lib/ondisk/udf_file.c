/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udf_file.h"

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/udf.h"

enum { EXTENT_BYTES = 0x3fffffff, EXTENT_TYPE = 30 };

struct ondisk_udf_long ondisk_udf_long_decode(const uint8_t *raw)
{
	uint32_t length = get_le32(raw);

	return (struct ondisk_udf_long){
		.bytes = length & EXTENT_BYTES,
		.type = (uint8_t)(length >> EXTENT_TYPE),
		.at = { .block = get_le32(raw + 4), .ref = get_le16(raw + 8) },
		.unique_id = get_le32(raw + 12),
	};
}

void ondisk_udf_file_set_decode(const uint8_t *raw, struct ondisk_udf_file_set *ret_set)
{
	*ret_set = (struct ondisk_udf_file_set){
		.recorded = raw + 16,
		.logical_id = raw + 112,
		.root = ondisk_udf_long_decode(raw + 400),
		.revision = ondisk_udf_entity_is(raw + 416, "*OSTA UDF Compliant") ?
			    ondisk_udf_entity_revision(raw + 416) : 0,
		.next = ondisk_udf_long_decode(raw + 448),
		.streams = ondisk_udf_long_decode(raw + 464),
	};
}

/* 4/14.9.5: execute, write, read, change attributes, delete, for others, group, owner,
 * from the lowest bit; 4/14.6.8: bits 6 to 8 of the ICB flags are set-id and sticky. */
static uint32_t posix_mode(uint32_t permissions, uint16_t flags)
{
	uint32_t mode = (permissions & 7) | (permissions >> 5 & 7) << 3 |
			(permissions >> 10 & 7) << 6;

	return mode | (flags & 0x40u ? 04000 : 0) | (flags & 0x80u ? 02000 : 0) |
	       (flags & 0x100u ? 01000 : 0);
}

enum isokit_status ondisk_udf_entry_decode(const uint8_t *raw, size_t len, bool extended,
					   struct ondisk_udf_entry *ret_entry,
					   struct isokit_error *err)
{
	static const char subject[] = "UDF file entry";
	/* Behind the information length, the extended one has 8, then 20, then 40 bytes
	 * more than the plain one. */
	size_t head = extended ? 216 : 176;
	uint16_t flags;
	struct ondisk_udf_entry e;
	uint32_t ea, ad;

	if (len < head)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where %zu are needed", len, head);
	flags = get_le16(raw + 34);
	ea = get_le32(raw + head - 8);
	ad = get_le32(raw + head - 4);
	if (ea > len - head || ad > len - head - ea)
		return isokit_fail(err, ISOKIT_E_SHORT, head - 8, subject,
				   "%u bytes of attributes and %u of allocation descriptors do not "
				   "fit its block", ea, ad);
	e = (struct ondisk_udf_entry){
		.strategy = get_le16(raw + 20),
		.type = raw[27],
		.ad_kind = flags & 7,
		.uid = get_le32(raw + 36),
		.gid = get_le32(raw + 40),
		.mode = posix_mode(get_le32(raw + 44), flags),
		.links = get_le16(raw + 48),
		.bytes = get_le64(raw + 56),
		.blocks = get_le64(raw + (extended ? 72 : 64)),
		.modified = raw + (extended ? 92 : 84),
		.attributes = ondisk_udf_long_decode(raw + (extended ? 136 : 112)),
		.unique_id = get_le64(raw + (extended ? 200 : 160)),
		.ea_at = head,
		.ea_bytes = ea,
		.ad_at = head + ea,
		.ad_bytes = ad,
	};
	if (extended)
		e.streams = ondisk_udf_long_decode(raw + 152);
	*ret_entry = e;
	return ISOKIT_OK;
}

struct ondisk_udf_long ondisk_udf_indirect_decode(const uint8_t *raw)
{
	return ondisk_udf_long_decode(raw + 36);
}

size_t ondisk_udf_ad_decode(const uint8_t *raw, size_t n, unsigned kind, uint16_t own_ref,
			    struct ondisk_udf_long *ret_ad)
{
	uint32_t length;

	switch (kind) {
	case ONDISK_UDF_AD_SHORT:
		if (n < 8)
			return 0;
		length = get_le32(raw);
		*ret_ad = (struct ondisk_udf_long){
			.bytes = length & EXTENT_BYTES,
			.type = (uint8_t)(length >> EXTENT_TYPE),
			.at = { .block = get_le32(raw + 4), .ref = own_ref },
		};
		return 8;
	case ONDISK_UDF_AD_LONG:
		if (n < 16)
			return 0;
		*ret_ad = ondisk_udf_long_decode(raw);
		return 16;
	case ONDISK_UDF_AD_EXTENDED: /* 4/14.14.3: length, recorded, information, address */
		if (n < 20)
			return 0;
		length = get_le32(raw);
		*ret_ad = (struct ondisk_udf_long){
			.bytes = length & EXTENT_BYTES,
			.type = (uint8_t)(length >> EXTENT_TYPE),
			.at = { .block = get_le32(raw + 12), .ref = get_le16(raw + 16) },
		};
		return 20;
	default:
		return 0;
	}
}

uint32_t ondisk_udf_aed_bytes(const uint8_t *raw)
{
	return get_le32(raw + 20);
}

void ondisk_udf_fid_decode(const uint8_t *head, struct ondisk_udf_fid *ret_fid)
{
	size_t use = get_le16(head + 36);
	size_t end = ONDISK_UDF_FID_HEAD + use + head[19];

	*ret_fid = (struct ondisk_udf_fid){
		.version = get_le16(head + 16),
		.characteristics = head[18],
		.icb = ondisk_udf_long_decode(head + 20),
		.name_at = ONDISK_UDF_FID_HEAD + use,
		.name_bytes = head[19],
		.use_bytes = use,
		.length = (end + 3) & ~(size_t)3,
	};
}

/* 4/14.10.1: a header of 24 bytes, then attributes, each with its length at byte 8. */
bool ondisk_udf_device_decode(const uint8_t *attributes, size_t n, uint32_t *ret_major,
			      uint32_t *ret_minor, bool *ret_ok)
{
	enum { HEADER_BYTES = 24, LEAST_BYTES = 12, DEVICE = 12, DEVICE_BYTES = 24 };
	size_t at = HEADER_BYTES;

	*ret_ok = true;
	while (at < n && n - at >= LEAST_BYTES) {
		const uint8_t *p = attributes + at;
		uint32_t length = get_le32(p + 8);

		if (length < LEAST_BYTES || length > n - at) {
			*ret_ok = false;
			return false;
		}
		if (get_le32(p) == DEVICE && p[4] == 1 && length >= DEVICE_BYTES) {
			*ret_major = get_le32(p + 16);
			*ret_minor = get_le32(p + 20);
			return true;
		}
		at += length;
	}
	return false;
}

size_t ondisk_udf_component_decode(const uint8_t *raw, size_t n,
				   struct ondisk_udf_component *ret_component)
{
	enum { HEAD = 4 };

	if (n < HEAD || raw[1] > n - HEAD)
		return 0;
	*ret_component = (struct ondisk_udf_component){
		.type = raw[0],
		.name_bytes = raw[1],
		.name = raw + HEAD,
	};
	return HEAD + (size_t)raw[1];
}
