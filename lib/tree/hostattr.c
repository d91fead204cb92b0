/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/hostattr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/fail.h"
#include "tree/attributes.h"

/* What the kernel lets a list and a value have (linux/limits.h). */
enum { LIST_BYTES = 65536, VALUE_BYTES = 65536 };

struct hostattr {
	struct text path;
	char names[LIST_BYTES];
	char value[VALUE_BYTES];
};

void hostattr_free(struct hostattr *h)
{
	if (h)
		text_free(&h->path);
	free(h);
}

/* The system calls take paths only; below /proc a descriptor is one. */
static bool set_path(struct hostattr *h, int dirfd, const char *name)
{
	text_clear(&h->path);
	if (dirfd != AT_FDCWD)
		text_addf(&h->path, "/proc/self/fd/%d/", dirfd);
	text_add_str(&h->path, name);
	return !h->path.failed;
}

static ssize_t get(struct hostattr *h, bool follow, const char *name)
{
	return follow ? getxattr(h->path.bytes, name, h->value, VALUE_BYTES) :
			lgetxattr(h->path.bytes, name, h->value, VALUE_BYTES);
}

/* A file system without such things, or a file that cannot have them. */
static bool is_none(int e)
{
	return e == ENOTSUP || e == EOPNOTSUPP || e == ENODATA || e == EPERM || e == ENOSYS;
}

static enum isokit_status take_acl(struct hostattr *h, bool follow, const char *name,
				   const char *shown, struct text *out, struct isokit_error *err)
{
	ssize_t n = get(h, follow, name);

	if (n < 0)
		return is_none(errno) ? ISOKIT_OK :
					isokit_fail_errno(err, errno, shown,
							  "its access control list cannot be read");
	if (!tree_acl_from_xattr(h->value, (size_t)n, out))
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, shown,
				   "has an access control list of an unknown form");
	return out->failed ? isokit_fail_nomem(err, shown, (size_t)n) : ISOKIT_OK;
}

/* system. is how lists of permissions come. security. is about this computer: labels by
 * its policy, hashes by its keys; but for capabilities, which say what a program may do
 * as its mode does. The rest is the file's. */
static bool is_wanted(const char *name)
{
	return strncmp(name, "system.", 7) != 0 &&
	       (strncmp(name, "security.", 9) != 0 || strcmp(name, "security.capability") == 0);
}

static enum isokit_status take_xattrs(struct hostattr *h, bool follow, struct tree *t,
				      const char *shown, struct tree_xattr_list *list,
				      struct isokit_error *err)
{
	ssize_t n = follow ? listxattr(h->path.bytes, h->names, LIST_BYTES) :
			     llistxattr(h->path.bytes, h->names, LIST_BYTES);

	if (n < 0)
		return is_none(errno) ? ISOKIT_OK :
					isokit_fail_errno(err, errno, shown,
							  "its extended attributes cannot be read");
	for (const char *name = h->names; name < h->names + n; name += strlen(name) + 1) {
		enum isokit_status st;
		ssize_t bytes;

		if (!is_wanted(name))
			continue;
		bytes = get(h, follow, name);
		if (bytes < 0 && errno == ENODATA)
			continue; /* gone again */
		if (bytes < 0)
			return isokit_fail_errno(err, errno, shown,
						 "its extended attribute %s cannot be read", name);
		st = tree_xattr_add(t, list, name, h->value, (size_t)bytes, shown, err);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

enum isokit_status hostattr_read(struct hostattr **io_h, struct tree *t, int dirfd,
				 const char *name, const char *shown, bool xattrs, bool acls,
				 struct tree_node *node, struct isokit_error *err)
{
	struct tree_xattr_list list = { 0 };
	struct text acl = { 0 }, default_acl = { 0 };
	enum isokit_status st = ISOKIT_OK;
	bool follow = dirfd == AT_FDCWD;

	if (!*io_h)
		*io_h = calloc(1, sizeof(**io_h));
	if (!*io_h || !set_path(*io_h, dirfd, name))
		return isokit_fail_nomem(err, shown, sizeof(**io_h));
	if (xattrs)
		st = take_xattrs(*io_h, follow, t, shown, &list, err);
	if (st == ISOKIT_OK && acls && (node->mode & S_IFMT) != S_IFLNK)
		st = take_acl(*io_h, follow, "system.posix_acl_access", shown, &acl, err);
	if (st == ISOKIT_OK && acls && tree_is_dir(node))
		st = take_acl(*io_h, follow, "system.posix_acl_default", shown, &default_acl, err);
	if (st == ISOKIT_OK)
		st = tree_node_set_attributes(t, node, &list, acl.n ? acl.bytes : NULL,
					      default_acl.n ? default_acl.bytes : NULL, err);
	tree_xattr_free(&list);
	text_free(&acl);
	text_free(&default_acl);
	return st;
}
