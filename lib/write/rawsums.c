/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of the file as it lies there, which may be compressed: of what can be read but once, or
 * comes from far away, while it is read for the drives. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/urlstream.h"
#include "digest/digest.h"
#include "format/medium.h"
#include "convert/convert.h"
#include "write/compose.h"
#include "write/job.h"
#include "write/stream.h"

enum { PIECE_BYTES = 256 * 1024 };

struct rawsums {
	struct isokit_write *w;
	struct intake *inner;
	uint64_t at;
	struct digest *digests[ISOKIT_DIGEST_COUNT];
};

/* Those of options.file_sums. */
static unsigned listed(const struct isokit_write *w)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT; i++)
		kinds |= w->options.file_sums[i] ? 1u << i : 0;
	return kinds;
}

/* Which ones? That of options.sha256 can be meant for what comes out, too. */
static unsigned wanted(const struct isokit_write *w)
{
	unsigned kinds = listed(w);

	if (*w->sha256 && !w->sum_right && w->stream && (w->stream->packed || w->stream->zipped))
		kinds |= 1u << ISOKIT_SHA256;
	return kinds;
}

void write_free_digests(struct digest *digests[ISOKIT_DIGEST_COUNT])
{
	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		digest_free(digests[i]);
		digests[i] = NULL;
	}
}

enum isokit_status write_new_digests(struct isokit_write *w, unsigned kinds,
				     struct digest *ret[ISOKIT_DIGEST_COUNT],
				     struct isokit_error *err)
{
	enum isokit_status st = w->digests ? ISOKIT_OK : isokit_digests_load(&w->digests, err);

	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT && !st; i++) {
		if (!(kinds & 1u << i))
			continue;
		ret[i] = digest_new(w->digests, (enum isokit_digest_kind)i);
		if (!ret[i])
			st = write_no_digest((enum isokit_digest_kind)i, err);
	}
	if (st)
		write_free_digests(ret);
	return st;
}

static enum isokit_status update(struct digest *digests[ISOKIT_DIGEST_COUNT], const void *bytes,
				 size_t n, struct isokit_error *err)
{
	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT; i++)
		if (digests[i] && !digest_update(digests[i], bytes, n))
			return write_no_digest((enum isokit_digest_kind)i, err);
	return ISOKIT_OK;
}

enum isokit_status write_digest_source(struct isokit_write *w, struct isokit_source *src,
				       struct digest *digests[ISOKIT_DIGEST_COUNT],
				       struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src);
	uint8_t *piece = malloc(BLOCK_BYTES);
	enum isokit_status st = ISOKIT_OK;

	if (!piece)
		return isokit_fail_nomem(err, w->path, BLOCK_BYTES);
	for (uint64_t at = 0; at < size && !st; at += BLOCK_BYTES) {
		size_t n = (size_t)min_u64(BLOCK_BYTES, size - at);

		st = write_tell(w, "check", 0, at, size) ? write_fail_cancelled(err) :
			     isokit_source_read_at(src, at, piece, n, err);
		if (!st)
			st = update(digests, piece, n, err);
	}
	free(piece);
	return st;
}

/* Who reads for a slow drive may just ask what is wanted. */
static void set_right(struct isokit_write *w)
{
	pthread_mutex_lock(&w->lock);
	w->sum_right = true;
	pthread_mutex_unlock(&w->lock);
}

/* Against what is expected; where that is options.sha256, it may be right only. */
static enum isokit_status judge(struct isokit_write *w, struct digest *digests[ISOKIT_DIGEST_COUNT],
				struct isokit_error *err)
{
	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		const char *expected = w->options.file_sums[i];
		char hex[2 * ISOKIT_DIGEST_MAX_BYTES + 1];
		uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];

		if (!digests[i])
			continue;
		if (!digest_finish(digests[i], sum))
			return write_no_digest((enum isokit_digest_kind)i, err);
		digest_hex(sum, isokit_digest_bytes((enum isokit_digest_kind)i), hex);
		if (i == ISOKIT_SHA256 && *w->sha256 && strcmp(hex, w->sha256) == 0)
			set_right(w);
		if (expected && strcmp(hex, expected) != 0)
			return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, w->path,
					   "the file has %s %s and not %s: it is damaged, incomplete or "
					   "not the file that was meant",
					   isokit_digest_name((enum isokit_digest_kind)i), hex, expected);
	}
	return ISOKIT_OK;
}

/* ---- while it is read ------------------------------------------------------------------ */

/* What is read over counts, too. */
static enum isokit_status rawsums_next(void *self, void *buffer, size_t n, size_t *ret_n,
				       bool *ret_end, struct isokit_error *err)
{
	struct rawsums *r = self;
	enum isokit_status st = intake_read_some(r->inner, r->at, buffer, n, ret_n, ret_end, err);

	r->at += *ret_n;
	return st ? st : update(r->digests, buffer, *ret_n, err);
}

static void rawsums_close(void *self)
{
	struct rawsums *r = self;

	pthread_mutex_lock(&r->w->lock);
	if (r->w->raw == r)
		r->w->raw = NULL;
	pthread_mutex_unlock(&r->w->lock);
	write_free_digests(r->digests);
	intake_close(r->inner);
	free(r);
}

enum isokit_status rawsums_wrap(struct isokit_write *w, struct intake **io_intake,
				struct isokit_error *err)
{
	static const struct intake_ops ops = { .next = rawsums_next, .close = rawsums_close };
	struct intake *outer;
	enum isokit_status st;
	struct rawsums *r;
	unsigned kinds;
	bool taken;

	pthread_mutex_lock(&w->lock);
	kinds = wanted(w);
	taken = w->raw != NULL;
	pthread_mutex_unlock(&w->lock);
	/* One reading is enough. */
	if (!kinds || taken)
		return ISOKIT_OK;
	r = calloc(1, sizeof(*r));
	if (!r)
		return isokit_fail_nomem(err, w->path, sizeof(*r));
	r->w = w;
	st = write_new_digests(w, kinds, r->digests, err);
	if (!st) {
		st = intake_new(&ops, r, intake_name(*io_intake), &outer, err);
		if (st)
			write_free_digests(r->digests);
	}
	if (st) {
		free(r);
		return st;
	}
	r->inner = *io_intake;
	*io_intake = outer;
	pthread_mutex_lock(&w->lock);
	w->raw = r;
	pthread_mutex_unlock(&w->lock);
	return ISOKIT_OK;
}

enum isokit_status rawsums_end(struct isokit_write *w, struct isokit_error *err)
{
	struct rawsums *r = w->raw;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *piece;
	bool end = false;
	size_t n;

	if (!r)
		return ISOKIT_OK;
	piece = malloc(PIECE_BYTES);
	if (!piece)
		return isokit_fail_nomem(err, w->path, PIECE_BYTES);
	/* What lies behind the end of what was compressed is of the file as well. */
	while (!st && !end)
		st = rawsums_next(r, piece, PIECE_BYTES, &n, &end, err);
	free(piece);
	return st ? st : judge(w, r->digests, err);
}

/* ---- beforehand ------------------------------------------------------------------------ */

/* Will all of it come by in order? */
static bool comes_by(const struct isokit_write *w)
{
	if (compose_wanted(w))
		return false;
	return w->stream ? w->stream->file == NULL || w->stream->offset == 0 :
			   w->payload && url_is_source(w->payload);
}

bool rawsums_wanted(const struct isokit_write *w)
{
	return listed(w) && comes_by(w);
}

struct isokit_source *rawsums_file(const struct isokit_write *w)
{
	return w->convert ? w->convert->medium->outermost : w->stream ? w->stream->file : NULL;
}

enum isokit_status rawsums_beforehand(struct isokit_write *w, struct isokit_error *err)
{
	struct digest *digests[ISOKIT_DIGEST_COUNT] = { NULL };
	struct isokit_source *src = rawsums_file(w);
	unsigned kinds = listed(w);
	enum isokit_status st;

	if (!kinds || comes_by(w))
		return ISOKIT_OK;
	if (!src)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, w->path,
				   "its checksum cannot be compared");
	st = write_new_digests(w, kinds, digests, err);
	if (!st)
		st = write_digest_source(w, src, digests, err);
	if (!st)
		st = judge(w, digests, err);
	write_free_digests(digests);
	return st;
}

enum isokit_status write_no_digest(enum isokit_digest_kind kind, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, isokit_digest_name(kind),
			   "is not offered by libcrypto");
}
