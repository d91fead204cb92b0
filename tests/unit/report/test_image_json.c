/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <string.h>

#include "report/sample.h"

static struct sample_output output;
static struct isokit_facts facts;
static struct isokit_boot_verdict verdict;

static void show(void)
{
	output = (struct sample_output){ 0 };
	ck_assert_int_eq(isokit_report_json(&facts, &verdict, sample_write, &output), ISOKIT_OK);
}

#define HAS(text) ck_assert_msg(strstr(output.bytes, text) != NULL, "no '%s' in:\n%s", text, \
				output.bytes)
#define LACKS(text) ck_assert_msg(!strstr(output.bytes, text), "'%s' in:\n%s", text, output.bytes)

START_TEST(prints_every_part_of_a_hybrid)
{
	sample_hybrid(&facts, &verdict);
	show();
	HAS("{\"schema\":\"isokit.image/1\",\"path\":\"/srv/images/debian-12.iso\","
	    "\"size\":5242880,\"format\":\"iso9660\",\"volume\":{\"id\":\"DEBIAN 12\","
	    "\"system_id\":\"LINUX\",\"set_id\":\"\",\"publisher_id\":\"\",");
	HAS("\"block_size\":2048,\"blocks\":2560,\"created\":\"2026-01-02T03:04:05.06+01:00\","
	    "\"modified\":\"2026-01-02T03:04:05.00-03:30\",\"expires\":\"\",\"effective\":\"\"}");
	HAS("\"descriptors\":[{\"lba\":16,\"type\":\"primary\"},{\"lba\":17,\"type\":\"boot\"},");
	HAS("\"rockridge\":{\"version\":\"RRIP_1991A\",\"volume_id\":\"DEBIAN 12\","
	    "\"files\":19998,\"directories\":101,\"symlinks\":3}");
	HAS("\"joliet\":{\"level\":3,\"volume_id\":\"Debian 12 \xc3\xa4\"}}");
	HAS("\"el_torito\":{\"lba\":32,\"record_lba\":17,\"valid\":true,\"id\":\"isokit\","
	    "\"entries\":[{\"index\":1,\"platform\":\"bios\",\"bootable\":true,"
	    "\"emulation\":\"none\",\"load_segment\":0,\"load_sectors\":4,\"lba\":33,");
	HAS("\"path\":\"/isolinux/isolinux.bin\",\"boot_info_table\":true,"
	    "\"boot_info_table_ok\":true,\"grub2_boot_info\":false,\"loader\":\"isolinux\"}");
	HAS("\"platform\":\"uefi\"");
	HAS("\"mbr\":{\"signature\":true,\"boot_code\":\"isolinux\",\"partitions\":[{\"index\":1,"
	    "\"active\":true,\"type\":23,\"start_lba\":0,\"sectors\":10240},");
	HAS("\"gpt\":{\"primary\":true,\"backup\":true,\"crc_ok\":true,"
	    "\"disk_guid\":\"99999999-2222-3333-4444-555555555555\",");
	HAS("\"name\":\"ISOHybrid1\",\"first_lba\":180,\"last_lba\":5939}]}");
	HAS("\"apm\":{\"block_size\":2048,\"partitions\":[{\"index\":1,\"name\":\"Apple\","
	    "\"type\":\"Apple_partition_map\",\"start\":1,\"blocks\":2},");
	HAS("\"boot\":{\"hybrid\":true,\"usb_bootable\":true,");
	HAS("\"bios_cd\":{\"bootable\":true,\"reasons\":[],\"reason_codes\":[]}");
	HAS("\"reason_codes\":[\"no-mbr\",\"mbr-code-zero\"]}");
	HAS("\"uefi_usb\":{\"bootable\":true,\"reasons\":[],\"reason_codes\":[],"
	    "\"architectures\":[\"x64\",\"ia32\"],\"signed\":false}}");
	HAS("\"integrity\":{\"expected_size\":5242880,\"expected_by\":\"GPT backup header\","
	    "\"complete\":true,\"implanted_md5\":\"none\",\"libisofs_md5\":\"unverified\"}");
	HAS("\"code\":\"tree-loop\",\"offset\":40960,\"message\":\"/a\\\\x1B[2J\\\\u{202E}");
	HAS("\"code\":\"eltorito-checksum\",\"message\":");
	ck_assert_str_eq(output.bytes + output.n - 3, "]}\n");
	ck_assert_ptr_eq(strchr(output.bytes, '\n'), output.bytes + output.n - 1);
}
END_TEST

START_TEST(leaves_out_what_is_not_there)
{
	sample_data(&facts, &verdict);
	show();
	LACKS("el_torito\":");
	LACKS("\"mbr\":");
	LACKS("\"gpt\":");
	LACKS("\"apm\":");
	LACKS("joliet");
	LACKS("\"files\"");
	HAS("\"volume\":{\"id\":\"\",\"system_id\":\"\",");
	HAS("\"sessions\":[]");
	HAS("\"complete\":false");
	HAS("\"problems\":[]}");
}
END_TEST

START_TEST(names_a_pure_udf)
{
	sample_data(&facts, &verdict);
	facts.format = ISOKIT_FORMAT_UDF;
	facts.primary = NULL;
	facts.namespaces[ISOKIT_NS_ISO9660].present = false;
	facts.namespaces[ISOKIT_NS_UDF] = (struct isokit_namespace){
		.present = true, .version = "2.01", .volume_id = "DISC",
	};
	show();
	HAS("\"format\":\"udf\",\"volume\":{\"id\":\"DISC\",\"system_id\":\"\"");
	HAS("\"namespaces\":{\"udf\":{\"revision\":\"2.01\",\"volume_id\":\"DISC\"}}");
}
END_TEST

START_TEST(keeps_bytes_that_are_no_utf8)
{
	static struct isokit_volume v = { .id = "CAF\xc9", .block_size = 2048 };

	sample_data(&facts, &verdict);
	facts.primary = &v;
	facts.path = "\xff.iso";
	show();
	HAS("\"path\":\"\xef\xbf\xbd.iso\",\"path_hex\":\"ff2e69736f\"");
	HAS("\"id\":\"CAF\xef\xbf\xbd\",\"id_hex\":\"434146c9\"");
}
END_TEST

START_TEST(names_platforms_and_media)
{
	static const struct {
		uint8_t platform, media;
		const char *words;
	} cases[] = {
		{ 0, 0, "\"platform\":\"bios\",\"bootable\":false,\"emulation\":\"none\"" },
		{ 1, 1, "\"platform\":\"ppc\",\"bootable\":false,\"emulation\":\"floppy-1.2\"" },
		{ 2, 2, "\"platform\":\"mac\",\"bootable\":false,\"emulation\":\"floppy-1.44\"" },
		{ 0xef, 3, "\"platform\":\"uefi\",\"bootable\":false,\"emulation\":\"floppy-2.88\"" },
		{ 3, 4, "\"platform\":\"other\",\"bootable\":false,\"emulation\":\"hard-disk\"" },
		{ 0xff, 5, "\"platform\":\"other\",\"bootable\":false,\"emulation\":\"other\"" },
	};
	struct isokit_boot_entry e = { .index = 1, .platform = cases[_i].platform,
				       .media = cases[_i].media, .fat = -1 };

	sample_data(&facts, &verdict);
	facts.el_torito.present = true;
	facts.el_torito.entries = &e;
	facts.el_torito.n_entries = 1;
	show();
	HAS(cases[_i].words);
	LACKS("loader");
}
END_TEST

UNIT(image_json)
{
	tcase_add_test(tc, prints_every_part_of_a_hybrid);
	tcase_add_test(tc, leaves_out_what_is_not_there);
	tcase_add_test(tc, names_a_pure_udf);
	tcase_add_test(tc, keeps_bytes_that_are_no_utf8);
	tcase_add_loop_test(tc, names_platforms_and_media, 0, 6);
}
