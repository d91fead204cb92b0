/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ondisk/hfs.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/fail.h"
#include "base/text.h"

enum {
	ATTRIBUTE_HARDWARE_LOCK = 1 << 7,
	ATTRIBUTE_UNMOUNTED = 1 << 8,
	ATTRIBUTE_JOURNALED = 1 << 13,
	ATTRIBUTE_SOFTWARE_LOCK = 1 << 15,
	NODE_DESCRIPTOR_BYTES = 14,
	NODE_HEADER = 1,
	NODE_LEAF = -1,
	FOLDER_BYTES = 88, FILE_BYTES = 248, /* of records */
};

static void take_attributes(struct ondisk_hfs *h, uint32_t attributes)
{
	h->unmounted = attributes & ATTRIBUTE_UNMOUNTED;
	h->locked = attributes & (ATTRIBUTE_HARDWARE_LOCK | ATTRIBUTE_SOFTWARE_LOCK);
}

static void take_finder(struct ondisk_hfs *h, const uint8_t *p)
{
	for (int i = 0; i < 8; i++)
		h->finder[i] = get_be32(p + i * 4);
}

/* The master directory block, "Inside Macintosh: Files" 2-60. */
static void decode_mdb(const uint8_t *raw, struct ondisk_hfs *h)
{
	*h = (struct ondisk_hfs){
		.kind = ONDISK_HFS,
		.created = get_be32(raw + 2),
		.modified = get_be32(raw + 6),
		.blocks = get_be16(raw + 18),
		.block_bytes = get_be32(raw + 20),
		.first_block_at = (uint64_t)get_be16(raw + 28) * 512,
		.free_blocks = get_be16(raw + 34),
		.files = get_be32(raw + 84),
		.folders = get_be32(raw + 88),
		.name_bytes = raw[36] <= 27 ? raw[36] : 27,
		.embeds = memcmp(raw + 124, "H+", 2) == 0 || memcmp(raw + 124, "HX", 2) == 0,
		.embedded = { .start = get_be16(raw + 126), .blocks = get_be16(raw + 128) },
	};
	memcpy(h->name, raw + 37, h->name_bytes);
	take_attributes(h, get_be16(raw + 10));
	take_finder(h, raw + 92);
}

/* The volume header, TN1150. */
static void decode_header(const uint8_t *raw, struct ondisk_hfs *h)
{
	*h = (struct ondisk_hfs){
		.kind = raw[1] == 'X' ? ONDISK_HFSX : ONDISK_HFSPLUS,
		.journaled = get_be32(raw + 4) & ATTRIBUTE_JOURNALED,
		.created = get_be32(raw + 16),
		.modified = get_be32(raw + 20),
		.files = get_be32(raw + 32),
		.folders = get_be32(raw + 36),
		.block_bytes = get_be32(raw + 40),
		.blocks = get_be32(raw + 44),
		.free_blocks = get_be32(raw + 48),
		.catalog_bytes = get_be64(raw + 272),
	};
	take_attributes(h, get_be32(raw + 4));
	take_finder(h, raw + 80);
	for (int i = 0; i < 4; i++)
		h->last_mounted[i] = raw[8 + i] >= ' ' && raw[8 + i] < 127 ? (char)raw[8 + i] : '?';
	for (int i = 0; i < 8; i++)
		h->catalog[i] = (struct ondisk_hfs_extent){
			.start = get_be32(raw + 288 + i * 8),
			.blocks = get_be32(raw + 292 + i * 8),
		};
}

enum isokit_status ondisk_hfs_decode(const uint8_t *raw, struct ondisk_hfs *ret,
				     struct isokit_error *err)
{
	static const char subject[] = "HFS volume header";
	struct ondisk_hfs h;

	if (memcmp(raw, "BD", 2) == 0)
		decode_mdb(raw, &h);
	else if ((memcmp(raw, "H+", 2) == 0 && get_be16(raw + 2) == 4) ||
		 (memcmp(raw, "HX", 2) == 0 && get_be16(raw + 2) == 5))
		decode_header(raw, &h);
	else
		return isokit_fail(err, ISOKIT_E_NOT_ISO, 0, subject, "no signature");
	/* HFS: a multiple of 512; HFS+: a power of two. */
	if (h.block_bytes < 512 || h.block_bytes % 512 || h.blocks == 0 ||
	    (h.kind != ONDISK_HFS && (h.block_bytes & (h.block_bytes - 1))))
		return isokit_fail(err, ISOKIT_E_CORRUPT, 0, subject,
				   "%u blocks of %u bytes cannot be", h.blocks, h.block_bytes);
	*ret = h;
	return ISOKIT_OK;
}

bool ondisk_hfsplus_tree_decode(const uint8_t *raw, uint16_t *ret_node_bytes,
				uint32_t *ret_first_leaf)
{
	uint16_t node_bytes = get_be16(raw + NODE_DESCRIPTOR_BYTES + 18);

	if (raw[8] != NODE_HEADER || node_bytes < 512 || node_bytes > 32768 ||
	    (node_bytes & (node_bytes - 1)))
		return false;
	*ret_node_bytes = node_bytes;
	*ret_first_leaf = get_be32(raw + NODE_DESCRIPTOR_BYTES + 10);
	return *ret_first_leaf != 0;
}

/* A record: length of its key, then the key (parent, length of the name in UTF-16
 * units, name), then the data, which begins with the type. Offsets of records stand
 * at the end of the node, the last one first. */
struct key {
	uint32_t parent;
	const uint8_t *name;
	size_t units; /* of the name */
	size_t data;  /* where its data begin: at least the type is there */
};

static bool take_key(const uint8_t *node, size_t bytes, size_t index, struct key *ret_key)
{
	size_t at = get_be16(node + bytes - 2 * (index + 1)), key_bytes, units;

	if (at < NODE_DESCRIPTOR_BYTES || at > bytes - 10)
		return false;
	key_bytes = get_be16(node + at);
	units = get_be16(node + at + 6);
	if (key_bytes < 6 || key_bytes + 4 > bytes - at || units > 255 ||
	    6 + units * 2 > key_bytes)
		return false;
	*ret_key = (struct key){ .parent = get_be32(node + at + 2), .name = node + at + 8,
				 .units = units, .data = at + 2 + key_bytes };
	return true;
}

size_t ondisk_hfsplus_root_name(const uint8_t *node, size_t bytes, char *out)
{
	struct key key;

	if (bytes < 512 || ondisk_hfsplus_leaf_records(node, bytes) == 0 ||
	    !take_key(node, bytes, 0, &key) || key.parent != ONDISK_HFS_ROOT_PARENT ||
	    get_be16(node + key.data) != ONDISK_HFS_FOLDER)
		return 0;
	return utf16be_to_utf8(key.name, key.units * 2, out);
}

size_t ondisk_hfsplus_leaf_records(const uint8_t *node, size_t bytes)
{
	size_t n = get_be16(node + 10), most = (bytes - NODE_DESCRIPTOR_BYTES) / 2;

	return (int8_t)node[8] != NODE_LEAF ? 0 : n < most ? n : most;
}

bool ondisk_hfsplus_record_decode(const uint8_t *node, size_t bytes, size_t index,
				  struct ondisk_hfs_record *ret_record, char *name)
{
	struct ondisk_hfs_record r = { 0 };
	const uint8_t *data;
	struct key key;
	unsigned kind;

	if (!take_key(node, bytes, index, &key))
		return false;
	data = node + key.data;
	kind = get_be16(data);
	if ((kind != ONDISK_HFS_FOLDER && kind != ONDISK_HFS_FILE) ||
	    (kind == ONDISK_HFS_FOLDER ? FOLDER_BYTES : FILE_BYTES) > bytes - key.data)
		return false;
	r.kind = (enum ondisk_hfs_record_kind)kind;
	r.parent = key.parent;
	r.id = get_be32(data + 8);
	r.name_bytes = utf16be_to_utf8(key.name, key.units * 2, name);
	if (r.kind == ONDISK_HFS_FILE) {
		memcpy(r.info, data + 48, sizeof(r.info));
		r.finder_flags = get_be16(data + 56);
		r.bytes = get_be64(data + 88);
		r.first_block = get_be32(data + 104);
		r.resource_bytes = get_be64(data + 168);
	}
	*ret_record = r;
	return true;
}

size_t ondisk_macroman_to_utf8(const uint8_t *p, size_t n, char *out)
{
	/* Apple's table of 1998 (with the euro sign) for bytes from 80 hex on. */
	static const uint16_t high[128] = {
		0x00c4, 0x00c5, 0x00c7, 0x00c9, 0x00d1, 0x00d6, 0x00dc, 0x00e1, 0x00e0, 0x00e2,
		0x00e4, 0x00e3, 0x00e5, 0x00e7, 0x00e9, 0x00e8, 0x00ea, 0x00eb, 0x00ed, 0x00ec,
		0x00ee, 0x00ef, 0x00f1, 0x00f3, 0x00f2, 0x00f4, 0x00f6, 0x00f5, 0x00fa, 0x00f9,
		0x00fb, 0x00fc, 0x2020, 0x00b0, 0x00a2, 0x00a3, 0x00a7, 0x2022, 0x00b6, 0x00df,
		0x00ae, 0x00a9, 0x2122, 0x00b4, 0x00a8, 0x2260, 0x00c6, 0x00d8, 0x221e, 0x00b1,
		0x2264, 0x2265, 0x00a5, 0x00b5, 0x2202, 0x2211, 0x220f, 0x03c0, 0x222b, 0x00aa,
		0x00ba, 0x03a9, 0x00e6, 0x00f8, 0x00bf, 0x00a1, 0x00ac, 0x221a, 0x0192, 0x2248,
		0x2206, 0x00ab, 0x00bb, 0x2026, 0x00a0, 0x00c0, 0x00c3, 0x00d5, 0x0152, 0x0153,
		0x2013, 0x2014, 0x201c, 0x201d, 0x2018, 0x2019, 0x00f7, 0x25ca, 0x00ff, 0x0178,
		0x2044, 0x20ac, 0x2039, 0x203a, 0xfb01, 0xfb02, 0x2021, 0x00b7, 0x201a, 0x201e,
		0x2030, 0x00c2, 0x00ca, 0x00c1, 0x00cb, 0x00c8, 0x00cd, 0x00ce, 0x00cf, 0x00cc,
		0x00d3, 0x00d4, 0xf8ff, 0x00d2, 0x00da, 0x00db, 0x00d9, 0x0131, 0x02c6, 0x02dc,
		0x00af, 0x02d8, 0x02d9, 0x02da, 0x00b8, 0x02dd, 0x02db, 0x02c7,
	};
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += utf8_encode(p[i] < 128 ? p[i] : high[p[i] - 128], out + used);
	return used;
}

/* Civil date of a day number (days since 1904-01-01, which was a Friday; 1904 was
 * a leap year, and so is every fourth year up to 2040, when the counter ends). */
void ondisk_hfs_time(uint32_t seconds, struct isokit_time *ret_time)
{
	static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t days = seconds / 86400, second = seconds % 86400;
	uint32_t year = 1904 + days / 1461 * 4, month = 0;

	*ret_time = (struct isokit_time){ 0 };
	if (seconds == 0)
		return;
	days %= 1461;
	if (days >= 366) {
		year += 1 + (days - 366) / 365;
		days = (days - 366) % 365;
	}
	for (;;) {
		uint32_t n = lengths[month] + (month == 1 && year % 4 == 0 ? 1u : 0u);

		if (days < n)
			break;
		days -= n;
		month++;
	}
	*ret_time = (struct isokit_time){
		.set = true,
		.year = (int32_t)year,
		.month = (uint8_t)(month + 1),
		.day = (uint8_t)(days + 1),
		.hour = (uint8_t)(second / 3600),
		.minute = (uint8_t)(second / 60 % 60),
		.second = (uint8_t)(second % 60),
	};
}
