/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "report/sample.h"

static struct sample_output output;
static struct isokit_facts facts;
static struct isokit_boot_verdict verdict;

static void show(const struct isokit_report_options *options)
{
	output = (struct sample_output){ 0 };
	ck_assert_int_eq(isokit_report_text(&facts, &verdict, options, sample_write, &output),
			 ISOKIT_OK);
}

#define HAS(text) ck_assert_msg(strstr(output.bytes, text) != NULL, "no '%s' in:\n%s", text, \
				output.bytes)
#define LACKS(text) ck_assert_msg(!strstr(output.bytes, text), "'%s' in:\n%s", text, output.bytes)

START_TEST(shows_a_hybrid)
{
	const struct isokit_report_options options = { .width = 100 };

	sample_hybrid(&facts, &verdict);
	show(&options);
	HAS("/srv/images/debian-12.iso\nISO 9660 with Rock Ridge and Joliet, 5.0 MiB (5,242,880 "
	    "bytes), boots from disc and USB stick\n");
	HAS("\nVolume       name          DEBIAN 12\n             system        LINUX\n");
	HAS("\n             created       2026-01-02 03:04:05 +01:00\n");
	LACKS("publisher");
	HAS("\n             Rock Ridge  RRIP_1991A  19,998      101      3\n");
	HAS("Debian 12 \xc3\xa4\n");
	HAS("\nBoot         BIOS  disc  yes\n");
	HAS("\n             BIOS  USB   no   - no MBR signature");
	HAS("\n             UEFI  disc  yes  x64, ia32, signed\n                              risk: ");
	HAS("\n             UEFI  USB   yes  x64, ia32, not signed\n");
	HAS("\n             1  BIOS      4     33  24.0 KiB  isolinux  /isolinux/isolinux.bin\n");
	HAS("\nMBR          boot code: isolinux, loads sector 132\n");
	HAS("\n             1  yes     0x17 hidden NTFS      0   10,240  5.0 MiB\n");
	HAS("\nGPT          primary sound, backup sound\n");
	HAS("\n             2  EFI system    180   5,939  ISOHybrid1\n");
	HAS("\nAPM          ");
	HAS("error    /a\\x1B[2J\\u{202E}\\xFF\\\\b: this directory leads back");
	LACKS("\033");
	LACKS(" \n");
}
END_TEST

START_TEST(shows_a_data_image)
{
	const struct isokit_report_options options = { .width = 0 };

	sample_data(&facts, &verdict);
	show(&options);
	HAS(", does not boot\nIncomplete: 204,800 bytes are missing (volume reaches to byte "
	    "409,600)\n");
	HAS("\nVolume       no name, no dates\n");
	HAS("\nBoot         no: neither an El Torito boot record nor a partition table\n");
	HAS("\nProblems     none found\n");
	LACKS("El Torito  ");
	LACKS("MBR");
	LACKS("GPT");
}
END_TEST

/* No line is wider than the terminal, whatever its width. */
START_TEST(fits_the_terminal)
{
	const struct isokit_report_options options = { .width = (unsigned)_i };
	const char *line, *end;

	sample_hybrid(&facts, &verdict);
	show(&options);
	for (line = output.bytes; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		size_t bytes = (size_t)(end - line);

		ck_assert_msg(bytes <= (size_t)_i + 1, "%zu columns at width %d: %.*s", bytes, _i,
			      (int)bytes, line);
	}
}
END_TEST

START_TEST(colours_only_when_asked)
{
	const struct isokit_report_options plain = { .width = 80 }, color = { .color = true,
									      .width = 80 };
	static char stripped[65536];
	size_t n = 0;

	sample_hybrid(&facts, &verdict);
	show(&color);
	HAS("\033[32myes\033[0m");
	HAS("\033[31mno\033[0m");
	for (const char *p = output.bytes; *p; p++) {
		if (*p == '\033') {
			p += strcspn(p, "m");
			continue;
		}
		stripped[n++] = *p;
	}
	stripped[n] = '\0';
	show(&plain);
	ck_assert_str_eq(stripped, output.bytes);
}
END_TEST

START_TEST(counts_what_it_does_not_show)
{
	const struct isokit_report_options brief = { .width = 80 }, all = { .width = 80,
									    .verbose = true };
	static struct isokit_finding many[40];
	static struct isokit_gpt_partition parts[128];

	sample_data(&facts, &verdict);
	for (size_t i = 0; i < 40; i++)
		many[i] = (struct isokit_finding){ .code = ISOKIT_F_TREE_LOOP,
						   .severity = ISOKIT_ERROR, .what = "/x" };
	for (size_t i = 0; i < 128; i++)
		parts[i] = (struct isokit_gpt_partition){ .index = (unsigned)i + 1, .name = "" };
	facts.findings = many;
	facts.n_findings = 40;
	facts.gpt.primary.present = true;
	facts.gpt.partitions = parts;
	facts.gpt.n_partitions = 128;
	show(&brief);
	HAS("and 34 more: --check\n");
	HAS("and 120 more: --json\n");
	show(&all);
	LACKS("more: --check");

	/* Notes are counted only. */
	for (size_t i = 2; i < 40; i++)
		many[i].severity = ISOKIT_NOTE;
	show(&brief);
	HAS("and 38 more: --check\n");
	LACKS("note ");
	facts.findings = many + 2;
	facts.n_findings = 1;
	show(&brief);
	HAS("\nProblems     none found, but 1 note: --check\n");
	show(&all);
	HAS("\nProblems     note     /x: ");
}
END_TEST

START_TEST(stops_when_refused)
{
	const struct isokit_report_options options = { .width = 80 };

	sample_hybrid(&facts, &verdict);
	output = (struct sample_output){ .refuse_after = 100 };
	ck_assert_int_eq(isokit_report_text(&facts, &verdict, &options, sample_write, &output),
			 ISOKIT_E_CANCELLED);
	output = (struct sample_output){ .refuse_after = 100 };
	ck_assert_int_eq(isokit_report_json(&facts, &verdict, sample_write, &output),
			 ISOKIT_E_CANCELLED);
}
END_TEST

START_TEST(lists_findings)
{
	const struct isokit_report_options options = { .width = 80 };

	sample_hybrid(&facts, &verdict);
	output = (struct sample_output){ 0 };
	ck_assert_int_eq(isokit_report_findings(&facts, &options, sample_write, &output),
			 ISOKIT_OK);
	ck_assert_str_eq(output.bytes,
			 "error    tree-loop                      0xa000         40960  "
			 "/a\\x1B[2J\\u{202E}\\xFF\\\\b: this directory leads back to one of its own "
			 "ancestors\n"
			 "error    eltorito-checksum                   -             -  "
			 "the validation entry's words sum to 4660, not 0\n");
}
END_TEST

UNIT(image_text)
{
	tcase_add_test(tc, shows_a_hybrid);
	tcase_add_test(tc, shows_a_data_image);
	tcase_add_loop_test(tc, fits_the_terminal, 75, 133);
	tcase_add_test(tc, colours_only_when_asked);
	tcase_add_test(tc, counts_what_it_does_not_show);
	tcase_add_test(tc, stops_when_refused);
	tcase_add_test(tc, lists_findings);
}
