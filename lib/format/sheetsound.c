/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of sound that sheets name: WAVE, AIFF and FLAC. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "codec/flac.h"
#include "format/disctrack.h"
#include "bytes/join.h"
#include "ondisk/cdsector.h"
#include "ondisk/wav.h"

enum {
	HEAD_BYTES = 64 * 1024,
	WORDS = 256,
	CD_CHANNELS = 2, CD_BITS = 16, CD_RATE = 44100,
	SAMPLES_OF_SECTOR = ONDISK_CD_RAW_BYTES / CODEC_FLAC_PAIR,
	MOST_SAMPLES = 100 * 60 * 75 * SAMPLES_OF_SECTOR, /* that a disc can address */
};

/* ---- FLAC ------------------------------------------------------------------------------- */

struct flac {
	struct isokit_medium *m;
	struct isokit_source *file; /* borrowed */
	struct codec_flac *f;       /* of one thread at a time */
	pthread_mutex_t lock;
};

static enum isokit_status input_read_at(void *ctx, uint64_t offset, void *buffer, size_t n,
					struct isokit_error *err)
{
	return isokit_source_read_at(ctx, offset, buffer, n, err);
}

static void tell_damage(struct flac *f, uint64_t first, size_t n)
{
	char text[WORDS];
	unsigned long long from = first / CD_RATE, to = (first + n - 1) / CD_RATE;

	snprintf(text, sizeof(text), "FLAC that cannot be decoded between %llu:%02llu and "
		 "%llu:%02llu of %.80s is silence", from / 60, from % 60, to / 60, to % 60,
		 isokit_source_name(f->file));
	medium_damaged(f->m, 0, first * CODEC_FLAC_PAIR, (uint64_t)n * CODEC_FLAC_PAIR, text);
}

static enum isokit_status flac_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	struct flac *f = self;
	uint64_t first = offset / CODEC_FLAC_PAIR, end = div_up(offset + length, CODEC_FLAC_PAIR);
	size_t n = (size_t)(end - first);
	bool even = offset % CODEC_FLAC_PAIR == 0 && length == n * CODEC_FLAC_PAIR, whole = true;
	uint8_t *out = even ? buffer : malloc(n * CODEC_FLAC_PAIR);
	enum isokit_status st;

	if (!out)
		return isokit_fail_nomem(err, isokit_source_name(f->file), n * CODEC_FLAC_PAIR);
	pthread_mutex_lock(&f->lock);
	st = codec_flac_read(f->f, first, n, out, &whole, err);
	pthread_mutex_unlock(&f->lock);
	if (!st && !whole)
		tell_damage(f, first, n);
	if (!even) {
		memcpy(buffer, out + offset % CODEC_FLAC_PAIR, length);
		free(out);
	}
	return st;
}

static void flac_close(void *self)
{
	struct flac *f = self;

	codec_flac_close(f->f);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static const struct isokit_source_ops flac_ops = {
	.size = sizeof(flac_ops),
	.read_at = flac_read_at,
	.close = flac_close,
};

/* *ret_samples is kept by the medium. */
static enum isokit_status open_flac(struct isokit_medium *m, struct isokit_source *file,
				    struct codec_flac_facts *facts,
				    struct isokit_source **ret_samples, struct isokit_error *err)
{
	const struct codec_flac_input input = { input_read_at, isokit_source_size(file), file };
	struct flac *f = calloc(1, sizeof(*f));
	enum isokit_status st;

	if (!f)
		return isokit_fail_nomem(err, isokit_source_name(file), sizeof(*f));
	pthread_mutex_init(&f->lock, NULL);
	f->m = m;
	f->file = file;
	st = codec_flac_open(&input, isokit_source_name(file), MOST_SAMPLES, &f->f, facts, err);
	if (!st)
		st = isokit_source_new(&flac_ops, f, min_u64(facts->samples, MOST_SAMPLES) * CODEC_FLAC_PAIR,
				       isokit_source_name(file), ret_samples, err);
	if (st) {
		flac_close(f);
		return st;
	}
	return medium_keep(m, *ret_samples, err);
}

/* ---- what they have in common ------------------------------------------------------------ */

/* Its tracks are there, but not their sound; to be told where that is asked for. */
static enum isokit_status lose(struct isokit_medium *m, struct sheet_sound *ret, const char *words,
			       struct isokit_error *err)
{
	ret->lost = arena_strndup(medium_arena(m), words, strlen(words));
	return ret->lost ? ISOKIT_OK : isokit_fail_nomem(err, "sound", strlen(words));
}

static enum isokit_status lose_shape(struct isokit_medium *m, struct sheet_sound *ret,
				     unsigned channels, unsigned bits, unsigned rate,
				     struct isokit_error *err)
{
	char words[WORDS];

	snprintf(words, sizeof(words),
		 "has %u channel%s of %u bits at %u Hz; a disc has 2 of 16 at 44100", channels,
		 channels == 1 ? "" : "s", bits, rate);
	return lose(m, ret, words, err);
}

/* The samples in a file, filled to whole sectors. */
static enum isokit_status fill_up(struct isokit_medium *m, struct isokit_source *src,
				  uint64_t offset, uint64_t bytes, struct sheet_sound *ret,
				  struct isokit_error *err)
{
	uint64_t rest = bytes % ONDISK_CD_RAW_BYTES;
	struct join *j = join_new();
	enum isokit_status st;

	if (!j)
		return isokit_fail_nomem(err, isokit_source_name(src), sizeof(j));
	st = join_add(j, src, offset, bytes, err);
	if (!st && rest)
		st = join_add_zeros(j, ONDISK_CD_RAW_BYTES - rest, err);
	if (st) {
		join_free(j);
		return st;
	}
	st = join_finish(j, isokit_source_name(src), &ret->samples, err);
	return st ? st : medium_keep(m, ret->samples, err);
}

static enum isokit_status take_flac(struct isokit_medium *m, struct isokit_source *file,
				    struct sheet_sound *ret, struct isokit_error *err)
{
	struct codec_flac_facts facts = { 0 };
	struct isokit_error why = { 0 };
	struct isokit_source *samples;
	char words[sizeof(why.subject) + sizeof(why.text) + 16];
	enum isokit_status st = open_flac(m, file, &facts, &samples, &why);

	if (st == ISOKIT_E_UNSUPPORTED || st == ISOKIT_E_CORRUPT || st == ISOKIT_E_LIMIT) {
		if (st == ISOKIT_E_UNSUPPORTED)
			snprintf(words, sizeof(words), "is FLAC, and %s %s", why.subject, why.text);
		else
			snprintf(words, sizeof(words), "%s", why.text);
		return lose(m, ret, words, err);
	}
	if (st) {
		if (err)
			*err = why;
		return st;
	}
	if (facts.channels != CD_CHANNELS || facts.bits != CD_BITS || facts.rate != CD_RATE)
		return lose_shape(m, ret, facts.channels, facts.bits, facts.rate, err);
	return fill_up(m, samples, 0, isokit_source_size(samples), ret, err);
}

enum isokit_status sheet_open_sound(struct isokit_medium *m, struct isokit_source *file,
				    struct sheet_sound *ret, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(file);
	size_t n = (size_t)min_u64(size, HEAD_BYTES);
	const char *why = NULL, *packed = NULL;
	struct ondisk_wav w = { 0 };
	enum isokit_status st;
	bool flac = false;
	uint8_t *head;

	*ret = (struct sheet_sound){ 0 };
	head = malloc(n ? n : 1);
	if (!head)
		return isokit_fail_nomem(err, isokit_source_name(file), n);
	st = isokit_source_read_at(file, 0, head, n, err);
	if (!st) {
		why = ondisk_wav_decode(head, n, size, &w);
		packed = why ? ondisk_sound_packed(head, n, &flac) : NULL;
	}
	free(head);
	if (st)
		return st;
	if (flac)
		return take_flac(m, file, ret, err);
	if (packed) {
		char words[WORDS];

		snprintf(words, sizeof(words), "is %s, which is not decoded", packed);
		return lose(m, ret, words, err);
	}
	if (why)
		return lose(m, ret, why, err);
	if (!ondisk_wav_is_cd(&w))
		return lose_shape(m, ret, w.channels, w.bits, w.rate, err);
	ret->swapped = w.big_endian;
	return fill_up(m, file, w.offset, w.bytes, ret, err);
}
