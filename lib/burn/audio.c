/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound that was burnt against the files that it came from. A drive writes samples a little
 * earlier or later than it was told to and reads them so, too; the sum of both is always the
 * same number, for a drive and a disc. It is found where the first sound begins, and from
 * then on every sample has to be the right one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "burn/burn.h"

enum {
	SAMPLE = 4, /* bytes: left and right */
	SECTOR_SAMPLES = OPTICAL_AUDIO_SECTOR / SAMPLE,
	AT_ONCE = 24,                       /* sectors of a track */
	CHUNK_SAMPLES = AT_ONCE * SECTOR_SAMPLES,
	CHUNK_BYTES = CHUNK_SAMPLES * SAMPLE,
	/* Drives are known to be away by up to some 1700 samples in each direction. */
	RANGE_SAMPLES = 8 * SECTOR_SAMPLES,
	WINDOW_SECTORS = 16,
	WINDOW_BYTES = WINDOW_SECTORS * OPTICAL_AUDIO_SECTOR,
	WINDOW_SAMPLES = WINDOW_SECTORS * SECTOR_SAMPLES,
	HAYSTACK_SAMPLES = WINDOW_SAMPLES + 2 * RANGE_SAMPLES,
};

struct audio {
	struct isokit_burner *b;
	struct isokit_burn_result *result;
	int32_t late; /* samples */
	/* What was read last: sectors from `first` on, and which of them are. */
	int64_t first;
	uint8_t sectors[(AT_ONCE + 1) * OPTICAL_AUDIO_SECTOR];
	bool unreadable[AT_ONCE + 1];
	/* Samples of the medium and of the image. */
	uint8_t medium[HAYSTACK_SAMPLES * SAMPLE];
	uint8_t image[WINDOW_BYTES > CHUNK_BYTES ? WINDOW_BYTES : CHUNK_BYTES];
};

static uint64_t samples_of(const struct burn_sound *s)
{
	return isokit_source_size(s->src) / SAMPLE;
}

/* ---- reading ------------------------------------------------------------------------------- */

static void read_sectors(struct audio *a, int64_t first, uint32_t n)
{
	uint32_t got;

	memset(a->unreadable, 0, sizeof(a->unreadable));
	a->first = first;
	if (optical_read_audio(a->b->optical, (int32_t)first, a->sectors, n, &got, NULL) == ISOKIT_OK)
		return;
	for (uint32_t i = got; i < n; i++) {
		uint8_t *to = a->sectors + (size_t)i * OPTICAL_AUDIO_SECTOR;
		uint32_t one;

		if (optical_read_audio(a->b->optical, (int32_t)(first + i), to, 1, &one, NULL)) {
			a->unreadable[i] = true;
			memset(to, 0, OPTICAL_AUDIO_SECTOR);
		}
	}
}

/* That has a sample; block 0 begins with sample 0. */
static int64_t sector_of(int64_t sample)
{
	return sample / SECTOR_SAMPLES - (sample % SECTOR_SAMPLES < 0);
}

/* n samples from the one with number `at` on, n no more than a chunk. */
static const uint8_t *read_samples(struct audio *a, int64_t at, uint32_t n)
{
	int64_t first = sector_of(at);
	uint32_t skip = (uint32_t)(at - first * SECTOR_SAMPLES);

	read_sectors(a, first, (uint32_t)div_up((uint64_t)skip + n, SECTOR_SAMPLES));
	return a->sectors + (size_t)skip * SAMPLE;
}

/* ---- how much earlier or later -------------------------------------------------------------- */

/* The first sample that is not silent; false: they all are. */
static bool find_sound(struct audio *a, const struct burn_sound *s, uint64_t *ret_sample,
		       enum isokit_status *ret_status, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(s->src);

	for (uint64_t at = 0; at < size; at += CHUNK_BYTES) {
		size_t n = (size_t)min_u64(CHUNK_BYTES, size - at), i = 0;

		*ret_status = isokit_source_read_at(s->src, at, a->image, n, err);
		if (*ret_status)
			return false;
		while (i < n && !a->image[i])
			i++;
		if (i < n) {
			*ret_sample = (at + i) / SAMPLE;
			return true;
		}
	}
	return false;
}

static uint32_t equal_samples(const uint8_t *a, const uint8_t *b, uint32_t n)
{
	uint32_t equal = 0;

	for (uint32_t i = 0; i < n; i++)
		equal += memcmp(a + (size_t)i * SAMPLE, b + (size_t)i * SAMPLE, SAMPLE) == 0;
	return equal;
}

/* Where in the haystack, which begins RANGE_SAMPLES ahead of it, is the window? At the place
 * that is next to where it should be; else where most of it is, as a scratch may be in it. */
static bool find_window(const struct audio *a, uint32_t n, int32_t *ret_late)
{
	uint32_t best = n / 4 * 3;
	bool found = false;

	for (int32_t i = 0; i <= 2 * RANGE_SAMPLES; i++) {
		int32_t late = i % 2 ? (i + 1) / 2 : -(i / 2);

		if (memcmp(a->medium + (size_t)(RANGE_SAMPLES + late) * SAMPLE, a->image,
			   (size_t)n * SAMPLE) == 0) {
			*ret_late = late;
			return true;
		}
	}
	for (int32_t late = -RANGE_SAMPLES; late <= RANGE_SAMPLES; late++) {
		uint32_t equal = equal_samples(a->medium + (size_t)(RANGE_SAMPLES + late) * SAMPLE,
					       a->image, n);

		if (equal > best) {
			best = equal;
			*ret_late = late;
			found = true;
		}
	}
	return found;
}

/* By one track; false: it is silent, or nothing like it is there. */
static bool find_late(struct audio *a, const struct burn_sound *s,
		      enum isokit_status *ret_status, struct isokit_error *err)
{
	uint64_t from = 0;
	int64_t at;
	uint32_t n;

	if (!find_sound(a, s, &from, ret_status, err))
		return false;
	/* With the silence ahead of it, if there is some: a tone is the same at many places, its
	 * beginning at one. */
	from -= min_u64(from, WINDOW_SAMPLES / 2);
	n = (uint32_t)min_u64(WINDOW_SAMPLES, samples_of(s) - from);
	*ret_status = isokit_source_read_at(s->src, from * SAMPLE, a->image, (size_t)n * SAMPLE, err);
	if (*ret_status)
		return false;
	at = (int64_t)s->lba * SECTOR_SAMPLES + (int64_t)from - RANGE_SAMPLES;
	for (uint32_t done = 0; done < n + 2 * RANGE_SAMPLES; ) {
		uint32_t step = (uint32_t)min_u64(CHUNK_SAMPLES, n + 2 * RANGE_SAMPLES - done);

		memcpy(a->medium + (size_t)done * SAMPLE, read_samples(a, at + done, step),
		       (size_t)step * SAMPLE);
		done += step;
	}
	return find_window(a, n, &a->late);
}

/* ---- comparing ------------------------------------------------------------------------------ */

static bool is_unreadable(const struct audio *a, int64_t sample)
{
	return a->unreadable[sector_of(sample) - a->first];
}

/* Is the sector of a sample outside of the track, and cannot be read? That is the lead-out, or
 * data, into which the last samples fall, and nobody's fault. */
static bool is_beyond(const struct audio *a, const struct burn_sound *s, int64_t sample)
{
	int64_t sector = sector_of(sample);
	int64_t begin = s->lba;
	int64_t end = begin + (int64_t)div_up(samples_of(s), SECTOR_SAMPLES);

	return (sector < begin || sector >= end) && is_unreadable(a, sample);
}

static void compare_samples(struct audio *a, const struct burn_sound *s, int64_t at,
			    uint64_t sample, const uint8_t *medium, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		size_t byte = (size_t)i * SAMPLE;

		if (is_beyond(a, s, at + i))
			continue;
		a->result->compared_bytes += SAMPLE;
		if (is_unreadable(a, at + i) || memcmp(medium + byte, a->image + byte, SAMPLE) != 0)
			burn_differ(a->result, s->number, s->skipped + (sample + i) * SAMPLE, SAMPLE,
				    is_unreadable(a, at + i));
	}
}

static enum isokit_status compare_sound(struct audio *a, const struct burn_sound *s,
					struct isokit_error *err)
{
	struct isokit_burn_progress now = { .phase = "verify", .track = s->number,
					    .tracks = s->tracks,
					    .total = isokit_source_size(s->src) };
	double unit = OPTICAL_AUDIO_SECTOR * burn_sectors_per_second(a->b->facts.profile);
	double t = burn_now();
	const struct isokit_burn_options *o = &a->b->options;
	uint64_t all = samples_of(s);
	enum isokit_status st = ISOKIT_OK;

	for (uint64_t done = 0; !st && done < all; ) {
		uint32_t n = (uint32_t)min_u64(CHUNK_SAMPLES, all - done);
		int64_t at = (int64_t)s->lba * SECTOR_SAMPLES + (int64_t)done + a->late;
		const uint8_t *medium;
		bool readable = true;

		st = isokit_source_read_at(s->src, done * SAMPLE, a->image, (size_t)n * SAMPLE, err);
		if (st)
			break;
		medium = read_samples(a, at, n);
		for (size_t i = 0; i <= AT_ONCE; i++)
			readable &= !a->unreadable[i];
		if (readable && memcmp(medium, a->image, (size_t)n * SAMPLE) == 0)
			a->result->compared_bytes += (uint64_t)n * SAMPLE;
		else
			compare_samples(a, s, at, done, medium, n);
		done += n;
		now.done = done * SAMPLE;
		now.speed_x = unit > 0 && burn_now() > t ? (double)now.done / (burn_now() - t) / unit : 0;
		if (o->progress && o->progress(o->progress_ctx, &now))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, a->b->facts.drive,
					 "interrupted while it was compared");
	}
	return st;
}

enum isokit_status burn_verify_sound(struct isokit_burner *b, const struct burn_sound *sounds,
				     size_t n, struct isokit_burn_result *result,
				     struct isokit_error *err)
{
	struct audio *a = malloc(sizeof(*a));
	enum isokit_status st = ISOKIT_OK;
	bool found = false;
	double t = burn_now();

	if (!a)
		return isokit_fail_nomem(err, b->facts.drive, sizeof(*a));
	a->b = b;
	a->result = result;
	a->late = 0;
	for (size_t i = 0; !st && !found && i < n; i++)
		found = find_late(a, &sounds[i], &st, err);
	if (found) {
		result->has_sample_offset = true;
		result->sample_offset = a->late;
	}
	for (size_t i = 0; !st && i < n; i++)
		st = compare_sound(a, &sounds[i], err);
	free(a);
	result->verify_seconds += burn_now() - t;
	return st;
}
