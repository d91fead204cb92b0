/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "disc.h"
#include "unit.h"

static struct disc *d;

static void setup(void)
{
	d = malloc(sizeof(*d));
	disc_begin(d);
}

static void teardown(void)
{
	free(d);
}

START_TEST(reads_an_empty_volume)
{
	const struct isokit_facts *f;

	disc_open(d);
	f = isokit_image_facts(d->img);
	ck_assert_int_eq(f->format, ISOKIT_FORMAT_ISO9660);
	ck_assert_str_eq(f->primary->id, "TEST");
	ck_assert_str_eq(f->primary->system_id, "");
	ck_assert_uint_eq(f->primary->blocks, DISC_SECTORS);
	ck_assert_uint_eq(f->primary->root_lba, DISC_ROOT);
	ck_assert_uint_eq(f->n_descriptors, 2);
	ck_assert_str_eq(f->descriptors[0].name, "primary");
	ck_assert_uint_eq(f->descriptors[1].lba, 17);
	ck_assert_str_eq(f->descriptors[1].name, "terminator");
	ck_assert(f->namespaces[ISOKIT_NS_ISO9660].present);
	ck_assert(!f->namespaces[ISOKIT_NS_JOLIET].present);
	ck_assert_uint_eq(f->n_sessions, 1);
	ck_assert_uint_eq(f->expected.bytes, d->size);
	ck_assert(f->expected.complete);
	ck_assert(disc_is_clean(d));
	ck_assert_uint_eq(f->namespaces[ISOKIT_NS_ISO9660].directories, 1);
	ck_assert_uint_eq(f->namespaces[ISOKIT_NS_ISO9660].files, 0);
	disc_close(d);
}
END_TEST

START_TEST(reads_only_metadata)
{
	disc_add(d, DISC_ROOT, (struct disc_record){ .name = "A.;1", .lba = 60, .bytes = 2048 });
	d->guarded = true;
	/* System area and the ends: partition tables, boot images, what else it is. */
	for (uint32_t s = 0; s < 60; s++)
		d->allowed[s] = true;
	for (uint32_t s = 90; s < DISC_SECTORS; s++)
		d->allowed[s] = true;
	disc_open(d);
	ck_assert_str_eq(disc_list(d, ISOKIT_NS_ISO9660), " / /A");
	ck_assert(disc_is_clean(d));
	disc_close(d);
}
END_TEST

START_TEST(tells_joliet_enhanced_and_unknown_apart)
{
	static const char *const escapes[] = { "%/@", "%/C", "%/E" };
	const struct isokit_facts *f;

	for (int level = 1; level <= 3; level++) {
		disc_begin(d);
		disc_descriptor(d, 17, 2, 1, escapes[level - 1], DISC_ROOT);
		memcpy(disc_at(d, 17) + 40, "\0J\0\xe4\0 \0 ", 8);
		disc_descriptor(d, 18, 2, 2, NULL, DISC_ROOT);
		disc_descriptor(d, 21, 255, 1, NULL, 0);
		memcpy(disc_at(d, 19), disc_at(d, 21), 2048);
		put_le32(disc_at(d, 16) + 140, 22);
		disc_open(d);
		f = isokit_image_facts(d->img);
		ck_assert(f->namespaces[ISOKIT_NS_JOLIET].present);
		ck_assert_int_eq(f->namespaces[ISOKIT_NS_JOLIET].level, level);
		ck_assert_mem_eq(f->namespaces[ISOKIT_NS_JOLIET].volume_id, "J\xc3\xa4", 3);
		ck_assert(f->namespaces[ISOKIT_NS_ENHANCED].present);
		ck_assert_str_eq(f->descriptors[1].name, "supplementary");
		ck_assert_str_eq(f->descriptors[2].name, "enhanced");
		disc_close(d);
	}
	disc_begin(d);
	disc_descriptor(d, 17, 2, 1, "%/G", DISC_ROOT);
	disc_descriptor(d, 18, 255, 1, NULL, 0);
	disc_open(d);
	ck_assert(!isokit_image_facts(d->img)->namespaces[ISOKIT_NS_JOLIET].present);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DESCRIPTOR_ESCAPE, NULL), 1);
	disc_close(d);
}
END_TEST

START_TEST(reports_numbers_that_differ_between_byte_orders)
{
	struct isokit_finding found;

	put_be32(disc_at(d, 16) + 84, 7);
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DESCRIPTOR_ENDIAN, &found), 1);
	ck_assert_uint_eq(found.offset, 16 * 2048 + 80);
	ck_assert_uint_eq(found.n[0], DISC_SECTORS);
	ck_assert_uint_eq(found.n[1], 7);
	ck_assert_str_eq(found.what, "volume space size");
	disc_close(d);
}
END_TEST

START_TEST(reports_block_size_date_and_missing_end)
{
	struct isokit_finding found;

	put_le16(disc_at(d, 16) + 128, 4096);
	put_be16(disc_at(d, 16) + 130, 4096);
	memcpy(disc_at(d, 16) + 813, "2024133100000000", 16);
	memset(disc_at(d, 17), 0, 2048);
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DESCRIPTOR_BLOCK_SIZE, &found), 1);
	ck_assert_uint_eq(found.offset, 16 * 2048 + 128);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DESCRIPTOR_DATE, &found), 1);
	ck_assert_uint_eq(found.offset, 16 * 2048 + 813);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DESCRIPTOR_NO_TERMINATOR, &found), 1);
	ck_assert_uint_eq(found.offset, 17 * 2048);
	ck_assert(!isokit_image_facts(d->img)->primary->created.set);
	disc_close(d);
}
END_TEST

START_TEST(reports_a_truncated_image)
{
	struct isokit_finding found;

	d->size -= 5000;
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_IMAGE_TRUNCATED, &found), 1);
	ck_assert_uint_eq(found.offset, d->size);
	ck_assert_uint_eq(found.n[1], sizeof(d->bytes));
	ck_assert(!isokit_image_facts(d->img)->expected.complete);
	disc_close(d);
}
END_TEST

START_TEST(does_not_end_with_descriptors_without_end)
{
	for (uint32_t s = 17; s < DISC_SECTORS; s++)
		memcpy(disc_at(d, s), disc_at(d, 16), 2048);
	disc_open(d);
	ck_assert_uint_eq(disc_found(d, ISOKIT_F_DESCRIPTOR_NO_TERMINATOR, NULL), 1);
	disc_close(d);
}
END_TEST

static void says(const char *words)
{
	struct isokit_error err = { 0 };

	ck_assert_int_eq(disc_refused(d, &err), ISOKIT_E_NOT_ISO);
	ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
	ck_assert_str_eq(err.subject, "test.iso");
}

START_TEST(says_what_else_it_is)
{
	static const struct {
		uint32_t offset;
		const char *bytes;
		size_t n;
		const char *words;
	} cases[] = {
		{ 0, "\x1f\x8b", 2, "gzip" },
		{ 0, "\xfd" "7zXZ\0", 6, "xz" },
		{ 0, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0", 12, "2352" },
		{ 3, "NTFS    ", 8, "NTFS" },
		{ 512, "EFI PART", 8, "GUID" },
		{ 1080, "\x53\xef", 2, "ext" },
		{ 510, "\x55\xaa", 2, "MBR" },
		{ DISC_SECTORS * 2048 - 512, "koly", 4, "DMG" },
		{ 40000, "x", 1, "zeros" },
		{ 1, "x", 1, "CD001" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(d->bytes, 0, sizeof(d->bytes));
		memcpy(d->bytes + cases[i].offset, cases[i].bytes, cases[i].n);
		says(cases[i].words);
	}
	d->size = 0;
	says("empty");
	d->size = 33000;
	says("ends at byte 33000");
	d->size = 1;
	says("ends at byte 1");
}
END_TEST

START_TEST(finds_later_sessions)
{
	const struct isokit_facts *f;

	put_le32(disc_at(d, 16) + 80, 50);
	memcpy(disc_at(d, 64 + 16), disc_at(d, 16), 2048); /* 50 rounded up to 32 blocks */
	put_le32(disc_at(d, 64 + 16) + 80, 40);
	put_le32(disc_at(d, 64 + 16) + 158, 84);
	memcpy(disc_at(d, 64 + 16) + 40, "SECOND", 6);
	disc_open(d);
	f = isokit_image_facts(d->img);
	ck_assert_uint_eq(f->n_sessions, 2);
	ck_assert_uint_eq(f->sessions[0].lba, 0);
	ck_assert_uint_eq(f->sessions[1].lba, 64);
	ck_assert_str_eq(f->sessions[1].volume_id, "SECOND");
	ck_assert_str_eq(f->primary->id, "TEST");
	disc_close(d);
}
END_TEST

START_TEST(shows_the_session_whose_place_is_given)
{
	const struct isokit_image_options options = { .size = sizeof(options),
						      .session_block = 70 };
	struct isokit_image *img = NULL;

	/* Where no search would look. */
	memcpy(disc_at(d, 70 + 16), disc_at(d, 16), 2048);
	memcpy(disc_at(d, 70 + 16) + 40, "GIVEN ", 6);
	put_le32(disc_at(d, 70 + 16) + 80, 40);
	disc_open(d);
	ck_assert_uint_eq(isokit_image_facts(d->img)->n_sessions, 1);
	ck_assert_int_eq(isokit_image_open_with(d->src, 0, &options, &img, NULL), ISOKIT_OK);
	ck_assert_str_eq(isokit_image_facts(img)->primary->id, "GIVEN");
	ck_assert_uint_eq(isokit_image_facts(img)->session_lba, 70);
	ck_assert_uint_eq(isokit_image_facts(img)->sessions[0].lba, 70);
	isokit_image_free(img);
	disc_close(d);
}
END_TEST

START_TEST(lists_the_sessions_of_an_emulated_table)
{
	const struct isokit_facts *f;

	/* As xorriso leaves it: the first session from 32, the second from 96, and
	 * block 16 shows the second's descriptors with the size of all. */
	put_le32(disc_at(d, 16) + 80, 120);
	memcpy(disc_at(d, 32 + 16), disc_at(d, 16), 2048);
	put_le32(disc_at(d, 32 + 16) + 158, 52);
	memcpy(disc_at(d, 32 + 16) + 40, "FIRST ", 6);
	put_le32(disc_at(d, 32 + 16) + 80, 40);
	memcpy(disc_at(d, 96 + 16), disc_at(d, 16), 2048);
	put_le32(disc_at(d, 96 + 16) + 80, 24);
	put_le32(disc_at(d, 96 + 16) + 158, 116);
	disc_open(d);
	f = isokit_image_facts(d->img);
	ck_assert_uint_eq(f->n_sessions, 2);
	ck_assert_uint_eq(f->sessions[0].lba, 32);
	ck_assert_str_eq(f->sessions[0].volume_id, "FIRST");
	ck_assert_uint_eq(f->sessions[1].lba, 96);
	ck_assert_str_eq(f->primary->id, "TEST");
	disc_close(d);
}
END_TEST

START_TEST(takes_no_other_image_for_a_session)
{
	/* A file that is an image itself, where a session could begin ... */
	put_le32(disc_at(d, 16) + 80, 50);
	memcpy(disc_at(d, 64 + 16), disc_at(d, 16), 2048);
	memcpy(disc_at(d, 32 + 16), disc_at(d, 16), 2048);
	put_le32(disc_at(d, 32 + 16) + 80, 10);
	disc_open(d);
	ck_assert_uint_eq(isokit_image_facts(d->img)->n_sessions, 1);
	ck_assert_uint_eq(isokit_image_facts(d->img)->sessions[0].lba, 0);
	disc_close(d);
	/* ... and the view from a partition at sector 32, to the end of the volume. */
	put_le32(disc_at(d, 16) + 80, 120);
	put_le32(disc_at(d, 32 + 16) + 80, 120 - 32);
	put_le32(disc_at(d, 32 + 16) + 158, 40);
	disc_open(d);
	ck_assert_uint_eq(isokit_image_facts(d->img)->n_sessions, 1);
	ck_assert_uint_eq(isokit_image_facts(d->img)->sessions[0].lba, 0);
	disc_close(d);
}
END_TEST

START_TEST(sees_an_implanted_checksum)
{
	memcpy(disc_at(d, 16) + 883, "ISO MD5SUM = 00", 15);
	disc_open(d);
	ck_assert(isokit_image_facts(d->img)->implanted_md5);
	ck_assert(!isokit_image_facts(d->img)->libisofs_md5);
	disc_close(d);
	memcpy(disc_at(d, 18), "libisofs_checksum_tag_v1", 24);
	disc_open(d);
	ck_assert(isokit_image_facts(d->img)->libisofs_md5);
	disc_close(d);
}
END_TEST

UNIT(volume)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, reads_an_empty_volume);
	tcase_add_test(tc, reads_only_metadata);
	tcase_add_test(tc, tells_joliet_enhanced_and_unknown_apart);
	tcase_add_test(tc, reports_numbers_that_differ_between_byte_orders);
	tcase_add_test(tc, reports_block_size_date_and_missing_end);
	tcase_add_test(tc, reports_a_truncated_image);
	tcase_add_test(tc, does_not_end_with_descriptors_without_end);
	tcase_add_test(tc, says_what_else_it_is);
	tcase_add_test(tc, finds_later_sessions);
	tcase_add_test(tc, shows_the_session_whose_place_is_given);
	tcase_add_test(tc, lists_the_sessions_of_an_emulated_table);
	tcase_add_test(tc, takes_no_other_image_for_a_session);
	tcase_add_test(tc, sees_an_implanted_checksum);
}
