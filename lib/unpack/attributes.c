/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes, times, owners, extended attributes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "tree/attributes.h"
#include "unpack/unpack.h"

mode_t unpack_mode(const struct isokit_extract *x, const struct tree_node *node)
{
	/* Modes that the image does not have were made up for a medium that nobody can
	 * write to; in a folder, files are as others are. */
	if (!x->posix)
		return tree_is_dir(node) ? 0777 : 0666;
	return node->mode & (x->options.permissions ? 07777 : 0777);
}

static void times_of(const struct tree_node *node, struct timespec ts[2])
{
	ts[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	ts[1] = (struct timespec){ .tv_sec = (time_t)node->mtime,
				   .tv_nsec = (long)node->mtime_ns };
	if (node->mtime == INT64_MIN)
		ts[1].tv_nsec = UTIME_OMIT;
}

/* ---- access control lists ----------------------------------------------------------- */

/* include/uapi/linux/posix_acl_xattr.h */
enum { ACL_VERSION = 2, ACL_HEAD = 4, ACL_ENTRY = 8 };

/* "user", "group", "mask", "other": the tag of the owner, and that of a number. */
static const struct {
	const char *word;
	uint16_t owner, numbered;
} acl_tags[] = {
	{ "user:", 0x01, 0x02 }, { "group:", 0x04, 0x08 }, { "mask:", 0x10, 0 },
	{ "other:", 0x20, 0 },
};

/* One entry up to the comma, "user:7:r-x". NULL when it is none. */
static const char *encode_entry(const char *p, uint8_t out[ACL_ENTRY])
{
	static const char letters[] = "rwx";
	unsigned long id = 0xffffffff;
	uint16_t tag = 0, permissions = 0;
	char *end;

	for (size_t i = 0; i < sizeof(acl_tags) / sizeof(acl_tags[0]); i++) {
		size_t n = strlen(acl_tags[i].word);

		if (strncmp(p, acl_tags[i].word, n) != 0)
			continue;
		p += n;
		tag = acl_tags[i].owner;
		if (*p >= '0' && *p <= '9') {
			id = strtoul(p, &end, 10);
			p = end;
			tag = acl_tags[i].numbered;
			if (id >= 0xffffffff)
				return NULL;
		}
		break;
	}
	if (!tag || *p != ':')
		return NULL;
	p++;
	for (unsigned i = 0; i < 3; i++, p++) {
		if (*p == letters[i])
			permissions |= (uint16_t)(4u >> i);
		else if (*p != '-')
			return NULL;
	}
	put_le16(out, tag);
	put_le16(out + 2, permissions);
	put_le32(out + 4, (uint32_t)id);
	return *p == ',' ? p + 1 : *p == '\0' ? p : NULL;
}

static int by_tag_and_id(const void *a, const void *b)
{
	const uint8_t *x = a, *y = b;
	unsigned tag_x = get_le16(x), tag_y = get_le16(y);
	uint32_t id_x = get_le32(x + 4), id_y = get_le32(y + 4);

	return tag_x != tag_y ? (tag_x < tag_y ? -1 : 1) : id_x < id_y ? -1 : id_x > id_y;
}

size_t unpack_acl_encode(const char *acl, uint8_t *out, size_t bytes)
{
	size_t at = ACL_HEAD;

	if (bytes < ACL_HEAD)
		return 0;
	put_le32(out, ACL_VERSION);
	while (*acl) {
		if (bytes - at < ACL_ENTRY)
			return 0;
		acl = encode_entry(acl, out + at);
		if (!acl)
			return 0;
		at += ACL_ENTRY;
	}
	/* The kernel wants them in order. */
	qsort(out + ACL_HEAD, (at - ACL_HEAD) / ACL_ENTRY, ACL_ENTRY, by_tag_and_id);
	return at > ACL_HEAD ? at : 0;
}

static bool set_acl(int fd, const char *name, const char *acl)
{
	uint8_t raw[4096];
	size_t n = unpack_acl_encode(acl, raw, sizeof(raw));

	return n && fsetxattr(fd, name, raw, n, 0) == 0;
}

/* ---- all of it ---------------------------------------------------------------------- */

static void set_extended(struct isokit_extract *x, const struct tree_node *node, int fd)
{
	const struct tree_attributes *a = node->attributes;
	bool xattrs = true, acls = true;

	if (!a)
		return;
	for (uint32_t i = 0; i < a->n_xattrs; i++)
		xattrs &= fsetxattr(fd, a->xattrs[i].name, a->xattrs[i].value, a->xattrs[i].bytes,
				    0) == 0;
	if (a->acl)
		acls &= set_acl(fd, "system.posix_acl_access", a->acl);
	if (a->default_acl && tree_is_dir(node))
		acls &= set_acl(fd, "system.posix_acl_default", a->default_acl);
	if (!xattrs)
		unpack_tell(x, ISOKIT_EXTRACT_LESS, node,
			    "not all of its extended attributes could be set");
	if (!acls)
		unpack_tell(x, ISOKIT_EXTRACT_LESS, node,
			    "its access control list could not be set");
}

void unpack_attributes_set(struct isokit_extract *x, const struct tree_node *node, int fd)
{
	struct timespec ts[2];
	struct stat st;
	mode_t mode = unpack_mode(x, node);

	if (x->options.permissions) {
		bool root = geteuid() == 0;

		if (root && x->posix && fchown(fd, node->uid, node->gid) != 0)
			unpack_tell(x, ISOKIT_EXTRACT_LESS, node, "its owner could not be set");
		/* Who else would run it as its owner is not meant. */
		if (!root)
			mode &= 01777;
		if (x->posix && fchmod(fd, mode) != 0)
			unpack_tell(x, ISOKIT_EXTRACT_LESS, node, "its mode could not be set");
		set_extended(x, node, fd);
	} else if (tree_is_dir(node) && (mode & 0700) != 0700 && fstat(fd, &st) == 0) {
		/* It was made with all that it takes to fill it. */
		(void)fchmod(fd, st.st_mode & 07777 & ~(0700 & ~mode));
	}
	times_of(node, ts);
	(void)futimens(fd, ts);
}

void unpack_attributes_set_at(struct isokit_extract *x, const struct tree_node *node, int dir,
			      const char *name)
{
	struct timespec ts[2];

	if (x->options.permissions && x->posix && geteuid() == 0 &&
	    fchownat(dir, name, node->uid, node->gid, AT_SYMLINK_NOFOLLOW) != 0)
		unpack_tell(x, ISOKIT_EXTRACT_LESS, node, "its owner could not be set");
	times_of(node, ts);
	(void)utimensat(dir, name, ts, AT_SYMLINK_NOFOLLOW);
}
