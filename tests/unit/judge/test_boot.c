/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot verdict over facts made up here: no image, no bytes. */
#include "unit.h"

#include <isokit/verdict.h>

#include <string.h>

static const char esp[] = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
static const char basic_data[] = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
static const char freebsd_boot[] = "83BD6B9D-7F41-11DC-BE0B-001560B84F0F";

/* An image that boots all four ways, in the manner of isohybrid; each case
 * spoils something. */
struct sample {
	struct isokit_facts f;
	struct isokit_boot_entry entries[2];
	struct isokit_mbr_partition mbr[3];
	struct isokit_gpt_partition gpt[2];
	struct isokit_fat fat;
	struct isokit_efi_loader loaders[2], others[1];
};

static void good(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->entries[0] = (struct isokit_boot_entry){
		.index = 1, .platform = ISOKIT_PLATFORM_BIOS, .indicator = 0x88, .bootable = true,
		.load_sectors = 4, .lba = 50, .path = "/isolinux/isolinux.bin", .bytes = 38912,
		.inside = true, .not_zero = true, .loader = "isolinux", .fat = -1,
		.info_table = { .present = true, .lba_ok = true, .length_ok = true,
				.checksum_ok = true },
	};
	s->entries[1] = (struct isokit_boot_entry){
		.index = 2, .platform = ISOKIT_PLATFORM_UEFI, .indicator = 0x88, .bootable = true,
		.load_sectors = 2880, .lba = 100, .path = "/efi.img", .bytes = 1474560,
		.inside = true, .not_zero = true, .fat = 0,
	};
	s->mbr[0] = (struct isokit_mbr_partition){
		.index = 1, .active = true, .status = 0x80, .type = 0, .start_lba = 64, .sectors = 8128,
		.inside = true, .fat = -1,
	};
	s->mbr[1] = (struct isokit_mbr_partition){
		.index = 2, .type = 0xef, .start_lba = 400, .sectors = 2880, .inside = true,
	};
	s->loaders[0] = (struct isokit_efi_loader){
		.path = "/EFI/BOOT/BOOTX64.EFI", .arch = "x64", .bytes = 1000, .pe_ok = true,
		.machine = 0x8664, .machine_ok = true, .subsystem = 10, .is_signed = true,
		.complete = true,
	};
	s->loaders[1] = s->loaders[0];
	s->loaders[1].path = "/EFI/BOOT/BOOTAA64.EFI";
	s->loaders[1].arch = "aa64";
	s->loaders[1].is_signed = false;
	s->fat = (struct isokit_fat){
		.offset = 204800, .window = 1474560, .ok = true, .bits = 12, .bytes = 1474560,
		.inside = true, .fits = true, .label = "", .loaders = s->loaders, .n_loaders = 1,
		.where = "MBR partition 2",
	};
	s->f.size = 4194304;
	s->f.fats = &s->fat;
	s->f.n_fats = 1;
	s->f.el_torito = (struct isokit_el_torito){
		.present = true, .record_lba = 17, .catalog_lba = 40, .readable = true,
		.valid = true, .entries = s->entries, .n_entries = 2,
	};
	s->f.mbr = (struct isokit_mbr){
		.present = true, .plausible = true, .code = ISOKIT_CODE_ISOLINUX,
		.needs = ISOKIT_NEEDS_ISOLINUX, .pointer_known = true, .pointer_sector = 200,
		.pointer_ok = true, .partitions = s->mbr, .n_partitions = 2, .fat = -1,
	};
}

/* The same with GPT and protective MBR, in the manner of grub-mkrescue. */
static void make_gpt(struct sample *s)
{
	s->mbr[0] = (struct isokit_mbr_partition){
		.index = 1, .type = 0xee, .start_lba = 1, .sectors = 8191, .inside = true,
		.fat = -1,
	};
	s->f.mbr.n_partitions = 1;
	s->f.mbr.code = ISOKIT_CODE_GRUB;
	s->f.mbr.needs = ISOKIT_NEEDS_GRUB_CORE;
	s->entries[0].loader = "grub";
	s->gpt[0] = (struct isokit_gpt_partition){
		.index = 1, .name = "Gap0", .first_lba = 64, .last_lba = 399, .inside = true,
		.fat = -1,
	};
	memcpy(s->gpt[0].type_guid, basic_data, sizeof(basic_data));
	s->gpt[1] = (struct isokit_gpt_partition){
		.index = 2, .name = "EFI", .first_lba = 400, .last_lba = 3279, .inside = true,
	};
	memcpy(s->gpt[1].type_guid, esp, sizeof(esp));
	s->f.gpt = (struct isokit_gpt){
		.block_size = 512,
		.primary = { .present = true, .lba = 1, .my_lba = 1, .first_usable = 34,
			     .last_usable = 8158, .header_crc_ok = true,
			     .entries_crc_ok = true },
		.backup = { .present = true, .lba = 8191, .header_crc_ok = true,
			    .entries_crc_ok = true },
		.backup_at_end = true,
		.agree = true,
		.partitions = s->gpt,
		.n_partitions = 2,
	};
}

/* ---- what each case spoils --------------------------------------------------------- */

static void nothing(struct sample *s) { (void)s; }
static void no_eltorito(struct sample *s) { s->f.el_torito = (struct isokit_el_torito){ 0 }; }
static void record_at_18(struct sample *s) { s->f.el_torito.record_lba = 18; }
static void catalog_outside(struct sample *s)
{
	s->f.el_torito.readable = false;
	s->f.el_torito.n_entries = 0;
}
static void catalog_invalid(struct sample *s) { s->f.el_torito.valid = false; }
static void bios_not_bootable(struct sample *s) { s->entries[0].bootable = false; }
static void bios_media_15(struct sample *s) { s->entries[0].media = 15; }
static void bios_outside(struct sample *s) { s->entries[0].inside = false; }
static void bios_zero(struct sample *s) { s->entries[0].not_zero = false; }
static void bios_loads_nothing(struct sample *s) { s->entries[0].load_sectors = 0; }
static void bios_loads_76(struct sample *s) { s->entries[0].load_sectors = 76; }
static void bios_loads_too_much(struct sample *s) { s->entries[0].load_sectors = 0xffff; }
static void info_missing(struct sample *s) { s->entries[0].info_table.present = false; }
static void info_lba(struct sample *s) { s->entries[0].info_table.lba_ok = false; }
static void info_length(struct sample *s) { s->entries[0].info_table.length_ok = false; }
static void info_checksum(struct sample *s) { s->entries[0].info_table.checksum_ok = false; }
static void unknown_loader(struct sample *s)
{
	s->entries[0].loader = NULL;
	s->entries[0].info_table.present = false;
}
static void floppy(struct sample *s)
{
	s->entries[0].media = ISOKIT_EMUL_FLOPPY_1440;
	s->entries[0].load_sectors = 1;
}
static void floppy_message(struct sample *s)
{
	floppy(s);
	s->entries[0].message_only = true;
}
static void hangs(struct sample *s)
{
	unknown_loader(s);
	s->entries[0].message_only = true;
}
static void bios_text(struct sample *s)
{
	unknown_loader(s);
	s->entries[0].foreign = "text";
}
static void uefi_first(struct sample *s)
{
	struct isokit_boot_entry e = s->entries[0];

	s->entries[0] = s->entries[1];
	s->entries[1] = e;
}
static void uefi_alone(struct sample *s)
{
	s->entries[0] = s->entries[1];
	s->f.el_torito.n_entries = 1;
}
static void uefi_as_bios(struct sample *s) { s->entries[1].platform = ISOKIT_PLATFORM_BIOS; }
static void bios_alone(struct sample *s) { s->f.el_torito.n_entries = 1; }
static void uefi_emulated(struct sample *s) { s->entries[1].media = ISOKIT_EMUL_FLOPPY_2880; }
static void uefi_not_bootable(struct sample *s) { s->entries[1].bootable = false; }
static void uefi_load_0(struct sample *s) { s->entries[1].load_sectors = 0; }
static void uefi_load_1(struct sample *s) { s->entries[1].load_sectors = 1; }
static struct isokit_volume small = { .blocks = 99, .block_size = 2048 };
static void uefi_load_0_appended(struct sample *s)
{
	uefi_load_0(s);
	s->f.primary = &small; /* the EFI image begins at sector 100 */
}
static void uefi_appended(struct sample *s) { s->f.primary = &small; }
static void uefi_load_short(struct sample *s) { s->entries[1].load_sectors = 719; }
static void uefi_load_quarter(struct sample *s) { s->entries[1].load_sectors = 720; }

static void no_signature(struct sample *s) { s->f.mbr = (struct isokit_mbr){ .fat = -1 }; }
static void zero_code(struct sample *s)
{
	s->f.mbr.code = ISOKIT_CODE_NONE;
	s->f.mbr.needs = ISOKIT_NEEDS_NOTHING;
}
static void message_code(struct sample *s)
{
	s->f.mbr.code = ISOKIT_CODE_PROTECTIVE;
	s->f.mbr.needs = ISOKIT_NEEDS_NOTHING;
}
static void unknown_code(struct sample *s)
{
	s->f.mbr.code = ISOKIT_CODE_UNKNOWN;
	s->f.mbr.needs = ISOKIT_NEEDS_NOTHING;
}
static void unknown_code_with_partition(struct sample *s)
{
	unknown_code(s);
	s->mbr[0].boot_sector = true;
}
static void memtest_code(struct sample *s)
{
	s->f.mbr.code = ISOKIT_CODE_UNKNOWN;
	s->f.mbr.code_name = "memtest86+";
	s->f.mbr.needs = ISOKIT_NEEDS_DATA;
}
static void pointer_wrong(struct sample *s)
{
	s->f.mbr.pointer_ok = false;
	s->f.mbr.pointer_problem = "isolinux.bin is not there";
}
static void pointer_to_stale_loader(struct sample *s) { s->entries[0].info_table.lba_ok = false; }
static void not_active(struct sample *s) { s->mbr[0].active = false; }
static void two_active(struct sample *s) { s->mbr[1].active = true; }
static void start_active(struct sample *s)
{
	s->f.mbr.code = ISOKIT_CODE_WINDOWS;
	s->f.mbr.needs = ISOKIT_NEEDS_ACTIVE;
	s->f.mbr.pointer_known = false;
	s->mbr[0].active = false;
	s->mbr[1].active = true;
	s->mbr[1].boot_sector = true;
}
static void active_none(struct sample *s) { start_active(s); s->mbr[1].active = false; }
static void active_two(struct sample *s) { start_active(s); s->mbr[0].active = true; }
static void active_outside(struct sample *s) { start_active(s); s->mbr[1].inside = false; }
static void active_no_code(struct sample *s) { start_active(s); s->mbr[1].boot_sector = false; }
static void gptmbr(struct sample *s)
{
	s->f.mbr.code = ISOKIT_CODE_SYSLINUX;
	s->f.mbr.needs = ISOKIT_NEEDS_GPT_LEGACY;
}
static void gptmbr_marked(struct sample *s)
{
	gptmbr(s);
	s->gpt[1].attributes = 4;
	s->gpt[1].boot_sector = true;
}
static void pmbr(struct sample *s)
{
	s->f.mbr.code = ISOKIT_CODE_UNKNOWN;
	s->f.mbr.code_name = "freebsd-pmbr";
	s->f.mbr.needs = ISOKIT_NEEDS_FREEBSD_BOOT;
}
static void pmbr_with_partition(struct sample *s)
{
	pmbr(s);
	memcpy(s->gpt[0].type_guid, freebsd_boot, sizeof(freebsd_boot));
	s->gpt[0].boot_sector = true;
}
static void from_zero(struct sample *s)
{
	s->mbr[0].start_lba = 0;
	s->mbr[0].type = 0x17;
	s->f.mbr.n_partitions = 1;
}
static void empty_from_zero(struct sample *s)
{
	from_zero(s);
	s->mbr[0].type = 0;
}

static void no_fat(struct sample *s)
{
	s->fat.ok = false;
	s->fat.bytes = 0;
	s->fat.n_loaders = 0;
}
static void fat_cut(struct sample *s) { s->fat.inside = false; }
static void fat_too_large(struct sample *s) { s->fat.fits = false; }
static void no_loader(struct sample *s) { s->fat.n_loaders = 0; }
static void loader_cut(struct sample *s) { s->loaders[0].complete = false; }
static void loader_text(struct sample *s) { s->loaders[0].pe_ok = false; }
static void loader_driver(struct sample *s) { s->loaders[0].subsystem = 11; }
static void loader_machine(struct sample *s) { s->loaders[0].machine_ok = false; }
static void second_loader_broken(struct sample *s)
{
	s->fat.n_loaders = 2;
	s->loaders[1].complete = false;
}
static void esp_outside(struct sample *s) { s->mbr[1].inside = false; }
static void other_outside(struct sample *s)
{
	s->mbr[2] = (struct isokit_mbr_partition){
		.index = 3, .type = 0x83, .start_lba = 9000, .sectors = 9000, .fat = -1,
	};
	s->f.mbr.n_partitions = 3;
}
static void esp_type_83(struct sample *s) { s->mbr[1].type = 0x83; s->mbr[1].fat = -1; }
static void esp_type_0c(struct sample *s) { s->mbr[1].type = 0x0c; }
static void cover_17(struct sample *s) { s->mbr[0].type = 0x17; }
static void superfloppy(struct sample *s)
{
	message_code(s);
	s->f.mbr.plausible = false;
	s->f.mbr.n_partitions = 0;
	s->f.mbr.fat = 0;
}
static void gpt_header_crc(struct sample *s) { s->f.gpt.primary.header_crc_ok = false; }
static void gpt_entries_crc(struct sample *s) { s->f.gpt.primary.entries_crc_ok = false; }
static void gpt_no_primary(struct sample *s)
{
	s->f.gpt.primary = (struct isokit_gpt_header){ 0 };
}
static void gpt_2048(struct sample *s) { s->f.gpt.block_size = 2048; }
static void gpt_no_backup(struct sample *s) { s->f.gpt.backup.present = false; }
static void gpt_backup_elsewhere(struct sample *s) { s->f.gpt.backup_at_end = false; }
static void gpt_unprotected(struct sample *s) { s->mbr[0].type = 0x83; }
static void gpt_esp_outside(struct sample *s) { s->gpt[1].inside = false; }
static void gpt_esp_as_data(struct sample *s)
{
	memcpy(s->gpt[1].type_guid, basic_data, sizeof(basic_data));
}
static void gpt_nested(struct sample *s) { s->gpt[0].last_lba = 8000; }
static void gpt_crossing(struct sample *s) { s->gpt[0].last_lba = 400; }
static void gpt_unusable(struct sample *s) { s->f.gpt.primary.first_usable = 401; }
static void gpt_my_lba(struct sample *s) { s->f.gpt.primary.my_lba = 2; }
static void gpt_no_esp(struct sample *s) { s->f.gpt.n_partitions = 1; }

static void shim_and_grub(struct sample *s)
{
	s->loaders[0].kind = "shim";
	s->others[0] = s->loaders[0];
	s->others[0].path = "/EFI/BOOT/grubx64.efi";
	s->others[0].kind = "grub";
	s->fat.others = s->others;
	s->fat.n_others = 1;
}
static void shim_alone(struct sample *s) { shim_and_grub(s); s->fat.n_others = 0; }
static void shim_of_suse(struct sample *s)
{
	shim_and_grub(s);
	s->others[0].path = "/EFI/BOOT/GRUB.EFI";
}
static void shim_other_arch(struct sample *s)
{
	shim_and_grub(s);
	s->others[0].path = "/EFI/BOOT/grubia32.efi";
}
static void shim_next_unsigned(struct sample *s)
{
	shim_and_grub(s);
	s->others[0].is_signed = false;
}
static void windows_hybrid(struct sample *s)
{
	s->f.windows = (struct isokit_windows){ .present = true, .efi_loader = true };
}
static void windows_media(struct sample *s)
{
	windows_hybrid(s);
	s->f.windows.install_path = "/sources/install.wim";
	s->f.windows.install_bytes = 3000000000;
	s->f.mbr = (struct isokit_mbr){ .present = false, .fat = -1 };
}
static void windows_large(struct sample *s)
{
	windows_media(s);
	s->f.windows.install_bytes = 4294967296;
}
static void windows_seven(struct sample *s)
{
	windows_media(s);
	s->f.windows.efi_loader = false;
}
static void windows_cut_partition(struct sample *s)
{
	windows_hybrid(s);
	s->mbr[1].inside = false;
}

/* ---- the cases ------------------------------------------------------------------------ */

/* For each way: what is expected, and one reason that must be given. */
struct expectation {
	bool boots;
	const char *reason; /* code, or NULL: no reason at all */
};

#define YES { true, NULL }
#define RISK(code) { true, code }
#define NO(code) { false, code }

struct judge_case {
	const char *name;
	bool gpt;
	void (*spoil)(struct sample *s);
	struct expectation ways[4]; /* BIOS disc, BIOS USB, UEFI disc, UEFI USB */
};

#define CASE(spoil, ...) { #spoil, false, spoil, { __VA_ARGS__ } }
#define GPT_CASE(spoil, ...) { "gpt: " #spoil, true, spoil, { __VA_ARGS__ } }
#define ONLY_EE RISK("only-protective-entry")

static const struct judge_case cases[] = {
	CASE(nothing, YES, YES, YES, YES),
	CASE(shim_and_grub, YES, YES, YES, YES),
	CASE(shim_of_suse, YES, YES, YES, YES),
	CASE(shim_alone, YES, YES, RISK("shim-without-loader"), RISK("shim-without-loader")),
	CASE(shim_other_arch, YES, YES, RISK("shim-without-loader"), RISK("shim-without-loader")),
	CASE(shim_next_unsigned, YES, YES, RISK("shim-next-unsigned"), RISK("shim-next-unsigned")),
	CASE(windows_hybrid, YES, YES, YES, YES),
	CASE(windows_media, YES, NO("windows-stick-bios"), YES, NO("windows-stick-uefi")),
	CASE(windows_large, YES, NO("windows-stick-bios"), YES, NO("windows-install-large")),
	CASE(windows_seven, YES, NO("windows-stick-bios"), YES, NO("windows-stick-no-loader")),
	CASE(windows_cut_partition, YES, YES, YES, NO("efi-partition-outside")),
	CASE(no_eltorito, NO("no-eltorito"), YES, NO("no-eltorito"), YES),
	CASE(record_at_18, NO("eltorito-record-place"), YES, RISK("eltorito-record-place"), YES),
	CASE(catalog_outside, NO("catalog-outside"), YES, NO("catalog-outside"), YES),
	CASE(catalog_invalid, NO("catalog-invalid"), YES, NO("catalog-invalid"), YES),
	CASE(bios_not_bootable, NO("entry-not-bootable"), YES, YES, YES),
	CASE(bios_media_15, NO("entry-media"), YES, YES, YES),
	CASE(bios_outside, NO("boot-image-outside"), YES, YES, YES),
	CASE(bios_zero, NO("boot-image-zero"), YES, YES, YES),
	CASE(bios_loads_nothing, NO("load-size-zero"), YES, YES, YES),
	CASE(bios_loads_76, RISK("load-size-not-4"), YES, YES, YES),
	CASE(bios_loads_too_much, RISK("load-size-large"), YES, YES, YES),
	CASE(info_missing, NO("boot-info-table-missing"), YES, YES, YES),
	CASE(info_lba, NO("boot-info-table-wrong"), NO("boot-info-table-wrong"), YES, YES),
	CASE(info_length, NO("boot-info-table-wrong"), NO("boot-info-table-wrong"), YES, YES),
	CASE(info_checksum, NO("boot-info-table-wrong"), NO("boot-info-table-wrong"), YES, YES),
	CASE(unknown_loader, RISK("loader-unknown"), YES, YES, YES),
	CASE(floppy, RISK("emulation"), YES, YES, YES),
	CASE(floppy_message, NO("boot-sector-message"), YES, YES, YES),
	CASE(hangs, NO("boot-sector-message"), YES, YES, YES),
	CASE(bios_text, NO("boot-image-not-code"), YES, YES, YES),
	CASE(uefi_first, NO("first-entry-not-bios"), YES, YES, YES),
	CASE(uefi_alone, NO("no-bios-entry"), YES, YES, YES),
	CASE(uefi_as_bios, YES, YES, NO("uefi-entry-platform"), YES),
	CASE(bios_alone, YES, YES, NO("no-uefi-entry"), YES),
	CASE(uefi_emulated, YES, YES, NO("uefi-entry-emulated"), YES),
	CASE(uefi_not_bootable, YES, YES, NO("entry-not-bootable"), YES),
	CASE(uefi_load_0, YES, YES, RISK("load-size-to-end"), YES),
	CASE(uefi_load_1, YES, YES, RISK("load-size-to-end"), YES),
	CASE(uefi_load_0_appended, YES, YES, NO("load-size-past-volume"), YES),
	CASE(uefi_appended, YES, YES, YES, YES),
	CASE(uefi_load_short, YES, YES, NO("load-size-short"), YES),
	CASE(uefi_load_quarter, YES, YES, RISK("load-size-short"), YES),

	CASE(no_signature, YES, NO("no-mbr"), YES, NO("uefi-eltorito-only")),
	CASE(zero_code, YES, NO("mbr-code-zero"), YES, YES),
	CASE(message_code, YES, NO("mbr-code-message"), YES, YES),
	CASE(unknown_code, YES, NO("mbr-code-unknown"), YES, YES),
	CASE(unknown_code_with_partition, YES, RISK("mbr-code-unknown"), YES, YES),
	CASE(memtest_code, YES, YES, YES, YES),
	CASE(pointer_wrong, YES, NO("mbr-pointer-wrong"), YES, YES),
	CASE(pointer_to_stale_loader, NO("boot-info-table-wrong"), NO("boot-info-table-wrong"),
	     YES, YES),
	CASE(not_active, YES, RISK("no-active-partition"), YES, YES),
	CASE(two_active, YES, RISK("two-active-partitions"), YES, YES),
	CASE(start_active, YES, YES, YES, YES),
	CASE(active_none, YES, NO("no-active-partition"), YES, YES),
	CASE(active_two, YES, NO("two-active-partitions"), YES, YES),
	CASE(active_outside, YES, NO("active-partition-outside"), YES,
	     NO("efi-partition-outside")),
	CASE(active_no_code, YES, NO("active-partition-no-code"), YES, YES),
	CASE(from_zero, YES, RISK("partition-from-zero"), YES, NO("uefi-eltorito-only")),
	CASE(empty_from_zero, YES, YES, YES, NO("uefi-eltorito-only")),

	CASE(no_fat, YES, YES, NO("efi-image-not-fat"), NO("efi-image-not-fat")),
	CASE(fat_cut, YES, YES, NO("efi-image-cut"), NO("efi-image-cut")),
	CASE(fat_too_large, YES, YES, YES, NO("efi-image-over-partition")),
	CASE(no_loader, YES, YES, NO("no-efi-loader"), NO("no-efi-loader")),
	CASE(loader_cut, YES, YES, NO("efi-loader-incomplete"), NO("efi-loader-incomplete")),
	CASE(loader_text, YES, YES, NO("efi-loader-format"), NO("efi-loader-format")),
	CASE(loader_driver, YES, YES, NO("efi-loader-format"), NO("efi-loader-format")),
	CASE(loader_machine, YES, YES, NO("efi-loader-machine"), NO("efi-loader-machine")),
	CASE(second_loader_broken, YES, YES, RISK("efi-loader-incomplete"),
	     RISK("efi-loader-incomplete")),
	CASE(esp_outside, YES, YES, YES, NO("efi-partition-outside")),
	CASE(other_outside, YES, YES, YES, NO("mbr-partition-outside")),
	CASE(esp_type_83, YES, YES, YES, NO("uefi-eltorito-only")),
	CASE(esp_type_0c, YES, YES, YES, YES),
	CASE(cover_17, YES, YES, YES, NO("mbr-overlap")),
	CASE(superfloppy, YES, NO("mbr-code-message"), YES, YES),

	GPT_CASE(nothing, YES, ONLY_EE, YES, YES),
	GPT_CASE(info_checksum, YES, ONLY_EE, YES, YES), /* GRUB does not look at it */
	GPT_CASE(info_length, NO("boot-info-table-wrong"), ONLY_EE, YES, YES),
	GPT_CASE(info_missing, NO("boot-info-table-missing"), ONLY_EE, YES, YES),
	GPT_CASE(pointer_wrong, YES, NO("mbr-pointer-wrong"), YES, YES),
	GPT_CASE(gptmbr, YES, NO("no-legacy-boot-partition"), YES, YES),
	GPT_CASE(gptmbr_marked, YES, ONLY_EE, YES, YES),
	GPT_CASE(pmbr, YES, NO("no-freebsd-boot-partition"), YES, YES),
	GPT_CASE(pmbr_with_partition, YES, ONLY_EE, YES, YES),
	GPT_CASE(gpt_header_crc, YES, ONLY_EE, YES, NO("gpt-damaged")),
	GPT_CASE(gpt_entries_crc, YES, ONLY_EE, YES, NO("gpt-damaged")),
	GPT_CASE(gpt_no_primary, YES, ONLY_EE, YES, NO("uefi-eltorito-only")),
	GPT_CASE(gpt_2048, YES, ONLY_EE, YES, NO("gpt-block-size")),
	GPT_CASE(gpt_no_backup, YES, ONLY_EE, YES, RISK("gpt-backup-place")),
	GPT_CASE(gpt_backup_elsewhere, YES, ONLY_EE, YES, RISK("gpt-backup-place")),
	GPT_CASE(gpt_unprotected, YES, RISK("no-active-partition"), YES, NO("gpt-unprotected")),
	GPT_CASE(gpt_esp_outside, YES, ONLY_EE, YES, NO("efi-partition-outside")),
	GPT_CASE(gpt_esp_as_data, YES, ONLY_EE, YES, YES),
	GPT_CASE(gpt_nested, YES, ONLY_EE, YES, NO("gpt-overlap")),
	GPT_CASE(gpt_crossing, YES, ONLY_EE, YES, NO("gpt-overlap")),
	GPT_CASE(gpt_unusable, YES, ONLY_EE, YES, NO("gpt-outside-usable")),
	GPT_CASE(gpt_my_lba, YES, ONLY_EE, YES, NO("gpt-damaged")),
	GPT_CASE(gpt_no_esp, YES, ONLY_EE, YES, NO("uefi-eltorito-only")),
};

static bool has_reason(const struct isokit_boot_way *w, const char *code)
{
	for (size_t i = 0; i < w->n_reasons; i++) {
		if (strcmp(isokit_boot_reason_name(w->reasons[i].code), code) == 0)
			return true;
	}
	return false;
}

START_TEST(judges)
{
	static const char *const names[] = { "BIOS disc", "BIOS USB", "UEFI disc", "UEFI USB" };
	const struct judge_case *c = &cases[_i];
	struct isokit_boot_verdict v;
	const struct isokit_boot_way *ways[4] = { &v.bios_cd, &v.bios_usb, &v.uefi_cd,
						  &v.uefi_usb };
	struct sample s;

	good(&s);
	if (c->gpt)
		make_gpt(&s);
	c->spoil(&s);
	isokit_judge_boot(&s.f, &v);
	for (size_t i = 0; i < 4; i++) {
		const struct expectation *e = &c->ways[i];

		ck_assert_msg(ways[i]->bootable == e->boots, "%s: %s: bootable is %d (%s)",
			      c->name, names[i], ways[i]->bootable,
			      ways[i]->n_reasons ?
				      isokit_boot_reason_name(ways[i]->reasons[0].code) :
				      "no reason");
		if (e->reason)
			ck_assert_msg(has_reason(ways[i], e->reason), "%s: %s: no %s", c->name,
				      names[i], e->reason);
		else
			ck_assert_msg(ways[i]->n_reasons == 0, "%s: %s: %s", c->name, names[i],
				      isokit_boot_reason_name(ways[i]->reasons[0].code));
		/* A no has reasons and nothing else; a yes has risks only. */
		ck_assert_msg(e->boots || ways[i]->n_reasons > 0, "%s: %s", c->name, names[i]);
		for (size_t k = 0; k < ways[i]->n_reasons; k++)
			ck_assert_msg(ways[i]->reasons[k].risk == ways[i]->bootable, "%s: %s: %s",
				      c->name, names[i],
				      isokit_boot_reason_name(ways[i]->reasons[k].code));
		ck_assert(ways[i]->bootable || ways[i]->n_architectures == 0);
	}
	ck_assert_int_eq(v.optical_bootable, v.bios_cd.bootable || v.uefi_cd.bootable);
	ck_assert_int_eq(v.usb_bootable, v.bios_usb.bootable || v.uefi_usb.bootable);
	ck_assert_int_eq(v.hybrid, v.optical_bootable && v.usb_bootable);
}
END_TEST

START_TEST(architectures_and_signatures)
{
	struct isokit_boot_verdict v;
	struct sample s;

	good(&s);
	isokit_judge_boot(&s.f, &v);
	ck_assert_uint_eq(v.uefi_cd.n_architectures, 1);
	ck_assert_str_eq(v.uefi_cd.architectures[0], "x64");
	ck_assert(v.uefi_cd.is_signed);
	ck_assert(v.uefi_usb.is_signed);
	ck_assert_uint_eq(v.bios_cd.n_architectures, 0);

	s.fat.n_loaders = 2; /* the second is not signed */
	isokit_judge_boot(&s.f, &v);
	ck_assert_uint_eq(v.uefi_usb.n_architectures, 2);
	ck_assert_str_eq(v.uefi_usb.architectures[1], "aa64");
	ck_assert(!v.uefi_usb.is_signed);

	/* What does not work does not count, its signature neither. */
	s.loaders[1].machine_ok = false;
	isokit_judge_boot(&s.f, &v);
	ck_assert_uint_eq(v.uefi_cd.n_architectures, 1);
	ck_assert(v.uefi_cd.is_signed);
}
END_TEST

/* Firmware takes the first partition that works; the broken one is no reason. */
START_TEST(one_good_candidate_is_enough)
{
	struct isokit_boot_verdict v;
	struct sample s;
	struct isokit_fat fats[2];

	good(&s);
	fats[0] = s.fat;
	fats[1] = s.fat;
	fats[1].n_loaders = 0;
	s.f.fats = fats;
	s.f.n_fats = 2;
	s.mbr[2] = s.mbr[1];
	s.mbr[1].fat = 1;
	s.mbr[2].index = 3;
	s.mbr[2].start_lba = 4000;
	s.f.mbr.n_partitions = 3;
	isokit_judge_boot(&s.f, &v);
	ck_assert(v.uefi_usb.bootable);
	ck_assert_uint_eq(v.uefi_usb.n_reasons, 0);
}
END_TEST

START_TEST(nothing_at_all)
{
	struct isokit_facts f = { .mbr = { .fat = -1 } };
	struct isokit_boot_verdict v;

	isokit_judge_boot(&f, &v);
	ck_assert(!v.hybrid && !v.usb_bootable && !v.optical_bootable);
	ck_assert(has_reason(&v.bios_cd, "no-eltorito"));
	ck_assert(has_reason(&v.bios_usb, "no-mbr"));
	ck_assert(has_reason(&v.uefi_cd, "no-eltorito"));
	ck_assert(has_reason(&v.uefi_usb, "no-efi-partition"));
}
END_TEST

START_TEST(every_reason_has_a_name_of_its_own)
{
	for (int i = 0; i < ISOKIT_R_COUNT; i++) {
		const char *a = isokit_boot_reason_name((enum isokit_boot_reason_code)i);

		ck_assert_str_ne(a, "unknown");
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(
				a, isokit_boot_reason_name((enum isokit_boot_reason_code)k));
	}
	ck_assert_str_eq(isokit_boot_reason_name(ISOKIT_R_COUNT), "unknown");
}
END_TEST

/* More reasons than fit are dropped, not written beyond the end. */
START_TEST(reasons_are_bounded)
{
	struct isokit_mbr_partition many[64];
	struct isokit_boot_verdict v;
	struct sample s;

	good(&s);
	for (unsigned i = 0; i < 64; i++)
		many[i] = (struct isokit_mbr_partition){
			.index = i + 5, .type = 0xef, .start_lba = 1 + i, .sectors = 1, .fat = -1,
		};
	s.f.mbr.partitions = many;
	s.f.mbr.n_partitions = 64;
	isokit_judge_boot(&s.f, &v);
	ck_assert(!v.uefi_usb.bootable);
	ck_assert_uint_eq(v.uefi_usb.n_reasons, ISOKIT_MAX_REASONS);
}
END_TEST

UNIT(judge_boot)
{
	tcase_add_loop_test(tc, judges, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tc, architectures_and_signatures);
	tcase_add_test(tc, one_good_candidate_is_enough);
	tcase_add_test(tc, nothing_at_all);
	tcase_add_test(tc, every_reason_has_a_name_of_its_own);
	tcase_add_test(tc, reasons_are_bounded);
}
