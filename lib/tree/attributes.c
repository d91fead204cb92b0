/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/attributes.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/byteorder.h"
#include "base/fail.h"

/* ---- extended attributes ----------------------------------------------------------- */

enum isokit_status tree_xattr_add(struct tree *t, struct tree_xattr_list *list, const char *name,
				  const void *value, size_t bytes, const char *subject,
				  struct isokit_error *err)
{
	size_t name_bytes = strlen(name), i;
	struct tree_xattr x = { .bytes = (uint32_t)bytes };

	if (name_bytes == 0 || name_bytes > TREE_XATTR_MAX_NAME)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "has an extended attribute with a name of %zu bytes; 1 to %d are possible",
				   name_bytes, TREE_XATTR_MAX_NAME);
	list->bytes += name_bytes + bytes;
	if (bytes > TREE_XATTR_MAX_VALUE || list->bytes > TREE_XATTR_MAX_TOTAL)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, subject,
				   "has too much in extended attributes (%s of %zu bytes)", name,
				   bytes);
	x.name = arena_strndup(&t->arena, name, name_bytes);
	x.value = arena_memdup(&t->arena, value, bytes ? bytes : 1);
	if (!x.name || !x.value ||
	    !ARRAY_RESERVE(list->items, list->capacity, list->n + 1))
		return isokit_fail_nomem(err, subject, bytes);
	for (i = list->n; i > 0 && strcmp(list->items[i - 1].name, name) > 0; i--)
		;
	if (i > 0 && strcmp(list->items[i - 1].name, name) == 0) {
		list->items[i - 1] = x;
		return ISOKIT_OK;
	}
	memmove(list->items + i + 1, list->items + i, (list->n - i) * sizeof(x));
	list->items[i] = x;
	list->n++;
	return ISOKIT_OK;
}

void tree_xattr_free(struct tree_xattr_list *list)
{
	free(list->items);
	*list = (struct tree_xattr_list){ 0 };
}

/* ---- access control lists ------------------------------------------------------------- */

void tree_acl_add(struct text *acl, enum tree_acl_tag tag, uint32_t id, unsigned permissions)
{
	static const char *const words[] = {
		[TREE_ACL_USER_OBJ] = "user:",	 [TREE_ACL_USER] = "user:",
		[TREE_ACL_GROUP_OBJ] = "group:", [TREE_ACL_GROUP] = "group:",
		[TREE_ACL_MASK] = "mask:",	 [TREE_ACL_OTHER] = "other:",
	};

	if (acl->n)
		text_add_char(acl, ',');
	text_add_str(acl, words[tag]);
	if (tag == TREE_ACL_USER || tag == TREE_ACL_GROUP)
		text_addf(acl, "%u", id);
	text_addf(acl, ":%c%c%c", permissions & 4 ? 'r' : '-', permissions & 2 ? 'w' : '-',
		  permissions & 1 ? 'x' : '-');
}

enum { XATTR_ACL_VERSION = 2, XATTR_ACL_HEAD = 4, XATTR_ACL_ENTRY = 8 };

bool tree_acl_from_xattr(const void *value, size_t bytes, struct text *out)
{
	const uint8_t *p = value;

	if (bytes < XATTR_ACL_HEAD || (bytes - XATTR_ACL_HEAD) % XATTR_ACL_ENTRY ||
	    get_le32(p) != XATTR_ACL_VERSION)
		return false;
	for (size_t at = XATTR_ACL_HEAD; at < bytes; at += XATTR_ACL_ENTRY) {
		enum tree_acl_tag tag;

		switch (get_le16(p + at)) {
		case 0x01: tag = TREE_ACL_USER_OBJ; break;
		case 0x02: tag = TREE_ACL_USER; break;
		case 0x04: tag = TREE_ACL_GROUP_OBJ; break;
		case 0x08: tag = TREE_ACL_GROUP; break;
		case 0x10: tag = TREE_ACL_MASK; break;
		case 0x20: tag = TREE_ACL_OTHER; break;
		default: return false;
		}
		tree_acl_add(out, tag, get_le32(p + at + 4), get_le16(p + at + 2));
	}
	return true;
}

/* How far the bits of the mode that an entry stands for are shifted; -1: it has none. */
static int mode_shift(const char *entry, bool has_mask)
{
	if (strncmp(entry, "user::", 6) == 0)
		return 6;
	if (strncmp(entry, "other:", 6) == 0)
		return 0;
	if (strncmp(entry, has_mask ? "mask:" : "group::", has_mask ? 5 : 7) == 0)
		return 3;
	return -1;
}

void tree_acl_with_mode(const struct tree_node *node, struct text *out)
{
	const char *acl = node->attributes ? node->attributes->acl : NULL;
	bool has_mask = acl && strstr(acl, "mask:");

	/* A default list does not stand alone in AAIP. */
	if (!acl && node->attributes && node->attributes->default_acl)
		acl = "user::---,group::---,other::---";
	for (size_t n; acl && *acl; acl += n, acl += *acl == ',') {
		int shift = mode_shift(acl, has_mask);
		unsigned bits = shift < 0 ? 0 : node->mode >> shift;

		n = strcspn(acl, ",");
		if (out->n)
			text_add_char(out, ',');
		text_add(out, acl, shift < 0 || n < 3 ? n : n - 3);
		if (shift >= 0)
			text_addf(out, "%c%c%c", bits & 4 ? 'r' : '-', bits & 2 ? 'w' : '-',
				  bits & 1 ? 'x' : '-');
	}
}

void tree_node_mode_from_acl(struct tree_node *node)
{
	const char *acl = node->attributes ? node->attributes->acl : NULL;
	bool has_mask = acl && strstr(acl, "mask:");

	for (size_t n; acl && *acl; acl += n, acl += *acl == ',') {
		int shift = mode_shift(acl, has_mask);
		const char *bits;

		n = strcspn(acl, ",");
		if (shift < 0 || n < 3)
			continue;
		bits = acl + n - 3;
		node->mode &= ~(7u << shift);
		node->mode |= (uint32_t)((bits[0] == 'r') << 2 | (bits[1] == 'w') << 1 |
					 (bits[2] == 'x')) << shift;
	}
}

/* A list of owner, group and others alone is a mode. */
static bool is_mode(const char *acl)
{
	for (; *acl; acl += strcspn(acl, ","), acl += *acl == ',') {
		const char *id = strchr(acl, ':');

		if (strncmp(acl, "mask:", 5) == 0 || (id && id[1] != ':'))
			return false;
	}
	return true;
}

enum isokit_status tree_node_set_attributes(struct tree *t, struct tree_node *node,
					    struct tree_xattr_list *xattrs, const char *acl,
					    const char *default_acl, struct isokit_error *err)
{
	size_t n = xattrs ? xattrs->n : 0;
	struct tree_attributes *a;

	if (acl && is_mode(acl))
		acl = NULL;
	/* A default list is one even when it is short. */
	if (default_acl && !*default_acl)
		default_acl = NULL;
	node->attributes = NULL;
	if (!n && !acl && !default_acl)
		return ISOKIT_OK;
	a = arena_alloc(&t->arena, sizeof(*a));
	if (!a)
		return isokit_fail_nomem(err, node->name, sizeof(*a));
	if (n)
		a->xattrs = arena_memdup(&t->arena, xattrs->items, n * sizeof(*a->xattrs));
	if (acl)
		a->acl = arena_strndup(&t->arena, acl, strlen(acl));
	if (default_acl)
		a->default_acl = arena_strndup(&t->arena, default_acl, strlen(default_acl));
	if ((n && !a->xattrs) || (acl && !a->acl) || (default_acl && !a->default_acl))
		return isokit_fail_nomem(err, node->name, sizeof(*a));
	a->n_xattrs = (uint32_t)n;
	node->attributes = a;
	return ISOKIT_OK;
}

/* Both lists of a node are one text in the model. */
static void part_acl(const char *both, struct text *ret_acl, struct text *ret_default)
{
	static const char mark[] = "default:";
	size_t n;

	for (const char *p = both; *p; p += n, p += *p == ',') {
		bool is_default = strncmp(p, mark, sizeof(mark) - 1) == 0;
		size_t skip = is_default ? sizeof(mark) - 1 : 0;
		struct text *to = is_default ? ret_default : ret_acl;

		n = strcspn(p, ",");
		if (to->n)
			text_add_char(to, ',');
		text_add(to, p + skip, n - skip);
	}
}

enum isokit_status tree_node_take_attributes(struct tree *t, struct tree_node *node,
					     const struct isokit_attributes *from,
					     struct isokit_error *err)
{
	struct tree_xattr_list list = { 0 };
	struct text acl = { 0 }, default_acl = { 0 };
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; st == ISOKIT_OK && i < from->n_xattrs; i++) {
		/* xorriso -xattr any has the lists in both ways. */
		if (strncmp(from->xattrs[i], "isofs.", 6) != 0 &&
		    strncmp(from->xattrs[i], "system.posix_acl_", 17) != 0)
			st = tree_xattr_add(t, &list, from->xattrs[i], from->xattr_values[i],
					    from->xattr_bytes[i], node->name, err);
	}
	if (from->acl)
		part_acl(from->acl, &acl, &default_acl);
	if (st == ISOKIT_OK && (acl.failed || default_acl.failed))
		st = isokit_fail_nomem(err, node->name, 0);
	if (st == ISOKIT_OK)
		st = tree_node_set_attributes(t, node, &list, acl.n ? acl.bytes : NULL,
					      default_acl.n && tree_is_dir(node) ?
						      default_acl.bytes : NULL, err);
	tree_xattr_free(&list);
	text_free(&acl);
	text_free(&default_acl);
	return st;
}
