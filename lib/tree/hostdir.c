/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host folders and files into the tree. Folders are read once, entry by entry
 * relative to an open descriptor, and sorted by name bytes; symbolic links are
 * kept, never followed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fail.h"
#include "tree/hostattr.h"
#include "tree/impl.h"

enum { GETDENTS_BYTES = 64 * 1024, CANCEL_EVERY = 256, MAX_TARGET = 4096 };

/* Make node a member of the family of that inode. */
static bool link_join(struct tree *t, const struct stat *st, struct tree_node *node)
{
	struct tree_node *first = tree_links_first(t, st->st_dev, st->st_ino, node);

	if (!first)
		return false;
	node->link = first;
	node->flags |= TREE_LINKED;
	return true;
}

/* ---- scanning --------------------------------------------------------------- */

/* The folders that are open above the current one. */
struct ancestor {
	const struct ancestor *up;
	dev_t dev;
	ino_t ino;
};

struct scan {
	struct tree *t;
	const struct tree_scan_options *opt;
	struct text path;      /* in the image, of the folder being read */
	struct text host;      /* on the host, likewise */
	size_t source_bytes;   /* of path: where the part below the source begins */
	const char *skip_name; /* of the folder being read; NULL: none */
	uint8_t *dents;        /* GETDENTS_BYTES */
	unsigned since_cancel_check;
	const struct ancestor *around; /* the folder being read, and those above */
	/* With host_excludes that have a '/': the patterns, each with its NUL; the source
	 * without links and dots, and what is below it for a while; bytes of host that the
	 * source as named has. */
	struct text patterns, absolute;
	size_t absolute_bytes, host_source_bytes;
	struct hostattr *attributes;
	struct isokit_error *err;
};

static enum isokit_status scan_nomem(struct scan *s)
{
	return isokit_fail_nomem(s->err, text_string(&s->host), sizeof(struct tree_node));
}

/* A path for messages: the folder being read, and a name in it. */
static const char *host_name(struct scan *s, const char *name)
{
	if (s->host.n && s->host.bytes[s->host.n - 1] != '/')
		text_add_char(&s->host, '/');
	text_add_str(&s->host, name);
	return text_string(&s->host);
}

bool tree_excluded(const struct tree_scan_options *o, const char *name, const char *below)
{
	for (size_t i = 0; i < o->n_excludes; i++) {
		const char *p = o->excludes[i];

		if (!strchr(p, '/')) {
			if (fnmatch(p, name, 0) == 0)
				return true;
			continue;
		}
		while (*p == '/')
			p++;
		if (fnmatch(p, below, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

static bool excluded(const struct scan *s, const char *name, const char *below)
{
	return tree_excluded(s->opt, name, below);
}

/* Without "." and "..", links and all; a relative one below the working folder. */
static void add_absolute(struct text *out, const char *path)
{
	char *folder = *path != '/' && out->n == 0 ? getcwd(NULL, 0) : NULL;
	size_t n;

	if (folder && folder[1])
		text_add_str(out, folder);
	free(folder);
	for (; *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (out->n && out->bytes[--out->n] != '/')
				;
		} else if (n && !(n == 1 && path[0] == '.')) {
			text_add_char(out, '/');
			text_add(out, path, n);
		}
	}
}

/* Patterns with a '/' in that form, one behind the other. */
static bool prepare_excludes(struct scan *s, const char *source)
{
	for (size_t i = 0; i < s->opt->n_host_excludes; i++) {
		const char *pattern = s->opt->host_excludes[i];
		struct text one = { 0 };

		if (!strchr(pattern, '/'))
			continue;
		add_absolute(&one, pattern);
		text_add(&s->patterns, text_string(&one), one.n);
		text_add_char(&s->patterns, '\0');
		s->patterns.failed = s->patterns.failed || one.failed;
		text_free(&one);
	}
	s->host_source_bytes = strlen(source);
	if (s->patterns.n)
		add_absolute(&s->absolute, source);
	s->absolute_bytes = s->absolute.n;
	return !s->patterns.failed && !s->absolute.failed;
}

static bool path_excluded(struct scan *s, const char *host_path)
{
	bool out = false;

	if (s->patterns.n == 0)
		return false;
	add_absolute(&s->absolute, host_path + s->host_source_bytes);
	for (size_t at = 0; at < s->patterns.n && !out; at += strlen(s->patterns.bytes + at) + 1)
		out = fnmatch(s->patterns.bytes + at, text_string(&s->absolute), FNM_PATHNAME) == 0;
	s->absolute.n = s->absolute_bytes;
	return out;
}

static bool host_excluded(struct scan *s, const char *name, const char *host_path)
{
	for (size_t i = 0; i < s->opt->n_host_excludes; i++) {
		const char *pattern = s->opt->host_excludes[i];

		if (!strchr(pattern, '/') && fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return path_excluded(s, host_path);
}

/* host_excluded() for a name in the folder being read. */
static bool entry_excluded(struct scan *s, const char *name)
{
	size_t host_bytes = s->host.n;
	bool out = s->opt->n_host_excludes && host_excluded(s, name, host_name(s, name));

	s->host.n = host_bytes;
	return out;
}

/* Is it one of these folders? */
static bool is_among(const struct ancestor *up, const struct stat *st)
{
	while (up && (up->dev != st->st_dev || up->ino != st->st_ino))
		up = up->up;
	return up != NULL;
}

/* What a name is; the target where links are followed and it leads somewhere, but not
 * back. */
static int examine(struct scan *s, int dirfd, const char *name, struct stat *ret)
{
	struct stat itself;

	if (s->opt->follow_links && fstatat(dirfd, name, ret, 0) == 0) {
		if (!S_ISDIR(ret->st_mode) || !is_among(s->around, ret) ||
		    fstatat(dirfd, name, &itself, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISLNK(itself.st_mode))
			return 0;
		if (s->opt->note)
			s->opt->note(s->opt->note_ctx, text_string(&s->path),
				     "leads to a folder above itself and stays a link");
		*ret = itself;
		return 0;
	}
	return fstatat(dirfd, name, ret, AT_SYMLINK_NOFOLLOW);
}

static enum isokit_status fill_target(struct scan *s, int dirfd, const char *name,
				      const char *shown, struct tree_node *node)
{
	char target[MAX_TARGET];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target));

	if (n < 0)
		return isokit_fail_errno(s->err, errno, shown, "symbolic link cannot be read");
	if (n == 0 || (size_t)n == sizeof(target))
		return isokit_fail(s->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, shown,
				   "has a link target that is %s", n ? "too long" : "empty");
	node->u.target = arena_strndup(&s->t->arena, target, (size_t)n);
	return node->u.target ? ISOKIT_OK : scan_nomem(s);
}

static enum isokit_status fill_type(struct scan *s, int dirfd, const char *name,
				    const char *shown, const struct stat *st,
				    const struct tree_hostdir *host, struct tree_node *node)
{
	node->mode = (uint32_t)st->st_mode;
	node->uid = (uint32_t)st->st_uid;
	node->gid = (uint32_t)st->st_gid;
	node->mtime = (int64_t)st->st_mtim.tv_sec;
	node->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		node->size = (uint64_t)st->st_size;
		node->content = node->size ? TREE_HOST : TREE_EMPTY;
		node->u.host = host;
		/* Who may read is known without opening, but for the odd case. */
		if ((st->st_mode & 0444) != 0444 && faccessat(dirfd, name, R_OK, AT_EACCESS) != 0)
			return isokit_fail_errno(s->err, errno, shown, "cannot be read");
		break;
	case S_IFLNK:
		return fill_target(s, dirfd, name, shown, node);
	case S_IFBLK:
	case S_IFCHR:
		node->u.rdev = st->st_rdev;
		break;
	case S_IFDIR:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	default:
		return isokit_fail(s->err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, shown,
				   "is of a type that ISO 9660 cannot hold");
	}
	if ((st->st_nlink > 1 || s->opt->follow_links) && !S_ISDIR(st->st_mode) &&
	    !link_join(s->t, st, node))
		return scan_nomem(s);
	return ISOKIT_OK;
}

/* Fill a node from what stat says of it. `name` is relative to dirfd. */
static enum isokit_status fill_node(struct scan *s, int dirfd, const char *name,
				    const char *shown, const struct stat *st,
				    const struct tree_hostdir *host, struct tree_node *node)
{
	const struct tree_scan_options *o = s->opt;
	enum isokit_status status = fill_type(s, dirfd, name, shown, st, host, node);

	if (status || (!o->xattrs && !o->acls))
		return status;
	return hostattr_read(&s->attributes, s->t, dirfd, name, shown, o->xattrs, o->acls, node,
			     s->err);
}

struct found {
	struct tree_node **nodes;
	size_t n, capacity;
};

static enum isokit_status take_entry(struct scan *s, int dirfd, const char *name,
				     const struct tree_hostdir *host, struct found *found)
{
	size_t path_bytes = s->path.n, host_bytes = s->host.n;
	enum isokit_status st = ISOKIT_OK;
	struct tree_node *node;
	struct stat info;

	if (s->opt->cancelled && ++s->since_cancel_check >= CANCEL_EVERY) {
		s->since_cancel_check = 0;
		if (s->opt->cancelled(s->opt->cancelled_ctx))
			return isokit_fail(s->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					   "cancelled");
	}
	text_add_char(&s->path, '/');
	text_add_str(&s->path, name);
	if (s->path.failed)
		return scan_nomem(s);
	if (s->opt->n_excludes &&
	    excluded(s, name, text_string(&s->path) + s->source_bytes + 1))
		goto out;
	if (entry_excluded(s, name) || (s->skip_name && strcmp(name, s->skip_name) == 0))
		goto out;
	if (examine(s, dirfd, name, &info) != 0) {
		int e = errno;

		st = isokit_fail_errno(s->err, e, host_name(s, name), "cannot be examined");
		/* It was there a moment ago. */
		if (e == ENOENT)
			st = isokit_fail(s->err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET,
					 text_string(&s->host),
					 "disappeared while the folder was read");
		goto out;
	}
	node = tree_node_new(s->t, name, strlen(name));
	if (!node || !ARRAY_RESERVE(found->nodes, found->capacity, found->n + 1)) {
		st = scan_nomem(s);
		goto out;
	}
	st = fill_node(s, dirfd, name, "", &info, host, node);
	if (st) {
		/* Only a failure pays for the full name. */
		if (s->err && st != ISOKIT_E_NOMEM) {
			struct isokit_error e = *s->err;

			(void)isokit_fail(s->err, e.status, e.offset, host_name(s, name), "%s",
					  e.text);
			s->err->sys_errno = e.sys_errno;
		}
		goto out;
	}
	if (s->opt->adjust) {
		const char *host_path = host_name(s, name);

		if (s->host.failed) {
			st = scan_nomem(s);
			goto out;
		}
		s->opt->adjust(s->opt->adjust_ctx, text_string(&s->path), host_path, node);
	}
	found->nodes[found->n++] = node;
out:
	s->path.n = path_bytes;
	s->host.n = host_bytes;
	return st;
}

/* What getdents64 delivers, see its manual page; read by offset. */
enum { DENT_RECLEN = 16, DENT_NAME = 19 };

static enum isokit_status read_entries(struct scan *s, int fd, const struct tree_hostdir *host,
				       struct found *found)
{
	for (;;) {
		long got = syscall(SYS_getdents64, fd, s->dents, GETDENTS_BYTES);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return isokit_fail_errno(s->err, errno, text_string(&s->host),
						 "folder cannot be read");
		if (got == 0)
			return ISOKIT_OK;
		for (size_t at = 0; at < (size_t)got;) {
			uint16_t record;
			const char *name = (const char *)s->dents + at + DENT_NAME;
			enum isokit_status st;

			memcpy(&record, s->dents + at + DENT_RECLEN, sizeof(record));
			at += record;
			if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
				continue;
			st = take_entry(s, fd, name, host, found);
			if (st)
				return st;
		}
	}
}

static int by_name(const void *a, const void *b)
{
	const struct tree_node *x = *(struct tree_node *const *)a;
	const struct tree_node *y = *(struct tree_node *const *)b;

	/* No NUL inside names: strcmp compares bytes as unsigned. */
	return strcmp(x->name, y->name);
}

/* Sorted new nodes into a folder. Where a folder meets a folder, found[] is made
 * to hold the old one, so that the scan goes on in it. */
static bool merge(struct tree_node *dir, struct found *found)
{
	if (dir->u.dir.n == 0) {
		if (!tree_children_reserve(dir, (uint32_t)found->n))
			return false;
		if (found->n)
			memcpy(dir->u.dir.children, found->nodes,
			       found->n * sizeof(*found->nodes));
		dir->u.dir.n = (uint32_t)found->n;
		for (size_t i = 0; i < found->n; i++)
			found->nodes[i]->parent = dir;
		return true;
	}
	for (size_t i = 0; i < found->n; i++) {
		struct tree_node *old = tree_child(dir, found->nodes[i]->name,
						   found->nodes[i]->name_bytes);

		if (old && tree_is_dir(old) && tree_is_dir(found->nodes[i])) {
			tree_node_adopt(old, found->nodes[i]);
			found->nodes[i] = old;
		} else if (!tree_node_attach(dir, found->nodes[i])) {
			return false;
		}
	}
	return true;
}

/* What is written must not be among what is read. */
static enum isokit_status refuse_inside(struct scan *s, const char *name, const char *what)
{
	size_t n = s->path.n;
	bool left_out;

	text_add_char(&s->path, '/');
	text_add_str(&s->path, name);
	left_out = excluded(s, name, text_string(&s->path) + s->source_bytes + 1);
	s->path.n = n;
	if (left_out)
		return ISOKIT_OK;
	return isokit_fail(s->err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, host_name(s, name),
			   "%s would lie inside the source; write it elsewhere or exclude it", what);
}

static enum isokit_status guard_folder(struct scan *s, const struct stat *st,
				       const struct ancestor *up, unsigned depth)
{
	const struct tree_scan_options *o = s->opt;
	enum isokit_status status = ISOKIT_OK;

	if (is_among(up, st))
		return isokit_fail(s->err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, text_string(&s->host),
				   "leads back to a folder above itself (a bind mount?); exclude it");
	if (depth > TREE_MAX_DEPTH)
		return isokit_fail(s->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&s->host),
				   "is nested more than %d folders deep: leave it out with "
				   "--exclude, or add it as an archive", TREE_MAX_DEPTH);
	s->skip_name = NULL;
	if (o->output_name && st->st_dev == o->output_dir_dev && st->st_ino == o->output_dir_ino &&
	    o->leave_out_output) {
		s->skip_name = o->output_name;
	} else if (o->output_name && st->st_dev == o->output_dir_dev &&
		   st->st_ino == o->output_dir_ino) {
		status = refuse_inside(s, o->output_name, "the output");
	}
	if (status == ISOKIT_OK && o->manifest_name && st->st_dev == o->manifest_dir_dev &&
	    st->st_ino == o->manifest_dir_ino)
		status = refuse_inside(s, o->manifest_name, "the list of checksums");
	return status;
}

static enum isokit_status scan_folder(struct scan *s, int fd, struct tree_node *dir,
				      const struct tree_hostdir *host, const struct ancestor *up,
				      unsigned depth);

static enum isokit_status scan_child(struct scan *s, int fd, struct tree_node *child,
				     const struct tree_hostdir *host, const struct ancestor *up,
				     unsigned depth)
{
	size_t path_bytes = s->path.n, host_bytes = s->host.n;
	struct tree_hostdir *below;
	enum isokit_status st;
	int sub;

	(void)host_name(s, child->name);
	text_add_char(&s->path, '/');
	text_add_str(&s->path, child->name);
	below = arena_alloc(&s->t->arena, sizeof(*below));
	if (!below || s->path.failed || s->host.failed)
		return scan_nomem(s);
	*below = (struct tree_hostdir){ .parent = host, .path = child->name,
					.index = s->t->n_hostdirs++ };
	sub = openat(fd, child->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK |
					      (s->opt->follow_links ? 0 : O_NOFOLLOW));
	if (sub < 0) {
		st = isokit_fail_errno(s->err, errno, text_string(&s->host),
				       "folder cannot be opened");
	} else {
		st = scan_folder(s, sub, child, below, up, depth);
		(void)close(sub);
	}
	s->path.n = path_bytes;
	s->host.n = host_bytes;
	return st;
}

static enum isokit_status scan_folder(struct scan *s, int fd, struct tree_node *dir,
				      const struct tree_hostdir *host, const struct ancestor *up,
				      unsigned depth)
{
	struct found found = { 0 };
	struct ancestor self = { .up = up };
	enum isokit_status st;
	struct stat info;

	if (fstat(fd, &info) != 0)
		return isokit_fail_errno(s->err, errno, text_string(&s->host),
					 "cannot be examined");
	st = guard_folder(s, &info, up, depth);
	if (st)
		return st;
	self.dev = info.st_dev;
	self.ino = info.st_ino;
	s->around = &self;
	st = read_entries(s, fd, host, &found);
	if (st == ISOKIT_OK) {
		if (found.n > 1) /* an empty folder has no array */
			qsort(found.nodes, found.n, sizeof(*found.nodes), by_name);
		if (!merge(dir, &found))
			st = scan_nomem(s);
	}
	for (size_t i = 0; st == ISOKIT_OK && i < found.n; i++) {
		if (tree_is_dir(found.nodes[i]))
			st = scan_child(s, fd, found.nodes[i], host, &self, depth + 1);
	}
	free(found.nodes);
	return st;
}

/* ---- grafting ----------------------------------------------------------------- */

static enum isokit_status add_folder(struct scan *s, const char *dest, const char *host_path,
				     const struct stat *info)
{
	struct tree_hostdir *host = arena_alloc(&s->t->arena, sizeof(*host));
	struct tree_node *dir, fresh = { 0 };
	enum isokit_status st;
	int fd;

	st = tree_make_dir(s->t, dest, &dir, s->err);
	if (st)
		return st;
	if (!host)
		return scan_nomem(s);
	host->path = arena_strndup(&s->t->arena, host_path, strlen(host_path));
	host->index = s->t->n_hostdirs++;
	s->dents = malloc(GETDENTS_BYTES);
	if (!host->path || !s->dents)
		return scan_nomem(s);
	st = fill_node(s, AT_FDCWD, host_path, host_path, info, host, &fresh);
	if (st)
		return st;
	tree_node_path(dir, &s->path);
	if (!dir->parent)
		s->path.n = 0; /* "/" of the root is added with each name */
	s->source_bytes = s->path.n;
	if (s->opt->adjust) {
		fresh.name = dir->name;
		s->opt->adjust(s->opt->adjust_ctx, dir->parent ? text_string(&s->path) : "/",
			       host_path, &fresh);
	}
	tree_node_adopt(dir, &fresh);
	fd = open(host_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return isokit_fail_errno(s->err, errno, host_path, "folder cannot be opened");
	st = scan_folder(s, fd, dir, host, NULL, 1);
	(void)close(fd);
	return st;
}

static enum isokit_status add_file(struct scan *s, const char *dest, const char *host_path,
				   const struct stat *info)
{
	const struct tree_node *at = tree_lookup(s->t, dest);
	size_t dest_bytes = strlen(dest), name_bytes;
	const char *name, *slash;
	struct tree_hostdir *host;
	struct tree_node *dir, *node;
	struct text folder = { 0 };
	enum isokit_status st;

	if (dest_bytes == 0 || dest[dest_bytes - 1] == '/' || (at && tree_is_dir(at))) {
		slash = strrchr(host_path, '/');
		name = slash ? slash + 1 : host_path;
		text_add(&folder, dest, dest_bytes);
	} else {
		slash = strrchr(dest, '/');
		name = slash ? slash + 1 : dest;
		text_add(&folder, dest, (size_t)(name - dest));
	}
	st = tree_make_dir(s->t, text_string(&folder), &dir, s->err);
	text_free(&folder);
	if (st)
		return st;
	name_bytes = strlen(name);
	if (name_bytes == 0 || name_bytes > TREE_MAX_NAME || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return isokit_fail(s->err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, dest,
				   "cannot be the name of a file (1 to 255 bytes)");
	host = arena_alloc(&s->t->arena, sizeof(*host));
	node = tree_node_new(s->t, name, name_bytes);
	if (!host || !node)
		return scan_nomem(s);
	*host = (struct tree_hostdir){ .index = s->t->n_hostdirs++, .is_file = true };
	host->path = arena_strndup(&s->t->arena, host_path, strlen(host_path));
	if (!host->path)
		return scan_nomem(s);
	st = fill_node(s, AT_FDCWD, host_path, host_path, info, host, node);
	if (st)
		return st;
	node->parent = dir;
	tree_node_path(node, &s->path);
	if (s->opt->adjust)
		s->opt->adjust(s->opt->adjust_ctx, text_string(&s->path), host_path, node);
	return tree_node_attach(dir, node) ? ISOKIT_OK : scan_nomem(s);
}

static enum isokit_status fail_stat(const char *path, int e, struct isokit_error *err)
{
	enum isokit_status st;

	if (e != ENOENT && e != ENOTDIR)
		return isokit_fail_errno(err, e, path, "cannot be examined");
	st = isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, path, "no such file or folder");
	if (err)
		err->sys_errno = e;
	return st;
}

enum isokit_status tree_node_from_host(struct tree *t, struct tree_node *node, const char *path,
				       const struct tree_hostdir *host,
				       const struct tree_scan_options *options,
				       struct isokit_error *err)
{
	struct scan s = { .t = t, .opt = options, .err = err };
	enum isokit_status st;
	struct stat info;

	if (stat(path, &info) != 0)
		return fail_stat(path, errno, err);
	text_add_str(&s.host, path);
	st = fill_node(&s, AT_FDCWD, path, path, &info, host, node);
	hostattr_free(s.attributes);
	text_free(&s.host);
	return st;
}

enum isokit_status tree_add_host(struct tree *t, const char *dest, const char *host_path,
				 const struct tree_scan_options *options, struct isokit_error *err)
{
	static const struct tree_scan_options none = { 0 };
	struct scan s = { .t = t, .opt = options ? options : &none, .err = err };
	enum isokit_status st;
	struct stat info;

	if ((s.opt->keep_source_links && !s.opt->follow_links ? lstat(host_path, &info) :
								 stat(host_path, &info)) != 0 &&
	    lstat(host_path, &info) != 0)
		return fail_stat(host_path, errno, err);
	if (S_ISLNK(info.st_mode) && !s.opt->keep_source_links)
		return fail_stat(host_path, ENOENT, err);
	text_add_str(&s.host, host_path);
	if (!prepare_excludes(&s, host_path))
		return isokit_fail_nomem(err, host_path, s.absolute.n);
	if (S_ISDIR(info.st_mode))
		st = add_folder(&s, dest ? dest : "/", host_path, &info);
	else
		st = add_file(&s, dest ? dest : "/", host_path, &info);
	free(s.dents);
	hostattr_free(s.attributes);
	text_free(&s.path);
	text_free(&s.host);
	text_free(&s.patterns);
	text_free(&s.absolute);
	return st;
}
