/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes and access control lists of a node, into libisofs. */
#include "author/layout_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "ondisk/aaip.h"
#include "tree/attributes.h"

/* One entry of a list in short form: "user:7:r-x". Returns what is behind it. */
static const char *parse_entry(const char *p, struct ondisk_acl_entry *e)
{
	const char *end = p + strcspn(p, ","), *id = strchr(p, ':') + 1, *bits = strchr(id, ':') + 1;
	bool numbered = *id != ':';

	switch (*p) {
	case 'u': e->type = numbered ? ONDISK_ACL_USER : ONDISK_ACL_USER_OBJ; break;
	case 'g': e->type = numbered ? ONDISK_ACL_GROUP : ONDISK_ACL_GROUP_OBJ; break;
	case 'm': e->type = ONDISK_ACL_MASK; break;
	default: e->type = ONDISK_ACL_OTHER; break;
	}
	e->id = numbered ? (uint32_t)strtoul(id, NULL, 10) : 0;
	e->permissions = (uint8_t)((bits[0] == 'r') << 2 | (bits[1] == 'w') << 1 | (bits[2] == 'x'));
	return *end ? end + 1 : end;
}

/* The lists as tree_acl_add() made them, as AAIP has them: the default list comes
 * behind a mark. libisofs would ask the host who "7" is. */
static void encode_acl(const char *acl, struct text *out)
{
	while (acl && *acl) {
		struct ondisk_acl_entry e;
		uint8_t raw[ONDISK_ACL_ENTRY_MAX];

		acl = parse_entry(acl, &e);
		text_add(out, raw, ondisk_acl_encode(&e, raw));
	}
}

static void encode_lists(const struct tree_node *n, struct text *out)
{
	static const struct ondisk_acl_entry mark = { .type = ONDISK_ACL_SWITCH };
	uint8_t raw[ONDISK_ACL_ENTRY_MAX];
	struct text acl = { 0 };

	tree_acl_with_mode(n, &acl);
	if (acl.failed)
		out->failed = true;
	encode_acl(text_string(&acl), out);
	text_free(&acl);
	if (!n->attributes->default_acl)
		return;
	text_add(out, raw, ondisk_acl_encode(&mark, raw));
	encode_acl(n->attributes->default_acl, out);
}

int layout_set_xattrs(struct layout *l, IsoNode *iso, const struct tree_node *n)
{
	const struct tree_attributes *a = n->attributes;
	struct text acl = { 0 };
	char **names, **values, none[] = "";
	size_t *bytes, count = 0;
	int r = (int)ISO_OUT_OF_MEM;

	if (!a)
		return ISO_SUCCESS;
	encode_lists(n, &acl);
	names = calloc(a->n_xattrs + 1u, sizeof(*names));
	values = calloc(a->n_xattrs + 1u, sizeof(*values));
	bytes = calloc(a->n_xattrs + 1u, sizeof(*bytes));
	if (names && values && bytes && !acl.failed) {
		/* libisofs writes to neither names nor values. */
		for (; count < a->n_xattrs; count++) {
			names[count] = (char *)(uintptr_t)a->xattrs[count].name;
			values[count] = (char *)(uintptr_t)a->xattrs[count].value;
			bytes[count] = a->xattrs[count].bytes;
		}
		if (acl.n) {
			names[count] = none;
			values[count] = acl.bytes;
			bytes[count++] = acl.n;
		}
		/* With the list of permissions, in all name spaces. */
		r = iso_node_set_attrs(iso, count, names, bytes, values, 1 | 8);
		l->attributes = true;
	}
	free(names);
	free(values);
	free(bytes);
	text_free(&acl);
	return r;
}
