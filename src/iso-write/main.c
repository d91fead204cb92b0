/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-write: options, then one of its tasks. */
#include "common/message.h"
#include "writer.h"

int main(int argc, char **argv)
{
	struct writer_options opt;
	enum exit_code code;
	bool stop;

	code = writer_parse(&opt, argc, argv, &stop);
	if (!stop) {
		message_error(NULL, "not written yet");
		code = EXIT_UNABLE;
	}
	writer_release(&opt);
	return (int)code;
}
