/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the caller is told, from any thread; and which errors end everything. */
#include "unpack/unpack.h"

#include <errno.h>

void unpack_tell_path(struct isokit_extract *x, enum isokit_extract_event what, const char *path,
		      const char *text)
{
	(void)pthread_mutex_lock(&x->lock);
	x->result.events[what]++;
	if (x->options.told)
		x->options.told(x->options.ctx, what, path, text);
	(void)pthread_mutex_unlock(&x->lock);
}

void unpack_tell(struct isokit_extract *x, enum isokit_extract_event what,
		 const struct tree_node *node, const char *text)
{
	struct text path = { 0 };

	if (x->options.told)
		tree_node_path(node, &path);
	unpack_tell_path(x, what, text_string(&path), text);
	text_free(&path);
}

bool unpack_is_final(int e)
{
	return e == ENOSPC || e == EDQUOT || e == EROFS;
}
