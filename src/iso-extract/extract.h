/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of iso-extract only. */
#ifndef ISO_EXTRACT_EXTRACT_H
#define ISO_EXTRACT_EXTRACT_H

#include <isokit/isokit.h>

#include "common/options.h"
#include "common/output.h"
#include "common/password.h"

struct extract_options {
	struct common_options common;
	struct isokit_extract_options lib;
	struct isokit_medium_options medium;
	const char *image;
	const char **paths; /* room for every word of the command line */
	size_t n_paths;
	const char *directory;
	bool to_stdout, list;
	const char *password_file;
	struct password password;
};

/* Fill `opt` from the command line. EXIT_DONE to go on, else *ret_stop is set and the exit
 * code is returned. Release with extract_release(). */
enum exit_code extract_parse(struct extract_options *opt, int argc, char **argv, bool *ret_stop);
void extract_release(struct extract_options *opt);

/* The target folder, made before the image is looked at, so that from then on the process
 * can be kept to it. */
struct target {
	char *made;      /* path of folders that were made for it, or NULL */
	size_t made_from; /* up to there they were there */
	char *above;     /* the folder that they were made in */
};

/* False after a message. Then confine, and say with -vv what holds. */
bool target_prepare(struct target *t, const struct extract_options *opt);
/* Take away the folders that were made, where nothing is in them. */
void target_undo(struct target *t);
void target_end(struct target *t);

/* What files the library told of: a message each, as long as they are few, and for JSON all
 * of them up to a bound. */
struct report {
	const struct extract_options *opt;
	struct output *out;
	struct told *told;
	size_t n_told, told_capacity;
	uint64_t told_lost; /* that there was no room for */
	unsigned said[ISOKIT_EXTRACT_EVENTS];
};

/* An isokit_extract_told_fn with a struct report as context. */
void report_told(void *report, enum isokit_extract_event what, const char *path,
		 const char *text);
/* How many more there were than messages. */
void report_rest(struct report *r, const struct isokit_extract_result *result);
/* What was done, as text or JSON. */
void report_print(struct report *r, const struct isokit_extract *x);
void report_end(struct report *r);

/* What was found damaged in the image while it was read; false: nothing. */
bool report_damages(struct report *r, const struct isokit_extract *x);

#endif
