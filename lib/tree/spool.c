/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "bytes/sink.h"
#include "bytes/source.h"

struct spool {
	int fd;          /* -1 while there is no file */
	uint64_t begin;  /* of the current content */
	uint64_t end;    /* of all */
	bool beside;     /* `folder` is that of the output */
	char folder[];
};

static const char subject[] = "contents of the archive";

enum isokit_status spool_new(const char *folder, bool beside, struct spool **ret_spool,
			     struct isokit_error *err)
{
	size_t n = strlen(folder) + 1;
	struct spool *s = calloc(1, sizeof(*s) + n);

	if (!s)
		return isokit_fail_nomem(err, subject, sizeof(*s) + n);
	s->fd = -1;
	s->beside = beside;
	memcpy(s->folder, folder, n);
	*ret_spool = s;
	return ISOKIT_OK;
}

static enum isokit_status create(struct spool *s, struct isokit_error *err)
{
	struct text name = { 0 };
	int e;

	s->fd = open(s->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0)
		return ISOKIT_OK;
	/* Not every file system has nameless files. */
	text_addf(&name, "%s/.isokit-spool.XXXXXX", s->folder);
	if (name.failed)
		return isokit_fail_nomem(err, subject, name.n);
	s->fd = mkostemp(name.bytes, O_CLOEXEC);
	e = errno;
	if (s->fd >= 0)
		(void)unlink(name.bytes);
	text_free(&name);
	if (s->fd < 0)
		return sink_fail_spool(s->folder, s->beside, e, err);
	return ISOKIT_OK;
}

uint64_t spool_begin(struct spool *s, uint64_t bytes)
{
	s->begin = round_up(s->end, bytes < SPOOL_ALIGN_FROM ? 8 : SPOOL_ALIGN);
	return s->begin;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static enum isokit_status write_all(struct spool *s, uint64_t at, const uint8_t *p, size_t n,
				    struct isokit_error *err)
{
	while (n) {
		ssize_t put = pwrite(s->fd, p, n, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return sink_fail_spool(s->folder, s->beside, errno, err);
		p += put;
		at += (uint64_t)put;
		n -= (size_t)put;
	}
	return ISOKIT_OK;
}

/* Blocks of zeros, also parts of them, are skipped: the file is all holes before. */
enum isokit_status spool_write(struct spool *s, uint64_t offset, const void *bytes, size_t n,
			       struct isokit_error *err)
{
	const uint8_t *p = bytes;
	uint64_t at = s->begin + offset;
	size_t from = 0, i;
	enum isokit_status st = s->fd < 0 ? create(s, err) : ISOKIT_OK;

	for (i = 0; st == ISOKIT_OK && i < n;) {
		size_t block = (size_t)min_u64(n - i, SPOOL_ALIGN - (at + i) % SPOOL_ALIGN);

		if (all_zero(p + i, block)) {
			st = write_all(s, at + from, p + from, i - from, err);
			from = i + block;
		}
		i += block;
	}
	return st ? st : write_all(s, at + from, p + from, n - from, err);
}

void spool_finish(struct spool *s, uint64_t bytes)
{
	s->end = s->begin + bytes;
}

enum isokit_status spool_source(struct spool *s, struct isokit_source **ret_src,
				struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	*ret_src = NULL;
	/* Contents of nothing but zeros have left no byte. */
	if (s->fd < 0 && s->end)
		st = create(s, err);
	if (st == ISOKIT_OK && s->fd >= 0) {
		if (ftruncate(s->fd, (off_t)s->end) != 0) {
			st = sink_fail_spool(s->folder, s->beside, errno, err);
		} else {
			st = bytes_take_fd(s->fd, subject, ret_src, err);
			s->fd = -1; /* the source's now, or closed */
		}
	}
	spool_free(s);
	return st;
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
}
