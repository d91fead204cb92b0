/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives and manifests as sources of a build. */
#include "author/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fail.h"
#include "base/text.h"
#include "bytes/source.h"
#include "tree/archive.h"
#include "tree/mtree.h"

enum { HEAD_BYTES = 512, ISO_MARK_AT = 16 * 2048, ISO_MARK_BYTES = 6 };

/* ---- what a file is ---------------------------------------------------------------- */

/* Formats that other things than trees are kept in, too (documents, programs): their
 * names decide. */
static bool is_called_archive(const char *path)
{
	static const char *const ends[] = { ".zip", ".7z",  ".rar", ".cab",
					    ".lha", ".lzh", ".xar" };
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t k = strlen(ends[i]);

		if (n > k && strcasecmp(path + n - k, ends[i]) == 0)
			return true;
	}
	return false;
}

static enum isokit_build_source kind_of(const char *path, struct isokit_source *src)
{
	uint8_t head[HEAD_BYTES], mark[ISO_MARK_BYTES];
	uint64_t size = isokit_source_size(src);
	size_t n = size < sizeof(head) ? (size_t)size : sizeof(head);

	/* ECMA-119 8.1: the first descriptor is in sector 16. */
	if (size >= ISO_MARK_AT + ISO_MARK_BYTES &&
	    isokit_source_read_at(src, ISO_MARK_AT, mark, sizeof(mark), NULL) == ISOKIT_OK &&
	    memcmp(mark + 1, "CD001", 5) == 0)
		return ISOKIT_BUILD_SOURCE_IMAGE;
	if (n == 0 || isokit_source_read_at(src, 0, head, n, NULL))
		return ISOKIT_BUILD_SOURCE_HOST;
	switch (tree_source_kind(head, n)) {
	case TREE_KIND_OTHER: break;
	case TREE_KIND_TREE: return ISOKIT_BUILD_SOURCE_ARCHIVE;
	case TREE_KIND_MTREE: return ISOKIT_BUILD_SOURCE_MANIFEST;
	case TREE_KIND_ARCHIVE:
		return is_called_archive(path) ? ISOKIT_BUILD_SOURCE_ARCHIVE :
						 ISOKIT_BUILD_SOURCE_HOST;
	case TREE_KIND_COMPRESSED:
		return tree_archive_holds_tree(src) ? ISOKIT_BUILD_SOURCE_ARCHIVE :
						      ISOKIT_BUILD_SOURCE_HOST;
	}
	return ISOKIT_BUILD_SOURCE_HOST;
}

enum isokit_build_source isokit_build_source_kind(const char *path)
{
	enum isokit_build_source kind = ISOKIT_BUILD_SOURCE_HOST;
	struct isokit_source *src = NULL;
	struct stat st;

	if (stat(path, &st) != 0 || S_ISDIR(st.st_mode) ||
	    !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return kind;
	if (isokit_source_open_file(path, &src, NULL) == ISOKIT_OK)
		kind = kind_of(path, src);
	isokit_source_close(src);
	return kind;
}

/* ---- archives ----------------------------------------------------------------------- */

static enum isokit_status add(struct plan *plan, const char *dest, const struct tree_archive *from,
			      const struct tree_scan_options *scan, struct isokit_error *err)
{
	struct isokit_source *spool = NULL;
	enum isokit_status st = tree_add_archive(plan->tree, dest, from, scan, &spool, err);

	if (spool) {
		enum isokit_status kept = plan_keep_source(plan, spool, st ? NULL : err);

		st = st ? st : kept;
	}
	return st;
}

/* What the kernel says of the file behind a source. */
static bool stat_source(struct isokit_source *src, struct stat *ret)
{
	struct isokit_location at = { 0 };

	if (isokit_source_size(src) == 0)
		return false;
	isokit_source_locate(src, 0, 1, &at);
	return at.where == ISOKIT_WHERE_FD && fstat(at.fd, ret) == 0;
}

static enum isokit_status watch(struct plan *plan, struct isokit_source *src,
				struct isokit_error *err)
{
	struct stat st;

	if (!stat_source(src, &st))
		return ISOKIT_OK;
	if (!ARRAY_RESERVE(plan->watches, plan->capacity_watches, plan->n_watches + 1))
		return isokit_fail_nomem(err, isokit_source_name(src), sizeof(*plan->watches));
	plan->watches[plan->n_watches++] = (struct plan_watch){
		.src = src, .size = (uint64_t)st.st_size, .changed = st.st_mtim
	};
	return ISOKIT_OK;
}

enum isokit_status inputs_check_unchanged(const struct plan *plan, struct isokit_error *err)
{
	for (size_t i = 0; i < plan->n_watches; i++) {
		const struct plan_watch *w = &plan->watches[i];
		struct stat st;

		if (stat_source(w->src, &st) && (uint64_t)st.st_size == w->size &&
		    st.st_mtim.tv_sec == w->changed.tv_sec &&
		    st.st_mtim.tv_nsec == w->changed.tv_nsec)
			continue;
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET,
				   isokit_source_name(w->src),
				   "was modified while the image was built");
	}
	return ISOKIT_OK;
}

/* The source must outlive the tree. */
static enum isokit_status add_seekable(struct plan *plan, const char *dest,
				       struct isokit_source *src, const char *name,
				       const char *scratch, const struct tree_scan_options *scan,
				       struct isokit_error *err)
{
	struct tree_archive from = { .name = name, .src = src, .fd = -1,
				     .spool_folder = scratch, .spool_beside = plan->scratch_beside,
				     .any_size = plan->options.force };
	enum isokit_status st = plan_keep_source(plan, src, err);

	if (st == ISOKIT_OK)
		st = watch(plan, src, err);
	return st ? st : add(plan, dest, &from, scan, err);
}

enum isokit_status inputs_add_archive(struct plan *plan, const char *dest, const char *path,
				      const char *scratch, const struct tree_scan_options *scan,
				      struct isokit_error *err)
{
	struct isokit_source *src = NULL;
	enum isokit_status st;
	struct stat info;
	int fd;

	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode)) {
		if (S_ISDIR(info.st_mode))
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
					   "is a folder, not an archive");
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY); /* a pipe, for instance */
		if (fd < 0)
			return isokit_fail_errno(err, errno, path, "cannot be opened");
		st = inputs_add_stream(plan, dest, fd, path, scratch, scan, err);
		(void)close(fd);
		return st;
	}
	st = isokit_source_open_file(path, &src, err);
	return st ? st : add_seekable(plan, dest, src, path, scratch, scan, err);
}

/* The caller's descriptor may be closed before the image is written. */
static enum isokit_status source_of_copy(int fd, const char *name, struct isokit_source **ret_src,
					 struct isokit_error *err)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (own < 0)
		return isokit_fail_errno(err, errno, name, "cannot be read");
	return bytes_take_fd(own, name, ret_src, err);
}

/* Up to n bytes; fewer only at the end. */
static ssize_t read_full(int fd, uint8_t *to, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, to + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* ---- manifests ------------------------------------------------------------------------- */

/* All that a descriptor delivers, behind what was read from it already. */
static enum isokit_status read_rest(int fd, const char *name, struct text *io_text,
				    struct isokit_error *err)
{
	enum { PIECE_BYTES = 64 * 1024 };
	uint8_t *piece = malloc(PIECE_BYTES);
	enum isokit_status st = ISOKIT_OK;
	ssize_t n = 0;

	if (!piece)
		return isokit_fail_nomem(err, name, PIECE_BYTES);
	while (st == ISOKIT_OK && (n = read_full(fd, piece, PIECE_BYTES)) > 0) {
		text_add(io_text, piece, (size_t)n);
		if (io_text->failed)
			st = isokit_fail_nomem(err, name, (size_t)n);
		else if (io_text->n > TREE_MTREE_MAX_BYTES)
			st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, name,
					 "is no manifest: it has more than %d bytes",
					 TREE_MTREE_MAX_BYTES);
	}
	if (n < 0)
		st = isokit_fail_errno(err, errno, name, "cannot be read");
	free(piece);
	return st;
}

static enum isokit_status add_manifest_fd(struct plan *plan, const char *dest, int fd,
					  const uint8_t *head, size_t head_bytes,
					  const char *name, const struct tree_scan_options *scan,
					  struct isokit_error *err)
{
	struct text text = { 0 };
	enum isokit_status st;

	text_add(&text, head, head_bytes);
	st = read_rest(fd, name, &text, err);
	if (st == ISOKIT_OK)
		st = tree_add_mtree(plan->tree, dest, name, text_string(&text), text.n, scan, err);
	text_free(&text);
	return st;
}

enum isokit_status inputs_add_manifest(struct plan *plan, const char *dest, const char *path,
				       const struct tree_scan_options *scan,
				       struct isokit_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum isokit_status st;

	if (fd < 0)
		return isokit_fail_errno(err, errno, path, "cannot be opened");
	st = add_manifest_fd(plan, dest, fd, NULL, 0, path, scan, err);
	(void)close(fd);
	return st;
}

/* ---- streams ----------------------------------------------------------------------------- */

enum isokit_status inputs_add_stream(struct plan *plan, const char *dest, int fd,
				     const char *name, const char *scratch,
				     const struct tree_scan_options *scan,
				     struct isokit_error *err)
{
	uint8_t head[HEAD_BYTES];
	struct tree_archive from = { .name = name, .fd = fd, .head = head,
				     .spool_folder = scratch, .spool_beside = plan->scratch_beside, .any_size = plan->options.force };
	struct isokit_source *src = NULL;
	struct stat info;
	ssize_t n;

	/* "<file" is a file, but a manifest is read as a stream all the same. */
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
	    lseek(fd, 0, SEEK_CUR) == 0 &&
	    !(pread(fd, head, sizeof(head), 0) > 6 && memcmp(head, "#mtree", 6) == 0)) {
		enum isokit_status st = source_of_copy(fd, name, &src, err);

		return st ? st : add_seekable(plan, dest, src, name, scratch, scan, err);
	}
	n = read_full(fd, head, sizeof(head));
	if (n < 0)
		return isokit_fail_errno(err, errno, name, "cannot be read");
	if (n == 0)
		return isokit_fail(err, ISOKIT_E_SHORT, 0, name,
				   "is empty: what should have written an archive failed?");
	if (tree_source_kind(head, (size_t)n) == TREE_KIND_MTREE)
		return add_manifest_fd(plan, dest, fd, head, (size_t)n, name, scan, err);
	from.head_bytes = (size_t)n;
	return add(plan, dest, &from, scan, err);
}
