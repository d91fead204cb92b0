/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/eltorito.h"

START_TEST(knows_a_boot_record)
{
	uint8_t raw[2048] = { 0 };

	memcpy(raw + 1, "CD001\1EL TORITO SPECIFICATION", 29);
	put_le32(raw + 71, 0x01020304);
	ck_assert(ondisk_eltorito_is_record(raw, sizeof(raw)));
	ck_assert_uint_eq(ondisk_eltorito_catalog_lba(raw), 0x01020304);
	ck_assert(!ondisk_eltorito_is_record(raw, 2047));
	raw[0] = 1;
	ck_assert(!ondisk_eltorito_is_record(raw, sizeof(raw)));
	raw[0] = 0;
	raw[7] = 'e'; /* the lab hides a record this way; firmware must not see it */
	ck_assert(!ondisk_eltorito_is_record(raw, sizeof(raw)));
}
END_TEST

START_TEST(sums_the_validation_entry)
{
	uint8_t raw[32] = { 1, 0xef };
	struct ondisk_eltorito_validation v;

	memcpy(raw + 4, "MAKER     \0junk", 15);
	raw[30] = 0x55;
	raw[31] = 0xaa;
	ondisk_eltorito_validation_decode(raw, &v);
	put_le16(raw + 28, (uint16_t)-v.sum);
	ondisk_eltorito_validation_decode(raw, &v);
	ck_assert_uint_eq(v.sum, 0);
	ck_assert(v.key_ok);
	ck_assert_uint_eq(v.platform, 0xef);
	ck_assert_str_eq(v.id, "MAKER");
	raw[5]++;
	raw[31] = 0;
	ondisk_eltorito_validation_decode(raw, &v);
	ck_assert_uint_ne(v.sum, 0);
	ck_assert(!v.key_ok);
}
END_TEST

START_TEST(decodes_entries_and_sections)
{
	const uint8_t entry[32] = { 0x88, 4, 0xc0, 0x07, 0x0c, 0, 4, 1, 0x11, 0x22, 0x33, 0x44, 1 };
	uint8_t header[32] = { 0x91, 0xef, 3, 1 };
	struct ondisk_eltorito_section s;
	struct ondisk_eltorito_entry e;

	ondisk_eltorito_entry_decode(entry, &e);
	ck_assert_uint_eq(e.indicator, 0x88);
	ck_assert_uint_eq(e.media, 4);
	ck_assert_uint_eq(e.load_segment, 0x7c0);
	ck_assert_uint_eq(e.system_type, 0x0c);
	ck_assert_uint_eq(e.load_sectors, 0x104);
	ck_assert_uint_eq(e.lba, 0x44332211);
	ck_assert_uint_eq(e.criteria_type, 1);
	memset(header + 4, 'x', 28); /* an id without an end */
	ondisk_eltorito_section_decode(header, &s);
	ck_assert_uint_eq(s.platform, 0xef);
	ck_assert_uint_eq(s.n_entries, 0x103);
	ck_assert_uint_eq(strlen(s.id), 28);
	ck_assert_int_eq(ondisk_eltorito_kind(header), ONDISK_ELTORITO_LAST_SECTION);
	header[0] = 0x90;
	ck_assert_int_eq(ondisk_eltorito_kind(header), ONDISK_ELTORITO_SECTION);
	header[0] = 0x44;
	ck_assert_int_eq(ondisk_eltorito_kind(header), ONDISK_ELTORITO_EXTENSION);
	ck_assert_int_eq(ondisk_eltorito_kind(entry), ONDISK_ELTORITO_ENTRY);
	header[0] = 0x33;
	ck_assert_int_eq(ondisk_eltorito_kind(header), ONDISK_ELTORITO_OTHER);
}
END_TEST

/* The sum must not depend on the pieces in which an image is read. */
START_TEST(sums_boot_images_in_pieces)
{
	uint8_t raw[1027];
	uint32_t whole, sum = 0, expected = 0;

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * 7 + i / 256);
	whole = ondisk_boot_info_sum(0, 0, raw, sizeof(raw));
	for (size_t at = 0; at < sizeof(raw); at += 100)
		sum = ondisk_boot_info_sum(sum, at, raw + at,
					   sizeof(raw) - at < 100 ? sizeof(raw) - at : 100);
	ck_assert_uint_eq(sum, whole);
	for (size_t i = 64; i < sizeof(raw); i++)
		expected += (uint32_t)raw[i] << 8 * (i % 4);
	ck_assert_uint_eq(whole, expected);
	ck_assert_uint_eq(ondisk_boot_info_sum(0, 0, raw, 64), 0);
	ck_assert_uint_eq(ondisk_boot_info_sum(0, 0, raw, 10), 0);
}
END_TEST

/* Its first bytes, with a boot info table in the blank part, and not with code there. */
START_TEST(limine_has_no_words)
{
	uint8_t raw[2048] = { 0xeb, 0x58, 0x90 };

	memcpy(raw + 0x5a, "\xfa\xfc\xea", 3);
	memset(raw + 8, 1, 16);
	ck_assert_str_eq(ondisk_boot_image_loader(raw, sizeof(raw)), "limine");
	raw[0x50] = 1;
	ck_assert_ptr_null(ondisk_boot_image_loader(raw, sizeof(raw)));
	raw[0x50] = 0;
	ck_assert_ptr_null(ondisk_boot_image_loader(raw, 511));
}
END_TEST

START_TEST(recognises_loaders)
{
	static const struct {
		const char *mark;
		size_t at;
		const char *loader;
	} cases[] = {
		{ "ISOLINUX 6.04 20200816", 1340, "isolinux" },
		{ "cdrom read fails", 234, "grub" },
		{ "Loading Memtest86+", 244, "memtest86+" },
		{ "CDBOOT: Cannot boot from CD", 600, "windows" },
		{ "CD Loader 1.2", 900, "freebsd" },
		{ "NetBSD/x86 cd9660 Primary Bootstrap", 1500, "netbsd" },
		{ "Can't find /cdboot", 1300, "openbsd" },
		{ "Loading stage2 ", 373, "grub-legacy" },
		{ "LIMINE.SYS;1", 600, "limine" },
		{ "HdrS", 514, "linux" },
		{ "HdrS", 510, NULL },
		{ "SYSLINUX 6.04", 3, "syslinux" },
		{ "nothing known", 77, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t raw[4096] = { 0 };
		const char *got;

		memcpy(raw + cases[i].at, cases[i].mark, strlen(cases[i].mark));
		got = ondisk_boot_image_loader(raw, sizeof(raw));
		if (cases[i].loader)
			ck_assert_pstr_eq(got, cases[i].loader);
		else
			ck_assert_ptr_null(got);
		/* A mark that is cut off is none, and nothing is read behind it. */
		ck_assert_ptr_null(ondisk_boot_image_loader(raw, cases[i].at + 3));
	}
	ck_assert_ptr_null(ondisk_boot_image_loader((const uint8_t *)"", 0));
}
END_TEST

START_TEST(knows_what_is_no_code)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *what;
	} cases[] = {
		{ "not a boot loader\n", 18, "text" },
		{ "x", 1, "text" },
		{ "\177ELF\2\1\1", 7, "an ELF program" },
		{ "\177EL", 3, NULL },
		{ "PK\3\4\24", 5, "a zip archive" },
		{ "\x89PNG\r\n\x1a\n", 8, "a PNG image" },
		{ "\xfa\x31\xc0", 3, NULL },           /* cli; xor ax,ax */
		{ "\xeb\x3cMSDOS5.0", 10, NULL },
		{ "MZ\xea\x07\x00\xc0\x07", 7, NULL }, /* Linux with an EFI stub */
		{ "text, but for the \x80", 19, NULL },
	};
	uint8_t raw[2048];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(raw, 0, sizeof(raw));
		memcpy(raw, cases[i].bytes, cases[i].n);
		ck_assert_pstr_eq(ondisk_boot_image_foreign(raw, cases[i].n), cases[i].what);
		ck_assert_pstr_eq(ondisk_boot_image_foreign(raw, sizeof(raw)), cases[i].what);
	}
	/* A boot info table in the midst of text changes nothing; code behind it does. */
	memset(raw, 'a', sizeof(raw));
	memset(raw + 8, 1, 56);
	ck_assert_pstr_eq(ondisk_boot_image_foreign(raw, sizeof(raw)), "text");
	raw[64] = 0x90;
	ck_assert_ptr_null(ondisk_boot_image_foreign(raw, sizeof(raw)));
	memset(raw, 0, sizeof(raw));
	ck_assert_ptr_null(ondisk_boot_image_foreign(raw, sizeof(raw)));
	ck_assert_ptr_null(ondisk_boot_image_foreign(raw, 0));
}
END_TEST

UNIT(eltorito)
{
	tcase_add_test(tc, knows_what_is_no_code);
	tcase_add_test(tc, knows_a_boot_record);
	tcase_add_test(tc, sums_the_validation_entry);
	tcase_add_test(tc, decodes_entries_and_sections);
	tcase_add_test(tc, sums_boot_images_in_pieces);
	tcase_add_test(tc, limine_has_no_words);
	tcase_add_test(tc, recognises_loaders);
}
