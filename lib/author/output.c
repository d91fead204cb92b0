/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the image goes: a file that gets its name at the end, a stream, a drive. */
#include "author/build_impl.h"

#include <isokit/device.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "author/base.h"
#include "author/inputs.h"
#include "author/integrity.h"
#include "author/jigdo.h"
#include "author/output.h"
#include "author/skeleton.h"
#include "base/checked.h"
#include "base/fail.h"

enum { HOLES_FROM_BYTES = 64 * 1024 };

enum isokit_status output_check_old(const char *path, struct isokit_error *err)
{
	uint8_t mark[6] = { 0 };
	enum isokit_status st = ISOKIT_OK;
	struct stat info;
	int fd;

	if (stat(path, &info) != 0 || info.st_size == 0)
		return ISOKIT_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	/* ECMA-119 8.1: the first descriptor is at sector 16. */
	if (fd < 0 || pread(fd, mark, sizeof(mark), 16 * 2048) != (ssize_t)sizeof(mark) ||
	    memcmp(mark + 1, "CD001", 5) != 0)
		st = isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
				 "exists and is no ISO 9660 image; use --force to replace it");
	if (fd >= 0)
		(void)close(fd);
	return st;
}

/* What is before the contents tells where they lie, so all of it must be known before a
 * stream begins: from an image without contents. `ret_scratch` is to be kept. */
static enum isokit_status foresee(struct isokit_build *b, struct sink **ret_scratch,
				  struct isokit_error *err)
{
	enum isokit_status st;

	if (!b->plan.udf.wanted)
		return ISOKIT_OK;
	st = sink_create_scratch("image", ret_scratch, err);
	if (st == ISOKIT_OK)
		st = build_produce(b, *ret_scratch, true, err);
	build_forget_result(b);
	build_forget_layout(b);
	if (st == ISOKIT_OK)
		st = build_lay_out(b, err);
	if (st == ISOKIT_OK)
		layout_set_overlay(b->layout, sink_fd(*ret_scratch));
	return st;
}

static enum isokit_status check_space(struct isokit_build *b, struct sink *to,
				      struct isokit_error *err);

/* The list of sums, a file beside the image. Made first, so that nothing is built for
 * a list that cannot be written. */
static enum isokit_status start_manifest(struct isokit_build *b, struct sink **ret_sink,
					 struct isokit_error *err)
{
	const struct isokit_build_options *o = &b->plan.options;
	enum isokit_status st;

	if (!o->manifest)
		return ISOKIT_OK;
	st = manifest_check(o->manifest, o->force, err);
	if (st == ISOKIT_OK)
		st = sink_create_file(o->manifest, ret_sink, err);
	sink_names_add(&b->named, *ret_sink);
	return st;
}

static enum isokit_status start_jigdo(struct isokit_build *b, const char *image, struct jigdo *j,
				      struct isokit_error *err)
{
	enum isokit_status st = jigdo_start(j, &b->plan, image, err);

	sink_names_add(&b->named, j->jigdo);
	sink_names_add(&b->named, j->template);
	return st;
}

static enum isokit_status fill_manifest(const struct isokit_build *b, const char *image,
					struct sink *to, uint64_t *ret_bytes,
					struct isokit_error *err)
{
	const char *slash = strrchr(image, '/');

	return to ? manifest_write(&b->files, &b->plan, slash ? slash + 1 : image,
				   b->result.sha256, to, ret_bytes, err) :
		    ISOKIT_OK;
}

/* With its name when the image has one. */
static enum isokit_status end_manifest(const struct isokit_build *b, enum isokit_status st,
				       struct sink *manifest, uint64_t bytes,
				       struct isokit_error *err)
{
	if (!manifest)
		return st;
	if (st) {
		sink_abort(manifest);
		return st;
	}
	return sink_commit(manifest, bytes, b->plan.options.durable, err);
}

static enum isokit_status fill_jigdo(struct isokit_build *b, struct jigdo *j, struct sink *image,
				     struct isokit_error *err)
{
	struct author_progress progress = build_progress(b, "template", b->image_bytes);

	return jigdo_fill(j, &b->plan, b->layout, &b->files, image, &progress, err);
}

static enum isokit_status send(struct isokit_build *b, int from, struct sink *to,
			       struct isokit_error *err)
{
	struct author_progress write = build_progress(b, "send", b->image_bytes);
	size_t chunk = 512 * 1024;
	uint8_t *buffer = malloc(chunk);
	enum isokit_status st = ISOKIT_OK;
	uint64_t at = 0;

	if (!buffer)
		return isokit_fail_nomem(err, sink_name(to), chunk);
	while (st == ISOKIT_OK && at < b->image_bytes) {
		ssize_t got = pread(from, buffer, (size_t)min_u64(chunk, b->image_bytes - at),
				    (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			st = isokit_fail_errno(err, got < 0 ? errno : EIO, sink_name(to),
					       "the finished image cannot be read back");
		else
			st = sink_write_at(to, at, buffer, (size_t)got, err);
		at += got > 0 ? (uint64_t)got : 0;
		if (st == ISOKIT_OK && author_tell(&write, at))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					 "cancelled");
	}
	free(buffer);
	return st;
}

/* Sums of the whole stand at its beginning, or come from more than one look at it: the
 * image is completed in a nameless file, and then sent. */
static enum isokit_status write_stream_later(struct isokit_build *b, int fd, const char *name,
					     struct isokit_error *err)
{
	struct sink *to = NULL, *whole = NULL, *manifest = NULL;
	struct jigdo jigdo = { 0 };
	uint64_t list_bytes = 0;
	enum isokit_status st = start_manifest(b, &manifest, err);

	if (st == ISOKIT_OK)
		st = start_jigdo(b, name, &jigdo, err);
	if (st == ISOKIT_OK)
		st = sink_create_spool(build_scratch_folder(b), false, &whole, err);
	if (st == ISOKIT_OK)
		st = check_space(b, whole, err);
	if (st == ISOKIT_OK)
		st = build_produce(b, whole, false, err);
	if (st == ISOKIT_OK)
		st = fill_manifest(b, fd == STDOUT_FILENO ? "-" : name, manifest, &list_bytes, err);
	if (st == ISOKIT_OK)
		st = fill_jigdo(b, &jigdo, whole, err);
	if (st == ISOKIT_OK)
		st = sink_open_stream(fd, name, &to, err);
	if (st == ISOKIT_OK) {
		st = send(b, sink_fd(whole), to, err);
		if (st)
			sink_abort(to);
		else
			st = sink_commit(to, b->image_bytes, false, err);
	}
	sink_abort(whole);
	st = jigdo_end(&jigdo, st, b->plan.options.durable, err);
	return end_manifest(b, st, manifest, list_bytes, err);
}

static enum isokit_status write_stream(struct isokit_build *b, int fd, const char *name,
				       struct isokit_error *err)
{
	struct author_progress write = build_progress(b, "write", b->image_bytes);
	struct sink *to = NULL, *scratch = NULL;
	enum isokit_status st;

	if (integrity_wanted(&b->plan.options) || b->plan.options.jigdo || b->plan.dedup_files)
		return write_stream_later(b, fd, name, err);
	st = foresee(b, &scratch, err);
	if (st == ISOKIT_OK)
		st = sink_open_stream(fd, name, &to, err);
	if (st) {
		sink_abort(scratch);
		return st;
	}
	sink_set_origin(to, layout_origin(b->layout));
	sink_expect(to, b->image_bytes);
	st = stream_write(b->layout, to, &write, err);
	if (st == ISOKIT_OK)
		st = base_check_unchanged(&b->plan, err);
	if (st == ISOKIT_OK)
		st = inputs_check_unchanged(&b->plan, err);
	if (st)
		sink_abort(to);
	else
		st = sink_commit(to, sink_origin(to) + b->image_bytes, false, err);
	sink_abort(scratch);
	if (st == ISOKIT_OK)
		b->result.bytes = b->result.copied_bytes = b->image_bytes;
	return st;
}

/* What iso-write refuses is refused here, too: doc/drives.md. */
static enum isokit_status ask_guard(const char *path, struct isokit_error *err)
{
	const struct isokit_guard_question question = { .size = sizeof(question), .fixed_disk = true };
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];
	const struct isokit_drive *drive;
	struct isokit_drives *drives;
	enum isokit_status st = isokit_drives_scan(NULL, &drives, err);

	if (st)
		return st;
	st = isokit_drives_find(drives, path, &drive, err);
	if (st == ISOKIT_OK && isokit_guard(drive, &question, reasons))
		st = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path, "refused: %s%s%s",
				 reasons[0].text, *reasons[0].remedy ? "; " : "", reasons[0].remedy);
	isokit_drives_free(drives);
	return st;
}

/* Before anything on it is overwritten. */
static enum isokit_status check_drive(const struct isokit_build *b, int fd, const char *path,
				      struct isokit_error *err)
{
	off_t room = lseek(fd, 0, SEEK_END);

	if (room < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return isokit_fail_errno(err, errno, path, "cannot be measured");
	if ((uint64_t)room >= b->image_bytes)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, path,
			   "holds %llu bytes, but the image takes %llu; nothing was written",
			   (unsigned long long)room, (unsigned long long)b->image_bytes);
}

static enum isokit_status write_special(struct isokit_build *b, const char *path,
					struct isokit_error *err)
{
	int fd, flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
	bool device = false;
	enum isokit_status st;
	struct stat info;

	/* What is on a drive is lost, while a pipe takes what it is given. */
	if (stat(path, &info) == 0 && S_ISBLK(info.st_mode)) {
		if (!b->plan.options.force)
			return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
					   "is a drive; use --force to overwrite what is on it");
		st = ask_guard(path, err);
		if (st)
			return st;
		device = true;
		flags |= O_EXCL; /* fails for a drive that is mounted */
	}
	fd = open(path, flags);
	if (fd < 0)
		return isokit_fail_errno(err, errno, path, "cannot be opened for writing");
	st = device ? check_drive(b, fd, path, err) : ISOKIT_OK;
	if (st == ISOKIT_OK)
		st = write_stream(b, fd, path, err);
	if (st == ISOKIT_OK && device && fsync(fd) != 0)
		st = isokit_fail_errno(err, errno, path, "cannot be flushed");
	if (close(fd) != 0 && st == ISOKIT_OK)
		st = isokit_fail_errno(err, errno, path, "cannot be written");
	return st;
}

/* Bytes of holes in host files, which will be holes of the image as well. */
static uint64_t hole_bytes(struct layout *l)
{
	uint64_t holes = 0, used;
	struct text path = { 0 };
	struct stat info;
	size_t n;
	const struct payload *p = layout_payloads(l, &n);

	for (size_t i = 0; i < n; i++) {
		if (p[i].real || p[i].node->content != TREE_HOST ||
		    p[i].node->size < HOLES_FROM_BYTES)
			continue;
		text_clear(&path);
		tree_node_host_path(p[i].node, &path);
		if (path.failed || stat(text_string(&path), &info) != 0)
			continue;
		used = (uint64_t)info.st_blocks * 512;
		holes += used < p[i].node->size ? p[i].node->size - used : 0;
	}
	text_free(&path);
	return holes;
}

/* The holes are only counted where they decide. */
static enum isokit_status check_space(struct isokit_build *b, struct sink *to,
				      struct isokit_error *err)
{
	uint64_t holes;

	if (sink_check_space(to, b->image_bytes, NULL) == ISOKIT_OK)
		return ISOKIT_OK;
	holes = hole_bytes(b->layout);
	return sink_check_space(to, b->image_bytes - min_u64(holes, b->image_bytes), err);
}

static enum isokit_status write_file(struct isokit_build *b, const char *path,
				     struct isokit_error *err)
{
	struct sink *to = NULL, *manifest = NULL;
	struct jigdo jigdo = { 0 };
	uint64_t list_bytes = 0;
	enum isokit_status st = b->plan.options.force ? ISOKIT_OK : output_check_old(path, err);

	if (st == ISOKIT_OK)
		st = start_manifest(b, &manifest, err);
	if (st == ISOKIT_OK)
		st = start_jigdo(b, path, &jigdo, err);
	if (st == ISOKIT_OK)
		st = sink_create_file(path, &to, err);
	sink_names_add(&b->named, to);
	if (st == ISOKIT_OK)
		st = check_space(b, to, err);
	if (st == ISOKIT_OK)
		st = build_produce(b, to, false, err);
	if (st == ISOKIT_OK)
		st = fill_manifest(b, path, manifest, &list_bytes, err);
	if (st == ISOKIT_OK)
		st = fill_jigdo(b, &jigdo, to, err);
	if (st == ISOKIT_OK)
		st = build_check_not_cancelled(b, "name", err);
	if (st)
		sink_abort(to);
	else
		st = sink_commit(to, sink_origin(to) + b->image_bytes, b->plan.options.durable, err);
	st = jigdo_end(&jigdo, st, b->plan.options.durable, err);
	return end_manifest(b, st, manifest, list_bytes, err);
}

enum isokit_status isokit_build_write_path(struct isokit_build *build, const char *path,
					   struct isokit_error *err)
{
	enum isokit_status st;
	struct stat info;

	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is a folder, not a file to write");
	if (build->plan.options.session_block && build->plan.base && stat(path, &info) == 0 &&
	    info.st_dev == build->plan.base->stat.st_dev &&
	    info.st_ino == build->plan.base->stat.st_ino)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "has the sessions before, which the new one is to be written behind: name another file");
	st = build_prepare(build, err);
	if (st)
		return st;
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		st = write_special(build, path, err);
	else
		st = write_file(build, path, err);
	build_forget_layout(build);
	build->done = st == ISOKIT_OK;
	return st;
}

enum isokit_status isokit_build_write_fd(struct isokit_build *build, int fd, const char *name,
					 struct isokit_error *err)
{
	enum isokit_status st = build_prepare(build, err);

	if (st == ISOKIT_OK)
		st = write_stream(build, fd, name, err);
	build_forget_layout(build);
	build->done = st == ISOKIT_OK;
	return st;
}
