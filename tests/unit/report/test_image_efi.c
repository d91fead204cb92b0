/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loaders and their signers, as JSON and on the screen. */
#include "unit.h"

#include <string.h>

#include "report/image.h"
#include "report/sample.h"

static struct sample_output output;

static const char *const chain[] = { "Root" };
static const struct isokit_signature signatures[] = {
	{ .subject = "Bad\x1b[2J", .issuer = "CA", .chain = chain, .n_chain = 1, .digest = "sha256" },
	{ .subject = "", .issuer = "CA 2", .digest = NULL },
};
static const struct isokit_sbat_entry sbat[] = {
	{ .component = "sbat", .generation = 1, .version = "1" },
	{ .component = "shim", .generation = 4, .version = "" },
};
static const struct isokit_efi_loader loaders[] = {
	{ .path = "/EFI/BOOT/BOOTX64.EFI", .arch = "x64", .kind = "shim", .bytes = 9, .pe_ok = true,
	  .machine = 0x8664, .subsystem = 10, .complete = true, .is_signed = true,
	  .signatures = signatures, .n_signatures = 2, .sbat = sbat, .n_sbat = 2 },
};
static const struct isokit_efi_loader others[] = {
	{ .path = "/EFI/BOOT/grub\xff.efi", .bytes = 3 },
	{ .path = "/EFI/BOOT/odd.efi", .pe_ok = true, .damaged_signature = true },
};
static const struct isokit_fat fats[] = {
	{ .where = "boot image 1", .ok = true, .bits = 12 },
	{ .where = "GPT partition 2", .ok = true, .bits = 16, .offset = 4096, .loaders = loaders,
	  .n_loaders = 1, .others = others, .n_others = 2 },
};
static const struct isokit_facts facts = { .fats = fats, .n_fats = 2 };
static const struct isokit_facts none = { .fats = fats, .n_fats = 1 };

START_TEST(as_json)
{
	struct report_out out;
	struct json j = { .out = &out };

	output = (struct sample_output){ 0 };
	report_out_start(&out, sample_write, &output);
	json_open(&j, NULL, '{');
	report_efi_json(&j, &facts);
	json_close(&j, '}');
	ck_assert_int_eq(report_out_end(&out), ISOKIT_OK);
	ck_assert_str_eq(
		output.bytes,
		"{\"loaders\":[{\"in\":\"GPT partition 2\",\"default\":true,"
		"\"path\":\"/EFI/BOOT/BOOTX64.EFI\",\"architecture\":\"x64\",\"kind\":\"shim\","
		"\"size\":9,\"complete\":true,\"signed\":true,\"machine\":34404,\"subsystem\":10,"
		"\"signatures\":[{\"subject\":\"Bad\\u001b[2J\",\"issuer\":\"CA\",\"digest\":\"sha256\","
		"\"chain\":[\"Root\"]},{\"subject\":\"\",\"issuer\":\"CA 2\",\"chain\":[]}],"
		"\"sbat\":[{\"component\":\"sbat\",\"generation\":1,\"version\":\"1\"},"
		"{\"component\":\"shim\",\"generation\":4}]},"
		"{\"in\":\"GPT partition 2\",\"default\":false,\"path\":\"/EFI/BOOT/grub\xef\xbf\xbd.efi\","
		"\"path_hex\":\"2f4546492f424f4f542f67727562ff2e656669\",\"size\":3,"
		"\"complete\":false,\"signed\":false,\"signatures\":[]},"
		"{\"in\":\"GPT partition 2\",\"default\":false,\"path\":\"/EFI/BOOT/odd.efi\",\"size\":0,"
		"\"complete\":false,\"signed\":false,\"machine\":0,\"subsystem\":0,"
		"\"signatures\":[]}]}");
}
END_TEST

START_TEST(as_text)
{
	struct report_out out;
	struct screen s = { .out = &out, .width = 200 };

	output = (struct sample_output){ 0 };
	report_out_start(&out, sample_write, &output);
	report_efi_text(&s, &facts);
	ck_assert_int_eq(report_out_end(&out), ISOKIT_OK);
	ck_assert_ptr_nonnull(strstr(output.bytes, "GPT partition 2, FAT16\n"));
	ck_assert_ptr_nonnull(strstr(output.bytes,
				     "BOOTX64.EFI  shim, x64, signed by Bad\\x1B[2J (by CA); and by "
				     "a certificate by CA 2; SBAT shim 4\n"));
	ck_assert_ptr_nonnull(strstr(output.bytes, "grub\\xFF.efi  no EFI executable\n"));
	ck_assert_ptr_nonnull(strstr(output.bytes, "odd.efi  unknown, signature not readable\n"));
}
END_TEST

START_TEST(without_loaders_nothing)
{
	struct report_out out;
	struct screen s = { .out = &out, .width = 80 };

	output = (struct sample_output){ 0 };
	report_out_start(&out, sample_write, &output);
	report_efi_text(&s, &none);
	ck_assert_int_eq(report_out_end(&out), ISOKIT_OK);
	ck_assert_uint_eq(output.n, 0);
}
END_TEST

UNIT(image_efi)
{
	tcase_add_test(tc, as_json);
	tcase_add_test(tc, as_text);
	tcase_add_test(tc, without_loaders_nothing);
}
