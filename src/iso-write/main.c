/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-write: options, then one of its tasks. */
#include "common/interrupt.h"
#include "common/message.h"
#include "disc.h"
#include "writer.h"

/* What lies beside the image counts for a disc, too. */
static enum exit_code burn(struct writer_options *opt, struct output *out)
{
	struct checks checks = { .items = NULL };
	enum exit_code code = EXIT_DONE;

	if (opt->task == TASK_WRITE && !opt->no_beside && isokit_source_is_url(opt->source))
		message_info(opt->source, "what lies beside it is not looked at for a disc; --sha256 is "
			     "compared");
	else if (opt->task == TASK_WRITE)
		code = checks_make(&checks, opt);
	if (code == EXIT_DONE && !opt->common.json && !opt->common.quiet)
		checks_print(&checks, out);
	checks_release(&checks);
	return code == EXIT_DONE ? disc_run(opt, out) : code;
}

static enum exit_code act(struct writer_options *opt, struct output *out)
{
	struct isokit_drives *drives = NULL;
	struct isokit_error err = { 0 };
	enum exit_code code;

	if (opt->task != TASK_LIST && disc_wanted(opt))
		return burn(opt, out);
	if (isokit_drives_scan(NULL, &drives, &err)) {
		message_failure(NULL, &err);
		return EXIT_UNABLE;
	}
	code = opt->task == TASK_LIST ? list_print(opt, drives, out) : job_run(opt, drives, out);
	isokit_drives_free(drives);
	return code;
}

int main(int argc, char **argv)
{
	struct writer_options opt;
	struct output out;
	enum exit_code code;
	bool stop;

	code = writer_parse(&opt, argc, argv, &stop);
	if (!stop && !output_start(&out)) {
		code = EXIT_UNABLE;
	} else if (!stop) {
		/* Until a drive is written a signal ends the program at once. */
		interrupt_exits("iso-write: interrupted; nothing was written\n", NULL, NULL);
		code = act(&opt, &out);
		code = exit_code_worse(code, output_finish(&out));
	}
	writer_release(&opt);
	return (int)code;
}
