/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --help and --dump-options, from the tables. */
#include <stdio.h>
#include <string.h>

#include "common/common_rows.h"
#include "common/options.h"
#include "common/output.h"

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

/* Text from the column where the cursor is, folded at words. */
static void fold(struct output *out, const char *text, size_t indent, size_t width)
{
	size_t column = indent;
	bool first = true;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (!first && column + 1 + n > width) {
			(void)output_format(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			(void)output_string(out, " ");
			column++;
		}
		(void)output_write(out, text, n);
		column += n;
		text += n;
		text += strspn(text, " ");
		first = false;
	}
	(void)output_string(out, "\n");
}

static void print_row(struct output *out, const struct option_row *r)
{
	char left[160], argument[64] = "", shorty[8] = "    ";

	if (r->short_name)
		(void)snprintf(shorty, sizeof(shorty), "-%c, ", r->short_name);
	if (r->argument == ARG_REQUIRED)
		(void)snprintf(argument, sizeof(argument), "=%s", r->argument_name);
	else if (r->argument == ARG_OPTIONAL)
		(void)snprintf(argument, sizeof(argument), "[=%s]", r->argument_name);
	(void)snprintf(left, sizeof(left), "  %s--%s%s%s", shorty, r->negatable ? "[no-]" : "",
		       r->long_name, argument);
	(void)output_string(out, left);
	if (strlen(left) + 2 > HELP_COLUMN)
		(void)output_format(out, "\n%*s", HELP_COLUMN, "");
	else
		(void)output_format(out, "%*s", HELP_COLUMN - (int)strlen(left), "");
	fold(out, r->help, HELP_COLUMN, HELP_WIDTH);
}

static void print_rows(struct output *out, const struct option_row *rows)
{
	for (const struct option_row *r = rows; r->id; r++) {
		if (r->group)
			(void)output_format(out, "\n%s:\n", r->group);
		if (!r->hidden)
			print_row(out, r);
	}
}

static void print_examples(struct output *out, const struct command_example *examples)
{
	size_t longest = 0;

	if (!examples || !examples->command)
		return;
	(void)output_string(out, "\nExamples:\n");
	for (const struct command_example *e = examples; e->command; e++) {
		size_t n = strlen(e->command);

		longest = n > longest && n < HELP_WIDTH / 2 + 10 ? n : longest;
	}
	for (const struct command_example *e = examples; e->command; e++) {
		size_t n = strlen(e->command), column = n <= longest ? longest : n;

		(void)output_format(out, "  %s", e->command);
		if (2 + column + 2 + strlen(e->meaning) <= HELP_WIDTH)
			(void)output_format(out, "%*s%s\n", (int)(column + 2 - n), "", e->meaning);
		else
			(void)output_format(out, "\n      %s\n", e->meaning);
	}
}

enum exit_code options_help(const struct command *c)
{
	struct output out;

	if (!output_start(&out))
		return EXIT_UNABLE;
	for (size_t i = 0; c->usage[i]; i++)
		(void)output_format(&out, "%s %s %s\n", i ? "      " : "Usage:", c->name,
				    c->usage[i]);
	fold(&out, c->summary, 0, HELP_WIDTH);
	print_rows(&out, c->options);
	print_rows(&out, common_rows);
	print_examples(&out, c->examples);
	if (c->notes)
		(void)output_format(&out, "\n%s\n", c->notes);
	return output_finish(&out);
}

static const char *group_of(const struct option_row *rows, const struct option_row *row)
{
	const char *group = "";

	for (const struct option_row *r = rows; r <= row; r++) {
		if (r->group)
			group = r->group;
	}
	return group;
}

static void dump_rows(struct output *out, const struct option_row *rows)
{
	static const char *const kinds[] = { "none", "required", "optional" };

	for (const struct option_row *r = rows; r->id; r++) {
		char shorty[2] = { r->short_name, '\0' };

		if (r->hidden)
			continue;
		(void)output_format(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t", r->long_name, shorty,
				    kinds[r->argument], r->argument_name ? r->argument_name : "",
				    r->negatable ? "negatable" : "", group_of(rows, r), r->help);
		for (size_t i = 0; r->words && r->words[i]; i++)
			(void)output_format(out, "%s%s", i ? " " : "", r->words[i]);
		(void)output_string(out, "\n");
	}
}

enum exit_code options_dump(const struct command *c)
{
	struct output out;

	if (!output_start(&out))
		return EXIT_UNABLE;
	dump_rows(&out, c->options);
	dump_rows(&out, common_rows);
	return output_finish(&out);
}
