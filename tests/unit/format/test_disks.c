/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks of virtual machines that are made here: what no tool at hand makes, and what is
 * wrong with them. */
#include <isokit/medium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "folder.h"
#include "ondisk/qcow.h"
#include "ondisk/vdi.h"
#include "ondisk/vhd.h"
#include "ondisk/vhdx.h"
#include "ondisk/vmdk.h"
#include "unit.h"

static struct isokit_error err;

static struct isokit_medium *open_disk(const char *path)
{
	struct isokit_medium *m = NULL;
	enum isokit_status st = isokit_medium_open(path, NULL, &m, &err);

	ck_assert_msg(st == ISOKIT_OK, "%s: %s", err.subject, err.text);
	ck_assert_int_eq(isokit_medium_facts(m)->shape, ISOKIT_MEDIUM_DISK);
	return m;
}

static void expect_refusal(const char *path, enum isokit_status status, const char *words)
{
	struct isokit_medium *m = NULL;
	enum isokit_status st = isokit_medium_open(path, NULL, &m, &err);

	ck_assert_msg(st == status, "%d: %s: %s", st, err.subject, err.text);
	ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
}

static uint8_t byte_at(struct isokit_medium *m, uint64_t at)
{
	uint8_t b;

	ck_assert_int_eq(isokit_source_read_at(isokit_medium_disk(m), at, &b, 1, &err), 0);
	return b;
}

/* ---- VHD --------------------------------------------------------------------------- */

enum { BLOCK = 4096, VHD_BLOCKS = 4, VHD_FILE = 512 + 1024 + 512 + 2 * (512 + BLOCK) + 512 };

static void put_be64(uint8_t *p, uint64_t v)
{
	put_be32(p, (uint32_t)(v >> 32));
	put_be32(p + 4, (uint32_t)v);
}

static void put_sum(uint8_t *raw, size_t n, size_t at)
{
	uint32_t sum = 0;

	put_be32(raw + at, 0);
	for (size_t i = 0; i < n; i++)
		sum += raw[i];
	put_be32(raw + at, ~sum);
}

/* Blocks 0 and 2 are there, filled with `fill`; of block 2 only sector 3. */
static void make_vhd(uint8_t *f, uint32_t type, uint8_t id, uint8_t parent, uint8_t fill)
{
	uint8_t *h = f + 512, *block = f + 2048;

	memset(f, 0, VHD_FILE);
	memcpy(f, "conectix", 8);
	put_be64(f + 16, 512);
	put_be64(f + 48, VHD_BLOCKS * BLOCK);
	put_be32(f + 60, type);
	f[68] = id;
	put_sum(f, 512, 64);
	memcpy(f + VHD_FILE - 512, f, 512);
	memcpy(h, "cxsparse", 8);
	put_be64(h + 16, 1536);
	put_be32(h + 28, VHD_BLOCKS);
	put_be32(h + 32, BLOCK);
	h[40] = parent;
	for (size_t i = 0; i < 6; i++)
		h[64 + 2 * i + 1] = (uint8_t)"P\\b.vh"[i];
	h[64 + 13] = 'd';
	put_sum(h, 1024, 36);
	memset(f + 1536, 0xff, 16);
	put_be32(f + 1536, 4);
	put_be32(f + 1536 + 8, 4 + 1 + BLOCK / 512);
	block[0] = 0xff;
	memset(block + 512, fill, BLOCK);
	block += 512 + BLOCK;
	block[0] = 0x10;
	memset(block + 512, fill, BLOCK);
}

START_TEST(vhd_has_a_bit_for_each_sector)
{
	uint8_t f[VHD_FILE];
	struct isokit_medium *m;

	make_vhd(f, VHD_DYNAMIC, 1, 0, 'a');
	folder_file("a.vhd", f, sizeof(f));
	m = open_disk("a.vhd");
	ck_assert_uint_eq(isokit_source_size(isokit_medium_disk(m)), VHD_BLOCKS * BLOCK);
	ck_assert_uint_eq(byte_at(m, BLOCK - 1), 'a');
	ck_assert_uint_eq(byte_at(m, BLOCK), 0);
	ck_assert_uint_eq(byte_at(m, 2 * BLOCK + 3 * 512 - 1), 0);
	ck_assert_uint_eq(byte_at(m, 2 * BLOCK + 3 * 512), 'a');
	ck_assert_uint_eq(byte_at(m, 2 * BLOCK + 4 * 512), 0);
	isokit_medium_free(m);
}
END_TEST

START_TEST(vhd_differs_from_its_parent_alone)
{
	uint8_t f[VHD_FILE];
	struct isokit_medium *m;

	make_vhd(f, VHD_DIFFERENCING, 2, 1, 'c');
	folder_file("c.vhd", f, sizeof(f));
	expect_refusal("c.vhd", ISOKIT_E_NOT_FOUND, "parent cannot be had");
	make_vhd(f, VHD_DYNAMIC, 1, 0, 'b');
	memset(f + 1536, 0xff, 16);
	put_be32(f + 1536 + 8, 4); /* block 2 alone, whole */
	folder_file("b.vhd", f, sizeof(f));
	m = open_disk("c.vhd");
	ck_assert_uint_eq(byte_at(m, 0), 'c');
	ck_assert_uint_eq(byte_at(m, BLOCK), 0);
	ck_assert_uint_eq(byte_at(m, 2 * BLOCK), 'b');
	ck_assert_uint_eq(byte_at(m, 2 * BLOCK + 3 * 512), 'c');
	ck_assert_uint_eq(byte_at(m, 2 * BLOCK + 4 * 512), 'b');
	isokit_medium_free(m);
	make_vhd(f, VHD_DYNAMIC, 7, 0, 'b');
	folder_file("b.vhd", f, sizeof(f));
	expect_refusal("c.vhd", ISOKIT_E_CORRUPT, "identifier is another");
	make_vhd(f, VHD_DIFFERENCING, 1, 1, 'b'); /* of itself */
	folder_file("b.vhd", f, sizeof(f));
	expect_refusal("c.vhd", ISOKIT_E_LIMIT, "parent");
}
END_TEST

START_TEST(vhd_that_cannot_be)
{
	uint8_t f[VHD_FILE];

	make_vhd(f, VHD_DYNAMIC, 1, 0, 'a');
	put_be64(f + VHD_FILE - 512 + 48, VHD_BLOCKS * BLOCK + 1);
	folder_file("a.vhd", f, sizeof(f));
	expect_refusal("a.vhd", ISOKIT_E_CORRUPT, "has room for");
	make_vhd(f, VHD_FIXED, 1, 0, 'a');
	put_be64(f + VHD_FILE - 512 + 48, VHD_FILE);
	folder_file("a.vhd", f, sizeof(f));
	expect_refusal("a.vhd", ISOKIT_E_SHORT, "ahead of its footer");
	make_vhd(f, 5, 1, 0, 'a');
	folder_file("a.vhd", f, sizeof(f));
	expect_refusal("a.vhd", ISOKIT_E_UNSUPPORTED, "kind 5");
}
END_TEST

/* ---- VMDK -------------------------------------------------------------------------- */

static void write_text(const char *name, const char *text)
{
	folder_file(name, text, strlen(text));
}

START_TEST(vmdk_text_joins_extents)
{
	uint8_t flat[3 * 512];
	struct isokit_medium *m;

	memset(flat, 'f', sizeof(flat));
	flat[512] = 'x';
	folder_file("one.bin", flat, sizeof(flat));
	write_text("d.vmdk", "# Disk DescriptorFile\r\nversion=1\r\nCID=12\r\nparentCID=ffffffff\r\n"
			     "createType=\"custom\"\r\n\r\nRW 2 FLAT \"one.bin\" 1\r\n"
			     "RW 5 ZERO\r\n RDONLY 1 VMFS \"one.bin\" 0\r\n");
	m = open_disk("d.vmdk");
	ck_assert_uint_eq(isokit_source_size(isokit_medium_disk(m)), 8 * 512);
	ck_assert_uint_eq(byte_at(m, 0), 'x');
	ck_assert_uint_eq(byte_at(m, 1023), 'f');
	ck_assert_uint_eq(byte_at(m, 1024), 0);
	ck_assert_uint_eq(byte_at(m, 7 * 512), 'f');
	isokit_medium_free(m);
}
END_TEST

START_TEST(vmdk_text_that_cannot_be)
{
	static const uint8_t sector[512];

	folder_file("one.bin", sector, sizeof(sector));
	write_text("d.vmdk", "# Disk DescriptorFile\nRW 2 FLAT \"one.bin\" 0\n");
	expect_refusal("d.vmdk", ISOKIT_E_SHORT, "too short");
	write_text("d.vmdk", "# Disk DescriptorFile\nRW 2 FLAT \"one.bin\n");
	expect_refusal("d.vmdk", ISOKIT_E_CORRUPT, "cannot be understood");
	write_text("d.vmdk", "# Disk DescriptorFile\nRW 2 VMFSRDM \"one.bin\"\n");
	expect_refusal("d.vmdk", ISOKIT_E_UNSUPPORTED, "VMFSRDM");
	write_text("d.vmdk", "# Disk DescriptorFile\nRW 36893488147419103232 ZERO\n");
	expect_refusal("d.vmdk", ISOKIT_E_CORRUPT, "cannot be understood");
	write_text("d.vmdk", "# Disk DescriptorFile\n");
	expect_refusal("d.vmdk", ISOKIT_E_CORRUPT, "no sectors");
	write_text("d.vmdk", "# Disk DescriptorFile\nRW 2 SPARSE \"one.bin\"\n");
	expect_refusal("d.vmdk", ISOKIT_E_CORRUPT, "no sparse extent");
	write_text("d.vmdk", "# Disk DescriptorFile\nRW 2 FLAT \"/dev/zero\"\n");
	expect_refusal("d.vmdk", ISOKIT_E_NOT_FOUND, "no such file");
}
END_TEST

/* ---- others ------------------------------------------------------------------------ */

START_TEST(qcow_headers)
{
	uint8_t raw[QCOW_HEADER_BYTES] = "QFI\xfb";
	struct ondisk_qcow q;

	put_be32(raw + 4, 2);
	put_be32(raw + 20, 16);
	put_be64(raw + 24, UINT64_C(1) << 30);
	put_be32(raw + 36, 2);
	ck_assert_int_eq(ondisk_qcow_decode(raw, &q, &err), ISOKIT_OK);
	ck_assert_uint_eq(q.l2_bits, 13);
	put_be32(raw + 36, 1);
	ck_assert_int_eq(ondisk_qcow_decode(raw, &q, &err), ISOKIT_E_CORRUPT);
	put_be32(raw + 36, 2);
	put_be32(raw + 20, 64);
	ck_assert_int_eq(ondisk_qcow_decode(raw, &q, &err), ISOKIT_E_CORRUPT);
	put_be32(raw + 4, 4);
	ck_assert_int_eq(ondisk_qcow_decode(raw, &q, &err), ISOKIT_E_UNSUPPORTED);
	folder_file("a.qcow2", raw, sizeof(raw));
	expect_refusal("a.qcow2", ISOKIT_E_UNSUPPORTED, "version 4");
	put_be32(raw + 4, 2);
	put_be32(raw + 20, 16);
	put_be32(raw + 32, 2);
	folder_file("a.qcow2", raw, sizeof(raw));
	expect_refusal("a.qcow2", ISOKIT_E_UNSUPPORTED, "LUKS");
}
END_TEST

START_TEST(vdi_of_differences)
{
	uint8_t raw[1024] = { 0 };

	put_le32(raw + VDI_MARK_AT, UINT32_C(0xbeda107f));
	put_le16(raw + 70, 1);
	put_le32(raw + 76, VDI_DIFFERENCING);
	put_le32(raw + 340, 512);
	put_le64(raw + 368, 4096);
	put_le32(raw + 376, 4096);
	put_le32(raw + 384, 1);
	folder_file("a.vdi", raw, sizeof(raw));
	expect_refusal("a.vdi", ISOKIT_E_UNSUPPORTED, "differences");
	put_le32(raw + 76, VDI_DYNAMIC);
	put_le32(raw + 512, VDI_UNUSED);
	folder_file("a.vdi", raw, sizeof(raw));
	isokit_medium_free(open_disk("a.vdi"));
	put_le32(raw + 340, 1021);
	folder_file("a.vdi", raw, sizeof(raw));
	expect_refusal("a.vdi", ISOKIT_E_CORRUPT, "block map");
}
END_TEST

START_TEST(crc_of_vhdx)
{
	/* The check value of CRC-32C. */
	ck_assert_uint_eq(ondisk_vhdx_crc((const uint8_t *)"123456789", 9, 100),
			  UINT32_C(0xe3069283));
}
END_TEST

UNIT(disks)
{
	tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
	tcase_add_test(tc, vhd_has_a_bit_for_each_sector);
	tcase_add_test(tc, vhd_differs_from_its_parent_alone);
	tcase_add_test(tc, vhd_that_cannot_be);
	tcase_add_test(tc, vmdk_text_joins_extents);
	tcase_add_test(tc, vmdk_text_that_cannot_be);
	tcase_add_test(tc, qcow_headers);
	tcase_add_test(tc, vdi_of_differences);
	tcase_add_test(tc, crc_of_vhdx);
}
