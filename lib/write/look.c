/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a path leads to. Whatever can be read at any place is, compressed files are read as
 * streams unless more than their bytes is wanted of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "convert/convert.h"
#include "write/address.h"
#include "write/compose.h"
#include "write/damaged.h"
#include "write/job.h"
#include "write/stream.h"
#include "write/unzip.h"

enum { HEAD_BYTES = 64 * 1024, BEGINNING_BYTES = 4 * 1024 * 1024 };

/* ---- intakes ---------------------------------------------------------------------------------- */

/* A source is read in order: behind an address, that is one request and not many. */
static enum isokit_status in_order(struct isokit_write *w, struct isokit_source *src, uint64_t from,
				   struct intake **ret, struct isokit_error *err)
{
	return url_is_source(src) ? intake_of_address(w, src, from, ret, err) :
				    intake_of_source(src, from, ret, err);
}

static enum isokit_status open_stream(struct isokit_write *w, struct intake **ret,
				      struct isokit_error *err)
{
	struct stream *s = w->stream;
	struct intake *raw = NULL;
	enum isokit_status st;

	if (s->begun) {
		*ret = s->begun;
		s->begun = NULL;
		return ISOKIT_OK;
	}
	if (!s->file)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, w->path,
				   "can be read only once");
	st = in_order(w, s->file, s->offset, &raw, err);
	if (st)
		return st;
	if (s->offset == 0)
		st = rawsums_wrap(w, &raw, err);
	if (st) {
		intake_close(raw);
		return st;
	}
	if (!s->packed) {
		*ret = raw;
		return ISOKIT_OK;
	}
	st = s->zipped ? intake_of_member(raw, &s->zip, ret, err) :
			 intake_expanded(raw, s->kind, s->limit, ret, err);
	if (st)
		intake_close(raw);
	return st;
}

enum isokit_status write_open_intake(struct isokit_write *w, struct intake **ret,
				   struct isokit_error *err)
{
	enum isokit_status st;

	if (w->plan.is_drive && w->options.mode != ISOKIT_WRITE_COMPARE)
		return intake_of_damaged(w, ret, err);
	if (!w->payload)
		return open_stream(w, ret, err);
	st = in_order(w, w->payload, 0, ret, err);
	/* What lies on a disk was compared before. */
	if (!st && url_is_source(w->payload)) {
		st = rawsums_wrap(w, ret, err);
		if (st)
			intake_close(*ret);
	}
	return st;
}

/* ---- the kinds ---------------------------------------------------------------------------- */

/* Something that needs to be read at other places than one after the other. */
static bool wants_places(const struct isokit_write *w)
{
	return w->options.mode == ISOKIT_WRITE_FILES || w->options.persistence ||
	       w->options.fix_gpt;
}

static int convert_progress(void *ctx, const struct isokit_build_progress *now)
{
	return write_tell(ctx, "open", 0, now->done, now->total);
}

static enum isokit_status by_convert(struct isokit_write *w, bool raw, struct isokit_error *err)
{
	struct isokit_convert_options o = {
		.size = sizeof(o), .raw = raw,
		.password = w->options.password, .password_bytes = w->options.password_bytes,
		.scratch_folder = w->options.scratch_folder,
		.progress = convert_progress, .progress_ctx = w,
	};
	const struct isokit_convert_plan *plan;
	enum isokit_status st;

	isokit_convert_free(w->convert);
	w->convert = NULL;
	st = isokit_convert_open(w->path, &o, &w->convert, err);
	if (st)
		return st;
	plan = isokit_convert_get_plan(w->convert);
	/* A disc has tracks, of which one is the image; a disk is written as it is, also
	 * what the image on it does not know of. */
	if (raw && plan->medium && plan->medium->shape == ISOKIT_MEDIUM_DISC)
		return by_convert(w, false, err);
	if (plan->action == ISOKIT_CONVERT_NOTHING || plan->action == ISOKIT_CONVERT_REAUTHOR)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, w->path, "%s",
				   plan->action == ISOKIT_CONVERT_NOTHING ? plan->why :
				   "holds no image that could be written as it is; iso-convert "
				   "makes one of its files");
	w->payload = w->convert->payload;
	for (size_t i = 0; i < w->convert->n_notes; i++)
		write_note(w, "%s", w->convert->notes[i].text);
	return ISOKIT_OK;
}

static void lies_on(struct isokit_write *w, dev_t dev)
{
	w->on_device = true;
	w->device_major = major(dev);
	w->device_minor = minor(dev);
}

/* A drive as it is: with everything between and behind its partitions. */
static enum isokit_status look_drive(struct isokit_write *w, const struct stat *info,
				     struct isokit_error *err)
{
	enum isokit_status st;

	lies_on(w, info->st_rdev);
	w->plan.is_drive = true;
	st = isokit_source_open_file(w->path, &w->owned, err);
	w->payload = w->owned;
	if (!st && isokit_source_size(w->payload) == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, w->path,
				   "has no medium in it");
	return st;
}

static enum isokit_status new_stream(struct isokit_write *w, struct isokit_error *err)
{
	w->stream = calloc(1, sizeof(*w->stream));
	if (!w->stream)
		return isokit_fail_nomem(err, w->path, sizeof(*w->stream));
	w->stream->limit = UINT64_MAX;
	return ISOKIT_OK;
}

/* A file, or what is behind an address, by its first bytes. */
static enum isokit_status look_source(struct isokit_write *w, struct isokit_source *src,
				      struct isokit_error *err)
{
	size_t n = (size_t)min_u64(HEAD_BYTES, isokit_source_size(src));
	uint8_t *head = malloc(HEAD_BYTES);
	enum isokit_status st;
	bool taken = false;

	if (!head)
		return isokit_fail_nomem(err, w->path, HEAD_BYTES);
	st = isokit_source_read_at(src, 0, head, n, err);
	if (!st && !wants_places(w)) {
		st = new_stream(w, err);
		if (!st)
			st = stream_take_zip(w->stream, src, head, n, &taken, err);
		if (!st && !taken)
			taken = stream_take_file(w->stream, src, head, n);
		if (!st && taken && w->stream->zipped)
			write_note(w, "of the ZIP archive, %s is written", w->stream->zip.name);
		if (!taken) {
			stream_end(w->stream);
			w->stream = NULL;
		}
	}
	free(head);
	return st;
}

/* What can be read once, from its beginning on. `raw` is taken. */
static enum isokit_status look_stream(struct isokit_write *w, struct intake *raw,
				      struct isokit_error *err)
{
	struct intake *whole = NULL;
	uint8_t *head = malloc(HEAD_BYTES);
	enum isokit_status st;
	size_t n = 0;

	st = head ? new_stream(w, err) : isokit_fail_nomem(err, w->path, HEAD_BYTES);
	if (!st)
		st = intake_read(raw, 0, head, HEAD_BYTES, &n, err);
	if (!st)
		st = intake_with_beginning(head, n, raw, &whole, err);
	if (st) {
		intake_close(raw);
	} else {
		w->plan.streamed = true;
		w->stream->packed = stream_is_packed(head, n, &w->stream->kind);
		w->stream->zipped = stream_is_zip(head, n);
		st = rawsums_wrap(w, &whole, err);
		w->stream->begun = whole;
		if (!st && w->stream->zipped)
			st = intake_of_archive(whole, &w->stream->begun, err);
		else if (!st && w->stream->packed)
			st = intake_expanded(whole, w->stream->kind, UINT64_MAX,
					   &w->stream->begun, err);
	}
	free(head);
	return st;
}

/* A server that knows no ranges: what needs more than the bytes in order is kept first. */
static enum isokit_status look_whole(struct isokit_write *w, struct url_stream *s,
				     struct isokit_error *err)
{
	struct intake *raw = NULL;
	enum isokit_status st;
	uint64_t bytes;

	if (wants_places(w)) {
		url_stream_close(s);
		return by_convert(w, true, err);
	}
	bytes = url_stream_size(s);
	if (bytes == UINT64_MAX)
		write_note(w, "the server does not say how long the image is: whether it is complete "
			      "is told by what it says of itself, and by its checksum");
	st = intake_of_stream(s, &raw, err);
	if (st)
		url_stream_close(s);
	else
		st = look_stream(w, raw, err);
	if (!st && !w->stream->packed && !w->stream->zipped && bytes != UINT64_MAX)
		w->stream->expected = bytes;
	return st;
}

static enum isokit_status look_file(struct isokit_write *w, struct isokit_error *err)
{
	const struct url_options o = address_options(w);
	struct url_stream *whole = NULL;
	struct isokit_source *src = NULL;
	enum isokit_status st;

	st = isokit_source_is_url(w->path) ? url_open(w->path, &o, &src, &whole, err) :
					     isokit_source_open_file(w->path, &src, err);
	if (!st && whole)
		return look_whole(w, whole, err);
	if (!st)
		st = look_source(w, src, err);
	if (st || !w->stream)
		isokit_source_close(src);
	return st || w->stream ? st : by_convert(w, true, err);
}

/* Standard input that cannot go back, or a pipe with a name. */
static enum isokit_status look_pipe(struct isokit_write *w, int fd, struct isokit_error *err)
{
	struct intake *raw = NULL;
	enum isokit_status st;

	if (wants_places(w))
		return by_convert(w, true, err);
	st = intake_of_fd(fd, fd == STDIN_FILENO ? "standard input" : w->path, &w->stop,
				  &raw, err);
	return st ? st : look_stream(w, raw, err);
}

/* The beginning of a stream, to judge by. It is given back: it can be read once, or expanding it
 * took its time. A server is asked anew: who knows how long the question will take. */
static enum isokit_status read_beginning(struct isokit_write *w, uint8_t *to, size_t *ret_n,
					 struct isokit_error *err)
{
	struct intake *f = NULL, *again = NULL;
	enum isokit_status st = write_open_intake(w, &f, err);

	if (!st)
		st = intake_read(f, 0, to, BEGINNING_BYTES, ret_n, err);
	if (!st && (w->plan.streamed || !isokit_source_is_url(w->path))) {
		st = intake_with_beginning(to, *ret_n, f, &again, err);
		if (!st) {
			w->stream->begun = again;
			return ISOKIT_OK;
		}
	}
	intake_close(f);
	return st;
}

static enum isokit_status judge_stream(struct isokit_write *w, struct isokit_error *err)
{
	uint8_t *beginning = malloc(BEGINNING_BYTES);
	enum isokit_status st;
	size_t n = 0;

	if (!beginning)
		return isokit_fail_nomem(err, w->path, BEGINNING_BYTES);
	st = read_beginning(w, beginning, &n, err);
	if (!st)
		st = judge_beginning(w, beginning, n, n < BEGINNING_BYTES, err);
	free(beginning);
	return st;
}

/* A container in a compressed file: its bytes are not those of an image. */
static enum isokit_status unwrap_first(struct isokit_write *w, struct isokit_error *err)
{
	if (w->plan.streamed && !isokit_source_is_url(w->path))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, w->path,
				   "delivers a container (%s), which cannot be opened as a stream: "
				   "give it as a file", w->plan.words);
	stream_end(w->stream);
	w->stream = NULL;
	w->container = w->plan.streamed = false;
	return by_convert(w, true, err);
}

static enum isokit_status look_fifo(struct isokit_write *w, struct isokit_error *err)
{
	/* Waits until somebody writes. */
	w->pipe = open(w->path, O_RDONLY | O_CLOEXEC);
	if (w->pipe < 0) {
		w->pipe = 0;
		return isokit_fail_errno(err, errno, w->path, "cannot be opened");
	}
	return look_pipe(w, w->pipe, err);
}

static void remember(struct isokit_write *w, const struct stat *info)
{
	w->file.known = S_ISREG(info->st_mode);
	w->file.dev = info->st_dev;
	w->file.ino = info->st_ino;
	w->file.bytes = info->st_size;
	w->file.changed = info->st_mtim;
}

enum isokit_status write_file_same(const struct isokit_write *w, bool by_name,
				   struct isokit_error *err)
{
	struct stat now;
	bool same;

	if (!w->file.known)
		return ISOKIT_OK;
	if (strcmp(w->path, "-") == 0 ? fstat(STDIN_FILENO, &now) : stat(w->path, &now))
		return by_name ? isokit_fail_errno(err, errno, w->path, "is gone") : ISOKIT_OK;
	same = now.st_dev == w->file.dev && now.st_ino == w->file.ino;
	if (same ? now.st_size == w->file.bytes && now.st_mtim.tv_sec == w->file.changed.tv_sec &&
			   now.st_mtim.tv_nsec == w->file.changed.tv_nsec : !by_name)
		return ISOKIT_OK;
	return write_fail_changed(w, err);
}

enum isokit_status write_look(struct isokit_write *w, struct isokit_error *err)
{
	enum isokit_status st;
	struct stat info;
	bool is_stdin;

	w->plan.words = "";
	w->plan.boot_words = w->plan.volume_id = "";
	if (!w->path)
		return ISOKIT_OK;
	is_stdin = strcmp(w->path, "-") == 0;
	if (is_stdin ? fstat(STDIN_FILENO, &info) == 0 : !isokit_source_is_url(w->path) &&
							   stat(w->path, &info) == 0)
		lies_on(w, info.st_dev);
	else
		memset(&info, 0, sizeof(info));
	remember(w, &info);
	if (S_ISBLK(info.st_mode) && !is_stdin)
		st = look_drive(w, &info, err);
	else if (is_stdin && !S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode))
		st = look_pipe(w, STDIN_FILENO, err);
	else if (S_ISFIFO(info.st_mode) && !wants_places(w))
		st = look_fifo(w, err);
	else
		st = look_file(w, err);
	if (!st && w->stream) {
		st = judge_stream(w, err);
		if (!st && w->container)
			st = unwrap_first(w, err);
	}
	if (!st && w->payload)
		st = judge_source(w, err);
	if (!st && (w->options.mode == ISOKIT_WRITE_FILES || w->options.persistence))
		st = compose_preview(w, err);
	return st;
}

void write_look_end(struct isokit_write *w)
{
	isokit_image_free(w->image);
	isokit_source_close(w->judged);
	stream_end(w->stream);
	isokit_convert_free(w->convert);
	isokit_source_close(w->owned);
	if (w->pipe)
		(void)close(w->pipe);
}
