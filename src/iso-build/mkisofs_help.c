/* SPDX-License-Identifier: GPL-3.0-or-later */
/* -help and -version of the mkisofs personality. */
#include "mkisofs.h"

#include <string.h>

/* The beginning is what programs look for that ask which mkisofs this is. */
static void print_version(struct output *out)
{
	(void)output_format(out, "mkisofs 2.01-Emulation by iso-build (isokit) %s\n",
			    isokit_version());
}

static void print_row(struct output *out, const struct mkisofs_row *row)
{
	enum { HELP_COLUMN = 30 };
	size_t used = 0;

	(void)output_string(out, "  ");
	for (const char *at = row->names; *at;) {
		size_t n;

		at += *at == '*';
		n = strcspn(at, " ");

		(void)output_format(out, "%.*s", (int)n, at);
		used += n;
		if (row->arguments != NULL) {
			(void)output_format(out, " %s", row->arguments);
			used += 1 + strlen(row->arguments);
		}
		at += n + strspn(at + n, " ");
		if (*at) {
			(void)output_string(out, ", ");
			used += 2;
		}
	}
	if (used + 2 >= HELP_COLUMN) {
		(void)output_string(out, "\n");
		used = 0;
	} else {
		used += 2;
	}
	(void)output_format(out, "%*s%s", (int)(HELP_COLUMN - used), "", row->help);
	if (row->apply == mkisofs_ignore)
		(void)output_format(out, " (ignored: %s)", row->why);
	else if (row->apply == mkisofs_decline)
		(void)output_format(out, " (not supported: %s)", row->why);
	(void)output_string(out, "\n");
}

static void print_help(struct output *out)
{
	(void)output_string(out,
			    "Usage: iso-build --mkisofs [options] [-o FILE] SOURCE...\n"
			    "Options as xorriso -as mkisofs and genisoimage have them; .mkisofsrc is not "
			    "read.\n");
	for (const struct mkisofs_row *r = mkisofs_rows; r->names != NULL; r++)
		print_row(out, r);
}

enum exit_code mkisofs_help(const struct mkisofs *m)
{
	struct output out;

	if (!output_start(&out))
		return EXIT_UNABLE;
	if (m->version)
		print_version(&out);
	if (m->help)
		print_help(&out);
	return output_finish(&out);
}
