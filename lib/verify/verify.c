/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Find the schemes, hash everything in one pass, say what came of it. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "verify/impl.h"

/* The result with what it owns. */
struct owned_verification {
	struct isokit_verification pub;
	struct arena arena;
};

const char *isokit_verify_result_name(enum isokit_verify_result result)
{
	switch (result) {
	case ISOKIT_VERIFY_MATCH:
		return "match";
	case ISOKIT_VERIFY_MISMATCH:
		return "mismatch";
	case ISOKIT_VERIFY_INCOMPLETE:
		return "incomplete";
	}
	return "";
}

void isokit_verification_free(struct isokit_verification *verification)
{
	struct owned_verification *o = (struct owned_verification *)verification;

	if (!o)
		return;
	arena_release(&o->arena);
	free(o);
}

/* ---- hashes of the whole image -------------------------------------------------------- */

static enum isokit_status plan_hashes(struct verify *v, const struct verify_job **hashes)
{
	struct verify_jobs *jobs = v->opt->file ? &v->file_jobs : &v->jobs;
	struct verify_piece all = { 0, isokit_source_size(jobs->src) };
	unsigned wanted = v->opt->hashes;

	if (v->opt->schemes)
		wanted |= beside_kinds(v->opt->sums);
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		if (!(wanted & 1u << i))
			continue;
		hashes[i] = jobs_add(jobs, (enum verify_lane)(LANE_HASH + (int)i),
				     (enum isokit_digest_kind)i, &all, all.bytes ? 1 : 0);
		if (!hashes[i])
			return verify_nomem(v);
	}
	return ISOKIT_OK;
}

/* libcrypto can lack an algorithm: a FIPS provider has no MD5. */
static enum isokit_status check_kinds(struct verify *v)
{
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		struct digest *d;

		if (!(v->opt->hashes & 1u << i))
			continue;
		d = digest_new(v->opt->digests, (enum isokit_digest_kind)i);
		if (!d)
			return isokit_fail(v->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
					   isokit_source_name(v->src),
					   "libcrypto as it is configured here offers no %s",
					   isokit_digest_name((enum isokit_digest_kind)i));
		digest_free(d);
	}
	return ISOKIT_OK;
}

static enum isokit_verify_result worse(enum isokit_verify_result a, enum isokit_verify_result b)
{
	if (a == ISOKIT_VERIFY_MISMATCH || b == ISOKIT_VERIFY_MISMATCH)
		return ISOKIT_VERIFY_MISMATCH;
	return a == ISOKIT_VERIFY_MATCH ? b : a;
}

static enum isokit_status publish(struct verify *v, const struct verify_job *const *hashes,
				  struct isokit_verification *pub)
{
	struct isokit_verify_scheme *list;
	enum isokit_status st;

	pub->schemes_wanted = v->opt->schemes;
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		if (!(v->opt->hashes & 1u << i) || !hashes[i])
			continue;
		pub->hashes |= 1u << i;
		digest_hex(hashes[i]->digest, isokit_digest_bytes((enum isokit_digest_kind)i),
			   pub->hash[i]);
	}
	st = v->opt->schemes ? verify_cover(v, pub) : ISOKIT_OK;
	list = arena_array(&v->arena, v->n_schemes ? v->n_schemes : 1, sizeof(*list));
	if (!list)
		return verify_nomem(v);
	for (size_t i = 0; i < v->n_schemes && !st; i++) {
		struct scheme *s = v->schemes[i];

		s->pub.n_mismatches = s->n_mismatches;
		s->pub.mismatches = arena_memdup(&v->arena, s->mismatches,
						 s->n_mismatches * sizeof(*s->mismatches));
		s->pub.n_remarks = s->n_remarks;
		s->pub.remarks = arena_memdup(&v->arena, s->remarks,
					      s->n_remarks * sizeof(*s->remarks));
		if ((s->n_mismatches && !s->pub.mismatches) || (s->n_remarks && !s->pub.remarks))
			return verify_nomem(v);
		list[i] = s->pub;
		pub->result = worse(pub->result, s->pub.result);
	}
	pub->schemes = list;
	pub->n_schemes = v->n_schemes;
	return st;
}

static void free_schemes(struct verify *v)
{
	for (size_t i = 0; i < v->n_schemes; i++) {
		struct scheme *s = v->schemes[i];

		free(s->covered.items);
		free(s->labels.items);
		free(s->unlisted.items);
		free(s->mismatches);
		free(s->remarks);
		free(s);
	}
	free(v->schemes);
}

static enum isokit_status run(struct verify *v, struct isokit_verification *pub)
{
	const struct verify_job *hashes[ISOKIT_DIGEST_COUNT] = { NULL };
	enum isokit_status st = check_kinds(v);

	if (!st)
		st = plan_hashes(v, hashes);
	if (!st && v->opt->schemes)
		st = implanted_plan(v);
	if (!st && v->opt->schemes)
		st = libisofs_plan(v);
	if (!st && v->opt->schemes)
		st = inside_plan(v);
	if (!st)
		st = jobs_run(&v->jobs, v->opt->progress, v->opt->ctx, v->err);
	if (!st)
		st = jobs_run(&v->file_jobs, v->opt->progress, v->opt->ctx, v->err);
	if (!st && v->opt->schemes)
		st = implanted_judge(v);
	if (!st && v->opt->schemes)
		st = libisofs_judge(v);
	if (!st && v->opt->schemes)
		st = inside_judge(v);
	if (!st && v->opt->schemes)
		st = beside_judge(v, hashes);
	if (!st)
		st = publish(v, hashes, pub);
	return st;
}

enum isokit_status isokit_verify(struct isokit_source *src, uint64_t start,
				 struct isokit_image *img,
				 const struct isokit_verify_options *options,
				 struct isokit_verification **ret_verification,
				 struct isokit_error *err)
{
	struct isokit_error scratch;
	struct verify v = { .opt = options, .src = src, .img = img, .start = start,
			    .err = err ? err : &scratch };
	struct owned_verification *out;
	enum isokit_status st;

	if (start > isokit_source_size(src) || (options->schemes && !img) || !options->digests)
		return isokit_fail(err, ISOKIT_E_INVALID, start, isokit_source_name(src),
				   "cannot be verified in this way");
	out = calloc(1, sizeof(*out));
	if (!out)
		return verify_nomem(&v);
	v.facts = img ? isokit_image_facts(img) : NULL;
	v.size = isokit_source_size(src) - start;
	v.jobs.lib = options->digests;
	v.jobs.src = src;
	v.file_jobs.lib = options->digests;
	v.file_jobs.src = options->file ? options->file : src;
	st = run(&v, &out->pub);
	libisofs_free(&v);
	inside_free(&v);
	free_schemes(&v);
	jobs_free(&v.jobs);
	jobs_free(&v.file_jobs);
	out->arena = v.arena;
	if (st) {
		isokit_verification_free(&out->pub);
		return st;
	}
	*ret_verification = &out->pub;
	return ISOKIT_OK;
}
