/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-extract: open, choose, extract, say what came of it. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/message.h"
#include "common/progress.h"
#include "extract.h"

/* For the handler of signals. */
static struct isokit_extract *_Atomic current;

/* One run. report is first: it is what the library's calls get. */
struct run {
	struct report report;
	struct progress progress;
	bool progressing;
};

static void clean(void *ctx)
{
	const struct isokit_extract *x = atomic_load(&current);

	(void)ctx;
	if (x)
		isokit_extract_abandon(x);
}

static int on_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct run *r = ctx;

	if (interrupt_pending())
		return 1;
	if (!total)
		return 0;
	if (!r->progressing)
		progress_start(&r->progress, &r->report.opt->common, "extracting", NULL, total);
	r->progressing = true;
	progress_update(&r->progress, done < total ? done : total);
	return 0;
}

static int on_cancel(void *ctx)
{
	(void)ctx;
	return interrupt_pending();
}

static enum isokit_status open_image(struct extract_options *opt, struct isokit_extract **ret,
				     struct isokit_error *err)
{
	enum isokit_status st = isokit_extract_open(opt->image, &opt->lib, ret, err);

	/* What is encrypted says so, and somebody may be there to ask. */
	if (st != ISOKIT_E_UNSUPPORTED || opt->medium.password || !isatty(STDERR_FILENO) ||
	    !strstr(err->text, "password") || !password_ask(&opt->password, opt->image))
		return st;
	opt->medium.password = opt->password.bytes;
	opt->medium.password_bytes = opt->password.n;
	return isokit_extract_open(opt->image, &opt->lib, ret, err);
}

static enum isokit_status choose(const struct extract_options *opt, struct isokit_extract *x,
				 struct isokit_error *err)
{
	for (size_t i = 0; i < opt->n_paths; i++) {
		enum isokit_status st = isokit_extract_select(x, opt->paths[i], err);

		if (st)
			return st;
	}
	return ISOKIT_OK;
}

struct listing {
	struct isokit_report_options report;
	struct output *out;
	bool json;
	enum isokit_status status;
};

static int print_entry(void *ctx, const struct isokit_entry *entry)
{
	struct listing *l = ctx;

	if (l->json)
		l->status = isokit_report_entry_json(entry, &l->report, output_write, l->out);
	else
		l->status = isokit_report_entry_text(entry, &l->report, output_write, l->out);
	return l->status != ISOKIT_OK;
}

static enum isokit_status list(const struct extract_options *opt, struct isokit_extract *x,
			       struct output *out, struct isokit_error *err)
{
	struct listing l = { .out = out, .json = opt->common.json };
	enum isokit_status st;

	l.report.color = !opt->common.json && output_color(opt->common.color, STDOUT_FILENO);
	l.report.width = output_width(STDOUT_FILENO);
	st = isokit_extract_list(x, print_entry, &l, err);
	/* output_finish() says why it could not be printed. */
	return out->sys_errno ? ISOKIT_OK : st;
}

/* Did everything come out, and as it is? */
static enum exit_code judge(const struct isokit_extract_result *r, bool damaged)
{
	if (r->events[ISOKIT_EXTRACT_FAILED] || r->events[ISOKIT_EXTRACT_EXISTS])
		return EXIT_UNABLE;
	return r->events[ISOKIT_EXTRACT_LOST] || r->events[ISOKIT_EXTRACT_DAMAGED] || damaged ?
		       EXIT_NO : EXIT_DONE;
}

static void fail(const struct extract_options *opt, const struct isokit_error *err)
{
	if (err->status == ISOKIT_E_CANCELLED) {
		(void)interrupt_hold(); /* one line is enough */
		message_error(opt->image, "interrupted; what was extracted before is whole");
	} else if (err->status == ISOKIT_E_EXISTS) {
		message_failure(NULL, err);
		message_error(NULL, "nothing was extracted; --overwrite replaces files");
	} else {
		message_failure(opt->image, err);
	}
}

static enum exit_code run_all(struct extract_options *opt, struct output *out)
{
	struct run run = { .report = { .opt = opt, .out = out } };
	struct isokit_extract *x = NULL;
	struct isokit_error err = { 0 };
	enum isokit_status st;
	enum exit_code code;

	opt->medium.cancelled = on_cancel;
	opt->lib.medium = &opt->medium;
	opt->lib.told = report_told;
	opt->lib.progress = on_progress;
	opt->lib.ctx = &run;
	st = open_image(opt, &x, &err);
	atomic_store(&current, x);
	if (st == ISOKIT_OK)
		st = choose(opt, x, &err);
	if (st == ISOKIT_OK && opt->list)
		st = list(opt, x, out, &err);
	else if (st == ISOKIT_OK && opt->to_stdout)
		st = isokit_extract_stream(x, STDOUT_FILENO, "standard output", &err);
	else if (st == ISOKIT_OK)
		st = isokit_extract_run(x, opt->directory ? opt->directory : ".", &err);
	if (run.progressing)
		progress_end(&run.progress);
	code = exit_code_of(st);
	if (x)
		report_rest(&run.report, isokit_extract_result(x));
	if (st)
		fail(opt, &err);
	if (x) {
		bool damaged = report_damages(&run.report, x);

		code = exit_code_worse(code, judge(isokit_extract_result(x), damaged));
	}
	if (x && !opt->list && !opt->to_stdout && (st == ISOKIT_OK || opt->common.json))
		report_print(&run.report, x);
	report_end(&run.report);
	atomic_store(&current, NULL);
	isokit_extract_free(x);
	return code;
}

int main(int argc, char **argv)
{
	struct extract_options opt;
	struct target target = { .made = NULL };
	struct output out;
	enum exit_code code;
	bool stop;

	code = extract_parse(&opt, argc, argv, &stop);
	if (!stop && !target_prepare(&target, &opt)) {
		code = EXIT_UNABLE;
	} else if (!stop && output_start(&out)) {
		interrupt_start("iso-extract: interrupted\n", clean, NULL);
		code = run_all(&opt, &out);
		if (code != EXIT_DONE)
			target_undo(&target); /* only what is empty goes */
		code = exit_code_worse(code, output_finish(&out));
	} else if (!stop) {
		code = EXIT_UNABLE;
	}
	target_end(&target);
	extract_release(&opt);
	return exit_at_once(code);
}
