/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "udf_disc.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/text.h"
#include "disc.h"
#include "ondisk/udf.h"
#include "unit.h"

uint8_t *ud_sector(struct ud *d, uint32_t sector)
{
	ck_assert_uint_lt(sector, UD_BLOCKS);
	return d->bytes + (size_t)sector * UD_UNIT;
}

uint8_t *ud_block(struct ud *d, uint32_t block)
{
	switch (d->kind) {
	case UD_PLAIN: break;
	case UD_SPARABLE: block = block < UD_PACKET ? UD_SPARE + block : block; break;
	case UD_VIRTUAL: block += 40; break; /* what ud_finish() writes into the table */
	case UD_METADATA: block += UD_META_MAIN + 1; break;
	}
	return ud_sector(d, UD_START + block);
}

void ud_tag(uint8_t *p, uint16_t id, uint32_t location, size_t bytes)
{
	unsigned sum = 0;

	put_le16(p, id);
	put_le16(p + 2, 2);
	put_le16(p + 8, ondisk_udf_crc(0, p + 16, bytes - 16));
	put_le16(p + 10, (uint16_t)(bytes - 16));
	put_le32(p + 12, location);
	p[4] = 0;
	for (int i = 0; i < 16; i++)
		sum += p[i];
	p[4] = (uint8_t)sum;
}

size_t ud_short(uint8_t *p, uint32_t bytes, unsigned type, uint32_t block)
{
	put_le32(p, bytes | (uint32_t)type << 30);
	put_le32(p + 4, block);
	return 8;
}

size_t ud_long(uint8_t *p, uint32_t bytes, unsigned type, uint32_t block, uint16_t ref)
{
	put_le32(p, bytes | (uint32_t)type << 30);
	put_le32(p + 4, block);
	put_le16(p + 8, ref);
	memset(p + 10, 0, 6);
	return 16;
}

/* 2026-03-05 14:15:16.17, one hour and a half before UTC. */
static void put_time(uint8_t *p)
{
	put_le16(p, (uint16_t)(0x1000 | (-90 & 0xfff)));
	put_le16(p + 2, 2026);
	memcpy(p + 4, "\3\5\16\17\20\21", 6);
}

static void put_domain(uint8_t *p, uint16_t revision)
{
	memcpy(p + 1, "*OSTA UDF Compliant", 19);
	put_le16(p + 24, revision);
}

static void put_entry(uint8_t *p, uint32_t location, struct ud_entry e)
{
	size_t head = e.extended ? 216 : 176;

	memset(p, 0, UD_UNIT);
	put_le16(p + 20, e.strategy ? e.strategy : 4);
	put_le16(p + 24, 1);
	p[27] = e.type;
	put_le16(p + 34, (uint16_t)(e.kind | e.flags));
	put_le32(p + 36, 1000);
	put_le32(p + 40, UINT32_MAX);
	put_le32(p + 44, 7u << 10 | 5u << 5 | 4); /* 0754 */
	put_le16(p + 48, e.links ? e.links : 1);
	put_le64(p + 56, e.bytes);
	if (e.extended)
		put_le64(p + 64, e.bytes);
	if (e.kind != ONDISK_UDF_AD_EMBEDDED)
		put_le64(p + (e.extended ? 72 : 64), e.blocks ? e.blocks : (e.bytes + UD_UNIT - 1) / UD_UNIT);
	put_time(p + (e.extended ? 92 : 84));
	put_le64(p + (e.extended ? 200 : 160), location + 16);
	put_le32(p + head - 8, (uint32_t)e.ea_bytes);
	put_le32(p + head - 4, (uint32_t)e.ads_bytes);
	if (e.ea_bytes)
		memcpy(p + head, e.ea, e.ea_bytes);
	if (e.ads_bytes)
		memcpy(p + head + e.ea_bytes, e.ads, e.ads_bytes);
	ud_tag(p, e.extended ? ONDISK_UDF_EXTENDED_FILE_ENTRY : ONDISK_UDF_FILE_ENTRY, location,
	       head + e.ea_bytes + e.ads_bytes);
}

void ud_entry(struct ud *d, struct ud_entry e)
{
	put_entry(ud_block(d, e.block), e.block, e);
}

size_t ud_fid(struct ud *d, uint8_t *p, const char *name, size_t name_bytes, uint32_t icb,
	      uint8_t characteristics, uint32_t location)
{
	size_t length = (38 + name_bytes + 3) / 4 * 4;

	memset(p, 0, length);
	put_le16(p + 16, 1);
	p[18] = characteristics;
	p[19] = (uint8_t)name_bytes;
	ud_long(p + 20, UD_UNIT, 0, icb, d->ref);
	memcpy(p + 38, name, name_bytes);
	ud_tag(p, ONDISK_UDF_FILE_IDENTIFIER, location, length);
	return length;
}

static void write_root(struct ud *d)
{
	uint8_t ad[8];

	ud_short(ad, (uint32_t)d->fid_at, 0, UD_ROOT_DATA);
	ud_entry(d, (struct ud_entry){ .block = UD_ROOT, .type = ONDISK_UDF_TYPE_DIRECTORY,
				       .bytes = d->fid_at, .ads = ad, .ads_bytes = 8 });
}

void ud_add(struct ud *d, const char *name, uint32_t icb, uint8_t characteristics)
{
	char raw[255] = "\10";

	memcpy(raw + 1, name, strlen(name));
	d->fid_at += ud_fid(d, ud_block(d, UD_ROOT_DATA) + d->fid_at, raw, strlen(name) + 1, icb,
			    characteristics, UD_ROOT_DATA);
	write_root(d);
}

static void recognition(struct ud *d, uint32_t sector, const char *id)
{
	memcpy(ud_sector(d, sector) + 1, id, 5);
	ud_sector(d, sector)[6] = 1;
}

static void type2_map(uint8_t *p, const char *id, uint16_t revision)
{
	p[0] = 2;
	p[1] = 64;
	memcpy(p + 5, id, strlen(id));
	put_le16(p + 28, revision);
	put_le16(p + 36, 1);
}

static size_t put_maps(struct ud *d, uint8_t *p)
{
	uint8_t *start = p;

	if (d->kind != UD_SPARABLE) {
		memcpy(p, "\1\6\1\0\0\0", 6);
		p += 6;
	}
	if (d->kind == UD_SPARABLE) {
		type2_map(p, "*UDF Sparable Partition", d->revision);
		put_le16(p + 40, UD_PACKET);
		p[42] = 2;
		put_le32(p + 44, 2048);
		put_le32(p + 48, UD_SPARING);
		put_le32(p + 52, UD_SPARING + 2);
		p += 64;
	} else if (d->kind == UD_VIRTUAL) {
		type2_map(p, "*UDF Virtual Partition", d->revision);
		p += 64;
	} else if (d->kind == UD_METADATA) {
		type2_map(p, "*UDF Metadata Partition", d->revision);
		put_le32(p + 40, UD_META_MAIN);
		put_le32(p + 44, UD_META_MIRROR);
		put_le32(p + 48, UINT32_MAX);
		put_le32(p + 52, 32);
		put_le16(p + 56, 1);
		p[58] = 1;
		p += 64;
	}
	return (size_t)(p - start);
}

static void put_sequence(struct ud *d, uint32_t at)
{
	uint8_t *primary = ud_sector(d, at), *logical = ud_sector(d, at + 1),
		*partition = ud_sector(d, at + 2);
	size_t maps;

	memcpy(primary + 24, "\10VOLUME", 7);
	primary[24 + 31] = 7;
	memcpy(primary + 72, "\10SET", 4);
	primary[72 + 127] = 4;
	put_le16(primary + 56, 1);
	put_le16(primary + 58, 1);
	memcpy(primary + 345, "*Application", 12);
	memcpy(primary + 389, "*Implementation", 15);
	put_time(primary + 376);
	ud_tag(primary, ONDISK_UDF_PRIMARY, at, 512);

	put_le32(logical + 16, 1);
	memcpy(logical + 84, "\10Name", 5);
	logical[84 + 127] = 5;
	put_le32(logical + 212, UD_UNIT);
	put_domain(logical + 216, d->revision);
	ud_long(logical + 248, UD_UNIT, 0, 0, d->ref);
	maps = put_maps(d, logical + 440);
	put_le32(logical + 264, (uint32_t)maps);
	put_le32(logical + 268, d->ref + 1u);
	put_le32(logical + 432, UD_UNIT);
	put_le32(logical + 436, UD_INTEGRITY);
	ud_tag(logical, ONDISK_UDF_LOGICAL, at + 1, 440 + maps);

	put_le32(partition + 16, 2);
	memcpy(partition + 25, "+NSR03", 6);
	put_le32(partition + 184, d->kind == UD_VIRTUAL ? 2 : 1);
	put_le32(partition + 188, UD_START);
	put_le32(partition + 192, UD_LENGTH);
	ud_tag(partition, ONDISK_UDF_PARTITION, at + 2, 512);
	ud_tag(ud_sector(d, at + 3), ONDISK_UDF_TERMINATOR, at + 3, 512);
}

static void put_anchor(struct ud *d, uint32_t at)
{
	uint8_t *p = ud_sector(d, at);

	put_le32(p + 16, 16 * UD_UNIT);
	put_le32(p + 20, UD_MAIN);
	put_le32(p + 24, 16 * UD_UNIT);
	put_le32(p + 28, UD_RESERVE);
	ud_tag(p, ONDISK_UDF_ANCHOR, at, 512);
}

static void put_sparing(struct ud *d, uint32_t at, uint32_t number)
{
	uint8_t *p = ud_sector(d, at);

	memcpy(p + 17, "*UDF Sparing Table", 18);
	put_le16(p + 48, 3);
	put_le32(p + 52, number);
	put_le32(p + 56, 0); /* packet 0; Linux wants the entries sorted */
	put_le32(p + 60, UD_START + UD_SPARE);
	put_le32(p + 64, 0xfffffff0); /* bad */
	put_le32(p + 72, UINT32_MAX); /* free */
	ud_tag(p, ONDISK_UDF_SPARING, at, 80);
}

static void put_vat(struct ud *d)
{
	uint8_t table[152 + 30 * 4] = { 0 };
	size_t n = sizeof(table);

	put_le16(table, 152);
	memcpy(table + 4, "\10Renamed", 8);
	table[4 + 127] = 8;
	put_le32(table + 132, UINT32_MAX);
	put_le32(table + 136, d->files);
	put_le32(table + 140, d->directories);
	put_le16(table + 144, 0x0200);
	for (uint32_t i = 0; i < 30; i++)
		put_le32(table + 152 + i * 4, i == 29 ? UINT32_MAX : i + 40);
	put_entry(ud_sector(d, UD_START + UD_VAT), UD_VAT,
		  (struct ud_entry){ .type = ONDISK_UDF_TYPE_VAT, .kind = ONDISK_UDF_AD_EMBEDDED,
				     .bytes = n, .ads = table, .ads_bytes = n });
	d->size = (uint64_t)(UD_START + UD_VAT + 1) * UD_UNIT;
}

static void put_metadata(struct ud *d, uint32_t block, uint8_t type)
{
	uint8_t ad[8];

	ud_short(ad, UD_META_BLOCKS * UD_UNIT, 0, block + 1);
	put_entry(ud_sector(d, UD_START + block), block,
		  (struct ud_entry){ .type = type, .extended = true, .ads = ad, .ads_bytes = 8,
				     .bytes = UD_META_BLOCKS * UD_UNIT });
}

void ud_begin(struct ud *d, enum ud_kind kind)
{
	*d = (struct ud){ .kind = kind, .size = (uint64_t)UD_BLOCKS * UD_UNIT };
	d->bytes = calloc(UD_BLOCKS, UD_UNIT);
	ck_assert_ptr_ne(d->bytes, NULL);
	d->ref = kind == UD_VIRTUAL || kind == UD_METADATA;
	d->revision = kind == UD_METADATA ? 0x0250 : 0x0201;
	d->directories = 1;
	d->fid_at = ud_fid(d, ud_block(d, UD_ROOT_DATA), "", 0, UD_ROOT,
			   ONDISK_UDF_FID_PARENT | ONDISK_UDF_FID_DIRECTORY, UD_ROOT_DATA);
	write_root(d);
}

void ud_finish(struct ud *d)
{
	uint8_t *set = ud_block(d, 0), *integrity = ud_sector(d, UD_INTEGRITY), *use;
	uint32_t n = d->ref + 1u;

	recognition(d, 16, "BEA01");
	recognition(d, 17, "NSR03");
	recognition(d, 18, "TEA01");
	put_sequence(d, UD_MAIN);
	put_sequence(d, UD_RESERVE);
	put_anchor(d, 256);
	if (d->kind != UD_VIRTUAL)
		put_anchor(d, UD_BLOCKS - 1);

	put_time(integrity + 16);
	put_le32(integrity + 28, 1);
	put_le64(integrity + 40, 1000);
	put_le32(integrity + 72, n);
	put_le32(integrity + 76, 46);
	memset(integrity + 80, 0, n * 8);
	for (uint32_t i = 0; i < n; i++)
		put_le32(integrity + 80 + (n + i) * 4, UD_LENGTH);
	use = integrity + 80 + n * 8;
	memcpy(use + 1, "*Implementation", 15);
	put_le32(use + 32, d->files);
	put_le32(use + 36, d->directories);
	put_le16(use + 40, 0x0102);
	put_le16(use + 42, 0x0200);
	put_le16(use + 44, 0x0201);
	ud_tag(integrity, ONDISK_UDF_INTEGRITY, UD_INTEGRITY, 80 + n * 8 + 46);

	put_time(set + 16);
	memcpy(set + 112, "\10Name", 5);
	set[112 + 127] = 5;
	ud_long(set + 400, UD_UNIT, 0, UD_ROOT, d->ref);
	put_domain(set + 416, d->revision);
	ud_tag(set, ONDISK_UDF_FILE_SET, 0, 512);
	if (d->kind == UD_SPARABLE) {
		put_sparing(d, UD_SPARING, 1);
		put_sparing(d, UD_SPARING + 2, 1);
	} else if (d->kind == UD_VIRTUAL) {
		put_vat(d);
	} else if (d->kind == UD_METADATA) {
		put_metadata(d, UD_META_MAIN, ONDISK_UDF_TYPE_METADATA);
		put_metadata(d, UD_META_MIRROR, ONDISK_UDF_TYPE_MIRROR);
		memcpy(ud_sector(d, UD_START + UD_META_MIRROR + 1),
		       ud_sector(d, UD_START + UD_META_MAIN + 1), UD_META_BLOCKS * UD_UNIT);
	}
}

void ud_open(struct ud *d)
{
	struct isokit_error err = { 0 };

	isokit_image_free(d->img);
	isokit_source_close(d->src);
	d->img = NULL;
	d->src = NULL;
	ck_assert_int_eq(isokit_source_from_memory(d->bytes, d->size, "udf", &d->src, &err),
			 ISOKIT_OK);
	ck_assert_msg(isokit_image_open(d->src, 0, &d->img, &err) == ISOKIT_OK, "%s", err.text);
}

void ud_end(struct ud *d)
{
	isokit_image_free(d->img);
	isokit_source_close(d->src);
	free(d->bytes);
}

static int add_path(void *ctx, const struct isokit_entry *e)
{
	struct text *t = ctx;

	ck_assert_uint_eq(strlen(e->path), e->path_bytes);
	text_add_char(t, ' ');
	text_add_str(t, e->path);
	if (e->type == ISOKIT_DIR && e->depth)
		text_add_char(t, '/');
	if (e->target) {
		text_add_str(t, "->");
		text_add_str(t, e->target);
	}
	return 0;
}

const char *ud_list(struct ud *d)
{
	static char list[8192];
	struct text t = { 0 };
	struct isokit_error err = { 0 };
	enum isokit_status st = isokit_image_walk(d->img, ISOKIT_NS_UDF, "/", add_path, &t, &err);

	ck_assert_msg(st == ISOKIT_OK, "%s: %s", err.subject, err.text);
	ck_assert_uint_lt(t.n, sizeof(list));
	memcpy(list, text_string(&t), t.n + 1);
	text_free(&t);
	return list;
}

static struct isokit_extent extents_copy[16];
static char path_copy[1024], target_copy[4200];

static int keep(void *ctx, const struct isokit_entry *e)
{
	struct isokit_entry *to = ctx;

	*to = *e;
	ck_assert_uint_le(e->n_extents, 16);
	if (e->n_extents)
		memcpy(extents_copy, e->extents, e->n_extents * sizeof(*e->extents));
	to->extents = extents_copy;
	ck_assert_uint_lt(e->path_bytes, sizeof(path_copy));
	memcpy(path_copy, e->path, e->path_bytes + 1);
	to->path = path_copy;
	if (e->target) {
		ck_assert_uint_lt(strlen(e->target), sizeof(target_copy));
		memcpy(target_copy, e->target, strlen(e->target) + 1);
		to->target = target_copy;
	}
	return 1;
}

struct isokit_entry ud_at(struct ud *d, const char *path)
{
	struct isokit_entry e = { 0 };

	ck_assert_int_eq(isokit_image_walk(d->img, ISOKIT_NS_UDF, path, keep, &e, NULL),
			 ISOKIT_E_CANCELLED);
	ck_assert_str_eq(e.path, path);
	return e;
}

size_t ud_found(struct ud *d, enum isokit_finding_code code, struct isokit_finding *ret_finding)
{
	return image_found(d->img, code, ret_finding);
}

void ud_clean(struct ud *d)
{
	const struct isokit_facts *f = isokit_image_facts(d->img);

	ck_assert_int_eq(isokit_image_count(d->img, NULL), ISOKIT_OK);
	for (size_t i = 0; i < f->n_findings; i++)
		ck_abort_msg("%s at %llu, %s", isokit_finding_code_name(f->findings[i].code),
			     (unsigned long long)f->findings[i].offset,
			     f->findings[i].what ? f->findings[i].what : "");
}
