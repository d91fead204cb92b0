/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes and access control lists of entries. */
#include "tree/archive_impl.h"

#ifdef HAVE_LIBARCHIVE

#include <stdlib.h>
#include <string.h>

#include "tree/attributes.h"

static bool is_acl_name(const char *name)
{
	return strncmp(name, "system.posix_acl_", 17) == 0;
}

static enum isokit_status take_xattrs(struct intake *in, struct tree_xattr_list *list)
{
	const struct libarchive *lib = in->lib;
	int n = lib->archive_entry_xattr_reset(in->e);
	const char *name;
	const void *value;
	size_t bytes;

	if (n && !in->g.opt->xattrs) {
		in->n_xattrs_lost++;
		return ISOKIT_OK;
	}
	while (n-- > 0 &&
	       lib->archive_entry_xattr_next(in->e, &name, &value, &bytes) == ARCHIVE_OK) {
		enum isokit_status st;

		/* libarchive hands these out as lists, too. */
		if (!name || is_acl_name(name))
			continue;
		st = tree_xattr_add(in->g.t, list, name, value ? value : "", value ? bytes : 0,
				    text_string(&in->g.full), in->err);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

static void take_acl(struct intake *in, int type, struct text *out)
{
	static const struct {
		int archive;
		enum tree_acl_tag tag;
	} tags[] = { /* in the order of a list */
		{ ARCHIVE_ENTRY_ACL_USER_OBJ, TREE_ACL_USER_OBJ },
		{ ARCHIVE_ENTRY_ACL_USER, TREE_ACL_USER },
		{ ARCHIVE_ENTRY_ACL_GROUP_OBJ, TREE_ACL_GROUP_OBJ },
		{ ARCHIVE_ENTRY_ACL_GROUP, TREE_ACL_GROUP },
		{ ARCHIVE_ENTRY_ACL_MASK, TREE_ACL_MASK },
		{ ARCHIVE_ENTRY_ACL_OTHER, TREE_ACL_OTHER },
	};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		int kind, permissions, tag, id;
		const char *name;

		if (in->lib->archive_entry_acl_reset(in->e, type) == 0)
			return;
		while (in->lib->archive_entry_acl_next(in->e, type, &kind, &permissions, &tag, &id,
						       &name) == ARCHIVE_OK) {
			bool numbered = tags[i].tag == TREE_ACL_USER ||
					tags[i].tag == TREE_ACL_GROUP;

			if (tag != tags[i].archive || kind != type)
				continue;
			if (numbered && id < 0)
				in->n_unnumbered++;
			else
				tree_acl_add(out, tags[i].tag, (uint32_t)id,
					     (unsigned)permissions & 7);
		}
	}
}

enum isokit_status intake_take_attributes(struct intake *in, struct tree_node *node)
{
	int types = in->lib->archive_entry_acl_types(in->e);
	struct tree_xattr_list xattrs = { 0 };
	struct text acl = { 0 }, default_acl = { 0 };
	enum isokit_status st = take_xattrs(in, &xattrs);

	if (types & ARCHIVE_ENTRY_ACL_TYPE_NFS4)
		in->n_nfs4++;
	if (types & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E && !in->g.opt->acls) {
		in->n_acls_lost++;
	} else if (types & ARCHIVE_ENTRY_ACL_TYPE_POSIX1E) {
		take_acl(in, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &acl);
		take_acl(in, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, &default_acl);
	}
	if (acl.failed || default_acl.failed)
		st = intake_no_memory(in);
	if (st == ISOKIT_OK)
		st = tree_node_set_attributes(in->g.t, node, &xattrs, acl.n ? acl.bytes : NULL,
					      default_acl.n ? default_acl.bytes : NULL, in->err);
	/* libarchive has the owning group's permissions for those of the mode. */
	if (st == ISOKIT_OK)
		tree_node_mode_from_acl(node);
	tree_xattr_free(&xattrs);
	text_free(&acl);
	text_free(&default_acl);
	return st;
}

#endif
