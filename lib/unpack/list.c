/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is selected, as a list or as one stream of contents. */
#include <string.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/sink.h"
#include "copy/range.h"
#include "unpack/unpack.h"

/* ---- a list ------------------------------------------------------------------------- */

struct listing {
	struct isokit_extract *x;
	isokit_visit_fn visit;
	void *ctx;
	struct text path;
};

static enum isokit_file_type type_of(const struct tree_node *n)
{
	switch (n->mode & S_IFMT) {
	case S_IFDIR: return ISOKIT_DIR;
	case S_IFLNK: return ISOKIT_SYMLINK;
	case S_IFBLK: return ISOKIT_BLOCK;
	case S_IFCHR: return ISOKIT_CHAR;
	case S_IFIFO: return ISOKIT_FIFO;
	case S_IFSOCK: return ISOKIT_SOCKET;
	default: return ISOKIT_FILE;
	}
}

static struct isokit_time time_of(const struct tree_node *n)
{
	time_t seconds = (time_t)n->mtime;
	struct tm tm;

	if (n->mtime == INT64_MIN || !gmtime_r(&seconds, &tm))
		return (struct isokit_time){ .set = false };
	return (struct isokit_time){
		.set = true, .year = tm.tm_year + 1900, .month = (uint8_t)(tm.tm_mon + 1),
		.day = (uint8_t)tm.tm_mday, .hour = (uint8_t)tm.tm_hour,
		.minute = (uint8_t)tm.tm_min, .second = (uint8_t)tm.tm_sec,
		.hundredths = (uint8_t)(n->mtime_ns / 10000000),
	};
}

/* Folders on the way to what is wanted are shown, others not. */
static bool is_shown(const struct tree_node *n)
{
	if (n->weight)
		return true;
	for (n = n->parent; n; n = n->parent) {
		if (n->weight)
			return n->weight == UNPACK_WANTED;
	}
	return false;
}

static int list_node(void *ctx, struct tree_node *n)
{
	struct listing *l = ctx;
	enum isokit_file_type type = type_of(n);
	struct isokit_entry e = {
		.type = type, .mode = n->mode, .uid = n->uid, .gid = n->gid, .links = 1,
		.has_posix = l->x->posix, .mtime = time_of(n), .record_offset = ISOKIT_NO_OFFSET,
		.target = type == ISOKIT_SYMLINK ? n->u.target : NULL,
	};

	if (!is_shown(n))
		return 0;
	text_clear(&l->path);
	tree_node_path(n, &l->path);
	e.path = text_string(&l->path);
	e.path_bytes = l->path.n;
	e.name = strrchr(e.path, '/') ? strrchr(e.path, '/') + 1 : e.path;
	if (type == ISOKIT_FILE)
		e.bytes = unpack_content_bytes(n);
	e.zisofs = n->flags & TREE_ZISOFS;
	if (type == ISOKIT_BLOCK || type == ISOKIT_CHAR) {
		e.dev_major = major(n->u.rdev);
		e.dev_minor = minor(n->u.rdev);
	}
	for (const struct tree_node *p = n->parent; p; p = p->parent)
		e.depth++;
	return l->visit(l->ctx, &e);
}

enum isokit_status isokit_extract_list(struct isokit_extract *x, isokit_visit_fn visit,
				       void *ctx, struct isokit_error *err)
{
	struct listing l = { .x = x, .visit = visit, .ctx = ctx };
	int stopped;

	unpack_mark(x);
	stopped = tree_walk(x->tree->root, list_node, &l);
	text_free(&l.path);
	return stopped ? isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled") :
			 ISOKIT_OK;
}

/* ---- a stream ------------------------------------------------------------------------ */

struct streaming {
	struct isokit_extract *x;
	struct sink *to;
	uint8_t *buffer;
	uint64_t at, total;
	enum isokit_status status;
	struct isokit_error *err;
};

static int add_bytes(void *ctx, struct tree_node *n)
{
	uint64_t *total = ctx;

	if (tree_is_file(n))
		*total += unpack_content_bytes(n);
	return 0;
}

static enum isokit_status stream_content(struct streaming *s, const struct tree_node *n,
					 const struct unpack_content *c, bool *ret_lost)
{
	const struct isokit_extract_options *o = &s->x->options;
	enum isokit_status st = ISOKIT_OK;

	for (uint64_t done = 0; st == ISOKIT_OK && done < c->bytes;) {
		size_t part = (size_t)min_u64(COPY_BUFFER_BYTES, c->bytes - done);
		struct isokit_error why;

		if (isokit_source_read_at(c->src, c->offset + done, s->buffer, part, &why)) {
			/* What follows would stand in the wrong place. */
			unpack_tell(s->x, ISOKIT_EXTRACT_LOST, n, why.text);
			*ret_lost = true;
			return ISOKIT_OK;
		}
		st = sink_write_at(s->to, s->at, s->buffer, part, s->err);
		done += part;
		s->at += part;
		if (st == ISOKIT_OK && o->progress && o->progress(o->ctx, s->at, s->total))
			st = isokit_fail(s->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					 "cancelled");
	}
	return st;
}

static int stream_node(void *ctx, struct tree_node *n)
{
	struct streaming *s = ctx;
	struct unpack_content c;
	struct isokit_error why;
	bool lost = false;

	if (!tree_is_file(n))
		return 0;
	if (unpack_content_open(n, &c, &why)) {
		unpack_tell(s->x, ISOKIT_EXTRACT_LOST, n, why.text);
		return 0;
	}
	s->status = stream_content(s, n, &c, &lost);
	if (s->status == ISOKIT_OK && !lost) {
		s->x->result.files++;
		s->x->result.bytes += c.bytes;
	}
	unpack_content_close(&c);
	return s->status != ISOKIT_OK;
}

enum isokit_status isokit_extract_stream(struct isokit_extract *x, int fd, const char *name,
					 struct isokit_error *err)
{
	struct streaming s = { .x = x, .err = err };
	struct tree_node **from = x->n_selected ? x->selected : &x->tree->root;
	size_t n = x->n_selected ? x->n_selected : 1;

	for (size_t i = 0; i < n; i++)
		(void)tree_walk(from[i], add_bytes, &s.total);
	s.status = unpack_check_size(x, s.total, err);
	if (s.status == ISOKIT_OK)
		s.status = sink_open_stream(fd, name, &s.to, err);
	if (s.status)
		return s.status;
	s.buffer = malloc(COPY_BUFFER_BYTES);
	if (!s.buffer)
		s.status = isokit_fail_nomem(err, name, COPY_BUFFER_BYTES);
	for (size_t i = 0; i < n && s.status == ISOKIT_OK; i++)
		(void)tree_walk(from[i], stream_node, &s);
	free(s.buffer);
	sink_abort(s.to);
	unpack_tell_damages(x);
	return s.status;
}
