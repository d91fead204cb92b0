/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iso-inspect: options, and the things that can be asked of an image. */
#ifndef ISO_INSPECT_INSPECT_H
#define ISO_INSPECT_INSPECT_H

#include <isokit/isokit.h>

#include "common/hashes.h"
#include "common/options.h"
#include "common/output.h"

/* What --require can ask for, as a set of bits by its place in the table. */
typedef uint32_t condition_set;

/* The places that --owner asks for. */
struct owner_ranges {
	struct isokit_range *list; /* from malloc */
	size_t n, capacity;
	bool from_stdin;
};

struct inspect_options {
	struct common_options common;
	bool list, check;
	const char *list_path;             /* where the listing begins */
	bool names_auto;
	enum isokit_namespace_kind names;
	condition_set require;
	struct owner_ranges owner;
	const char *map;                   /* the file of --map, or NULL */
	bool verify;
	struct hash_list hashes;
	uint32_t session;                  /* as in isokit_image_options */
	char **images;                     /* borrowed from argv */
	size_t n_images;
	bool several;                      /* more than one was given */
	struct isokit_report_options report;
};

/* Fill `opt` from the command line. EXIT_DONE to go on, else *ret_stop is set
 * and the exit code is returned. opt->images is from malloc. */
enum exit_code inspect_parse(struct inspect_options *opt, int argc, char **argv, bool *ret_stop);

/* Open the image in *src, which it may have to unwrap first: then *src is replaced by
 * the source that it was stacked on. */
enum isokit_status open_image(struct isokit_source **src,
			      const struct isokit_image_options *options,
			      struct isokit_image **ret_img, struct isokit_error *err);

/* Add the conditions of a comma-separated list. False after a message. */
extern const char *const require_words[];
bool require_parse(const struct options *o, condition_set *set);

/* Do all conditions hold? Those that do not are printed with their reason,
 * unless `out` is NULL. `prefix` is the image's name, or NULL. */
enum exit_code require_judge(condition_set set, const struct isokit_facts *facts,
			     const struct isokit_boot_verdict *verdict, const char *prefix,
			     bool verbose, struct output *out);

/* Does the set need the findings of a walk through every folder? */
bool require_needs_check(condition_set set);

/* Add the places of a list. False after a message. */
bool owner_parse(const struct options *o, struct owner_ranges *ranges);

/* What lies at the places of --owner in one image. */
struct owner_view {
	struct isokit_range *ranges; /* cut to the image; from malloc */
	size_t n;
	struct isokit_layout *layout; /* NULL where it could not be made */
};

/* 0: something claims each place, 1: nothing claims one, 2: one is outside the image,
 * or a failure, after a message. *v is to be ended in every case. */
enum exit_code owner_look(struct isokit_image *img, const char *path,
			  const struct inspect_options *opt, struct owner_view *v);
enum isokit_status owner_print(const struct owner_view *v, struct output *out);
void owner_end(struct owner_view *v);

/* Where the picture of --map goes until it is complete; NULL: standard output. */
struct map_target {
	char *folder, *hidden;
};

/* By the name of the file; "-" is SVG. False for another suffix. */
bool map_format(const char *path, enum isokit_map_format *ret_format);

/* Before anything is read: may the file be written? False after a message. */
bool map_prepare(struct map_target *t, const char *path);
void map_end(struct map_target *t);

enum exit_code map_image(struct isokit_image *img, const char *path,
			 const struct inspect_options *opt, const struct map_target *target,
			 struct output *out);

/* Checksums: what they need is made ready before the first image is opened. */
struct checksums {
	struct isokit_digests *digests;
	struct isokit_sums **sums; /* beside each image */
};

/* EXIT_DONE, or EXIT_UNABLE after a message. */
enum exit_code checksums_start(struct checksums *c, const struct inspect_options *opt);
void checksums_end(struct checksums *c, const struct inspect_options *opt);

/* Compute what was asked of image number i. `file` is what the image lies in, or
 * NULL. On EXIT_DONE *ret_verification is to be freed. */
enum exit_code checksums_compute(struct checksums *c, const struct inspect_options *opt,
				 size_t i, struct isokit_source *src, struct isokit_source *file,
				 struct isokit_image *img,
				 struct isokit_verification **ret_verification);

/* Print it as text: the report of --verify, then a line for each --hash. */
enum exit_code checksums_print(const struct inspect_options *opt, const char *path,
			       const struct isokit_verification *v, struct output *out);

/* The listing. */
enum exit_code list_image(struct isokit_image *img, const char *path,
			  const struct inspect_options *opt, struct output *out);

#endif
