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
};

struct url_options address_options(struct isokit_write *w)
{
	return (struct url_options){ .stop = &w->stop, .waiting = &w->waiting };
}

static enum isokit_status address_go(void *self, uint64_t offset, uint64_t *io_at,
				     struct isokit_error *err)
{
	struct address_intake *a = self;
	struct url_options o;

	if (!a->src || (a->s && offset - *io_at <= SKIP_BYTES))
		return ISOKIT_OK;
	o = address_options(a->w);
	url_stream_close(a->s);
	a->s = NULL;
	*io_at = offset;
	return url_stream_of_source(a->src, min_u64(isokit_source_size(a->src), a->from + offset),
				    &o, &a->s, err);
}

static enum isokit_status address_next(void *self, void *buffer, size_t n, size_t *ret_n,
				       bool *ret_end, struct isokit_error *err)
{
	struct address_intake *a = self;
	enum isokit_status st = url_stream_read(a->s, buffer, n, ret_n, err);

	*ret_end = *ret_n < n;
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
	static const struct intake_ops ops = {
		.next = address_next, .go = address_go, .close = address_close,
	};
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
