/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-build: what the command line says, and how the result is shown. */
#ifndef ISO_BUILD_BUILD_H
#define ISO_BUILD_BUILD_H

#include <isokit/author.h>
#include <isokit/isokit.h>

#include "common/options.h"
#include "common/output.h"

enum step_kind { STEP_ADD, STEP_UNPACK, STEP_MANIFEST, STEP_REMOVE };

/* A change of the tree, in the order of the command line. */
struct tree_step {
	enum step_kind what;
	char *dest;         /* path in the image, NULL: "/"; owned */
	char *source;       /* host path; owned */
};

/* What the image is to fit on. */
struct fit {
	const char *name; /* as the user said it; NULL: on anything */
	uint64_t bytes;
};

struct build_options {
	struct common_options common;
	struct isokit_build_options lib;
	const char *base;     /* image to start from beside the steps, or NULL */
	const char *scdbackup_file; /* gets the record of that tag, too; or NULL */
	const char *output;   /* NULL with a dry run only */
	bool to_stdout;
	bool dry_run;
	struct tree_step *steps;
	size_t n_steps;
	const char **excludes; /* room for one more for each word of the command line */
	char **kept;           /* strings that other members point at */
	size_t n_kept, n_words;
	struct isokit_build_rule *rules; /* patterns are owned */
	size_t n_rules;
	struct isokit_build_hide *hides;
	struct isokit_build_weight *weights; /* patterns are owned */
	struct fit fit;
	bool quiet_summary;    /* no summary on standard output */
	bool error_summary;    /* the summary on standard error, as mkisofs -v has it */
	bool print_size;       /* only print the number of blocks */
	struct mkisofs *mkisofs; /* with that personality: owns what lib borrows */
};

/* Fill `opt` from command line and environment. EXIT_DONE to go on, else
 * *ret_stop is set and the exit code is returned. Release with build_release(). */
enum exit_code build_parse(struct build_options *opt, int argc, char **argv, bool *ret_stop);
void build_release(struct build_options *opt);

/* The mkisofs personality: the index of the first word that is meant for it when the
 * program's name or the first words ask for it, else 0, and whether the name is
 * genisoimage, whose ways differ from xorriso's; the words, NULL-terminated,
 * into *opt (as build_parse()); what it owns. */
int mkisofs_first_word(int argc, char **argv, bool *ret_genisoimage);
enum exit_code mkisofs_parse(struct build_options *opt, char **words, bool genisoimage,
			     bool *ret_stop);
void mkisofs_release(struct mkisofs *m);

/* "[GLOB=]UID", "[GLOB=]MODE" as a rule (the pattern is owned). False after a
 * message. */
enum rule_kind { RULE_OWNER, RULE_GROUP, RULE_MODE };
bool rule_parse(const struct options *o, enum rule_kind kind, struct isokit_build_rule *ret_rule);

/* Take all steps: the image to start from first, wherever it stands, the others in
 * their order. */
enum isokit_status steps_apply(const struct build_options *opt, struct isokit_build *build,
			       struct isokit_error *err);

/* The errors of the image to start from, a line each. */
void base_print_findings(const struct isokit_build *build);

/* Take a step that adds to the tree. */
enum isokit_status inputs_apply(const struct build_options *opt, struct isokit_build *build,
				const struct tree_step *step, struct isokit_error *err);

/* The patterns in the file of an --exclude-from. False after a message. */
bool inputs_read_excludes(const struct options *o, struct build_options *opt);

/* Add the rule of a --hide, those of the file of a --sort. False after a message. */
bool hide_parse(const struct options *o, struct build_options *opt);
bool sort_parse(const struct options *o, struct build_options *opt);
/* A mode alone, octal or as chmod has it. False without a message. */
bool rule_parse_mode(const char *s, struct isokit_build_rule *rule);

/* The argument of --fit; is there room for so many bytes? False after a message. */
extern const char *const fit_words[];
bool fit_parse(const struct options *o, struct build_options *opt);
bool fit_check(const struct build_options *opt, uint64_t bytes);

/* The argument of --for, and its name. */
extern const char *const goal_words[];
bool goal_parse(const struct options *o, struct isokit_build_options *lib);
const char *goal_name(enum isokit_build_goal goal);

/* The option that contradicts the goal, or NULL. */
const char *goal_against(const struct isokit_build_options *lib, bool boot_explicit);

/* Does the image boot as the goal asks? False after a message. */
bool goal_check(const struct build_options *opt, struct isokit_build *build,
		const struct isokit_boot_verdict *v);

/* "702.8 MiB". */
enum { FIT_WORDS_BYTES = 40 };
void fit_size(uint64_t bytes, char ret_words[FIT_WORDS_BYTES]);
/* --zisofs. False after a message. */
bool zisofs_parse(const struct options *o, struct isokit_build_options *lib);

/* What was built, or would be, as text or as one JSON object. */
void summary_print(const struct build_options *opt, struct isokit_build *build,
		   struct output *out);

/* Parts of the JSON object, each with the comma before it. */
void summary_json_hash(struct output *out, const uint8_t sha256[32]);
void summary_json_tables(struct output *out, const struct isokit_facts *facts);
void summary_json_files(struct output *out, const struct isokit_build *build);

/* Where each file lies, a line for each. */
void summary_print_files(struct output *out, const struct isokit_build *build);

/* To stderr, from number *seen on: warnings, and with `all` (there will be no
 * summary) what is missing, too. */
void notes_print(struct isokit_build *build, bool all, size_t *seen);

#endif
