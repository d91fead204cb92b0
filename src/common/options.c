/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/options.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <isokit/isokit.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/common_rows.h"
#include "common/message.h"
#include "common/output.h"

enum { OPT_HELP = 1, OPT_VERSION, OPT_QUIET, OPT_VERBOSE, OPT_JSON, OPT_COLOR, OPT_PROGRESS,
       OPT_DUMP };

static const char *const colors[] = { "auto", "always", "never", NULL };
static const char *const progress_kinds[] = { "auto", "always", "never", "json", NULL };

const struct option_row common_rows[] = {
	{ OPT_JSON, 0, "json", ARG_NONE, NULL, "machine output on stdout, nothing else there",
	  "Common options", false, false },
	{ OPT_COLOR, 0, "color", ARG_REQUIRED, "WHEN",
	  "auto, always or never (NO_COLOR is honoured)", NULL, false, false, colors },
	{ OPT_PROGRESS, 0, "progress", ARG_REQUIRED, "HOW",
	  "auto, always, never or json, on stderr", NULL, false, false, progress_kinds },
	{ OPT_QUIET, 'q', "quiet", ARG_NONE, NULL, "errors only", NULL, false, false },
	{ OPT_VERBOSE, 'v', "verbose", ARG_NONE, NULL, "more detail", NULL, false, false },
	{ OPT_HELP, 'h', "help", ARG_NONE, NULL, "this text", NULL, false, false },
	{ OPT_VERSION, 0, "version", ARG_NONE, NULL, "version and licence", NULL, false, false },
	{ OPT_DUMP, 0, "dump-options", ARG_NONE, NULL, "this table, for completion", NULL, false,
	  true },
	{ 0 },
};

/* An image opened as descriptor 1 because the caller closed stdout would
 * receive what is printed. Fill the gaps with descriptors that refuse. */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			return;
	}
}

void options_start(struct options *o, const struct command *command, int argc, char **argv)
{
	*o = (struct options){ .command = command, .argc = argc, .argv = argv, .next = 1 };
	fill_standard_descriptors();
	message_start(command->name);
}

/* Every row, the command's own first. NULL after the last. */
static const struct option_row *row_at(const struct command *c, size_t i)
{
	for (const struct option_row *r = c->options; r->id; r++) {
		if (i-- == 0)
			return r;
	}
	for (const struct option_row *r = common_rows; r->id; r++) {
		if (i-- == 0)
			return r;
	}
	return NULL;
}

static int unknown_long(const struct options *o, const char *name)
{
	const char *words[128], *nearest;
	const struct option_row *r;
	size_t n = 0;

	for (size_t i = 0; n < 128 && (r = row_at(o->command, i)); i++) {
		if (!r->hidden)
			words[n++] = r->long_name;
	}
	nearest = nearest_word(name, words, n);
	if (nearest)
		message_error(NULL, "--%s: unknown option, did you mean --%s?", name, nearest);
	else
		message_error(NULL, "--%s: unknown option, see '%s --help'", name,
			      o->command->name);
	return OPT_ERROR;
}

static bool names(const struct option_row *r, const char *name, size_t n, bool *ret_negated)
{
	*ret_negated = false;
	if (strncmp(r->long_name, name, n) == 0 && r->long_name[n] == '\0')
		return true;
	*ret_negated = true;
	return r->negatable && n > 3 && strncmp(name, "no-", 3) == 0 &&
	       strncmp(r->long_name, name + 3, n - 3) == 0 && r->long_name[n - 3] == '\0';
}

static int parse_long(struct options *o, const char *name)
{
	const char *equals = strchr(name, '=');
	size_t n = equals ? (size_t)(equals - name) : strlen(name);
	enum option_argument argument;
	const struct option_row *r;
	char copy[64];

	for (size_t i = 0; (r = row_at(o->command, i)) != NULL; i++) {
		if (names(r, name, n, &o->negated))
			break;
	}
	if (!r) {
		(void)snprintf(copy, sizeof(copy), "%.*s", n < 60 ? (int)n : 60, name);
		return unknown_long(o, copy);
	}
	o->row = r;
	o->value = equals ? equals + 1 : NULL;
	argument = o->negated ? ARG_NONE : r->argument;
	if (argument == ARG_NONE && equals) {
		message_error(NULL, "--%.*s: takes no argument", (int)n, name);
		return OPT_ERROR;
	}
	if (argument == ARG_REQUIRED && !equals) {
		if (o->next >= o->argc) {
			message_error(NULL, "--%s: an argument is missing (--%s=%s)", r->long_name,
				      r->long_name, r->argument_name);
			return OPT_ERROR;
		}
		o->value = o->argv[o->next++];
	}
	return r->id;
}

static int unknown_short(const struct options *o, char c, const char *whole)
{
	const struct option_row *r;

	for (size_t i = 0; (r = row_at(o->command, i)) != NULL; i++) {
		if (strcmp(r->long_name, whole + 1) == 0) {
			message_error(NULL, "%s: unknown option, did you mean -%s?", whole, whole);
			return OPT_ERROR;
		}
	}
	message_error(NULL, "-%c: unknown option, see '%s --help'", c, o->command->name);
	return OPT_ERROR;
}

static int parse_short(struct options *o)
{
	char c = *o->bundle++;
	const char *rest = o->bundle;
	const struct option_row *r;

	if (!*rest)
		o->bundle = NULL;
	for (size_t i = 0; (r = row_at(o->command, i)) != NULL; i++) {
		if (r->short_name == c)
			break;
	}
	if (!r)
		return unknown_short(o, c, o->argv[o->next - 1]);
	o->row = r;
	o->negated = false;
	o->value = NULL;
	/* "-l/boot": no option is named /. Other letters are more options: "-lv". */
	if (r->argument == ARG_OPTIONAL && *rest == '/') {
		o->value = rest;
		o->bundle = NULL;
	}
	if (r->argument != ARG_REQUIRED)
		return r->id;
	o->bundle = NULL;
	if (*rest) {
		o->value = rest;
	} else {
		if (o->next >= o->argc) {
			message_error(NULL, "-%c: an argument is missing (-%c %s)", c, c,
				      r->argument_name);
			return OPT_ERROR;
		}
		o->value = o->argv[o->next++];
	}
	return r->id;
}

/* --help and --version go through the checked output: they can fail too. */
static int finish_version(struct options *o)
{
	struct output out;

	o->exit_code = EXIT_UNABLE;
	if (!output_start(&out))
		return OPT_FINISH;
	(void)output_format(&out,
			    "%s (isokit) %s\n"
			    "License GPLv3+: GNU GPL version 3 or later "
			    "<https://gnu.org/licenses/gpl.html>.\n"
			    "This is free software: you may change and redistribute it. "
			    "There is NO WARRANTY.\n",
			    o->command->name, isokit_version());
	o->exit_code = output_finish(&out);
	return OPT_FINISH;
}

/* Take care of a common option. 0: go on with the next argument. */
static int common_option(struct options *o, int id)
{
	int choice;

	switch (id) {
	case OPT_HELP:
		o->exit_code = options_help(o->command);
		return OPT_FINISH;
	case OPT_DUMP:
		o->exit_code = options_dump(o->command);
		return OPT_FINISH;
	case OPT_VERSION:
		return finish_version(o);
	case OPT_QUIET:
		o->common.quiet = true;
		break;
	case OPT_VERBOSE:
		o->common.verbose++;
		break;
	case OPT_JSON:
		o->common.json = true;
		break;
	case OPT_COLOR:
		choice = options_choice(o);
		if (choice < 0)
			return OPT_ERROR;
		o->common.color = (enum color_mode)choice;
		break;
	case OPT_PROGRESS:
		choice = options_choice(o);
		if (choice < 0)
			return OPT_ERROR;
		o->common.progress = (enum progress_mode)choice;
		break;
	}
	message_set(o->common.quiet, o->common.verbose);
	return 0;
}

static int next_raw(struct options *o)
{
	const char *argument;

	o->value = NULL;
	o->row = NULL;
	if (o->bundle)
		return parse_short(o);
	if (o->next >= o->argc)
		return OPT_END;
	argument = o->argv[o->next++];
	if (!o->only_operands && strcmp(argument, "--") == 0) {
		o->only_operands = true;
		return next_raw(o);
	}
	if (o->only_operands || argument[0] != '-' || argument[1] == '\0') {
		o->value = argument;
		return OPT_OPERAND;
	}
	if (argument[1] == '-')
		return parse_long(o, argument + 2);
	o->bundle = argument + 1;
	return parse_short(o);
}

int options_next(struct options *o)
{
	for (;;) {
		int id = next_raw(o);

		if (id > 0 && id < OPT_OWN)
			id = common_option(o, id);
		else
			return id;
		if (id)
			return id;
	}
}

/* "--color=blue", as the user may have written it. */
static void shown_option(const struct options *o, char *out, size_t size)
{
	(void)snprintf(out, size, "--%s%s%s%s", o->negated ? "no-" : "", o->row->long_name,
		       o->value ? "=" : "", o->value ? o->value : "");
}

int options_refuse(const struct options *o, const char *format, ...)
{
	char shown[512], text[512];
	va_list ap;

	shown_option(o, shown, sizeof(shown));
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	message_error(shown, "%s", text);
	return OPT_ERROR;
}

enum exit_code options_usage_error(const struct options *o, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	message_error(NULL, "%s, see '%s --help'", text, o->command->name);
	return EXIT_UNABLE;
}

static bool digits(const char *s, uint64_t *ret, const char **ret_end)
{
	char *end;

	if (s[0] < '0' || s[0] > '9')
		return false;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	*ret_end = end;
	return errno == 0;
}

bool options_number(const struct options *o, uint64_t least, uint64_t most, uint64_t *ret)
{
	const char *end;
	uint64_t n;

	if (!digits(o->value, &n, &end) || *end || n < least || n > most) {
		(void)options_refuse(o, "not a number from %" PRIu64 " to %" PRIu64, least, most);
		return false;
	}
	*ret = n;
	return true;
}

bool options_unsigned(const struct options *o, unsigned least, unsigned most, unsigned *ret)
{
	uint64_t n;

	if (!options_number(o, least, most, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

bool options_size(const struct options *o, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	uint64_t n;
	unsigned shift = 0;

	if (!digits(o->value, &n, &end))
		goto refuse;
	if (*end) {
		unit = strchr(units, *end >= 'a' && *end <= 'z' ? *end - 32 : *end);
		if (!unit)
			goto refuse;
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
		if (strcmp(end, "iB") == 0)
			end += 2;
	}
	if (*end || n > UINT64_MAX >> shift)
		goto refuse;
	*ret = n << shift;
	return true;
refuse:
	(void)options_refuse(o, "not a size (a number, then K, M, G or T if wanted)");
	return false;
}

int options_choice(const struct options *o)
{
	const char *const *words = o->row->words;
	char all[256] = "";
	size_t n = 0, used = 0;
	const char *nearest;

	for (; words[n]; n++) {
		int more;

		if (strcmp(words[n], o->value) == 0)
			return (int)n;
		more = snprintf(all + used, sizeof(all) - used, "%s%s", n ? ", " : "", words[n]);
		if (more > 0 && (size_t)more < sizeof(all) - used)
			used += (size_t)more;
	}
	nearest = nearest_word(o->value, words, n);
	if (nearest)
		(void)options_refuse(o, "unknown, did you mean %s?", nearest);
	else
		(void)options_refuse(o, "unknown, choose one of %s", all);
	return -1;
}

bool options_name(const struct options *o, const char **ret)
{
	*ret = o->value;
	return *o->value != '\0' || options_refuse(o, "an empty name is no file") == 0;
}

bool options_time_zone(const struct options *o, int *ret_minutes)
{
	const char *v = o->value;
	int minutes;

	if (strlen(v) != 6 || (v[0] != '+' && v[0] != '-') || v[3] != ':' ||
	    strspn(v + 1, "0123456789") != 2 || strspn(v + 4, "0123456789") != 2)
		return options_refuse(o, "a time zone is like +01:00") == 0;
	minutes = ((v[1] - '0') * 10 + v[2] - '0') * 60 + (v[4] - '0') * 10 + v[5] - '0';
	if (minutes > 14 * 60 || v[4] > '5')
		return options_refuse(o, "there is no such time zone") == 0;
	*ret_minutes = v[0] == '-' ? -minutes : minutes;
	return true;
}

bool options_epoch(bool *ret_has, int64_t *ret_epoch)
{
	const char *s = getenv("SOURCE_DATE_EPOCH");
	char *end;

	if (s == NULL || *s == '\0')
		return true;
	errno = 0;
	*ret_epoch = strtoll(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0) {
		message_error("SOURCE_DATE_EPOCH", "'%s' is not a number of seconds", s);
		return false;
	}
	*ret_has = true;
	return true;
}

const char *options_scratch_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && *folder != '\0' ? folder : NULL;
}
