/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes behind a node. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "tree/impl.h"

static void hostdir_path(const struct tree_hostdir *d, struct text *out)
{
	const struct tree_hostdir *chain[TREE_MAX_CHAIN];
	size_t n = 0;

	for (; d && n < sizeof(chain) / sizeof(chain[0]); d = d->parent)
		chain[n++] = d;
	while (n--) {
		text_add_str(out, chain[n]->path);
		if (n && out->n && out->bytes[out->n - 1] != '/')
			text_add_char(out, '/');
	}
}

void tree_hostdir_path(const struct tree_hostdir *dir, struct text *out)
{
	hostdir_path(dir, out);
}

void tree_node_host_path(const struct tree_node *node, struct text *out)
{
	if (!tree_is_file(node) || (node->content != TREE_HOST && node->content != TREE_EMPTY) ||
	    !node->u.host)
		return;
	hostdir_path(node->u.host, out);
	if (node->u.host->is_file)
		return;
	if (out->n && out->bytes[out->n - 1] != '/')
		text_add_char(out, '/');
	text_add(out, node->name, node->name_bytes);
}

bool tree_node_unchanged(const struct tree_node *node, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || (uint64_t)st->st_size != node->size)
		return false;
	return node->flags & TREE_RETIMED ||
	       ((int64_t)st->st_mtim.tv_sec == node->mtime &&
		(uint32_t)st->st_mtim.tv_nsec == node->mtime_ns);
}

/* Is the file at `path` still the planned one? */
static enum isokit_status check_host(const struct tree_node *node, const char *path,
				     struct isokit_error *err)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return isokit_fail_errno(err, errno, path, "cannot be examined");
	if (tree_node_unchanged(node, &info))
		return ISOKIT_OK;
	if ((uint64_t)info.st_size != node->size)
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, path,
				   "has %llu bytes; it had %llu when its folder was read",
				   (unsigned long long)info.st_size,
				   (unsigned long long)node->size);
	return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, path,
			   "was modified while the image was built");
}

/* A host file as a source that owns its descriptor. */
static enum isokit_status open_host(const struct tree_node *node, struct isokit_source **ret_src,
				    struct isokit_error *err)
{
	struct text path = { 0 };
	enum isokit_status st;

	tree_node_host_path(node, &path);
	if (path.failed) {
		text_free(&path);
		return isokit_fail_nomem(err, node->name, TREE_MAX_NAME);
	}
	st = isokit_source_open_file(text_string(&path), ret_src, err);
	if (st == ISOKIT_OK && (st = check_host(node, text_string(&path), err)) != ISOKIT_OK) {
		isokit_source_close(*ret_src);
		*ret_src = NULL;
	}
	text_free(&path);
	return st;
}

struct view {
	struct isokit_source *src;
	uint64_t offset;
};

static enum isokit_status view_read_at(void *self, uint64_t offset, void *buffer, size_t length,
				       struct isokit_error *err)
{
	const struct view *v = self;

	return isokit_source_read_at(v->src, v->offset + offset, buffer, length, err);
}

static void view_locate(void *self, uint64_t offset, uint64_t length,
			struct isokit_location *ret_location)
{
	const struct view *v = self;

	isokit_source_locate(v->src, v->offset + offset, length, ret_location);
}

/* Like a slice, but the inner source stays open for others. */
static const struct isokit_source_ops view_ops = {
	.size = sizeof(view_ops),
	.read_at = view_read_at,
	.locate = view_locate,
	.close = free,
};

static enum isokit_status open_range(const struct tree_node *node, struct isokit_source **ret_src,
				     struct isokit_error *err)
{
	const struct tree_range *range = node->u.range;
	enum isokit_status st;
	struct view *v;

	if (!range_inside(range->offset, node->size, isokit_source_size(range->src)))
		return isokit_fail(err, ISOKIT_E_SHORT, range->offset,
				   isokit_source_name(range->src), "ends before %s does",
				   node->name);
	v = malloc(sizeof(*v));
	if (!v)
		return isokit_fail_nomem(err, node->name, sizeof(*v));
	*v = (struct view){ .src = range->src, .offset = range->offset };
	st = isokit_source_new(&view_ops, v, node->size, node->name, ret_src, err);
	if (st)
		free(v);
	return st;
}

enum isokit_status tree_node_open(const struct tree_node *node, struct isokit_source **ret_src,
				  struct isokit_error *err)
{
	if (!tree_is_file(node))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, node->name,
				   "is no regular file");
	switch ((enum tree_content)node->content) {
	case TREE_HOST: return open_host(node, ret_src, err);
	case TREE_SOURCE: return open_range(node, ret_src, err);
	case TREE_MEMORY:
		return isokit_source_from_memory(node->u.memory, node->size, node->name, ret_src,
						 err);
	case TREE_SHARED: return tree_node_open(node->u.same, ret_src, err);
	case TREE_EMPTY: break;
	}
	return isokit_source_from_memory("", 0, node->name, ret_src, err);
}

enum isokit_status tree_node_read(const struct tree_node *node, uint64_t offset, void *buffer,
				  size_t length, struct isokit_error *err)
{
	struct text path = { 0 };
	struct isokit_source *src;
	enum isokit_status st = tree_node_open(node, &src, err);

	if (st)
		return st;
	st = isokit_source_read_at(src, offset, buffer, length, err);
	isokit_source_close(src);
	/* After the last byte as well: a part may be old and a part new. */
	if (st == ISOKIT_OK && node->content == TREE_HOST) {
		tree_node_host_path(node, &path);
		st = path.failed ? isokit_fail_nomem(err, node->name, TREE_MAX_NAME) :
				   check_host(node, text_string(&path), err);
		text_free(&path);
	}
	return st;
}
