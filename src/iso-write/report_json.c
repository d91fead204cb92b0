/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same for programs: schema isokit.write/1, see doc/json.md. */
#include <string.h>

#include "report.h"

static void json_plan(const struct writer_options *opt, const struct isokit_write_plan *plan,
		      struct output *out)
{
	output_json_string(out, "as", opt->task == TASK_RESTORE || opt->task == TASK_PROBE ? NULL :
			   plan->mode == ISOKIT_WRITE_FILES ? "files" : "image");
	output_json_string(out, "words", plan->words);
	if (plan->bytes)
		output_json_number(out, "size", plan->bytes);
	output_json_string(out, "volume_id", *plan->volume_id ? plan->volume_id : NULL);
	if (!plan->judged || opt->task == TASK_RESTORE || opt->task == TASK_PROBE)
		return;
	(void)output_format(out, ",\"boot\":{\"boots\":%s", plan->boots ? "true" : "false");
	output_json_string(out, "message", *plan->boot_words ? plan->boot_words : NULL);
	if (plan->partly)
		output_json_bool(out, "partly", true);
	if (plan->verdict) {
		output_json_way(out, "bios_usb", &plan->verdict->bios_usb, false);
		output_json_way(out, "uefi_usb", &plan->verdict->uefi_usb, false);
	}
	(void)output_string(out, "}");
}

static void json_seconds(struct output *out, const char *key, double seconds)
{
	if (seconds > 0)
		(void)output_format(out, ",\"%s\":%llu.%03u", key, (unsigned long long)seconds,
				    (unsigned)((seconds - (double)(unsigned long long)seconds) * 1000));
}

static void json_result(const struct writer_options *opt, const struct isokit_write_result *r,
			struct output *out)
{
	json_drive(out, r->drive);
	output_json_string(out, "state", isokit_write_state_name(r->state));
	output_json_bool(out, "ok", r->status == ISOKIT_OK);
	output_json_string(out, "message", *r->text ? r->text : NULL);
	output_json_number(out, "written", r->written_bytes);
	output_json_number(out, "zeroed", r->skipped_bytes);
	output_json_number(out, "left", r->unmapped_bytes);
	output_json_number(out, "compared", r->compared_bytes);
	output_json_number(out, "different", r->different_bytes);
	output_json_number(out, "different_ranges", r->n_different_ranges);
	(void)output_string(out, ",\"differences\":[");
	for (size_t i = 0; i < r->n_differences; i++)
		(void)output_format(out, "%s{\"offset\":%llu,\"size\":%llu}", i ? "," : "",
				    (unsigned long long)r->differences[i].offset,
				    (unsigned long long)r->differences[i].bytes);
	(void)output_string(out, "]");
	if (r->suspect != ISOKIT_SUSPECT_NONE) {
		output_json_string(out, "suspect", isokit_write_suspect_name(r->suspect));
		output_json_string(out, "detail", *r->detail ? r->detail : NULL);
		output_json_string(out, "advice", *r->advice ? r->advice : NULL);
	} else if (*r->detail) {
		output_json_string(out, "detail", r->detail);
	}
	if (r->real_bytes)
		output_json_number(out, "real_size", r->real_bytes);
	json_seconds(out, "write_seconds", r->write_seconds);
	json_seconds(out, "verify_seconds", r->verify_seconds);
	if (opt->hashes.n) {
		bool first = true;

		json_seconds(out, "hash_seconds", r->hash_seconds);
		(void)output_string(out, ",\"hashes\":{");
		for (size_t i = 0; i < opt->hashes.n; i++) {
			if (!*r->hash[opt->hashes.order[i]])
				continue;
			(void)output_format(out, "%s\"%s\":\"%s\"", first ? "" : ",",
					    isokit_digest_name(opt->hashes.order[i]),
					    r->hash[opt->hashes.order[i]]);
			first = false;
		}
		(void)output_string(out, "}");
	}
	(void)output_string(out, "}");
}

void report_json(const struct writer_options *opt, const struct checks *checks,
		 struct isokit_write *write, enum isokit_status st, struct output *out)
{
	static const char *const tasks[] = { "write", "list", "compare", "clone", "restore", "probe" };
	size_t n;
	const struct isokit_write_result *r = isokit_write_get_results(write, &n);
	const char *const *notes;

	(void)output_string(out, "{\"schema\":\"isokit.write/1\"");
	output_json_string(out, "task", tasks[opt->task]);
	output_json_string(out, "path", opt->source);
	output_json_bool(out, "ok", st == ISOKIT_OK);
	if (opt->simulate)
		output_json_bool(out, "simulated", true);
	json_plan(opt, isokit_write_get_plan(write), out);
	json_checks(checks, out);
	output_json_string(out, "bmap", opt->bmap ? opt->bmap : checks->bmap);
	(void)output_string(out, ",\"drives\":[");
	for (size_t i = 0; i < n; i++) {
		(void)output_string(out, i ? "," : "");
		json_result(opt, &r[i], out);
	}
	(void)output_string(out, "],\"notes\":[");
	notes = isokit_write_get_notes(write, &n);
	for (size_t i = 0; i < n; i++) {
		(void)output_string(out, i ? "," : "");
		output_json_text(out, notes[i]);
	}
	(void)output_string(out, "]}\n");
}
