/* SPDX-License-Identifier: GPL-3.0-or-later */
/* High Sierra, UDF and HFS: what is beside ISO 9660, or instead of it. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "unit.h"

/* UDF wants an anchor at block 256: these images are larger than a disc. */
enum { BLOCKS = 300 };

static uint8_t *bytes;

static void setup(void)
{
	bytes = calloc(BLOCKS, 2048);
}

static void teardown(void)
{
	free(bytes);
}

static struct isokit_source *src;

static struct isokit_image *opened(uint64_t size)
{
	struct isokit_image *img = NULL;
	struct isokit_error err = { 0 };

	ck_assert_int_eq(isokit_source_from_memory(bytes, size, "x", &src, &err), ISOKIT_OK);
	ck_assert_msg(isokit_image_open(src, 0, &img, &err) == ISOKIT_OK, "%s", err.text);
	ck_assert_int_eq(isokit_image_count(img, &err), ISOKIT_OK);
	return img;
}

static void closed(struct isokit_image *img)
{
	isokit_image_free(img);
	isokit_source_close(src);
}

static void recognition(uint32_t sector, const char *id)
{
	memcpy(bytes + sector * 2048 + 1, id, 5);
	bytes[sector * 2048 + 6] = 1;
}

/* A descriptor with its tag sums; the body must be complete. */
static void tag(uint32_t block, uint16_t id)
{
	uint8_t *p = bytes + block * 2048;
	unsigned crc = 0, sum = 0;

	for (int i = 16; i < 512; i++) {
		crc ^= (unsigned)p[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
	}
	put_le16(p, id);
	put_le16(p + 2, 2);
	put_le16(p + 8, (uint16_t)crc);
	put_le16(p + 10, 496);
	put_le32(p + 12, block);
	p[4] = 0;
	for (int i = 0; i < 16; i++)
		sum += p[i];
	p[4] = (uint8_t)sum;
}

static void udf(void)
{
	uint8_t *anchor = bytes + 256 * 2048, *logical = bytes + 32 * 2048,
		*partition = bytes + 33 * 2048;

	recognition(16, "BEA01");
	recognition(17, "NSR03");
	recognition(18, "TEA01");
	put_le32(anchor + 16, 16 * 2048);
	put_le32(anchor + 20, 32);
	put_le32(anchor + 24, 16 * 2048);
	put_le32(anchor + 28, 48);
	tag(256, 2);
	memcpy(logical + 84, "\10Name", 5);
	logical[84 + 127] = 5;
	put_le32(logical + 212, 2048);
	memcpy(logical + 217, "*OSTA UDF Compliant", 19);
	put_le16(logical + 240, 0x0201);
	tag(32, 6);
	put_le32(partition + 184, 1);
	put_le32(partition + 188, 64);
	put_le32(partition + 192, BLOCKS - 64);
	tag(33, 5);
	tag(34, 8);
}

START_TEST(recognises_pure_udf)
{
	struct isokit_image *img;
	const struct isokit_facts *f;

	udf();
	img = opened(BLOCKS * 2048);
	f = isokit_image_facts(img);
	ck_assert_int_eq(f->format, ISOKIT_FORMAT_UDF);
	ck_assert_uint_eq(f->n_sessions, 1);
	ck_assert_ptr_eq(f->primary, NULL);
	ck_assert(f->namespaces[ISOKIT_NS_UDF].present);
	ck_assert_str_eq(f->namespaces[ISOKIT_NS_UDF].version, "2.01");
	ck_assert_str_eq(f->namespaces[ISOKIT_NS_UDF].volume_id, "Name");
	ck_assert_int_eq(isokit_image_best_namespace(img), ISOKIT_NS_UDF);
	ck_assert_uint_eq(f->expected.bytes, BLOCKS * 2048);
	ck_assert_uint_eq(f->n_findings, 0);
	ck_assert_uint_eq(f->n_descriptors, 3);
	ck_assert_str_eq(f->descriptors[1].name, "udf-nsr03");
	closed(img);
}
END_TEST

START_TEST(uses_the_reserve_sequence)
{
	struct isokit_image *img;

	udf();
	memcpy(bytes + 48 * 2048, bytes + 32 * 2048, 2048);
	tag(48, 6);
	bytes[32 * 2048 + 100] ^= 1; /* the CRC no longer fits */
	img = opened(BLOCKS * 2048);
	ck_assert_str_eq(isokit_image_facts(img)->namespaces[ISOKIT_NS_UDF].volume_id, "Name");
	closed(img);
	bytes[48 * 2048 + 100] ^= 1;
	img = opened(BLOCKS * 2048);
	ck_assert_uint_eq(isokit_image_facts(img)->n_findings, 1);
	ck_assert_int_eq(isokit_image_facts(img)->findings[0].code, ISOKIT_F_UDF_NO_VOLUME);
	closed(img);
}
END_TEST

START_TEST(reports_udf_without_anchor)
{
	struct isokit_image *img;

	udf();
	img = opened(250 * 2048);
	ck_assert(!isokit_image_facts(img)->namespaces[ISOKIT_NS_UDF].present);
	ck_assert_int_eq(isokit_image_facts(img)->findings[0].code, ISOKIT_F_UDF_NO_ANCHOR);
	ck_assert_uint_eq(isokit_image_facts(img)->findings[0].offset, 17 * 2048);
	closed(img);
}
END_TEST

START_TEST(ends_at_a_pointer_to_itself)
{
	struct isokit_image *img;

	udf();
	memset(bytes + 32 * 2048, 0, 2048);
	put_le32(bytes + 32 * 2048 + 20, 16 * 2048);
	put_le32(bytes + 32 * 2048 + 24, 32);
	tag(32, 3);
	img = opened(BLOCKS * 2048);
	ck_assert_int_eq(isokit_image_facts(img)->findings[0].code, ISOKIT_F_UDF_NO_VOLUME);
	closed(img);
}
END_TEST

static size_t sierra_record(uint8_t *p, const char *name, size_t n, uint32_t lba, uint32_t size,
			    uint8_t flags)
{
	size_t length = 33 + n + (33 + n) % 2;

	p[0] = (uint8_t)length;
	put_le32(p + 2, lba);
	put_be32(p + 6, lba);
	put_le32(p + 10, size);
	put_be32(p + 14, size);
	memcpy(p + 18, "\126\5\34\12\36\0", 6);
	p[24] = flags;
	p[32] = (uint8_t)n;
	memcpy(p + 33, name, n);
	return length;
}

static int keep_entry(void *ctx, const struct isokit_entry *e)
{
	if (e->depth == 1)
		*(struct isokit_entry *)ctx = *e;
	return 0;
}

START_TEST(walks_high_sierra)
{
	uint8_t *v = bytes + 16 * 2048, *t = bytes + 17 * 2048, *dir = bytes + 20 * 2048;
	struct isokit_entry e = { 0 };
	struct isokit_image *img;
	const struct isokit_facts *f;

	v[8] = 1;
	memcpy(v + 9, "CDROM\1", 6);
	memset(v + 16, ' ', 64);
	memcpy(v + 48, "SIERRA", 6);
	put_le32(v + 88, BLOCKS);
	put_be32(v + 92, BLOCKS);
	put_le16(v + 136, 2048);
	put_be16(v + 138, 2048);
	put_le32(v + 140, 10);
	put_be32(v + 144, 10);
	put_le32(v + 148, 18);
	put_be32(v + 164, 19);
	sierra_record(v + 180, "\0", 1, 20, 2048, 2);
	t[8] = 255;
	memcpy(t + 9, "CDROM\1", 6);
	memcpy(bytes + 18 * 2048, "\24\0\0\0\0\1\1\0", 8);
	memcpy(bytes + 19 * 2048, "\0\0\0\24\0\1\0\1", 8);
	dir += sierra_record(dir, "\0", 1, 20, 2048, 2);
	dir += sierra_record(dir, "\1", 1, 20, 2048, 2);
	sierra_record(dir, "FILE.TXT;1", 10, 25, 77, 0);
	img = opened(BLOCKS * 2048);
	f = isokit_image_facts(img);
	ck_assert_int_eq(f->format, ISOKIT_FORMAT_HIGH_SIERRA);
	ck_assert_str_eq(f->primary->id, "SIERRA");
	ck_assert_uint_eq(f->namespaces[ISOKIT_NS_ISO9660].files, 1);
	ck_assert_int_eq(isokit_image_walk(img, ISOKIT_NS_ISO9660, "/", keep_entry, &e, NULL),
			 ISOKIT_OK);
	ck_assert_uint_eq(e.bytes, 77);
	ck_assert_int_eq(e.mtime.year, 1986);
	for (size_t i = 0; i < f->n_findings; i++)
		ck_assert_str_eq(isokit_finding_code_name(f->findings[i].code), "");
	closed(img);
}
END_TEST

START_TEST(recognises_hfs_beside_iso)
{
	static const struct {
		const char *head;
		const char *version;
	} cases[] = { { "BD\0\0", "HFS" }, { "H+\0\4", "HFS+" }, { "HX\0\5", "HFSX" },
		      { "H+\0\1", NULL } };
	struct disc *d = malloc(sizeof(*d));

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct isokit_namespace *ns;

		disc_begin(d);
		memcpy(d->bytes + 1024, cases[i].head, 4);
		/* Blocks of 512 bytes, 8 of them: where HFS and where HFS+ say so. */
		put_be16(d->bytes + 1024 + 18, 8);
		put_be32(d->bytes + 1024 + 20, 512);
		put_be32(d->bytes + 1024 + 40, 512);
		put_be32(d->bytes + 1024 + 44, 8);
		disc_open(d);
		ns = &isokit_image_facts(d->img)->namespaces[ISOKIT_NS_HFS];
		ck_assert_int_eq(ns->present, cases[i].version != NULL);
		if (cases[i].version)
			ck_assert_str_eq(ns->version, cases[i].version);
		disc_close(d);
	}
	free(d);
}
END_TEST

UNIT(foreign)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, recognises_pure_udf);
	tcase_add_test(tc, uses_the_reserve_sequence);
	tcase_add_test(tc, reports_udf_without_anchor);
	tcase_add_test(tc, ends_at_a_pointer_to_itself);
	tcase_add_test(tc, walks_high_sierra);
	tcase_add_test(tc, recognises_hfs_beside_iso);
}
