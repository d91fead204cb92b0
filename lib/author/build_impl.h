/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A build from the inside: build.c takes sources and plans, produce.c makes the image,
 * output.c brings it to where it was wanted. */
#ifndef AUTHOR_BUILD_IMPL_H
#define AUTHOR_BUILD_IMPL_H

#include <isokit/author.h>

#include "author/files.h"
#include "author/layout.h"
#include "author/plan.h"
#include "author/progress.h"
#include "bytes/sink.h"

struct isokit_build {
	struct plan plan;
	bool planned;
	struct layout *layout; /* of the plan, until it is written */
	uint64_t image_bytes;

	char *output_name;     /* last component of the file to be written, or NULL */
	char *output_folder;   /* the rest of it; NULL: not known */
	dev_t output_dev;
	ino_t output_ino;
	char *manifest_name;   /* of options.manifest, likewise */
	dev_t manifest_dev;
	ino_t manifest_ino;
	uint64_t scanned;      /* names found, for progress */

	struct sink_names named; /* for isokit_build_abandon() */
	struct files files;    /* where contents came to lie, when somebody asks */

	struct isokit_build_plan info;
	struct isokit_build_boot_entry entries[PLAN_MAX_BOOT_ENTRIES];
	struct isokit_build_note *notes; /* view of plan.notes */
	size_t capacity_notes;

	int image_fd;          /* of the finished image, or -1 */
	struct isokit_source *image_src;
	struct isokit_image *image;
	struct isokit_boot_verdict verdict;
	struct isokit_build_result result;
	bool done;
};

void build_forget_result(struct isokit_build *b);
void build_forget_layout(struct isokit_build *b);

/* The folder for what is too large for memory: that of the output; NULL: not known. */
const char *build_scratch_folder(const struct isokit_build *build);

/* How sources are taken in. */
struct tree_scan_options build_scan_options(struct isokit_build *build);

/* Give libisofs the plan, and ask it how large the image becomes. */
enum isokit_status build_lay_out(struct isokit_build *b, struct isokit_error *err);

struct author_progress build_progress(const struct isokit_build *b, const char *phase,
				      uint64_t total);
enum isokit_status build_check_not_cancelled(const struct isokit_build *b, const char *phase,
					     struct isokit_error *err);

/* Plan and lay out, with nothing left of a build before. */
enum isokit_status build_prepare(struct isokit_build *b, struct isokit_error *err);

/* Skeleton, payload, check: everything but the name. Without the contents of files that
 * nothing boots from when only_boot. */
enum isokit_status build_produce(struct isokit_build *b, struct sink *to, bool only_boot,
				 struct isokit_error *err);

#endif
