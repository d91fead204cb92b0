/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be hashed: jobs over pieces of the image, done in one pass. */
#ifndef VERIFY_JOB_H
#define VERIFY_JOB_H

#include <isokit/source.h>

#include "base/arena.h"
#include "digest/digest.h"

struct verify_piece {
	uint64_t offset, bytes; /* in the source */
};

/* Bytes that count as something else than the image holds. */
struct verify_patch {
	uint64_t offset, bytes; /* in the source */
	uint8_t fill;
};

/* A digest of the first so many bytes of a job. */
struct verify_mark {
	uint64_t at;
	bool done;
	uint8_t digest[ISOKIT_DIGEST_MAX_BYTES];
};

/* Which lane of the pipe a job runs in: those of one lane share a thread. */
enum verify_lane {
	LANE_HASH = 0,                         /* + kind */
	LANE_FILES = ISOKIT_DIGEST_COUNT,      /* + kind */
	LANE_IMPLANTED = 2 * ISOKIT_DIGEST_COUNT,
	LANE_SESSIONS,
	LANE_COUNT
};

struct verify_job {
	enum isokit_digest_kind kind;
	uint8_t lane;
	bool done;  /* `digest` holds the result */
	bool later; /* not in ascending order: hashed after the pass */
	uint32_t n_pieces, n_patches, n_marks;
	const struct verify_piece *pieces;   /* in the order of hashing */
	const struct verify_patch *patches;  /* ascending */
	struct verify_mark *marks;           /* ascending */
	uint64_t tail_zeros;                 /* hashed behind the pieces */
	uint8_t *digest;                     /* isokit_digest_bytes(kind) */
	/* While it runs: */
	struct digest *run;
	uint32_t piece, mark;
	uint64_t piece_done, fed;
	struct verify_job *next_same; /* chain of the table that finds equals */
};

/* All jobs. Zero-initialise, then set the first two. */
struct verify_jobs {
	const struct isokit_digests *lib;
	struct isokit_source *src;
	struct arena arena;
	struct verify_job **list;
	size_t n, capacity;
	struct verify_job **table; /* jobs over files, by what they hash */
	size_t table_slots, n_table;
	uint64_t file_bytes[ISOKIT_DIGEST_COUNT]; /* of all file jobs of a kind */
};

/* A job. Its pieces, patches and marks are copied, and lie inside the source;
 * NULL when memory is refused. */
struct verify_job *jobs_add(struct verify_jobs *jobs, enum verify_lane lane,
			    enum isokit_digest_kind kind, const struct verify_piece *pieces,
			    size_t n_pieces);
bool jobs_patch(struct verify_jobs *jobs, struct verify_job *job,
		const struct verify_patch *patches, size_t n);
bool jobs_mark(struct verify_jobs *jobs, struct verify_job *job, const uint64_t *at, size_t n);

enum jobs_file_result { JOBS_FILE_OK, JOBS_FILE_NOMEM, JOBS_FILE_LIMIT };

/* A job over the contents of a file; one that hashes the same is used again.
 * JOBS_FILE_LIMIT: files that share their bytes would make it hash many times
 * what the image holds. */
enum jobs_file_result jobs_add_file(struct verify_jobs *jobs, enum isokit_digest_kind kind,
				    const struct verify_piece *pieces, size_t n_pieces,
				    struct verify_job **ret_job);

/* Hash everything. */
enum isokit_status jobs_run(struct verify_jobs *jobs,
			    int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
			    struct isokit_error *err);

void jobs_free(struct verify_jobs *jobs);

#endif
