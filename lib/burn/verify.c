/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies on the medium against what was sent to it, or against an image. The drive is
 * asked itself: the kernel would answer from its cache, or with the old size of the medium.
 * Only the sectors of the image are read. What lies behind them (the two run-out sectors of
 * a track at once, the filling of the last ECC block) cannot always be read and is not it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "base/fail.h"
#include "burn/burn.h"

enum { CHUNK_SECTORS = BURN_CHECK_BYTES / OPTICAL_SECTOR, AUDIO_BYTES_PER_SECOND = 44100 * 4 };

struct verify {
	struct isokit_burner *b;
	const struct burn_checks *checks; /* or NULL */
	struct isokit_source *src;        /* or NULL */
	uint64_t at, bytes;               /* in the image; of it */
	uint64_t image_offset;            /* of this track, for what is told */
	struct isokit_burn_result *result;
	uint8_t medium[BURN_CHECK_BYTES], image[BURN_CHECK_BYTES];
	bool unreadable[CHUNK_SECTORS];
};

double burn_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All sectors of a chunk; one by one where the drive stumbles. */
static bool read_chunk(struct verify *v, uint32_t lba, uint32_t n)
{
	uint32_t got;
	bool all = true;

	memset(v->unreadable, 0, sizeof(v->unreadable));
	if (optical_read(v->b->optical, lba, v->medium, n, &got, NULL) == ISOKIT_OK)
		return true;
	for (uint32_t i = got; i < n; i++)
		if (optical_read(v->b->optical, lba + i, v->medium + (size_t)i * OPTICAL_SECTOR, 1,
				 &got, NULL)) {
			v->unreadable[i] = true;
			all = false;
		}
	return all;
}

void burn_differ(struct isokit_burn_result *r, unsigned track, uint64_t offset, uint64_t bytes,
		 bool unreadable)
{
	struct isokit_burn_range *last = &r->last_difference;

	*(unreadable ? &r->unreadable_bytes : &r->different_bytes) += bytes;
	if (r->n_different_ranges && last->track == track && last->offset + last->bytes == offset) {
		last->bytes += bytes;
		if (r->n_different_ranges == r->n_differences)
			r->differences[r->n_differences - 1] = *last;
		return;
	}
	*last = (struct isokit_burn_range){ offset, bytes, track };
	if (r->n_differences < ISOKIT_BURN_MAX_RANGES)
		r->differences[r->n_differences++] = *last;
	r->n_different_ranges++;
}

static void differ(struct verify *v, uint64_t offset, uint64_t bytes, bool unreadable)
{
	burn_differ(v->result, 0, v->image_offset + offset, bytes, unreadable);
}

/* A chunk that is not what it should be: which sectors of it? Without the source nobody
 * knows better than the whole chunk. */
static void find_differences(struct verify *v, size_t n)
{
	bool know = v->src && isokit_source_read_at(v->src, v->at, v->image, n, NULL) == ISOKIT_OK;

	for (size_t i = 0; i * OPTICAL_SECTOR < n; i++) {
		size_t from = i * OPTICAL_SECTOR, step = (size_t)min_u64(OPTICAL_SECTOR, n - from);

		if (v->unreadable[i])
			differ(v, v->at + from, step, true);
		else if (!know || memcmp(v->medium + from, v->image + from, step) != 0)
			differ(v, v->at + from, step, false);
	}
}

static enum isokit_status compare_chunk(struct verify *v, uint32_t lba, size_t n,
					struct isokit_error *err)
{
	bool all = read_chunk(v, lba, (uint32_t)div_up(n, OPTICAL_SECTOR)), same;

	if (v->checks) {
		same = all && burn_checks_same(v->checks, v->at / BURN_CHECK_BYTES, v->medium, n);
	} else {
		enum isokit_status st = isokit_source_read_at(v->src, v->at, v->image, n, err);

		if (st)
			return st;
		same = all && memcmp(v->medium, v->image, n) == 0;
	}
	if (!same)
		find_differences(v, n);
	v->result->compared_bytes += n;
	return ISOKIT_OK;
}

enum isokit_status burn_verify(struct isokit_burner *b, uint32_t lba, uint64_t bytes,
			       const struct burn_checks *checks, struct isokit_source *src,
			       uint64_t image_offset, struct isokit_burn_result *result,
			       struct isokit_error *err)
{
	struct isokit_burn_progress now = { .phase = "verify", .total = bytes };
	double unit = OPTICAL_SECTOR * burn_sectors_per_second(b->facts.profile), t = burn_now();
	struct verify *v = calloc(1, sizeof(*v));
	enum isokit_status st = ISOKIT_OK;

	if (!v)
		return isokit_fail_nomem(err, b->facts.drive, sizeof(*v));
	*v = (struct verify){ .b = b, .checks = checks, .src = src, .bytes = bytes,
			      .image_offset = image_offset, .result = result };
	while (!st && v->at < bytes) {
		size_t n = (size_t)min_u64(BURN_CHECK_BYTES, bytes - v->at);

		st = compare_chunk(v, lba + (uint32_t)(v->at / OPTICAL_SECTOR), n, err);
		v->at += n;
		now.done = v->at;
		now.speed_x = unit > 0 && burn_now() > t ? (double)v->at / (burn_now() - t) / unit : 0;
		if (!st && b->options.progress && b->options.progress(b->options.progress_ctx, &now))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, b->facts.drive,
					 "interrupted while it was compared");
	}
	free(v);
	result->verify_seconds += burn_now() - t;
	return st;
}

/* "12 of 345 sectors differ …" */
enum isokit_status burn_verdict(struct isokit_burner *b, struct isokit_burn_result *r,
				struct isokit_error *err)
{
	uint64_t bad = r->different_bytes + r->unreadable_bytes;
	const struct isokit_burn_range *first = r->differences;
	char where[64];
	bool other = r->audio_tracks && r->different_bytes && !r->has_sample_offset;

	if (!bad)
		return ISOKIT_OK;
	if (first->track)
		(void)snprintf(where, sizeof(where), "second %.3f of track %u",
			       (double)first->offset / AUDIO_BYTES_PER_SECOND, first->track);
	else
		(void)snprintf(where, sizeof(where), "byte %" PRIu64, first->offset);
	(void)snprintf(r->text, sizeof(r->text),
		       "%s%" PRIu64 " of %" PRIu64 " bytes %s, in %" PRIu64 " range%s, the first at %s",
		       other ? "its sound is another: " : "", bad, r->compared_bytes,
		       !r->unreadable_bytes ? "differ" :
		       !r->different_bytes  ? "cannot be read" : "differ or cannot be read",
		       r->n_different_ranges, r->n_different_ranges == 1 ? "" : "s",
		       where);
	return isokit_fail(err, ISOKIT_E_MISMATCH, first->offset, b->facts.drive, "%s", r->text);
}

/* Is it a track of sound where the image should be? */
static bool begins_with_sound(struct isokit_burner *b, uint32_t lba)
{
	struct optical_place there[BURN_MAX_TRACKS];
	size_t n = optical_tracks(b->optical, there, BURN_MAX_TRACKS);

	for (size_t i = 0; i < n; i++)
		if (lba >= there[i].lba && lba - there[i].lba < there[i].sectors)
			return there[i].audio;
	return false;
}

enum isokit_status isokit_burner_compare(struct isokit_burner *b, struct isokit_source *image,
					 uint32_t lba, struct isokit_burn_result *ret_result,
					 struct isokit_error *err)
{
	uint64_t size = isokit_source_size(image), there = 0;
	enum isokit_status st;

	memset(ret_result, 0, sizeof(*ret_result));
	if (lba == ISOKIT_BURN_ITS_PLACE) {
		struct burn_origin origin;

		burn_find_origin(image, false, 0, &origin);
		lba = origin.lba;
	}
	ret_result->start_lba = lba;
	if (b->facts.audio && begins_with_sound(b, lba)) {
		(void)snprintf(ret_result->text, sizeof(ret_result->text),
			       "there is sound on it, and no data");
		return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, b->facts.drive, "%s",
				   ret_result->text);
	}
	if (!b->facts.readable)
		return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, b->facts.drive,
				   "there is nothing on it to compare with");
	if (optical_readable(b->optical) > lba)
		there = ((uint64_t)optical_readable(b->optical) - lba) * OPTICAL_SECTOR;
	if (there < size) {
		(void)snprintf(ret_result->text, sizeof(ret_result->text),
			       "it ends after %" PRIu64 " of %" PRIu64 " bytes", there, size);
		return isokit_fail(err, ISOKIT_E_MISMATCH, there, b->facts.drive, "%s",
				   ret_result->text);
	}
	st = burn_verify(b, lba, size, NULL, image, 0, ret_result, err);
	return st ? st : burn_verdict(b, ret_result, err);
}
