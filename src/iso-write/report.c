/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What will be written, and what became of each drive, in words. */
#include <stdio.h>
#include <string.h>

#include "common/hashes.h"
#include "common/interrupt.h"
#include "common/message.h"
#include "report.h"

enum { RANGES_SHOWN = 8 };

/* What makes it boot may lie behind the beginning of a stream, which is all that is seen. */
static void print_way(struct output *out, const char *name, const struct isokit_boot_way *way,
		      const char *before, bool partly)
{
	(void)output_format(out, "%s%s %s", before, name, way->bootable ? "yes" : partly ?
			    "cannot be seen from the beginning" : "no");
	for (size_t i = 0; i < way->n_architectures && way->bootable; i++)
		(void)output_format(out, "%s%s%s", i ? ", " : " (", way->architectures[i],
				    i + 1 == way->n_architectures ? ")" : "");
}

static void print_boot(const struct writer_options *opt, const struct isokit_write_plan *plan,
		       struct output *out)
{
	if (plan->boots && *plan->boot_words &&
	    (plan->mode != ISOKIT_WRITE_IMAGE || !plan->verdict)) {
		(void)output_string(out, "  ");
		(void)output_escaped(out, plan->boot_words);
		(void)output_string(out, "\n");
		return;
	}
	(void)output_string(out, "  from a stick ");
	if (plan->mode == ISOKIT_WRITE_IMAGE && plan->verdict) {
		print_way(out, "bios", &plan->verdict->bios_usb, "", plan->partly);
		print_way(out, "uefi", &plan->verdict->uefi_usb, ", ", plan->partly);
		if (plan->verdict->uefi_usb.bootable)
			(void)output_string(out, plan->verdict->uefi_usb.is_signed ?
					    " signed" : " not signed");
	} else {
		(void)output_string(out, plan->boots ? "it boots" : "it does not boot");
	}
	/* Who gave --any knows the rest. */
	if (*plan->boot_words && !plan->boots && !opt->any) {
		(void)output_string(out, ": ");
		(void)output_escaped(out, plan->boot_words);
	}
	(void)output_string(out, "\n");
}

void plan_print(const struct writer_options *opt, const struct checks *checks,
		struct isokit_write *write, struct output *out)
{
	const struct isokit_write_plan *plan = isokit_write_get_plan(write);

	if (!opt->source) /* nothing but the drives is known */
		return;
	(void)output_escaped(out, opt->source);
	(void)output_string(out, ": ");
	(void)output_escaped(out, plan->words);
	if (*plan->volume_id) {
		(void)output_string(out, ", volume \"");
		(void)output_escaped(out, plan->volume_id);
		(void)output_string(out, "\"");
	}
	(void)output_string(out, "\n");
	if (plan->judged && opt->task == TASK_WRITE &&
	    !(plan->mode == ISOKIT_WRITE_FILES && plan->verdict))
		print_boot(opt, plan, out);
	checks_print(checks, out);
}

/* ---- one drive ---------------------------------------------------------------------- */

static void print_rate(struct output *out, const char *what, uint64_t bytes, double seconds)
{
	char rate[SIZE_WORDS_BYTES];

	if (!bytes || seconds <= 0)
		return;
	decimal_words((uint64_t)((double)bytes / seconds), rate);
	(void)output_format(out, ", %s at %s/s", what, rate);
}

static void print_bytes(struct output *out, const char *before, uint64_t n, const char *after)
{
	char number[SIZE_WORDS_BYTES];

	number_words(n, number);
	(void)output_format(out, "%s%s bytes%s", before, number, after);
}

/* "byte 1,048,576 to 1,052,671" */
static void print_ranges(const struct isokit_write_result *r, struct output *out)
{
	size_t n = r->n_differences < RANGES_SHOWN ? r->n_differences : RANGES_SHOWN;

	for (size_t i = 0; i < n; i++) {
		const struct isokit_write_range *d = &r->differences[i];

		(void)output_format(out, "      byte %llu, %llu bytes\n",
				    (unsigned long long)d->offset, (unsigned long long)d->bytes);
	}
	if (r->n_different_ranges > n)
		(void)output_format(out, "      and %llu more\n",
				    (unsigned long long)(r->n_different_ranges - n));
}

static const char *suspect_words(enum isokit_write_suspect suspect)
{
	switch (suspect) {
	case ISOKIT_SUSPECT_FAKE: return "a drive that is smaller than it says";
	case ISOKIT_SUSPECT_CELLS: return "worn or bad memory";
	case ISOKIT_SUSPECT_TRANSFER: return "a bad cable, port or reader";
	case ISOKIT_SUSPECT_WRITER: return "another program that wrote to the drive";
	case ISOKIT_SUSPECT_KEPT: return "a drive that keeps its old data and says nothing";
	case ISOKIT_SUSPECT_MOVED_GPT: return "the same image, its backup GPT moved";
	case ISOKIT_SUSPECT_OTHER: return "another image";
	case ISOKIT_SUSPECT_NONE:
	case ISOKIT_SUSPECT_COUNT: break;
	}
	return NULL;
}

static void print_detail(const struct isokit_write_result *r, struct output *out)
{
	(void)output_string(out, "    remark    ");
	(void)output_escaped(out, r->detail);
	(void)output_string(out, "\n");
}

static void print_differs(const struct isokit_write_result *r, struct output *out)
{
	const char *words = suspect_words(r->suspect);

	if (r->n_different_ranges) {
		print_bytes(out, "    differ    ", r->different_bytes, "");
		(void)output_format(out, " in %llu place%s\n",
				    (unsigned long long)r->n_different_ranges,
				    r->n_different_ranges == 1 ? "" : "s");
		print_ranges(r, out);
	}
	if (words) {
		(void)output_format(out, "    looks like %s", words);
		if (*r->detail) {
			(void)output_string(out, ": ");
			(void)output_escaped(out, r->detail);
		}
		(void)output_string(out, "\n");
	} else if (*r->detail) {
		print_detail(r, out);
	}
	if (r->real_bytes && r->drive->bytes) {
		char real[SIZE_WORDS_BYTES], says[SIZE_WORDS_BYTES];

		decimal_words(r->real_bytes, real);
		decimal_words(r->drive->bytes, says);
		(void)output_format(out, "    it holds  %s, and says %s\n", real, says);
	}
	if (*r->advice) {
		(void)output_string(out, "    advice    ");
		(void)output_escaped(out, r->advice);
		(void)output_string(out, "\n");
	}
}

static const char *state_words(const struct writer_options *opt,
			       const struct isokit_write_result *r)
{
	bool probe = opt->task == TASK_PROBE;

	if (opt->simulate)
		return r->status ? "would not be written" : "would be written";
	if (opt->task == TASK_COMPARE)
		return r->state == ISOKIT_DRIVE_DIFFERS ? "differs" : r->status ? "not compared" :
								       "equal";
	if (probe && r->status == ISOKIT_OK)
		return *r->detail ? "seems to have the size that it says" : "has the size that it says";
	if (probe && r->status == ISOKIT_E_MISMATCH)
		return "is not what it says";
	switch (r->state) {
	case ISOKIT_DRIVE_UNTOUCHED: return "untouched";
	case ISOKIT_DRIVE_PARTIAL: return "incomplete";
	case ISOKIT_DRIVE_WRITTEN: return "written, not read back";
	case ISOKIT_DRIVE_VERIFIED: return "written, read back, equal";
	case ISOKIT_DRIVE_DIFFERS: return "written, but what is read back differs";
	}
	return "";
}

static void print_drive(const struct writer_options *opt, const struct isokit_write_result *r,
			struct output *out)
{
	uint64_t done = r->written_bytes + r->skipped_bytes;
	bool safe = !opt->simulate && !opt->power_off && opt->task != TASK_COMPARE &&
		    (r->state == ISOKIT_DRIVE_VERIFIED || r->state == ISOKIT_DRIVE_WRITTEN);

	(void)output_format(out, "%s: %s", r->drive->path, state_words(opt, r));
	/* Of a quick probe only the marks were written. */
	if (opt->task == TASK_PROBE && r->status == ISOKIT_OK && !opt->simulate)
		print_bytes(out, ": ", r->drive->bytes, "");
	else if (done)
		print_bytes(out, ": ", done, "");
	else if (r->compared_bytes)
		print_bytes(out, ": ", r->compared_bytes, "");
	print_rate(out, "written", done, r->write_seconds);
	print_rate(out, "read", r->compared_bytes, r->verify_seconds);
	(void)output_string(out, "\n");
	if (r->skipped_bytes)
		print_bytes(out, "    zeros     ", r->skipped_bytes, " of these the drive made itself\n");
	if (r->unmapped_bytes)
		print_bytes(out, "    left      ", r->unmapped_bytes, " that do not matter, as they were\n");
	if (r->status == ISOKIT_E_MISMATCH || r->state == ISOKIT_DRIVE_DIFFERS)
		print_differs(r, out);
	else if (*r->detail)
		print_detail(r, out);
	if (safe)
		(void)output_string(out, "    it can be removed\n");
}

static void print_hashes(const struct writer_options *opt, const struct isokit_write_result *r,
			 struct output *out)
{
	for (size_t i = 0; i < opt->hashes.n; i++)
		if (*r->hash[opt->hashes.order[i]])
			hashes_print(out, r->hash[opt->hashes.order[i]], r->drive->path);
}

/* ---- all of them -------------------------------------------------------------------- */

/* The drive differs, or is not as large as it says. An image that is not what a checksum says is
 * no answer: then nothing is known of the drive. */
static bool is_answer(const struct writer_options *opt, const struct isokit_write_result *r)
{
	return r->status == ISOKIT_E_MISMATCH &&
	       (r->state == ISOKIT_DRIVE_DIFFERS || opt->task == TASK_PROBE);
}

/* What went wrong with a drive goes to stderr; that it differs is an answer, which is printed. */
static void say_failures(const struct writer_options *opt, const struct isokit_write_result *r,
			 size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].status && *r[i].text && (!is_answer(opt, &r[i]) || opt->common.quiet))
			message_error(r[i].drive->path, "%s", r[i].text);
}

static enum exit_code code_of(const struct writer_options *opt, enum isokit_status st,
			      const struct isokit_write_result *r, size_t n)
{
	enum exit_code code = st == ISOKIT_OK ? EXIT_DONE : EXIT_NO;
	bool answers = n > 0 && (st == ISOKIT_OK || st == ISOKIT_E_MISMATCH);

	/* A signal that comes when all is done comes too late. */
	if (st == ISOKIT_E_CANCELLED || (st && interrupt_pending()))
		return EXIT_INTERRUPTED;
	for (size_t i = 0; i < n; i++) {
		answers &= r[i].status == ISOKIT_OK || is_answer(opt, &r[i]);
		code = exit_code_worse(code, exit_code_of(r[i].status));
	}
	return answers ? code : EXIT_UNABLE;
}

enum exit_code report_print(const struct writer_options *opt, const struct checks *checks,
			    struct isokit_write *write, enum isokit_status st,
			    const struct isokit_error *err, struct output *out)
{
	size_t n;
	const struct isokit_write_result *r = isokit_write_get_results(write, &n);
	enum exit_code code = code_of(opt, st, r, n);
	bool said = false;

	for (size_t i = 0; i < n; i++)
		said |= r[i].status && *r[i].text;
	if (code == EXIT_INTERRUPTED)
		message_error(NULL, "interrupted");
	else if (st && !said)
		message_failure(opt->source, err);
	say_failures(opt, r, n);
	if (opt->common.json) {
		report_json(opt, checks, write, st, out);
		return code;
	}
	for (size_t i = 0; i < n; i++) {
		if (!opt->common.quiet)
			print_drive(opt, &r[i], out);
		print_hashes(opt, &r[i], out);
	}
	return code;
}
