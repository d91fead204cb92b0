/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of an image, or of a disk, into a file or stream; and the look at them when
 * they are there. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "author/output.h"
#include "base/fail.h"
#include "convert/rescue.h"
#include "convert/zst.h"
#include "copy/engine.h"
#include "digest/digest.h"
#include "digest/pipe.h"

/* ---- before ------------------------------------------------------------------------------ */

/* May the file at this path be replaced? One that is an image of the same kind may. */
static enum isokit_status check_old(const struct isokit_convert *c, const char *path,
				    struct isokit_error *err)
{
	bool raw = c->plan.action == ISOKIT_CONVERT_RAW || c->options.zstd;
	struct stat info;

	if (c->options.force || stat(path, &info) != 0 || info.st_size == 0)
		return ISOKIT_OK;
	if (raw)
		return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
				   "exists; use --force to replace it");
	return output_check_old(path, err);
}

static enum isokit_status check_action(const struct isokit_convert *c, struct isokit_error *err)
{
	if (c->plan.action == ISOKIT_CONVERT_NOTHING)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, c->path, "%s",
				   c->plan.why);
	return ISOKIT_OK;
}

/* The kernel's view of the input file, to see whether it changes while it is read. */
static bool stat_input(const struct isokit_convert *c, struct stat *ret)
{
	return stat(c->path, ret) == 0 && S_ISREG(ret->st_mode);
}

static enum isokit_status check_unchanged(const struct isokit_convert *c, bool had,
					  const struct stat *before, struct isokit_error *err)
{
	struct stat now;

	if (!had || (stat_input(c, &now) && now.st_size == before->st_size &&
		     now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
		     now.st_mtim.tv_nsec == before->st_mtim.tv_nsec))
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, c->path,
			   "was modified while it was converted");
}

/* ---- copying ------------------------------------------------------------------------------- */

static enum isokit_status job_open(void *ctx, unsigned worker, const struct copy_job *job,
				   struct copy_input *ret_input, struct isokit_error *err)
{
	const struct isokit_convert *c = ctx;

	(void)worker;
	(void)job;
	(void)err;
	ret_input->src = c->payload;
	return ISOKIT_OK;
}

static const char *job_name(void *ctx, unsigned worker, const struct copy_job *job)
{
	const struct isokit_convert *c = ctx;

	(void)worker;
	(void)job;
	return c->path;
}

static int job_progress(void *ctx, uint64_t done)
{
	struct isokit_convert *c = ctx;

	return convert_tell(c, "copy", done, c->plan.bytes);
}

static enum isokit_status copy_payload(struct isokit_convert *c, struct sink *to,
				       struct isokit_error *err)
{
	const struct copy_job job = { .length = c->plan.bytes };
	const struct copy_ops ops = { .open = job_open, .name = job_name,
				      .progress = job_progress, .ctx = c, .sparse = true };
	struct copy_stats stats;
	enum isokit_status st;

	if (job.length == 0)
		return ISOKIT_OK;
	st = copy_run(to, true, &job, 1, convert_threads(c), &ops, &stats, err);
	if (!st)
		c->result.cloned_bytes = stats.cloned_bytes;
	return st;
}

static enum isokit_status copy_drive(struct isokit_convert *c, struct sink *to,
				     struct isokit_error *err)
{
	struct mapfile map = { 0 };
	enum isokit_status st;

	if (!mapfile_start(&map, c->plan.bytes))
		return isokit_fail_nomem(err, c->path, sizeof(*map.areas));
	st = convert_rescue(c, sink_fd(to), sink_name(to), &map, NULL, NULL, err);
	mapfile_free(&map);
	return st;
}

/* All but the name. */
static enum isokit_status fill(struct isokit_convert *c, struct sink *to, struct isokit_error *err)
{
	enum isokit_status st = convert_rescues(c) ? copy_drive(c, to, err) :
						     copy_payload(c, to, err);

	/* Holes at the end are bytes, too. */
	if (!st && ftruncate(sink_fd(to), (off_t)c->plan.bytes) != 0)
		st = sink_fail_write(to, errno, err);
	if (!st)
		st = convert_finish(c, sink_fd(to), sink_name(to), err);
	if (!st)
		st = convert_check_not_cancelled(c, "name", err);
	return st;
}

static enum isokit_status write_file(struct isokit_convert *c, const char *path,
				     struct isokit_error *err)
{
	struct sink *to = NULL;
	struct stat before;
	bool had = stat_input(c, &before);
	enum isokit_status st = check_old(c, path, err);

	if (!st && c->options.map_file)
		return convert_write_resumable(c, path, err);
	if (!st)
		st = sink_create_file(path, &to, err);
	if (st)
		return st;
	sink_names_add(&c->named, to);
	sink_expect(to, c->plan.bytes);
	st = fill(c, to, err);
	if (!st)
		st = check_unchanged(c, had, &before, err);
	if (st) {
		sink_abort(to);
		return st;
	}
	return sink_commit(to, c->plan.bytes, c->options.durable, err);
}

/* ---- streams, and compressed --------------------------------------------------------------------- */

struct stream {
	struct isokit_convert *c;
	struct isokit_source *from;
	struct sink *to;
	struct digest *hashes[ISOKIT_DIGEST_COUNT];
};

static bool stream_feed(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
			struct isokit_error *err)
{
	const struct stream *s = ctx;

	return sink_write_at(s->to, offset, bytes, n, err) == ISOKIT_OK;
}

static bool hash_feed(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		      struct isokit_error *err)
{
	(void)offset;
	if (digest_update(ctx, bytes, n))
		return true;
	(void)isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libcrypto", "fails");
	return false;
}

static enum isokit_status stream_read(void *ctx, uint64_t offset, void *buffer, size_t length,
				      struct isokit_error *err)
{
	const struct stream *s = ctx;

	return isokit_source_read_at(s->from, offset, buffer, length, err);
}

static int stream_progress(void *ctx, uint64_t done)
{
	const struct stream *s = ctx;

	return convert_tell(s->c, "copy", done, s->c->plan.bytes);
}

/* Reading ahead while the other end takes what was read, and hashes are made of it. */
static enum isokit_status send(struct isokit_convert *c, struct isokit_source *from,
			       struct sink *to, struct isokit_error *err)
{
	struct stream s = { .c = c, .from = from, .to = to };
	const struct pipe_input in = { .read_at = stream_read, .progress = stream_progress,
				       .ctx = &s };
	struct pipe_lane lanes[1 + ISOKIT_DIGEST_COUNT] = { { .feed = stream_feed, .ctx = &s } };
	const struct pipe_range all = { 0, c->plan.bytes };
	struct isokit_digests *digests = NULL;
	enum isokit_status st = ISOKIT_OK;
	size_t n = 1;

	if (c->options.hashes)
		st = isokit_digests_load(&digests, err);
	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT && !st; i++) {
		enum isokit_digest_kind kind = (enum isokit_digest_kind)i;

		if (!(c->options.hashes & 1u << i))
			continue;
		s.hashes[i] = digest_new(digests, kind);
		if (!s.hashes[i])
			st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET,
					 isokit_digest_name(kind), "is not offered by libcrypto");
		lanes[n++] = (struct pipe_lane){ .feed = hash_feed, .ctx = s.hashes[i] };
	}
	if (!st)
		st = pipe_run(&in, &all, all.bytes ? 1 : 0, lanes, n, err);
	for (unsigned i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		uint8_t bytes[ISOKIT_DIGEST_MAX_BYTES];

		if (s.hashes[i] && !st && digest_finish(s.hashes[i], bytes))
			digest_hex(bytes, isokit_digest_bytes((enum isokit_digest_kind)i),
				   c->result.hash[i]);
		digest_free(s.hashes[i]);
	}
	isokit_digests_free(digests);
	return st;
}

/* In order into a stream or, compressed, into a file; *ret_bytes is what is written then. */
static enum isokit_status write_in_order(struct isokit_convert *c, struct sink *to,
					 uint64_t *ret_bytes, struct isokit_error *err)
{
	struct isokit_source *around = NULL, *from = c->payload;
	struct mapfile map = { 0 };
	enum isokit_status st = ISOKIT_OK;

	*ret_bytes = c->plan.bytes;
	if (convert_is_drive(c)) {
		st = mapfile_start(&map, c->plan.bytes) ?
			     convert_rescue_source(c, &map, &around, err) :
			     isokit_fail_nomem(err, c->path, sizeof(*map.areas));
		from = around;
	}
	if (!st)
		st = c->options.zstd ? convert_zst(c, from, to, ret_bytes, err) :
				       send(c, from, to, err);
	if (!st && around)
		st = convert_take_gaps(c, &map, err);
	isokit_source_close(around);
	mapfile_free(&map);
	if (!st)
		st = convert_verify_container(c, err);
	if (!st && c->plan.action == ISOKIT_CONVERT_UNWRAP)
		st = convert_check_image(c, -1, c->path, err);
	c->result.bytes = c->plan.bytes;
	c->result.written_bytes = *ret_bytes;
	return st;
}

/* A new image as a whole in a nameless file, which is the payload from then on. */
static enum isokit_status reauthor_first(struct isokit_convert *c, struct sink **ret_spool,
					 struct isokit_error *err)
{
	enum isokit_status st = sink_create_spool(c->options.scratch_folder, false, ret_spool, err);

	if (!st)
		st = convert_reauthor_fd(c, sink_fd(*ret_spool), c->path, err);
	if (!st)
		st = isokit_source_from_fd(sink_fd(*ret_spool), c->path, &c->owned, err);
	if (!st) {
		c->payload = c->owned;
		st = convert_check_image(c, -1, c->path, err);
	}
	return st;
}

static enum isokit_status write_fd(struct isokit_convert *c, int fd, const char *name,
				   struct isokit_error *err)
{
	struct sink *to, *spool = NULL;
	uint64_t bytes = 0;
	enum isokit_status st;

	if (c->plan.action == ISOKIT_CONVERT_REAUTHOR) {
		if (!c->options.zstd && !c->options.hashes)
			return convert_reauthor_fd(c, fd, name, err);
		st = reauthor_first(c, &spool, err);
		if (st) {
			sink_abort(spool);
			return st;
		}
	}
	st = sink_open_stream(fd, name, &to, err);
	if (!st) {
		sink_expect(to, c->plan.bytes);
		st = write_in_order(c, to, &bytes, err);
		if (st)
			sink_abort(to);
		else
			st = sink_commit(to, bytes, false, err);
	}
	if (spool) /* what it held was judged, and lives on in the descriptor */
		sink_abort(spool);
	return st;
}

enum isokit_status isokit_convert_write_fd(struct isokit_convert *c, int fd, const char *name,
					   struct isokit_error *err)
{
	enum isokit_status st = check_action(c, err);

	if (!st)
		st = write_fd(c, fd, name, err);
	c->done = !st;
	return st;
}

static enum isokit_status write_compressed(struct isokit_convert *c, const char *path,
					   struct isokit_error *err)
{
	struct sink *to = NULL, *spool = NULL;
	enum isokit_status st = check_old(c, path, err);
	uint64_t bytes = 0;

	if (!st && c->plan.action == ISOKIT_CONVERT_REAUTHOR)
		st = reauthor_first(c, &spool, err);
	if (!st)
		st = sink_create_file(path, &to, err);
	if (!st) {
		sink_names_add(&c->named, to);
		st = write_in_order(c, to, &bytes, err);
		if (!st)
			st = convert_check_not_cancelled(c, "name", err);
		if (st)
			sink_abort(to);
		else
			st = sink_commit(to, bytes, c->options.durable, err);
	}
	sink_abort(spool);
	return st;
}

/* What is there and no regular file: a pipe takes what it is given, a drive loses what is
 * on it, and is not for this command. */
static enum isokit_status write_special(struct isokit_convert *c, const char *path,
					const struct stat *info, struct isokit_error *err)
{
	enum isokit_status st;
	int fd;

	if (S_ISDIR(info->st_mode))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is a folder, not a file to write");
	if (S_ISBLK(info->st_mode))
		return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
				   "is a drive: convert to a file, and write that to the drive");
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return isokit_fail_errno(err, errno, path, "cannot be opened for writing");
	st = isokit_convert_write_fd(c, fd, path, err);
	if (close(fd) != 0 && !st)
		st = isokit_fail_errno(err, errno, path, "cannot be written");
	return st;
}

/* Is the output what is being read? */
static bool is_input(const struct isokit_convert *c, const struct stat *output)
{
	struct stat in;

	return stat(c->path, &in) == 0 && in.st_dev == output->st_dev && in.st_ino == output->st_ino;
}

enum isokit_status isokit_convert_write_path(struct isokit_convert *c, const char *path,
					     struct isokit_error *err)
{
	enum isokit_status st = check_action(c, err);
	struct stat info;

	if (st)
		return st;
	if (stat(path, &info) == 0) {
		if (!S_ISREG(info.st_mode))
			return write_special(c, path, &info, err);
		if (is_input(c, &info) && !c->options.force)
			return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
					   "is what is read; use --force to put the result in its "
					   "place");
	}
	if (c->plan.action == ISOKIT_CONVERT_REAUTHOR && c->options.map_file)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, c->path,
				   "a map is for what is copied as it is (--raw), not for the files "
				   "of a file system");
	if (c->options.map_file && c->options.zstd)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "cannot be compressed while a map is kept: compress it afterwards");
	if (c->options.zstd)
		st = write_compressed(c, path, err);
	else if (c->plan.action == ISOKIT_CONVERT_REAUTHOR)
		st = convert_reauthor_path(c, path, err);
	else
		st = write_file(c, path, err);
	c->done = !st;
	return st;
}
