/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed files, from their beginning to their end. */
#ifndef CODEC_STREAM_H
#define CODEC_STREAM_H

#include <isokit/error.h>

#include <stdbool.h>

enum codec_stream_kind {
	CODEC_STREAM_GZIP,  /* with all its members */
	CODEC_STREAM_DEFLATE,
	CODEC_STREAM_XZ,    /* with all its streams, by several threads where its blocks allow */
	CODEC_STREAM_LZMA,  /* .lzma */
	CODEC_STREAM_LZIP,
	CODEC_STREAM_BZIP2, /* with all its streams */
	CODEC_STREAM_ZSTD,  /* with all its frames */
	CODEC_STREAM_LZ4,   /* frames */
};

struct codec_stream;

/* Loads the library. Free with codec_stream_free(). */
enum isokit_status codec_stream_new(enum codec_stream_kind kind, struct codec_stream **ret,
				    struct isokit_error *err);
void codec_stream_free(struct codec_stream *s); /* NULL is allowed */

/* Before it runs: as many threads as get along with so much memory, and one at least, which
 * takes what its window needs. */
enum isokit_status codec_stream_spare(struct codec_stream *s, uint64_t bytes,
				      struct isokit_error *err);

struct codec_buffers {
	const uint8_t *in;
	size_t in_bytes; /* left */
	uint8_t *out;
	size_t out_bytes; /* left */
};

/* Go on until there is nothing more to read or no more room. `last`: there is no input behind
 * this. *ret_ended: the compressed stream is complete; what is left of the input is not of it.
 * ISOKIT_E_CORRUPT: damaged, or `last` and not complete. */
enum isokit_status codec_stream_run(struct codec_stream *s, struct codec_buffers *b, bool last,
				    bool *ret_ended, struct isokit_error *err);

/* "gzip", "xz"; static. */
const char *codec_stream_name(enum codec_stream_kind kind);

#endif
