/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "codec/stream.h"

#include <stdlib.h>

#include "base/fail.h"
#include "codec/impl.h"

static const struct codec_stream_library *const libraries[] = {
	[CODEC_STREAM_GZIP] = &codec_stream_zlib,
	[CODEC_STREAM_DEFLATE] = &codec_stream_zlib,
	[CODEC_STREAM_XZ] = &codec_stream_liblzma,
	[CODEC_STREAM_LZMA] = &codec_stream_liblzma,
	[CODEC_STREAM_LZIP] = &codec_stream_liblzma,
	[CODEC_STREAM_BZIP2] = &codec_stream_bzip2,
	[CODEC_STREAM_ZSTD] = &codec_stream_libzstd,
	[CODEC_STREAM_LZ4] = &codec_stream_lz4,
};

struct codec_stream {
	enum codec_stream_kind kind;
	const struct codec_stream_library *library;
	void *lib, *state;
	bool ended;
};

enum isokit_status codec_stream_new(enum codec_stream_kind kind, struct codec_stream **ret,
				    struct isokit_error *err)
{
	struct codec_stream *s = calloc(1, sizeof(*s));
	enum isokit_status st;

	if (!s)
		return isokit_fail_nomem(err, codec_stream_name(kind), sizeof(*s));
	s->kind = kind;
	s->library = libraries[kind];
	st = s->library->load(&s->lib, err);
	if (!st)
		st = s->library->begin(s->lib, kind, &s->state, err);
	if (st) {
		codec_stream_free(s);
		return st;
	}
	*ret = s;
	return ISOKIT_OK;
}

void codec_stream_free(struct codec_stream *s)
{
	if (!s)
		return;
	if (s->state)
		s->library->end(s->lib, s->state);
	if (s->lib)
		s->library->unload(s->lib);
	free(s);
}

enum isokit_status codec_stream_spare(struct codec_stream *s, uint64_t bytes,
				      struct isokit_error *err)
{
	return s->library->spare ? s->library->spare(s->lib, s->state, bytes, err) : ISOKIT_OK;
}

enum isokit_status codec_stream_run(struct codec_stream *s, struct codec_buffers *b, bool last,
				    bool *ret_ended, struct isokit_error *err)
{
	size_t in_before = b->in_bytes, out_before = b->out_bytes;
	enum isokit_status st = ISOKIT_OK;

	if (!s->ended)
		st = s->library->run(s->lib, s->state, b, last, &s->ended, err);
	if (st)
		return st;
	if (!s->ended && last && b->in_bytes == in_before && b->out_bytes == out_before)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET,
				   codec_stream_name(s->kind), "is cut short");
	*ret_ended = s->ended;
	return ISOKIT_OK;
}
