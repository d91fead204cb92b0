/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums implanted into the primary volume descriptor: isomd5sum's and
 * tagmedia's. */
#include "verify/implanted.h"

#include <stdio.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "verify/impl.h"

enum { PVD_BLOCKS_LE = 80, PVD_BLOCKS_BE = 84, SIGNATURE_MAGIC_BYTES = 64 };

static const char field_words[] = "the field that holds the checksum";

struct implanted {
	/* isomd5sum */
	struct scheme *rh;
	struct implanted_text text;
	struct verify_job *rh_job;
	uint64_t rh_bytes;     /* that the sum is of */
	uint64_t rh_available; /* of them in the image */
	size_t n_ends;
	uint64_t ends[IMPLANTED_FRAGMENT_DIGITS];
	/* tagmedia */
	struct scheme *suse;
	struct tagmedia_text tags;
	struct verify_job *whole, *partition;
	uint64_t whole_bytes, partition_at, partition_bytes;
};

static bool too_short(struct verify *v, struct scheme *s, uint64_t at, uint64_t bytes,
		      enum isokit_digest_kind kind, const uint8_t *expected)
{
	struct isokit_verify_mismatch m = {
		.problem = "cut-off", .kind = kind, .offset = at, .bytes = bytes,
		.what = "the image ends before what the checksum is of",
	};

	scheme_worsen(s, ISOKIT_VERIFY_INCOMPLETE);
	return scheme_mismatch(v, s, &m, expected, NULL);
}

/* ---- isomd5sum ------------------------------------------------------------------------ */

static enum isokit_status plan_rh(struct verify *v, struct implanted *im, const uint8_t *pvd,
				  uint64_t at)
{
	uint64_t blocks = get_be32(pvd + PVD_BLOCKS_BE), skip;
	struct verify_patch patch = { v->start + at + IMPLANTED_OFFSET, IMPLANTED_BYTES, ' ' };
	struct verify_piece piece = { .offset = v->start };
	struct scheme *s;
	char where[96];

	(void)snprintf(where, sizeof(where), "primary volume descriptor, byte %llu",
		       (unsigned long long)(at + IMPLANTED_OFFSET));
	s = im->rh = verify_scheme(v, "implanted-md5", where, ISOKIT_MD5);
	if (!s)
		return verify_nomem(v);
	if (!im->text.has_md5 || !im->text.has_skip ||
	    !mul_u64(im->text.skip_sectors, BLOCK_BYTES, &skip) || skip >= blocks * BLOCK_BYTES) {
		struct isokit_verify_mismatch m = {
			.problem = "damaged-text", .kind = ISOKIT_MD5,
			.offset = at + IMPLANTED_OFFSET, .bytes = IMPLANTED_BYTES,
			.what = "the text does not say a checksum and what it is of",
		};

		scheme_worsen(s, ISOKIT_VERIFY_MISMATCH);
		return scheme_mismatch(v, s, &m, NULL, NULL) ? ISOKIT_OK : verify_nomem(v);
	}
	im->rh_bytes = blocks * BLOCK_BYTES - skip;
	im->rh_available = min_u64(im->rh_bytes, v->size);
	piece.bytes = im->rh_available;
	im->rh_job = jobs_add(&v->jobs, LANE_IMPLANTED, ISOKIT_MD5, &piece, 1);
	if (!im->rh_job || !jobs_patch(&v->jobs, im->rh_job, &patch, 1))
		return verify_nomem(v);
	im->n_ends = implanted_fragment_ends(im->rh_bytes, im->text.n_fragments, im->ends,
					     IMPLANTED_FRAGMENT_DIGITS);
	while (im->n_ends && im->ends[im->n_ends - 1] > im->rh_available)
		im->n_ends--;
	if (!jobs_mark(&v->jobs, im->rh_job, im->ends, im->n_ends))
		return verify_nomem(v);
	/* What it leaves out. */
	if (!ranges_add(&s->covered, 0, min_u64(patch.offset - v->start, im->rh_available), NULL) ||
	    (im->rh_available > at + IMPLANTED_OFFSET + IMPLANTED_BYTES &&
	     !ranges_add(&s->covered, at + IMPLANTED_OFFSET + IMPLANTED_BYTES,
			 im->rh_available - (at + IMPLANTED_OFFSET + IMPLANTED_BYTES), NULL)) ||
	    !ranges_add(&s->labels, at + IMPLANTED_OFFSET, IMPLANTED_BYTES, field_words) ||
	    !ranges_add(&s->labels, im->rh_bytes, skip,
			"the last blocks of the volume, left out because drives fail there"))
		return verify_nomem(v);
	return ISOKIT_OK;
}

/* The first digit of each of the first bytes: sprintf("%01x") cut to one. */
static bool fragment_agrees(const struct implanted_text *t, size_t number, size_t digits,
			    const uint8_t *md5, bool *ret_known)
{
	*ret_known = (number + 1) * digits <= t->n_digits;
	for (size_t i = 0; i < digits && i < 16 && *ret_known; i++) {
		uint8_t first = md5[i] > 15 ? md5[i] >> 4 : md5[i];

		if (t->digits[number * digits + i] != "0123456789abcdef"[first])
			return false;
	}
	return true;
}

static bool judge_fragments(struct verify *v, struct implanted *im, bool total_agrees)
{
	size_t digits = im->text.n_fragments ?
		IMPLANTED_FRAGMENT_DIGITS / (size_t)im->text.n_fragments : 0;
	uint64_t good = 0, bad = im->rh_available;
	size_t agree = 0, known = 0, number;
	struct isokit_verify_mismatch m = { .problem = "differs", .kind = ISOKIT_MD5 };
	bool differ = false;

	for (size_t i = 0; i < im->n_ends && digits; i++) {
		bool is_known, same = fragment_agrees(&im->text, i, digits,
						      im->rh_job->marks[i].digest, &is_known);

		if (!is_known)
			break;
		known++;
		agree += same;
		if (!differ && same)
			good = im->ends[i];
		else if (!differ)
			bad = im->ends[i];
		differ |= !same;
	}
	number = agree + 1; /* they agree up to the first that does not */
	if (total_agrees) {
		if (known && agree == known)
			return scheme_remark(v, im->rh, "all %zu fragment sums agree, too", known);
		if (known)
			return scheme_remark(v, im->rh, "%zu of %zu fragment sums do not fit, "
					     "though the content does: the text is damaged",
					     known - agree, known);
		return true;
	}
	if (im->rh_available < im->rh_bytes && !differ)
		return !known || scheme_remark(v, im->rh,
			"the fragment sums agree up to byte %llu", (unsigned long long)good);
	m.offset = good;
	m.bytes = bad - good;
	if (known) {
		char what[160];

		(void)snprintf(what, sizeof(what),
			       "good up to byte %llu; the first difference lies before byte %llu, "
			       "in fragment %zu of %llu", (unsigned long long)good,
			       (unsigned long long)bad, number,
			       (unsigned long long)im->text.n_fragments + 1);
		m.what = what;
		scheme_worsen(im->rh, ISOKIT_VERIFY_MISMATCH);
		return scheme_mismatch(v, im->rh, &m, im->text.md5, im->rh_job->digest);
	}
	scheme_worsen(im->rh, ISOKIT_VERIFY_MISMATCH);
	return scheme_mismatch(v, im->rh, &m, im->text.md5, im->rh_job->digest);
}

static enum isokit_status judge_rh(struct verify *v, struct implanted *im)
{
	bool agrees;

	if (!im->rh_job)
		return ISOKIT_OK;
	agrees = im->rh_available == im->rh_bytes &&
		 memcmp(im->rh_job->digest, im->text.md5, 16) == 0;
	if (im->rh_available < im->rh_bytes &&
	    !too_short(v, im->rh, im->rh_available, im->rh_bytes - im->rh_available, ISOKIT_MD5,
		       im->text.md5))
		return verify_nomem(v);
	return judge_fragments(v, im, agrees) ? ISOKIT_OK : verify_nomem(v);
}

/* ---- tagmedia ---------------------------------------------------------------------------- */

static bool cover_except(struct scheme *s, uint64_t from, uint64_t to,
			 const struct verify_patch *patches, size_t n, uint64_t start)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t at = patches[i].offset - start, end = at + patches[i].bytes;

		if (end <= from || at >= to)
			continue;
		if (at > from && !ranges_add(&s->covered, from, at - from, NULL))
			return false;
		from = end;
	}
	return from >= to || ranges_add(&s->covered, from, to - from, NULL);
}

static struct verify_job *add_suse_job(struct verify *v, enum isokit_digest_kind kind,
				       uint64_t at, uint64_t bytes,
				       const struct verify_patch *patches, size_t n_patches)
{
	struct verify_piece piece = { v->start + at, bytes };
	struct verify_job *job = jobs_add(&v->jobs, LANE_IMPLANTED, kind, &piece, bytes ? 1 : 0);

	return job && jobs_patch(&v->jobs, job, patches, n_patches) ? job : NULL;
}

static enum isokit_status plan_suse(struct verify *v, struct implanted *im, const uint8_t *pvd,
				    uint64_t at)
{
	const struct tagmedia_text *t = &im->tags;
	uint64_t total = (uint64_t)get_le32(pvd + PVD_BLOCKS_LE) * BLOCK_BYTES, pad, signature;
	struct verify_patch patches[3];
	struct scheme *s;
	size_t n = 0;
	char where[96];

	(void)snprintf(where, sizeof(where), "primary volume descriptor, byte %llu",
		       (unsigned long long)(at + IMPLANTED_OFFSET));
	s = im->suse = verify_scheme(v, "tagmedia", where, t->kind);
	if (!s)
		return verify_nomem(v);
	patches[n++] = (struct verify_patch){ v->start, 512, 0 };
	patches[n++] = (struct verify_patch){ v->start + at + IMPLANTED_OFFSET, IMPLANTED_BYTES,
					      ' ' };
	if (t->signature_start && mul_u64(t->signature_start, 512, &signature) &&
	    signature > at + BLOCK_BYTES && signature < v->size) {
		patches[n++] = (struct verify_patch){
			v->start + signature + SIGNATURE_MAGIC_BYTES,
			BLOCK_BYTES - SIGNATURE_MAGIC_BYTES, 0 };
		if (!scheme_remark(v, s, "a place for a signature is at byte %llu; signatures are "
				   "not checked here", (unsigned long long)signature) ||
		    !ranges_add(&s->labels, signature + SIGNATURE_MAGIC_BYTES,
				BLOCK_BYTES - SIGNATURE_MAGIC_BYTES, "the signature"))
			return verify_nomem(v);
	}
	if (!mul_u64(t->pad_blocks, BLOCK_BYTES, &pad) || pad > total)
		pad = 0;
	if (!ranges_add(&s->labels, 0, 512, "the MBR, left out because tools rewrite it") ||
	    !ranges_add(&s->labels, at + IMPLANTED_OFFSET, IMPLANTED_BYTES, field_words) ||
	    !ranges_add(&s->labels, total - pad, pad,
			"padding at the end of the volume, taken for zeros"))
		return verify_nomem(v);
	if (t->has_digest) {
		im->whole_bytes = total - pad;
		im->whole = add_suse_job(v, t->kind, 0, min_u64(total - pad, v->size), patches, n);
		if (!im->whole ||
		    !cover_except(s, 0, min_u64(total - pad, v->size), patches, n, v->start))
			return verify_nomem(v);
		im->whole->tail_zeros = pad;
	}
	if (t->has_partition && mul_u64(t->partition_start, 512, &im->partition_at) &&
	    mul_u64(t->partition_blocks, 512, &im->partition_bytes) &&
	    im->partition_at < v->size) {
		uint64_t bytes = min_u64(im->partition_bytes, v->size - im->partition_at);

		im->partition = add_suse_job(v, t->kind, im->partition_at, bytes, patches, n);
		if (!im->partition ||
		    !cover_except(s, im->partition_at, im->partition_at + bytes, patches, n,
				  v->start))
			return verify_nomem(v);
	}
	return ISOKIT_OK;
}

static bool judge_suse_job(struct verify *v, struct scheme *s, const struct verify_job *job,
			   const char *what, uint64_t at, uint64_t bytes, const uint8_t *expected)
{
	struct isokit_verify_mismatch m = { .problem = "differs", .what = what, .kind = job->kind,
					    .offset = at, .bytes = bytes };

	if (!range_inside(at, bytes, v->size))
		return too_short(v, s, v->size, at + bytes - v->size, job->kind, expected);
	if (memcmp(job->digest, expected, isokit_digest_bytes(job->kind)) == 0)
		return true;
	scheme_worsen(s, ISOKIT_VERIFY_MISMATCH);
	return scheme_mismatch(v, s, &m, expected, job->digest);
}

static enum isokit_status judge_suse(struct verify *v, struct implanted *im)
{
	const struct tagmedia_text *t = &im->tags;

	if (im->whole && !judge_suse_job(v, im->suse, im->whole, "the volume", 0,
					 im->whole_bytes, t->digest))
		return verify_nomem(v);
	if (im->partition && !judge_suse_job(v, im->suse, im->partition, "the partition",
					     im->partition_at, im->partition_bytes,
					     t->partition_digest))
		return verify_nomem(v);
	if (t->has_partition && !im->partition &&
	    !too_short(v, im->suse, v->size, im->partition_bytes, t->kind, t->partition_digest))
		return verify_nomem(v);
	return ISOKIT_OK;
}

/* ---- both ------------------------------------------------------------------------------------ */

enum isokit_status implanted_plan(struct verify *v)
{
	const struct isokit_volume *primary = v->facts->primary;
	uint8_t pvd[BLOCK_BYTES];
	enum isokit_status st;
	uint64_t at;

	if (!primary || v->facts->format != ISOKIT_FORMAT_ISO9660)
		return ISOKIT_OK;
	at = primary->lba * BLOCK_BYTES;
	st = verify_read(v, at, pvd, sizeof(pvd));
	if (st)
		return st;
	v->implanted = arena_alloc(&v->jobs.arena, sizeof(*v->implanted));
	if (!v->implanted)
		return verify_nomem(v);
	if (implanted_text_parse(pvd + IMPLANTED_OFFSET, IMPLANTED_BYTES, &v->implanted->text))
		st = plan_rh(v, v->implanted, pvd, at);
	else if (tagmedia_text_parse(pvd + IMPLANTED_OFFSET, IMPLANTED_BYTES,
				     &v->implanted->tags))
		st = plan_suse(v, v->implanted, pvd, at);
	return st;
}

enum isokit_status implanted_judge(struct verify *v)
{
	enum isokit_status st = ISOKIT_OK;

	if (v->implanted && v->implanted->rh)
		st = judge_rh(v, v->implanted);
	if (!st && v->implanted && v->implanted->suse)
		st = judge_suse(v, v->implanted);
	return st;
}
