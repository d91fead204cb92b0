/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/integrity.h"

#include <stdlib.h>
#include <string.h>

#include "author/contents.h"
#include "base/checked.h"
#include "base/fail.h"

static const char subject[] = "checksums";

bool integrity_wanted(const struct isokit_build_options *o)
{
	return o->checksums || o->implant_md5 || o->hashes || o->manifest;
}

/* ---- contents --------------------------------------------------------------------- */

struct place {
	uint64_t at, bytes;
	uint32_t index; /* of the payload */
};

/* One kind of digest, of each content. */
struct contents_lane {
	const struct place *places; /* ascending */
	size_t n, next;
	struct digest *md;
	enum isokit_digest_kind kind;
	size_t digest_bytes;
	const uint32_t *numbers; /* of the payload in `out`; NULL: its index */
	uint8_t *out;
};

static bool end_content(struct contents_lane *c, const struct place *p)
{
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];
	size_t number = c->numbers ? c->numbers[p->index] : p->index;

	if (!digest_finish(c->md, sum))
		return false;
	if (!c->numbers || number)
		memcpy(c->out + number * c->digest_bytes, sum, c->digest_bytes);
	c->next++;
	return digest_restart(c->md, c->kind);
}

static bool contents_feed(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
			  struct isokit_error *err)
{
	struct contents_lane *c = ctx;
	uint64_t end = offset + n;
	bool ok = true;

	while (ok && c->next < c->n && c->places[c->next].at < end) {
		const struct place *p = &c->places[c->next];
		uint64_t from = max_u64(p->at, offset), upto = min_u64(p->at + p->bytes, end);

		ok = digest_update(c->md, bytes + (from - offset), (size_t)(upto - from));
		if (!ok || upto < p->at + p->bytes)
			break;
		ok = end_content(c, p);
	}
	if (!ok)
		(void)isokit_fail_nomem(err, subject, 0);
	return ok;
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* ---- the whole ----------------------------------------------------------------------- */

struct integrity {
	struct plan *plan;
	struct layout *l;
	struct sink *to;
	struct files *files;
	const struct author_progress *progress;
	const struct isokit_digests *lib;
	struct isokit_source *src;
	struct place *places;
	size_t n_places;
	struct tags tags;
	struct implant implant;
	struct contents_lane md5s, sha256s;
	struct digest *image;
	uint64_t done; /* bytes, of all passes before this one */
};

static enum isokit_status list_places(struct integrity *in, struct isokit_error *err)
{
	size_t n;
	const struct payload *p = layout_payloads(in->l, &n);
	uint64_t end = 0;

	in->places = calloc(n ? n : 1, sizeof(*in->places));
	if (!in->places)
		return isokit_fail_nomem(err, subject, n * sizeof(*in->places));
	for (size_t i = 0; i < n; i++) {
		if (in->files->lba[i] == LAYOUT_NO_LBA || p[i].node->size == 0)
			continue;
		in->places[in->n_places++] =
			(struct place){ .at = in->files->lba[i] * LAYOUT_BLOCK_BYTES,
					.bytes = p[i].node->size, .index = (uint32_t)i };
	}
	qsort(in->places, in->n_places, sizeof(*in->places), by_place);
	for (size_t i = 0; i < in->n_places; i++) {
		if (in->places[i].at < end)
			return isokit_fail(err, ISOKIT_E_MISMATCH, in->places[i].at, subject,
					   "two contents lie at the same place");
		end = in->places[i].at + in->places[i].bytes;
	}
	if (end > isokit_source_size(in->src))
		return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, subject,
				   "a content lies behind the image");
	return ISOKIT_OK;
}

static enum isokit_status start_lane(struct integrity *in, struct contents_lane *c,
				     enum isokit_digest_kind kind, uint8_t *out,
				     const uint32_t *numbers, struct isokit_error *err)
{
	*c = (struct contents_lane){ .places = in->places, .n = in->n_places, .kind = kind,
				     .digest_bytes = isokit_digest_bytes(kind),
				     .numbers = numbers, .out = out,
				     .md = digest_new(in->lib, kind) };
	return c->md ? ISOKIT_OK : isokit_fail_nomem(err, subject, 0);
}

/* What is of no bytes. */
static enum isokit_status of_nothing(struct integrity *in, const uint32_t *numbers,
				     struct isokit_error *err)
{
	uint8_t md5[ISOKIT_DIGEST_MAX_BYTES], sha256[ISOKIT_DIGEST_MAX_BYTES];
	size_t n;
	const struct payload *p = layout_payloads(in->l, &n);

	if (!digest_of(in->lib, ISOKIT_MD5, "", 0, md5) ||
	    !digest_of(in->lib, ISOKIT_SHA256, "", 0, sha256))
		return isokit_fail_nomem(err, subject, 0);
	for (size_t i = 0; i < n; i++) {
		if (p[i].node->size)
			continue;
		if (numbers && numbers[i])
			memcpy(in->tags.entries + (size_t)numbers[i] * 16, md5, 16);
		if (in->files->sha256)
			memcpy(in->files->sha256[i], sha256, FILES_SHA256_BYTES);
	}
	return ISOKIT_OK;
}

static enum isokit_status start(struct integrity *in, struct isokit_error *err)
{
	const struct isokit_build_options *o = &in->plan->options;
	const uint32_t *numbers = NULL;
	uint32_t n_numbers;
	enum isokit_status st = isokit_source_from_fd(sink_fd(in->to), sink_name(in->to),
						      &in->src, err);

	if (st == ISOKIT_OK)
		st = contents_digests(in->plan, &in->lib, err);
	if (st == ISOKIT_OK)
		st = list_places(in, err);
	if (st == ISOKIT_OK && o->checksums) {
		numbers = layout_checksum_numbers(in->l, &n_numbers);
		st = tags_start(&in->tags, in->lib, in->src,
				layout_head_bytes(in->l), n_numbers, o->implant_md5, in->to, err);
		if (st == ISOKIT_OK)
			st = start_lane(in, &in->md5s, ISOKIT_MD5, in->tags.entries, numbers, err);
	}
	if (st == ISOKIT_OK && (o->hashes || o->manifest)) {
		free(in->files->sha256);
		in->files->sha256 = calloc(in->files->n ? in->files->n : 1, FILES_SHA256_BYTES);
		if (!in->files->sha256)
			st = isokit_fail_nomem(err, subject, in->files->n * FILES_SHA256_BYTES);
		else
			st = start_lane(in, &in->sha256s, ISOKIT_SHA256, in->files->sha256[0],
					NULL, err);
		in->image = digest_new(in->lib, ISOKIT_SHA256);
		if (st == ISOKIT_OK && !in->image)
			st = isokit_fail_nomem(err, subject, 0);
	}
	if (st == ISOKIT_OK)
		st = of_nothing(in, numbers, err);
	if (st == ISOKIT_OK && o->implant_md5)
		st = implant_start(&in->implant, in->lib, in->src, err);
	return st;
}

static bool image_feed(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		       struct isokit_error *err)
{
	(void)offset;
	if (digest_update(ctx, bytes, n))
		return true;
	(void)isokit_fail_nomem(err, subject, 0);
	return false;
}

static enum isokit_status read_at(void *ctx, uint64_t offset, void *buffer, size_t length,
				  struct isokit_error *err)
{
	return isokit_source_read_at(((struct integrity *)ctx)->src, offset, buffer, length, err);
}

static int tell(void *ctx, uint64_t done)
{
	const struct integrity *in = ctx;

	return author_tell(in->progress, in->done + done);
}

/* Bytes [from, upto) through every digest that wants them. */
static enum isokit_status pass(struct integrity *in, uint64_t from, uint64_t upto, bool image,
			       bool others, struct isokit_error *err)
{
	const struct pipe_input input = { .read_at = read_at, .progress = tell, .ctx = in };
	struct pipe_range range = { from, upto - from };
	struct pipe_lane lanes[5];
	enum isokit_status st;
	size_t n = 0;

	if (others && in->tags.md)
		lanes[n++] = (struct pipe_lane){ tags_feed, &in->tags };
	if (others && in->md5s.md)
		lanes[n++] = (struct pipe_lane){ contents_feed, &in->md5s };
	if (others && in->sha256s.md)
		lanes[n++] = (struct pipe_lane){ contents_feed, &in->sha256s };
	if (others && in->implant.md)
		lanes[n++] = (struct pipe_lane){ implant_feed, &in->implant };
	if (image && in->image)
		lanes[n++] = (struct pipe_lane){ image_feed, in->image };
	if (n == 0 || range.bytes == 0)
		return ISOKIT_OK;
	st = pipe_run(&input, &range, 1, lanes, n, err);
	in->done += range.bytes;
	return st;
}

static enum isokit_status run(struct integrity *in, struct isokit_build_result *result,
			      struct isokit_error *err)
{
	uint64_t end = isokit_source_size(in->src);
	uint64_t array = in->tags.md ? in->tags.array * LAYOUT_BLOCK_BYTES : end;
	bool implant = in->implant.md != NULL;
	uint8_t sum[ISOKIT_DIGEST_MAX_BYTES];
	enum isokit_status st = pass(in, 0, array, !implant, true, err);

	if (st == ISOKIT_OK && in->tags.md)
		st = tags_finish(&in->tags, in->to, in->plan->options.scdbackup_name,
				 in->plan->volume_time, result->scdbackup, err);
	if (st == ISOKIT_OK)
		st = pass(in, array, end, !implant, true, err);
	if (st == ISOKIT_OK && implant)
		st = implant_finish(&in->implant, in->to, result->implanted_md5, err);
	if (st == ISOKIT_OK && implant)
		st = pass(in, 0, end, true, false, err);
	if (st || !in->image)
		return st;
	if (!digest_finish(in->image, sum))
		return isokit_fail_nomem(err, subject, 0);
	result->has_sha256 = true;
	memcpy(result->sha256, sum, sizeof(result->sha256));
	return ISOKIT_OK;
}

enum isokit_status integrity_finish(struct plan *plan, struct layout *l, struct sink *to,
				    struct files *files, const struct author_progress *progress,
				    struct isokit_build_result *result, struct isokit_error *err)
{
	struct integrity in = { .plan = plan, .l = l, .to = to, .files = files,
				.progress = progress };
	enum isokit_status st = start(&in, err);

	if (st == ISOKIT_OK)
		st = run(&in, result, err);
	tags_free(&in.tags);
	implant_free(&in.implant);
	digest_free(in.md5s.md);
	digest_free(in.sha256s.md);
	digest_free(in.image);
	isokit_source_close(in.src);
	free(in.places);
	return st;
}
