/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hashes.h"
#include "unit.h"

#include <string.h>

#include "verify/aaip.h"
#include "verify/tags.h"

static const char superblock[] =
	"libisofs_sb_checksum_tag_v1 pos=50 range_start=32 range_size=18 next=56 "
	"md5=1524a58ee84061e8bc29de323df07628 self=c0ffe3ff6d1ec2a1e91b88bada507b75\n";

START_TEST(a_tag_is_read_and_knows_itself)
{
	struct isokit_digests *lib = NULL;
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES];
	struct tag t;
	bool damaged;

	ck_assert(tag_decode((const uint8_t *)superblock, sizeof(superblock) - 1, &t, &damaged));
	ck_assert(!damaged);
	ck_assert_int_eq(t.type, TAG_SUPERBLOCK);
	ck_assert_uint_eq(t.pos, 50);
	ck_assert_uint_eq(t.range_start, 32);
	ck_assert_uint_eq(t.range_size, 18);
	ck_assert_uint_eq(t.next, 56);
	ck_assert_uint_eq(t.md5[0], 0x15);
	ck_assert_int_eq(isokit_digests_load(&lib, NULL), ISOKIT_OK);
	ck_assert(digest_of(lib, ISOKIT_MD5, superblock, t.self_bytes, md5));
	ck_assert_mem_eq(md5, t.self, 16);
	isokit_digests_free(lib);
}
END_TEST

START_TEST(a_damaged_tag_is_told_from_none)
{
	uint8_t raw[sizeof(superblock) - 1];
	struct tag t;
	bool damaged;

	/* However short it is cut, nothing behind it is read. */
	for (size_t n = 0; n < sizeof(raw); n++) {
		memcpy(raw, superblock, sizeof(raw));
		ck_assert(!tag_decode(raw, n, &t, &damaged));
		ck_assert(damaged == (n > strlen("libisofs_sb_checksum_tag_v1")));
	}
	raw[40] = 'x';
	ck_assert(!tag_decode(raw, sizeof(raw), &t, &damaged));
	ck_assert(damaged);
	ck_assert(!tag_decode((const uint8_t *)"libisofs_sb_checksum_tag_v10 pos=1", 34, &t,
			      &damaged));
	ck_assert(!damaged);
}
END_TEST

START_TEST(the_place_of_the_array_is_read)
{
	static const uint8_t value[] = { 1, 32, 3, 15, 66, 64, 2, 2, 8, 1, 16, 'M', 'D', '5' };
	struct checksum_area a;

	ck_assert(checksum_area_decode(value, sizeof(value), &a));
	ck_assert_uint_eq(a.start, 32);
	ck_assert_uint_eq(a.end, 1000000);
	ck_assert_uint_eq(a.count, 520);
	ck_assert_uint_eq(a.size, 16);
	ck_assert(a.md5);
	for (size_t n = 0; n < 11; n++)
		ck_assert(!checksum_area_decode(value, n, &a));
	ck_assert(checksum_area_decode(value, 13, &a));
	ck_assert(!a.md5);
}
END_TEST

START_TEST(attributes_are_found_in_their_list)
{
	/* user.a=1, isofs.cx in short form in two records, isofs.ca in full */
	static const uint8_t list[] = {
		0, 2, 3, 'a', 0, 1, '1',
		1, 2, 4, 'c', 0, 1, 'x', 1, 1, 0, 0, 2, 1, 2,
		0, 8, 'i', 's', 'o', 'f', 's', '.', 'c', 'a', 0, 1, 9,
	};
	struct text name = { 0 }, value = { 0 };

	ck_assert(aaip_list_find(list, sizeof(list), "cx", &name, &value));
	ck_assert_uint_eq(value.n, 3);
	ck_assert_mem_eq(value.bytes, "\0\1\2", 3);
	ck_assert(aaip_list_find(list, sizeof(list), "ca", &name, &value));
	ck_assert_uint_eq(value.n, 1);
	ck_assert(!aaip_list_find(list, sizeof(list), "cs", &name, &value));
	for (size_t n = 0; n < 21; n++)
		ck_assert(!aaip_list_find(list, n, "cx", &name, &value));
	text_free(&name);
	text_free(&value);
}
END_TEST

UNIT(tags)
{
	tcase_add_test(tc, a_damaged_tag_is_told_from_none);
	tcase_add_test(tc, the_place_of_the_array_is_read);
	tcase_add_test(tc, attributes_are_found_in_their_list);
	if (have_hashes())
		tcase_add_test(tc, a_tag_is_read_and_knows_itself);
}
