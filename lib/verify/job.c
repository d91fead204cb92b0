/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "verify/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "digest/pipe.h"

enum {
	MAX_RUNNING = 4096,        /* digests that are open at once, in each lane */
	BRIDGE_BYTES = 128 * 1024, /* a gap that is sooner read than skipped */
	MAX_TIMES = 4,             /* how often files of a kind may share the image */
	READ_BYTES = 256 * 1024,
};

static const char subject[] = "checksums";

struct verify_job *jobs_add(struct verify_jobs *jobs, enum verify_lane lane,
			    enum isokit_digest_kind kind, const struct verify_piece *pieces,
			    size_t n_pieces)
{
	struct verify_job *job;

	if (!ARRAY_RESERVE(jobs->list, jobs->capacity, jobs->n + 1))
		return NULL;
	job = arena_alloc(&jobs->arena, sizeof(*job));
	if (!job)
		return NULL;
	job->digest = arena_alloc(&jobs->arena, isokit_digest_bytes(kind));
	job->pieces = n_pieces ? arena_memdup(&jobs->arena, pieces, n_pieces * sizeof(*pieces))
			       : NULL;
	if (!job->digest || (n_pieces && !job->pieces))
		return NULL;
	job->kind = kind;
	job->lane = (uint8_t)lane;
	job->n_pieces = (uint32_t)n_pieces;
	for (size_t i = 1; i < n_pieces; i++)
		if (pieces[i].offset < pieces[i - 1].offset + pieces[i - 1].bytes)
			job->later = true;
	jobs->list[jobs->n++] = job;
	return job;
}

bool jobs_patch(struct verify_jobs *jobs, struct verify_job *job,
		const struct verify_patch *patches, size_t n)
{
	job->patches = arena_memdup(&jobs->arena, patches, n * sizeof(*patches));
	job->n_patches = job->patches ? (uint32_t)n : 0;
	return job->patches != NULL;
}

bool jobs_mark(struct verify_jobs *jobs, struct verify_job *job, const uint64_t *at, size_t n)
{
	job->marks = arena_array(&jobs->arena, n ? n : 1, sizeof(*job->marks));
	if (!job->marks)
		return false;
	for (size_t i = 0; i < n; i++)
		job->marks[i].at = at[i];
	job->n_marks = (uint32_t)n;
	return true;
}

/* ---- equal contents are hashed once ------------------------------------------- */

static uint64_t hash_of(enum isokit_digest_kind kind, const struct verify_piece *pieces, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15u + kind;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ pieces[i].offset) * 0x100000001b3u;
		h = (h ^ pieces[i].bytes) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return h;
}

static bool grow_table(struct verify_jobs *jobs)
{
	size_t slots = jobs->table_slots ? jobs->table_slots * 2 : 256;
	struct verify_job **table = calloc(slots, sizeof(struct verify_job *));

	if (!table)
		return false;
	for (size_t i = 0; i < jobs->table_slots; i++) {
		struct verify_job *next;

		for (struct verify_job *j = jobs->table[i]; j; j = next) {
			struct verify_job **at =
				&table[hash_of(j->kind, j->pieces, j->n_pieces) % slots];

			next = j->next_same;
			j->next_same = *at;
			*at = j;
		}
	}
	free(jobs->table);
	jobs->table = table;
	jobs->table_slots = slots;
	return true;
}

enum jobs_file_result jobs_add_file(struct verify_jobs *jobs, enum isokit_digest_kind kind,
				    const struct verify_piece *pieces, size_t n_pieces,
				    struct verify_job **ret_job)
{
	uint64_t size = isokit_source_size(jobs->src), bytes = 0, limit, sum;
	uint64_t h = hash_of(kind, pieces, n_pieces);
	struct verify_job *job;

	if (jobs->n_table >= jobs->table_slots && !grow_table(jobs))
		return JOBS_FILE_NOMEM;
	for (job = jobs->table[h % jobs->table_slots]; job; job = job->next_same) {
		if (job->kind == kind && job->n_pieces == n_pieces &&
		    (!n_pieces || memcmp(job->pieces, pieces, n_pieces * sizeof(*pieces)) == 0)) {
			*ret_job = job;
			return JOBS_FILE_OK;
		}
	}
	for (size_t i = 0; i < n_pieces; i++)
		if (!add_u64(bytes, pieces[i].bytes, &bytes))
			return JOBS_FILE_LIMIT;
	if (!mul_u64(size, MAX_TIMES, &limit) || !add_u64(jobs->file_bytes[kind], bytes, &sum) ||
	    sum > limit)
		return JOBS_FILE_LIMIT;
	job = jobs_add(jobs, (enum verify_lane)(LANE_FILES + (int)kind), kind, pieces, n_pieces);
	if (!job)
		return JOBS_FILE_NOMEM;
	jobs->file_bytes[kind] = sum;
	job->next_same = jobs->table[h % jobs->table_slots];
	jobs->table[h % jobs->table_slots] = job;
	jobs->n_table++;
	*ret_job = job;
	return JOBS_FILE_OK;
}

void jobs_free(struct verify_jobs *jobs)
{
	for (size_t i = 0; i < jobs->n; i++)
		digest_free(jobs->list[i]->run);
	free(jobs->list);
	free(jobs->table);
	arena_release(&jobs->arena);
}

/* ---- hashing one job ------------------------------------------------------------ */

static bool feed_plain(struct verify_job *job, const uint8_t *bytes, size_t n)
{
	while (n) {
		size_t take = n;

		if (job->mark < job->n_marks) {
			struct verify_mark *m = &job->marks[job->mark];

			if (m->at <= job->fed) {
				if (!digest_peek(job->run, m->digest))
					return false;
				m->done = true;
				job->mark++;
				continue;
			}
			take = (size_t)min_u64(take, m->at - job->fed);
		}
		if (!digest_update(job->run, bytes, take))
			return false;
		job->fed += take;
		bytes += take;
		n -= take;
	}
	return true;
}

static bool feed_fill(struct verify_job *job, uint8_t fill, uint64_t n)
{
	uint8_t same[512];

	memset(same, fill, sizeof(same));
	while (n) {
		size_t take = (size_t)min_u64(n, sizeof(same));

		if (!feed_plain(job, same, take))
			return false;
		n -= take;
	}
	return true;
}

/* Bytes of the image from `offset` on, patched. */
static bool feed_patched(struct verify_job *job, uint64_t offset, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < job->n_patches && n; i++) {
		const struct verify_patch *p = &job->patches[i];
		size_t before, inside;

		if (p->offset >= offset + n || p->offset + p->bytes <= offset)
			continue;
		before = p->offset > offset ? (size_t)(p->offset - offset) : 0;
		inside = (size_t)min_u64(n - before, p->offset + p->bytes - (offset + before));
		if (!feed_plain(job, bytes, before) || !feed_fill(job, p->fill, inside))
			return false;
		offset += before + inside;
		bytes += before + inside;
		n -= before + inside;
	}
	return feed_plain(job, bytes, n);
}

static bool finish_job(struct verify_job *job)
{
	uint8_t digest[ISOKIT_DIGEST_MAX_BYTES];

	if (!feed_fill(job, 0, job->tail_zeros))
		return false;
	/* Marks at the very end. */
	for (; job->mark < job->n_marks && job->marks[job->mark].at <= job->fed; job->mark++) {
		if (!digest_peek(job->run, job->marks[job->mark].digest))
			return false;
		job->marks[job->mark].done = true;
	}
	if (!digest_finish(job->run, digest))
		return false;
	memcpy(job->digest, digest, isokit_digest_bytes(job->kind));
	job->done = true;
	return true;
}

/* ---- a lane -------------------------------------------------------------------------- */

struct lane {
	const struct isokit_digests *lib;
	struct verify_job **jobs; /* by the address of their first piece */
	size_t n, next;
	struct verify_job **running;
	size_t n_running;
	struct digest *spare; /* of the job that ended last */
};

static bool start_job(struct lane *l, struct verify_job *job)
{
	if (l->spare) {
		job->run = l->spare;
		l->spare = NULL;
		return digest_restart(job->run, job->kind);
	}
	job->run = digest_new(l->lib, job->kind);
	return job->run != NULL;
}

static bool end_job(struct lane *l, struct verify_job *job)
{
	bool ok = finish_job(job);

	if (l->spare)
		digest_free(job->run);
	else
		l->spare = job->run;
	job->run = NULL;
	return ok;
}

/* What a chunk holds of a job. *ret_ended: it needs no more. */
static bool feed_job(struct verify_job *job, uint64_t offset, const uint8_t *bytes, size_t n,
		     bool *ret_ended)
{
	*ret_ended = false;
	while (job->piece < job->n_pieces) {
		const struct verify_piece *p = &job->pieces[job->piece];
		uint64_t at = p->offset + job->piece_done;
		size_t take;

		if (at >= offset + n)
			return true;
		take = (size_t)min_u64(p->bytes - job->piece_done, offset + n - at);
		if (!feed_patched(job, at, bytes + (at - offset), take))
			return false;
		job->piece_done += take;
		if (job->piece_done == p->bytes) {
			job->piece++;
			job->piece_done = 0;
		}
	}
	*ret_ended = true;
	return true;
}

static bool lane_feed(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		      struct isokit_error *err)
{
	struct lane *l = ctx;
	bool ok = true, ended;

	for (size_t i = 0; i < l->n_running && ok;) {
		struct verify_job *job = l->running[i];

		ok = feed_job(job, offset, bytes, n, &ended);
		if (ok && ended) {
			ok = end_job(l, job);
			l->running[i] = l->running[--l->n_running];
		} else {
			i++;
		}
	}
	while (ok && l->next < l->n && l->jobs[l->next]->pieces[0].offset < offset + n) {
		struct verify_job *job = l->jobs[l->next++];

		if (l->n_running == MAX_RUNNING) {
			job->later = true;
			continue;
		}
		ok = start_job(l, job) && feed_job(job, offset, bytes, n, &ended);
		if (ok && ended)
			ok = end_job(l, job);
		else if (ok)
			l->running[l->n_running++] = job;
	}
	if (!ok)
		(void)isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, subject,
				  "libcrypto failed or memory ran out");
	return ok;
}

/* ---- all of it ------------------------------------------------------------------------- */

static int by_first_piece(const void *a, const void *b)
{
	const struct verify_job *const *x = a, *const *y = b;

	if ((*x)->lane != (*y)->lane)
		return (*x)->lane < (*y)->lane ? -1 : 1;
	if ((*x)->pieces[0].offset != (*y)->pieces[0].offset)
		return (*x)->pieces[0].offset < (*y)->pieces[0].offset ? -1 : 1;
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct pipe_range *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* All that the jobs of the pass read, as few runs. */
static enum isokit_status collect_ranges(const struct verify_jobs *jobs,
					 struct verify_job *const *ordered, size_t n,
					 struct pipe_range **ret_ranges, size_t *ret_n,
					 struct isokit_error *err)
{
	struct pipe_range *ranges;
	size_t pieces = 0, used = 0, kept = 0;

	(void)jobs;
	for (size_t i = 0; i < n; i++)
		pieces += ordered[i]->n_pieces;
	ranges = calloc(pieces ? pieces : 1, sizeof(*ranges));
	if (!ranges)
		return isokit_fail_nomem(err, subject, pieces * sizeof(*ranges));
	for (size_t i = 0; i < n; i++)
		for (size_t p = 0; p < ordered[i]->n_pieces; p++)
			ranges[used++] = (struct pipe_range){ ordered[i]->pieces[p].offset,
							      ordered[i]->pieces[p].bytes };
	qsort(ranges, used, sizeof(*ranges), by_offset);
	for (size_t i = 0; i < used; i++) {
		struct pipe_range *last = kept ? &ranges[kept - 1] : NULL;

		if (last && ranges[i].offset <= last->offset + last->bytes + BRIDGE_BYTES)
			last->bytes = max_u64(last->bytes, ranges[i].offset + ranges[i].bytes -
								   last->offset);
		else
			ranges[kept++] = ranges[i];
	}
	*ret_ranges = ranges;
	*ret_n = kept;
	return ISOKIT_OK;
}

struct reading {
	struct isokit_source *src;
	int (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
	uint64_t before, total;
};

static enum isokit_status reading_read_at(void *ctx, uint64_t offset, void *buffer, size_t length,
					  struct isokit_error *err)
{
	struct reading *r = ctx;

	return isokit_source_read_at(r->src, offset, buffer, length, err);
}

static int reading_progress(void *ctx, uint64_t done)
{
	struct reading *r = ctx;

	return r->progress ? r->progress(r->ctx, r->before + done, r->total) : 0;
}

/* A job by itself, in whatever order its pieces lie. */
static enum isokit_status run_alone(struct verify_jobs *jobs, struct verify_job *job,
				    struct reading *reading, struct isokit_error *err)
{
	struct lane one = { .lib = jobs->lib };
	uint8_t *buffer = malloc(READ_BYTES);
	enum isokit_status st = ISOKIT_OK;
	bool ok;

	if (!buffer)
		return isokit_fail_nomem(err, subject, READ_BYTES);
	ok = start_job(&one, job);
	for (size_t p = 0; p < job->n_pieces && ok && !st; p++) {
		for (uint64_t done = 0; done < job->pieces[p].bytes && ok && !st;) {
			uint64_t at = job->pieces[p].offset + done;
			size_t n = (size_t)min_u64(READ_BYTES, job->pieces[p].bytes - done);

			st = isokit_source_read_at(jobs->src, at, buffer, n, err);
			if (!st)
				ok = feed_patched(job, at, buffer, n);
			done += n;
			reading->before += n;
			if (reading_progress(reading, 0))
				st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET,
						 subject, "stopped");
		}
	}
	if (ok && !st)
		ok = end_job(&one, job);
	digest_free(one.spare);
	free(buffer);
	return st ? st : ok ? ISOKIT_OK :
		isokit_fail(err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, subject,
			    "libcrypto failed or memory ran out");
}

static uint64_t job_bytes(const struct verify_job *job)
{
	uint64_t n = 0;

	for (size_t i = 0; i < job->n_pieces; i++)
		n += job->pieces[i].bytes;
	return n;
}

static enum isokit_status run_pass(struct verify_jobs *jobs, struct verify_job **ordered,
				   size_t n, struct reading *reading, struct isokit_error *err)
{
	struct pipe_input input = { .read_at = reading_read_at, .progress = reading_progress,
				    .ctx = reading };
	struct pipe_range *ranges = NULL;
	struct pipe_lane lanes[PIPE_MAX_LANES];
	struct lane state[LANE_COUNT];
	size_t n_ranges = 0, n_lanes = 0;
	enum isokit_status st = ISOKIT_OK;
	uint64_t bytes = 0;

	memset(state, 0, sizeof(state));
	for (size_t i = 0; i < n && !st;) {
		struct lane *l = &state[n_lanes];

		l->lib = jobs->lib;
		l->jobs = ordered + i;
		while (i < n && ordered[i]->lane == l->jobs[0]->lane)
			i++;
		l->n = (size_t)(ordered + i - l->jobs);
		l->running = calloc(l->n < MAX_RUNNING ? l->n : MAX_RUNNING,
				    sizeof(struct verify_job *));
		if (!l->running)
			st = isokit_fail_nomem(err, subject, sizeof(struct verify_job *));
		lanes[n_lanes++] = (struct pipe_lane){ .feed = lane_feed, .ctx = l };
	}
	if (!st)
		st = collect_ranges(jobs, ordered, n, &ranges, &n_ranges, err);
	for (size_t i = 0; i < n_ranges; i++)
		bytes += ranges[i].bytes;
	reading->total += bytes;
	if (!st)
		st = pipe_run(&input, ranges, n_ranges, lanes, n_lanes, err);
	reading->before += bytes;
	for (size_t i = 0; i < n_lanes; i++) {
		free(state[i].running);
		digest_free(state[i].spare);
	}
	free(ranges);
	return st;
}

enum isokit_status jobs_run(struct verify_jobs *jobs,
			    int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
			    struct isokit_error *err)
{
	struct reading reading = { .src = jobs->src, .progress = progress, .ctx = ctx };
	struct verify_job **ordered = calloc(jobs->n ? jobs->n : 1, sizeof(struct verify_job *));
	enum isokit_status st = ISOKIT_OK;
	size_t n = 0;

	_Static_assert((int)LANE_COUNT <= (int)PIPE_MAX_LANES, "a lane of the pipe for each");
	if (!ordered)
		return isokit_fail_nomem(err, subject, jobs->n * sizeof(struct verify_job *));
	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->list[i]->n_pieces && !jobs->list[i]->later)
			ordered[n++] = jobs->list[i];
		else
			reading.total += job_bytes(jobs->list[i]);
	}
	qsort(ordered, n, sizeof(*ordered), by_first_piece);
	if (n)
		st = run_pass(jobs, ordered, n, &reading, err);
	for (size_t i = 0; i < jobs->n && !st; i++)
		if (!jobs->list[i]->done)
			st = run_alone(jobs, jobs->list[i], &reading, err);
	free(ordered);
	return st;
}
