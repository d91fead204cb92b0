/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"

enum {
	AWHILE_MS = 100,
	PIPE_BYTES = 1024 * 1024, /* that it may hold: what everybody may ask for */
};

struct intake {
	const struct intake_ops *ops;
	void *self;
	uint64_t at; /* what next() gives */
	char name[];
};

enum isokit_status intake_new(const struct intake_ops *ops, void *self, const char *name,
			    struct intake **ret, struct isokit_error *err)
{
	size_t n = strlen(name) + 1;
	struct intake *f = malloc(sizeof(*f) + n);

	if (!f)
		return isokit_fail_nomem(err, name, sizeof(*f) + n);
	f->ops = ops;
	f->self = self;
	f->at = 0;
	memcpy(f->name, name, n);
	*ret = f;
	return ISOKIT_OK;
}

static enum isokit_status next(struct intake *f, void *buffer, size_t n, size_t *ret_n,
			       bool *ret_end, struct isokit_error *err)
{
	enum isokit_status st;

	*ret_n = 0;
	st = f->ops->next(f->self, buffer, n, ret_n, ret_end, err);
	f->at += *ret_n;
	return st;
}

enum isokit_status intake_read_some(struct intake *f, uint64_t offset, void *buffer, size_t n,
				    size_t *ret_n, bool *ret_end, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	*ret_n = 0;
	*ret_end = false;
	if (f->ops->read_at)
		return f->ops->read_at(f->self, offset, buffer, n, ret_n, ret_end, err);
	if (f->ops->go)
		st = f->ops->go(f->self, offset, &f->at, err);
	while (!st && f->at < offset && !*ret_end)
		st = next(f, buffer, (size_t)min_u64(n, offset - f->at), ret_n, ret_end, err);
	*ret_n = 0;
	return st || *ret_end ? st : next(f, buffer, n, ret_n, ret_end, err);
}

enum isokit_status intake_read(struct intake *f, uint64_t offset, void *buffer, size_t n,
			     size_t *ret_n, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	bool end = false;

	*ret_n = 0;
	while (!st && !end && *ret_n < n) {
		size_t some = 0;

		st = intake_read_some(f, offset + *ret_n, (uint8_t *)buffer + *ret_n, n - *ret_n,
				      &some, &end, err);
		*ret_n += some;
	}
	return st;
}

const char *intake_name(const struct intake *f)
{
	return f->name;
}

void intake_close(struct intake *f)
{
	if (!f)
		return;
	if (f->ops->close)
		f->ops->close(f->self);
	free(f);
}

/* ---- a source ------------------------------------------------------------------------------ */

struct source_intake {
	struct isokit_source *src;
	uint64_t from, bytes;
};

static enum isokit_status source_read_at(void *self, uint64_t offset, void *buffer, size_t n,
					 size_t *ret_n, bool *ret_end, struct isokit_error *err)
{
	const struct source_intake *s = self;
	size_t got = offset < s->bytes ? (size_t)min_u64(n, s->bytes - offset) : 0;
	enum isokit_status st = got ? isokit_source_read_at(s->src, s->from + offset, buffer, got,
							    err) : ISOKIT_OK;

	*ret_n = st ? 0 : got;
	*ret_end = got < n;
	return st;
}

enum isokit_status intake_of_source(struct isokit_source *src, uint64_t from, struct intake **ret,
				  struct isokit_error *err)
{
	static const struct intake_ops ops = { .read_at = source_read_at, .close = free };
	struct source_intake *s = malloc(sizeof(*s));
	enum isokit_status st;

	if (!s)
		return isokit_fail_nomem(err, isokit_source_name(src), sizeof(*s));
	s->src = src;
	s->from = min_u64(from, isokit_source_size(src));
	s->bytes = isokit_source_size(src) - s->from;
	st = intake_new(&ops, s, isokit_source_name(src), ret, err);
	if (st)
		free(s);
	return st;
}

/* ---- a pipe ------------------------------------------------------------------------------ */

struct pipe_intake {
	int fd;
	const atomic_bool *stop;
	const char *name; /* of the intake */
};

static enum isokit_status pipe_next(void *self, void *buffer, size_t n, size_t *ret_n,
				    bool *ret_end, struct isokit_error *err)
{
	struct pipe_intake *p = self;
	struct pollfd ready = { .fd = p->fd, .events = POLLIN };
	ssize_t got;

	if (p->stop && atomic_load(p->stop))
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	if (poll(&ready, 1, AWHILE_MS) == 0)
		return ISOKIT_OK;
	got = read(p->fd, buffer, n);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return ISOKIT_OK;
	if (got < 0)
		return isokit_fail_errno(err, errno, p->name, "cannot be read");
	*ret_n = (size_t)got;
	*ret_end = got == 0;
	return ISOKIT_OK;
}

enum isokit_status intake_of_fd(int fd, const char *name, const atomic_bool *stop,
			      struct intake **ret, struct isokit_error *err)
{
	static const struct intake_ops ops = { .next = pipe_next, .close = free };
	struct pipe_intake *p = calloc(1, sizeof(*p));
	enum isokit_status st;

	if (!p)
		return isokit_fail_nomem(err, name, sizeof(*p));
	p->fd = fd;
	p->stop = stop;
	/* Whoever fills it need not wait while we wait for a block. What is no pipe says no. */
	if (fcntl(fd, F_GETPIPE_SZ) < PIPE_BYTES)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
	st = intake_new(&ops, p, name, ret, err);
	if (st)
		free(p);
	else
		p->name = intake_name(*ret);
	return st;
}

/* ---- with a beginning ---------------------------------------------------------------------- */

struct begun_intake {
	struct intake *inner;
	size_t n;
	uint8_t bytes[];
};

static enum isokit_status begun_read_at(void *self, uint64_t offset, void *buffer, size_t n,
					size_t *ret_n, bool *ret_end, struct isokit_error *err)
{
	struct begun_intake *b = self;

	if (offset >= b->n)
		return intake_read_some(b->inner, offset, buffer, n, ret_n, ret_end, err);
	*ret_n = (size_t)min_u64(n, b->n - offset);
	memcpy(buffer, b->bytes + offset, *ret_n);
	return ISOKIT_OK;
}

static void begun_close(void *self)
{
	struct begun_intake *b = self;

	intake_close(b->inner);
	free(b);
}

enum isokit_status intake_with_beginning(const void *bytes, size_t n, struct intake *inner,
				       struct intake **ret, struct isokit_error *err)
{
	static const struct intake_ops ops = { .read_at = begun_read_at, .close = begun_close };
	struct begun_intake *b = malloc(sizeof(*b) + n);
	enum isokit_status st;

	if (!b)
		return isokit_fail_nomem(err, intake_name(inner), sizeof(*b) + n);
	b->n = n;
	b->inner = inner;
	memcpy(b->bytes, bytes, n);
	st = intake_new(&ops, b, intake_name(inner), ret, err);
	if (st)
		free(b);
	return st;
}
