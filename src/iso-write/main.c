/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-write: options, then one of its tasks. */
#include "common/message.h"
#include "disc.h"
#include "writer.h"

int main(int argc, char **argv)
{
	struct writer_options opt;
	enum exit_code code;
	bool stop;

	code = writer_parse(&opt, argc, argv, &stop);
	if (!stop && disc_wanted(&opt)) {
		struct output out;

		code = output_start(&out) ? disc_run(&opt, &out) : EXIT_UNABLE;
		code = exit_code_worse(code, output_finish(&out));
	} else if (!stop) {
		message_error(NULL, "not written yet");
		code = EXIT_UNABLE;
	}
	writer_release(&opt);
	return (int)code;
}
