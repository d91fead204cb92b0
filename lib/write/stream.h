/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images that come from their beginning to their end: compressed files, pipes, servers that
 * send whole files. */
#ifndef WRITE_STREAM_H
#define WRITE_STREAM_H

#include "codec/stream.h"
#include "format/zip.h"
#include "write/intake.h"

struct stream {
	bool packed;
	enum codec_stream_kind kind;
	uint64_t offset, limit;   /* where the stream lies in the file, and how long it is */
	bool zipped;              /* it is a file in a ZIP archive */
	struct zip_member zip;    /* … if the archive can be read at any place */
	uint64_t expected;        /* what it expands to; 0: not known */
	struct intake *begun;       /* owned: what can be read but once; or NULL */
	struct isokit_source *file; /* owned: the file as it lies there; or NULL */
};

/* `inner` is taken on success. `limit`: how much of it is the compressed stream. */
enum isokit_status intake_expanded(struct intake *inner, enum codec_stream_kind kind, uint64_t limit,
				 struct intake **ret, struct isokit_error *err);

/* By its first bytes. False: it is not compressed, as far as these tell. */
bool stream_is_packed(const uint8_t *head, size_t n, enum codec_stream_kind *ret);

/* Is that a file to be read as a stream? Its first bytes are given, its last ones may be
 * read. False: it is plain, or it is compressed so that it can be read at any place. On
 * success the source is the stream's. */
bool stream_take_file(struct stream *s, struct isokit_source *src, const uint8_t *head, size_t n);

/* Likewise for a ZIP archive whose image is compressed; a stored one can be read at any place.
 * ISOKIT_OK without *ret_taken: it is to be opened as a container. */
enum isokit_status stream_take_zip(struct stream *s, struct isokit_source *src,
				   const uint8_t *head, size_t n, bool *ret_taken,
				   struct isokit_error *err);
/* A stream that begins like an archive. */
bool stream_is_zip(const uint8_t *head, size_t n);

void stream_end(struct stream *s); /* NULL is allowed */

#endif
