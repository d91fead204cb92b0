/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/tracks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "format/medium.h"

/* ---- sources one after the other -------------------------------------------------------- */

struct joined {
	struct isokit_source **parts; /* borrowed; NULL: zeros */
	uint64_t *ends;
	uint32_t *strides;            /* 0, or bytes from one sector of 2352 to the next */
	size_t n;
};

enum {
	RAW_BYTES = 2352, /* of a sector without its subchannels */
	SECTORS_AT_ONCE = 128,
};

/* Of sectors that have subchannels behind them. */
static enum isokit_status read_strided(struct isokit_source *src, uint32_t stride, uint64_t offset,
				       uint8_t *to, size_t length, struct isokit_error *err)
{
	uint8_t *raw = malloc((size_t)SECTORS_AT_ONCE * stride);
	enum isokit_status st = ISOKIT_OK;

	if (!raw)
		return isokit_fail_nomem(err, isokit_source_name(src), stride);
	while (length && !st) {
		uint64_t first = offset / RAW_BYTES, last;
		size_t within = (size_t)(offset % RAW_BYTES);

		last = min_u64((offset + length - 1) / RAW_BYTES, first + SECTORS_AT_ONCE - 1);
		st = isokit_source_read_at(src, first * stride, raw,
					   (size_t)(last - first) * stride + RAW_BYTES, err);
		for (uint64_t i = first; i <= last && !st; i++) {
			size_t n = (size_t)min_u64(RAW_BYTES - within, length);

			memcpy(to, raw + (size_t)(i - first) * stride + within, n);
			to += n;
			offset += n;
			length -= n;
			within = 0;
		}
	}
	free(raw);
	return st;
}

/* The part that holds a byte; it is there. */
static size_t part_of(const struct joined *j, uint64_t offset)
{
	size_t low = 0, high = j->n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (offset < j->ends[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static enum isokit_status joined_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct joined *j = self;
	uint8_t *to = buffer;

	for (size_t i = part_of(j, offset); length; i++) {
		uint64_t begin = i ? j->ends[i - 1] : 0;
		size_t n = (size_t)min_u64(length, j->ends[i] - offset);
		enum isokit_status st = ISOKIT_OK;

		if (j->parts[i] && j->strides && j->strides[i])
			st = read_strided(j->parts[i], j->strides[i], offset - begin, to, n, err);
		else if (j->parts[i])
			st = isokit_source_read_at(j->parts[i], offset - begin, to, n, err);
		else
			memset(to, 0, n);
		if (st)
			return st;
		offset += n;
		to += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static void joined_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret_location)
{
	const struct joined *j = self;
	size_t i = part_of(j, offset);
	uint64_t n = min_u64(length, j->ends[i] - offset);

	if (j->parts[i] && j->strides && j->strides[i])
		*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_READ, .fd = -1,
							  .length = n };
	else if (j->parts[i])
		isokit_source_locate(j->parts[i], offset - (i ? j->ends[i - 1] : 0), n,
				     ret_location);
	else
		*ret_location = (struct isokit_location){ .where = ISOKIT_WHERE_ZEROS, .fd = -1,
							  .length = n };
}

static void joined_close(void *self)
{
	struct joined *j = self;

	free(j->parts);
	free(j->ends);
	free(j->strides);
	free(j);
}

static const struct isokit_source_ops joined_ops = {
	.size = sizeof(joined_ops),
	.read_at = joined_read_at,
	.locate = joined_locate,
	.close = joined_close,
};

/* The sectors of a track: audio as a WAV file has it, data as it is stored, but without
 * subchannels. */
static enum isokit_status add_part(struct isokit_convert *c, struct joined *j, size_t index,
				   uint32_t gap, uint64_t *io_end, struct isokit_error *err)
{
	const struct isokit_track *t = &c->plan.medium->tracks[index];
	bool audio = t->kind == ISOKIT_TRACK_AUDIO;
	uint32_t bytes = audio || t->sector_bytes > RAW_BYTES ? RAW_BYTES : t->sector_bytes;
	enum isokit_status st = ISOKIT_OK;

	if (t->lost)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, t->file, "%s", t->lost);
	if (t->sectors == 0 || bytes == 0)
		return ISOKIT_OK;
	if (gap) { /* what lies between tracks is stored nowhere, or not to be had */
		*io_end += (uint64_t)gap * bytes;
		j->ends[j->n++] = *io_end;
	}
	if (audio)
		st = isokit_medium_track(c->medium, index, &j->parts[j->n], err);
	else
		j->parts[j->n] = c->medium->stored[index];
	if (!audio && t->sector_bytes > RAW_BYTES)
		j->strides[j->n] = t->sector_bytes;
	*io_end += (uint64_t)t->sectors * bytes;
	j->ends[j->n++] = *io_end;
	return st;
}

/* Sectors between the end of the track before and this one. */
static uint32_t gap_before(const struct isokit_medium_facts *m, size_t index)
{
	const struct isokit_track *t = &m->tracks[index];
	int64_t end = index ? (int64_t)t[-1].first_lba + t[-1].sectors : 0;

	return t->first_lba > end ? (uint32_t)(t->first_lba - end) : 0;
}

static enum isokit_status join_tracks(struct isokit_convert *c, size_t first, size_t n,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	struct joined *j = calloc(1, sizeof(*j));
	enum isokit_status st = ISOKIT_OK;
	uint64_t end = 0, gaps = 0;

	if (j) {
		j->parts = calloc(2 * n, sizeof(*j->parts));
		j->ends = calloc(2 * n, sizeof(*j->ends));
		j->strides = calloc(2 * n, sizeof(*j->strides));
	}
	if (!j || !j->parts || !j->ends || !j->strides)
		st = isokit_fail_nomem(err, c->path, n * sizeof(*j->parts));
	for (size_t i = 0; i < n && !st; i++) {
		uint32_t gap = n > 1 ? gap_before(c->plan.medium, first + i) : 0;

		gaps += gap;
		st = add_part(c, j, first + i, gap, &end, err);
	}
	if (gaps)
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
			     "%llu sectors of gaps between tracks are zeros",
			     (unsigned long long)gaps);
	if (!st)
		st = isokit_source_new(&joined_ops, j, end, c->path, ret_src, err);
	if (st && j)
		joined_close(j);
	return st;
}

enum isokit_status convert_padded(struct isokit_convert *c, struct isokit_source *src,
				  uint64_t bytes, struct isokit_source **ret_src,
				  struct isokit_error *err)
{
	struct joined *j = calloc(1, sizeof(*j));
	enum isokit_status st;

	if (j) {
		j->parts = calloc(2, sizeof(*j->parts));
		j->ends = calloc(2, sizeof(*j->ends));
	}
	if (!j || !j->parts || !j->ends) {
		if (j)
			joined_close(j);
		return isokit_fail_nomem(err, c->path, 2 * sizeof(*j->parts));
	}
	j->parts[0] = src;
	j->ends[0] = isokit_source_size(src);
	j->ends[1] = bytes;
	j->n = j->ends[0] < bytes ? 2 : 1;
	st = isokit_source_new(&joined_ops, j, j->ends[j->n - 1], c->path, ret_src, err);
	if (st)
		joined_close(j);
	return st;
}

enum isokit_status convert_raw_disc(struct isokit_convert *c, struct isokit_source **ret_src,
				    struct isokit_error *err)
{
	return join_tracks(c, 0, c->plan.medium->n_tracks, ret_src, err);
}

enum isokit_status convert_raw_track(struct isokit_convert *c, size_t index,
				     struct isokit_source **ret_src, struct isokit_error *err)
{
	return join_tracks(c, index, 1, ret_src, err);
}

/* ---- audio ---------------------------------------------------------------------------------- */

enum { WAV_HEAD_BYTES = 44, COPY_BYTES = 1024 * 1024 };

/* RIFF, one "fmt " chunk for PCM, one "data" chunk; CDs have 44,100 samples a second, two
 * channels, 16 bits. Multimedia Programming Interface 1.0, chapter 3. */
static void wav_head(uint8_t *p, uint32_t bytes)
{
	memcpy(p, "RIFF", 4);
	put_le32(p + 4, bytes + WAV_HEAD_BYTES - 8);
	memcpy(p + 8, "WAVEfmt ", 8);
	put_le32(p + 16, 16);
	put_le16(p + 20, 1);
	put_le16(p + 22, 2);
	put_le32(p + 24, 44100);
	put_le32(p + 28, 44100 * 4);
	put_le16(p + 32, 4);
	put_le16(p + 34, 16);
	memcpy(p + 36, "data", 4);
	put_le32(p + 40, bytes);
}

static enum isokit_status copy_samples(struct isokit_convert *c, struct isokit_source *src,
				       uint64_t *io_done, uint64_t total, struct sink *to,
				       struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src), at = 0;
	uint8_t *buffer = malloc(COPY_BYTES);
	enum isokit_status st = ISOKIT_OK;

	if (!buffer)
		return isokit_fail_nomem(err, sink_name(to), COPY_BYTES);
	wav_head(buffer, (uint32_t)size);
	st = sink_write_at(to, 0, buffer, WAV_HEAD_BYTES, err);
	while (!st && at < size) {
		size_t n = (size_t)min_u64(COPY_BYTES, size - at);

		st = isokit_source_read_at(src, at, buffer, n, err);
		if (!st)
			st = sink_write_at(to, WAV_HEAD_BYTES + at, buffer, n, err);
		at += n;
		*io_done += n;
		if (!st && convert_tell(c, "audio", *io_done, total))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					 "cancelled");
	}
	free(buffer);
	return st;
}

static enum isokit_status write_wav(struct isokit_convert *c, struct isokit_source *src,
				    const char *path, uint64_t *io_done, uint64_t total,
				    struct isokit_error *err)
{
	struct sink *to = NULL;
	enum isokit_status st;
	struct stat info;

	if (isokit_source_size(src) > UINT32_MAX - WAV_HEAD_BYTES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
				   "a WAV file cannot have more than 4 GiB");
	if (!c->options.force && lstat(path, &info) == 0)
		return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
				   "exists; use --force to replace it");
	st = sink_create_file(path, &to, err);
	if (st)
		return st;
	sink_names_add(&c->named, to);
	st = copy_samples(c, src, io_done, total, to, err);
	if (st) {
		sink_abort(to);
		return st;
	}
	return sink_commit(to, WAV_HEAD_BYTES + isokit_source_size(src), c->options.durable, err);
}

enum isokit_status isokit_convert_write_audio(struct isokit_convert *c, const char *folder,
					      size_t *ret_n, struct isokit_error *err)
{
	const struct isokit_medium_facts *m = c->plan.medium;
	enum isokit_status st = ISOKIT_OK;
	uint64_t total = 0, done = 0;
	size_t n = 0;

	for (size_t i = 0; i < m->n_tracks; i++)
		if (m->tracks[i].kind == ISOKIT_TRACK_AUDIO)
			total += (uint64_t)m->tracks[i].sectors * 2352;
	if (total && mkdir(folder, 0777) != 0 && errno != EEXIST)
		return isokit_fail_errno(err, errno, folder, "cannot be made");
	for (size_t i = 0; i < m->n_tracks && !st; i++) {
		struct isokit_source *src;
		const char *path;

		if (m->tracks[i].kind != ISOKIT_TRACK_AUDIO ||
		    (c->options.track && m->tracks[i].number != c->options.track) ||
		    (c->options.session && m->tracks[i].session != c->options.session))
			continue;
		if (m->tracks[i].lost) {
			convert_note(c, ISOKIT_CONVERT_WARNING, m->tracks[i].file,
				     "%s: track %u is not written", m->tracks[i].lost,
				     m->tracks[i].number);
			c->result.audio_lost++;
			continue;
		}
		path = convert_text(c, "%s/track%02u.wav", folder, m->tracks[i].number);
		if (!path)
			return isokit_fail_nomem(err, folder, strlen(folder));
		st = isokit_medium_track(c->medium, i, &src, err);
		if (!st)
			st = write_wav(c, src, path, &done, total, err);
		n += !st;
	}
	if (ret_n)
		*ret_n = n;
	c->result.damages = isokit_medium_damages(c->medium, &c->result.n_damages,
						  &c->result.damages_lost);
	c->done = c->done || (!st && c->plan.action == ISOKIT_CONVERT_NOTHING);
	return st;
}
