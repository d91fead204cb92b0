/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/byteorder.h"
#include "ondisk/pe.h"

static void make(uint8_t raw[512], uint16_t magic)
{
	size_t directories = magic == 0x10b ? 96 : 112;

	memset(raw, 0, 512);
	memcpy(raw, "MZ", 2);
	put_le32(raw + 60, 64);
	memcpy(raw + 64, "PE\0\0", 4);
	put_le16(raw + 68, PE_MACHINE_X64);
	put_le16(raw + 70, 1);
	put_le16(raw + 84, (uint16_t)(directories + 128)); /* optional header */
	put_le16(raw + 88, magic);
	put_le16(raw + 88 + 68, PE_SUBSYSTEM_EFI_APPLICATION);
	put_le32(raw + 88 + directories - 4, 16);
	put_le32(raw + 88 + directories + 32, 0x1000);
	put_le32(raw + 88 + directories + 36, 0x200);
	put_le32(raw + 88 + directories + 128 + 16, 0x600); /* first section: size, place */
	put_le32(raw + 88 + directories + 128 + 20, 0x400);
}

START_TEST(both_kinds)
{
	static const uint16_t magics[] = { 0x10b, 0x20b };

	for (size_t i = 0; i < 2; i++) {
		struct ondisk_pe pe;
		uint8_t raw[512];

		make(raw, magics[i]);
		ck_assert_int_eq(ondisk_pe_decode(raw, 512, &pe, NULL), ISOKIT_OK);
		ck_assert_uint_eq(pe.machine, PE_MACHINE_X64);
		ck_assert_uint_eq(pe.subsystem, 10);
		ck_assert_uint_eq(pe.certificate_offset, 0x1000);
		ck_assert_uint_eq(pe.certificate_bytes, 0x200);
		ck_assert_uint_eq(pe.sections_end, 0xa00);
	}
}
END_TEST

START_TEST(what_is_none)
{
	struct ondisk_pe pe;
	uint8_t raw[512];

	make(raw, 0x20b);
	ck_assert_int_eq(ondisk_pe_decode(raw, 63, &pe, NULL), ISOKIT_E_SHORT);
	ck_assert_int_eq(ondisk_pe_decode(raw, 100, &pe, NULL), ISOKIT_E_SHORT);
	put_le32(raw + 60, 0xfffffff0);
	ck_assert_int_eq(ondisk_pe_decode(raw, 512, &pe, NULL), ISOKIT_E_SHORT);
	put_le32(raw + 60, 65); /* DOS program, or damage */
	ck_assert_int_eq(ondisk_pe_decode(raw, 512, &pe, NULL), ISOKIT_E_NOT_ISO);
	make(raw, 0x107); /* a ROM image */
	ck_assert_int_eq(ondisk_pe_decode(raw, 512, &pe, NULL), ISOKIT_E_NOT_ISO);
	raw[0] = 0x7f;
	ck_assert_int_eq(ondisk_pe_decode(raw, 512, &pe, NULL), ISOKIT_E_NOT_ISO);
}
END_TEST

/* Without a fifth data directory there is no certificate, whatever follows. */
START_TEST(few_directories)
{
	struct ondisk_pe pe;
	uint8_t raw[512];

	make(raw, 0x20b);
	put_le32(raw + 88 + 108, 4);
	ck_assert_int_eq(ondisk_pe_decode(raw, 512, &pe, NULL), ISOKIT_OK);
	ck_assert_uint_eq(pe.certificate_bytes, 0);
}
END_TEST

START_TEST(certificates)
{
	uint8_t raw[8] = { 0, 2, 0, 0, 0, 2, 2, 0 };

	ck_assert(ondisk_pe_is_certificate(raw, 512));
	ck_assert(!ondisk_pe_is_certificate(raw, 511));
	raw[6] = 1; /* X.509: not what Secure Boot takes */
	ck_assert(!ondisk_pe_is_certificate(raw, 512));
}
END_TEST

UNIT(pe)
{
	tcase_add_test(tc, both_kinds);
	tcase_add_test(tc, what_is_none);
	tcase_add_test(tc, few_directories);
	tcase_add_test(tc, certificates);
}
