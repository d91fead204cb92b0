/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"

enum {
	CHUNK_BYTES = 1024 * 1024, /* read at once where nothing is wrong */
	SKIP_BYTES = 64 * 1024,    /* around damage, first */
	MOST_SKIP = 16 * 1024 * 1024,
	ALIGNMENT = 4096,
	ZEROS_BYTES = 4096,        /* smaller runs of zeros are written */
	SAVE_EVERY = 256,          /* chunks */
};

struct rescue {
	struct isokit_convert *c;
	int to;
	const char *to_name;
	struct mapfile *map;
	enum isokit_status (*save)(void *ctx, struct isokit_error *err);
	void *save_ctx;
	uint8_t *buffer;      /* CHUNK_BYTES, aligned */
	int direct;           /* the drive without the kernel's cache, or -1 */
	uint64_t direct_base; /* of the payload on it */
	uint32_t block_bytes; /* the smallest read that makes sense */
	uint64_t done;
	unsigned unsaved;
};

bool convert_rescues(const struct isokit_convert *c)
{
	return c->options.map_file || convert_is_drive(c);
}

/* Reading single blocks around the cache: that only knows whole pages, good or bad. */
static void open_direct(struct rescue *r)
{
	struct isokit_location at;
	struct stat info;
	int bytes = 0;

	r->direct = -1;
	r->block_bytes = CONVERT_SECTOR;
	if (r->c->plan.bytes == 0)
		return;
	isokit_source_locate(r->c->payload, 0, r->c->plan.bytes, &at);
	if (at.where != ISOKIT_WHERE_FD || at.length < r->c->plan.bytes || fstat(at.fd, &info) != 0 || !S_ISBLK(info.st_mode))
		return;
	if (ioctl(at.fd, BLKSSZGET, &bytes) == 0 && bytes >= 512 && bytes <= ALIGNMENT)
		r->block_bytes = (uint32_t)bytes;
	if (at.offset % r->block_bytes != 0)
		return;
	r->direct_base = at.offset;
	r->direct = open(r->c->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_DIRECT);
}

static bool read_block(struct rescue *r, uint64_t offset, size_t n)
{
	ssize_t got;

	if (r->direct < 0 || n % r->block_bytes != 0)
		return isokit_source_read_at(r->c->payload, offset, r->buffer, n, NULL) == ISOKIT_OK;
	do
		got = pread(r->direct, r->buffer, n, (off_t)(r->direct_base + offset));
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)n;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static enum isokit_status write_all(const struct rescue *r, uint64_t offset, const uint8_t *bytes,
				    size_t n, struct isokit_error *err)
{
	while (n) {
		ssize_t put = pwrite(r->to, bytes, n, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return isokit_fail_errno(err, put < 0 ? errno : EIO, r->to_name,
						 "cannot be written");
		bytes += put;
		offset += (uint64_t)put;
		n -= (size_t)put;
	}
	return ISOKIT_OK;
}

/* What was read, with holes where it is zero: an area that is tried again was a hole. */
static enum isokit_status put(struct rescue *r, uint64_t offset, size_t n, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t at = 0; at < n && !st;) {
		size_t run = (size_t)min_u64(ZEROS_BYTES - (offset + at) % ZEROS_BYTES, n - at);

		if (!is_zero(r->buffer + at, run)) {
			while (at + run < n) {
				size_t more = (size_t)min_u64(ZEROS_BYTES, n - at - run);

				if (is_zero(r->buffer + at + run, more))
					break;
				run += more;
			}
			st = write_all(r, offset + at, r->buffer + at, run, err);
		}
		at += run;
	}
	return st;
}

static enum isokit_status note(struct rescue *r, uint64_t offset, uint64_t n,
			       enum mapfile_status status, struct isokit_error *err)
{
	if (!mapfile_set(r->map, offset, n, status))
		return isokit_fail_nomem(err, "map of areas", sizeof(struct mapfile_area));
	if (status == MAPFILE_DONE)
		r->done += n;
	if (convert_tell(r->c, "copy", r->done, r->c->plan.bytes))
		return isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	if (r->save && ++r->unsaved >= SAVE_EVERY) {
		r->unsaved = 0;
		return r->save(r->save_ctx, err);
	}
	return ISOKIT_OK;
}

/* All that was not tried; after damage some of it is left for later. */
static enum isokit_status sweep(struct rescue *r, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	uint64_t at = 0, skip = SKIP_BYTES;
	struct mapfile_area a;

	while (!st && mapfile_find(r->map, at, "?", &a)) {
		size_t n = (size_t)min_u64(a.bytes, CHUNK_BYTES - a.offset % CHUNK_BYTES);

		if (isokit_source_read_at(r->c->payload, a.offset, r->buffer, n, NULL) ==
		    ISOKIT_OK) {
			st = put(r, a.offset, n, err);
			if (!st)
				st = note(r, a.offset, n, MAPFILE_DONE, err);
			at = a.offset + n;
			skip = SKIP_BYTES;
			continue;
		}
		n = (size_t)min_u64(a.bytes, max_u64(n, skip));
		st = note(r, a.offset, n, MAPFILE_UNTRIMMED, err);
		at = a.offset + n;
		skip = min_u64(skip * 2, MOST_SKIP);
	}
	return st;
}

/* Block by block. */
static enum isokit_status scrape(struct rescue *r, const char *statuses, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct mapfile_area a;
	uint64_t at = 0;

	while (!st && mapfile_find(r->map, at, statuses, &a)) {
		size_t n = (size_t)min_u64(a.bytes, r->block_bytes - a.offset % r->block_bytes);
		bool ok = read_block(r, a.offset, n);

		if (ok)
			st = put(r, a.offset, n, err);
		if (!st)
			st = note(r, a.offset, n, ok ? MAPFILE_DONE : MAPFILE_BAD, err);
		at = a.offset + n;
	}
	return st;
}

enum isokit_status convert_take_gaps(struct isokit_convert *c, const struct mapfile *map,
				     struct isokit_error *err)
{
	struct mapfile_area a;

	c->n_gaps = 0;
	c->result.gap_bytes = 0;
	for (uint64_t at = 0; mapfile_find(map, at, "?*/-", &a); at = a.offset + a.bytes) {
		struct isokit_convert_gap *last = c->n_gaps ? &c->gaps[c->n_gaps - 1] : NULL;

		if (a.offset >= c->plan.bytes)
			break;
		c->result.gap_bytes += a.bytes;
		if (last && last->offset + last->bytes == a.offset) {
			last->bytes += a.bytes;
			continue;
		}
		if (!ARRAY_RESERVE(c->gaps, c->capacity_gaps, c->n_gaps + 1))
			return isokit_fail_nomem(err, "damaged areas", sizeof(*c->gaps));
		c->gaps[c->n_gaps++] = (struct isokit_convert_gap){ a.offset, a.bytes };
	}
	c->result.gaps = c->gaps;
	c->result.n_gaps = c->n_gaps;
	return ISOKIT_OK;
}

enum isokit_status convert_rescue(struct isokit_convert *c, int to, const char *to_name,
				  struct mapfile *map,
				  enum isokit_status (*save)(void *ctx, struct isokit_error *err),
				  void *save_ctx, struct isokit_error *err)
{
	struct rescue r = { .c = c, .to = to, .to_name = to_name, .map = map, .save = save, .save_ctx = save_ctx };
	unsigned retries = c->options.retries ? c->options.retries : 1;
	enum isokit_status st, saved = ISOKIT_OK;
	struct isokit_error later;

	r.buffer = aligned_alloc(ALIGNMENT, CHUNK_BYTES);
	if (!r.buffer)
		return isokit_fail_nomem(err, c->path, CHUNK_BYTES);
	open_direct(&r);
	r.done = mapfile_count(map, MAPFILE_DONE);
	st = sweep(&r, err);
	if (!st)
		st = scrape(&r, "*/", err);
	for (unsigned i = 0; i < retries && !st && mapfile_count(map, MAPFILE_BAD); i++)
		st = scrape(&r, "-", err);
	if (save)
		saved = save(save_ctx, st ? &later : err);
	if (!st)
		st = saved;
	if (!st)
		st = convert_take_gaps(c, map, err);
	if (r.direct >= 0)
		(void)close(r.direct);
	free(r.buffer);
	return st;
}

/* ---- as a source ------------------------------------------------------------------------------ */

struct around {
	struct isokit_convert *c;
	struct mapfile *map;
	pthread_mutex_t lock; /* of the map */
	unsigned retries;
};

static enum isokit_status read_single(struct around *a, uint64_t offset, uint8_t *to, size_t n,
				      struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	for (unsigned i = 0; i <= a->retries; i++)
		if (isokit_source_read_at(a->c->payload, offset, to, n, NULL) == ISOKIT_OK)
			return ISOKIT_OK;
	memset(to, 0, n);
	pthread_mutex_lock(&a->lock);
	if (!mapfile_set(a->map, offset, n, MAPFILE_BAD))
		st = isokit_fail_nomem(err, "map of areas", sizeof(struct mapfile_area));
	pthread_mutex_unlock(&a->lock);
	return st;
}

static enum isokit_status around_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	struct around *a = self;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer;

	if (isokit_source_read_at(a->c->payload, offset, buffer, length, NULL) == ISOKIT_OK)
		return ISOKIT_OK;
	while (length && !st) {
		size_t n = (size_t)min_u64(CONVERT_SECTOR - offset % CONVERT_SECTOR, length);

		st = read_single(a, offset, to, n, err);
		offset += n;
		to += n;
		length -= n;
	}
	return st;
}

static void around_close(void *self)
{
	struct around *a = self;

	pthread_mutex_destroy(&a->lock);
	free(a);
}

static const struct isokit_source_ops around_ops = {
	.size = sizeof(around_ops),
	.read_at = around_read_at,
	.close = around_close,
};

enum isokit_status convert_rescue_source(struct isokit_convert *c, struct mapfile *map,
					 struct isokit_source **ret_src, struct isokit_error *err)
{
	struct around *a = calloc(1, sizeof(*a));
	enum isokit_status st;

	if (!a)
		return isokit_fail_nomem(err, c->path, sizeof(*a));
	a->c = c;
	a->map = map;
	a->retries = c->options.retries ? c->options.retries : 1;
	pthread_mutex_init(&a->lock, NULL);
	st = mapfile_set(map, 0, c->plan.bytes, MAPFILE_DONE) ?
		     isokit_source_new(&around_ops, a, c->plan.bytes, c->path, ret_src, err) :
		     isokit_fail_nomem(err, c->path, sizeof(*map->areas));
	if (st)
		around_close(a);
	return st;
}

/* ---- with a map ------------------------------------------------------------------------------ */

struct resumable {
	struct isokit_convert *c;
	struct mapfile map;
	const char *part; /* what is written until all was tried */
	int fd;
};

static enum isokit_status save_map(void *ctx, struct isokit_error *err)
{
	struct resumable *r = ctx;
	const char *name = r->c->options.map_file;
	struct text text = { 0 };
	struct sink *to;
	enum isokit_status st;

	/* What the map says must be on the disk before the map. */
	if (fdatasync(r->fd) != 0)
		return isokit_fail_errno(err, errno, r->part, "cannot be written");
	mapfile_format(&r->map, 0, mapfile_count(&r->map, MAPFILE_UNTRIED) ? '?' : '+', &text);
	if (text.failed)
		return isokit_fail_nomem(err, name, 0);
	st = sink_create_file(name, &to, err);
	if (!st) {
		st = sink_write_at(to, 0, text.bytes, text.n, err);
		if (st)
			sink_abort(to);
		else
			st = sink_commit(to, text.n, true, err);
	}
	text_free(&text);
	return st;
}

/* All of a file. *ret_there is false where there is none. */
static enum isokit_status read_map(struct resumable *r, bool *ret_there, struct isokit_error *err)
{
	enum { MOST_BYTES = 64 * 1024 * 1024 };
	const char *name = r->c->options.map_file;
	struct isokit_source *src = NULL;
	struct stat info;
	enum isokit_status st;
	char *bytes;
	size_t n;

	*ret_there = stat(name, &info) == 0 && info.st_size > 0;
	if (!*ret_there)
		return ISOKIT_OK;
	st = isokit_source_open_file(name, &src, err);
	if (st)
		return st;
	n = (size_t)min_u64(isokit_source_size(src), MOST_BYTES);
	bytes = malloc(n);
	st = bytes ? isokit_source_read_at(src, 0, bytes, n, err) : isokit_fail_nomem(err, name, n);
	if (!st)
		st = mapfile_parse(&r->map, bytes, n, name, err);
	free(bytes);
	isokit_source_close(src);
	return st;
}

static enum isokit_status copy_file(int from, int to, const char *name, struct isokit_error *err)
{
	uint8_t *buffer;
	ssize_t n = 0;

	if (ioctl(to, FICLONE, from) == 0)
		return ISOKIT_OK;
	while ((n = copy_file_range(from, NULL, to, NULL, (size_t)CHUNK_BYTES * 64, 0)) > 0)
		;
	if (n == 0)
		return ISOKIT_OK;
	buffer = malloc(CHUNK_BYTES);
	if (!buffer)
		return isokit_fail_nomem(err, name, CHUNK_BYTES);
	for (off_t at = 0; (n = pread(from, buffer, CHUNK_BYTES, at)) > 0; at += n)
		if (pwrite(to, buffer, (size_t)n, at) != n) {
			n = -1;
			break;
		}
	free(buffer);
	return n == 0 ? ISOKIT_OK : isokit_fail_errno(err, errno, name, "cannot be copied");
}

/* The half of an earlier run, or its whole result with its gaps. */
static enum isokit_status open_part(struct resumable *r, const char *path, bool has_map,
				    struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	int old;

	r->fd = open(r->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (has_map ? 0 : O_CREAT | O_EXCL),
		     0666);
	if (r->fd >= 0)
		return ISOKIT_OK;
	if (!has_map && errno == EEXIST)
		return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, r->part,
				   "is what an earlier run has read, but its map %s is not there: "
				   "remove it to begin anew", r->c->options.map_file);
	if (!has_map || errno != ENOENT)
		return isokit_fail_errno(err, errno, r->part, "cannot be opened");
	old = open(path, O_RDONLY | O_CLOEXEC);
	if (old < 0)
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET,
				   r->c->options.map_file,
				   "says what was read, but neither %s nor %s is there: remove it "
				   "to begin anew", path, r->part);
	r->fd = open(r->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_CREAT | O_EXCL, 0666);
	if (r->fd < 0)
		st = isokit_fail_errno(err, errno, r->part, "cannot be made");
	if (!st)
		st = copy_file(old, r->fd, path, err);
	(void)close(old);
	return st;
}

static enum isokit_status check_map(const struct resumable *r, struct isokit_error *err)
{
	const struct mapfile_area *last = &r->map.areas[r->map.n - 1];

	if (last->offset + last->bytes == r->c->plan.bytes)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, r->c->options.map_file,
			   "is a map of %llu bytes, but there are %llu to read: it is of something "
			   "else", (unsigned long long)(last->offset + last->bytes),
			   (unsigned long long)r->c->plan.bytes);
}

enum isokit_status convert_write_resumable(struct isokit_convert *c, const char *path,
					   struct isokit_error *err)
{
	struct resumable r = { .c = c, .fd = -1 };
	enum isokit_status st;
	bool has_map = false;

	r.part = convert_text(c, "%s.part", path);
	if (!r.part)
		return isokit_fail_nomem(err, path, strlen(path));
	st = read_map(&r, &has_map, err);
	if (!st && has_map)
		st = check_map(&r, err);
	else if (!st && !mapfile_start(&r.map, c->plan.bytes))
		st = isokit_fail_nomem(err, c->path, sizeof(*r.map.areas));
	if (!st)
		st = open_part(&r, path, has_map, err);
	if (!st && ftruncate(r.fd, (off_t)c->plan.bytes) != 0)
		st = isokit_fail_errno(err, errno, r.part, "cannot be written");
	if (!st)
		st = convert_rescue(c, r.fd, r.part, &r.map, save_map, &r, err);
	if (!st)
		st = convert_finish(c, r.fd, r.part, err);
	if (!st)
		st = convert_check_not_cancelled(c, "name", err);
	if (!st && rename(r.part, path) != 0)
		st = isokit_fail_errno(err, errno, path, "cannot get its name");
	if (r.fd >= 0)
		(void)close(r.fd);
	mapfile_free(&r.map);
	return st;
}
