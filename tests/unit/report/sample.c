/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/sample.h"

#include <string.h>

static const struct isokit_volume volume = {
	.lba = 16,
	.id = "DEBIAN 12",
	.system_id = "LINUX",
	.application_id = "a long application identifier that needs more than one line of a "
			  "terminal with eighty columns to be shown",
	.block_size = 2048,
	.blocks = 2560,
	.created = { true, 2026, 1, 2, 3, 4, 5, 6, 4 },
	.modified = { true, 2026, 1, 2, 3, 4, 5, 0, -14 },
};

static const struct isokit_descriptor descriptors[] = {
	{ 16, 1, 1, "CD001", "primary" },
	{ 17, 0, 1, "CD001", "boot" },
	{ 18, 2, 1, "CD001", "supplementary" },
	{ 19, 255, 1, "CD001", "terminator" },
};

static const struct isokit_boot_entry entries[] = {
	{ .index = 1, .platform = 0, .indicator = 0x88, .bootable = true, .load_sectors = 4,
	  .lba = 33, .path = "/isolinux/isolinux.bin", .bytes = 24576, .inside = true,
	  .not_zero = true, .info_table = { .present = true, .lba_ok = true, .length_ok = true,
					    .checksum_ok = true },
	  .loader = "isolinux", .fat = -1 },
	{ .index = 2, .platform = 0xef, .indicator = 0x88, .bootable = true,
	  .load_sectors = 5760, .lba = 45, .path = "/boot/grub/efi.img", .bytes = 2949120,
	  .inside = true, .not_zero = true, .fat = 0 },
};

static const struct isokit_mbr_partition mbr[] = {
	{ .index = 1, .active = true, .status = 0x80, .type = 0x17, .sectors = 10240,
	  .inside = true, .fat = -1 },
	{ .index = 2, .type = 0xef, .start_lba = 180, .sectors = 5760, .inside = true, .fat = 0 },
};

static const struct isokit_gpt_partition gpt[] = {
	{ .index = 1, .type_guid = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
	  .guid = "11111111-2222-3333-4444-555555555555", .name = "ISOHybrid ISO",
	  .last_lba = 10000, .inside = true, .fat = -1 },
	{ .index = 2, .type_guid = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
	  .guid = "11111111-2222-3333-4444-666666666666", .name = "ISOHybrid1",
	  .first_lba = 180, .last_lba = 5939, .inside = true, .fat = 0 },
};

static const struct isokit_apm_partition apm[] = {
	{ 1, "Apple", "Apple_partition_map", 1, 2 },
	{ 2, "EFI", "Apple_HFS", 45, 1440 },
};

static const struct isokit_session session = { .lba = 0, .volume_id = "DEBIAN 12",
					       .blocks = 2560 };

/* The name tries to clear the screen and to write a word backwards. */
static const struct isokit_finding findings[] = {
	{ ISOKIT_F_TREE_LOOP, ISOKIT_ERROR, 40960, 2048, { 0 }, "/a\033[2J\xe2\x80\xae\xff\\b" },
	{ ISOKIT_F_ELTORITO_CHECKSUM, ISOKIT_ERROR, ISOKIT_NO_OFFSET, 0, { 4660 }, NULL },
};

void sample_hybrid(struct isokit_facts *f, struct isokit_boot_verdict *v)
{
	*f = (struct isokit_facts){
		.path = "/srv/images/debian-12.iso",
		.size = 5242880,
		.primary = &volume,
		.descriptors = descriptors,
		.n_descriptors = 4,
		.sessions = &session,
		.n_sessions = 1,
		.el_torito = { .present = true, .record_lba = 17, .catalog_lba = 32,
			       .readable = true, .valid = true, .id = "isokit", .entries = entries,
			       .n_entries = 2 },
		.mbr = { .present = true, .plausible = true, .code = ISOKIT_CODE_ISOLINUX,
			 .pointer_known = true, .pointer_sector = 132, .pointer_ok = true,
			 .partitions = mbr, .n_partitions = 2 },
		.gpt = { .block_size = 512, .backup_at_end = true, .agree = true,
			 .partitions = gpt, .n_partitions = 2 },
		.apm = { .present = true, .block_size = 2048, .partitions = apm,
			 .n_partitions = 2 },
		.expected = { 5242880, "GPT backup header", true },
		.libisofs_md5 = true,
		.findings = findings,
		.n_findings = 2,
	};
	f->gpt.primary = (struct isokit_gpt_header){
		.present = true, .header_crc_ok = true, .entries_crc_ok = true,
		.disk_guid = "99999999-2222-3333-4444-555555555555",
	};
	f->gpt.backup = f->gpt.primary;
	f->namespaces[ISOKIT_NS_ISO9660] = (struct isokit_namespace){
		.present = true, .level = 3, .volume_id = "DEBIAN 12", .volume = &volume,
		.counted = true, .files = 20001, .directories = 101,
	};
	f->namespaces[ISOKIT_NS_ROCKRIDGE] = (struct isokit_namespace){
		.present = true, .version = "RRIP_1991A", .volume_id = "DEBIAN 12",
		.volume = &volume, .counted = true, .files = 19998, .directories = 101,
		.symlinks = 3,
	};
	f->namespaces[ISOKIT_NS_JOLIET] = (struct isokit_namespace){
		.present = true, .level = 3, .volume_id = "Debian 12 \xc3\xa4", .volume = &volume,
	};
	*v = (struct isokit_boot_verdict){ .hybrid = true, .usb_bootable = true,
					   .optical_bootable = true };
	v->bios_cd.bootable = true;
	v->bios_usb.n_reasons = 2;
	v->bios_usb.reasons[0].code = ISOKIT_R_NO_MBR;
	v->bios_usb.reasons[1].code = ISOKIT_R_MBR_CODE_ZERO;
	v->uefi_cd = (struct isokit_boot_way){
		.bootable = true, .is_signed = true, .architectures = { "x64", "ia32" },
		.n_architectures = 2, .n_reasons = 1,
	};
	v->uefi_cd.reasons[0] = (struct isokit_boot_reason){ .code = ISOKIT_R_NO_ELTORITO,
							     .risk = true };
	v->uefi_usb = v->uefi_cd;
	v->uefi_usb.n_reasons = 0;
	v->uefi_usb.is_signed = false;
}

void sample_data(struct isokit_facts *f, struct isokit_boot_verdict *v)
{
	static const struct isokit_volume blank = { .lba = 16, .block_size = 2048, .blocks = 200 };

	*f = (struct isokit_facts){
		.path = "data.iso", .size = 204800, .primary = &blank,
		.descriptors = descriptors, .n_descriptors = 1,
		.expected = { 409600, "volume", false },
	};
	f->namespaces[ISOKIT_NS_ISO9660] = (struct isokit_namespace){ .present = true,
								      .level = 1 };
	*v = (struct isokit_boot_verdict){ .hybrid = false };
	v->bios_cd.n_reasons = v->bios_usb.n_reasons = 1;
	v->bios_cd.reasons[0].code = ISOKIT_R_NO_ELTORITO;
	v->bios_usb.reasons[0].code = ISOKIT_R_NO_MBR;
}

int sample_write(void *ctx, const char *bytes, size_t length)
{
	struct sample_output *o = ctx;

	o->calls++;
	if (o->refuse_after && o->n + length > o->refuse_after)
		return 1;
	if (length > sizeof(o->bytes) - 1 - o->n)
		return 1;
	memcpy(o->bytes + o->n, bytes, length);
	o->n += length;
	o->bytes[o->n] = '\0';
	return 0;
}
