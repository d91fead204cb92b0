/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "disc.h"
#include "unit.h"

#define BYTES(s) s, sizeof(s) - 1

/* SP, and an ER of RRIP, so that fields are looked at. */
#define SP "SP\7\1\276\357\0"
#define ER "ER\22\1\12\0\0\1RRIP_1991A"

static struct disc d;

static void begin(const char *use, size_t use_bytes)
{
	disc_begin(&d);
	disc_directory_use(&d, DISC_ROOT, DISC_ROOT, BYTES(SP ER));
	disc_add(&d, DISC_ROOT, (struct disc_record){ .name = "A.;1", .lba = 30, .bytes = 5,
						      .use = use, .use_bytes = use_bytes });
	disc_open(&d);
}

/* What the callback is given lives no longer than it. */
static struct seen {
	const char *path;
	bool any;
	struct isokit_attributes a;
	char acl[256], xattr[64], refused[64];
} seen;

static int see(void *ctx, const struct isokit_entry *e)
{
	(void)ctx;
	if (strcmp(e->path, seen.path) != 0)
		return 0;
	strncpy(seen.refused, e->refused ? e->refused : "", sizeof(seen.refused) - 1);
	seen.any = e->attributes != NULL;
	if (!seen.any)
		return 0;
	seen.a = *e->attributes;
	if (seen.a.acl)
		strncpy(seen.acl, seen.a.acl, sizeof(seen.acl) - 1);
	if (seen.a.n_xattrs)
		strncpy(seen.xattr, seen.a.xattrs[0], sizeof(seen.xattr) - 1);
	return 0;
}

static const struct isokit_attributes *attributes(enum isokit_namespace_kind ns, const char *path)
{
	seen = (struct seen){ .path = path };
	ck_assert_int_eq(isokit_image_walk(d.img, ns, "/", see, NULL, NULL), ISOKIT_OK);
	return seen.any ? &seen.a : NULL;
}

/* The list is one over all fields: a component may begin in one and end in another. */
START_TEST(joins_fields)
{
	static const char use[] = "NM\6\1\0a"
				  "AL\15\1\1\0\2\3x\0\4ab"
				  "AL\17\1\0cd\0\0\0\4\x16\x34\x54\x64";
	const struct isokit_attributes *a;

	begin(BYTES(use));
	a = attributes(ISOKIT_NS_ROCKRIDGE, "/a");
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a->n_xattrs, 1);
	ck_assert_str_eq(seen.xattr, "user.x");
	ck_assert_str_eq(seen.acl, "user::rw-,group::r--,mask::r--,other::r--");
	ck_assert(disc_is_clean(&d));
	disc_close(&d);
}
END_TEST

START_TEST(reports_broken_lists)
{
	static const struct {
		const char *use;
		size_t bytes;
	} cases[] = {
		{ BYTES("AL\11\1\0\0\5ab") },         /* reaches over */
		{ BYTES("AL\11\1\0\0\2\3x") },        /* a name without a value */
		{ BYTES("AL\12\1\0\0\1a\1\0") },      /* goes on, but does not */
		{ BYTES("AL\14\1\0\0\0\0\3\xae\7\1") }, /* an entry that reaches over */
		{ BYTES("AL\14\1\0\0\3a\0b\0\0") },   /* NUL in a name */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].use, cases[i].bytes);
		ck_assert_msg(disc_found(&d, ISOKIT_F_AAIP_BROKEN, NULL) == 1, "case %zu", i);
		(void)attributes(ISOKIT_NS_ROCKRIDGE, "/A");
		disc_close(&d);
	}
}
END_TEST

START_TEST(marks_files_that_are_not_whole)
{
	static const char form2[] = "\0\0\0\0\x15\x55XA\1\0\0\0\0\0";
	static const char cdda[] = "\0\0\0\0\x45\x55XA\1\0\0\0\0\0";
	const struct isokit_attributes *a;

	begin(BYTES(form2));
	a = attributes(ISOKIT_NS_ISO9660, "/A");
	ck_assert(a && a->has_xa);
	ck_assert_uint_eq(a->xa_attributes, 0x1555);
	ck_assert_str_eq(seen.refused, "recorded in form 2 sectors");
	ck_assert_uint_eq(disc_found(&d, ISOKIT_F_XA_FORM2, NULL), 1);
	disc_close(&d);
	begin(BYTES(cdda));
	(void)attributes(ISOKIT_NS_ISO9660, "/A");
	ck_assert_str_eq(seen.refused, "CD audio");
	ck_assert_uint_eq(disc_found(&d, ISOKIT_F_XA_CDDA, NULL), 1);
	disc_close(&d);
}
END_TEST

START_TEST(finds_apples_letters)
{
	const struct isokit_attributes *a;

	begin(BYTES("NM\6\1\0aAA\16\2TEXTttxt\1\0"));
	a = attributes(ISOKIT_NS_ROCKRIDGE, "/a");
	ck_assert(a && a->has_apple);
	ck_assert_str_eq(a->apple_creator, "ttxt");
	ck_assert_uint_eq(isokit_image_count(d.img, NULL), ISOKIT_OK);
	ck_assert(isokit_image_facts(d.img)->apple);
	disc_close(&d);

	/* The next file has none. */
	begin(BYTES("AA\16\2TEXTttxt\1\0"));
	ck_assert(attributes(ISOKIT_NS_ISO9660, "/A")->has_apple);
	ck_assert_ptr_null(attributes(ISOKIT_NS_ISO9660, "/"));
	disc_close(&d);
}
END_TEST

UNIT(attributes)
{
	tcase_add_test(tc, joins_fields);
	tcase_add_test(tc, reports_broken_lists);
	tcase_add_test(tc, marks_files_that_are_not_whole);
	tcase_add_test(tc, finds_apples_letters);
}
