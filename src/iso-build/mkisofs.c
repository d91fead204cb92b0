/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mkisofs personality: words to rows of the table. */
#include "mkisofs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/message.h"

/* ---- words to rows ----------------------------------------------------------------- */

/* The next of the names of a row ("-o -output"); false at the end. */
static bool next_name(const char **at, const char **ret_name, size_t *ret_bytes)
{
	const char *s = *at;

	while (*s == ' ' || *s == '*')
		s++;
	*ret_name = s;
	*ret_bytes = strcspn(s, " ");
	*at = s + *ret_bytes;
	return *ret_bytes > 0;
}

static const char *bare(const char *name)
{
	return name + (name[0] == '-') + (name[0] == '-' && name[1] == '-');
}

/* How a name is compared with the n bytes typed. */
enum how { AS_TYPED, OTHER_DASHES, BEGINS };

static bool name_fits(const char *name, size_t name_bytes, const char *typed, size_t n, enum how how)
{
	if (how == AS_TYPED)
		return name_bytes == n && memcmp(name, typed, n) == 0;
	name_bytes -= (size_t)(bare(name) - name);
	name = bare(name);
	n -= (size_t)(bare(typed) - typed);
	typed = bare(typed);
	return (how == BEGINS ? name_bytes >= n : name_bytes == n) && memcmp(name, typed, n) == 0;
}

static const struct mkisofs_row *find_how(const char *typed, size_t n, enum how how)
{
	const struct mkisofs_row *found = NULL;

	for (const struct mkisofs_row *r = mkisofs_rows; r->names != NULL; r++) {
		const char *at = r->names, *name;
		size_t bytes;

		while (next_name(&at, &name, &bytes)) {
			if (!name_fits(name, bytes, typed, n, how) || found == r)
				continue;
			if (how != BEGINS)
				return r;
			if (found != NULL)
				return NULL; /* of several */
			found = r;
		}
	}
	return found;
}

/* As typed; with one dash for two or the other way round; what only one option begins
 * with. */
static const struct mkisofs_row *find_row(const char *typed, size_t n)
{
	enum { SHORTEST_BEGINNING = 5 };
	const struct mkisofs_row *row = find_how(typed, n, AS_TYPED);

	if (row == NULL)
		row = find_how(typed, n, OTHER_DASHES);
	if (row == NULL && n >= SHORTEST_BEGINNING)
		row = find_how(typed, n, BEGINS);
	if (row == NULL && n == 2 && memcmp(typed, "-q", 2) == 0)
		row = find_how("-quiet", 6, AS_TYPED);
	return row;
}

/* Is that name one which only genisoimage has? */
static bool is_foreign(const struct mkisofs_row *row, const char *typed, size_t n)
{
	const char *at = row->names, *name;
	size_t bytes;

	while (next_name(&at, &name, &bytes))
		if (name > row->names && name[-1] == '*' &&
		    name_fits(name, bytes, typed, n, OTHER_DASHES))
			return true;
	return false;
}

static const struct mkisofs_row *find_letter(char letter)
{
	char typed[2] = { '-', letter };

	return find_how(typed, 2, AS_TYPED);
}

static size_t count_arguments(const struct mkisofs_row *row)
{
	size_t n = 0;

	if (row->arguments != NULL)
		n = 1;
	for (const char *s = row->arguments; s != NULL && *s; s++)
		n += *s == ' ';
	return n;
}

static const char *nearest_name(const char *typed, char *out, size_t size)
{
	static const char *words[512];
	static char copies[512][40];
	size_t n = 0;
	const char *found;

	for (const struct mkisofs_row *r = mkisofs_rows; r->names != NULL; r++) {
		const char *at = r->names, *name;
		size_t bytes;

		while (next_name(&at, &name, &bytes)) {
			if (n == 512 || bytes - (size_t)(bare(name) - name) < 2)
				continue;
			(void)snprintf(copies[n], sizeof(copies[n]), "%.*s", (int)bytes, name);
			words[n] = bare(copies[n]);
			n++;
		}
	}
	found = nearest_word(bare(typed), words, n);
	if (found == NULL)
		return NULL;
	while (found[-1] == '-' )
		found--;
	(void)snprintf(out, size, "%s", found);
	return out;
}

/* ---- one word after the other --------------------------------------------------------- */

static bool apply_row(struct mkisofs *m, const struct mkisofs_row *row, const char *typed,
		      char *joined)
{
	char *values[MKISOFS_MAX_VALUES] = { NULL };
	size_t n = count_arguments(row);

	m->typed = typed;
	m->typed_value = NULL;
	/* xorriso takes no abbreviations. */
	m->genisoimage = m->genisoimage || is_foreign(row, typed, strlen(typed)) ||
			 find_how(typed, strlen(typed), OTHER_DASHES) == NULL;
	for (size_t i = 0; i < n; i++) {
		values[i] = i == 0 && joined != NULL ? joined : *m->argv;
		if (values[i] == NULL) {
			message_error(typed, "an argument is missing (%s %s)", typed,
				      row->arguments);
			return false;
		}
		m->argv += values[i] != joined;
	}
	if (n == 1)
		m->typed_value = values[0];
	return row->apply(m, row, values);
}

/* -JRl: nothing but letters without arguments, but the last may have one. */
static bool is_bundle(const char *word)
{
	for (const char *s = word + 1; *s; s++) {
		const struct mkisofs_row *row = find_letter(*s);

		if (row == NULL || count_arguments(row) > (s[1] == '\0' && s > word + 1))
			return false;
	}
	return word[1] != '-';
}

static bool apply_bundle(struct mkisofs *m, const char *word)
{
	for (const char *s = word + 1; *s; s++) {
		char letter[3] = { '-', *s };
		const char *typed = mkisofs_keep(m, letter, 2);

		if (typed == NULL || !apply_row(m, find_letter(*s), typed, NULL))
			return false;
	}
	return true;
}

static bool unknown(const char *word)
{
	char near[48];

	if (nearest_name(word, near, sizeof(near)) != NULL)
		message_error(word, "unknown option, did you mean %s?", near);
	else
		message_error(word, "unknown option, see 'iso-build --mkisofs -help'");
	return false;
}

static bool apply_word(struct mkisofs *m, char *word)
{
	const struct mkisofs_row *row = find_row(word, strlen(word));
	char *equals = strchr(word, '=');
	char near[48];

	if (row != NULL)
		return apply_row(m, row, word, NULL);
	if (equals != NULL) {
		row = find_row(word, (size_t)(equals - word));
		if (row != NULL && count_arguments(row) == 1) {
			const char *typed = mkisofs_keep(m, word, (size_t)(equals - word));

			return typed != NULL && apply_row(m, row, typed, equals + 1);
		}
	}
	if (is_bundle(word))
		return apply_bundle(m, word);
	/* -oFILE, unless it looks like another option mistyped. */
	row = find_letter(word[1]);
	if (word[1] != '-' && row != NULL && count_arguments(row) == 1 &&
	    nearest_name(word, near, sizeof(near)) == NULL) {
		const char *typed = mkisofs_keep(m, word, 2);

		return typed != NULL && apply_row(m, row, typed, word + 2);
	}
	return unknown(word);
}

/* Behind "--" xorriso takes commands of its own; those that people give there, most of
 * all to grub-mkrescue, mean what these options do. */
static bool apply_command(struct mkisofs *m, const char *word)
{
	static const struct {
		const char *command, *option;
	} known[] = {
		{ "-volid", "-V" }, { "-volset_id", "-volset" }, { "-publisher", "-publisher" },
		{ "-application_id", "-A" }, { "-system_id", "-sysid" }, { "-preparer_id", "-p" },
		{ "-copyright_file", "-copyright" }, { "-abstract_file", "-abstract" },
		{ "-biblio_file", "-biblio" }, { "-joliet", "-J" },
		{ "-hfsplus", "-hfsplus" },
	};
	char *const *value = m->argv;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct mkisofs_row *row;

		if (strcmp(word, known[i].command) != 0)
			continue;
		row = find_row(known[i].option, strlen(known[i].option));
		if (count_arguments(row) > 0 || *value == NULL)
			return apply_row(m, row, word, NULL);
		m->argv++;
		if (strcmp(*value, "on") == 0)
			return apply_row(m, row, word, NULL);
		m->typed = word;
		m->typed_value = *value;
		return strcmp(*value, "off") == 0 || mkisofs_refuse(m, "'on' or 'off' is wanted");
	}
	message_error(word, "commands of xorriso (after --) are not understood, but for -volid and "
		      "the like; a file of that name is ./%s", word);
	return false;
}

static bool read_words(struct mkisofs *m)
{
	bool only_sources = false;

	while (*m->argv != NULL) {
		char *word = *m->argv++;

		if (strcmp(word, "--") == 0) {
			only_sources = true;
			continue;
		}
		if (only_sources && word[0] == '-' && word[1] != '\0') {
			if (!apply_command(m, word))
				return false;
			continue;
		}
		if (only_sources || word[0] != '-' || word[1] == '\0') {
			if (!mkisofs_list_add(&m->pathspecs, strdup(word)))
				return false;
		} else if (!apply_word(m, word)) {
			return false;
		}
	}
	return true;
}

/* ---- all together -------------------------------------------------------------------------- */

static bool finish(struct mkisofs *m)
{
	struct build_options *opt = m->opt;

	if (opt->output == NULL)
		opt->output = "-";
	opt->to_stdout = strcmp(opt->output, "-") == 0 || strcmp(opt->output, "/dev/fd/1") == 0;
	if (opt->to_stdout && !opt->print_size && isatty(STDOUT_FILENO)) {
		message_error(NULL, "no output given (-o FILE), and the image does not go to a terminal");
		return false;
	}
	opt->error_summary = opt->common.verbose > 0 && !opt->common.quiet && !opt->print_size;
	if (opt->lib.old_root != NULL && opt->base == NULL) {
		message_warning("-old-root", "ignored: there is no session before (-M names its image)");
		opt->lib.old_root = NULL;
	}
	opt->lib.root = m->root;
	mkisofs_names_finish(m);
	return mkisofs_tree_finish(m) && mkisofs_boot_finish(m) &&
	       options_epoch(&opt->lib.has_epoch, &opt->lib.epoch);
}

enum exit_code mkisofs_parse(struct build_options *opt, char **words, bool genisoimage,
			     bool *ret_stop)
{
	struct mkisofs *m = calloc(1, sizeof(*m));
	bool good;

	*ret_stop = true;
	if (m == NULL) {
		message_error(NULL, "out of memory");
		return EXIT_UNABLE;
	}
	opt->mkisofs = m;
	m->genisoimage = genisoimage;
	opt->quiet_summary = true;
	/* As mkisofs does: an old file is replaced, whatever it is, and is no content. */
	opt->lib.force = true;
	opt->lib.leave_out_output = true;
	m->opt = opt;
	m->argv = words;
	mkisofs_names_start(m);
	good = read_words(m);
	if (good && (m->help || m->version))
		return mkisofs_help(m);
	*ret_stop = !good || !finish(m);
	return *ret_stop ? EXIT_UNABLE : EXIT_DONE;
}

static void list_free(struct mkisofs_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
}

void mkisofs_release(struct mkisofs *m)
{
	if (m == NULL)
		return;
	mkisofs_boot_release(m);
	list_free(&m->pathspecs);
	list_free(&m->excludes);
	list_free(&m->strings);
	free(m->hides);
	free(m->weights);
	free(m);
}

/* ---- which personality ---------------------------------------------------------------------- */

static bool is_name(const char *word)
{
	static const char *const names[] = { "mkisofs", "genisoimage", "xorrisofs", "genisofs" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

int mkisofs_first_word(int argc, char **argv, bool *ret_genisoimage)
{
	const char *slash, *name;

	*ret_genisoimage = false;
	if (argc < 1)
		return 0;
	slash = strrchr(argv[0], '/');
	name = slash != NULL ? slash + 1 : argv[0];
	*ret_genisoimage = strcmp(name, "genisoimage") == 0;
	if (is_name(name))
		return 1;
	return argc > 2 && strcmp(argv[1], "-as") == 0 && is_name(argv[2]) ? 3 : 0;
}
