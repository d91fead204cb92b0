/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees for callers: the listing. */
#include <string.h>

#include "base/fail.h"
#include "model/tree.h"
#include "model/udf.h"

/* ---- listing ------------------------------------------------------------------ */

struct listing {
	isokit_visit_fn visit;
	void *ctx;
	bool failed;
};

static void add_posix(struct isokit_entry *e, const struct rock *r)
{
	if (r->has_px) {
		e->has_posix = true;
		e->mode = r->px.mode;
		e->uid = r->px.uid;
		e->gid = r->px.gid;
		e->links = r->px.links;
		e->inode = r->px.has_serial ? r->px.serial : 0;
	}
	if (r->has_modified)
		e->mtime = r->modified;
	if (r->has_pn && (e->type == ISOKIT_BLOCK || e->type == ISOKIT_CHAR)) {
		/* 4.1.2 leaves the split to the writer: either halves of a 64-bit
		 * number, or major and minor; programs write all of these. */
		bool packed = r->pn.high == 0 && r->pn.low > 0xff;

		e->dev_major = packed ? r->pn.low >> 8 & 0xfff : r->pn.high;
		e->dev_minor = packed ? (r->pn.low & 0xff) | (r->pn.low >> 12 & 0xfff00) :
					r->pn.low;
	}
	if (r->has_sparse && e->type == ISOKIT_FILE) {
		e->sparse = true;
		e->bytes = r->sparse_bytes;
	}
	if (r->has_zf && e->type == ISOKIT_FILE) {
		e->zisofs = true;
		e->bytes = r->zf.bytes;
	}
}

static int list_one(struct tree *t, const struct tree_file *f, void *ctx)
{
	static const uint32_t type_bits[] = {
		[ISOKIT_FILE] = 0100000, [ISOKIT_DIR] = 0040000, [ISOKIT_SYMLINK] = 0120000,
		[ISOKIT_BLOCK] = 0060000, [ISOKIT_CHAR] = 0020000, [ISOKIT_FIFO] = 0010000,
		[ISOKIT_SOCKET] = 0140000,
	};
	struct listing *l = ctx;
	struct isokit_entry e = {
		.type = f->type,
		.bytes = f->type == ISOKIT_DIR ? f->rec.bytes.le : f->stored_bytes,
		.links = 1,
		.extents = f->extents,
		.n_extents = f->type == ISOKIT_DIR ? 0 : f->n_extents,
		.target = f->target,
		.hidden = f->rec.flags & ONDISK_DR_HIDDEN,
		.has_nul_or_slash = f->renamed,
		.depth = f->depth,
		.record_offset = f->record_offset,
		.refused = f->refused,
	};

	e.path = model_tree_path(t, &e.path_bytes);
	if (!e.path) {
		l->failed = true;
		return 1;
	}
	e.name = e.path + e.path_bytes - f->name_bytes;
	if (!f->rock->has_modified)
		model_tree_time7(t, f->rec.date, t->high_sierra, &e.mtime);
	if (t->use_rock)
		add_posix(&e, f->rock);
	e.attributes = model_attributes_of(t);
	if (e.attributes && !e.refused && (e.attributes->xa_attributes & ONDISK_XA_CDDA))
		e.refused = "CD audio";
	else if (e.attributes && !e.refused && (e.attributes->xa_attributes & ONDISK_XA_FORM2))
		e.refused = "recorded in form 2 sectors";
	e.mode = (e.has_posix ? e.mode & 07777 : e.type == ISOKIT_DIR ? 0555 : 0444) |
		 type_bits[e.type];
	if (e.type != ISOKIT_FILE && e.type != ISOKIT_DIR)
		e.n_extents = 0;
	if (e.type == ISOKIT_SYMLINK)
		e.bytes = strlen(e.target);
	return l->visit(l->ctx, &e);
}

enum isokit_status isokit_image_walk(struct isokit_image *img, enum isokit_namespace_kind ns,
				     const char *path, isokit_visit_fn visit, void *ctx,
				     struct isokit_error *err)
{
	struct listing l = { .visit = visit, .ctx = ctx };
	struct tree_options o = { .ns = ns, .attributes = true, .visit = list_one,
				  .ctx = &l };
	enum isokit_status st;
	struct tree t;

	if ((size_t)ns >= ISOKIT_NS_COUNT)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, img->facts.path,
				   "there is no name space %d", (int)ns);
	if (ns == ISOKIT_NS_UDF)
		return model_udf_walk(img, path, visit, ctx, err);
	st = model_tree_init(&t, img, &o, err);
	if (st)
		return st;
	st = model_tree_walk(&t, path);
	model_tree_free(&t);
	if (l.failed)
		return isokit_fail_nomem(err, img->facts.path, 0);
	return st;
}
