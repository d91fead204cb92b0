/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discs: what iso-write does with an optical drive. Sticks and cards take another way, and
 * the two do not meet in one call. */
#ifndef ISO_WRITE_DISC_H
#define ISO_WRITE_DISC_H

#include <isokit/burn.h>
#include <isokit/isokit.h>

#include "common/progress.h"
#include "writer.h"

/* Is one of the drives that are named an optical one? */
bool disc_wanted(const struct writer_options *opt);
/* Everything but --list, for all drives that are named, one after the other: with questions,
 * progress and what came of each (an object for each with --json). */
enum exit_code disc_run(const struct writer_options *opt, struct output *out);

/* --list: the drives and what is in them, asked once. NULL after a message. */
struct isokit_discs *disc_scan(const struct writer_options *opt);
/* Of one drive: lines below its heading, or a member "disc" with a comma before it. Nothing
 * when the drive is not among them. */
void disc_list_text(const struct isokit_discs *discs, const char *path, const char *indent,
		    struct output *out);
void disc_list_json(const struct isokit_discs *discs, const char *path, struct output *out);

/* ---- disc_image.c: what is to be burnt ------------------------------------------------- */

struct disc_image {
	struct isokit_medium *medium; /* NULL: a stream */
	struct isokit_burn_track *tracks;
	struct isokit_burn_job job;
	int fd;                       /* of the stream */
	int sys_errno;                /* why it cannot be read */
	size_t damages_told;
	unsigned char first[512];     /* of the stream, read ahead */
	size_t n_first, used_first;
};

/* False after a message. */
bool disc_image_open(struct disc_image *image, const struct writer_options *opt);
void disc_image_close(struct disc_image *image);
/* What of it was found damaged since this was told last; how many places. */
size_t disc_image_tell_damages(struct disc_image *image, const char *path);

/* ---- disc_words.c: in words and as JSON --------------------------------------------------- */

void disc_text(const struct isokit_disc_facts *facts, const char *indent, struct output *out);
void disc_json(const struct isokit_disc_facts *facts, struct output *out);
void disc_result_text(const struct writer_options *opt, const char *path,
		      const struct isokit_burn_result *r, struct output *out);
/* ", its 2 audio tracks 30 samples later": what must be known of sound that was compared. */
void disc_sound_text(const struct isokit_burn_result *r, struct output *out);
/* A line for each range. */
void disc_differences_text(const struct isokit_burn_result *r, struct output *out);
/* An object; `plan` and `error` may be NULL. */
void disc_result_json(const struct writer_options *opt, const struct isokit_disc_facts *facts,
		      const struct isokit_burn_plan *plan, const struct isokit_burn_result *r,
		      const char *error, struct output *out);

/* ---- disc_progress.c --------------------------------------------------------------------------- */

struct disc_progress {
	const struct writer_options *opt;
	const char *name; /* "sr0" */
	const char *phase;
	bool enabled, json, shown;
	double begun, last; /* of the phase; of the line */
};

void disc_progress_start(struct disc_progress *p, const struct writer_options *opt,
			 const char *path);
/* isokit_burn_options.progress; stops when a signal came. */
int disc_progress_tick(void *progress, const struct isokit_burn_progress *now);
void disc_progress_end(struct disc_progress *p);

#endif
