/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-convert: what the command line says, and how the result is shown. */
#ifndef ISO_CONVERT_CONVERT_H
#define ISO_CONVERT_CONVERT_H

#include <isokit/convert.h>
#include <isokit/isokit.h>

#include "common/hashes.h"
#include "common/options.h"
#include "common/output.h"
#include "common/password.h"

struct convert_options {
	struct common_options common;
	struct isokit_convert_options lib;
	bool list;
	const char *audio;          /* folder, or NULL */
	const char *password_file;
	struct password password;
	struct hash_list hashes;
	const char *const *inputs;  /* borrowed from argv */
	size_t n_inputs;
	const char *output;         /* NULL: to be found; "-" */
	bool to_stdout;
	char **operands;            /* from malloc */
};

/* Fill `opt`. EXIT_DONE to go on, else *ret_stop is set and the exit code is returned.
 * Release with convert_release(). */
enum exit_code convert_parse(struct convert_options *opt, int argc, char **argv, bool *ret_stop);
void convert_release(struct convert_options *opt);

/* The name of the output for an input: what the user said, in that folder, or made of the
 * input's. From malloc; NULL after a message. */
char *output_name(const struct convert_options *opt, const char *input,
		  const struct isokit_convert_plan *plan);

/* What was found and why, and what a conversion would do. */
void list_print(const struct convert_options *opt, const char *path,
		struct isokit_convert *convert, struct output *out);

/* The first line: which of the three things is done. */
void summary_print_action(const char *path, const struct isokit_convert_plan *plan,
			  struct output *out);
/* What came of it. `audio` is the number of WAV files. */
void summary_print(const struct convert_options *opt, const char *path, const char *output,
		   struct isokit_convert *convert, size_t audio, struct output *out);

/* The keys that --list and a conversion have both. */
void json_plan(struct output *out, const struct isokit_convert_plan *plan);
void json_notes(struct output *out, struct isokit_convert *convert);

#endif
