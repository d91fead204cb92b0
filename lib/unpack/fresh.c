/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that get their names when they are complete: whatever happens before leaves no half
 * file. Until then they have no name at all, or a hidden one where the file system cannot
 * do that. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack/unpack.h"

enum { NAME_TRIES = 100 };

void unpack_hidden_name(unsigned worker, unsigned number, char ret_name[UNPACK_NAME_BYTES])
{
	(void)snprintf(ret_name, UNPACK_NAME_BYTES, ".isokit.%ld-%u-%u.tmp", (long)getpid(),
		       worker, number);
}

int unpack_fresh_make(struct unpack_target *t, unsigned worker, int dir, mode_t mode,
		      struct unpack_fresh *f)
{
	f->dir = dir;
	f->worker = worker;
	f->fd = -1;
	if (!atomic_load(&t->no_nameless)) {
		f->fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
		if (f->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
			atomic_store(&t->no_nameless, true);
	}
	for (unsigned i = 0; f->fd < 0 && i < NAME_TRIES; i++) {
		if (i == 0 && !atomic_load(&t->no_nameless) && unpack_is_final(errno))
			break;
		unpack_hidden_name(worker, i, f->temp);
		f->fd = openat(dir, f->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			       mode);
		atomic_store(&f->hidden, f->fd >= 0);
		if (f->fd < 0 && errno != EEXIST)
			break;
	}
	return f->fd < 0 ? errno : 0;
}

struct naming {
	struct isokit_extract *x;
	struct unpack_target *target;
	const struct unpack_item *item;
	struct unpack_fresh *f;
};

/* By its descriptor, which takes a capability with most kernels, else by /proc. */
static int link_nameless(struct unpack_target *t, int fd, int dir, const char *name)
{
	char number[16];

	if (!atomic_load(&t->no_empty_path)) {
		if (linkat(fd, "", dir, name, AT_EMPTY_PATH) == 0)
			return 0;
		if (errno != ENOENT || t->descriptors < 0)
			return -1;
		atomic_store(&t->no_empty_path, true);
	}
	(void)snprintf(number, sizeof(number), "%d", fd);
	return linkat(t->descriptors, number, dir, name, AT_SYMLINK_FOLLOW);
}

/* A file that was there gives way in one step. */
static int replace_by_nameless(const struct naming *n, const char *name)
{
	struct unpack_fresh *f = n->f;
	int e;

	for (unsigned i = 0;; i++) {
		unpack_hidden_name(f->worker, i, f->temp);
		if (link_nameless(n->target, f->fd, f->dir, f->temp) == 0)
			break;
		if (errno != EEXIST || i == NAME_TRIES)
			return -1;
	}
	atomic_store(&f->hidden, true);
	if (renameat(f->dir, f->temp, f->dir, name) == 0) {
		atomic_store(&f->hidden, false);
		return 0;
	}
	e = errno;
	(void)unlinkat(f->dir, f->temp, 0);
	atomic_store(&f->hidden, false);
	errno = e;
	return -1;
}

static int rename_hidden(const struct naming *n, const char *name, bool replace)
{
	const struct unpack_fresh *f = n->f;
	struct stat st;
	int r, e;

	if (replace)
		return renameat(f->dir, f->temp, f->dir, name);
	if (renameat2(f->dir, f->temp, f->dir, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system that cannot promise that; nothing better is to be had than that at
	 * least we do not do it ourselves, in two threads with two spellings of one name. */
	(void)pthread_mutex_lock(&n->x->lock);
	r = fstatat(f->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? -1 : 0;
	errno = EEXIST;
	if (r == 0)
		r = renameat(f->dir, f->temp, f->dir, name);
	e = errno;
	(void)pthread_mutex_unlock(&n->x->lock);
	errno = e;
	return r;
}

static int give_name(void *ctx, int dir, const char *name)
{
	const struct naming *n = ctx;
	/* Only the name that was there is replaced, not one that was found instead. */
	bool replace = n->item->flags & UNPACK_EXISTED && name == n->item->name;
	int r;

	if (!atomic_load(&n->f->hidden))
		return replace ? replace_by_nameless(n, name) :
				 link_nameless(n->target, n->f->fd, dir, name);
	r = rename_hidden(n, name, replace);
	if (r == 0)
		atomic_store(&n->f->hidden, false);
	return r;
}

int unpack_fresh_name(struct isokit_extract *x, struct unpack_target *t, struct unpack_item *item,
		      struct unpack_fresh *f)
{
	struct naming naming = { .x = x, .target = t, .item = item, .f = f };

	return unpack_name_make(x, t, item, f->dir, give_name, &naming);
}

int unpack_fresh_end(struct unpack_fresh *f)
{
	int e = 0;

	unpack_fresh_abandon(f);
	if (f->fd >= 0 && close(f->fd) != 0 && errno != EINTR)
		e = errno;
	f->fd = -1;
	atomic_store(&f->hidden, false);
	return e;
}

void unpack_fresh_abandon(const struct unpack_fresh *f)
{
	if (atomic_load(&f->hidden))
		(void)unlinkat(f->dir, f->temp, 0);
}
