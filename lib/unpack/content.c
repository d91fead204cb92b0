/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be written into a regular file. */
#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/zisofs.h"
#include "unpack/unpack.h"

void unpack_content_close(struct unpack_content *c)
{
	if (c->owned)
		isokit_source_close(c->src);
	*c = (struct unpack_content){ 0 };
}

static enum isokit_status open_stored(const struct tree_node *node, struct unpack_content *ret,
				      struct isokit_error *err)
{
	enum isokit_status st;

	*ret = (struct unpack_content){ .bytes = node->size };
	if (node->content == TREE_EMPTY || node->size == 0)
		return ISOKIT_OK;
	if (node->content != TREE_SOURCE) {
		st = tree_node_open(node, &ret->src, err);
		ret->owned = st == ISOKIT_OK;
		return st;
	}
	ret->src = node->u.range->src;
	ret->offset = node->u.range->offset;
	if (!range_inside(ret->offset, ret->bytes, isokit_source_size(ret->src)))
		return isokit_fail(err, ISOKIT_E_SHORT, ret->offset, isokit_source_name(ret->src),
				   "ends before this file does");
	return ISOKIT_OK;
}

enum isokit_status unpack_content_open(const struct tree_node *node, struct unpack_content *ret,
				       struct isokit_error *err)
{
	enum isokit_status st;

	if (node->content == TREE_SHARED)
		node = node->u.same;
	st = open_stored(node, ret, err);
	if (st || !(node->flags & TREE_ZISOFS) || !ret->src)
		return st;
	st = unpack_zisofs_open(ret, node->name, err);
	if (st)
		unpack_content_close(ret);
	return st;
}

uint64_t unpack_content_bytes(const struct tree_node *node)
{
	uint8_t head[ONDISK_ZISOFS_HEAD_BYTES];
	struct ondisk_zisofs z;

	if (node->content == TREE_SHARED)
		node = node->u.same;
	if (!(node->flags & TREE_ZISOFS) || node->size < sizeof(head) ||
	    tree_node_read(node, 0, head, sizeof(head), NULL) != ISOKIT_OK ||
	    !ondisk_zisofs_decode(head, sizeof(head), &z))
		return node->size;
	return z.bytes;
}
