/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One kind of thing after the other: folders, contents, then what only has a name, and at
 * the end what folders are to be like, which filling them would change. Links come last, so
 * that nothing could go through one even if something followed it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "unpack/unpack.h"

enum { NAME_TRIES = 100, MODES_LOOKED_AT = 64 };

static bool cancelled(struct unpack_run *run, struct isokit_error *err)
{
	const struct isokit_extract_options *o = &run->x->options;

	if (!o->progress || !o->progress(o->ctx, 0, run->plan->bytes))
		return false;
	(void)isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	return true;
}

/* ---- what is there already ----------------------------------------------------------- */

struct found {
	dev_t dev;
	ino_t ino;
	uint32_t item;
	const char *name;
	bool listed;
};

static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void mark_listed(struct found *found, size_t n, int dir, const char *name, bool by_number)
{
	struct found key = { .name = name }, *f = bsearch(&key, found, n, sizeof(*found), by_name);
	struct stat st;

	if (f)
		f->listed = true;
	if (f || !by_number || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	for (size_t i = 0; i < n; i++)
		found[i].listed |= found[i].dev == st.st_dev && found[i].ino == st.st_ino;
}

/* Names that answer without being in the folder, under another spelling of which there is a
 * file that has other numbers: a file system of that kind does not tell whether two names
 * are one (exFAT and NTFS by FUSE). What has such a name replaces nothing. */
static size_t drop_unlisted(struct unpack_plan *plan, struct found *found, size_t n, int dir)
{
	int fd = n ? openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t kept = 0;
	bool all = true;

	if (!d) {
		if (fd >= 0)
			(void)close(fd);
		return n;
	}
	qsort(found, n, sizeof(*found), by_name);
	while ((entry = readdir(d)))
		mark_listed(found, n, dir, entry->d_name, false);
	for (size_t i = 0; i < n; i++)
		all &= found[i].listed;
	if (!all) {
		rewinddir(d);
		while ((entry = readdir(d)))
			mark_listed(found, n, dir, entry->d_name, true);
	}
	(void)closedir(d);
	for (size_t i = 0; i < n; i++) {
		if (found[i].listed)
			found[kept++] = found[i];
		else
			plan->items[found[i].item].flags &= (uint8_t)~UNPACK_EXISTED;
	}
	return kept;
}

static int by_inode(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

/* Names that are one name in this folder, as small and large letters may be: only the first
 * one has what was there. */
static void part_names(struct unpack_plan *plan, struct found *found, size_t n)
{
	if (n > 1)
		qsort(found, n, sizeof(*found), by_inode);
	for (size_t i = 1; i < n; i++) {
		if (found[i].dev == found[i - 1].dev && found[i].ino == found[i - 1].ino)
			plan->items[found[i].item].flags &= (uint8_t)~UNPACK_EXISTED;
	}
}

/* Does it stand in the way? */
static bool look_at(struct unpack_run *run, struct unpack_item *it, const struct stat *st)
{
	bool dir = tree_is_dir(it->node), was_dir = S_ISDIR(st->st_mode);
	const char *why = NULL;

	if (dir && !was_dir)
		why = "is there, and is no folder";
	else if (!dir && was_dir)
		why = "is there, and is a folder";
	else if (!dir && !run->x->options.overwrite)
		why = "is there already";
	if (why)
		unpack_tell(run->x, ISOKIT_EXTRACT_EXISTS, it->node, why);
	else
		it->flags |= UNPACK_EXISTED;
	return why != NULL;
}

static enum isokit_status look_into(struct unpack_run *run, uint32_t item, bool *io_blocked,
				    struct isokit_error *err)
{
	struct unpack_plan *plan = run->plan;
	const struct unpack_item *folder = &plan->items[item];
	struct found *found = malloc((folder->n + 1) * sizeof(*found));
	int dir = unpack_folder_open(run->target, plan->items, item, O_PATH);
	size_t n = 0;
	int e = errno;

	if (dir < 0 || !found) {
		if (dir >= 0)
			(void)close(dir);
		free(found);
		return dir < 0 ? isokit_fail_errno(err, e, folder->name, "cannot be opened") :
				 isokit_fail_nomem(err, folder->name, folder->n);
	}
	for (uint32_t i = folder->first; i < folder->first + folder->n; i++) {
		struct stat st;

		if (fstatat(dir, plan->items[i].name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		*io_blocked |= look_at(run, &plan->items[i], &st);
		if (plan->items[i].flags & UNPACK_EXISTED && (S_ISDIR(st.st_mode) ||
							      st.st_nlink == 1))
			found[n++] = (struct found){ st.st_dev, st.st_ino, i,
						     plan->items[i].name, false };
	}
	part_names(plan, found, drop_unlisted(plan, found, n, dir));
	(void)close(dir);
	free(found);
	return ISOKIT_OK;
}

static enum isokit_status look_around(struct unpack_run *run, struct isokit_error *err)
{
	struct unpack_plan *plan = run->plan;
	bool blocked = false;

	plan->items[0].flags |= UNPACK_EXISTED;
	if (run->target->empty)
		return ISOKIT_OK;
	for (size_t i = 0; i < plan->n; i++) {
		enum isokit_status st;

		if (!tree_is_dir(plan->items[i].node) || !(plan->items[i].flags & UNPACK_EXISTED))
			continue;
		st = look_into(run, (uint32_t)i, &blocked, err);
		if (st)
			return st;
	}
	if (!blocked)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, run->target->path,
			   "%llu of the files to extract are there already",
			   (unsigned long long)run->x->result.events[ISOKIT_EXTRACT_EXISTS]);
}

/* ---- folders -------------------------------------------------------------------------- */

static void fail_item(struct unpack_run *run, const struct unpack_item *it, int e,
		      const char *what)
{
	struct isokit_error err = { 0 };

	(void)isokit_fail_errno(&err, e, it->name, "%s", what);
	unpack_tell(run->x, ISOKIT_EXTRACT_FAILED, it->node, err.text);
}

static int make_dir(void *ctx, int dir, const char *name)
{
	const mode_t *mode = ctx;

	return mkdirat(dir, name, *mode);
}

static enum isokit_status make_folders(struct unpack_run *run, struct isokit_error *err)
{
	struct unpack_plan *plan = run->plan;
	struct unpack_folder folder = { .fd = -1 };
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 1; i < plan->n && st == ISOKIT_OK; i++) {
		struct unpack_item *it = &plan->items[i];
		mode_t mode;
		int dir, e;

		if (!tree_is_dir(it->node) || it->flags & UNPACK_EXISTED)
			continue;
		if (plan->items[it->parent].flags & UNPACK_FAILED) {
			it->flags |= UNPACK_FAILED;
			continue;
		}
		mode = (unpack_mode(run->x, it->node) & 0777) | 0700;
		dir = unpack_folder_use(&folder, run->target, plan->items, it->parent);
		e = dir < 0 ? errno : unpack_name_make(run->x, run->target, it, dir, make_dir,
						       &mode);
		if (e == 0) {
			it->flags |= UNPACK_MADE;
			run->x->result.directories++;
			unpack_tell(run->x, ISOKIT_EXTRACT_MADE, it->node, NULL);
			continue;
		}
		it->flags |= UNPACK_FAILED;
		if (unpack_is_final(e) || e == ENOMEM)
			st = isokit_fail_errno(err, e, it->name, "cannot be made");
		else
			fail_item(run, it, e, "cannot be made, nor what is in it");
	}
	unpack_folder_end(&folder);
	return st;
}

/* From the innermost to the outermost: a folder that cannot be searched any more keeps
 * nobody from what is in it. */
static void finish_folders(struct unpack_run *run)
{
	struct unpack_plan *plan = run->plan;

	for (size_t i = plan->n; i-- > 1;) {
		struct unpack_item *it = &plan->items[i];
		int fd;

		if (!tree_is_dir(it->node) || !(it->flags & UNPACK_MADE))
			continue;
		fd = unpack_folder_open(run->target, plan->items, (uint32_t)i, O_RDONLY);
		if (fd < 0)
			continue;
		unpack_attributes_set(run->x, it->node, fd);
		(void)close(fd);
	}
}

/* ---- links, devices ------------------------------------------------------------------- */

struct making {
	struct unpack_run *run;
	struct unpack_item *it;
	int from_dir;          /* of a hard link: what to link to */
	const char *from_name;
	bool hard;
};

/* A file system without such files has made an empty one, and then the kernel saw that it
 * is none. Had it been there before, the answer would have been EEXIST. */
static void remove_stand_in(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == 0)
		(void)unlinkat(dir, name, 0);
	errno = EOPNOTSUPP;
}

static int make_at(const struct making *m, int dir, const char *name)
{
	const struct tree_node *n = m->it->node;

	if (m->hard)
		return linkat(m->from_dir, m->from_name, dir, name, 0);
	if (S_ISLNK(n->mode))
		return symlinkat(n->u.target, dir, name);
	if (mknodat(dir, name, (n->mode & S_IFMT) | unpack_mode(m->run->x, n),
		    S_ISBLK(n->mode) || S_ISCHR(n->mode) ? n->u.rdev : 0) == 0)
		return 0;
	if (errno == EIO)
		remove_stand_in(dir, name);
	return -1;
}

static int make_nameable(void *ctx, int dir, const char *name)
{
	struct making *m = ctx;
	char temp[UNPACK_NAME_BYTES];
	int e;

	if (!(m->it->flags & UNPACK_EXISTED && name == m->it->name))
		return make_at(m, dir, name);
	for (unsigned i = 0;; i++) {
		unpack_hidden_name(0, i, temp);
		if (make_at(m, dir, temp) == 0)
			break;
		if (errno != EEXIST || i == NAME_TRIES)
			return -1;
	}
	if (renameat(dir, temp, dir, name) == 0) {
		/* Two names of the same file: then nothing was renamed, and that is well. */
		(void)unlinkat(dir, temp, 0);
		return 0;
	}
	e = errno;
	(void)unlinkat(dir, temp, 0);
	errno = e;
	return -1;
}

/* Why it is not made, or NULL. */
static const char *left_out(const struct unpack_run *run, const struct tree_node *n)
{
	bool root = run->x->options.permissions && geteuid() == 0;

	switch (n->mode & S_IFMT) {
	case S_IFBLK:
	case S_IFCHR:
		return root ? NULL : "is a device, which only root can have made, with -p";
	case S_IFSOCK:
		return root ? NULL : "is a socket, which only root can have made, with -p";
	case S_IFLNK:
	case S_IFIFO:
		return NULL;
	default:
		return "is of a kind that is not known";
	}
}

static enum isokit_status make_other(struct unpack_run *run, struct unpack_item *it,
				     struct unpack_folder *folder, struct isokit_error *err)
{
	struct making m = { .run = run, .it = it };
	const char *why = left_out(run, it->node);
	int dir, e;

	if (why) {
		unpack_tell(run->x, ISOKIT_EXTRACT_LEFT_OUT, it->node, why);
		return ISOKIT_OK;
	}
	dir = unpack_folder_use(folder, run->target, run->plan->items, it->parent);
	e = dir < 0 ? errno : unpack_name_make(run->x, run->target, it, dir, make_nameable, &m);
	if (e == EPERM || e == EOPNOTSUPP || e == ENOSYS) {
		unpack_tell(run->x, ISOKIT_EXTRACT_FAILED, it->node,
			    S_ISLNK(it->node->mode) ? "is a symbolic link, which this file system "
						      "does not have" :
						      "is of a kind that cannot be made here");
		return ISOKIT_OK;
	}
	if (e && (unpack_is_final(e) || e == ENOMEM))
		return isokit_fail_errno(err, e, it->name, "cannot be made");
	if (e) {
		fail_item(run, it, e, "cannot be made");
		return ISOKIT_OK;
	}
	it->flags |= UNPACK_MADE;
	unpack_attributes_set_at(run->x, it->node, dir, it->name);
	if (S_ISLNK(it->node->mode)) {
		run->x->result.symlinks++;
	} else {
		/* The umask has taken from it, and a change of owner as well. */
		if (run->x->options.permissions && run->x->posix)
			(void)fchmodat(dir, it->name, unpack_mode(run->x, it->node), 0);
		run->x->result.specials++;
	}
	unpack_tell(run->x, ISOKIT_EXTRACT_MADE, it->node, NULL);
	return ISOKIT_OK;
}

static enum isokit_status make_link(struct unpack_run *run, uint32_t item,
				    struct unpack_folder folders[2], struct isokit_error *err)
{
	struct unpack_plan *plan = run->plan;
	struct unpack_item *it = &plan->items[item];
	const struct unpack_item *first = &plan->items[it->node->link->id];
	struct making m = { .run = run, .it = it, .hard = true, .from_name = first->name };
	int dir, e = 0;

	if (!(first->flags & UNPACK_MADE)) {
		unpack_tell(run->x, ISOKIT_EXTRACT_LOST, it->node,
			    "is a further name of a file that is not there");
		return ISOKIT_OK;
	}
	m.from_dir = unpack_folder_use(&folders[0], run->target, plan->items, first->parent);
	if (m.from_dir < 0)
		e = errno;
	dir = e ? -1 : unpack_folder_use(&folders[1], run->target, plan->items, it->parent);
	if (!e)
		e = dir < 0 ? errno :
			      unpack_name_make(run->x, run->target, it, dir, make_nameable, &m);
	/* A file system without hard links, or with too few, or Landlock before its version
	 * that knows of them: then it is a file of its own. */
	if (tree_is_file(it->node) &&
	    (e == EPERM || e == EOPNOTSUPP || e == ENOSYS || e == EMLINK || e == EXDEV)) {
		unpack_tell(run->x, ISOKIT_EXTRACT_LESS, it->node,
			    "is a file of its own here, where it cannot be a hard link");
		return unpack_file_alone(run, item, err);
	}
	if (e && (unpack_is_final(e) || e == ENOMEM))
		return isokit_fail_errno(err, e, it->name, "cannot be linked");
	if (e) {
		fail_item(run, it, e, "cannot be linked");
		return ISOKIT_OK;
	}
	it->flags |= UNPACK_MADE;
	run->x->result.hard_links++;
	unpack_tell(run->x, ISOKIT_EXTRACT_MADE, it->node, NULL);
	return ISOKIT_OK;
}

static enum isokit_status make_others(struct unpack_run *run, bool links,
				      struct isokit_error *err)
{
	struct unpack_plan *plan = run->plan;
	struct unpack_folder folders[2] = { { .fd = -1 }, { .fd = -1 } };
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 1; i < plan->n && st == ISOKIT_OK; i++) {
		struct unpack_item *it = &plan->items[i];
		bool link = it->flags & UNPACK_LINK;

		if (tree_is_dir(it->node) || link != links || (tree_is_file(it->node) && !link) ||
		    plan->items[it->parent].flags & UNPACK_FAILED)
			continue;
		st = link ? make_link(run, (uint32_t)i, folders, err) :
			    make_other(run, it, &folders[1], err);
	}
	unpack_folder_end(&folders[0]);
	unpack_folder_end(&folders[1]);
	return st;
}

/* A file system without modes says so by giving others than were asked for. The umask of a
 * user leaves his own bits alone. */
static void look_at_modes(struct unpack_run *run)
{
	struct unpack_folder folder = { .fd = -1 };
	unsigned left = MODES_LOOKED_AT;

	for (size_t i = 1; i < run->plan->n && left && run->x->posix; i++) {
		const struct unpack_item *it = &run->plan->items[i];
		struct stat st;
		int dir;

		if (!tree_is_file(it->node) || !(it->flags & UNPACK_MADE))
			continue;
		left--;
		dir = unpack_folder_use(&folder, run->target, run->plan->items, it->parent);
		if (dir < 0 || fstatat(dir, it->name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    ((st.st_mode ^ unpack_mode(run->x, it->node)) & (S_IXUSR | S_IRUSR)) == 0)
			continue;
		unpack_tell_path(run->x, ISOKIT_EXTRACT_LESS, "/",
				 "the file system keeps no modes: which files may be run is lost");
		break;
	}
	unpack_folder_end(&folder);
}

/* ---- all of it ------------------------------------------------------------------------- */

static enum isokit_status check_space(const struct unpack_run *run, struct isokit_error *err)
{
	if (run->plan->bytes <= run->target->free_bytes)
		return ISOKIT_OK;
	(void)isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, run->target->path,
			  "the files take %llu bytes, but only %llu are free there",
			  (unsigned long long)run->plan->bytes,
			  (unsigned long long)run->target->free_bytes);
	if (err)
		err->sys_errno = ENOSPC;
	return ISOKIT_E_IO;
}

static enum isokit_status run_plan(struct unpack_run *run, struct isokit_error *err)
{
	enum isokit_status st = look_around(run, err);

	if (st == ISOKIT_OK)
		st = check_space(run, err);
	if (st == ISOKIT_OK && cancelled(run, err))
		st = ISOKIT_E_CANCELLED;
	if (st)
		return st;
	st = make_folders(run, err);
	if (st == ISOKIT_OK)
		st = unpack_files(run, err);
	if (st == ISOKIT_OK)
		st = make_others(run, false, err);
	if (st == ISOKIT_OK)
		st = make_others(run, true, err);
	finish_folders(run);
	if (st == ISOKIT_OK)
		look_at_modes(run);
	return st;
}

enum isokit_status isokit_extract_run(struct isokit_extract *x, const char *directory,
				      struct isokit_error *err)
{
	struct unpack_target target = { .fd = -1 };
	struct unpack_plan plan = { 0 };
	struct unpack_run run = { .x = x, .target = &target, .plan = &plan };
	enum isokit_status st = unpack_plan_make(x, &plan, err);
	bool opened = false;

	if (st == ISOKIT_OK)
		st = unpack_check_size(x, plan.bytes, err);
	if (st == ISOKIT_OK) {
		st = unpack_target_open(&target, directory, err);
		opened = st == ISOKIT_OK;
	}
	if (st == ISOKIT_OK)
		st = run_plan(&run, err);
	if (opened)
		unpack_tell_damages(x);
	if (opened)
		unpack_target_close(&target, st != ISOKIT_OK);
	unpack_plan_release(&plan);
	return st;
}
