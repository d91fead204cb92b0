/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/unzip.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "codec/codec.h"
#include "ondisk/gpt.h"
#include "ondisk/zip.h"

enum {
	IN_BYTES = 256 * 1024,
	TAIL_BYTES = 512 * 1024, /* of the archive: its directory has to lie there */
	SPARE_BYTES = 28 * 1024 * 1024,
	MOST_SKIPPED = 1000,     /* files in front of the image */
};

struct unzip {
	struct intake *inner;
	const char *name;          /* of the intake */
	struct zip_member m;
	bool inside, stored, known; /* known: sizes and CRC are those of the directory */
	struct codec_stream *stream;
	struct codec *codec;       /* for the CRC */
	uint64_t at;               /* of the next byte that comes out */
	uint64_t taken;            /* of the archive */
	uint64_t begin;            /* of the member, in the archive; inside: that is known … */
	uint64_t stored_left;      /* … and how much of it is to come */
	uint32_t crc;
	struct codec_buffers b;
	bool last, ended;
	uint8_t *tail;             /* the last bytes of the archive, once all has been read */
	size_t tail_n;
	uint8_t in[IN_BYTES];
};

/* ---- the archive ----------------------------------------------------------------------- */

/* More of it behind what is left: as much as there is room for, or, when it is the file that is
 * wanted, what there is. *ret_n: so much. */
static enum isokit_status refill(struct unzip *u, size_t *ret_n, struct isokit_error *err)
{
	uint64_t limit = u->stored || u->known ? u->begin + u->m.packed : UINT64_MAX;
	enum isokit_status st = ISOKIT_OK;
	bool end = false;
	size_t want;

	memmove(u->in, u->b.in, u->b.in_bytes);
	u->b.in = u->in;
	want = IN_BYTES - u->b.in_bytes;
	if (u->inside)
		want = (size_t)min_u64(want, u->taken < limit ? limit - u->taken : 0);
	*ret_n = 0;
	if (want && u->inside)
		st = intake_read_some(u->inner, u->taken, u->in + u->b.in_bytes, want, ret_n, &end,
				      err);
	else if (want)
		st = intake_read(u->inner, u->taken, u->in + u->b.in_bytes, want, ret_n, err);
	if (st)
		return st;
	u->taken += *ret_n;
	u->b.in_bytes += *ret_n;
	u->last = end || (u->inside && u->taken == limit);
	return ISOKIT_OK;
}

static void drop(struct unzip *u, size_t n)
{
	u->b.in += n;
	u->b.in_bytes -= n;
}

static enum isokit_status cut_short(const struct unzip *u, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_CORRUPT, u->at, u->name, "the ZIP archive is cut short");
}

static enum isokit_status skip(struct unzip *u, uint64_t n, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	size_t more;

	while (n && !st) {
		size_t some = (size_t)min_u64(n, u->b.in_bytes);

		drop(u, some);
		n -= some;
		if (n)
			st = refill(u, &more, err);
		if (!st && n && !u->b.in_bytes)
			st = cut_short(u, err);
	}
	return st;
}

/* The local header of the next file; false in *ret_is where there is none any more. */
static enum isokit_status next_header(struct unzip *u, struct ondisk_zip_entry *ret, bool *ret_is,
				      struct isokit_error *err)
{
	size_t more;
	enum isokit_status st = refill(u, &more, err);

	*ret_is = !st && ondisk_zip_local_decode(u->b.in, u->b.in_bytes, ret);
	if (!st && !*ret_is && !u->b.in_bytes)
		st = cut_short(u, err);
	return st;
}

/* To the first file that can be an image. */
static enum isokit_status find_member(struct unzip *u, struct isokit_error *err)
{
	struct ondisk_zip_entry e;
	enum isokit_status st;
	bool is;

	for (unsigned i = 0; i < MOST_SKIPPED; i++) {
		st = next_header(u, &e, &is, err);
		if (st)
			return st;
		if (!is)
			break;
		zip_print_name(u->m.name, e.name, e.name_bytes);
		u->m.flags = e.flags;
		u->m.method = e.method;
		u->m.header = u->taken - u->b.in_bytes;
		u->m.packed = e.packed;
		u->m.bytes = e.bytes;
		u->m.crc = e.crc;
		if (!e.directory && zip_could_be_image(e.name, e.name_bytes)) {
			drop(u, e.entry_bytes);
			return ISOKIT_OK;
		}
		if (e.flags & ZIP_DESCRIPTOR)
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, u->name,
					   "is a ZIP archive that begins with %s, and does not say how "
					   "long that is; give it as a file", u->m.name);
		st = skip(u, e.entry_bytes + e.packed, err);
		if (st)
			return st;
	}
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, u->name,
			   "is a ZIP archive in which no file has the name of an image; unpack it "
			   "first");
}

/* ---- its end --------------------------------------------------------------------------- */

struct tail {
	const uint8_t *bytes;
	size_t n;
	uint64_t size, from; /* from: where the file ended that was expanded */
};

static enum isokit_status tail_read_at(void *self, uint64_t offset, void *buffer, size_t n,
				       struct isokit_error *err)
{
	const struct tail *t = self;
	uint64_t first = t->size - t->n;
	size_t before = offset < first ? (size_t)min_u64(n, first - offset) : 0;

	if (before && offset + before > t->from && first > t->from)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, "ZIP archive",
				   "too much follows the image in it for a stream; give it as a file");
	/* Of the image nothing is a directory. */
	memset(buffer, 0, before);
	if (before < n)
		memcpy((uint8_t *)buffer + before, t->bytes + (offset + before - first), n - before);
	return ISOKIT_OK;
}

/* All that follows; its last bytes are kept. */
static enum isokit_status read_tail(struct unzip *u, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	size_t got = 1;

	u->tail = malloc(2 * TAIL_BYTES);
	if (!u->tail)
		return isokit_fail_nomem(err, u->name, 2 * TAIL_BYTES);
	memcpy(u->tail, u->b.in, u->b.in_bytes);
	u->tail_n = u->b.in_bytes;
	while (!st && got) {
		if (u->tail_n > TAIL_BYTES) {
			memmove(u->tail, u->tail + u->tail_n - TAIL_BYTES, TAIL_BYTES);
			u->tail_n = TAIL_BYTES;
		}
		st = intake_read(u->inner, u->taken, u->tail + u->tail_n, 2 * TAIL_BYTES - u->tail_n,
				 &got, err);
		u->tail_n += st ? 0 : got;
		u->taken += st ? 0 : got;
	}
	return st;
}

/* What the directory says, which is the last thing to come. */
static enum isokit_status take_directory(struct unzip *u, struct isokit_error *err)
{
	static const struct isokit_source_ops ops = { .size = sizeof(ops),
						      .read_at = tail_read_at };
	struct tail t;
	struct isokit_source *src;
	struct zip_member m;
	uint64_t from = u->taken - u->b.in_bytes;
	enum isokit_status st = read_tail(u, err);

	if (st)
		return st;
	t = (struct tail){ u->tail, u->tail_n, u->taken, from };
	st = isokit_source_new(&ops, &t, t.size, u->name, &src, err);
	if (st)
		return st;
	st = zip_choose(src, &m, err);
	isokit_source_close(src);
	if (st)
		return st;
	if (m.header != u->m.header)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, u->name,
				   "the image in the ZIP archive is %s, and what came first was %s; "
				   "unpack it first", m.name, u->m.name);
	u->m = m;
	return ISOKIT_OK;
}

static enum isokit_status check_end(struct unzip *u, struct isokit_error *err)
{
	enum isokit_status st = u->known ? ISOKIT_OK : take_directory(u, err);

	if (!st && u->at != u->m.bytes)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, u->at, u->name,
				 "%s in it expands to %llu bytes instead of %llu", u->m.name,
				 (unsigned long long)u->at, (unsigned long long)u->m.bytes);
	if (!st && u->crc != u->m.crc)
		st = isokit_fail(err, ISOKIT_E_CORRUPT, u->at, u->name,
				 "%s in it has the CRC32 %08x instead of %08x", u->m.name, u->crc,
				 u->m.crc);
	return st;
}

/* ---- the file -------------------------------------------------------------------------- */

static enum isokit_status copy_stored(struct unzip *u, struct isokit_error *err)
{
	size_t n = u->b.in_bytes < u->b.out_bytes ? u->b.in_bytes : u->b.out_bytes;

	n = (size_t)min_u64(n, u->stored_left);
	memcpy(u->b.out, u->b.in, n);
	u->stored_left -= n;
	u->b.out += n;
	u->b.out_bytes -= n;
	drop(u, n);
	u->ended = !u->stored_left;
	return !u->ended && u->last && !u->b.in_bytes ? cut_short(u, err) : ISOKIT_OK;
}

static enum isokit_status unzip_next(void *self, void *buffer, size_t n, size_t *ret_n,
				     bool *ret_end, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct unzip *u = self;
	bool waited = false;

	u->b.out = buffer;
	u->b.out_bytes = n;
	while (!st && !u->ended && u->b.out_bytes && !waited) {
		size_t in = u->b.in_bytes, out = u->b.out_bytes, more = 0;
		bool idle;

		st = u->stored ? copy_stored(u, err) :
				 codec_stream_run(u->stream, &u->b, u->last, &u->ended, err);
		idle = u->b.in_bytes == in && u->b.out_bytes == out;
		if (st || u->ended || !u->b.out_bytes || u->last)
			continue;
		if (idle && in == IN_BYTES)
			return isokit_fail(err, ISOKIT_E_CORRUPT, u->at, u->name,
					   "cannot be expanded further");
		if (idle || u->b.in_bytes < IN_BYTES / 4)
			st = refill(u, &more, err);
		waited = idle && !more && !u->last;
	}
	*ret_n = n - u->b.out_bytes;
	if (!codec_crc32(u->codec, &u->crc, buffer, *ret_n))
		u->crc = ondisk_crc32(u->crc, buffer, *ret_n);
	u->at += *ret_n;
	*ret_end = u->ended;
	return st || !u->ended || u->tail ? st : check_end(u, err);
}

static void unzip_free(struct unzip *u)
{
	codec_stream_free(u->stream);
	codec_free(u->codec);
	free(u->tail);
	free(u);
}

static void unzip_close(void *self)
{
	struct unzip *u = self;

	intake_close(u->inner);
	unzip_free(u);
}

static enum isokit_status start(struct intake *inner, const struct zip_member *m,
				struct intake **ret, struct isokit_error *err)
{
	static const struct intake_ops ops = { .next = unzip_next, .close = unzip_close };
	enum codec_stream_kind kind = CODEC_STREAM_DEFLATE;
	struct unzip *u = malloc(sizeof(*u));
	enum isokit_status st;

	if (!u)
		return isokit_fail_nomem(err, intake_name(inner), sizeof(*u));
	memset(u, 0, offsetof(struct unzip, in));
	u->b.in = u->in;
	u->inner = inner;
	u->name = intake_name(inner);
	u->codec = codec_new();
	st = u->codec ? ISOKIT_OK : isokit_fail_nomem(err, u->name, 0);
	if (!st && m)
		u->m = *m;
	else if (!st)
		st = find_member(u, err);
	u->known = m != NULL;
	u->begin = u->taken - u->b.in_bytes;
	u->stored_left = u->m.packed;
	u->inside = true;
	if (!st)
		st = zip_method(&u->m, &u->stored, &kind, err);
	if (!st && u->stored && !m && u->m.flags & ZIP_DESCRIPTOR)
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, u->name,
				 "%s in it is not compressed, and how long it is comes behind it; give "
				 "it as a file", u->m.name);
	if (!st && !u->stored)
		st = codec_stream_new(kind, &u->stream, err);
	if (!st && !u->stored)
		st = codec_stream_spare(u->stream, SPARE_BYTES, err);
	if (!st)
		st = intake_new(&ops, u, u->name, ret, err);
	if (st)
		unzip_free(u);
	else
		u->name = intake_name(*ret);
	return st;
}

enum isokit_status intake_of_member(struct intake *inner, const struct zip_member *m,
				    struct intake **ret, struct isokit_error *err)
{
	return start(inner, m, ret, err);
}

enum isokit_status intake_of_archive(struct intake *inner, struct intake **ret,
				     struct isokit_error *err)
{
	return start(inner, NULL, ret, err);
}
