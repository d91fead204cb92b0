/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A conversion from the inside: open.c looks and decides, write.c brings what was decided
 * to a file, reauthor.c makes a new image of files. */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include <isokit/convert.h>

#include "base/arena.h"
#include "bytes/sink.h"
#include "volume/volume.h"

enum { CONVERT_SECTOR = 2048, CONVERT_LOSS_PATHS = 8, CONVERT_MAX_NOTES = 200 };

struct convert_loss {
	uint64_t n;
	const char *paths[CONVERT_LOSS_PATHS];
	size_t n_paths;
};

struct isokit_convert {
	struct isokit_convert_options options; /* strings owned by the arena */
	struct arena arena;
	bool no_memory; /* for words about it: while it is opened, an error */
	char *path;
	struct sink *spool; /* what came through a pipe, or NULL */
	struct isokit_medium *medium;
	struct isokit_volumes *volumes; /* of a disk */
	struct isokit_source *input;    /* what is looked at for an ISO image; borrowed */
	/* The bytes to be written, of UNWRAP and RAW. Owned when `owned` has it, too. */
	struct isokit_source *payload, *owned;
	struct isokit_source *boot_image; /* owned: a floppy, as long as floppies are */
	struct isokit_convert_plan plan;

	struct isokit_convert_note *notes;
	size_t n_notes, capacity_notes;
	struct sink_names named;

	struct isokit_build *build;      /* of REAUTHOR */
	struct convert_loss lost[VOLUME_LOSSES];
	struct isokit_convert_loss losses[VOLUME_LOSSES];

	int image_fd; /* of what was written, or -1 */
	struct isokit_source *image_src; /* over it, or over the payload */
	struct isokit_image *image;
	struct isokit_boot_verdict verdict;
	struct isokit_convert_gap *gaps;
	size_t n_gaps, capacity_gaps;
	struct isokit_convert_result result;
	bool done;
};

/* note.c */
/* Never fails. */
void convert_note(struct isokit_convert *c, enum isokit_convert_note_kind kind, const char *path,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A text of the arena; NULL without memory. */
const char *convert_text(struct isokit_convert *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Not 0: stop. */
int convert_tell(struct isokit_convert *c, const char *phase, uint64_t done, uint64_t total);
enum isokit_status convert_check_not_cancelled(struct isokit_convert *c, const char *phase,
					       struct isokit_error *err);

/* Is the input a block device? */
bool convert_is_drive(const struct isokit_convert *c);
/* How many threads may work. */
unsigned convert_threads(const struct isokit_convert *c);

/* decide.c: action, payload and words into the plan. */
enum isokit_status convert_decide(struct isokit_convert *c, struct isokit_error *err);

/* session.c: a disc whose block 16 shows the descriptors that lie at first + 16. Takes
 * `disc` over on success. */
enum isokit_status convert_show_session(struct isokit_source *disc, uint64_t first,
					struct isokit_source **ret_src, struct isokit_error *err);

/* Do the block numbers of the descriptors at `at` + 16 count from the beginning of the
 * source? */
bool convert_session_counts_from_start(struct isokit_source *src, uint64_t at);

/* finish.c */
enum isokit_status convert_check_image(struct isokit_convert *c, int fd, const char *name,
				       struct isokit_error *err);
/* Compare the checksums of the container, and take what was found damaged in it. */
enum isokit_status convert_verify_container(struct isokit_convert *c, struct isokit_error *err);

enum isokit_status convert_hash(struct isokit_convert *c, int fd, const char *name,
				struct isokit_error *err);
/* Hashes, checksums, and the look at an image that is complete. */
enum isokit_status convert_finish(struct isokit_convert *c, int fd, const char *name,
				  struct isokit_error *err);

/* reauthor.c */
enum isokit_status convert_reauthor_path(struct isokit_convert *c, const char *path,
					 struct isokit_error *err);
enum isokit_status convert_reauthor_fd(struct isokit_convert *c, int fd, const char *name,
				       struct isokit_error *err);

#endif
