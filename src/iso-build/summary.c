/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was built: where, how large, how it boots; for people and for programs. */
#include <string.h>

#include "build.h"
#include "common/json.h"
#include "common/message.h"

enum { WORDS_BYTES = 1024 };

/* ---- text ------------------------------------------------------------------------- */

static void print_escaped(struct output *out, const char *s)
{
	char words[WORDS_BYTES];

	(void)isokit_escape(s, strlen(s), words, sizeof(words));
	(void)output_string(out, words);
}

static void print_size(struct output *out, uint64_t bytes)
{
	char words[FIT_WORDS_BYTES];

	fit_size(bytes, words);
	(void)output_format(out, "%s (%llu bytes)", words, (unsigned long long)bytes);
}

static void print_fit(struct output *out, const struct fit *fit, uint64_t bytes)
{
	char medium[FIT_WORDS_BYTES], rest[FIT_WORDS_BYTES];
	bool fits = bytes <= fit->bytes;

	fit_size(fit->bytes, medium);
	fit_size(fits ? fit->bytes - bytes : bytes - fit->bytes, rest);
	(void)output_format(out, "  fits      %s: %s (%s), %s %s\n", fits ? "yes" : "no", fit->name,
			    medium, rest, fits ? "left" : "too much");
}

/* "uefi-cd   yes  x64, signed": the risks of a yes with -v only. */
static void print_way(struct output *out, const char *name, const struct isokit_boot_way *way,
		      bool verbose)
{
	const char *before = " ";

	(void)output_format(out, "  %-9s %s", name, way->bootable ? "yes" : "no ");
	for (size_t i = 0; i < way->n_architectures && way->bootable; i++) {
		(void)output_format(out, "%s%s", before, way->architectures[i]);
		before = ", ";
	}
	if (way->bootable && way->is_signed)
		(void)output_format(out, "%ssigned", before);
	before = way->bootable ? "\n      risk: " : " ";
	for (size_t i = 0; i < way->n_reasons; i++) {
		char words[WORDS_BYTES];

		if (way->reasons[i].risk != way->bootable || (way->bootable && !verbose))
			continue;
		(void)isokit_boot_reason_sentence(&way->reasons[i], words, sizeof(words));
		(void)output_string(out, before);
		(void)output_string(out, words);
		before = way->bootable ? "\n      risk: " : "; ";
	}
	(void)output_string(out, "\n");
}

static const char *platform_name(unsigned platform)
{
	switch (platform) {
	case ISOKIT_PLATFORM_BIOS: return "BIOS";
	case ISOKIT_PLATFORM_UEFI: return "UEFI";
	case ISOKIT_PLATFORM_PPC: return "PowerPC";
	case ISOKIT_PLATFORM_MAC: return "Mac";
	default: return "other";
	}
}

static const char *emulation_name(unsigned emulation)
{
	static const char *const names[] = { "none", "floppy-1.2", "floppy-1.44", "floppy-2.88",
					     "hard-disk" };

	return emulation < 5 ? names[emulation] : "other";
}

/* The layout: with -n, and with -v after a build. */
static void print_plan(struct output *out, const struct isokit_build_plan *plan,
		       const struct isokit_facts *facts)
{
	(void)output_format(out, "  holds     %llu files, %llu folders, %llu links, %llu special; ",
			    (unsigned long long)plan->files,
			    (unsigned long long)plan->directories,
			    (unsigned long long)plan->symlinks,
			    (unsigned long long)plan->specials);
	print_size(out, plan->payload_bytes);
	(void)output_string(out, " of content\n");
	for (size_t i = 0; i < plan->n_boot_entries; i++) {
		const struct isokit_build_boot_entry *e = &plan->boot_entries[i];

		(void)output_format(out, "  entry %zu   %s: ", i + 1, platform_name(e->platform));
		print_escaped(out, e->path != NULL ? e->path : "the EFI partition");
		if (e->loader != NULL)
			(void)output_format(out, ", %s", e->loader);
		if (e->emulation != ISOKIT_EMUL_NONE)
			(void)output_format(out, ", as %s", emulation_name(e->emulation));
		if (facts != NULL && i < facts->el_torito.n_entries)
			(void)output_format(out, ", block %u, load %u sectors",
					    facts->el_torito.entries[i].lba,
					    facts->el_torito.entries[i].load_sectors);
		if (e->boot_info_table)
			(void)output_string(out, ", boot info table");
		if (e->grub2_boot_info)
			(void)output_string(out, ", GRUB2 boot info");
		(void)output_string(out, "\n");
	}
	if (plan->mbr != NULL && *plan->mbr != '\0')
		(void)output_format(out, "  MBR       %s\n", plan->mbr);
	for (size_t i = 0; facts != NULL && i < facts->mbr.n_partitions; i++) {
		const struct isokit_mbr_partition *p = &facts->mbr.partitions[i];

		(void)output_format(out, "  MBR %-5u type %02x, sectors %u to %llu%s\n", p->index,
				    p->type, p->start_lba,
				    (unsigned long long)p->start_lba + p->sectors -
				    (p->sectors != 0), p->active ? ", active" : "");
	}
	for (size_t i = 0; facts != NULL && i < facts->gpt.n_partitions; i++) {
		const struct isokit_gpt_partition *p = &facts->gpt.partitions[i];

		(void)output_format(out, "  GPT %-5u ", p->index);
		print_escaped(out, p->name != NULL ? p->name : "");
		(void)output_format(out, ", sectors %llu to %llu\n",
				    (unsigned long long)p->first_lba,
				    (unsigned long long)p->last_lba);
	}
	for (size_t i = 0; facts != NULL && i < facts->apm.n_partitions; i++) {
		const struct isokit_apm_partition *p = &facts->apm.partitions[i];

		(void)output_format(out, "  APM %-5u ", p->index);
		print_escaped(out, p->name != NULL ? p->name : "");
		(void)output_string(out, ", type ");
		print_escaped(out, p->type != NULL ? p->type : "");
		(void)output_format(out, ", blocks %u to %llu of %u bytes\n", p->start,
				    (unsigned long long)p->start + p->blocks - (p->blocks != 0),
				    facts->apm.block_size);
	}
}

static void print_notes(struct output *out, struct isokit_build *build)
{
	size_t n;
	const struct isokit_build_note *notes = isokit_build_get_notes(build, &n, NULL);

	for (size_t i = 0; i < n; i++) {
		if (notes[i].kind == ISOKIT_BUILD_WARNING)
			continue; /* on stderr already */
		(void)output_string(out, notes[i].kind == ISOKIT_BUILD_MISSING ? "  missing   " :
										  "  note      ");
		if (notes[i].path != NULL) {
			print_escaped(out, notes[i].path);
			(void)output_string(out, ": ");
		}
		print_escaped(out, notes[i].text);
		(void)output_string(out, "\n");
	}
}

static bool boots(const struct isokit_boot_verdict *v)
{
	return v->bios_cd.bootable || v->bios_usb.bootable || v->uefi_cd.bootable ||
	       v->uefi_usb.bootable;
}

/* What became of contents. */
static void print_savings(struct output *out, const struct isokit_build_plan *plan,
			  const struct isokit_build_result *result)
{
	char words[FIT_WORDS_BYTES];

	if (plan->dedup_files != 0) {
		fit_size(plan->dedup_bytes, words);
		(void)output_format(out, "  shared    %llu contents lie where equal ones do: %s less\n",
				    (unsigned long long)plan->dedup_files, words);
	}
	if (plan->zisofs_files != 0) {
		fit_size(plan->zisofs_bytes - plan->zisofs_stored_bytes, words);
		(void)output_format(out, "  packed    %llu contents with zisofs: %s less\n",
				    (unsigned long long)plan->zisofs_files, words);
	}
	if (result != NULL && result->implanted_md5[0] != '\0')
		(void)output_format(out, "  implanted MD5 %s\n", result->implanted_md5);
}

static void print_text(const struct build_options *opt, struct isokit_build *build,
		       struct output *out)
{
	const struct isokit_build_plan *plan = isokit_build_get_plan(build);
	const struct isokit_build_result *result = isokit_build_get_result(build);
	const struct isokit_boot_verdict *v = result != NULL ? result->verdict : NULL;
	bool verbose = opt->common.verbose > 0;
	bool as_asked = opt->lib.boot == ISOKIT_BUILD_BOOT_NONE ||
			opt->lib.goal == ISOKIT_BUILD_FOR_DATA;

	if (opt->dry_run)
		(void)output_string(out, "would write ");
	print_escaped(out, opt->output != NULL ? opt->output : "an image");
	(void)output_string(out, ": ");
	print_size(out, plan->image_bytes);
	(void)output_string(out, ", volume ");
	print_escaped(out, plan->volume_id);
	(void)output_string(out, "\n");
	if (opt->fit.name != NULL)
		print_fit(out, &opt->fit, plan->image_bytes);
	if (opt->dry_run || verbose)
		print_plan(out, plan, result != NULL ? result->facts : NULL);
	print_savings(out, plan, result);
	if (v != NULL && !verbose && as_asked && !boots(v)) {
		(void)output_string(out, "  boots     nowhere, as asked\n");
	} else if (v != NULL) {
		print_way(out, "bios-cd", &v->bios_cd, verbose);
		print_way(out, "bios-usb", &v->bios_usb, verbose);
		print_way(out, "uefi-cd", &v->uefi_cd, verbose);
		print_way(out, "uefi-usb", &v->uefi_usb, verbose);
	}
	print_notes(out, build);
	if (opt->dry_run && verbose && result != NULL)
		summary_print_files(out, build);
}

/* ---- JSON ------------------------------------------------------------------------------ */

static const char *true_or_false(bool b)
{
	return b ? "true" : "false";
}

static void json_plan(struct output *out, const struct isokit_build_plan *plan,
		      const struct isokit_facts *facts)
{
	output_json_number(out, "files", plan->files);
	output_json_number(out, "directories", plan->directories);
	output_json_number(out, "symlinks", plan->symlinks);
	output_json_number(out, "specials", plan->specials);
	output_json_number(out, "payload_size", plan->payload_bytes);
	(void)output_format(out, ",\"epoch\":%lld,\"el_torito\":[", (long long)plan->epoch);
	for (size_t i = 0; i < plan->n_boot_entries; i++) {
		const struct isokit_build_boot_entry *e = &plan->boot_entries[i];
		unsigned load_sectors = facts != NULL && i < facts->el_torito.n_entries ?
					facts->el_torito.entries[i].load_sectors : e->load_sectors;

		(void)output_format(out, "%s{\"index\":%zu,\"platform\":\"%s\",\"emulation\":\"%s\"",
				    i ? "," : "", i + 1,
				    e->platform == ISOKIT_PLATFORM_UEFI ? "uefi" :
				    e->platform == ISOKIT_PLATFORM_BIOS ? "bios" : "other",
				    emulation_name(e->emulation));
		output_json_string(out, "path", e->path);
		output_json_string(out, "loader", e->loader);
		if (facts != NULL && i < facts->el_torito.n_entries)
			output_json_number(out, "lba", facts->el_torito.entries[i].lba);
		(void)output_format(out, ",\"size\":%llu,\"load_sectors\":%u,\"boot_info_table\":%s,"
				    "\"grub2_boot_info\":%s}", (unsigned long long)e->bytes,
				    load_sectors, true_or_false(e->boot_info_table),
				    true_or_false(e->grub2_boot_info));
	}
	(void)output_string(out, "]");
	output_json_string(out, "mbr", plan->mbr);
	output_json_string(out, "efi_partition", plan->efi_partition);
	if (plan->efi_partition != NULL)
		output_json_number(out, "efi_size", plan->efi_bytes);
	(void)output_format(out, ",\"gpt\":%s,\"apm\":%s", true_or_false(plan->gpt),
			    true_or_false(plan->apm));
}

static void json_notes(struct output *out, struct isokit_build *build)
{
	static const char *const kinds[] = { "note", "warning", "missing" };
	size_t n;
	const struct isokit_build_note *notes = isokit_build_get_notes(build, &n, NULL);

	(void)output_string(out, ",\"notes\":[");
	for (size_t i = 0; i < n; i++) {
		(void)output_format(out, "%s{\"kind\":\"%s\"", i ? "," : "", kinds[notes[i].kind]);
		output_json_string(out, "path", notes[i].path);
		output_json_string(out, "message", notes[i].text);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
}

static void print_json(const struct build_options *opt, struct isokit_build *build,
		       struct output *out)
{
	const struct isokit_build_plan *plan = isokit_build_get_plan(build);
	const struct isokit_build_result *result = isokit_build_get_result(build);

	(void)output_string(out, "{\"schema\":\"isokit.build/1\"");
	output_json_string(out, "path", opt->output);
	(void)output_format(out, ",\"written\":%s", true_or_false(!opt->dry_run));
	output_json_number(out, "size", plan->image_bytes);
	output_json_string(out, "volume_id", plan->volume_id);
	if (opt->fit.name != NULL) {
		(void)output_string(out, ",\"fit\":{\"medium\":");
		output_json_text(out, opt->fit.name);
		(void)output_format(out, ",\"size\":%llu,\"fits\":%s}",
				    (unsigned long long)opt->fit.bytes,
				    true_or_false(plan->image_bytes <= opt->fit.bytes));
	}
	json_plan(out, plan, result != NULL ? result->facts : NULL);
	if (result != NULL && result->verdict != NULL) {
		const struct isokit_boot_verdict *v = result->verdict;

		(void)output_format(out, ",\"boot\":{\"hybrid\":%s,\"usb_bootable\":%s,"
				    "\"optical_bootable\":%s", true_or_false(v->hybrid),
				    true_or_false(v->usb_bootable), true_or_false(v->optical_bootable));
		output_json_way(out, "bios_cd", &v->bios_cd, false);
		output_json_way(out, "bios_usb", &v->bios_usb, false);
		output_json_way(out, "uefi_cd", &v->uefi_cd, v->uefi_cd.bootable);
		output_json_way(out, "uefi_usb", &v->uefi_usb, v->uefi_usb.bootable);
		(void)output_string(out, "}");
	}
	if (result != NULL && result->facts != NULL)
		summary_json_tables(out, result->facts);
	if (result != NULL && result->has_sha256)
		summary_json_hash(out, result->sha256);
	if (result != NULL && result->implanted_md5[0] != '\0')
		output_json_string(out, "implanted_md5", result->implanted_md5);
	if (plan->dedup_files != 0) {
		output_json_number(out, "dedup_files", plan->dedup_files);
		output_json_number(out, "dedup_size", plan->dedup_bytes);
	}
	if (plan->zisofs_files != 0) {
		output_json_number(out, "zisofs_files", plan->zisofs_files);
		output_json_number(out, "zisofs_size", plan->zisofs_bytes);
		output_json_number(out, "zisofs_stored_size", plan->zisofs_stored_bytes);
	}
	json_notes(out, build);
	if (result != NULL)
		summary_json_files(out, build);
	(void)output_string(out, "}\n");
}

/* ---- both --------------------------------------------------------------------------------- */

void summary_print(const struct build_options *opt, struct isokit_build *build, struct output *out)
{
	if (opt->common.json)
		print_json(opt, build, out);
	else
		print_text(opt, build, out);
}

void notes_print(struct isokit_build *build, bool all, size_t *seen)
{
	uint64_t lost;
	size_t n;
	const struct isokit_build_note *notes = isokit_build_get_notes(build, &n, &lost);

	for (; *seen < n; (*seen)++)
		if (notes[*seen].kind == ISOKIT_BUILD_WARNING)
			message_warning(notes[*seen].path, "%s", notes[*seen].text);
		else if (all)
			message_info(notes[*seen].path, "%s", notes[*seen].text);
}
