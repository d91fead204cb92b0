/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes to be written, in ascending order, from whatever they come out of. */
#ifndef WRITE_INTAKE_H
#define WRITE_INTAKE_H

#include <isokit/source.h>

#include <stdatomic.h>

struct intake;

/* Either read_at or next: */
struct intake_ops {
	/* Some of the bytes at any place; *ret_end: none follow them. */
	enum isokit_status (*read_at)(void *self, uint64_t offset, void *buffer, size_t n,
				      size_t *ret_n, bool *ret_end, struct isokit_error *err);
	/* Some of the bytes that come next; 0 of them and not *ret_end: nothing came for a while. */
	enum isokit_status (*next)(void *self, void *buffer, size_t n, size_t *ret_n,
				   bool *ret_end, struct isokit_error *err);
	/* May be NULL: next() may go on nearer to `offset`, if that costs less than to read over
	 * what lies ahead of it. *io_at: where. */
	enum isokit_status (*go)(void *self, uint64_t offset, uint64_t *io_at,
				 struct isokit_error *err);
	void (*close)(void *self); /* may be NULL */
};

/* `self` is taken on success. */
enum isokit_status intake_new(const struct intake_ops *ops, void *self, const char *name,
			    struct intake **ret, struct isokit_error *err);
/* Bytes at `offset`, which never goes back but over what intake_with_beginning() has; less than
 * `n` only where they end. */
enum isokit_status intake_read(struct intake *f, uint64_t offset, void *buffer, size_t n,
			     size_t *ret_n, struct isokit_error *err);
/* What is there of these bytes; 0 of them and not *ret_end: nothing came for a while. */
enum isokit_status intake_read_some(struct intake *f, uint64_t offset, void *buffer, size_t n,
				    size_t *ret_n, bool *ret_end, struct isokit_error *err);
const char *intake_name(const struct intake *f); /* borrowed */
void intake_close(struct intake *f);             /* NULL is allowed */

/* A source, which is borrowed, from a byte of it on. */
enum isokit_status intake_of_source(struct isokit_source *src, uint64_t from, struct intake **ret,
				  struct isokit_error *err);

/* A descriptor (borrowed) that only goes ahead, from where it stands. Whoever waits for it
 * notices `stop` (borrowed) soon. A pipe is made as large as may be. */
enum isokit_status intake_of_fd(int fd, const char *name, const atomic_bool *stop,
			      struct intake **ret, struct isokit_error *err);

/* A beginning that was read from `inner` already (copied), and then the rest of it. `inner` is
 * taken on success. */
enum isokit_status intake_with_beginning(const void *bytes, size_t n, struct intake *inner,
				       struct intake **ret, struct isokit_error *err);

#endif
