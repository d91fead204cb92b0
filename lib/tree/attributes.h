/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes and access control lists of a node. */
#ifndef TREE_ATTRIBUTES_H
#define TREE_ATTRIBUTES_H

#include <isokit/image.h>

#include "tree/tree.h"

enum {
	TREE_XATTR_MAX_NAME = 255,
	TREE_XATTR_MAX_VALUE = 64 * 1024,  /* as Linux has it */
	TREE_XATTR_MAX_TOTAL = 192 * 1024, /* names and values of one node */
};

struct tree_xattr {
	const char *name; /* with its name space: "user.mime_type" */
	const uint8_t *value;
	uint32_t bytes;
};

/* All of it in the tree's arena. */
struct tree_attributes {
	const struct tree_xattr *xattrs; /* ascending by the bytes of their names */
	uint32_t n_xattrs;
	/* As acl(5) has it in short form, numbers for names: "user::rwx,user:7:r-x,…".
	 * NULL: none beyond the mode. */
	const char *acl, *default_acl;
};

/* A list of attributes that grows; then given to a node. */
struct tree_xattr_list {
	struct tree_xattr *items;
	size_t n, capacity;
	size_t bytes;       /* of names and values */
};

/* Copy a name and a value into the tree; replaces a value of the same name. `subject` is for
 * messages. ISOKIT_E_LIMIT where one is too long. */
enum isokit_status tree_xattr_add(struct tree *t, struct tree_xattr_list *list, const char *name,
				  const void *value, size_t bytes, const char *subject,
				  struct isokit_error *err);
void tree_xattr_free(struct tree_xattr_list *list);

/* One access control list, entry by entry. */
enum tree_acl_tag {
	TREE_ACL_USER_OBJ, TREE_ACL_USER, TREE_ACL_GROUP_OBJ, TREE_ACL_GROUP, TREE_ACL_MASK,
	TREE_ACL_OTHER,
};
void tree_acl_add(struct text *acl, enum tree_acl_tag tag, uint32_t id, unsigned permissions);

/* The access list of a node as it must be with the node's mode: chmod changes owner and
 * others, and the mask, or the group where there is no mask (acl(5)). */
void tree_acl_with_mode(const struct tree_node *node, struct text *out);

/* The other way round: the mode that belongs to the list. */
void tree_node_mode_from_acl(struct tree_node *node);

/* The value of system.posix_acl_access and …_default as Linux gives it
 * (include/uapi/linux/posix_acl_xattr.h), as text. False: it is none. */
bool tree_acl_from_xattr(const void *value, size_t bytes, struct text *out);

/* Give all that to a node: lists that are empty, or say no more than a mode does, are
 * left away. The texts may be NULL. */
enum isokit_status tree_node_set_attributes(struct tree *t, struct tree_node *node,
					    struct tree_xattr_list *xattrs, const char *acl,
					    const char *default_acl, struct isokit_error *err);

/* The attributes of an image's entry; those that libisofs keeps for itself ("isofs.") stay
 * away. ISOKIT_E_LIMIT where there is too much of them; then the node has none. */
enum isokit_status tree_node_take_attributes(struct tree *t, struct tree_node *node,
					     const struct isokit_attributes *from,
					     struct isokit_error *err);

#endif
