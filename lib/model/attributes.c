/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a record says of a file beside Rock Ridge: access control lists and
 * extended attributes (AAIP), CD-ROM XA, Apple's type and creator. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "model/tree.h"
#include "ondisk/aaip.h"
#include "ondisk/xa.h"

enum {
	MAX_LIST_BYTES = 256 * 1024, /* of the attributes of one file that are looked at */
	MAX_ATTRIBUTES = 4096,
};

void model_attributes_field(struct tree *t, const struct ondisk_field *f, uint64_t offset)
{
	t->attributes.saw_aaip = true;
	if (!t->options.attributes && !t->options.report)
		return;
	if (t->attributes.list.n == 0)
		t->attributes.offset = offset;
	/* Byte 4 are flags: whether another field follows is seen anyway. */
	if (f->length > 5 && t->attributes.list.n < MAX_LIST_BYTES)
		text_add(&t->attributes.list, f->p + 5, f->length - 5u);
}

/* "user::rw-,group::r--,mask::r--,other::---,default:user::rwx" */
static void add_acl(struct text *out, const uint8_t *acl, size_t n, bool *ret_bad)
{
	static const char *const words[16] = {
		[ONDISK_ACL_USER_OBJ] = "user", [ONDISK_ACL_GROUP_OBJ] = "group",
		[ONDISK_ACL_MASK] = "mask", [ONDISK_ACL_OTHER] = "other",
		[ONDISK_ACL_USER] = "user", [ONDISK_ACL_GROUP] = "group",
	};
	struct ondisk_acl_entry e;
	bool is_default = false, any = false;
	size_t at = 0;

	while (ondisk_acl_next(acl, n, &at, &e, ret_bad)) {
		if (e.type == ONDISK_ACL_SWITCH)
			is_default = true;
		if (!words[e.type])
			continue;
		text_addf(out, "%s%s%s:", any ? "," : "", is_default ? "default:" : "",
			  words[e.type]);
		if (e.type == ONDISK_ACL_USER || e.type == ONDISK_ACL_GROUP)
			text_addf(out, "%u", e.id);
		text_addf(out, ":%c%c%c", e.permissions & 4 ? 'r' : '-',
			  e.permissions & 2 ? 'w' : '-', e.permissions & 1 ? 'x' : '-');
		any = true;
	}
}

/* The names go into `names`, each with its NUL: pointers into it are made when it
 * does not move any more. */
static bool add_pairs(struct tree_attributes *a, uint8_t *name, uint8_t *value, size_t *ret_names,
		      bool *ret_bad)
{
	const uint8_t *list = (const uint8_t *)a->list.bytes;
	size_t n = a->list.n, at = 0, name_bytes, value_bytes, skip;

	*ret_names = 0;
	while (*ret_names < MAX_ATTRIBUTES &&
	       ondisk_aaip_next(list, n, &at, name, &name_bytes, ret_bad)) {
		const char *prefix;

		if (!ondisk_aaip_next(list, n, &at, value, &value_bytes, ret_bad)) {
			*ret_bad = true; /* a name without a value */
			break;
		}
		if (name_bytes == 0) {
			if (a->acl.n == 0)
				add_acl(&a->acl, value, value_bytes, ret_bad);
			continue;
		}
		if (memchr(name, '\0', name_bytes)) {
			*ret_bad = true;
			continue;
		}
		if (!ARRAY_RESERVE(a->xattr_bytes, a->capacity_bytes, *ret_names + 1))
			return false;
		a->xattr_bytes[*ret_names] = value_bytes;
		text_add(&a->values, value, value_bytes);
		prefix = ondisk_aaip_namespace(name, name_bytes, &skip);
		if (prefix)
			text_add_str(&a->names, prefix);
		text_add(&a->names, name + skip, name_bytes - skip);
		text_add_char(&a->names, '\0');
		(*ret_names)++;
	}
	return !a->names.failed && !a->values.failed && !a->acl.failed;
}

static enum isokit_status read_list(struct tree *t, const struct tree_file *f,
				    struct isokit_attributes *out)
{
	struct tree_attributes *a = &t->attributes;
	size_t n_names, at = 0, value_at = 0;
	bool bad = false;

	text_clear(&a->names);
	text_clear(&a->values);
	text_clear(&a->acl);
	text_clear(&a->scratch);
	if (a->list.n == 0)
		return a->list.failed ? ISOKIT_E_NOMEM : ISOKIT_OK;
	/* No component is longer than the list: room for a name and a value. */
	text_add(&a->scratch, a->list.bytes, a->list.n);
	text_add(&a->scratch, a->list.bytes, a->list.n);
	if (a->scratch.failed || !add_pairs(a, (uint8_t *)a->scratch.bytes,
					    (uint8_t *)a->scratch.bytes + a->list.n, &n_names, &bad) ||
	    !ARRAY_RESERVE(a->xattrs, a->capacity_xattrs, n_names + 1) ||
	    !ARRAY_RESERVE(a->xattr_values, a->capacity_values, n_names + 1))
		return ISOKIT_E_NOMEM;
	for (size_t i = 0; i < n_names; i++) {
		a->xattrs[i] = a->names.bytes + at;
		at += strlen(a->xattrs[i]) + 1;
		a->xattr_values[i] = (const uint8_t *)text_string(&a->values) + value_at;
		value_at += a->xattr_bytes[i];
	}
	out->xattrs = a->xattrs;
	out->xattr_values = a->xattr_values;
	out->xattr_bytes = a->xattr_bytes;
	out->n_xattrs = n_names;
	out->acl = a->acl.n ? text_string(&a->acl) : NULL;
	if (bad)
		model_tree_find(t, ISOKIT_F_AAIP_BROKEN, a->offset, f->rec.length, a->list.n, 0);
	return ISOKIT_OK;
}

/* Fields outside SUSP stand at the head of the area; Apple's may also be a field
 * among the others, or come behind the attributes of XA. */
static void read_heads(struct tree *t, const struct tree_file *f, struct isokit_attributes *out)
{
	const uint8_t *area = f->rec.system_use;
	size_t n = f->rec.system_use_bytes;
	struct ondisk_apple apple;
	struct ondisk_xa xa;

	if (n && ondisk_xa_decode(area, n, &xa)) {
		out->has_xa = true;
		out->xa_attributes = xa.attributes;
		out->xa_file_number = xa.file_number;
		area += ONDISK_XA_BYTES;
		n -= ONDISK_XA_BYTES;
	}
	if (t->attributes.has_apple)
		apple = t->attributes.apple;
	else if (!n || !ondisk_apple_decode(area, n, &apple))
		return;
	out->has_apple = true;
	memcpy(out->apple_type, apple.type, sizeof(out->apple_type));
	memcpy(out->apple_creator, apple.creator, sizeof(out->apple_creator));
	out->finder_flags = apple.finder_flags;
}

enum isokit_status model_attributes_read(struct tree *t, const struct tree_file *f)
{
	struct isokit_attributes *out = &t->attributes.result;

	*out = (struct isokit_attributes){ 0 };
	if (f->rec.system_use_bytes)
		read_heads(t, f, out);
	if (t->use_rock && (t->attributes.list.n || t->attributes.list.failed) && read_list(t, f, out))
		return isokit_fail_nomem(t->err, t->img->facts.path, t->attributes.list.n);
	t->saw_apple |= out->has_apple;
	if (out->has_xa && f->type == ISOKIT_FILE &&
	    (out->xa_attributes & (ONDISK_XA_FORM2 | ONDISK_XA_CDDA)))
		model_tree_find(t, out->xa_attributes & ONDISK_XA_CDDA ? ISOKIT_F_XA_CDDA :
								        ISOKIT_F_XA_FORM2,
				f->record_offset, f->rec.length, out->xa_attributes, 0);
	return ISOKIT_OK;
}

const struct isokit_attributes *model_attributes_of(const struct tree *t)
{
	const struct isokit_attributes *a = &t->attributes.result;

	return a->has_xa || a->has_apple || a->acl || a->n_xattrs ? a : NULL;
}

void model_attributes_free(struct tree_attributes *a)
{
	text_free(&a->list);
	text_free(&a->names);
	text_free(&a->values);
	free(a->xattr_values);
	free(a->xattr_bytes);
	text_free(&a->acl);
	text_free(&a->scratch);
	free(a->xattrs);
}
