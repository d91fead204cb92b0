/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workers take pieces from the list of jobs: a run of small files, gathered in
 * memory and written with one call, or a part of a large one. */
#include "copy/engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/thread.h"
#include "bytes/sink.h"
#include "copy/range.h"

enum {
	PIECE_BYTES = 16 * 1024 * 1024, /* of a large file; a multiple of any block size */
	MAX_RUN = 512,                  /* small files taken at once */
};

struct shared {
	struct sink *to;
	bool fresh;
	const struct copy_job *jobs;
	size_t n_jobs;
	const struct copy_ops *ops;
	pthread_mutex_t lock;       /* of the next four */
	size_t next;                /* job that nobody has taken */
	uint64_t next_offset;       /* of the large job `next`: where the next piece begins */
	struct isokit_error first_error;
	enum isokit_status status;
	atomic_bool stop;
	atomic_uint_fast64_t done;
	pthread_mutex_t progress_lock;
	struct copy_shared movers;
	struct copy_stats stats; /* under lock */
};

struct worker {
	struct shared *sh;
	unsigned number;
	struct copy_mover mover;
};

/* What a worker has taken: jobs [first, first + n), or a part of one. */
struct piece {
	size_t first, n;
	uint64_t offset, length; /* n == 1 and large: the part */
	bool large;
};

static void fail(struct shared *sh, enum isokit_status st, const struct isokit_error *why)
{
	pthread_mutex_lock(&sh->lock);
	if (sh->status == ISOKIT_OK) {
		sh->status = st;
		sh->first_error = *why;
	}
	pthread_mutex_unlock(&sh->lock);
	atomic_store(&sh->stop, true);
}

static bool take(struct shared *sh, struct piece *ret)
{
	const struct copy_job *j;
	bool any = false;

	pthread_mutex_lock(&sh->lock);
	if (sh->next < sh->n_jobs && !atomic_load(&sh->stop)) {
		any = true;
		j = &sh->jobs[sh->next];
		*ret = (struct piece){ .first = sh->next, .n = 1 };
		if (j->length > COPY_SMALL_BYTES) {
			ret->large = true;
			ret->offset = sh->next_offset;
			/* Ends where blocks of the destination end, whatever their size. */
			ret->length = min_u64(PIECE_BYTES - (j->to + ret->offset) % PIECE_BYTES,
					      j->length - ret->offset);
			sh->next_offset += ret->length;
			if (sh->next_offset == j->length) {
				sh->next++;
				sh->next_offset = 0;
			}
		} else {
			uint64_t from = j->to;

			/* As many neighbours as the buffer holds; a gap between them
			 * may only be the padding of a sector. */
			while (ret->n < MAX_RUN && ret->first + ret->n < sh->n_jobs) {
				const struct copy_job *k = &sh->jobs[ret->first + ret->n];
				const struct copy_job *before = k - 1;

				if (k->length > COPY_SMALL_BYTES ||
				    k->to - (before->to + before->length) >= 2048 ||
				    k->to + k->length - from > COPY_BUFFER_BYTES)
					break;
				ret->n++;
			}
			sh->next += ret->n;
		}
	}
	pthread_mutex_unlock(&sh->lock);
	return any;
}

static enum isokit_status check_file(struct worker *w, const struct copy_job *job, int fd,
				     struct isokit_error *err)
{
	const struct copy_ops *ops = w->sh->ops;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return isokit_fail_errno(err, errno, ops->name(ops->ctx, w->number, job),
					 "cannot be examined");
	return ops->check(ops->ctx, w->number, job, &st, err);
}

/* A whole small file into memory. */
static enum isokit_status read_small(struct worker *w, const struct copy_job *job, uint8_t *into,
				     struct isokit_error *err)
{
	const struct copy_ops *ops = w->sh->ops;
	struct copy_input in = { .fd = -1 };
	enum isokit_status st = ops->open(ops->ctx, w->number, job, &in, err);
	size_t done = 0;

	if (st)
		return st;
	if (in.fd < 0) {
		if (in.src)
			return isokit_source_read_at(in.src, in.offset, into, (size_t)job->length,
						     err);
		memcpy(into, in.memory, (size_t)job->length);
		return ISOKIT_OK;
	}
	while (done < job->length) {
		ssize_t got = pread(in.fd, into + done, (size_t)job->length - done, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			st = isokit_fail_errno(err, errno, ops->name(ops->ctx, w->number, job),
					       "cannot be read at byte %zu", done);
		else if (got == 0)
			st = isokit_fail(err, ISOKIT_E_CHANGED, done,
					 ops->name(ops->ctx, w->number, job),
					 "became shorter while it was read (ends at byte %zu)",
					 done);
		if (st)
			break;
		done += (size_t)got;
	}
	if (st == ISOKIT_OK)
		st = check_file(w, job, in.fd, err);
	(void)close(in.fd);
	return st;
}

static enum isokit_status move_run(struct worker *w, const struct piece *p,
				   struct isokit_error *err)
{
	const struct copy_job *jobs = w->sh->jobs + p->first;
	uint64_t from = jobs[0].to, at = 0;
	uint8_t *buffer = w->mover.buffer;

	for (size_t i = 0; i < p->n; i++) {
		uint64_t begin = jobs[i].to - from;
		enum isokit_status st;

		memset(buffer + at, 0, (size_t)(begin - at));
		st = read_small(w, &jobs[i], buffer + begin, err);
		if (st)
			return st;
		at = begin + jobs[i].length;
	}
	w->mover.copied_bytes += at;
	atomic_fetch_add(&w->sh->done, at);
	return sink_write_at(w->sh->to, from, buffer, (size_t)at, err);
}

static enum isokit_status move_part(struct worker *w, const struct piece *p,
				    struct isokit_error *err)
{
	const struct copy_job *job = &w->sh->jobs[p->first];
	const struct copy_ops *ops = w->sh->ops;
	struct copy_input in = { .fd = -1 };
	enum isokit_status st = ops->open(ops->ctx, w->number, job, &in, err);

	if (st)
		return st;
	if (in.src) {
		st = copy_source(&w->mover, in.src, in.offset + p->offset, job->to + p->offset,
				 p->length, err);
	} else if (in.fd < 0) {
		st = copy_memory(&w->mover, in.memory + p->offset, job->to + p->offset,
				 (size_t)p->length, err);
	} else {
		const char *name = ops->name(ops->ctx, w->number, job);
		struct copy_file file;
		struct stat info;

		/* Before as well: a file that is not the planned one is not copied
		 * at all, and the blocks say whether it has holes. */
		st = check_file(w, job, in.fd, err);
		if (st == ISOKIT_OK && fstat(in.fd, &info) != 0)
			st = isokit_fail_errno(err, errno, name, "cannot be examined");
		if (st == ISOKIT_OK) {
			file = copy_file_of(in.fd, name, &info);
			st = copy_range(&w->mover, &file, p->offset, job->to + p->offset,
					p->length, err);
		}
		if (st == ISOKIT_OK)
			st = check_file(w, job, in.fd, err);
		(void)close(in.fd);
	}
	if (st == ISOKIT_OK)
		atomic_fetch_add(&w->sh->done, p->length);
	return st;
}

static enum isokit_status tell(struct worker *w, struct isokit_error *err)
{
	const struct copy_ops *ops = w->sh->ops;
	int stop = 0;

	if (!ops->progress || pthread_mutex_trylock(&w->sh->progress_lock) != 0)
		return ISOKIT_OK; /* another thread is just telling */
	stop = ops->progress(ops->ctx, atomic_load(&w->sh->done));
	pthread_mutex_unlock(&w->sh->progress_lock);
	return stop ? isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled") :
		      ISOKIT_OK;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct isokit_error why = { 0 };
	enum isokit_status st = copy_mover_init(&w->mover, &w->sh->movers, w->sh->to,
						w->sh->fresh, &why);
	struct piece p;

	w->mover.skip_zeros = w->sh->ops->sparse;
	while (st == ISOKIT_OK && take(w->sh, &p)) {
		st = p.large ? move_part(w, &p, &why) : move_run(w, &p, &why);
		if (st == ISOKIT_OK)
			st = tell(w, &why);
	}
	if (st)
		fail(w->sh, st, &why);
	pthread_mutex_lock(&w->sh->lock);
	w->sh->stats.cloned_bytes += w->mover.cloned_bytes;
	w->sh->stats.copied_bytes += w->mover.copied_bytes;
	w->sh->stats.hole_bytes += w->mover.hole_bytes;
	pthread_mutex_unlock(&w->sh->lock);
	copy_mover_release(&w->mover);
	return NULL;
}

enum { MAX_THREADS = 16 };

enum isokit_status copy_run(struct sink *to, bool fresh, const struct copy_job *jobs,
			    size_t n_jobs, unsigned threads, const struct copy_ops *ops,
			    struct copy_stats *ret_stats, struct isokit_error *err)
{
	struct shared sh = { .to = to, .fresh = fresh, .jobs = jobs, .n_jobs = n_jobs,
			     .ops = ops };
	struct worker *workers;
	pthread_t ids[MAX_THREADS];
	unsigned n = threads < 1 || sink_is_stream(to) ? 1 : threads, started = 0;

	n = n > MAX_THREADS ? MAX_THREADS : n;
	workers = calloc(n, sizeof(*workers));
	if (!workers)
		return isokit_fail_nomem(err, sink_name(to), n * sizeof(*workers));
	pthread_mutex_init(&sh.lock, NULL);
	pthread_mutex_init(&sh.progress_lock, NULL);
	copy_shared_init(&sh.movers, true);
	for (unsigned i = 0; i < n; i++)
		workers[i] = (struct worker){ .sh = &sh, .number = i };
	/* The caller's thread is worker 0; fewer threads are no failure. */
	for (unsigned i = 1; i < n && thread_start(&ids[started], work, &workers[i]); i++)
		started++;
	work(&workers[0]);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	pthread_mutex_destroy(&sh.progress_lock);
	copy_shared_release(&sh.movers);
	pthread_mutex_destroy(&sh.lock);
	free(workers);
	if (sh.status) {
		if (err)
			*err = sh.first_error;
		return sh.status;
	}
	*ret_stats = sh.stats;
	return ISOKIT_OK;
}
