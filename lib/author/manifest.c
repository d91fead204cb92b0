/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SHA-256 of everything, as sha256sum prints and checks it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "author/integrity.h"
#include "base/fail.h"

enum { BUFFER_BYTES = 64 * 1024 };

/* Does it begin like a list of sums? */
static bool is_list(const char *head, size_t n)
{
	size_t digits = 0;

	if (n && *head == '\\') {
		head++;
		n--;
	}
	while (digits < n && ((head[digits] >= '0' && head[digits] <= '9') ||
			      (head[digits] >= 'a' && head[digits] <= 'f')))
		digits++;
	return digits == 2 * FILES_SHA256_BYTES && n > digits + 1 && head[digits] == ' ' &&
	       (head[digits + 1] == ' ' || head[digits + 1] == '*');
}

enum isokit_status manifest_check(const char *path, bool force, struct isokit_error *err)
{
	struct stat st;
	char head[80];
	ssize_t n;
	int fd;

	if (stat(path, &st) != 0)
		return ISOKIT_OK; /* why not, is told where it is made */
	if (!S_ISREG(st.st_mode))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is no regular file, which the list of checksums would replace");
	if (force || st.st_size == 0)
		return ISOKIT_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	if (fd >= 0)
		(void)close(fd);
	if (n > 0 && is_list(head, (size_t)n))
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, path,
			   "exists and is no list of SHA-256 sums; use --force to replace it");
}

struct writer {
	struct sink *to;
	struct text text;  /* not yet written */
	uint64_t written;
	enum isokit_status status;
	struct isokit_error *err;
};

static bool flush(struct writer *w)
{
	if (w->text.failed)
		w->status = isokit_fail_nomem(w->err, sink_name(w->to), BUFFER_BYTES);
	else if (w->text.n)
		w->status = sink_write_at(w->to, w->written, text_string(&w->text), w->text.n,
					  w->err);
	w->written += w->text.n;
	text_clear(&w->text);
	return w->status == ISOKIT_OK;
}

/* coreutils: a line break or a backslash in a name is escaped, and a backslash at the
 * beginning of the line says so. */
static bool add_line(struct writer *w, const uint8_t *sha256, const char *prefix,
		     const char *name)
{
	char hex[2 * FILES_SHA256_BYTES + 1];

	digest_hex(sha256, FILES_SHA256_BYTES, hex);
	if (strpbrk(name, "\n\\\r"))
		text_add_char(&w->text, '\\');
	text_add_str(&w->text, hex);
	text_add_str(&w->text, "  ");
	text_add_str(&w->text, prefix);
	for (const char *p = name; *p; p++) {
		if (*p == '\n')
			text_add_str(&w->text, "\\n");
		else if (*p == '\r')
			text_add_str(&w->text, "\\r");
		else if (*p == '\\')
			text_add_str(&w->text, "\\\\");
		else
			text_add_char(&w->text, *p);
	}
	text_add_char(&w->text, '\n');
	return w->text.n < BUFFER_BYTES || flush(w);
}

static int add_file(void *ctx, const struct isokit_build_file *file)
{
	/* The path begins with a slash. */
	return file->sha256 && !add_line(ctx, file->sha256, ".", file->path);
}

enum isokit_status manifest_write(const struct files *files, const struct plan *plan,
				  const char *image, const uint8_t *sha256, struct sink *to,
				  uint64_t *ret_bytes, struct isokit_error *err)
{
	struct writer w = { .to = to, .err = err };
	struct isokit_error why = { 0 };
	enum isokit_status st = ISOKIT_OK;

	if (add_line(&w, sha256, "", image))
		st = files_walk(files, plan, add_file, &w, &why);
	if (w.status == ISOKIT_OK && st == ISOKIT_OK)
		(void)flush(&w);
	else if (w.status == ISOKIT_OK && err)
		*err = why;
	text_free(&w.text);
	*ret_bytes = w.written;
	return w.status ? w.status : st;
}
