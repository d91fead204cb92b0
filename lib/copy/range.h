/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moving bytes into a sink, the cheapest way that both ends allow: share blocks, copy where
 * the data lives, or read and write. */
#ifndef COPY_RANGE_H
#define COPY_RANGE_H

#include <isokit/source.h>

#include <pthread.h>
#include <sys/types.h>

struct sink;

enum {
	COPY_PAIRS = 16,
	COPY_BUFFER_BYTES = 512 * 1024,
	COPY_SMALL_BYTES = 128 * 1024,
	/* Of what is read and written at a time: it stays in a cache of the processor, and
	 * larger writes make the kernel look for larger pages, never touched before. */
	COPY_STEP_BYTES = 128 * 1024,
};

/* What was learnt about copying from one file system to the destination. */
struct copy_pair {
	dev_t dev;
	bool no_clone, no_kernel;
};

/* What the threads of one copy share. */
struct copy_shared {
	/* More than COPY_SMALL_BYTES go from file to file one at a time, where `in_turns`:
	 * two threads would wait for each other at every write, and the kernel reads ahead
	 * anyway. */
	bool in_turns;
	pthread_mutex_t turn;
	/* Data without a hole, [from, until) of a file behind a source: tmpfs looks for the
	 * next hole page by page, and asking it for each of many ranges would go through the
	 * whole file every time. */
	pthread_mutex_t lock;
	int data_fd;
	dev_t data_dev;
	uint64_t data_from, data_until;
};

/* One for each thread; made by copy_mover_init(). */
struct copy_mover {
	struct copy_shared *shared;
	struct sink *to;
	uint8_t *buffer; /* COPY_BUFFER_BYTES */
	struct copy_pair pairs[COPY_PAIRS];
	size_t n_pairs;
	uint64_t block_bytes; /* of the destination's file system, for clones */
	bool to_remote;       /* its server could copy for us */
	bool fresh;           /* the destination is holes where nothing was written */
	bool skip_zeros;      /* what is read and is zero becomes holes of a fresh file */
	uint64_t cloned_bytes, copied_bytes, hole_bytes;
};

/* Part of a file. */
struct copy_file {
	int fd;
	const char *name; /* for messages */
	dev_t dev;
	bool sparse;      /* it has fewer blocks than bytes */
	bool lasting;     /* it stays open until the end of the copy */
};

void copy_shared_init(struct copy_shared *s, bool in_turns);
void copy_shared_release(struct copy_shared *s);

enum isokit_status copy_mover_init(struct copy_mover *m, struct copy_shared *shared,
				   struct sink *to, bool fresh, struct isokit_error *err);
void copy_mover_release(struct copy_mover *m);

struct stat;
struct copy_file copy_file_of(int fd, const char *name, const struct stat *info);

/* Copy bytes [from, from + length) of a file to `to` of the sink. A file that ends too early
 * is ISOKIT_E_CHANGED. */
enum isokit_status copy_range(struct copy_mover *m, const struct copy_file *file, uint64_t from,
			      uint64_t to, uint64_t length, struct isokit_error *err);

/* The same for bytes of a source, wherever they are. Zeros that it knows of stay holes. */
enum isokit_status copy_source(struct copy_mover *m, struct isokit_source *src, uint64_t from,
			       uint64_t to, uint64_t length, struct isokit_error *err);

/* The same for bytes in memory. */
enum isokit_status copy_memory(struct copy_mover *m, const uint8_t *bytes, uint64_t to,
			       size_t length, struct isokit_error *err);

#endif
