/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images that come in order, compressed or in a ZIP archive: of a pipe that delivers all at once,
 * of one that stalls, and of a file. What comes out of them is the same. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "target.h"
#include "write/stream.h"
#include "write/unzip.h"

enum { MOST = 1024 * 1024, PIECE = 40000 };

/* A pipe. */
struct chopped {
	const uint8_t *bytes;
	size_t n;
	unsigned seed; /* 0: all that is wanted, at once */
};

static enum isokit_status chopped_next(void *self, void *buffer, size_t n, size_t *ret_n,
				       bool *ret_end, struct isokit_error *err)
{
	struct chopped *c = self;

	(void)err;
	*ret_end = c->n == 0;
	*ret_n = n < c->n ? n : c->n;
	if (c->seed) {
		c->seed = c->seed * 1103515245 + 12345;
		*ret_n = (size_t)min_u64(*ret_n, c->seed >> 16 & 3 ? c->seed >> 20 : 0);
	}
	memcpy(buffer, c->bytes, *ret_n);
	c->bytes += *ret_n;
	c->n -= *ret_n;
	return ISOKIT_OK;
}

static struct intake *pipe_of(const uint8_t *bytes, size_t n, unsigned seed)
{
	static const struct intake_ops ops = { .next = chopped_next, .close = free };
	struct chopped *c = malloc(sizeof(*c));
	struct intake *f;

	if (!c)
		abort();
	*c = (struct chopped){ bytes, n, seed };
	if (intake_new(&ops, c, "pipe", &f, NULL) != ISOKIT_OK)
		abort();
	return f;
}

static enum isokit_status expand_pipe(const uint8_t *bytes, size_t n, unsigned seed,
				      struct intake **ret, struct isokit_error *err)
{
	struct intake *raw = pipe_of(bytes, n, seed);
	enum codec_stream_kind kind;
	enum isokit_status st = ISOKIT_OK;

	*ret = NULL;
	if (stream_is_zip(bytes, n))
		st = intake_of_archive(raw, ret, err);
	else if (stream_is_packed(bytes, n, &kind))
		st = intake_expanded(raw, kind, UINT64_MAX, ret, err);
	else
		*ret = raw;
	if (st)
		intake_close(raw);
	return st;
}

/* NULL and no error: it is read at any place. */
static enum isokit_status expand_file(struct stream *s, struct isokit_source *src,
				      const uint8_t *bytes, size_t n, struct intake **ret,
				      struct isokit_error *err)
{
	struct intake *raw;
	bool taken;
	enum isokit_status st = stream_take_zip(s, src, bytes, n, &taken, err);

	*ret = NULL;
	if (st || (!taken && !stream_take_file(s, src, bytes, n)))
		return st;
	if (intake_of_source(src, s->offset, &raw, NULL) != ISOKIT_OK)
		abort();
	st = s->zipped ? intake_of_member(raw, &s->zip, ret, err) :
			 intake_expanded(raw, s->kind, UINT64_MAX, ret, err);
	if (st)
		intake_close(raw);
	return st;
}

/* Up to MOST bytes. Closes it. */
static enum isokit_status take(struct intake *f, uint8_t *out, size_t *ret_n,
			       struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	size_t got = 1;

	*ret_n = 0;
	while (!st && got && *ret_n < MOST) {
		st = intake_read(f, *ret_n, out + *ret_n, (size_t)min_u64(PIECE, MOST - *ret_n),
				 &got, err);
		*ret_n += got;
	}
	intake_close(f);
	return st;
}

/* What is read over is not missed. */
static void take_half(struct intake *f, const uint8_t *whole, size_t n)
{
	uint8_t part[PIECE];
	size_t from = n / 2, want = (size_t)min_u64(PIECE, n - from), got;

	if (intake_read(f, from, part, want, &got, NULL) != ISOKIT_OK || got != want ||
	    memcmp(part, whole + from, want) != 0)
		abort();
	intake_close(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static uint8_t whole[MOST], other[MOST];
	struct isokit_error err = { .text = "" };
	struct stream *s = calloc(1, sizeof(*s));
	enum isokit_status st, stalling;
	struct isokit_source *src;
	size_t n_whole = 0, n_other = 0;
	struct intake *f;

	if (!s || isokit_source_from_memory(bytes, n, "file", &src, NULL) != ISOKIT_OK)
		abort();
	st = expand_pipe(bytes, n, 0, &f, &err);
	st = st ? st : take(f, whole, &n_whole, &err);
	if (st && !err.text[0])
		abort();
	stalling = expand_pipe(bytes, n, (unsigned)n + 1, &f, NULL);
	stalling = stalling ? stalling : take(f, other, &n_other, NULL);
	if (st != stalling || (!st && (n_whole != n_other || memcmp(whole, other, n_whole) != 0)))
		abort();
	if (!st && expand_pipe(bytes, n, 7, &f, NULL) == ISOKIT_OK)
		take_half(f, whole, n_whole);
	/* A file says more: what it has at its end counts. */
	stalling = expand_file(s, src, bytes, n, &f, NULL);
	if (!stalling && f) {
		stalling = take(f, other, &n_other, NULL);
		if (!st && !stalling &&
		    (n_whole != n_other || memcmp(whole, other, n_whole) != 0))
			abort();
	}
	if (!s->file)
		isokit_source_close(src);
	stream_end(s);
	return 0;
}
