/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/address.h"

#include <stdlib.h>

#include "base/checked.h"
#include "base/fail.h"
#include "write/job.h"

/* What is not wanted is read over, up to so much; then another request costs less. */
enum { SKIP_BYTES = 4 * 1024 * 1024 };

struct address_intake {
	struct isokit_write *w;
	const struct isokit_source *src; /* NULL: there is only the stream */
	uint64_t from;                   /* byte 0 of the intake */
	struct url_stream *s;            /* NULL: not begun */
	uint64_t at;                     /* of the intake: its next byte */
};

struct url_options address_options(struct isokit_write *w)
{
	return (struct url_options){ .stop = &w->stop, .waiting = &w->waiting };
}

static enum isokit_status begin_at(struct address_intake *a, uint64_t offset,
				   struct isokit_error *err)
{
	struct url_options o = address_options(a->w);
	uint64_t size = isokit_source_size(a->src);

	url_stream_close(a->s);
	a->s = NULL;
	a->at = offset;
	return url_stream_of_source(a->src, min_u64(size, a->from + offset), &o, &a->s, err);
}

static enum isokit_status address_read(void *self, uint64_t offset, void *buffer, size_t n,
				       size_t *ret_n, struct isokit_error *err)
{
	struct address_intake *a = self;
	enum isokit_status st = ISOKIT_OK;
	size_t got = 1;

	*ret_n = 0;
	if (a->src && (!a->s || offset - a->at > SKIP_BYTES))
		st = begin_at(a, offset, err);
	while (!st && a->at < offset && got) {
		st = url_stream_read(a->s, buffer, (size_t)min_u64(n, offset - a->at), &got, err);
		a->at += got;
	}
	if (st || a->at < offset)
		return st;
	st = url_stream_read(a->s, buffer, n, ret_n, err);
	a->at += *ret_n;
	return st;
}

static void address_close(void *self)
{
	struct address_intake *a = self;

	url_stream_close(a->s);
	free(a);
}

static enum isokit_status new_intake(struct address_intake *model, const char *name,
				     struct intake **ret, struct isokit_error *err)
{
	static const struct intake_ops ops = { .read = address_read, .close = address_close };
	struct address_intake *a = malloc(sizeof(*a));
	enum isokit_status st;

	if (!a)
		return isokit_fail_nomem(err, name, sizeof(*a));
	*a = *model;
	st = intake_new(&ops, a, name, ret, err);
	if (st)
		free(a);
	return st;
}

enum isokit_status intake_of_address(struct isokit_write *w, const struct isokit_source *src,
				     uint64_t from, struct intake **ret, struct isokit_error *err)
{
	struct address_intake a = { .w = w, .src = src, .from = from };

	return new_intake(&a, isokit_source_name(src), ret, err);
}

enum isokit_status intake_of_stream(struct url_stream *s, struct intake **ret,
				    struct isokit_error *err)
{
	struct address_intake a = { .s = s };

	return new_intake(&a, url_stream_name(s), ret, err);
}
