/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/unspool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "bytes/sink.h"
#include "bytes/source.h"
#include "codec/codec.h"
#include "ondisk/gpt.h"

enum { IN_BYTES = 256 * 1024, OUT_BYTES = 1024 * 1024, HOLE_BYTES = 4096 };

/* More than this, and so many times what was read, is a bomb. Zeros are holes that take no
 * room, and empty disks are packed well; of them, one byte in 64 counts. */
#define BOMB_FROM (UINT64_C(1) << 30)
#define BOMB_RATIO 4000u
#define ZERO_WEIGHT 64u

struct job {
	struct isokit_medium *m;
	const char *name;
	struct codec_stream *stream;
	struct sink *sink;
	uint8_t *in, *out;
	uint64_t at;             /* of the next byte that is expanded */
	uint64_t stored, zeros;  /* of those */
	uint64_t consumed;
	uint32_t *crc;           /* of what came out, or NULL */
	struct codec *codec;     /* for that */
	struct isokit_error *err;
};

/* Write what was expanded, without its zeros. */
static enum isokit_status put(struct job *j, size_t n)
{
	if (j->crc && !codec_crc32(j->codec, j->crc, j->out, n))
		*j->crc = ondisk_crc32(*j->crc, j->out, n);
	for (size_t from = 0; from < n;) {
		size_t run = n - from < HOLE_BYTES ? n - from : HOLE_BYTES;
		enum isokit_status st;
		size_t to = from;

		if (all_zero(j->out + from, run)) {
			j->zeros += run;
			from += run;
			continue;
		}
		while (to < n) {
			run = n - to < HOLE_BYTES ? n - to : HOLE_BYTES;
			if (all_zero(j->out + to, run))
				break;
			to += run;
		}
		st = sink_write_at(j->sink, j->at + from, j->out + from, to - from, j->err);
		if (st)
			return st;
		j->stored += to - from;
		from = to;
	}
	j->at += n;
	return ISOKIT_OK;
}

static enum isokit_status check(const struct job *j, uint64_t expected)
{
	const struct isokit_medium_options *o = medium_options(j->m);
	uint64_t weight = j->stored + j->zeros / ZERO_WEIGHT;

	if (o->cancelled && o->cancelled(o->ctx))
		return isokit_fail(j->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, j->name,
				   "unpacking was interrupted");
	if (j->at > expected)
		return isokit_fail(j->err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, j->name,
				   "expands to more than the %llu bytes that it should have",
				   (unsigned long long)expected);
	if (weight > BOMB_FROM && weight / BOMB_RATIO > j->consumed && !o->any_size)
		return isokit_fail(j->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, j->name,
				   "expands to more than %llu bytes from %llu: this looks like a "
				   "decompression bomb", (unsigned long long)j->at,
				   (unsigned long long)j->consumed);
	return ISOKIT_OK;
}

static enum isokit_status pour(struct job *j, struct isokit_source *src, uint64_t offset,
			       uint64_t bytes, uint64_t expected, uint64_t *ret_left)
{
	struct codec_buffers b = { .in = j->in };
	enum isokit_status st;
	bool ended = false;

	while (!ended) {
		size_t n = (size_t)min_u64(bytes, IN_BYTES - b.in_bytes);

		memmove(j->in, b.in, b.in_bytes);
		b.in = j->in;
		st = n ? isokit_source_read_at(src, offset, j->in + b.in_bytes, n, j->err) : ISOKIT_OK;
		if (st)
			return st;
		b.in_bytes += n;
		offset += n;
		bytes -= n;
		j->consumed += n;
		b.out = j->out;
		b.out_bytes = OUT_BYTES;
		st = codec_stream_run(j->stream, &b, bytes == 0, &ended, j->err);
		/* Also of what is damaged further on, nothing is lost that was read: but
		 * half an image is none. */
		if (!st)
			st = put(j, OUT_BYTES - b.out_bytes);
		if (!st)
			st = check(j, expected);
		if (st)
			return st;
	}
	*ret_left = bytes + b.in_bytes;
	return ISOKIT_OK;
}

/* The file as a source, which has a descriptor of its own. */
static enum isokit_status as_source(const struct job *j, struct isokit_source **ret_src)
{
	int fd;

	if (ftruncate(sink_fd(j->sink), (off_t)j->at) != 0)
		return isokit_fail_errno(j->err, errno, j->name, "its unpacked content cannot be kept");
	fd = fcntl(sink_fd(j->sink), F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return isokit_fail_errno(j->err, errno, j->name, "its unpacked content cannot be kept");
	return bytes_take_fd(fd, j->name, ret_src, j->err);
}

enum isokit_status unspool(struct isokit_medium *m, struct isokit_source *src, uint64_t offset,
			   uint64_t bytes, enum codec_stream_kind kind, uint64_t expected,
			   uint64_t *ret_left, uint32_t *ret_crc, struct isokit_source **ret_src,
			   struct isokit_error *err)
{
	struct job j = { .m = m, .name = isokit_source_name(src), .crc = ret_crc, .err = err };
	enum isokit_status st;

	st = codec_stream_new(kind, &j.stream, err);
	if (st)
		return st;
	j.in = malloc(IN_BYTES);
	j.out = malloc(OUT_BYTES);
	j.codec = codec_new();
	if (ret_crc)
		*ret_crc = 0;
	if (!j.in || !j.out || !j.codec)
		st = isokit_fail_nomem(err, j.name, IN_BYTES + OUT_BYTES);
	if (!st)
		st = sink_create_spool(medium_options(m)->scratch_folder, false, &j.sink, err);
	if (!st)
		st = pour(&j, src, offset, bytes, expected, ret_left);
	if (!st && expected != UINT64_MAX && j.at != expected)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, j.name,
				 "expands to %llu bytes instead of %llu", (unsigned long long)j.at,
				 (unsigned long long)expected);
	if (!st)
		st = as_source(&j, ret_src);
	if (j.sink)
		sink_abort(j.sink);
	codec_stream_free(j.stream);
	codec_free(j.codec);
	free(j.in);
	free(j.out);
	return st;
}
