/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file behind an http or https address, from one of its bytes on to its end, in one request.
 * Where the connection breaks, another request goes on there, if the server can send the rest
 * or begins anew, and if it is still the same file. */
#ifndef BYTES_URLSTREAM_H
#define BYTES_URLSTREAM_H

#include <isokit/source.h>

#include <stdatomic.h>

struct http;
struct url_stream;

struct url_options {
	const atomic_bool *stop; /* who waits notices it soon; NULL: nobody stops */
	/* Seconds without a byte, while somebody waits for one; NULL: nobody wants to know. */
	atomic_uint *waiting;
	unsigned stall_seconds;  /* then the connection is given up; 0: 30 */
};

/* What the server sends: a source of any part (*ret_src), or, where it knows no ranges, the
 * whole file as a stream (*ret_stream). The other one is NULL. */
enum isokit_status url_open(const char *url, const struct url_options *options,
			    struct isokit_source **ret_src, struct url_stream **ret_stream,
			    struct isokit_error *err);

/* The whole file. */
enum isokit_status url_stream_open(const char *url, const struct url_options *options,
				   struct url_stream **ret, struct isokit_error *err);

/* The file that a source of url_open() is of, from a byte on. Nothing is asked for before it
 * is read. */
enum isokit_status url_stream_of_source(const struct isokit_source *src, uint64_t from,
					const struct url_options *options,
					struct url_stream **ret, struct isokit_error *err);
/* Is that such a source? */
bool url_is_source(const struct isokit_source *src);

void url_stream_close(struct url_stream *s); /* NULL is allowed */

/* UINT64_MAX: not known before its end. */
uint64_t url_stream_size(const struct url_stream *s);
const char *url_stream_name(const struct url_stream *s); /* borrowed */

/* The next bytes; fewer than `n` only where they end. */
enum isokit_status url_stream_read(struct url_stream *s, void *buffer, size_t n, size_t *ret_n,
				   struct isokit_error *err);

/* ranges.c: as url_open(), but a source or nothing. What `options` point to must live as long as
 * it. *ret_whole: it was refused because the server sends
 * nothing but whole files, or something else than the ranges that it is asked for. */
enum isokit_status url_open_ranges(const char *url, const struct url_options *options,
				   struct isokit_source **ret_src, bool *ret_whole,
				   struct isokit_error *err);
/* Its connection; NULL: it is of another kind. */
const struct http *url_ranges_http(const struct isokit_source *src);

#endif
