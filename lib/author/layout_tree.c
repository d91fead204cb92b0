/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of the plan, into libisofs. */
#include "author/layout_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "author/joliet.h"
#include "base/fail.h"

static const char subject[] = "layout";

int64_t layout_node_time(const struct plan *plan, const struct tree_node *n, uint32_t *ret_ns)
{
	/* Nothing known (generated), or after the epoch: the epoch. RRIP and
	 * ECMA-119 short dates begin in 1900. */
	const int64_t least = -2208988800;
	const struct isokit_build_options *o = &plan->options;
	int64_t mtime = o->has_file_date ? o->file_date : n->mtime;
	bool known = mtime != INT64_MIN && mtime < plan->epoch && mtime >= least;

	*ret_ns = known && !o->has_file_date ? n->mtime_ns : 0;
	if (known)
		return mtime;
	return mtime < least && mtime != INT64_MIN ? least : plan->epoch;
}

int layout_hide_flags(const struct tree_node *n)
{
	int flags = 0;

	if (tree_is_hidden(n, TREE_HIDDEN_ISO9660))
		flags |= LIBISO_HIDE_ON_RR;
	if (tree_is_hidden(n, TREE_HIDDEN_JOLIET))
		flags |= LIBISO_HIDE_ON_JOLIET;
	if (tree_is_hidden(n, TREE_HIDDEN_HFSPLUS))
		flags |= LIBISO_HIDE_ON_HFSPLUS;
	return flags ? flags | LIBISO_HIDE_BUT_WRITE : 0;
}

void layout_set_attributes(const struct layout *l, IsoNode *iso, const struct tree_node *n)
{
	uint32_t ns;
	time_t t = (time_t)layout_node_time(l->plan, n, &ns);

	iso_node_set_permissions(iso, (mode_t)(n->mode & 07777));
	iso_node_set_uid(iso, (uid_t)n->uid);
	iso_node_set_gid(iso, (gid_t)n->gid);
	if (layout_hide_flags(n))
		iso_node_set_hidden(iso, layout_hide_flags(n));
	iso_node_set_mtime(iso, t);
	iso_node_set_atime(iso, t);
	iso_node_set_ctime(iso, t);
}

void layout_link_target(const struct tree_node *link, struct text *out)
{
	const char *p = link->u.target;

	for (; *p; p++) {
		if (*p == '/' && (p[1] == '/' || (p[1] == '\0' && out->n)))
			continue;
		text_add_char(out, *p);
	}
}

/* libisofs holds 1023 bytes, and 255 between slashes. */
enum { MAX_LINK_BYTES = 1023, MAX_COMPONENT_BYTES = 255 };

static enum isokit_status check_link(const struct tree_node *n, struct isokit_error *err)
{
	size_t bytes = strlen(n->u.target);
	struct text path = { 0 };
	enum isokit_status st = ISOKIT_OK;
	const char *p = n->u.target;
	size_t longest = 0;

	for (size_t len; *p; p += len + (p[len] == '/')) {
		len = strcspn(p, "/");
		longest = len > longest ? len : longest;
	}
	if (bytes <= MAX_LINK_BYTES && longest <= MAX_COMPONENT_BYTES)
		return ISOKIT_OK;
	tree_node_path(n, &path);
	if (longest > MAX_COMPONENT_BYTES)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&path),
				 "is a link to a name of %zu bytes; the limit is %d: leave it out with "
				 "--exclude", longest,
				 MAX_COMPONENT_BYTES);
	else
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&path),
				 "is a link to a path of %zu bytes, and libisofs stores %d: shorten it, or "
				 "leave it out with --exclude", bytes,
				 MAX_LINK_BYTES);
	text_free(&path);
	return st;
}

static int add_link(struct layout *l, IsoDir *dir, const struct tree_node *n, IsoNode **ret)
{
	struct text target = { 0 };
	IsoSymlink *link = NULL;
	int r;

	layout_link_target(n, &target);
	r = target.failed ? (int)ISO_OUT_OF_MEM :
			    iso_image_add_new_symlink(l->image, dir, n->name,
						      text_string(&target), &link);
	text_free(&target);
	*ret = (IsoNode *)link;
	return r;
}

/* libisofs writes a device number as the halves of 64 bits. Of such a number Linux
 * takes the minor one to have 8 bits; where it has more, the halves must be major and
 * minor (RRIP 4.1.2 allows either). */
static dev_t device_number(const struct tree_node *n)
{
	dev_t d = n->u.rdev;

	if (!S_ISBLK(n->mode) && !S_ISCHR(n->mode))
		return 0;
	return minor(d) > 255 && major(d) != 0 ? (dev_t)major(d) << 32 | minor(d) : d;
}

/* "ZF": libisofs looks at the header, which the placeholder shows it for once. */
static int mark_zisofs(struct layout *l, IsoNode *file)
{
	int r;

	l->showing = true;
	r = iso_node_zf_by_magic(file, 2 << 8);
	l->showing = false;
	return r == 0 ? (int)ISO_ZISOFS_WRONG_INPUT : r;
}

static int add_node(struct layout *l, IsoDir *dir, const struct tree_node *n, const char *name,
		    IsoNode **ret)
{
	IsoSpecial *special = NULL;
	IsoFile *file = NULL;
	IsoDir *sub = NULL;
	IsoStream *stream;
	int r;

	switch (n->mode & S_IFMT) {
	case S_IFDIR:
		r = iso_image_add_new_dir(l->image, dir, name, &sub);
		*ret = (IsoNode *)sub;
		return r;
	case S_IFREG:
		if (l->payloads[n->id].old) {
			r = layout_add_old(l, dir, &l->payloads[n->id], name, ret);
			return r >= 0 && n->flags & TREE_ZISOFS ? mark_zisofs(l, *ret) : r;
		}
		stream = layout_stream_new(&l->payloads[n->id]);
		if (!stream)
			return (int)ISO_OUT_OF_MEM;
		r = iso_image_add_new_file(l->image, dir, name, stream, &file);
		if (r < 0)
			iso_stream_unref(stream);
		*ret = (IsoNode *)file;
		if (r >= 0)
			iso_node_set_sort_weight(*ret, l->weights[n->id]);
		return r >= 0 && n->flags & TREE_ZISOFS ? mark_zisofs(l, *ret) : r;
	case S_IFLNK: return add_link(l, dir, n, ret);
	default:
		r = iso_image_add_new_special(l->image, dir, name, (mode_t)n->mode,
					      device_number(n), &special);
		*ret = (IsoNode *)special;
		return r;
	}
}

/* For which trees a node is made. Where Joliet needs another name there are two, each
 * hidden where the other one shows; a folder then has two of all in it. */
enum showing { SHOW_ALL, SHOW_JOLIET, SHOW_OTHERS };

static void hide_others(IsoNode *iso, const struct tree_node *n, enum showing where)
{
	int flags = layout_hide_flags(n);

	if (where == SHOW_JOLIET)
		flags |= LIBISO_HIDE_ON_RR | LIBISO_HIDE_ON_1999 | LIBISO_HIDE_ON_HFSPLUS |
			 LIBISO_HIDE_BUT_WRITE;
	else if (where == SHOW_OTHERS)
		flags |= LIBISO_HIDE_ON_JOLIET | LIBISO_HIDE_BUT_WRITE;
	iso_node_set_hidden(iso, flags);
}

static enum isokit_status add_children(struct layout *l, IsoDir *dir, const struct tree_node *from,
				       enum showing where, struct isokit_error *err);

static enum isokit_status add_one(struct layout *l, IsoDir *dir, const struct tree_node *n,
				  const char *name, enum showing where, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	IsoNode *iso = NULL;
	int r;

	if ((n->mode & S_IFMT) == S_IFLNK)
		st = check_link(n, err);
	if (st)
		return st;
	r = add_node(l, dir, n, name, &iso);
	if (r >= 0)
		r = layout_set_xattrs(l, iso, n);
	if (r < 0)
		return layout_node_fail(r, n, err);
	if (tree_is_dir(n)) {
		/* Adding children touches its times. */
		st = add_children(l, (IsoDir *)iso, n, where, err);
		if (st)
			return st;
	}
	layout_set_attributes(l, iso, n);
	if (where != SHOW_ALL)
		hide_others(iso, n, where);
	return ISOKIT_OK;
}

/* A child under the name that it has in some of the trees. */
struct named {
	const struct tree_node *node;
	const char *name;
	enum showing where;
};

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Children of which some have another name in Joliet. */
static enum isokit_status add_named(struct layout *l, IsoDir *dir, const struct tree_node *from,
				    const struct joliet_folder *f, enum showing where,
				    struct isokit_error *err)
{
	struct named *list = calloc((size_t)from->u.dir.n * 2, sizeof(*list));
	enum isokit_status st = ISOKIT_OK;
	size_t n = 0;

	if (!list)
		return isokit_fail_nomem(err, subject, from->u.dir.n * sizeof(*list));
	for (uint32_t i = 0; i < from->u.dir.n; i++) {
		const struct tree_node *child = from->u.dir.children[i];
		bool two = f->names[i] != NULL;

		if (where == SHOW_JOLIET && !tree_is_dir(child) && !tree_is_file(child))
			continue; /* Joliet has no links */
		if (!two || where != SHOW_JOLIET)
			list[n++] = (struct named){ child, child->name,
						    two && where == SHOW_ALL ? SHOW_OTHERS : where };
		if (two && where != SHOW_OTHERS)
			list[n++] = (struct named){ child, f->names[i], SHOW_JOLIET };
	}
	qsort(list, n, sizeof(*list), by_name);
	while (st == ISOKIT_OK && n-- > 0)
		st = add_one(l, dir, list[n].node, list[n].name, list[n].where, err);
	free(list);
	return st;
}

static enum isokit_status add_children(struct layout *l, IsoDir *dir, const struct tree_node *from,
				       enum showing where, struct isokit_error *err)
{
	struct joliet_folder f = { 0 };
	enum isokit_status st = ISOKIT_OK;

	if (joliet_wanted(l->plan) && where != SHOW_OTHERS)
		st = joliet_examine(l->plan, from, &f, err);
	if (st == ISOKIT_OK && f.names)
		st = add_named(l, dir, from, &f, where, err);
	/* Descending: each insertion then stops at the head of the list. */
	for (uint32_t i = f.names ? 0 : from->u.dir.n; st == ISOKIT_OK && i-- > 0;)
		st = add_one(l, dir, from->u.dir.children[i], from->u.dir.children[i]->name, where,
			     err);
	joliet_release(&f);
	return st;
}

enum isokit_status layout_build_tree(struct layout *l, struct isokit_error *err)
{
	const struct isokit_build_options *o = &l->plan->options;
	IsoNode *root;
	enum isokit_status st;
	int r = iso_image_new(o->volume_id, &l->image);

	if (r < 0)
		return layout_fail(r, subject, err);
	iso_image_set_volume_id(l->image, o->volume_id);
	iso_image_set_system_id(l->image, o->system_id);
	iso_image_set_volset_id(l->image, o->volume_set_id);
	iso_image_set_publisher_id(l->image, o->publisher);
	iso_image_set_data_preparer_id(l->image, o->preparer);
	iso_image_set_application_id(l->image, o->application);
	iso_image_set_copyright_file_id(l->image, o->copyright_file);
	iso_image_set_abstract_file_id(l->image, o->abstract_file);
	iso_image_set_biblio_file_id(l->image, o->bibliographic_file);
	/* Names of 255 bytes are whole names. */
	(void)iso_image_set_truncate_mode(l->image, 0, 255);
	root = (IsoNode *)iso_image_get_root(l->image);
	st = add_children(l, (IsoDir *)root, l->plan->tree->root, SHOW_ALL, err);
	if (st == ISOKIT_OK)
		st = layout_add_fillers(l, err);
	if (st == ISOKIT_OK && (r = layout_set_xattrs(l, root, l->plan->tree->root)) < 0)
		st = layout_node_fail(r, l->plan->tree->root, err);
	if (st == ISOKIT_OK)
		layout_set_attributes(l, root, l->plan->tree->root);
	return st;
}

