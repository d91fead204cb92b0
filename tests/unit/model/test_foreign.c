/* SPDX-License-Identifier: GPL-3.0-or-later */
/* High Sierra and HFS: what is beside ISO 9660, or instead of it. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "unit.h"

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
	tcase_add_test(tc, walks_high_sierra);
	tcase_add_test(tc, recognises_hfs_beside_iso);
}
