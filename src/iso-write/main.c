/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-write: options, then one of its tasks. */
#include "common/interrupt.h"
#include "common/message.h"
#include "disc.h"
#include "writer.h"

static enum exit_code act(struct writer_options *opt, struct output *out)
{
	struct isokit_drives *drives = NULL;
	struct isokit_error err = { 0 };
	enum exit_code code;

	if (opt->task != TASK_LIST && disc_wanted(opt))
		return disc_run(opt, out);
	if (opt->task != TASK_LIST) {
		message_error(NULL, "only --list is written yet");
		return EXIT_UNABLE;
	}
	if (isokit_drives_scan(NULL, &drives, &err)) {
		message_failure(NULL, &err);
		return EXIT_UNABLE;
	}
	code = list_print(opt, drives, out);
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
