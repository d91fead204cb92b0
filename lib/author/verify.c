/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head of the skeleton, read back by our own model, against the plan: where
 * each content belongs, and whether all the rest is as it should be. */
#include <stdlib.h>
#include <string.h>

#include "author/contents.h"
#include "author/session.h"
#include "author/skeleton.h"
#include "base/checked.h"
#include "base/fail.h"
#include "tree/attributes.h"

struct verify {
	struct layout *l;
	struct payload *payloads;
	struct families *families; /* with equal contents at one place */
	int fd;
	const char *image; /* its name, for messages */
	const struct plan *plan;
	const struct tree *tree;
	const char *catalog;
	const struct tree_node *folder; /* of the last entry */
	struct text folder_path, target;
	uint64_t seen;
	uint64_t data_lba; /* where contents begin */
	uint64_t end_lba;
	enum isokit_status status;
	struct isokit_error *err;
};

/* The node of a path; most entries lie in the folder of the one before. */
static const struct tree_node *find(struct verify *v, const struct isokit_entry *e)
{
	size_t folder_bytes = (size_t)(e->name - e->path);

	if (e->path_bytes <= 1)
		return v->tree->root;
	if (!v->folder || folder_bytes != v->folder_path.n ||
	    memcmp(text_string(&v->folder_path), e->path, folder_bytes) != 0) {
		text_clear(&v->folder_path);
		text_add(&v->folder_path, e->path, folder_bytes);
		v->folder = tree_lookup(v->tree, text_string(&v->folder_path));
	}
	return v->folder ? tree_child(v->folder, e->name, strlen(e->name)) : NULL;
}

static int mismatch(struct verify *v, const struct isokit_entry *e, const char *what)
{
	if (v->folder_path.failed || v->target.failed) {
		v->status = isokit_fail_nomem(v->err, e->path, e->path_bytes);
		return 1;
	}
	v->status = isokit_fail(v->err, ISOKIT_E_MISMATCH, e->record_offset, e->path,
				"the layout is not as planned: %s", what);
	return 1;
}

static int verify_file(struct verify *v, const struct isokit_entry *e, const struct tree_node *n)
{
	struct payload *p = &v->payloads[n->id];
	uint64_t at, bytes = 0, shown = n->size;
	const uint8_t *sum;

	if (e->zisofs != ((n->flags & TREE_ZISOFS) != 0))
		return mismatch(v, e, "the mark of compressed contents");
	if (e->zisofs && !zisofs_describe(v->plan, p->node, &shown, &sum))
		return mismatch(v, e, "it has no zisofs header");
	if (e->bytes != shown)
		return mismatch(v, e, "size");
	if (n->size == 0)
		return 0;
	if (e->n_extents == 0)
		return mismatch(v, e, "it has no extent");
	at = e->extents[0].lba;
	if (p->real) {
		p->lba = at;
		return 0;
	}
	if (p->lba != LAYOUT_NO_LBA && p->lba != at)
		return mismatch(v, e, p->old ? "its content is not where it was" :
					       "its hard links lie at different places");
	/* libisofs stores an EFI partition of the tree before what it calls data. */
	if (at < v->data_lba && !p->old && !(p->node->flags & TREE_BOOT))
		return mismatch(v, e, "its content lies among the directories");
	p->lba = at;
	p->located = true;
	for (size_t i = 0; i < e->n_extents; i++) {
		if (e->extents[i].lba != at)
			return mismatch(v, e, "its extents are not one run");
		at += div_up(e->extents[i].bytes, LAYOUT_BLOCK_BYTES);
		bytes += e->extents[i].bytes;
	}
	if (at > v->end_lba)
		return mismatch(v, e, "its content ends behind the image");
	return bytes == n->size ? 0 : mismatch(v, e, "length of its extents");
}

static bool same_target(struct verify *v, const struct isokit_entry *e, const struct tree_node *n)
{
	text_clear(&v->target);
	layout_link_target(n, &v->target);
	return e->target && strcmp(e->target, text_string(&v->target)) == 0;
}

/* The model has the name spaces of AAIP; what libisofs adds of its own is no fault. */
static bool same_attributes(struct verify *v, const struct isokit_entry *e,
			    const struct tree_node *n)
{
	const struct isokit_attributes *is = e->attributes;
	const struct tree_attributes *wanted = n->attributes;
	size_t found = 0;

	if (!wanted || !e->has_posix)
		return true;
	if (!is)
		return false;
	for (size_t i = 0; i < wanted->n_xattrs; i++) {
		const struct tree_xattr *x = &wanted->xattrs[i];
		size_t at = 0;

		while (at < is->n_xattrs && strcmp(is->xattrs[at], x->name) != 0)
			at++;
		found += at < is->n_xattrs && is->xattr_bytes[at] == x->bytes &&
			 memcmp(is->xattr_values[at], x->value, x->bytes) == 0;
	}
	text_clear(&v->target);
	tree_acl_with_mode(n, &v->target);
	for (const char *p = wanted->default_acl; p && *p; p += strcspn(p, ","), p += *p == ',') {
		text_add_str(&v->target, v->target.n ? ",default:" : "default:");
		text_add(&v->target, p, strcspn(p, ","));
	}
	return found == wanted->n_xattrs &&
	       (v->target.n == 0 || (is->acl && strcmp(is->acl, text_string(&v->target)) == 0));
}

static int visit(void *ctx, const struct isokit_entry *e)
{
	struct verify *v = ctx;
	const struct tree_node *n = find(v, e);

	if (!n)
		return v->catalog && strcmp(e->path, v->catalog) == 0 ?
			       0 : mismatch(v, e, "nothing of that name is in the plan");
	v->seen++;
	if (e->has_posix && (e->mode != n->mode || e->uid != n->uid || e->gid != n->gid))
		return mismatch(v, e, "type, mode or owner");
	if (!same_attributes(v, e, n))
		return mismatch(v, e, "extended attributes or access control list");
	if ((n->mode & S_IFMT) == S_IFLNK && !same_target(v, e, n))
		return mismatch(v, e, "target of the link");
	if (!tree_is_file(n))
		return 0;
	if (v->families && e->has_posix)
		v->status = dedup_put_links(v->families, v->fd, v->image, e->record_offset,
					    e->links, n, v->err);
	if (v->status)
		return 1;
	return verify_file(v, e, n);
}

static int count_visible(void *ctx, struct tree_node *n)
{
	uint64_t *count = ctx;

	*count += !tree_is_hidden(n, TREE_HIDDEN_ISO9660);
	return 0;
}

static enum isokit_status verify_tree(struct verify *v, struct isokit_image *img)
{
	struct isokit_error why = { 0 };
	uint64_t expected = 0;
	enum isokit_status st;

	/* A visit that stops the walk has said why already. */
	st = isokit_image_walk(img, ISOKIT_NS_ROCKRIDGE, "/", visit, v, &why);
	if (v->status)
		return v->status;
	if (st) {
		if (v->err)
			*v->err = why;
		return st;
	}
	(void)tree_walk(v->tree->root, count_visible, &expected);
	if (v->seen != expected)
		return isokit_fail(v->err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET, "layout",
				   "holds %llu of the %llu names planned",
				   (unsigned long long)v->seen, (unsigned long long)expected);
	return ISOKIT_OK;
}

enum isokit_status skeleton_locate(struct layout *l, const struct plan *plan, const struct sink *to,
				   struct isokit_error *err)
{
	struct verify v = { .l = l, .plan = plan, .tree = plan->tree, .catalog = layout_catalog_path(l),
			    .data_lba = layout_head_bytes(l) / LAYOUT_BLOCK_BYTES,
			    .end_lba = layout_image_bytes(l) / LAYOUT_BLOCK_BYTES,
			    .image = sink_name(to),
			    .err = err };
	struct isokit_source *src = NULL;
	struct isokit_image *img = NULL;
	enum isokit_status st;
	size_t n;

	v.payloads = layout_payloads(l, &n);
	v.fd = sink_fd(to);
	st = dedup_families(plan, &v.families, err);
	if (st == ISOKIT_OK)
		st = session_read_back(plan, sink_fd(to), sink_name(to), &src, err);
	if (st == ISOKIT_OK)
		st = session_open_image(plan, src, &img, err);
	/* Without Rock Ridge the names are not those of the plan: the placeholders
	 * will say where everything is. */
	if (st == ISOKIT_OK && !plan->options.no_rock_ridge)
		st = verify_tree(&v, img);
	isokit_image_free(img);
	isokit_source_close(src);
	dedup_families_free(v.families);
	text_free(&v.folder_path);
	text_free(&v.target);
	return st;
}
