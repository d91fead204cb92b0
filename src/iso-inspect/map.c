/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --map: a picture of the layout, into a file or to standard output. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "inspect.h"

/* A file that gets its name when it is complete. */
struct map_file {
	const char *path;
	const char *hidden; /* its name until then */
	struct output out;
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcasecmp(s + n - m, end) == 0;
}

bool map_format(const char *path, enum isokit_map_format *ret_format)
{
	*ret_format = ISOKIT_MAP_SVG;
	if (strcmp(path, "-") == 0 || ends_with(path, ".svg"))
		return true;
	*ret_format = ISOKIT_MAP_HTML;
	return ends_with(path, ".html") || ends_with(path, ".htm");
}

/* A file that is there may be replaced when it is a picture or a page, too. */
static bool may_replace(const char *path)
{
	char head[16] = "";
	struct stat st;
	ssize_t n;
	int fd;

	if (stat(path, &st) < 0 && errno == ENOENT)
		return true;
	if (!S_ISREG(st.st_mode)) {
		message_error(path, "is there and is no regular file");
		return false;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);
	if (fd >= 0)
		(void)close(fd);
	if (n < 0) {
		message_error(path, "%s", strerror(errno));
		return false;
	}
	if (n == 0 || strncmp(head, "<?xml", 5) == 0 || strncmp(head, "<svg", 4) == 0 ||
	    strncasecmp(head, "<!DOCTYPE html", 14) == 0)
		return true;
	message_error(path, "is there and is no picture; remove it, or choose another name");
	return false;
}

bool map_prepare(struct map_target *t, const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash + 1 - path) : 0;

	if (strcmp(path, "-") == 0)
		return true;
	if (!may_replace(path))
		return false;
	if (asprintf(&t->folder, "%.*s", folder ? folder : 1, folder ? path : ".") < 0)
		t->folder = NULL;
	if (asprintf(&t->hidden, "%.*s.%s.%ld", folder, path, path + folder, (long)getpid()) < 0)
		t->hidden = NULL;
	if (t->folder && t->hidden)
		return true;
	message_error(path, "%s", strerror(ENOMEM));
	return false;
}

void map_end(struct map_target *t)
{
	free(t->folder);
	free(t->hidden);
}

/* Between these two a signal waits, so that nothing is left behind. */
static void hold_signals(bool hold)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static bool map_start(struct map_file *f, const char *path, const char *hidden)
{
	int fd;

	f->path = path;
	f->hidden = hidden;
	fd = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0) {
		message_error(path, "%s", strerror(errno));
		return false;
	}
	if (!output_start(&f->out)) {
		(void)close(fd);
		(void)unlink(f->hidden);
		return false;
	}
	f->out.fd = fd;
	return true;
}

static bool map_finish(struct map_file *f, bool keep)
{
	(void)output_flush(&f->out);
	free(f->out.buffer);
	if (close(f->out.fd) < 0 && !f->out.sys_errno && errno != EINTR)
		f->out.sys_errno = errno;
	if (keep && !f->out.sys_errno && rename(f->hidden, f->path) == 0)
		return true;
	if (keep)
		message_error(f->path, "%s", strerror(f->out.sys_errno ? f->out.sys_errno : errno));
	(void)unlink(f->hidden);
	return false;
}

static enum isokit_status draw(struct isokit_image *img, const char *path,
			       struct isokit_layout *layout, enum isokit_map_format format,
			       struct output *out)
{
	struct isokit_facts facts = *isokit_image_facts(img);
	struct isokit_boot_verdict verdict;

	facts.path = path;
	isokit_judge_boot(&facts, &verdict);
	return isokit_report_map(layout, &facts, &verdict, format, output_write, out);
}

enum exit_code map_image(struct isokit_image *img, const char *path,
			 const struct inspect_options *opt, const struct map_target *target,
			 struct output *out)
{
	struct isokit_layout_options options = { .size = sizeof(options), .gaps = true };
	bool to_stdout = strcmp(opt->map, "-") == 0;
	struct isokit_layout *layout = NULL;
	enum isokit_map_format format;
	struct map_file file;
	struct isokit_error err;
	enum isokit_status st;
	bool ok;

	(void)map_format(opt->map, &format);
	st = isokit_image_layout(img, &options, &layout, &err);
	if (st) {
		(void)output_flush(out);
		message_failure(path, &err);
		return EXIT_UNABLE;
	}
	if (to_stdout) {
		st = draw(img, path, layout, format, out);
		ok = !st || out->sys_errno;
	} else {
		hold_signals(true);
		ok = map_start(&file, opt->map, target->hidden);
		if (ok) {
			st = draw(img, path, layout, format, &file.out);
			ok = map_finish(&file, st == ISOKIT_OK || file.out.sys_errno);
		}
		hold_signals(false);
	}
	isokit_layout_free(layout);
	if (st && st != ISOKIT_E_CANCELLED)
		message_error(path, "%s", isokit_status_words(st));
	return ok && !st ? EXIT_DONE : EXIT_UNABLE;
}
