/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Find the schemes, hash everything in one pass, say what came of it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "verify/impl.h"

enum { MAX_MISMATCHES = 4096, MAX_REMARKS = 64, REMARK_BYTES = 512 };

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

enum isokit_status verify_nomem(struct verify *v)
{
	return isokit_fail(v->err, ISOKIT_E_NOMEM, ISOKIT_NO_OFFSET, isokit_source_name(v->src),
			   "not enough memory to verify it");
}

enum isokit_status verify_read(struct verify *v, uint64_t offset, void *buffer, size_t n)
{
	return isokit_source_read_at(v->src, v->start + offset, buffer, n, v->err);
}

struct scheme *verify_scheme(struct verify *v, const char *name, const char *where,
			     enum isokit_digest_kind kind)
{
	struct scheme *s;

	if (!ARRAY_RESERVE(v->schemes, v->capacity_schemes, v->n_schemes + 1))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->pub.scheme = name;
	s->pub.where = arena_strndup(&v->arena, where, strlen(where));
	s->pub.kinds = 1u << kind;
	if (!s->pub.where) {
		free(s);
		return NULL;
	}
	v->schemes[v->n_schemes++] = s;
	return s;
}

void scheme_worsen(struct scheme *s, enum isokit_verify_result result)
{
	if (s->pub.result != ISOKIT_VERIFY_MISMATCH && result != ISOKIT_VERIFY_MATCH)
		s->pub.result = result;
}

bool scheme_remark(struct verify *v, struct scheme *s, const char *format, ...)
{
	char text[REMARK_BYTES];
	va_list args;
	char *copy;
	int n;

	if (s->n_remarks >= MAX_REMARKS)
		return true;
	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return true;
	copy = arena_strndup(&v->arena, text, strlen(text));
	if (!copy || !ARRAY_RESERVE(s->remarks, s->capacity_remarks, s->n_remarks + 1))
		return false;
	s->remarks[s->n_remarks++] = copy;
	return true;
}

static const char *hex_copy(struct verify *v, const uint8_t *bytes, enum isokit_digest_kind kind)
{
	size_t n = isokit_digest_bytes(kind);
	char hex[2 * ISOKIT_DIGEST_MAX_BYTES + 1];

	digest_hex(bytes, n, hex);
	return arena_strndup(&v->arena, hex, 2 * n);
}

bool scheme_mismatch(struct verify *v, struct scheme *s, const struct isokit_verify_mismatch *m,
		     const uint8_t *expected, const uint8_t *computed)
{
	struct isokit_verify_mismatch *to;

	if (s->n_mismatches >= MAX_MISMATCHES)
		return true;
	if (!ARRAY_RESERVE(s->mismatches, s->capacity_mismatches, s->n_mismatches + 1))
		return false;
	to = &s->mismatches[s->n_mismatches];
	*to = *m;
	if (m->path && !(to->path = arena_strndup(&v->arena, m->path, strlen(m->path))))
		return false;
	if (m->what && !(to->what = arena_strndup(&v->arena, m->what, strlen(m->what))))
		return false;
	if (expected && !(to->expected = hex_copy(v, expected, m->kind)))
		return false;
	if (computed && !(to->computed = hex_copy(v, computed, m->kind)))
		return false;
	s->n_mismatches++;
	return true;
}

/* ---- contents of files ------------------------------------------------------------ */

enum isokit_status verify_contents(struct verify *v, const struct isokit_entry *entry,
				   enum isokit_namespace_kind ns, bool stored,
				   struct contents *c)
{
	uint64_t unit = v->facts->namespaces[ns].block_bytes, total = 0;

	c->n = 0;
	c->refused = entry->refused;
	c->cut_off = false;
	c->first = ISOKIT_NO_OFFSET;
	if (!stored && entry->zisofs)
		c->refused = "it is stored compressed (zisofs)";
	else if (entry->sparse)
		c->refused = "it is stored sparse";
	for (size_t i = 0; i < entry->n_extents && !c->refused; i++) {
		const struct isokit_extent *e = &entry->extents[i];
		struct verify_piece *last = c->n ? &c->pieces[c->n - 1] : NULL;
		uint64_t at;

		if (!e->bytes)
			continue;
		if (!mul_u64(e->lba, unit, &at) || !range_inside(at, e->bytes, v->size)) {
			c->cut_off = true;
			return ISOKIT_OK;
		}
		total += e->bytes;
		if (c->first == ISOKIT_NO_OFFSET)
			c->first = at;
		if (last && last->offset + last->bytes == v->start + at) {
			last->bytes += e->bytes;
			continue;
		}
		if (!ARRAY_RESERVE(c->pieces, c->capacity, c->n + 1))
			return verify_nomem(v);
		c->pieces[c->n++] = (struct verify_piece){ v->start + at, e->bytes };
	}
	if (!c->refused && !stored && total != entry->bytes)
		c->refused = "its recorded parts are not its whole contents";
	return ISOKIT_OK;
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
