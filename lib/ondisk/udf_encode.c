/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/udf_encode.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/text.h"

enum { ENTITY_BYTES = 32, CHARSPEC_BYTES = 64, NSR03_FROM = 0x0200 };

/* ---- parts of descriptors ------------------------------------------------------------ */

void ondisk_udf_tag_encode(const struct ondisk_udf_dialect *dialect, uint8_t *raw, uint16_t id,
			   uint32_t location, size_t bytes)
{
	unsigned sum = 0;

	memset(raw, 0, ONDISK_UDF_TAG_BYTES);
	put_le16(raw, id);
	put_le16(raw + 2, dialect->revision >= NSR03_FROM ? 3 : 2);
	put_le16(raw + 8, ondisk_udf_crc(0, raw + ONDISK_UDF_TAG_BYTES,
					 bytes - ONDISK_UDF_TAG_BYTES));
	put_le16(raw + 10, (uint16_t)(bytes - ONDISK_UDF_TAG_BYTES));
	put_le32(raw + 12, location);
	for (size_t i = 0; i < ONDISK_UDF_TAG_BYTES; i++)
		sum += raw[i];
	raw[4] = (uint8_t)sum;
}

size_t ondisk_udf_name_encode(const char *utf8, size_t n, uint8_t *out, size_t most)
{
	const uint8_t *p = (const uint8_t *)utf8;
	size_t used = 1, units = 0;
	uint32_t code, highest = 0;

	for (size_t at = 0, k; at < n; at += k) {
		k = utf8_decode(p + at, n - at, &code);
		if (k == 0)
			return 0;
		highest = code > highest ? code : highest;
		units += code > 0xffff ? 2 : 1;
	}
	if (units == 0 || units >= most || (highest > 0xff && units > (most - 1) / 2))
		return 0;
	out[0] = highest > 0xff ? 16 : 8;
	for (size_t at = 0; at < n;) {
		at += utf8_decode(p + at, n - at, &code);
		if (highest <= 0xff) {
			out[used++] = (uint8_t)code;
			continue;
		}
		if (code > 0xffff) {
			put_be16(out + used, (uint16_t)(0xd800 + ((code - 0x10000) >> 10)));
			used += 2;
			code = 0xdc00 + ((code - 0x10000) & 0x3ff);
		}
		put_be16(out + used, (uint16_t)code);
		used += 2;
	}
	return used;
}

void ondisk_udf_dstring_encode(const char *utf8, uint8_t *field, size_t n)
{
	size_t bytes = strlen(utf8), used = 0;

	memset(field, 0, n);
	/* Drop characters from the end until the rest fits. */
	while (bytes && !(used = ondisk_udf_name_encode(utf8, bytes, field, n - 1)))
		bytes--;
	field[n - 1] = (uint8_t)used;
}

void ondisk_udf_time_encode(int64_t seconds, uint32_t ns, uint8_t *raw)
{
	/* Years 1 and 9999 in seconds of the epoch. */
	const int64_t least = -62135596800, most = 253402300799;
	int64_t t = seconds < least ? least : seconds > most ? most : seconds;
	int64_t days = t / 86400 - (t % 86400 < 0), rest = t - days * 86400;
	/* Years that begin in March, counted from the year 0, in eras of 400. */
	int64_t z = days + 719468, era = z / 146097 - (z % 146097 < 0);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), month = (5 * doy + 2) / 153;
	uint32_t micro = ns / 1000;

	put_le16(raw, 0x1000); /* local time, no minutes from UTC */
	put_le16(raw + 2, (uint16_t)(yoe + era * 400 + (month >= 10)));
	raw[4] = (uint8_t)(month < 10 ? month + 3 : month - 9);
	raw[5] = (uint8_t)(doy - (153 * month + 2) / 5 + 1);
	raw[6] = (uint8_t)(rest / 3600);
	raw[7] = (uint8_t)(rest / 60 % 60);
	raw[8] = (uint8_t)(rest % 60);
	raw[9] = (uint8_t)(micro / 10000);
	raw[10] = (uint8_t)(micro / 100 % 100);
	raw[11] = (uint8_t)(micro % 100);
}

/* 1/7.4: flags, identifier, suffix. */
static void put_entity(uint8_t *raw, const char *id)
{
	memset(raw, 0, ENTITY_BYTES);
	memcpy(raw + 1, id, strlen(id));
}

/* UDF 2.1.5.3: revision and flags; both write protections, as nothing can be written. */
static void put_domain(const struct ondisk_udf_dialect *dialect, uint8_t *raw)
{
	enum { HARD_WRITE_PROTECT = 1, SOFT_WRITE_PROTECT = 2 };

	put_entity(raw, "*OSTA UDF Compliant");
	put_le16(raw + 24, dialect->revision);
	raw[26] = HARD_WRITE_PROTECT | SOFT_WRITE_PROTECT;
}

/* 1/7.2.1, UDF 2.1.2. */
static void put_charspec(uint8_t *raw)
{
	memcpy(raw + 1, "OSTA Compressed Unicode", 23);
}

static void put_extent(uint8_t *raw, uint32_t blocks, uint32_t lba)
{
	put_le32(raw, blocks * ONDISK_UDF_BLOCK);
	put_le32(raw + 4, lba);
}

void ondisk_udf_short_encode(uint8_t *raw, uint32_t bytes, unsigned type, uint32_t block)
{
	put_le32(raw, bytes | (uint32_t)type << 30);
	put_le32(raw + 4, block);
}

void ondisk_udf_long_encode(uint8_t *raw, uint32_t bytes, uint32_t block)
{
	memset(raw, 0, 16);
	put_le32(raw, bytes);
	put_le32(raw + 4, block);
}

/* ---- the volume ------------------------------------------------------------------------ */

void ondisk_udf_recognition_encode(uint8_t *block, const char *id)
{
	memcpy(block + 1, id, 5);
	block[6] = 1;
}

void ondisk_udf_anchor_encode(const struct ondisk_udf_volume *v, uint8_t *block,
			      uint32_t location)
{
	put_extent(block + 16, v->sequence_blocks, v->sequence[0]);
	put_extent(block + 24, v->sequence_blocks, v->sequence[1]);
	ondisk_udf_tag_encode(&v->dialect, block, ONDISK_UDF_ANCHOR, location,
			      ONDISK_UDF_DESCRIPTOR);
}

/* 3/10.1, UDF 2.2.2 */
static void put_primary(const struct ondisk_udf_volume *v, uint8_t *p, uint32_t location)
{
	ondisk_udf_dstring_encode(v->label, p + 24, 32);
	put_le16(p + 56, 1); /* the first volume of a set of one */
	put_le16(p + 58, 1);
	put_le16(p + 60, 2); /* interchange level: single volume; at most: multi-volume */
	put_le16(p + 62, 3);
	put_le32(p + 64, 1); /* character set list: CS0 */
	put_le32(p + 68, 1);
	ondisk_udf_dstring_encode(v->set_id, p + 72, 128);
	put_charspec(p + 200);
	put_charspec(p + 264);
	put_entity(p + 344, v->dialect.author);
	ondisk_udf_time_encode(v->time, 0, p + 376);
	put_entity(p + 388, v->dialect.author);
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_PRIMARY, location,
			      ONDISK_UDF_DESCRIPTOR);
}

/* 3/10.4, UDF 2.2.7 */
static void put_information(const struct ondisk_udf_volume *v, uint8_t *p, uint32_t location)
{
	put_le32(p + 16, 1);
	put_entity(p + 20, "*UDF LV Info");
	put_le16(p + 20 + 24, v->dialect.revision);
	put_charspec(p + 52);
	ondisk_udf_dstring_encode(v->label, p + 116, 128);
	put_entity(p + 352, v->dialect.author);
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_IMPLEMENTATION, location,
			      ONDISK_UDF_DESCRIPTOR);
}

/* 3/10.5 */
static void put_partition(const struct ondisk_udf_volume *v, uint8_t *p, uint32_t location)
{
	put_le32(p + 16, 2);
	put_le16(p + 20, 1); /* space is allocated */
	put_entity(p + 24, v->dialect.revision >= NSR03_FROM ? "+NSR03" : "+NSR02");
	put_le32(p + 184, 1); /* read only */
	put_le32(p + 188, v->start);
	put_le32(p + 192, v->blocks);
	put_entity(p + 196, v->dialect.author);
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_PARTITION, location,
			      ONDISK_UDF_DESCRIPTOR);
}

/* 3/10.6, UDF 2.2.4 */
static void put_logical(const struct ondisk_udf_volume *v, uint8_t *p, uint32_t location)
{
	enum { MAP_BYTES = 6, AT = 440 };

	put_le32(p + 16, 3);
	put_charspec(p + 20);
	ondisk_udf_dstring_encode(v->label, p + 84, 128);
	put_le32(p + 212, ONDISK_UDF_BLOCK);
	put_domain(&v->dialect, p + 216);
	ondisk_udf_long_encode(p + 248, 2 * ONDISK_UDF_BLOCK, v->file_set);
	put_le32(p + 264, MAP_BYTES);
	put_le32(p + 268, 1);
	put_entity(p + 272, v->dialect.author);
	put_extent(p + 432, 2, v->integrity);
	p[AT] = 1; /* type 1: volume 1 of the set, partition 0 */
	p[AT + 1] = MAP_BYTES;
	put_le16(p + AT + 2, 1);
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_LOGICAL, location, AT + MAP_BYTES);
}

void ondisk_udf_sequence_encode(const struct ondisk_udf_volume *v, uint8_t *blocks,
				uint32_t location)
{
	uint8_t *p = blocks;

	put_primary(v, p, location++);
	put_information(v, p += ONDISK_UDF_BLOCK, location++);
	put_partition(v, p += ONDISK_UDF_BLOCK, location++);
	put_logical(v, p += ONDISK_UDF_BLOCK, location++);
	p += ONDISK_UDF_BLOCK; /* 3/10.8: no space outside the partition is free */
	put_le32(p + 16, 4);
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_UNALLOCATED, location++, 24);
	p += ONDISK_UDF_BLOCK;
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_TERMINATOR, location,
			      ONDISK_UDF_DESCRIPTOR);
}

void ondisk_udf_integrity_encode(const struct ondisk_udf_volume *v, uint8_t *p)
{
	enum { CLOSED = 1, USE_BYTES = 46, USE_AT = 88 };
	uint16_t revision = v->dialect.revision;

	/* 3/10.10, UDF 2.2.6 */
	ondisk_udf_time_encode(v->time, 0, p + 16);
	put_le32(p + 28, CLOSED);
	put_le64(p + 40, v->next_unique_id);
	put_le32(p + 72, 1);
	put_le32(p + 76, USE_BYTES);
	put_le32(p + 84, v->blocks);
	put_entity(p + USE_AT, v->dialect.author);
	put_le32(p + USE_AT + 32, v->files);
	put_le32(p + USE_AT + 36, v->directories);
	put_le16(p + USE_AT + 40, revision);
	put_le16(p + USE_AT + 42, revision);
	put_le16(p + USE_AT + 44, revision);
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_INTEGRITY, v->integrity,
			      USE_AT + USE_BYTES);
	ondisk_udf_tag_encode(&v->dialect, p + ONDISK_UDF_BLOCK, ONDISK_UDF_TERMINATOR,
			      v->integrity + 1, ONDISK_UDF_DESCRIPTOR);
}

/* ---- files -------------------------------------------------------------------------------- */

/* 4/14.1, UDF 2.3.2 */
void ondisk_udf_file_set_encode(const struct ondisk_udf_volume *v, uint8_t *p)
{
	ondisk_udf_time_encode(v->time, 0, p + 16);
	put_le16(p + 28, 3); /* interchange level, and the highest one */
	put_le16(p + 30, 3);
	put_le32(p + 32, 1);
	put_le32(p + 36, 1);
	put_charspec(p + 48);
	ondisk_udf_dstring_encode(v->label, p + 112, 128);
	put_charspec(p + 240);
	ondisk_udf_dstring_encode(v->label, p + 304, 32);
	ondisk_udf_long_encode(p + 400, ONDISK_UDF_BLOCK, v->root);
	put_domain(&v->dialect, p + 416);
	ondisk_udf_tag_encode(&v->dialect, p, ONDISK_UDF_FILE_SET, v->file_set,
			      ONDISK_UDF_DESCRIPTOR);
	ondisk_udf_tag_encode(&v->dialect, p + ONDISK_UDF_BLOCK, ONDISK_UDF_TERMINATOR,
			      v->file_set + 1, ONDISK_UDF_DESCRIPTOR);
}

/* 4/14.9.5: execute, write, read, change attributes, delete, for others, group, owner,
 * from the lowest bit. Who may write may do the last two (UDF 3.3.3.3). */
static uint32_t permissions(uint32_t mode)
{
	uint32_t all = 0;

	for (unsigned who = 0; who < 3; who++) {
		uint32_t bits = mode >> who * 3 & 7;

		all |= (bits | (bits & 2 ? 0x18u : 0)) << who * 5;
	}
	return all;
}

void ondisk_udf_entry_encode(const struct ondisk_udf_dialect *dialect, uint8_t *p,
			     uint32_t location, const struct ondisk_udf_new_entry *e)
{
	uint16_t flags = e->ad_kind;

	if (e->mode & 04000)
		flags |= 0x40;
	if (e->mode & 02000)
		flags |= 0x80;
	if (e->mode & 01000)
		flags |= 0x100;
	put_le16(p + 20, 4); /* strategy */
	put_le16(p + 24, 1); /* one entry */
	p[27] = e->type;
	put_le16(p + 34, flags);
	put_le32(p + 36, e->uid);
	put_le32(p + 40, e->gid);
	put_le32(p + 44, permissions(e->mode));
	put_le16(p + 48, e->links);
	put_le64(p + 56, e->bytes);
	put_le64(p + 64, e->blocks);
	for (size_t at = 72; at < 108; at += 12) /* access, modification, attributes */
		ondisk_udf_time_encode(e->time, e->time_ns, p + at);
	put_le32(p + 108, 1); /* checkpoint */
	put_entity(p + 128, dialect->author);
	put_le64(p + 160, e->unique_id);
	put_le32(p + 168, (uint32_t)e->ea_bytes);
	put_le32(p + 172, (uint32_t)e->ad_bytes);
	ondisk_udf_tag_encode(dialect, p, ONDISK_UDF_FILE_ENTRY, location,
			      ONDISK_UDF_ENTRY_HEAD + e->ea_bytes + e->ad_bytes);
}

size_t ondisk_udf_device_encode(const struct ondisk_udf_dialect *dialect, uint8_t *raw,
				uint32_t location, uint32_t major, uint32_t minor)
{
	enum { HEADER = 262, HEADER_BYTES = 24, DEVICE = 12, ATTRIBUTE_BYTES = 24 };
	uint8_t *p = raw + HEADER_BYTES;

	put_le32(p, DEVICE);
	p[4] = 1;
	put_le32(p + 8, ATTRIBUTE_BYTES + ENTITY_BYTES);
	put_le32(p + 12, ENTITY_BYTES);
	put_le32(p + 16, major);
	put_le32(p + 20, minor);
	put_entity(p + ATTRIBUTE_BYTES, dialect->author);
	/* 4/14.10.1: neither implementation nor application attributes: they would begin
	 * behind the end. */
	put_le32(raw + 16, ONDISK_UDF_DEVICE_BYTES);
	put_le32(raw + 20, ONDISK_UDF_DEVICE_BYTES);
	ondisk_udf_tag_encode(dialect, raw, HEADER, location, HEADER_BYTES);
	return ONDISK_UDF_DEVICE_BYTES;
}

void ondisk_udf_aed_encode(const struct ondisk_udf_dialect *dialect, uint8_t *block,
			   uint32_t location, size_t ad_bytes)
{
	put_le32(block + 20, (uint32_t)ad_bytes);
	/* UDF 2.3.11: the CRC may leave the descriptors out, but need not. */
	ondisk_udf_tag_encode(dialect, block, ONDISK_UDF_ALLOCATION_EXTENT, location,
			      ONDISK_UDF_AED_HEAD + ad_bytes);
}

size_t ondisk_udf_fid_bytes(size_t name_bytes)
{
	return (ONDISK_UDF_FID_HEAD + name_bytes + 3) & ~(size_t)3;
}

size_t ondisk_udf_fid_encode(const struct ondisk_udf_dialect *dialect, uint8_t *raw,
			     uint32_t location, uint8_t characteristics, uint32_t icb,
			     uint32_t unique_id, const uint8_t *name, size_t name_bytes)
{
	size_t bytes = ondisk_udf_fid_bytes(name_bytes);

	memset(raw, 0, bytes);
	put_le16(raw + 16, 1);
	raw[18] = characteristics;
	raw[19] = (uint8_t)name_bytes;
	ondisk_udf_long_encode(raw + 20, ONDISK_UDF_BLOCK, icb);
	/* UDF 2.3.4.3, from 2.00 on. */
	if (dialect->revision >= NSR03_FROM)
		put_le32(raw + 32, unique_id);
	if (name_bytes)
		memcpy(raw + ONDISK_UDF_FID_HEAD, name, name_bytes);
	ondisk_udf_tag_encode(dialect, raw, ONDISK_UDF_FILE_IDENTIFIER, location, bytes);
	return bytes;
}

size_t ondisk_udf_component_encode(uint8_t *raw, uint8_t type, const uint8_t *name,
				   size_t name_bytes)
{
	memset(raw, 0, 4);
	raw[0] = type;
	raw[1] = (uint8_t)name_bytes;
	if (name_bytes)
		memcpy(raw + 4, name, name_bytes);
	return 4 + name_bytes;
}
