/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What will be lost is shown, and the names of the drives have to be typed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/message.h"
#include "writer.h"

/* Standard input, unless the image comes from there: then the terminal itself. -1: none. */
static int open_terminal(const struct writer_options *opt)
{
	if (opt->source && strcmp(opt->source, "-") == 0)
		return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) ?
		       fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
}

bool question_possible(const struct writer_options *opt)
{
	int fd = open_terminal(opt);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* A line. False at the end of input, and for one that is too long. */
static bool read_line(int fd, char *line, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while (n < size - 1) {
		got = read(fd, line + n, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		if (line[n] == '\n') {
			line[n] = '\0';
			return true;
		}
		n++;
	}
	return false;
}

/* Which of the drives a word names, or -1. */
static int which(const struct target *targets, size_t n, const char *word)
{
	const char *name = strncmp(word, "/dev/", 5) == 0 ? word + 5 : word;

	for (size_t i = 0; i < n; i++)
		if (strcmp(targets[i].drive->name, name) == 0)
			return (int)i;
	return -1;
}

static void print_missing(struct output *out, const struct target *targets, size_t n,
			  const bool *typed)
{
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		if (typed[i])
			continue;
		(void)output_format(out, "%s%s", first ? "" : " ", targets[i].drive->name);
		first = false;
	}
}

static bool all(const bool *typed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!typed[i])
			return false;
	return true;
}

/* Names on one line or on several. True when each drive was named, and nothing else. */
static bool ask_names(int fd, const struct target *targets, size_t n, bool *typed,
		      struct output *out)
{
	char line[4096], *rest, *word;

	while (!all(typed, n)) {
		(void)output_format(out, "Type the name%s of the drive%s (", n > 1 ? "s" : "",
				    n > 1 ? "s" : "");
		print_missing(out, targets, n, typed);
		(void)output_string(out, ") to go on, anything else to stop: ");
		(void)output_flush(out);
		if (!read_line(fd, line, sizeof(line)))
			return (void)output_string(out, "\n"), false;
		word = strtok_r(line, " \t,", &rest);
		if (!word)
			return false;
		for (; word; word = strtok_r(NULL, " \t,", &rest)) {
			int i = which(targets, n, word);

			if (i < 0)
				return false;
			typed[i] = true;
		}
	}
	return true;
}

static void print_target(struct output *out, const struct writer_options *opt,
			 const struct target *t)
{
	char words[DRIVE_WORDS_BYTES];

	drive_words(t->drive, words);
	(void)output_format(out, "\n%s  ", t->drive->path);
	(void)output_escaped(out, words);
	(void)output_string(out, opt->simulate ? ". Nothing will be written.\n" :
						 ". All that is on it will be lost:\n");
	content_print(out, t->drive, "    ");
	for (size_t i = 0; i < t->drive->n_uses; i++) {
		const struct isokit_drive_use *u = &t->drive->uses[i];

		if (u->kind != ISOKIT_USE_MOUNT)
			continue;
		(void)output_string(out, "    will be unmounted: ");
		(void)output_escaped(out, u->where);
		(void)output_string(out, "\n");
	}
	if (t->fixed)
		(void)output_string(out, "    not removable; allowed by --fixed-disk\n");
}

enum exit_code question_ask(const struct writer_options *opt, const struct target *targets,
			    size_t n)
{
	struct output out = { .fd = -1 };
	int fd = open_terminal(opt);
	bool *typed = calloc(n, sizeof(*typed));
	enum exit_code code = EXIT_UNABLE;

	if (fd < 0) {
		message_error(NULL, "there is no terminal to ask on: give --yes to write without a "
			      "question; nothing was written");
	} else if (typed && output_start(&out)) {
		/* Standard output may go elsewhere. */
		out.fd = opt->source && strcmp(opt->source, "-") == 0 ? fd : STDERR_FILENO;
		for (size_t i = 0; i < n; i++)
			print_target(&out, opt, &targets[i]);
		(void)output_string(&out, "\n");
		if (ask_names(fd, targets, n, typed, &out))
			code = EXIT_DONE;
		(void)output_flush(&out);
		free(out.buffer); /* and the descriptor stays open */
		if (code != EXIT_DONE)
			message_error(NULL, "that is not the name; nothing was written");
	} else {
		message_error(NULL, "out of memory");
	}
	if (fd >= 0)
		(void)close(fd);
	free(typed);
	return code;
}
