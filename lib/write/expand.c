/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a compressed intake expands to. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "write/stream.h"

enum { IN_BYTES = 256 * 1024, EXPAND_BYTES = 28 * 1024 * 1024 };

struct expanded {
	struct intake *inner;
	struct codec_stream *stream;
	const char *name;   /* of the intake */
	uint64_t at;        /* of the next byte that comes out */
	uint64_t taken;     /* of the inner one */
	uint64_t limit;     /* of the inner one; what follows is something else */
	struct codec_buffers b;
	bool last, ended;
	uint8_t in[IN_BYTES];
};

/* *ret_n: so many bytes more; none of them and not e->last: nothing came for a while. */
static enum isokit_status refill(struct expanded *e, size_t *ret_n, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	bool end = false;
	size_t want;

	memmove(e->in, e->b.in, e->b.in_bytes);
	e->b.in = e->in;
	want = (size_t)min_u64(IN_BYTES - e->b.in_bytes, e->limit - e->taken);
	*ret_n = 0;
	if (want)
		st = intake_read_some(e->inner, e->taken, e->in + e->b.in_bytes, want, ret_n, &end,
				      err);
	if (st)
		return st;
	e->taken += *ret_n;
	e->b.in_bytes += *ret_n;
	e->last = end || e->taken == e->limit;
	return ISOKIT_OK;
}

/* As much as there is room for; less where nothing came for a while. */
static enum isokit_status expanded_next(void *self, void *buffer, size_t n, size_t *ret_n,
					bool *ret_end, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct expanded *e = self;
	bool waited = false;

	e->b.out = buffer;
	e->b.out_bytes = n;
	while (!st && !e->ended && e->b.out_bytes && !waited) {
		size_t in = e->b.in_bytes, out = e->b.out_bytes, more = 0;
		bool idle;

		st = codec_stream_run(e->stream, &e->b, e->last, &e->ended, err);
		idle = e->b.in_bytes == in && e->b.out_bytes == out;
		if (st || e->ended || !e->b.out_bytes || e->last)
			continue;
		if (idle && in == IN_BYTES)
			return isokit_fail(err, ISOKIT_E_CORRUPT, e->at, e->name,
					   "cannot be expanded further");
		if (idle || e->b.in_bytes < IN_BYTES / 4)
			st = refill(e, &more, err);
		waited = idle && !more && !e->last;
	}
	*ret_n = n - e->b.out_bytes;
	e->at += *ret_n;
	*ret_end = e->ended;
	if (st && err && st != ISOKIT_E_CANCELLED) {
		/* Which file it is, and not only what it is compressed with. */
		struct isokit_error why = *err;

		return isokit_fail(err, st, why.offset, e->name, "%s%s%s", why.subject,
				   *why.subject ? " " : "", why.text);
	}
	return st;
}

static void expanded_close(void *self)
{
	struct expanded *e = self;

	intake_close(e->inner);
	codec_stream_free(e->stream);
	free(e);
}

enum isokit_status intake_expanded(struct intake *inner, enum codec_stream_kind kind, uint64_t limit,
				 struct intake **ret, struct isokit_error *err)
{
	static const struct intake_ops ops = { .next = expanded_next, .close = expanded_close };
	struct expanded *e = malloc(sizeof(*e));
	enum isokit_status st;

	if (!e)
		return isokit_fail_nomem(err, intake_name(inner), sizeof(*e));
	memset(e, 0, offsetof(struct expanded, in));
	e->b.in = e->in;
	e->limit = limit;
	st = codec_stream_new(kind, &e->stream, err);
	if (!st)
		st = codec_stream_spare(e->stream, EXPAND_BYTES, err);
	if (!st)
		st = intake_new(&ops, e, intake_name(inner), ret, err);
	if (st) {
		codec_stream_free(e->stream);
		free(e);
		return st;
	}
	e->name = intake_name(*ret);
	e->inner = inner;
	return ISOKIT_OK;
}
