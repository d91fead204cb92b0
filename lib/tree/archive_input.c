/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of an archive, for libarchive. */
#include "tree/archive_impl.h"

#ifdef HAVE_LIBARCHIVE

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"

enum {
	INPUT_BYTES = 256 * 1024,
	HEAD_BYTES = 512,
	MAX_NOTES = 20, /* of libarchive itself */
};

/* Names, attributes and what else tar and cpio put before a content. libarchive takes as
 * much memory as a header claims to need, if it gets the bytes. */
#define MAX_HEADER (16ull << 20)

bool intake_is_bomb(const struct intake *in, uint64_t expanded)
{
	return !in->from->any_size &&
	       expanded > (in->from->free_bytes ? in->from->free_bytes : INTAKE_BOMB_FROM) &&
	       expanded / INTAKE_BOMB_RATIO > in->consumed;
}

/* May libarchive have so many bytes more? */
static bool count_header(struct intake *in, size_t n)
{
	if (!in->in_header || !in->short_headers)
		return true;
	in->header += n;
	if (in->header <= MAX_HEADER)
		return true;
	in->input_status = isokit_fail(&in->input_error, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET,
				       in->from->name,
				       "has a name or a header of more than %llu MiB: it is damaged, or made to do harm",
				       MAX_HEADER >> 20);
	return false;
}

static la_ssize_t give_source(struct intake *in, const void **ret)
{
	size_t n = (size_t)min_u64(INPUT_BYTES, isokit_source_size(in->from->src) - in->at);

	in->input_status = isokit_source_read_at(in->from->src, in->at, in->buffer, n,
						 &in->input_error);
	if (in->input_status)
		return ARCHIVE_FATAL;
	in->at += n;
	in->consumed += n;
	*ret = in->buffer;
	return !in->filters && !count_header(in, n) ? ARCHIVE_FATAL : (la_ssize_t)n;
}

static la_ssize_t on_read(struct archive *a, void *ctx, const void **ret)
{
	struct intake *in = ctx;
	ssize_t got;

	(void)a;
	if (in->from->src)
		return give_source(in, ret);
	if (!in->head_given && in->from->head_bytes) {
		in->head_given = true;
		in->consumed += in->from->head_bytes;
		*ret = in->from->head;
		return (la_ssize_t)in->from->head_bytes;
	}
	do {
		got = read(in->from->fd, in->buffer, INPUT_BYTES);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		in->input_status = isokit_fail_errno(&in->input_error, errno, in->from->name,
						     "cannot be read");
		return ARCHIVE_FATAL;
	}
	in->consumed += (uint64_t)got;
	*ret = in->buffer;
	return !in->filters && !count_header(in, (size_t)got) ? ARCHIVE_FATAL : got;
}

/* The same, expanded. */
static la_ssize_t on_read_expanded(struct archive *a, void *ctx, const void **ret)
{
	struct intake *in = ctx;
	la_int64_t at;
	size_t n = 0;
	int r;

	(void)a;
	do
		r = in->lib->archive_read_data_block(in->filters, ret, &n, &at);
	while (r >= ARCHIVE_WARN && r != ARCHIVE_EOF && n == 0);
	if (r == ARCHIVE_EOF)
		return 0;
	if (r < ARCHIVE_WARN) {
		const char *why = in->lib->archive_error_string(in->filters);

		if (!in->input_status)
			in->input_status = isokit_fail(&in->input_error, ISOKIT_E_CORRUPT,
						       ISOKIT_NO_OFFSET, in->from->name,
						       "is damaged or cut short: %s",
						       why ? why : "cannot be expanded");
		return ARCHIVE_FATAL;
	}
	in->poured += n;
	if (intake_is_bomb(in, in->poured)) {
		in->input_status = isokit_fail(&in->input_error, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET,
					       in->from->name,
					       "expands to more than %u times what was read (a bomb?); --force takes it all the same",
					       INTAKE_BOMB_RATIO);
		return ARCHIVE_FATAL;
	}
	return count_header(in, n) ? (la_ssize_t)n : ARCHIVE_FATAL;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t bytes)
{
	struct intake *in = ctx;
	uint64_t left = isokit_source_size(in->from->src) - in->at;

	(void)a;
	if (bytes < 0 || (uint64_t)bytes > left)
		return 0; /* then it reads, and meets the end */
	in->at += (uint64_t)bytes;
	in->consumed += (uint64_t)bytes;
	return bytes;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct intake *in = ctx;
	int64_t size = (int64_t)isokit_source_size(in->from->src);
	int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)in->at : size;

	(void)a;
	if (offset < -from || offset > size - from)
		return ARCHIVE_FATAL;
	in->at = (uint64_t)(from + offset);
	return (la_int64_t)in->at;
}

/* What libarchive complains of, as an error about the last entry. */
enum isokit_status intake_fail(struct intake *in, const char *what)
{
	const char *why = in->lib->archive_error_string(in->a);

	if (in->input_status) {
		if (in->err)
			*in->err = in->input_error;
		return in->input_status;
	}
	return graft_fail(&in->g, ISOKIT_E_CORRUPT, "%s: %s", what, why ? why : "no reason given");
}

void intake_note(struct intake *in, const char *path, const char *text)
{
	if (in->g.opt->note)
		in->g.opt->note(in->g.opt->note_ctx, path, text);
}

void intake_note_warning(struct intake *in)
{
	const char *why = in->lib->archive_error_string(in->a);

	if (why && in->n_notes++ < MAX_NOTES)
		intake_note(in, in->g.full.n ? text_string(&in->g.full) : in->from->name, why);
}

enum isokit_status intake_no_memory(struct intake *in)
{
	return isokit_fail_nomem(in->err, in->from->name, sizeof(struct tree_node));
}

/* Not those that start other programs. */
static void know_filters(const struct libarchive *lib, struct archive *a)
{
	(void)lib->archive_read_support_filter_bzip2(a);
	(void)lib->archive_read_support_filter_compress(a);
	(void)lib->archive_read_support_filter_gzip(a);
	(void)lib->archive_read_support_filter_lz4(a);
	(void)lib->archive_read_support_filter_lzip(a);
	(void)lib->archive_read_support_filter_lzma(a);
	(void)lib->archive_read_support_filter_xz(a);
	(void)lib->archive_read_support_filter_zstd(a);
}

/* Not those that find archives anywhere. */
static void know_formats(const struct libarchive *lib, struct archive *a)
{
	(void)lib->archive_read_support_format_7zip(a);
	(void)lib->archive_read_support_format_cab(a);
	(void)lib->archive_read_support_format_cpio(a);
	(void)lib->archive_read_support_format_lha(a);
	(void)lib->archive_read_support_format_rar(a);
	(void)lib->archive_read_support_format_rar5(a);
	(void)lib->archive_read_support_format_tar(a);
	(void)lib->archive_read_support_format_xar(a);
	(void)lib->archive_read_support_format_zip(a);
}

static enum isokit_status start(struct intake *in, struct archive *a, const char *what)
{
	const struct libarchive *lib = in->lib;
	const char *why;

	(void)lib->archive_read_set_callback_data(a, in);
	if (a == in->a && in->filters) {
		(void)lib->archive_read_set_read_callback(a, on_read_expanded);
	} else {
		(void)lib->archive_read_set_read_callback(a, on_read);
		if (in->from->src) {
			(void)lib->archive_read_set_skip_callback(a, on_skip);
			(void)lib->archive_read_set_seek_callback(a, on_seek);
		}
	}
	if (lib->archive_read_open1(a) >= ARCHIVE_WARN &&
	    (a == in->a || lib->archive_read_next_header2(a, in->e) >= ARCHIVE_WARN))
		return ISOKIT_OK;
	why = lib->archive_error_string(a);
	if (!in->input_status)
		return graft_fail(&in->g, ISOKIT_E_CORRUPT, "%s: %s", what,
				  why ? why : "no reason given");
	*in->err = in->input_error;
	return in->input_status;
}

enum isokit_status intake_open(struct intake *in)
{
	static const char what[] = "cannot be read as an archive";
	const struct libarchive *lib = in->lib;
	const uint8_t *head = in->from->head;
	size_t n = in->from->head_bytes;
	enum tree_source_kind kind;
	enum isokit_status st = ISOKIT_OK;

	in->a = lib->archive_read_new();
	in->e = lib->archive_entry_new();
	in->buffer = malloc(INPUT_BYTES);
	if (!in->a || !in->e || !in->buffer)
		return intake_no_memory(in);
	if (in->from->src) {
		n = (size_t)min_u64(HEAD_BYTES, isokit_source_size(in->from->src));
		st = isokit_source_read_at(in->from->src, 0, in->buffer, n, in->err);
		if (st)
			return st;
		head = in->buffer;
	}
	kind = tree_source_kind(head, n);
	in->short_headers = kind == TREE_KIND_TREE || kind == TREE_KIND_COMPRESSED;
	if (kind == TREE_KIND_COMPRESSED) {
		in->filters = lib->archive_read_new();
		if (!in->filters)
			return intake_no_memory(in);
		know_filters(lib, in->filters);
		(void)lib->archive_read_support_format_raw(in->filters);
		st = start(in, in->filters, what);
	}
	know_formats(lib, in->a);
	return st ? st : start(in, in->a, what);
}

/* As libarchive's own function, within bounds. */
int intake_next_header(struct intake *in)
{
	int r;

	in->in_header = true;
	in->header = 0;
	r = in->lib->archive_read_next_header2(in->a, in->e);
	in->in_header = false;
	/* It may take an end that is none for the archive's. */
	return in->input_status ? ARCHIVE_FATAL : r;
}

void intake_release(struct intake *in)
{
	if (in->a)
		(void)in->lib->archive_read_free(in->a);
	if (in->filters)
		(void)in->lib->archive_read_free(in->filters);
	if (in->e)
		in->lib->archive_entry_free(in->e);
	spool_free(in->spool);
	free(in->spooled);
	free(in->links);
	free(in->buffer);
}

#endif
