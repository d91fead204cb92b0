/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many contents into one sink, by several threads. */
#ifndef COPY_ENGINE_H
#define COPY_ENGINE_H

#include <isokit/source.h>

#include <sys/stat.h>

struct sink;

/* A content and its place. Jobs are given in ascending order of `to`. */
struct copy_job {
	uint64_t to;     /* byte offset in the sink */
	uint64_t length; /* bytes, more than 0 */
	void *item;      /* the caller's */
};

/* Where the bytes of a job come from; filled by copy_ops.open. */
struct copy_input {
	int fd;                    /* a file from its byte 0, closed by the engine; or -1: */
	struct isokit_source *src; /* a source, from `offset` on; or NULL: */
	uint64_t offset;
	const uint8_t *memory;
};

struct copy_ops {
	/* Called by worker number `worker` (from 0). */
	enum isokit_status (*open)(void *ctx, unsigned worker, const struct copy_job *job,
				   struct copy_input *ret_input, struct isokit_error *err);
	/* After a file's bytes were read: is it still what was planned? `st` is
	 * that of the open file, taken after the last read. */
	enum isokit_status (*check)(void *ctx, unsigned worker, const struct copy_job *job,
				    const struct stat *st, struct isokit_error *err);
	/* The name of a job for messages, in a buffer of the worker. */
	const char *(*name)(void *ctx, unsigned worker, const struct copy_job *job);
	/* Bytes done so far; not 0: stop. By one thread at a time. May be NULL. */
	int (*progress)(void *ctx, uint64_t done);
	void *ctx;
	/* Blocks of zeros that had to be read become holes of a fresh file. */
	bool sparse;
};

struct copy_stats {
	uint64_t cloned_bytes, copied_bytes, hole_bytes;
};

/* Copy all jobs. A stream is filled in order by one thread, what lies between
 * jobs must have been asked for as jobs too. The first error stops all. */
enum isokit_status copy_run(struct sink *to, bool fresh, const struct copy_job *jobs,
			    size_t n_jobs, unsigned threads, const struct copy_ops *ops,
			    struct copy_stats *ret_stats, struct isokit_error *err);

#endif
