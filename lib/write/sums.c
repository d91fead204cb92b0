/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checksum that an image must have, and those that are asked for. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "digest/digest.h"
#include "write/compose.h"
#include "write/job.h"
#include "write/stream.h"

static enum isokit_status fail_sum(const struct isokit_write *w, const char *is, const char *what,
				   struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, w->path,
			   "%s SHA-256 %s and not %s: it is damaged, or another image", what, is,
			   w->sha256);
}

/* ---- beforehand -------------------------------------------------------------------------------- */

/* Its sum, and whether that is the expected one. */
static enum isokit_status sum_source(struct isokit_write *w, struct isokit_source *src,
				     char digits[2 * ISOKIT_DIGEST_MAX_BYTES + 1],
				     struct isokit_error *err)
{
	struct digest *digests[ISOKIT_DIGEST_COUNT] = { NULL };
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];
	enum isokit_status st = write_new_digests(w, 1u << ISOKIT_SHA256, digests, err);

	if (!st)
		st = write_digest_source(w, src, digests, err);
	if (!st && !digest_finish(digests[ISOKIT_SHA256], sum))
		st = write_no_digest(ISOKIT_SHA256, err);
	write_free_digests(digests);
	if (st)
		return st;
	digest_hex(sum, 32, digits);
	w->sum_right = strcmp(digits, w->sha256) == 0;
	return ISOKIT_OK;
}

/* The file as it lies there; NULL where it can only be read once, or slowly, and is summed up
 * while it is written. */
static enum isokit_status open_file(struct isokit_write *w, struct isokit_source **ret,
				    struct isokit_source **ret_owned, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	*ret = *ret_owned = NULL;
	if (!w->path || w->plan.is_drive)
		return ISOKIT_OK;
	if (w->plan.streamed || isokit_source_is_url(w->path) || strcmp(w->path, "-") == 0) {
		*ret = compose_wanted(w) ? rawsums_file(w) : NULL;
		if (*ret || w->plan.streamed || isokit_source_is_url(w->path))
			return ISOKIT_OK;
	}
	st = isokit_source_open_file(w->path, ret_owned, err);
	*ret = *ret_owned;
	return st;
}

enum isokit_status write_check_sum(struct isokit_write *w, struct isokit_error *err)
{
	char digits[2 * ISOKIT_DIGEST_MAX_BYTES + 1];
	struct isokit_source *file = NULL, *owned = NULL;
	enum isokit_status st = rawsums_beforehand(w, err);
	bool inside;

	if (st || !*w->sha256)
		return st;
	st = open_file(w, &file, &owned, err);
	if (!st && file)
		st = sum_source(w, file, digits, err);
	/* Of what is in it, perhaps: that is known when it has been read. */
	inside = file && !w->sum_right &&
		 (!w->payload || isokit_source_size(w->payload) != isokit_source_size(file));
	if (!st && inside && compose_wanted(w))
		st = sum_source(w, w->payload, digits, err);
	else if (!st && inside)
		write_note(w, "the file itself has SHA-256 %s: the sum that was given is compared "
			   "with what is in it, while it is written", digits);
	if (!st && file && !w->sum_right && (!inside || compose_wanted(w)))
		st = fail_sum(w, digits, "has", err);
	isokit_source_close(owned);
	return st;
}

/* ---- while it is written ----------------------------------------------------------------------- */

struct sum_tap {
	struct flow *flow;
	enum isokit_digest_kind kind;
	struct digest *digest;
	bool expected; /* options.sha256 must come out */
};

static bool see(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		struct isokit_error *err)
{
	struct sum_tap *t = ctx;

	(void)offset;
	if (digest_update(t->digest, bytes, n))
		return true;
	(void)write_no_digest(t->kind, err);
	return false;
}

static bool finish(void *ctx, struct isokit_error *err)
{
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];
	struct sum_tap *t = ctx;
	struct isokit_write *w = t->flow->w;
	char *hex = t->flow->hash[t->kind];

	if (!digest_finish(t->digest, sum)) {
		(void)write_no_digest(t->kind, err);
		return false;
	}
	digest_hex(sum, isokit_digest_bytes(t->kind), hex);
	/* Or it was that of the file, compressed as it is. */
	if (!t->expected || w->sum_right || strcmp(hex, w->sha256) == 0)
		return true;
	(void)fail_sum(w, hex, "what was read has", err);
	if (!(w->options.hashes & 1u << t->kind))
		*hex = '\0';
	return false;
}

static void free_tap(void *ctx)
{
	struct sum_tap *t = ctx;

	digest_free(t->digest);
	free(t);
}

static enum isokit_status add_tap(struct flow *f, enum isokit_digest_kind kind, bool expected,
				  struct isokit_error *err)
{
	struct tap tap = { .see = see, .finish = finish, .free = free_tap };
	struct sum_tap *t = calloc(1, sizeof(*t));

	if (!t)
		return isokit_fail_nomem(err, NULL, sizeof(*t));
	t->flow = f;
	t->kind = kind;
	t->expected = expected;
	t->digest = digest_new(f->w->digests, kind);
	if (!t->digest) {
		free(t);
		return write_no_digest(kind, err);
	}
	tap.ctx = t;
	flow_add_tap(f, &tap);
	return ISOKIT_OK;
}

enum isokit_status write_add_taps(struct flow *f, struct isokit_error *err)
{
	struct isokit_write *w = f->w;
	bool expected = *w->sha256 && !w->sum_right && f->src == NULL;
	unsigned wanted = w->options.hashes | (expected ? 1u << ISOKIT_SHA256 : 0);
	enum isokit_status st = ISOKIT_OK;

	if (wanted && !w->digests)
		st = isokit_digests_load(&w->digests, err);
	/* A sum of all bytes needs all of them. */
	f->hash_between = f->hash_between || expected || (!f->src && rawsums_wanted(w));
	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT && !st; i++)
		if (wanted & 1u << i)
			st = add_tap(f, (enum isokit_digest_kind)i,
				     expected && i == ISOKIT_SHA256, err);
	return st;
}
