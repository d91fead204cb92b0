/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Begin and end of a conversion, and what is said of it. */
#include "convert/convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "bytes/urlstream.h"

const char *isokit_convert_action_name(enum isokit_convert_action action)
{
	static const char *const names[] = { "nothing", "unwrap", "raw", "re-author" };

	return (unsigned)action < 4 ? names[action] : "nothing";
}

static bool copy_string(struct arena *a, const char **s)
{
	if (*s)
		*s = arena_strndup(a, *s, strlen(*s));
	return true;
}

static enum isokit_status copy_options(struct isokit_convert *c,
				       const struct isokit_convert_options *from,
				       struct isokit_error *err)
{
	struct isokit_convert_options *o = &c->options;
	const char *texts[4];

	if (from)
		memcpy(o, from, from->size < sizeof(*o) ? from->size : sizeof(*o));
	texts[0] = o->scratch_folder;
	texts[1] = o->volume_id;
	texts[2] = o->map_file;
	texts[3] = o->codepage;
	(void)copy_string(&c->arena, &o->scratch_folder);
	(void)copy_string(&c->arena, &o->volume_id);
	(void)copy_string(&c->arena, &o->map_file);
	(void)copy_string(&c->arena, &o->codepage);
	if ((texts[0] && !o->scratch_folder) || (texts[1] && !o->volume_id) ||
	    (texts[2] && !o->map_file) || (texts[3] && !o->codepage))
		return isokit_fail_nomem(err, "options", 0);
	return ISOKIT_OK;
}

static int medium_cancelled(void *ctx)
{
	return convert_tell(ctx, "open", 0, 0);
}

/* What can be read but once: standard input, or all that a server sends. */
static enum isokit_status read_once(struct url_stream *s, uint8_t *to, size_t n, size_t *ret_n,
				    struct isokit_error *err)
{
	ssize_t got;

	if (s)
		return url_stream_read(s, to, n, ret_n, err);
	do
		got = read(STDIN_FILENO, to, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return isokit_fail_errno(err, errno, "standard input", "cannot be read");
	*ret_n = (size_t)got;
	return ISOKIT_OK;
}

/* All of it, into a nameless file. */
static enum isokit_status spool(struct isokit_convert *c, struct url_stream *s,
				struct isokit_error *err)
{
	enum { PIECE_BYTES = 256 * 1024 };
	uint64_t total = s && url_stream_size(s) != UINT64_MAX ? url_stream_size(s) : 0;
	enum isokit_status st = sink_create_spool(c->options.scratch_folder, false, &c->spool, err);
	uint8_t *piece = malloc(PIECE_BYTES);
	uint64_t at = 0;
	size_t n = 1;

	if (!st && !piece)
		st = isokit_fail_nomem(err, c->path, PIECE_BYTES);
	while (!st && n != 0) {
		st = read_once(s, piece, PIECE_BYTES, &n, err);
		if (!st && n)
			st = sink_write_at(c->spool, at, piece, n, err);
		at += n;
		if (!st && convert_tell(c, "read", at, total))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					 "cancelled");
	}
	free(piece);
	return st;
}

static enum isokit_status open_spool(struct isokit_convert *c, struct url_stream *s,
				     const char *name, struct isokit_source **ret_src,
				     struct isokit_error *err)
{
	enum isokit_status st = spool(c, s, err);

	return st ? st : isokit_source_from_fd(sink_fd(c->spool), name, ret_src, err);
}

static enum isokit_status open_stdin(struct isokit_convert *c, struct isokit_source **ret_src,
				     struct isokit_error *err)
{
	struct stat info;

	if (fstat(STDIN_FILENO, &info) == 0 && (S_ISREG(info.st_mode) || S_ISBLK(info.st_mode)))
		return isokit_source_open_file(c->path, ret_src, err);
	return open_spool(c, NULL, "standard input", ret_src, err);
}

/* By ranges; from a server that knows none, all of it has to come first. */
static enum isokit_status open_address(struct isokit_convert *c, struct isokit_source **ret_src,
				       struct isokit_error *err)
{
	struct url_stream *whole = NULL;
	enum isokit_status st = url_open(c->path, NULL, ret_src, &whole, err);

	if (st || !whole)
		return st;
	st = open_spool(c, whole, url_stream_name(whole), ret_src, err);
	url_stream_close(whole);
	if (!st)
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL,
			     "the server sends only whole files: all of it was fetched first");
	return st;
}

static enum isokit_status open_medium(struct isokit_convert *c, struct isokit_error *err)
{
	struct isokit_medium_options options = {
		.size = sizeof(options),
		.password = c->options.password,
		.password_bytes = c->options.password_bytes,
		.scratch_folder = c->options.scratch_folder,
		.any_size = c->options.any_size,
		.cancelled = c->options.progress ? medium_cancelled : NULL,
		.ctx = c,
	};
	struct isokit_source *src;
	bool is_stdin = strcmp(c->path, "-") == 0;
	enum isokit_status st;

	if (!is_stdin && !isokit_source_is_url(c->path)) {
		st = isokit_medium_open(c->path, &options, &c->medium, err);
	} else {
		st = is_stdin ? open_stdin(c, &src, err) : open_address(c, &src, err);
		if (!st) {
			st = isokit_medium_open_source(src, NULL, &options, &c->medium, err);
			if (st)
				isokit_source_close(src);
		}
	}
	if (st)
		return st;
	c->plan.medium = isokit_medium_facts(c->medium);
	for (size_t i = 0; i < c->plan.medium->n_notes; i++)
		convert_note(c, ISOKIT_CONVERT_NOTE, NULL, "%s", c->plan.medium->notes[i]);
	return ISOKIT_OK;
}

enum isokit_status isokit_convert_open(const char *path,
				       const struct isokit_convert_options *options,
				       struct isokit_convert **ret_convert,
				       struct isokit_error *err)
{
	struct isokit_convert *c = calloc(1, sizeof(*c));
	enum isokit_status st;

	if (!c)
		return isokit_fail_nomem(err, path, sizeof(*c));
	c->image_fd = -1;
	st = copy_options(c, options, err);
	if (!st) {
		c->path = arena_strndup(&c->arena, path, strlen(path));
		if (!c->path)
			st = isokit_fail_nomem(err, path, strlen(path));
	}
	if (!st)
		st = open_medium(c, err);
	if (!st)
		st = convert_decide(c, err);
	if (!st && c->no_memory)
		st = isokit_fail_nomem(err, path, 0);
	if (st) {
		isokit_convert_free(c);
		return st;
	}
	*ret_convert = c;
	return ISOKIT_OK;
}

void isokit_convert_free(struct isokit_convert *c)
{
	if (!c)
		return;
	isokit_image_free(c->image);
	if (c->image_src != c->payload)
		isokit_source_close(c->image_src);
	if (c->image_fd >= 0)
		(void)close(c->image_fd);
	isokit_build_free(c->build);
	isokit_source_close(c->boot_image);
	isokit_source_close(c->owned);
	isokit_volumes_free(c->volumes);
	isokit_medium_free(c->medium);
	sink_abort(c->spool);
	free(c->notes);
	free(c->gaps);
	arena_release(&c->arena);
	free(c);
}

void isokit_convert_abandon(const struct isokit_convert *c)
{
	if (!c)
		return;
	sink_names_unlink(&c->named);
	isokit_build_abandon(c->build);
}

const struct isokit_convert_plan *isokit_convert_get_plan(const struct isokit_convert *c)
{
	return &c->plan;
}

const struct isokit_convert_note *isokit_convert_get_notes(struct isokit_convert *c, size_t *ret_n)
{
	*ret_n = c->n_notes;
	return c->notes;
}

const struct isokit_convert_result *isokit_convert_get_result(const struct isokit_convert *c)
{
	return c->done ? &c->result : NULL;
}
