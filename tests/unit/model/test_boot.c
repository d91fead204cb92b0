/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boot facts of a small hybrid image made here byte by byte: what is read, what
 * is found when something in it is spoiled, and that nothing is read outside. */
#include "unit.h"

#include <isokit/image.h>
#include <isokit/verdict.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "ondisk/eltorito.h"
#include "ondisk/gpt.h"

enum {
	SECTOR = 2048,
	IMAGE_BYTES = 1 << 20,
	CATALOG_LBA = 19,
	ROOT_LBA = 20,
	LOADER_LBA = 24,
	LOADER_BYTES = 8000,
	ESP_LBA = 32,
	ESP_SECTORS512 = 512,
	ESP_START512 = ESP_LBA * 4,
	LAST512 = IMAGE_BYTES / 512 - 1,
	GPT_ENTRIES = 128,
};

static uint8_t *image; /* IMAGE_BYTES, in each test a fresh one */

static uint8_t *at512(uint64_t sector)
{
	return image + sector * 512;
}

static uint8_t *at2048(uint64_t lba)
{
	return image + lba * SECTOR;
}

static uint8_t *esp(uint64_t sector)
{
	return at512(ESP_START512 + sector);
}

static size_t put_record(uint8_t *p, const char *name, size_t name_bytes, uint32_t lba,
			 uint32_t bytes, uint8_t flags)
{
	size_t length = (33 + name_bytes + 1) & ~(size_t)1;

	p[0] = (uint8_t)length;
	p[1] = 0;
	put_both32(p + 2, lba);
	put_both32(p + 10, bytes);
	memcpy(p + 18, "\x78\x01\x02\x03\x04\x05\x00", 7);
	p[25] = flags;
	p[26] = p[27] = 0; /* not interleaved */
	put_both16(p + 28, 1);
	p[32] = (uint8_t)name_bytes;
	memcpy(p + 33, name, name_bytes);
	return length;
}

static void make_volume(void)
{
	uint8_t *pvd = at2048(16), *root = at2048(ROOT_LBA);
	size_t n = 0;

	memset(pvd, ' ', 1024);
	memcpy(pvd, "\1CD001\1\0", 8);
	memset(pvd + 72, 0, 8);
	put_both32(pvd + 80, IMAGE_BYTES / SECTOR);
	memset(pvd + 88, 0, 32);
	put_both16(pvd + 120, 1);
	put_both16(pvd + 124, 1);
	put_both16(pvd + 128, SECTOR);
	put_both32(pvd + 132, 10);
	put_le32(pvd + 140, 21);
	put_le32(pvd + 144, 0);
	put_be32(pvd + 148, 22);
	put_be32(pvd + 152, 0);
	put_record(pvd + 156, "\0", 1, ROOT_LBA, SECTOR, 2);
	for (size_t i = 0; i < 4; i++) {
		memset(pvd + 813 + 17 * i, '0', 16);
		pvd[813 + 17 * i + 16] = 0;
	}
	memset(pvd + 881, 0, 2048 - 881);
	pvd[881] = 1;
	memcpy(at2048(18), "\377CD001\1", 7);
	put_le16(at2048(21), 1);
	put_le32(at2048(21) + 2, ROOT_LBA);
	put_le16(at2048(21) + 6, 1);
	put_be16(at2048(22), 1);
	put_be32(at2048(22) + 2, ROOT_LBA);
	put_be16(at2048(22) + 6, 1);
	at2048(21)[0] = at2048(22)[0] = 1;
	at2048(21)[1] = at2048(22)[1] = 0;
	n += put_record(root, "\0", 1, ROOT_LBA, SECTOR, 2);
	n += put_record(root + n, "\1", 1, ROOT_LBA, SECTOR, 2);
	n += put_record(root + n, "EFI.IMG;1", 9, ESP_LBA, ESP_SECTORS512 * 512, 0);
	put_record(root + n, "LOADER.BIN;1", 12, LOADER_LBA, LOADER_BYTES, 0);
}

static void fix_catalog(void)
{
	uint8_t *c = at2048(CATALOG_LBA);
	uint16_t sum = 0;

	put_le16(c + 28, 0);
	for (size_t i = 0; i < 32; i += 2)
		sum = (uint16_t)(sum + get_le16(c + i));
	put_le16(c + 28, (uint16_t)-sum);
}

static void make_catalog(void)
{
	uint8_t *r = at2048(17), *c = at2048(CATALOG_LBA);

	memcpy(r, "\0CD001\1EL TORITO SPECIFICATION", 30);
	put_le32(r + 71, CATALOG_LBA);
	c[0] = 1;
	c[30] = 0x55;
	c[31] = 0xaa;
	fix_catalog();
	c[32] = 0x88;
	put_le16(c + 38, 4);
	put_le32(c + 40, LOADER_LBA);
	c[64] = 0x91;
	c[65] = 0xef;
	put_le16(c + 66, 1);
	memcpy(c + 68, "UEFI here", 9);
	c[96] = 0x88;
	put_le16(c + 102, ESP_SECTORS512);
	put_le32(c + 104, ESP_LBA);
}

static void fix_loader(void)
{
	uint8_t *p = at2048(LOADER_LBA);

	put_le32(p + 8, 16);
	put_le32(p + 12, LOADER_LBA);
	put_le32(p + 16, LOADER_BYTES);
	put_le32(p + 20, ondisk_boot_info_sum(0, 0, p, LOADER_BYTES));
}

/* As much of isolinux.bin as one can tell from outside. */
static void make_loader(void)
{
	uint8_t *p = at2048(LOADER_LBA);

	for (size_t i = 64; i < LOADER_BYTES; i++)
		p[i] = (uint8_t)(i * 31);
	memcpy(p, "\xfa\xea\x6c\x7c", 4);
	memcpy(p + 64, "\xfb\xc0\x78\x70", 4);
	memcpy(p + 1340, "ISOLINUX 6.04", 13);
	fix_loader();
}

static void make_mbr(void)
{
	memcpy(image, "\x33\xed", 2);
	memcpy(image + 0xb6, "isolinux.bin missing or corrupt.\r\n", 34);
	put_le32(image + 432, LOADER_LBA * 4);
	put_le32(image + 440, 0x12345678);
	image[446] = 0x80;
	image[450] = 0x00;
	put_le32(image + 454, 0);
	put_le32(image + 458, IMAGE_BYTES / 512);
	image[462 + 4] = 0xef;
	put_le32(image + 462 + 8, ESP_START512);
	put_le32(image + 462 + 12, ESP_SECTORS512);
	image[510] = 0x55;
	image[511] = 0xaa;
}

static void put_link12(uint32_t cluster, uint32_t value)
{
	uint8_t *p = esp(1) + cluster + cluster / 2;
	uint16_t old = get_le16(p);

	put_le16(p, cluster & 1 ? (uint16_t)((old & 0x000f) | value << 4) :
				  (uint16_t)((old & 0xf000) | value));
}

static uint8_t *cluster(uint32_t c)
{
	return esp(4 + c - 2);
}

static void put_dirent(uint8_t *p, const char *name11, uint8_t attributes, uint16_t first,
		       uint32_t bytes)
{
	memcpy(p, name11, 11);
	p[11] = attributes;
	put_le16(p + 26, first);
	put_le32(p + 28, bytes);
}

/* The smallest SignedData with a signer: serial 1 of a certificate, not in there,
 * that "Test" issued. */
static const uint8_t signed_data[] = {
	0x30, 0x33, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0,
	0x26, 0x30, 0x24, 0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x00, 0x31, 0x1b, 0x30, 0x19,
	0x02, 0x01, 0x01, 0x30, 0x14, 0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55,
	0x04, 0x03, 0x0c, 0x04, 0x54, 0x65, 0x73, 0x74, 0x02, 0x01, 0x01,
};

static void make_pe(uint8_t *p, uint16_t machine)
{
	memcpy(p, "MZ", 2);
	put_le32(p + 60, 64);
	memcpy(p + 64, "PE\0\0", 4);
	put_le16(p + 68, machine);
	put_le16(p + 84, 240);
	put_le16(p + 88, 0x20b);
	put_le16(p + 88 + 68, 10);
	put_le32(p + 88 + 108, 16);
	put_le32(p + 88 + 144, 1024); /* certificate table at byte 1024 */
	put_le32(p + 88 + 148, 128);
}

/* FAT12: a table of two sectors, a root folder of one; EFI in cluster 2, BOOT
 * in 3, the loader in 5, 4 and 6. */
static void make_esp(void)
{
	uint8_t *b = esp(0);

	memcpy(b, "\xeb\x3c\x90TEST    ", 11);
	put_le16(b + 11, 512);
	b[13] = 1;
	put_le16(b + 14, 1);
	b[16] = 1;
	put_le16(b + 17, 16);
	put_le16(b + 19, ESP_SECTORS512);
	b[21] = 0xf8;
	put_le16(b + 22, 2);
	b[38] = 0x29;
	memcpy(b + 43, "MYESP      ", 11);
	put_link12(0, 0xff8);
	put_link12(1, 0xfff);
	put_link12(2, 0xfff);
	put_link12(3, 0xfff);
	put_link12(5, 4);
	put_link12(4, 6);
	put_link12(6, 0xfff);
	put_dirent(esp(3), "MYESP      ", 0x08, 0, 0);
	put_dirent(esp(3) + 32, "EFI        ", 0x10, 2, 0);
	put_dirent(cluster(2), ".          ", 0x10, 2, 0);
	put_dirent(cluster(2) + 32, "..         ", 0x10, 0, 0);
	put_dirent(cluster(2) + 64, "BOOT       ", 0x10, 3, 0);
	put_dirent(cluster(3), "BOOTX64 EFI", 0x20, 5, 1300);
	make_pe(cluster(5), 0x8664);
	memcpy(cluster(6), "\x80\0\0\0\0\2\2\0", 8); /* byte 1024 of the file */
	memcpy(cluster(6) + 8, signed_data, sizeof(signed_data));
}

static void fix_gpt_header(uint8_t *h, const uint8_t *entries)
{
	put_le32(h + 88, ondisk_crc32(0, entries, GPT_ENTRIES * 128));
	put_le32(h + 16, 0);
	put_le32(h + 16, ondisk_crc32(0, h, 92));
}

static void put_gpt_header(uint64_t lba, uint64_t other, uint64_t entries)
{
	uint8_t *h = at512(lba);

	memset(h, 0, 512);
	memcpy(h, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
	put_le64(h + 24, lba);
	put_le64(h + 32, other);
	put_le64(h + 40, 34);
	put_le64(h + 48, LAST512 - 33);
	memset(h + 56, 0xa5, 16);
	put_le64(h + 72, entries);
	put_le32(h + 80, GPT_ENTRIES);
	put_le32(h + 84, 128);
	fix_gpt_header(h, at512(entries));
}

/* A protective MBR and both copies of a GPT with the ESP in it. */
static void make_gpt(void)
{
	static const uint8_t type[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					  0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b };
	uint8_t *e = at512(2);

	memset(image + 446, 0, 64);
	image[450] = 0xee;
	put_le32(image + 454, 1);
	put_le32(image + 458, LAST512);
	memcpy(e, type, 16);
	memset(e + 16, 0x11, 16);
	put_le64(e + 32, ESP_START512);
	put_le64(e + 40, ESP_START512 + ESP_SECTORS512 - 1);
	put_le64(e + 48, 1);
	memcpy(e + 56, "E\0S\0P\0\xe9\0", 8);
	memcpy(at512(LAST512 - 32), e, GPT_ENTRIES * 128);
	put_gpt_header(1, LAST512, 2);
	put_gpt_header(LAST512, 1, LAST512 - 32);
}

static void setup(void)
{
	image = calloc(1, IMAGE_BYTES);
	ck_assert_ptr_nonnull(image);
	make_volume();
	make_catalog();
	make_loader();
	make_mbr();
	make_esp();
}

static void teardown(void)
{
	free(image);
	image = NULL;
}

/* ---- looking at it ------------------------------------------------------------------- */

struct opened {
	struct isokit_source *src;
	struct isokit_image *img;
	const struct isokit_facts *f;
	struct isokit_boot_verdict v;
};

static void open_bytes(struct opened *o, size_t bytes)
{
	struct isokit_error err = { 0 };

	ck_assert_int_eq(isokit_source_from_memory(image, bytes, "test", &o->src, &err),
			 ISOKIT_OK);
	ck_assert_msg(isokit_image_open(o->src, 0, &o->img, &err) == ISOKIT_OK, "%s: %s",
		      err.subject, err.text);
	o->f = isokit_image_facts(o->img);
	isokit_judge_boot(o->f, &o->v);
}

static void close_opened(struct opened *o)
{
	isokit_image_free(o->img);
	isokit_source_close(o->src);
}

static const struct isokit_finding *find(const struct isokit_facts *f, const char *code)
{
	for (size_t i = 0; i < f->n_findings; i++) {
		if (strcmp(isokit_finding_code_name(f->findings[i].code), code) == 0)
			return &f->findings[i];
	}
	return NULL;
}

static size_t count(const struct isokit_facts *f, const char *code)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_findings; i++)
		n += strcmp(isokit_finding_code_name(f->findings[i].code), code) == 0;
	return n;
}

/* "yyyy" for BIOS disc, BIOS USB, UEFI disc, UEFI USB. */
static const char *four(const struct isokit_boot_verdict *v, char out[5])
{
	out[0] = v->bios_cd.bootable ? 'y' : 'n';
	out[1] = v->bios_usb.bootable ? 'y' : 'n';
	out[2] = v->uefi_cd.bootable ? 'y' : 'n';
	out[3] = v->uefi_usb.bootable ? 'y' : 'n';
	out[4] = '\0';
	return out;
}

START_TEST(everything_is_read)
{
	const struct isokit_boot_entry *e;
	const struct isokit_fat *fat;
	struct opened o;
	char ways[5];

	open_bytes(&o, IMAGE_BYTES);
	ck_assert_str_eq(four(&o.v, ways), "yyyy");
	ck_assert_uint_eq(o.f->el_torito.n_entries, 2);
	e = o.f->el_torito.entries;
	ck_assert_str_eq(e[0].path, "/LOADER.BIN");
	ck_assert_uint_eq(e[0].bytes, LOADER_BYTES);
	ck_assert_str_eq(e[0].loader, "isolinux");
	ck_assert(e[0].info_table.present && e[0].info_table.lba_ok &&
		  e[0].info_table.length_ok && e[0].info_table.checksum_ok);
	ck_assert_int_eq(e[0].fat, -1);
	ck_assert_uint_eq(e[1].platform, ISOKIT_PLATFORM_UEFI);
	ck_assert_str_eq(e[1].section_id, "UEFI here");
	ck_assert_uint_eq(o.f->n_fats, 1); /* partition and entry share it */
	ck_assert_int_eq(e[1].fat, 0);
	ck_assert_int_eq(o.f->mbr.partitions[1].fat, 0);
	fat = &o.f->fats[0];
	ck_assert(fat->ok && fat->inside && fat->fits);
	ck_assert_uint_eq(fat->bits, 12);
	ck_assert_str_eq(fat->label, "MYESP");
	ck_assert_uint_eq(fat->n_loaders, 1);
	ck_assert_str_eq(fat->loaders[0].path, "/EFI/BOOT/BOOTX64.EFI");
	ck_assert_str_eq(fat->loaders[0].arch, "x64");
	ck_assert(fat->loaders[0].complete && fat->loaders[0].pe_ok && fat->loaders[0].is_signed);
	ck_assert_uint_eq(fat->loaders[0].n_signatures, 1);
	ck_assert_str_eq(fat->loaders[0].signatures[0].issuer, "Test");
	ck_assert_str_eq(fat->loaders[0].signatures[0].subject, "");
	ck_assert(o.v.uefi_cd.is_signed);
	ck_assert_int_eq(o.f->mbr.code, ISOKIT_CODE_ISOLINUX);
	ck_assert(o.f->mbr.pointer_ok);
	ck_assert(o.f->expected.complete);
	ck_assert_uint_eq(o.f->n_findings, 0);
	close_opened(&o);
}
END_TEST

START_TEST(gpt_is_read)
{
	struct opened o;
	char ways[5];

	make_gpt();
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_str_eq(four(&o.v, ways), "yyyy");
	ck_assert_uint_eq(o.f->n_findings, 0);
	ck_assert(o.f->gpt.primary.header_crc_ok && o.f->gpt.primary.entries_crc_ok);
	ck_assert(o.f->gpt.backup.header_crc_ok && o.f->gpt.backup.entries_crc_ok);
	ck_assert(o.f->gpt.agree && o.f->gpt.backup_at_end);
	ck_assert_uint_eq(o.f->gpt.n_partitions, 1);
	ck_assert_str_eq(o.f->gpt.partitions[0].type_guid, GPT_TYPE_ESP);
	ck_assert_str_eq(o.f->gpt.partitions[0].name, "ESP\xc3\xa9");
	ck_assert_str_eq(o.f->fats[0].where, "GPT partition 1");
	close_opened(&o);
}
END_TEST

/* ---- one thing spoiled ------------------------------------------------------------------ */

static void catalog_byte(void) { at2048(CATALOG_LBA)[10] ^= 1; }
static void catalog_key(void) { at2048(CATALOG_LBA)[31] = 0; fix_catalog(); }
static void catalog_header(void) { at2048(CATALOG_LBA)[0] = 2; fix_catalog(); }
static void catalog_far(void) { put_le32(at2048(17) + 71, 0xfffffff0); }
static void image_far(void) { put_le32(at2048(CATALOG_LBA) + 40, 0x7fffffff); }
static void media_15(void) { at2048(CATALOG_LBA)[33] = 15; }
static void indicator_7(void) { at2048(CATALOG_LBA)[32] = 7; }
static void record_at_18(void)
{
	memcpy(at2048(19 + 480), at2048(17), SECTOR);
	memcpy(at2048(17), "\2CD001\1", 7); /* some other descriptor */
	memset(at2048(17) + 7, ' ', 64);
	memcpy(at2048(18), at2048(19 + 480), SECTOR);
	memset(at2048(19 + 480), 0, SECTOR);
}
static void sections_endless(void)
{
	uint8_t *c = at2048(CATALOG_LBA);

	/* sections of one entry each, none of them the last, to the end */
	for (size_t at = 64; at + 64 <= SECTOR * 4; at += 64) {
		c[at] = 0x90;
		put_le16(c + at + 2, 1);
		c[at + 32] = 0x88;
		c[at + 32 + 6] = 4;
		put_le32(c + at + 32 + 8, LOADER_LBA);
	}
}
static void section_count_lie(void) { put_le16(at2048(CATALOG_LBA) + 66, 0xffff); }
static void info_lba(void) { put_le32(at2048(LOADER_LBA) + 12, LOADER_LBA + 1); }
static void info_length(void) { put_le32(at2048(LOADER_LBA) + 16, LOADER_BYTES - 4); }
static void loader_changed(void) { at2048(LOADER_LBA)[5000] ^= 1; }
static void no_info(void)
{
	memset(at2048(LOADER_LBA) + 8, 0, 56);
	put_le32(at2048(LOADER_LBA) + 8, 16); /* as isolinux.bin comes from its maker */
	memcpy(at2048(LOADER_LBA) + 16, "\xef\xbe\xad\xde\xef\xbe\xad\xde", 8);
}
static void loader_hangs(void)
{
	memset(at2048(LOADER_LBA), 0, LOADER_BYTES);
	memcpy(at2048(LOADER_LBA), "\xeb\xfe", 2);
}
static void pointer_moved(void) { put_le32(image + 432, LOADER_LBA * 4 + 4); }
static void pointer_far(void) { put_le32(image + 432, 0xffffffff); }
static void code_zero(void) { memset(image, 0, 440); }
static void two_active(void) { image[462] = 0x80; }
static void esp_far(void) { put_le32(image + 462 + 8, 0xfffffff0); }
static void mbr_overlap(void) { image[450] = 0x17; }
static void table_odd(void) { image[446] = 0x33; }
static void no_jump(void) { esp(0)[0] = 0; }
static void fat_broken(void) { put_le16(esp(0) + 17, 16 * 600); } /* a root of 600 sectors */
static void fat_too_large(void) { put_le16(esp(0) + 19, 520); }
static void loader_renamed(void) { memcpy(cluster(3), "BOOTX65 EFI", 11); }
static void loader_machine(void) { make_pe(cluster(5), 0xaa64); }
static void loader_is_text(void) { memcpy(cluster(5), "hello", 5); }
static void loader_chain_out(void) { put_link12(4, 4000); }
static void loader_chain_loop(void)
{
	put_link12(5, 4);
	put_link12(4, 5);
	put_le32(cluster(3) + 28, 200 * 512);
}
static void boot_folder_loop(void)
{
	put_link12(3, 3);
	memset(cluster(3), 0xe5, 512); /* only free entries, for ever */
}
static void boot_is_file(void) { cluster(2)[64 + 11] = 0x20; }

static const struct {
	const char *name;
	void (*spoil)(void);
	const char *ways;
	const char *finding; /* or NULL: none at all */
} spoiled[] = {
#define SPOILED(spoil, ways, finding) { #spoil, spoil, ways, finding }
	SPOILED(catalog_byte, "nyny", "eltorito-checksum"),
	SPOILED(catalog_key, "nyny", "eltorito-key"),
	SPOILED(catalog_header, "nyny", "eltorito-header"),
	SPOILED(catalog_far, "nyny", "eltorito-catalog-outside"),
	SPOILED(image_far, "nyyy", "eltorito-image-outside"),
	SPOILED(media_15, "nyyy", "eltorito-media"),
	SPOILED(indicator_7, "nyyy", "eltorito-indicator"),
	SPOILED(record_at_18, "nyyy", "eltorito-record-place"),
	SPOILED(sections_endless, "yyny", "eltorito-endless"),
	SPOILED(section_count_lie, "yyyy", "eltorito-section-count"),
	SPOILED(info_lba, "nnyy", "boot-info-lba"),
	SPOILED(info_length, "nnyy", "boot-info-length"),
	SPOILED(loader_changed, "nnyy", "boot-info-checksum"),
	SPOILED(no_info, "nnyy", "mbr-pointer"),
	SPOILED(loader_hangs, "nnyy", "mbr-pointer"),
	SPOILED(pointer_moved, "ynyy", "mbr-pointer"),
	SPOILED(pointer_far, "ynyy", "mbr-pointer"),
	SPOILED(code_zero, "ynyy", NULL),
	SPOILED(two_active, "yyyy", "mbr-two-active"),
	SPOILED(esp_far, "yyyn", "mbr-partition-outside"),
	SPOILED(mbr_overlap, "yyyn", "mbr-overlap"),
	SPOILED(table_odd, "yyyn", "mbr-table-odd"),
	SPOILED(no_jump, "yynn", NULL),
	SPOILED(fat_broken, "yynn", "fat-broken"),
	SPOILED(fat_too_large, "yyyn", "fat-over-partition"),
	SPOILED(loader_renamed, "yynn", NULL),
	SPOILED(loader_machine, "yynn", "efi-loader-machine"),
	SPOILED(loader_is_text, "yynn", "efi-loader-format"),
	SPOILED(loader_chain_out, "yynn", "efi-loader-incomplete"),
	SPOILED(loader_chain_loop, "yynn", "efi-loader-incomplete"),
	SPOILED(boot_folder_loop, "yynn", NULL),
	SPOILED(boot_is_file, "yynn", NULL),
};

START_TEST(spoiling_is_noticed)
{
	struct opened o;
	char ways[5];

	spoiled[_i].spoil();
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_msg(strcmp(four(&o.v, ways), spoiled[_i].ways) == 0, "%s: %s", spoiled[_i].name,
		      ways);
	if (spoiled[_i].finding)
		ck_assert_msg(find(o.f, spoiled[_i].finding) != NULL, "%s: no %s",
			      spoiled[_i].name, spoiled[_i].finding);
	else
		ck_assert_msg(o.f->n_findings == 0, "%s: %s", spoiled[_i].name,
			      isokit_finding_code_name(o.f->findings[0].code));
	close_opened(&o);
}
END_TEST

static void gpt_header(void) { at512(1)[56] ^= 1; }
static void gpt_entries(void) { at512(2)[200] ^= 1; }
static void gpt_backup_header(void) { at512(LAST512)[56] ^= 1; }
static void gpt_backup_entries(void) { at512(LAST512 - 32)[200] ^= 1; }
static void gpt_backup_gone(void) { memset(at512(LAST512), 0, 512); }
static void gpt_primary_gone(void) { memset(at512(1), 0, 512); }
static void gpt_both_headers(void) { gpt_header(); gpt_backup_header(); }
static void gpt_my_lba(void)
{
	put_le64(at512(1) + 24, 7);
	fix_gpt_header(at512(1), at512(2));
}
static void gpt_huge_count(void)
{
	put_le32(at512(1) + 80, 0xffffffff);
	fix_gpt_header(at512(1), at512(2));
}
static void gpt_huge_entries(void)
{
	put_le32(at512(1) + 84, 0x80000000);
	fix_gpt_header(at512(1), at512(2));
}
static void gpt_array_far(void)
{
	put_le64(at512(1) + 72, UINT64_MAX / 512);
	fix_gpt_header(at512(1), at512(2));
}
static void gpt_partition_far(void)
{
	put_le64(at512(2) + 40, UINT64_MAX);
	fix_gpt_header(at512(1), at512(2));
}
static void gpt_partition_backwards(void)
{
	put_le64(at512(2) + 40, 5);
	fix_gpt_header(at512(1), at512(2));
}
static void gpt_second_partition(uint64_t first, uint64_t last)
{
	memcpy(at512(2) + 128, at512(2), 128);
	put_le64(at512(2) + 128 + 32, first);
	put_le64(at512(2) + 128 + 40, last);
	fix_gpt_header(at512(1), at512(2));
}
static void gpt_crossing(void) { gpt_second_partition(ESP_START512 + 10, LAST512 - 40); }
static void gpt_nested(void) { gpt_second_partition(64, LAST512 - 40); }
static void gpt_not_protected(void) { image[450] = 0x83; }

static const struct {
	const char *name;
	void (*spoil)(void);
	bool uefi_usb;
	const char *finding;
} gpt_spoiled[] = {
#define GPT_SPOILED(spoil, boots, finding) { #spoil, spoil, boots, finding }
	GPT_SPOILED(gpt_header, false, "gpt-header-crc"),
	GPT_SPOILED(gpt_entries, false, "gpt-entries-crc"),
	GPT_SPOILED(gpt_both_headers, false, "gpt-backup-crc"),
	GPT_SPOILED(gpt_backup_header, true, "gpt-backup-crc"),
	GPT_SPOILED(gpt_backup_entries, true, "gpt-backup-crc"),
	GPT_SPOILED(gpt_backup_gone, true, "gpt-backup-missing"),
	GPT_SPOILED(gpt_primary_gone, false, "gpt-primary-missing"),
	GPT_SPOILED(gpt_my_lba, false, "gpt-my-lba"),
	GPT_SPOILED(gpt_huge_count, false, "gpt-array-absurd"),
	GPT_SPOILED(gpt_huge_entries, false, "gpt-array-absurd"),
	GPT_SPOILED(gpt_array_far, false, "gpt-array-outside"),
	GPT_SPOILED(gpt_partition_far, false, "gpt-partition-outside"),
	GPT_SPOILED(gpt_partition_backwards, false, "gpt-partition-backwards"),
	GPT_SPOILED(gpt_crossing, false, "gpt-overlap"),
	GPT_SPOILED(gpt_nested, false, "gpt-nested"),
	GPT_SPOILED(gpt_not_protected, false, "gpt-mbr-not-protective"),
};

START_TEST(spoiled_gpt_is_noticed)
{
	struct opened o;

	make_gpt();
	gpt_spoiled[_i].spoil();
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_msg(find(o.f, gpt_spoiled[_i].finding) != NULL, "%s: no %s",
		      gpt_spoiled[_i].name, gpt_spoiled[_i].finding);
	ck_assert_msg(o.v.uefi_usb.bootable == gpt_spoiled[_i].uefi_usb, "%s",
		      gpt_spoiled[_i].name);
	/* A good copy is used where one is left; the absurd one shows what it has. */
	ck_assert_uint_ge(o.f->gpt.n_partitions, 1);
	close_opened(&o);
}
END_TEST

/* ---- more than one way to write it ------------------------------------------------------ */

/* Names of mixed case and a loader whose name only its long entry tells. */
START_TEST(long_names_in_the_fat)
{
	uint8_t *d = cluster(3);
	static const char name[] = "BootRISCV64.efi";
	uint8_t sum = 0;
	struct opened o;

	memcpy(cluster(2) + 64, "boot       ", 11);
	put_dirent(d + 64, "BOOTRI~1EFI", 0x20, 5, 1300);
	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + d[64 + i]);
	for (size_t part = 0; part < 2; part++) {
		static const uint8_t places[13] = { 1,  3,  5,  7,  9,  14, 16,
						    18, 20, 22, 24, 28, 30 };
		uint8_t *p = d + (part ? 0 : 32);

		memset(p, 0xff, 32);
		p[0] = part ? 0x42 : 0x01;
		p[11] = 0x0f;
		p[12] = 0;
		p[13] = sum;
		put_le16(p + 26, 0);
		for (size_t i = 0; i < 13 && part * 13 + i < sizeof(name); i++)
			put_le16(p + places[i], (uint8_t)name[part * 13 + i]);
	}
	make_pe(cluster(5), 0x5064);
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_uint_eq(o.f->fats[0].n_loaders, 1);
	ck_assert_str_eq(o.f->fats[0].loaders[0].arch, "riscv64");
	ck_assert_str_eq(o.f->fats[0].loaders[0].path, "/EFI/boot/BootRISCV64.efi");
	ck_assert(o.f->fats[0].loaders[0].machine_ok);
	close_opened(&o);

	d[13]++; /* the checksum belongs to another short name */
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_uint_eq(o.f->fats[0].n_loaders, 0);
	close_opened(&o);
}
END_TEST

START_TEST(logical_partitions)
{
	struct opened o;

	/* third entry: extended from 1000; EBRs at 1000 and 1500 */
	image[478 + 4] = 0x05;
	put_le32(image + 478 + 8, 1000);
	put_le32(image + 478 + 12, 900);
	at512(1000)[510] = at512(1500)[510] = 0x55;
	at512(1000)[511] = at512(1500)[511] = 0xaa;
	at512(1000)[446 + 4] = 0x83;
	put_le32(at512(1000) + 446 + 8, 8);
	put_le32(at512(1000) + 446 + 12, 100);
	at512(1000)[462 + 4] = 0x05;
	put_le32(at512(1000) + 462 + 8, 500);
	put_le32(at512(1000) + 462 + 12, 100);
	at512(1500)[446 + 4] = 0x82;
	put_le32(at512(1500) + 446 + 8, 8);
	put_le32(at512(1500) + 446 + 12, 50);
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_uint_eq(o.f->mbr.n_partitions, 5);
	ck_assert_uint_eq(o.f->mbr.partitions[3].index, 5);
	ck_assert_uint_eq(o.f->mbr.partitions[3].start_lba, 1008);
	ck_assert_uint_eq(o.f->mbr.partitions[4].index, 6);
	ck_assert_uint_eq(o.f->mbr.partitions[4].start_lba, 1508);
	ck_assert_uint_eq(o.f->n_findings, 0);
	close_opened(&o);

	at512(1500)[462 + 4] = 0x05; /* back to the first: a loop */
	put_le32(at512(1500) + 462 + 8, 0);
	put_le32(at512(1500) + 462 + 12, 100);
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_uint_eq(o.f->mbr.n_partitions, 5);
	ck_assert_ptr_nonnull(find(o.f, "mbr-ebr-loop"));
	close_opened(&o);

	put_le32(at512(1500) + 462 + 8, 0xffffffff); /* far outside */
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_ptr_nonnull(find(o.f, "mbr-ebr-missing"));
	close_opened(&o);
}
END_TEST

START_TEST(apple_map_in_both_block_sizes)
{
	static const uint32_t sizes[2] = { 512, 2048 };

	for (size_t i = 0; i < 2; i++) {
		uint8_t *e = image + sizes[i];
		struct opened o;

		memset(image, 0, 4096);
		memcpy(image, "ER", 2);
		put_be16(image + 2, (uint16_t)sizes[i]);
		memcpy(e, "PM", 2);
		put_be32(e + 4, 1);
		put_be32(e + 8, 1);
		put_be32(e + 12, 3);
		memcpy(e + 16, "Apple", 5);
		memcpy(e + 48, "Apple_partition_map", 19);
		open_bytes(&o, IMAGE_BYTES);
		ck_assert(o.f->apm.present);
		ck_assert_uint_eq(o.f->apm.block_size, sizes[i]);
		ck_assert_uint_eq(o.f->apm.n_partitions, 1);
		ck_assert_str_eq(o.f->apm.partitions[0].type, "Apple_partition_map");
		ck_assert_uint_eq(o.f->n_findings, 0);
		close_opened(&o);
		put_be32(e + 4, 0xffffffff); /* four thousand million entries */
		open_bytes(&o, IMAGE_BYTES);
		ck_assert_ptr_nonnull(find(o.f, "apm-short"));
		close_opened(&o);
	}
}
END_TEST

/* ---- cut and broken media --------------------------------------------------------------- */

/* Wherever the image is cut: no crash, "incomplete", and no yes for what is gone. */
START_TEST(cut_images)
{
	make_gpt();
	for (size_t bytes = 19 * SECTOR; bytes < IMAGE_BYTES; bytes += 512) {
		struct opened o;

		open_bytes(&o, bytes);
		ck_assert_msg(!o.f->expected.complete, "%zu bytes", bytes);
		ck_assert_uint_eq(o.f->expected.bytes, IMAGE_BYTES);
		ck_assert_ptr_nonnull(find(o.f, "image-truncated"));
		if (bytes < (ESP_START512 + ESP_SECTORS512) * 512u) {
			ck_assert_msg(!o.v.uefi_cd.bootable, "%zu bytes", bytes);
			ck_assert_msg(!o.v.uefi_usb.bootable, "%zu bytes", bytes);
		}
		if (bytes < LOADER_LBA * SECTOR + LOADER_BYTES) {
			ck_assert_msg(!o.v.bios_cd.bootable, "%zu bytes", bytes);
			ck_assert_msg(!o.v.bios_usb.bootable, "%zu bytes", bytes);
		}
		close_opened(&o);
	}
}
END_TEST

/* A bad sector of 512 bytes: whatever touches it fails, as often as it is tried. */
struct faulty {
	uint64_t bad;
	bool failed;   /* a read that was no mere fetching ahead */
	uint64_t last; /* where the read just before began, if it failed */
	enum isokit_status status;
};

static enum isokit_status faulty_read(void *self, uint64_t offset, void *buffer, size_t length,
				      struct isokit_error *err)
{
	struct faulty *f = self;

	if (f->bad * 512 < offset + length && f->bad * 512 + 512 > offset) {
		/* Whole pages are what a cache asks for; then for what was wanted. */
		f->failed |= length % 4096 != 0 || length > 16384 || f->last == offset;
		f->last = offset;
		if (err)
			*err = (struct isokit_error){ .status = f->status, .offset = offset };
		return f->status;
	}
	f->last = UINT64_MAX;
	memcpy(buffer, image + offset, length);
	return ISOKIT_OK;
}

START_TEST(every_sector_may_fail)
{
	static const struct isokit_source_ops ops = { .size = sizeof(ops),
						      .read_at = faulty_read };
	static const enum isokit_status how[] = { ISOKIT_E_IO, ISOKIT_E_CHANGED };

	make_gpt();
	for (size_t k = 0; k < 2; k++) {
		for (uint64_t bad = 0; bad < IMAGE_BYTES / 512; bad++) {
			struct faulty f = { .bad = bad, .last = UINT64_MAX,
					    .status = how[k] };
			struct isokit_source *src;
			struct isokit_image *img = NULL;
			enum isokit_status st;

			ck_assert_int_eq(isokit_source_new(&ops, &f, IMAGE_BYTES, "test", &src,
							   NULL),
					 ISOKIT_OK);
			st = isokit_image_open(src, 0, &img, NULL);
			if (st == ISOKIT_OK && f.failed && how[k] == ISOKIT_E_IO)
				ck_assert_uint_ge(isokit_image_facts(img)->n_findings, 1);
			if (st != ISOKIT_OK)
				ck_assert_ptr_null(img);
			isokit_image_free(img);
			isokit_source_close(src);
		}
	}
}
END_TEST

/* Findings are for people: a hostile table must not make thousands. */
START_TEST(findings_stay_few)
{
	struct opened o;

	make_gpt();
	for (size_t i = 1; i < GPT_ENTRIES; i++) {
		memcpy(at512(2) + i * 128, at512(2), 128);
		put_le64(at512(2) + i * 128 + 32, 100 + i);
	}
	fix_gpt_header(at512(1), at512(2));
	open_bytes(&o, IMAGE_BYTES);
	ck_assert_uint_eq(o.f->gpt.n_partitions, GPT_ENTRIES);
	ck_assert_uint_le(count(o.f, "gpt-overlap") + count(o.f, "gpt-nested"), 16);
	close_opened(&o);
}
END_TEST

/* Any byte of the boot structures may be anything. */
START_TEST(random_bytes)
{
	static const struct { size_t from, to; } areas[] = {
		{ 0, 34 * 512 },
		{ CATALOG_LBA * SECTOR, CATALOG_LBA * SECTOR + 256 },
		{ ESP_LBA * SECTOR, ESP_LBA * SECTOR + 10 * 512 },
		{ LOADER_LBA * SECTOR, LOADER_LBA * SECTOR + 64 },
	};
	uint32_t seed = 12345;
	uint8_t *good_image = malloc(IMAGE_BYTES);

	ck_assert_ptr_nonnull(good_image);
	make_gpt();
	memcpy(good_image, image, IMAGE_BYTES);
	for (unsigned round = 0; round < 3000; round++) {
		struct opened o;

		memcpy(image, good_image, 16 * 12 * SECTOR);
		for (unsigned i = 0; i <= round % 6; i++) {
			size_t a = (seed = seed * 1664525 + 1013904223) >> 30;
			size_t span = areas[a].to - areas[a].from;
			size_t at = areas[a].from +
				    ((seed = seed * 1664525 + 1013904223) >> 8) % span;

			image[at] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 16);
		}
		open_bytes(&o, IMAGE_BYTES);
		close_opened(&o);
	}
	free(good_image);
}
END_TEST

UNIT(model_boot)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, everything_is_read);
	tcase_add_test(tc, gpt_is_read);
	tcase_add_loop_test(tc, spoiling_is_noticed, 0,
			    (int)(sizeof(spoiled) / sizeof(spoiled[0])));
	tcase_add_loop_test(tc, spoiled_gpt_is_noticed, 0,
			    (int)(sizeof(gpt_spoiled) / sizeof(gpt_spoiled[0])));
	tcase_add_test(tc, long_names_in_the_fat);
	tcase_add_test(tc, logical_partitions);
	tcase_add_test(tc, apple_map_in_both_block_sizes);
	tcase_add_test(tc, cut_images);
	tcase_add_test(tc, every_sector_may_fail);
	tcase_add_test(tc, findings_stay_few);
	tcase_add_test(tc, random_bytes);
}
