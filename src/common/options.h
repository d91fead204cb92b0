/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table per command: parser, --help and the test of the manual page come
 * from it. GNU long options (--name=value, --name value), bundled short ones
 * (-qv, -oFILE, -o FILE), "--" ends the options, "-" is an operand. Long names
 * are not abbreviated: a script must not change its meaning when an option is
 * added. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/exit.h"

enum option_argument {
	ARG_NONE,
	ARG_REQUIRED,
	ARG_OPTIONAL, /* only as --name=value; the short form takes one that begins with / */
};

/* A row of a command's table. The table ends with a row whose id is 0. */
struct option_row {
	int id;                    /* the command's own enum, from OPT_OWN upwards */
	char short_name;           /* or 0 */
	const char *long_name;     /* without dashes */
	enum option_argument argument;
	const char *argument_name; /* "FILE"; NULL when there is none */
	const char *help;          /* one line, begins in lower case, no full stop */
	const char *group;         /* heading in --help; NULL: as the row before */
	bool negatable;            /* --no-NAME exists too (without an argument) */
	bool hidden;               /* not in --help, and not in the manual page */
	const char *const *words;  /* the values that it takes, or of what a list ("X,...") is made;
				    * NULL ends them; NULL: no such list */
};

/* An example of --help and the manual page. */
struct command_example {
	const char *command;
	const char *meaning;
};

/* A command as a whole. */
struct command {
	const char *name;                      /* "iso-inspect" */
	const char *summary;                   /* one line */
	const char *const *usage;              /* "[OPTION]... IMAGE..."; NULL ends it */
	const struct option_row *options;      /* its own; the common ones are added */
	const struct command_example *examples; /* ends with a NULL command */
	const char *notes;                     /* last lines of --help, or NULL */
};

/* What options_next() returns beside the ids of the table. */
enum {
	OPT_END = 0,      /* nothing left */
	OPT_ERROR = -1,   /* the message is printed: exit with EXIT_UNABLE */
	OPT_OPERAND = -2, /* not an option: see value */
	OPT_FINISH = -3,  /* --help, --version: done, exit with options.exit_code */
	OPT_OWN = 256,    /* the first id of a command's own options */
};

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER, PROGRESS_JSON };

/* The options that every command has. */
struct common_options {
	bool quiet;
	unsigned verbose; /* how often */
	bool json;
	enum color_mode color;
	enum progress_mode progress;
};

/* A walk through argv. Zero-initialise, then options_start(). */
struct options {
	const struct command *command;
	int argc;
	char **argv;
	int next;             /* index of the next argument to look at */
	const char *bundle;   /* rest of a bundle of short options */
	bool only_operands;   /* "--" was seen */
	const char *value;    /* argument of the option, the operand, or NULL */
	const struct option_row *row; /* of the option just returned */
	bool negated;         /* it was --no-NAME */
	struct common_options common;
	enum exit_code exit_code; /* for OPT_FINISH */
};

/* Prepare the process (standard descriptors, message prefix) and the walk. */
void options_start(struct options *o, const struct command *command, int argc, char **argv);

/* The next option or operand. Common options are taken care of inside. */
int options_next(struct options *o);

/* One line on stderr about the option just returned ("--size=12Q: not a size").
 * Returns OPT_ERROR. */
int options_refuse(const struct options *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A usage error not tied to an option, with the pointer to --help. Returns
 * EXIT_UNABLE. */
enum exit_code options_usage_error(const struct options *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The value as a number or a size (K, M, G, T: powers of 1024). On nonsense a
 * message is printed and false returned. */
bool options_number(const struct options *o, uint64_t least, uint64_t most, uint64_t *ret);
bool options_unsigned(const struct options *o, unsigned least, unsigned most, unsigned *ret);
bool options_size(const struct options *o, uint64_t *ret);

/* The value as the name of a file: anything but nothing. False after a message. */
bool options_name(const struct options *o, const char **ret);

/* Its value as "+HH:MM" or "-HH:MM", in minutes. */
bool options_time_zone(const struct options *o, int *ret_minutes);

/* Which of the row's words the value is; -1 after a message that names the nearest. */
int options_choice(const struct options *o);

/* $SOURCE_DATE_EPOCH, where it is set. False after a message. */
bool options_epoch(bool *ret_has, int64_t *ret_epoch);

/* $TMPDIR, or NULL. */
const char *options_scratch_folder(void);

/* --help. */
enum exit_code options_help(const struct command *command);

/* --dump-options (hidden): the table for tests and completion. A line each,
 * separated by tabs: long name, short name or nothing, none|required|optional,
 * argument name or nothing, "negatable" or nothing, group, help, words (blanks between). */
enum exit_code options_dump(const struct command *command);

/* The nearest of a list to a mistyped word, or NULL when none is near. */
const char *nearest_word(const char *word, const char *const *words, size_t n);

#endif
