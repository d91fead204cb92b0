/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of a tree, whatever it was made from. */
#ifndef FUZZ_TREE_SOUND_H
#define FUZZ_TREE_SOUND_H

#include <stdlib.h>
#include <string.h>

#include "target.h"
#include "tree/attributes.h"

static void expect_sound_attributes(const struct tree_attributes *a)
{
	for (size_t i = 0; i < a->n_xattrs; i++) {
		touch(a->xattrs[i].value, a->xattrs[i].bytes);
		if (i && strcmp(a->xattrs[i - 1].name, a->xattrs[i].name) >= 0)
			abort();
	}
	if (a->acl)
		touch(a->acl, strlen(a->acl));
}

static void expect_sound(const struct tree_node *n, unsigned depth)
{
	if (depth > 700 || n->name_bytes != strlen(n->name) || strchr(n->name, '/') ||
	    strcmp(n->name, "..") == 0 || strcmp(n->name, ".") == 0)
		abort();
	if (n->attributes)
		expect_sound_attributes(n->attributes);
	if (n->link && (n->link->mode & S_IFMT) != (n->mode & S_IFMT))
		abort();
	switch (n->mode & S_IFMT) {
	case S_IFLNK:
		if (!n->u.target || !*n->u.target)
			abort();
		break;
	case S_IFREG:
		if (n->content == TREE_SOURCE &&
		    (n->u.range->offset > isokit_source_size(n->u.range->src) ||
		     n->size > isokit_source_size(n->u.range->src) - n->u.range->offset))
			abort();
		if ((n->content == TREE_EMPTY) != (n->size == 0))
			abort();
		break;
	case S_IFDIR:
		for (uint32_t i = 0; i < n->u.dir.n; i++) {
			const struct tree_node *c = n->u.dir.children[i];

			if (c->parent != n || (i && strcmp(n->u.dir.children[i - 1]->name, c->name) >= 0))
				abort();
			expect_sound(c, depth + 1);
		}
		break;
	case S_IFBLK:
	case S_IFCHR:
	case S_IFIFO:
	case S_IFSOCK: break;
	default: abort();
	}
}

#endif
