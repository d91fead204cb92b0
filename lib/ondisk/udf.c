/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udf.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/text.h"

enum { DESCRIPTOR_BYTES = 512, ENTITY_BYTES = 32, MAP_BYTES = 64 };

uint16_t ondisk_udf_crc(uint16_t crc, const uint8_t *p, size_t n)
{
	/* Four bits at a time. */
	static const uint16_t table[16] = {
		0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
		0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
	};
	unsigned c = crc;

	for (size_t i = 0; i < n; i++) {
		c = (c << 4 ^ table[(c >> 12 ^ p[i] >> 4) & 15]) & 0xffff;
		c = (c << 4 ^ table[(c >> 12 ^ p[i]) & 15]) & 0xffff;
	}
	return (uint16_t)c;
}

static unsigned tag_sum(const uint8_t *raw)
{
	unsigned sum = 0;

	for (size_t i = 0; i < ONDISK_UDF_TAG_BYTES; i++)
		sum += i == 4 ? 0 : raw[i];
	return sum & 0xff;
}

bool ondisk_udf_tag_parse(const uint8_t *raw, struct ondisk_udf_tag *ret_tag)
{
	static const uint8_t none[ONDISK_UDF_TAG_BYTES];

	if (tag_sum(raw) != raw[4] || memcmp(raw, none, sizeof(none)) == 0)
		return false;
	*ret_tag = (struct ondisk_udf_tag){
		.id = get_le16(raw),
		.version = get_le16(raw + 2),
		.crc = get_le16(raw + 8),
		.crc_bytes = get_le16(raw + 10),
		.location = get_le32(raw + 12),
	};
	return true;
}

enum isokit_status ondisk_udf_tag_decode(const uint8_t *raw, size_t len,
					 struct ondisk_udf_tag *ret_tag,
					 struct isokit_error *err)
{
	static const char subject[] = "UDF descriptor";
	struct ondisk_udf_tag tag;

	if (len < DESCRIPTOR_BYTES)
		return isokit_fail(err, ISOKIT_E_SHORT, len, subject,
				   "%zu bytes where %d are needed", len, DESCRIPTOR_BYTES);
	if (!ondisk_udf_tag_parse(raw, &tag) || tag.id == 0)
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject,
				   "tag checksum %u where %u is stored", tag_sum(raw), raw[4]);
	if (tag.crc_bytes > len - ONDISK_UDF_TAG_BYTES ||
	    ondisk_udf_crc(0, raw + ONDISK_UDF_TAG_BYTES, tag.crc_bytes) != tag.crc)
		return isokit_fail(err, ISOKIT_E_CORRUPT, 8, subject,
				   "its CRC does not fit its %u bytes", tag.crc_bytes);
	*ret_tag = tag;
	return ISOKIT_OK;
}

static struct ondisk_udf_extent extent(const uint8_t *p)
{
	return (struct ondisk_udf_extent){ .bytes = get_le32(p), .lba = get_le32(p + 4) };
}

/* ---- strings, times, identifiers -------------------------------------------------- */

size_t ondisk_udf_name(const uint8_t *raw, size_t n, char *out, bool *ret_ok)
{
	unsigned bits = n ? raw[0] : 0;
	size_t used = 0;

	/* 254 and 255 stand in entries of deleted files (UDF 2.3.4.2). */
	*ret_ok = bits == 8 || (bits == 16 && n % 2 == 1);
	if (bits == 8 || bits == 254) {
		for (size_t i = 1; i < n; i++)
			used += utf8_encode(raw[i], out + used);
	} else if (bits == 16 || bits == 255) {
		used = utf16be_to_utf8(raw + 1, n - 1, out);
	}
	return used;
}

size_t ondisk_udf_dstring(const uint8_t *raw, size_t n, char *out)
{
	size_t length = n ? raw[n - 1] : 0;
	bool ok;

	/* The last byte counts what is used, with the compression id in front. */
	if (length < 2 || length > n - 1 || (raw[0] != 8 && raw[0] != 16))
		return 0;
	return ondisk_udf_name(raw, length, out, &ok);
}

bool ondisk_udf_time_decode(const uint8_t *raw, struct isokit_time *ret_time)
{
	static const uint8_t days[12] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	static const uint8_t unset[12];
	int zone = get_le16(raw) & 0xfff;
	struct isokit_time t = {
		.set = true,
		.year = (int16_t)get_le16(raw + 2),
		.month = raw[4],
		.day = raw[5],
		.hour = raw[6],
		.minute = raw[7],
		.second = raw[8],
		.hundredths = raw[9],
	};

	*ret_time = (struct isokit_time){ 0 };
	if (memcmp(raw, unset, sizeof(unset)) == 0)
		return true;
	if (t.year == 0 && t.month == 0 && t.day == 0)
		return true; /* only the time zone is filled in */
	if (t.year < 1 || t.year > 9999 || t.month < 1 || t.month > 12 || t.day < 1 ||
	    t.day > days[t.month - 1] || t.hour > 23 || t.minute > 59 || t.second > 60 ||
	    t.hundredths > 99)
		return false;
	/* 1/7.3.1: minutes in 12 bits with sign, -2047 is "not said"; only type 1 is
	 * local time. */
	zone = zone >= 0x800 ? zone - 0x1000 : zone;
	if (get_le16(raw) >> 12 == 1 && zone >= -1440 && zone <= 1440)
		t.gmt_quarters = (int8_t)(zone / 15);
	*ret_time = t;
	return true;
}

size_t ondisk_udf_entity_bytes(const uint8_t *raw32)
{
	size_t n = 23;

	while (n && (raw32[n] == 0 || raw32[n] == ' '))
		n--;
	return n;
}

bool ondisk_udf_entity_is(const uint8_t *raw32, const char *id)
{
	size_t n = strlen(id);

	return n <= 23 && memcmp(raw32 + 1, id, n) == 0 && (n == 23 || raw32[1 + n] == 0);
}

uint16_t ondisk_udf_entity_revision(const uint8_t *raw32)
{
	return get_le16(raw32 + 24);
}

/* ---- descriptors ------------------------------------------------------------------- */

uint32_t ondisk_udf_sequence_number(const uint8_t *raw)
{
	return get_le32(raw + 16);
}

void ondisk_udf_anchor_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_main,
			      struct ondisk_udf_extent *ret_reserve)
{
	*ret_main = extent(raw + 16);
	*ret_reserve = extent(raw + 24);
}

void ondisk_udf_pointer_decode(const uint8_t *raw, struct ondisk_udf_extent *ret_next)
{
	*ret_next = extent(raw + 20);
}

void ondisk_udf_primary_decode(const uint8_t *raw, struct ondisk_udf_primary *ret_primary)
{
	*ret_primary = (struct ondisk_udf_primary){
		.id = raw + 24,
		.set_id = raw + 72,
		.application = raw + 344,
		.recorded = raw + 376,
		.implementation = raw + 388,
	};
}

void ondisk_udf_partition_decode(const uint8_t *raw, struct ondisk_udf_partition *ret_partition)
{
	*ret_partition = (struct ondisk_udf_partition){
		.number = get_le16(raw + 22),
		.nsr = memcmp(raw + 25, "+NSR02", 6) == 0 ? 2 :
		       memcmp(raw + 25, "+NSR03", 6) == 0 ? 3 : 0,
		/* Partition header descriptor: the bitmap is its second extent. */
		.bitmap = extent(raw + 56 + 8),
		.access = get_le32(raw + 184),
		.start = get_le32(raw + 188),
		.blocks = get_le32(raw + 192),
	};
	ret_partition->bitmap.bytes &= 0x3fffffff; /* a short_ad: 4/14.14.1 */
}

void ondisk_udf_logical_decode(const uint8_t *raw, struct ondisk_udf_logical *ret_logical)
{
	*ret_logical = (struct ondisk_udf_logical){
		.id = raw + 84,
		.block_bytes = get_le32(raw + 212),
		/* Domain identifier suffix, UDF 2.1.5.3. */
		.revision = ondisk_udf_entity_is(raw + 216, "*OSTA UDF Compliant") ?
			    ondisk_udf_entity_revision(raw + 216) : 0,
		.file_set_bytes = get_le32(raw + 248) & 0x3fffffff,
		.file_set_block = get_le32(raw + 252),
		.file_set_ref = get_le16(raw + 256),
		.maps_bytes = get_le32(raw + 264),
		.n_maps = get_le32(raw + 268),
		.implementation = raw + 272,
		.integrity = extent(raw + 432),
		.maps = raw + 440,
	};
}

static void map_type2(const uint8_t *raw, struct ondisk_udf_map *m)
{
	const uint8_t *id = raw + 4;

	m->partition = get_le16(raw + 38);
	m->revision = ondisk_udf_entity_revision(id);
	if (ondisk_udf_entity_is(id, "*UDF Virtual Partition")) {
		m->kind = ONDISK_UDF_MAP_VIRTUAL;
	} else if (ondisk_udf_entity_is(id, "*UDF Sparable Partition")) {
		m->kind = ONDISK_UDF_MAP_SPARABLE;
		m->packet_blocks = get_le16(raw + 40);
		m->n_tables = raw[42] < 4 ? raw[42] : 4;
		m->table_bytes = get_le32(raw + 44);
		for (unsigned i = 0; i < m->n_tables; i++)
			m->tables[i] = get_le32(raw + 48 + (size_t)i * 4);
	} else if (ondisk_udf_entity_is(id, "*UDF Metadata Partition")) {
		m->kind = ONDISK_UDF_MAP_METADATA;
		m->main = get_le32(raw + 40);
		m->mirror = get_le32(raw + 44);
		m->bitmap = get_le32(raw + 48);
		m->duplicated = raw[58] & 1;
	}
}

size_t ondisk_udf_map_decode(const uint8_t *raw, size_t n, struct ondisk_udf_map *ret_map)
{
	struct ondisk_udf_map m = { .kind = ONDISK_UDF_MAP_UNKNOWN };
	size_t length;

	if (n < 2)
		return 0;
	length = raw[1];
	if (length < 2 || length > n)
		return 0;
	if (raw[0] == 1 && length == 6) {
		m.kind = ONDISK_UDF_MAP_PLAIN;
		m.partition = get_le16(raw + 4);
	} else if (raw[0] == 2 && length == MAP_BYTES) {
		map_type2(raw, &m);
	}
	*ret_map = m;
	return length;
}

void ondisk_udf_integrity_decode(const uint8_t *raw, size_t len,
				 struct ondisk_udf_integrity *ret_integrity)
{
	struct ondisk_udf_integrity v = {
		.recorded = raw + 16,
		.type = get_le32(raw + 28),
		.next = extent(raw + 32),
		.next_unique_id = get_le64(raw + 40),
		.n_partitions = get_le32(raw + 72),
	};
	uint64_t use = 80 + (uint64_t)v.n_partitions * 8;
	uint32_t use_bytes = get_le32(raw + 76);

	if (use <= len)
		v.sizes = raw + 80 + (size_t)v.n_partitions * 4;
	/* UDF 2.2.6.4: 46 bytes behind both tables. */
	if (use_bytes >= 46 && use <= len && use_bytes <= len - use) {
		const uint8_t *p = raw + use;

		v.has_counts = true;
		v.implementation = p;
		v.files = get_le32(p + ENTITY_BYTES);
		v.directories = get_le32(p + 36);
		v.min_read = get_le16(p + 40);
		v.min_write = get_le16(p + 42);
		v.max_write = get_le16(p + 44);
	}
	*ret_integrity = v;
}

bool ondisk_udf_sparing_decode(const uint8_t *raw, uint32_t *ret_entries, uint32_t *ret_sequence)
{
	if (!ondisk_udf_entity_is(raw + 16, "*UDF Sparing Table"))
		return false;
	*ret_entries = get_le16(raw + 48);
	*ret_sequence = get_le32(raw + 52);
	return true;
}

bool ondisk_udf_vat_decode(const uint8_t *raw, size_t len, struct ondisk_udf_vat *ret_vat)
{
	uint32_t head, use;

	if (len < 152)
		return false;
	head = get_le16(raw);
	use = get_le16(raw + 2);
	if (head < 152 || head % 4 != 0 || use > head - 152)
		return false;
	*ret_vat = (struct ondisk_udf_vat){
		.head_bytes = head,
		.id = raw + 4,
		.previous = get_le32(raw + 132),
		.has_counts = true,
		.files = get_le32(raw + 136),
		.directories = get_le32(raw + 140),
		.min_read = get_le16(raw + 144),
		.min_write = get_le16(raw + 146),
		.max_write = get_le16(raw + 148),
	};
	return true;
}

bool ondisk_udf_vat150_decode(const uint8_t *tail, struct ondisk_udf_vat *ret_vat)
{
	if (!ondisk_udf_entity_is(tail, "*UDF Virtual Alloc Tbl"))
		return false;
	*ret_vat = (struct ondisk_udf_vat){
		.tail_bytes = ONDISK_UDF_VAT_TAIL,
		.previous = get_le32(tail + ENTITY_BYTES),
	};
	return true;
}
