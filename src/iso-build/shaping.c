/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --hide and --sort: rules on single files. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "common/message.h"

/* "[TREE=]GLOB"; what stands before a '=' but is no tree belongs to GLOB. */
bool hide_parse(const struct options *o, struct build_options *opt)
{
	static const struct {
		const char *name;
		enum isokit_build_tree tree;
	} trees[] = {
		{ "iso9660", ISOKIT_BUILD_TREE_ISO9660 }, { "joliet", ISOKIT_BUILD_TREE_JOLIET },
		{ "udf", ISOKIT_BUILD_TREE_UDF }, { "hfsplus", ISOKIT_BUILD_TREE_HFSPLUS },
	};
	struct isokit_build_hide *h = &opt->hides[opt->lib.n_hides];

	*h = (struct isokit_build_hide){ .pattern = o->value };
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		size_t n = strlen(trees[i].name);

		if (strncmp(o->value, trees[i].name, n) == 0 && o->value[n] == '=') {
			h->pattern = o->value + n + 1;
			h->trees = trees[i].tree;
		}
	}
	if (*h->pattern == '\0')
		return options_refuse(o, "not GLOB or TREE=GLOB") == 0;
	opt->lib.n_hides++;
	return true;
}

/* "GLOB WEIGHT": the last blank parts them, so that GLOB may have others. */
static bool parse_line(char *line, struct isokit_build_weight *w)
{
	size_t n = strlen(line);
	char *at, *end;
	long weight;

	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';
	at = line + n;
	while (at > line && at[-1] != ' ' && at[-1] != '\t')
		at--;
	if (at == line)
		return false;
	errno = 0;
	weight = strtol(at, &end, 10);
	if (end == at || *end != '\0' || errno != 0 || weight < INT32_MIN || weight > INT32_MAX)
		return false;
	while (at > line && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	*at = '\0';
	*w = (struct isokit_build_weight){ .pattern = line, .weight = (int32_t)weight };
	return *line != '\0';
}

/* False also when out of memory, with errno set. */
static bool take_line(struct build_options *opt, char *line)
{
	struct isokit_build_weight *moved, w;
	size_t n = opt->lib.n_weights;

	if (!parse_line(line, &w))
		return false;
	moved = realloc(opt->weights, (n + 1) * sizeof(*moved));
	if (moved == NULL)
		return false;
	opt->weights = moved;
	w.pattern = strdup(w.pattern);
	if (w.pattern == NULL)
		return false;
	opt->weights[opt->lib.n_weights++] = w;
	return true;
}

bool sort_parse(const struct options *o, struct build_options *opt)
{
	FILE *f = fopen(o->value, "re");
	size_t capacity = 0, number = 0;
	char *line = NULL;
	bool ok = true;
	ssize_t n;

	if (f == NULL)
		return options_refuse(o, "%s", strerror(errno)) == 0;
	errno = 0;
	while (ok && (n = getline(&line, &capacity, f)) >= 0) {
		number++;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (strlen(line) != (size_t)n)
			ok = false;
		else if (n > 0 && line[0] != '#')
			ok = take_line(opt, line);
	}
	if (!ok && errno == ENOMEM)
		message_error(NULL, "out of memory");
	else if (!ok)
		message_error(o->value, "line %zu is not GLOB WEIGHT (a whole number, the higher the "
			      "nearer to the beginning)", number);
	else if (ferror(f)) {
		message_error(o->value, "cannot be read: %s", strerror(errno));
		ok = false;
	}
	free(line);
	(void)fclose(f);
	return ok;
}
