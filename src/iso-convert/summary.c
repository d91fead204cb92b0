/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of a conversion, for people and for programs. */
#include <string.h>

#include "common/json.h"
#include "convert.h"

enum { SHOWN = 20 }; /* damages and gaps as text */

void summary_print_action(const char *path, const struct isokit_convert_plan *plan,
			  struct output *out)
{
	const struct isokit_medium_facts *m = plan->medium;

	(void)output_format(out, "%s: ", isokit_convert_action_name(plan->action));
	output_escaped(out, path);
	for (size_t i = 0; i < m->n_layers; i++)
		(void)output_format(out, "%s%s%s", i ? ", " : " (", m->layers[i].words,
				    i + 1 == m->n_layers ? ")" : "");
	(void)output_string(out, ": ");
	output_escaped(out, plan->words);
	(void)output_string(out, "\n");
}

/* ---- text --------------------------------------------------------------------------- */

static void print_way(struct output *out, const char *name, const struct isokit_boot_way *way,
		      const char *before)
{
	(void)output_format(out, "%s%s %s", before, name, way->bootable ? "yes" : "no");
	for (size_t i = 0; i < way->n_architectures && way->bootable; i++)
		(void)output_format(out, "%s%s%s", i ? ", " : " (", way->architectures[i],
				    i + 1 == way->n_architectures ? ")" : "");
}

static void print_check(struct output *out, const struct isokit_convert_result *r)
{
	const struct isokit_facts *f = r->facts;
	size_t n[3] = { 0, 0, 0 };

	for (size_t i = 0; i < f->n_findings; i++)
		n[f->findings[i].severity] += 1 + (size_t)f->findings[i].more;
	if (f->n_findings == 0)
		(void)output_string(out, "  check     no problems found\n");
	else
		(void)output_format(out, "  check     %zu error%s, %zu warning%s, %zu note%s\n",
				    n[ISOKIT_ERROR], n[ISOKIT_ERROR] == 1 ? "" : "s",
				    n[ISOKIT_WARNING], n[ISOKIT_WARNING] == 1 ? "" : "s",
				    n[ISOKIT_NOTE], n[ISOKIT_NOTE] == 1 ? "" : "s");
	for (size_t i = 0; i < f->n_findings; i++) {
		char words[1024];

		if (f->findings[i].severity != ISOKIT_ERROR)
			continue;
		(void)isokit_finding_sentence(&f->findings[i], words, sizeof(words));
		(void)output_format(out, "      error: %s\n", words);
	}
	print_way(out, "bios-cd", &r->verdict->bios_cd, "  boots     ");
	print_way(out, "bios-usb", &r->verdict->bios_usb, ", ");
	print_way(out, "uefi-cd", &r->verdict->uefi_cd, ", ");
	print_way(out, "uefi-usb", &r->verdict->uefi_usb, ", ");
	(void)output_string(out, "\n");
}

static void print_damages(struct output *out, const struct isokit_convert_result *r)
{
	for (size_t i = 0; i < r->n_damages && i < SHOWN; i++) {
		const struct isokit_damage *d = &r->damages[i];

		(void)output_string(out, "  damaged   ");
		if (d->track)
			(void)output_format(out, "track %u, sector %llu (byte %llu): ", d->track,
					    (unsigned long long)(d->offset / 2048),
					    (unsigned long long)d->offset);
		else
			(void)output_format(out, "byte %llu, %llu bytes: ",
					    (unsigned long long)d->offset,
					    (unsigned long long)d->bytes);
		output_escaped(out, d->text);
		(void)output_string(out, "\n");
	}
	if (r->n_damages > SHOWN || r->damages_lost)
		(void)output_format(out, "  damaged   %llu more (--json lists more of them)\n",
				    (unsigned long long)(r->n_damages - (r->n_damages > SHOWN ?
									 SHOWN : r->n_damages) +
							 r->damages_lost));
	for (size_t i = 0; i < r->n_gaps && i < SHOWN; i++)
		(void)output_format(out, "  unread    byte %llu, %llu bytes\n",
				    (unsigned long long)r->gaps[i].offset,
				    (unsigned long long)r->gaps[i].bytes);
	if (r->n_gaps)
		(void)output_format(out, "  unread    %llu bytes in %zu place%s, which are zeros in "
				    "the result\n", (unsigned long long)r->gap_bytes, r->n_gaps,
				    r->n_gaps == 1 ? "" : "s");
}

static void print_losses(struct output *out, const struct isokit_convert_result *r)
{
	for (size_t i = 0; i < r->n_losses; i++) {
		const struct isokit_convert_loss *l = &r->losses[i];

		(void)output_format(out, "  %s  %llu %s", l->damage ? "lost    " : "not kept",
				    (unsigned long long)l->n, l->what);
		for (size_t k = 0; k < l->n_paths; k++) {
			(void)output_string(out, k ? ", " : ": ");
			output_escaped(out, l->paths[k]);
		}
		(void)output_string(out, l->n > l->n_paths && l->n_paths ? " ...\n" : "\n");
	}
}

static void print_notes(struct output *out, struct isokit_convert *convert)
{
	size_t n;
	const struct isokit_convert_note *notes = isokit_convert_get_notes(convert, &n);

	for (size_t i = 0; i < n; i++) {
		if (notes[i].kind == ISOKIT_CONVERT_WARNING)
			continue; /* on stderr already */
		(void)output_string(out, "  note      ");
		if (notes[i].path) {
			output_escaped(out, notes[i].path);
			(void)output_string(out, ": ");
		}
		output_escaped(out, notes[i].text);
		(void)output_string(out, "\n");
	}
}

static void print_text(const struct convert_options *opt, const char *output,
		       struct isokit_convert *convert, size_t audio, struct output *out)
{
	const struct isokit_convert_plan *plan = isokit_convert_get_plan(convert);
	const struct isokit_convert_result *r = isokit_convert_get_result(convert);

	if (audio) {
		(void)output_format(out, "  audio     %zu track%s as WAV file%s in ", audio,
				    audio == 1 ? "" : "s", audio == 1 ? "" : "s");
		output_escaped(out, opt->audio);
		(void)output_string(out, "\n");
	}
	if (!r)
		return;
	if (output) {
		char size[SIZE_WORDS_BYTES];

		(void)output_string(out, "  wrote     ");
		output_escaped(out, output);
		size_words(r->written_bytes, size);
		(void)output_format(out, ", %s (%llu bytes", size,
				    (unsigned long long)r->written_bytes);
		if (r->written_bytes != r->bytes)
			(void)output_format(out, ", expanded %llu", (unsigned long long)r->bytes);
		(void)output_string(out, ")\n");
	}
	if (plan->action == ISOKIT_CONVERT_RAW)
		(void)output_string(out, "  note      this is a plain disk image, not an ISO image\n");
	print_notes(out, convert);
	if (r->checksums)
		(void)output_format(out, "  checksums %u of the container recomputed\n", r->checksums);
	print_losses(out, r);
	print_damages(out, r);
	if (r->facts)
		print_check(out, r);
}

/* ---- JSON --------------------------------------------------------------------------- */

static void json_check(struct output *out, const struct isokit_convert_result *r)
{
	const struct isokit_facts *f = r->facts;
	const struct isokit_boot_verdict *v = r->verdict;

	(void)output_string(out, ",\"problems\":[");
	for (size_t i = 0; i < f->n_findings; i++) {
		const struct isokit_finding *n = &f->findings[i];
		char words[1024];

		(void)isokit_finding_sentence(n, words, sizeof(words));
		(void)output_format(out, "%s{\"severity\":\"%s\"", i ? "," : "",
				    isokit_severity_name(n->severity));
		output_json_string(out, "code", isokit_finding_code_name(n->code));
		if (n->offset != ISOKIT_NO_OFFSET)
			output_json_number(out, "offset", n->offset);
		output_json_string(out, "message", words);
		(void)output_string(out, "}");
	}
	(void)output_format(out, "],\"complete\":%s,\"boot\":{\"hybrid\":%s,\"usb_bootable\":%s,"
			    "\"optical_bootable\":%s", f->expected.complete ? "true" : "false",
			    v->hybrid ? "true" : "false", v->usb_bootable ? "true" : "false",
			    v->optical_bootable ? "true" : "false");
	output_json_way(out, "bios_cd", &v->bios_cd, false);
	output_json_way(out, "bios_usb", &v->bios_usb, false);
	output_json_way(out, "uefi_cd", &v->uefi_cd, true);
	output_json_way(out, "uefi_usb", &v->uefi_usb, true);
	(void)output_string(out, "}");
}

static void json_damage(struct output *out, const struct isokit_convert_result *r)
{
	output_json_damages(out, r->damages, r->n_damages, r->damages_lost);
	(void)output_string(out, ",\"unread\":[");
	for (size_t i = 0; i < r->n_gaps; i++)
		(void)output_format(out, "%s{\"offset\":%llu,\"size\":%llu}", i ? "," : "",
				    (unsigned long long)r->gaps[i].offset,
				    (unsigned long long)r->gaps[i].bytes);
	(void)output_string(out, "],\"losses\":[");
	for (size_t i = 0; i < r->n_losses; i++) {
		const struct isokit_convert_loss *l = &r->losses[i];

		(void)output_format(out, "%s{\"count\":%llu", i ? "," : "", (unsigned long long)l->n);
		output_json_string(out, "what", l->what);
		output_json_bool(out, "damage", l->damage);
		(void)output_string(out, ",\"paths\":[");
		for (size_t k = 0; k < l->n_paths; k++) {
			(void)output_string(out, k ? "," : "");
			output_json_text(out, l->paths[k]);
		}
		(void)output_string(out, "]}");
	}
	(void)output_string(out, "]");
}

static void print_json(const struct convert_options *opt, const char *path, const char *output,
		       struct isokit_convert *convert, size_t audio, struct output *out)
{
	const struct isokit_convert_result *r = isokit_convert_get_result(convert);

	(void)output_string(out, "{\"schema\":\"isokit.convert/1\"");
	output_json_string(out, "path", path);
	output_json_bool(out, "written", r && output);
	output_json_string(out, "output", output);
	json_plan(out, isokit_convert_get_plan(convert));
	if (opt->audio)
		output_json_number(out, "audio_files", audio);
	if (r && r->audio_lost)
		output_json_number(out, "audio_lost", r->audio_lost);
	if (r) {
		output_json_number(out, "written_size", r->written_bytes);
		output_json_number(out, "checksums_verified", r->checksums);
		json_damage(out, r);
		if (r->facts)
			json_check(out, r);
		if (opt->hashes.n && output) {
			(void)output_string(out, ",\"hashes\":{");
			for (size_t i = 0; i < opt->hashes.n; i++)
				(void)output_format(out, "%s\"%s\":\"%s\"", i ? "," : "",
						    isokit_digest_name(opt->hashes.order[i]),
						    r->hash[opt->hashes.order[i]]);
			(void)output_string(out, "}");
		}
	}
	json_notes(out, convert);
	(void)output_string(out, "}\n");
}

void summary_print(const struct convert_options *opt, const char *path, const char *output,
		   struct isokit_convert *convert, size_t audio, struct output *out)
{
	const struct isokit_convert_result *r = isokit_convert_get_result(convert);

	if (opt->common.json) {
		print_json(opt, path, output, convert, audio, out);
		return;
	}
	if (!opt->common.quiet)
		print_text(opt, output, convert, audio, out);
	for (size_t i = 0; r && output && i < opt->hashes.n; i++)
		hashes_print(out, r->hash[opt->hashes.order[i]], output);
}
