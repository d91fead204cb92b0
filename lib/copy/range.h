/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moving a range from one descriptor to another, the cheapest way that both
 * ends allow: share blocks, copy where the data lives, or read and write. */
#ifndef COPY_RANGE_H
#define COPY_RANGE_H

#include <isokit/source.h>

#include <sys/types.h>

struct sink;

enum {
	COPY_PAIRS = 16,
	COPY_BUFFER_BYTES = 512 * 1024,
	/* Of what is read and written at a time: it stays in a cache of the processor, and
	 * larger writes make the kernel look for larger pages, never touched before. */
	COPY_STEP_BYTES = 128 * 1024,
};

/* What was learnt about copying from one file system to the destination. */
struct copy_pair {
	dev_t dev;
	bool known;
	bool no_clone, no_kernel;
};

/* One for each thread. Zero-initialise but for the sink, then copy_mover_init(). */
struct copy_mover {
	struct sink *to;
	uint8_t *buffer; /* COPY_BUFFER_BYTES */
	struct copy_pair pairs[COPY_PAIRS];
	size_t n_pairs;
	uint64_t block_bytes; /* of the destination's file system, for clones */
	bool to_remote;       /* its server could copy for us */
	bool fresh;           /* the destination is holes where nothing was written */
	uint64_t cloned_bytes, copied_bytes, hole_bytes;
	/* Data without a hole, [data_from, data_until) of data_fd, which stays open while
	 * `lasting` is said: tmpfs looks for the next hole page by page, and asking it for
	 * each of many ranges would go through the whole file every time. */
	bool lasting;
	int data_fd;
	dev_t data_dev;
	uint64_t data_from, data_until;
};

enum isokit_status copy_mover_init(struct copy_mover *m, struct sink *to, bool fresh,
				   struct isokit_error *err);
void copy_mover_release(struct copy_mover *m);

/* Copy bytes [from_offset, from_offset + length) of `fd` to `to_offset` of the
 * sink. `name` is the source's, for messages. `dev` is the file system of fd;
 * `sparse` that it has fewer blocks than bytes. A source that ends too early is
 * ISOKIT_E_CHANGED. */
enum isokit_status copy_range(struct copy_mover *m, int fd, const char *name, dev_t dev,
			      bool sparse, uint64_t from_offset, uint64_t to_offset,
			      uint64_t length, struct isokit_error *err);

/* The same for bytes of a source, wherever they are. Zeros that it knows of stay holes. */
enum isokit_status copy_source(struct copy_mover *m, struct isokit_source *src,
			       uint64_t from_offset, uint64_t to_offset, uint64_t length,
			       struct isokit_error *err);

#endif
