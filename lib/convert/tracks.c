/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/tracks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/join.h"
#include "bytes/source.h"
#include "format/medium.h"

/* ---- tracks as they are stored ---------------------------------------------------------- */

enum { RAW_BYTES = 2352 }; /* of a sector without its subchannels */

/* The sectors of a track: audio as a WAV file has it, data as it is stored, but without
 * subchannels. */
static enum isokit_status add_part(struct isokit_convert *c, struct join *j, size_t index,
				   uint32_t gap, struct isokit_error *err)
{
	const struct isokit_track *t = &c->plan.medium->tracks[index];
	bool audio = t->kind == ISOKIT_TRACK_AUDIO, cut = t->sector_bytes > RAW_BYTES;
	uint32_t bytes = audio || cut ? RAW_BYTES : t->sector_bytes;
	struct isokit_source *src = c->medium->stored[index], *view;
	enum isokit_status st;

	if (t->sectors == 0 || bytes == 0)
		return ISOKIT_OK;
	/* What lies between tracks is stored nowhere, or not to be had. */
	st = join_add_zeros(j, (uint64_t)gap * bytes, err);
	if (!st && audio)
		st = isokit_medium_track(c->medium, index, &src, err);
	if (st || !src || audio || !cut)
		return st ? st : src ? join_add(j, src, 0, (uint64_t)t->sectors * bytes, err) :
				       join_add_zeros(j, (uint64_t)t->sectors * bytes, err);
	st = bytes_view(src, 0, (uint64_t)t->sectors * t->sector_bytes, &view, err);
	if (st)
		return st;
	st = bytes_sectors(view, 0, t->sector_bytes, 0, RAW_BYTES, &src, err);
	if (st)
		isokit_source_close(view);
	return st ? st : join_add_owned(j, src, err);
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
	struct join *j = join_new();
	enum isokit_status st = j ? ISOKIT_OK : isokit_fail_nomem(err, c->path, sizeof(j));
	uint64_t gaps = 0;

	for (size_t i = 0; i < n && !st; i++) {
		uint32_t gap = n > 1 ? gap_before(c->plan.medium, first + i) : 0;

		gaps += gap;
		st = add_part(c, j, first + i, gap, err);
	}
	if (gaps)
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
			     "%llu sectors of gaps between tracks are zeros",
			     (unsigned long long)gaps);
	if (!st)
		return join_finish(j, c->path, ret_src, err);
	join_free(j);
	return st;
}

enum isokit_status convert_padded(struct isokit_convert *c, struct isokit_source *src,
				  uint64_t bytes, struct isokit_source **ret_src,
				  struct isokit_error *err)
{
	struct join *j = join_new();
	uint64_t size = isokit_source_size(src);
	enum isokit_status st = j ? join_add(j, src, 0, size, err) :
				    isokit_fail_nomem(err, c->path, sizeof(j));

	if (!st && size < bytes)
		st = join_add_zeros(j, bytes - size, err);
	if (!st)
		return join_finish(j, c->path, ret_src, err);
	join_free(j);
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
