/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the tree comes from: folders, files, archives, standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "common/message.h"

static bool is_stdin(const char *source)
{
	return strcmp(source, "-") == 0;
}

enum isokit_status inputs_apply(const struct build_options *opt, struct isokit_build *build,
				const struct tree_step *step, struct isokit_error *err)
{
	(void)opt;
	if (step->what == STEP_MANIFEST)
		return isokit_build_add_manifest(build, step->dest,
						 is_stdin(step->source) ? "/dev/stdin" :
									  step->source, err);
	if (is_stdin(step->source))
		return isokit_build_add_stream(build, step->dest, STDIN_FILENO, "standard input",
					       err);
	if (step->what == STEP_UNPACK)
		return isokit_build_add_archive(build, step->dest, step->source, err);
	/* With a place of its own it is a file like others. */
	if (step->dest != NULL || step->what != STEP_ADD)
		return isokit_build_add(build, step->dest, step->source, err);
	switch (isokit_build_source_kind(step->source)) {
	case ISOKIT_BUILD_SOURCE_ARCHIVE:
		message_info(step->source, "its content is taken (/NAME=%s stores it as a file)",
			     step->source);
		return isokit_build_add_archive(build, step->dest, step->source, err);
	case ISOKIT_BUILD_SOURCE_MANIFEST:
		return isokit_build_add_manifest(build, step->dest, step->source, err);
	case ISOKIT_BUILD_SOURCE_IMAGE:
	case ISOKIT_BUILD_SOURCE_HOST: break;
	}
	return isokit_build_add(build, step->dest, step->source, err);
}

/* A pattern that is ours to keep. */
static bool exclude_add(struct build_options *opt, const char *pattern)
{
	size_t n = opt->lib.n_excludes + opt->n_words + 1;
	const char **excludes = realloc(opt->excludes, n * sizeof(*excludes));
	char **kept;

	if (excludes != NULL)
		opt->excludes = excludes;
	kept = realloc(opt->kept, (opt->n_kept + 1) * sizeof(*kept));
	if (kept != NULL)
		opt->kept = kept;
	if (excludes == NULL || kept == NULL ||
	    (kept[opt->n_kept] = strdup(pattern)) == NULL) {
		message_error(NULL, "out of memory");
		return false;
	}
	excludes[opt->lib.n_excludes++] = kept[opt->n_kept++];
	return true;
}

bool inputs_read_excludes(const struct options *o, struct build_options *opt)
{
	FILE *f = is_stdin(o->value) ? stdin : fopen(o->value, "re");
	char *line = NULL;
	size_t capacity = 0;
	bool ok = f != NULL;
	ssize_t n;

	if (!ok) {
		message_error(o->value, "cannot be opened: %s", strerror(errno));
		return false;
	}
	while (ok && (n = getline(&line, &capacity, f)) >= 0) {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (n == 0 || line[0] == '#')
			continue;
		ok = exclude_add(opt, line);
	}
	if (ok && ferror(f)) {
		message_error(o->value, "cannot be read: %s", strerror(errno));
		ok = false;
	}
	free(line);
	if (f != stdin)
		(void)fclose(f);
	return ok;
}
