/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came out, and what did not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/message.h"
#include "extract.h"

enum {
	MOST_SAID = 20,       /* messages of a kind; with -v all of them */
	MOST_TOLD = 100000,   /* kept for JSON */
	MOST_DAMAGES = 20,
};

struct told {
	enum isokit_extract_event what;
	char *path, *text;
};

static const char *const words[ISOKIT_EXTRACT_EVENTS] = {
	[ISOKIT_EXTRACT_MADE] = "made",
	[ISOKIT_EXTRACT_RENAMED] = "renamed",
	[ISOKIT_EXTRACT_LEFT_OUT] = "left-out",
	[ISOKIT_EXTRACT_LESS] = "less",
	[ISOKIT_EXTRACT_LOST] = "lost",
	[ISOKIT_EXTRACT_DAMAGED] = "damaged",
	[ISOKIT_EXTRACT_EXISTS] = "exists",
	[ISOKIT_EXTRACT_FAILED] = "failed",
};

static void say(enum isokit_extract_event what, const char *path, const char *text)
{
	switch (what) {
	case ISOKIT_EXTRACT_MADE:
	case ISOKIT_EXTRACT_EVENTS:
		break;
	case ISOKIT_EXTRACT_RENAMED:
		if (text && strrchr(path, '/') && strcmp(strrchr(path, '/') + 1, text) == 0)
			message_warning(path, "has a name in the image that no file can have");
		else if (text)
			message_warning(path, "is now called \"%s\"", text);
		else
			message_warning(path, "has this name only here");
		break;
	case ISOKIT_EXTRACT_LEFT_OUT:
	case ISOKIT_EXTRACT_LESS:
		message_warning(path, "%s", text);
		break;
	case ISOKIT_EXTRACT_LOST:
		message_error(path, "not extracted: %s", text);
		break;
	case ISOKIT_EXTRACT_DAMAGED:
	case ISOKIT_EXTRACT_EXISTS:
	case ISOKIT_EXTRACT_FAILED:
		message_error(path, "%s", text);
		break;
	}
}

static void keep(struct report *r, enum isokit_extract_event what, const char *path,
		 const char *text)
{
	struct told *bigger;
	size_t capacity = r->told_capacity ? r->told_capacity * 2 : 64;

	if (r->n_told == r->told_capacity) {
		bigger = r->n_told < MOST_TOLD ? realloc(r->told, capacity * sizeof(*bigger)) :
						 NULL;
		if (!bigger) {
			r->told_lost++;
			return;
		}
		r->told = bigger;
		r->told_capacity = capacity;
	}
	r->told[r->n_told++] = (struct told){ what, strdup(path), text ? strdup(text) : NULL };
}

void report_told(void *ctx, enum isokit_extract_event what, const char *path, const char *text)
{
	struct report *r = ctx;

	if (what == ISOKIT_EXTRACT_MADE) {
		if (r->opt->common.verbose)
			message_verbose(NULL, "%s", path + (path[0] == '/'));
		return;
	}
	if (r->opt->common.json)
		keep(r, what, path, text);
	if (r->said[what] < MOST_SAID || r->opt->common.verbose) {
		r->said[what]++;
		say(what, path, text);
	}
}

void report_rest(struct report *r, const struct isokit_extract_result *result)
{
	static const char *const plural[ISOKIT_EXTRACT_EVENTS] = {
		[ISOKIT_EXTRACT_RENAMED] = "got other names",
		[ISOKIT_EXTRACT_LEFT_OUT] = "were left out",
		[ISOKIT_EXTRACT_LESS] = "came out with less than they have",
		[ISOKIT_EXTRACT_LOST] = "could not be read",
		[ISOKIT_EXTRACT_DAMAGED] = "are damaged",
		[ISOKIT_EXTRACT_EXISTS] = "are there already",
		[ISOKIT_EXTRACT_FAILED] = "could not be written",
	};

	for (size_t i = 0; i < ISOKIT_EXTRACT_EVENTS; i++) {
		if (plural[i] && result->events[i] > r->said[i])
			message_warning(r->opt->image, "%" PRIu64 " more files %s (-v shows all)",
					result->events[i] - r->said[i], plural[i]);
	}
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void put_volumes(struct output *out, const struct isokit_extract_facts *f)
{
	bool any = false;

	(void)output_string(out, ",\"volumes\":[");
	for (size_t i = 0; i < f->n_volumes; i++) {
		const struct isokit_disk_volume *v = &f->volumes[i];

		(void)output_format(out, "%s{\"partition\":%u,\"filesystem\":", any ? "," : "",
				    v->partition);
		output_json_text(out, isokit_filesystem_name(v->fs));
		if (v->words)
			output_json_string(out, "words", v->words);
		output_json_string(out, "label", v->label);
		if (v->unreadable)
			output_json_string(out, "unreadable", v->unreadable);
		(void)output_string(out, "}");
		any = true;
	}
	(void)output_string(out, "]");
}

static void put_events(struct report *r)
{
	struct output *out = r->out;

	(void)output_string(out, ",\"events\":[");
	for (size_t i = 0; i < r->n_told; i++) {
		const struct told *t = &r->told[i];

		(void)output_string(out, i ? ",{\"what\":" : "{\"what\":");
		output_json_text(out, words[t->what]);
		output_json_string(out, "path", t->path ? t->path : "");
		if (t->text)
			output_json_string(out, t->what == ISOKIT_EXTRACT_RENAMED ? "name" : "message", t->text);
		(void)output_string(out, "}");
	}
	(void)output_string(out, "]");
	if (r->told_lost)
		output_json_number(out, "events_not_listed", r->told_lost);
}

static void print_json(struct report *r, const struct isokit_extract *x)
{
	const struct isokit_extract_facts *f = isokit_extract_facts(x);
	const struct isokit_extract_result *result = isokit_extract_result(x);
	struct output *out = r->out;
	const struct isokit_damage *damages;
	uint64_t lost;
	size_t n;

	damages = isokit_extract_damages(x, &n, &lost);
	(void)output_string(out, "{\"schema\":\"isokit.extract/1\"");
	output_json_string(out, "path", r->opt->image);
	output_json_string(out, "directory", r->opt->directory ? r->opt->directory : ".");
	output_json_containers(out, f->medium);
	if (f->image)
		output_json_string(out, "names", isokit_namespace_name(f->names));
	else
		put_volumes(out, f);
	output_json_number(out, "files", result->files);
	output_json_number(out, "directories", result->directories);
	output_json_number(out, "symlinks", result->symlinks);
	output_json_number(out, "hard_links", result->hard_links);
	output_json_number(out, "specials", result->specials);
	output_json_number(out, "bytes", result->bytes);
	output_json_number(out, "shared_bytes", result->shared_bytes);
	output_json_number(out, "hole_bytes", result->hole_bytes);
	for (size_t i = 0; i < ISOKIT_EXTRACT_EVENTS; i++) {
		char key[24];

		if (i == ISOKIT_EXTRACT_MADE)
			continue;
		(void)snprintf(key, sizeof(key), "%s", words[i]);
		if (strchr(key, '-'))
			*strchr(key, '-') = '_';
		output_json_number(out, key, result->events[i]);
	}
	put_events(r);
	output_json_damages(out, damages, n, lost);
	(void)output_string(out, "}\n");
}

/* ---- text ---------------------------------------------------------------------------------- */

static void add_count(struct output *out, uint64_t n, const char *one, const char *many)
{
	if (n)
		(void)output_format(out, ", %" PRIu64 " %s", n, n == 1 ? one : many);
}

static void print_text(struct report *r, const struct isokit_extract *x)
{
	const struct isokit_extract_result *result = isokit_extract_result(x);
	char size[SIZE_WORDS_BYTES];

	size_words(result->bytes, size);
	(void)output_format(r->out, "%" PRIu64 " file%s (%s)", result->files,
			    result->files == 1 ? "" : "s", size);
	add_count(r->out, result->directories, "folder", "folders");
	add_count(r->out, result->symlinks, "symbolic link", "symbolic links");
	add_count(r->out, result->hard_links, "hard link", "hard links");
	add_count(r->out, result->specials, "special file", "special files");
	(void)output_string(r->out, " extracted\n");
}

bool report_damages(struct report *r, const struct isokit_extract *x)
{
	const struct isokit_damage *d;
	uint64_t lost;
	size_t n;

	d = isokit_extract_damages(x, &n, &lost);
	for (size_t i = 0; i < n && i < MOST_DAMAGES; i++) {
		if (d[i].track)
			message_error(r->opt->image, "track %u, byte %" PRIu64 ": %s", d[i].track,
				      d[i].offset, d[i].text);
		else
			message_error(r->opt->image, "byte %" PRIu64 ": %s", d[i].offset,
				      d[i].text);
	}
	if (n > MOST_DAMAGES || lost)
		message_error(r->opt->image, "%" PRIu64 " more places are damaged",
			      (n > MOST_DAMAGES ? n - MOST_DAMAGES : 0) + lost);
	return n || lost;
}

void report_print(struct report *r, const struct isokit_extract *x)
{
	if (r->opt->common.json)
		print_json(r, x);
	else if (!r->opt->common.quiet)
		print_text(r, x);
}

void report_end(struct report *r)
{
	for (size_t i = 0; i < r->n_told; i++) {
		free(r->told[i].path);
		free(r->told[i].text);
	}
	free(r->told);
}
