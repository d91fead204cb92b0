/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/session.h"

#include <stdlib.h>
#include <string.h>

#include "author/base.h"
#include "base/checked.h"
#include "base/fail.h"

enum { SECTOR_BYTES = 2048 };

uint64_t session_origin(const struct plan *plan)
{
	return (uint64_t)plan->options.session_block * SECTOR_BYTES;
}

bool session_keeps(const struct plan *plan, const struct tree_node *node)
{
	uint64_t at;

	if (!plan->options.session_block || !plan->base || node->content != TREE_SOURCE ||
	    node->size == 0)
		return false;
	at = tree_node_offset_in(node, plan->base->src);
	return at != UINT64_MAX && at % SECTOR_BYTES == 0 &&
	       range_inside(at, node->size, session_origin(plan));
}

/* ---- what a session has not ---------------------------------------------------------- */

enum isokit_status session_check(struct plan *plan, struct isokit_error *err)
{
	struct isokit_build_options *o = &plan->options;
	const char *name = o->udf ? "UDF" :
			   o->implant_md5 ? "an implanted MD5" :
			   o->dedup ? "sharing of equal contents" :
			   o->hashes || o->manifest ? "a list of hashes" :
			   o->jigdo ? "a jigdo template" : NULL;

	if (!o->session_block)
		return ISOKIT_OK;
	if (o->session_block < 16)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "session",
				   "begins at block %u, but there must be 16 before it",
				   o->session_block);
	if (o->emulated_toc)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "session",
				   "cannot have a second set of descriptors: only the first session has");
	/* An image to start from may have brought these; checksums count what comes before. */
	if (plan->base && (o->udf || o->implant_md5)) {
		plan_note(plan, ISOKIT_BUILD_WARNING, plan->base->facts->path,
			  "its UDF names or implanted MD5 do not cover the new session");
		o->udf = o->implant_md5 = false;
		return session_check(plan, err);
	}
	if (o->checksums) {
		plan_note(plan, ISOKIT_BUILD_WARNING, NULL,
			  "checksums are not made for a further session");
		o->checksums = false;
	}
	return name ? isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "session",
				  "cannot have %s", name) :
		      ISOKIT_OK;
}

void session_trim_boot(struct plan *plan)
{
	struct plan_boot *boot = &plan->boot, kept;
	size_t n = 0;

	if (!plan->options.session_block)
		return;
	for (size_t i = 0; i < boot->n_entries; i++) {
		struct plan_boot_entry *e = &boot->entries[i];

		if (!e->node) {
			plan_note(plan, ISOKIT_BUILD_WARNING, NULL,
				  "boot entry %zu is not kept: it is an appended partition", i + 1);
			continue;
		}
		if (session_keeps(plan, e->node))
			e->boot_info_table = e->grub2_boot_info = false;
		boot->entries[n++] = *e;
	}
	/* Firmware and partition tools look at the beginning of the medium only. */
	kept = (struct plan_boot){ .given = boot->given, .n_entries = n,
				   .catalog_path = boot->catalog_path,
				   .catalog_hidden = boot->catalog_hidden };
	memcpy(kept.entries, boot->entries, n * sizeof(kept.entries[0]));
	free(boot->system_area);
	*boot = kept;
	plan->extra->root->u.dir.n = 0; /* what was to be partitions */
}

/* ---- reading back ---------------------------------------------------------------------- */

/* The medium: what stood on it, zeros, the session. */
struct medium {
	struct isokit_source *old; /* borrowed, or NULL */
	struct isokit_source *session;
	uint64_t origin;
};

static enum isokit_status medium_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct medium *m = self;
	uint8_t *out = buffer;
	enum isokit_status st = ISOKIT_OK;

	if (offset < m->origin) {
		size_t n = (size_t)min_u64(length, m->origin - offset);
		uint64_t old = m->old ? isokit_source_size(m->old) : 0;
		size_t there = offset < old ? (size_t)min_u64(n, old - offset) : 0;

		memset(out, 0, n);
		if (there)
			st = isokit_source_read_at(m->old, offset, out, there, err);
		out += n;
		offset += n;
		length -= n;
	}
	return st || !length ? st : isokit_source_read_at(m->session, offset - m->origin, out,
							  length, err);
}

static void medium_close(void *self)
{
	struct medium *m = self;

	isokit_source_close(m->session);
	free(m);
}

static const struct isokit_source_ops medium_ops = {
	.size = sizeof(medium_ops),
	.read_at = medium_read_at,
	.close = medium_close,
};

enum isokit_status session_read_back(const struct plan *plan, int fd, const char *name,
				     struct isokit_source **ret_src, struct isokit_error *err)
{
	struct isokit_source *session;
	enum isokit_status st = isokit_source_from_fd(fd, name, &session, err);
	struct medium *m;

	if (st || !plan->options.session_block) {
		if (!st)
			*ret_src = session;
		return st;
	}
	m = malloc(sizeof(*m));
	if (!m) {
		isokit_source_close(session);
		return isokit_fail_nomem(err, name, sizeof(*m));
	}
	*m = (struct medium){ .old = plan->base ? plan->base->src : NULL, .session = session,
			      .origin = session_origin(plan) };
	st = isokit_source_new(&medium_ops, m, m->origin + isokit_source_size(session),
			       name, ret_src, err);
	if (st)
		medium_close(m);
	return st;
}

enum isokit_status session_open_image(const struct plan *plan, struct isokit_source *src,
				      struct isokit_image **ret_img, struct isokit_error *err)
{
	const struct isokit_image_options options = {
		.size = sizeof(options),
		.session_block = plan->options.session_block,
	};

	return isokit_image_open_with(src, 0, &options, ret_img, err);
}

/* ---- contents that have not changed ------------------------------------------------------ */

enum isokit_status session_put_aside(struct plan *plan, struct isokit_error *err)
{
	const struct isokit_build_options *o = &plan->options;
	struct tree_node *node, *root;
	enum isokit_status st;

	if (!o->old_root)
		return ISOKIT_OK;
	node = tree_lookup(plan->tree, o->old_root);
	if (!node || !tree_is_dir(node))
		return isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, o->old_root,
				   "is no folder of %s to compare with", plan->base->facts->path);
	root = tree_lookup(plan->tree, o->root ? o->root : "/");
	plan->old_root = node;
	if (!root || !tree_is_dir(root))
		return ISOKIT_OK;
	/* What no source brings again is gone. */
	st = tree_new(&plan->old_tree, err);
	if (st)
		return st;
	plan->old_tree->root->u.dir = root->u.dir;
	memset(&root->u.dir, 0, sizeof(root->u.dir));
	if (node == root)
		plan->old_root = plan->old_tree->root;
	return ISOKIT_OK;
}

struct comparison {
	uint8_t *buffers;
	struct isokit_error *err;
	enum isokit_status status;
};

enum { COMPARE_BYTES = 256 * 1024 };

static enum isokit_status same_bytes(struct comparison *c, const struct tree_node *a,
				     const struct tree_node *b, bool *ret_same)
{
	struct isokit_source *src;
	enum isokit_status st = tree_node_open(a, &src, c->err);

	*ret_same = true;
	if (st)
		return st;
	for (uint64_t at = 0; !st && *ret_same && at < a->size;) {
		size_t n = (size_t)min_u64(COMPARE_BYTES, a->size - at);

		st = isokit_source_read_at(src, at, c->buffers, n, c->err);
		/* What cannot be read of the old image is stored anew. */
		if (!st && tree_node_read(b, at, c->buffers + COMPARE_BYTES, n, NULL))
			*ret_same = false;
		else if (!st)
			*ret_same = memcmp(c->buffers, c->buffers + COMPARE_BYTES, n) == 0;
		at += n;
	}
	isokit_source_close(src);
	return st;
}

static bool compare_folders(struct comparison *c, struct tree_node *now, const struct tree_node *old)
{
	for (uint32_t i = 0; i < now->u.dir.n; i++) {
		struct tree_node *n = now->u.dir.children[i];
		const struct tree_node *o = tree_child(old, n->name, n->name_bytes);
		bool same;

		if (!o || (n->mode & S_IFMT) != (o->mode & S_IFMT))
			continue;
		if (tree_is_dir(n)) {
			if (!compare_folders(c, n, o)) /* as deep as the tree: TREE_MAX_DEPTH */
				return false;
			continue;
		}
		if (n->content != TREE_HOST || o->content != TREE_SOURCE || n->size != o->size ||
		    (n->flags & TREE_ZISOFS) != (o->flags & TREE_ZISOFS))
			continue;
		c->status = same_bytes(c, n, o, &same);
		if (c->status)
			return false;
		if (!same)
			continue;
		n->content = TREE_SOURCE;
		n->u.range = o->u.range;
	}
	return true;
}

enum isokit_status session_compare(struct plan *plan, struct isokit_error *err)
{
	const char *root = plan->options.root ? plan->options.root : "/";
	struct tree_node *now = plan->old_root ? tree_lookup(plan->tree, root) : NULL;
	struct comparison c = { .err = err };

	if (!now || !tree_is_dir(now))
		return ISOKIT_OK;
	c.buffers = malloc(2 * COMPARE_BYTES);
	if (!c.buffers)
		return isokit_fail_nomem(err, root, 2 * COMPARE_BYTES);
	(void)compare_folders(&c, now, plan->old_root);
	free(c.buffers);
	return c.status;
}
