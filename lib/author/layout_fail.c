/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libisofs says: its messages as our errors, and where the files of an image begin. */
#include "author/layout_impl.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/fail.h"

enum { MAX_TARGET_BYTES = 1024 }; /* libisofs takes no longer link */

/* The worst message of the queue, which is emptied. */
void layout_drain_messages(char *ret_text, size_t size)
{
	char text[ISO_MSGS_MESSAGE_LEN], severity[80];
	int code, image, worst = -1;

	ret_text[0] = '\0';
	while (iso_obtain_msgs("SORRY", &code, &image, text, severity) == 1) {
		int rank = 0;

		(void)iso_text_to_sev(severity, &rank);
		if (rank > worst) {
			worst = rank;
			(void)snprintf(ret_text, size, "%s", text);
		}
	}
}

enum isokit_status layout_fail(int code, const char *what, struct isokit_error *err)
{
	char text[sizeof(err->text) - 40];

	layout_drain_messages(text, sizeof(text));
	if (code == (int)ISO_OUT_OF_MEM)
		return isokit_fail_nomem(err, what, 0);
	return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, what, "cannot be laid out: %s",
			   text[0] ? text : iso_error_to_msg(code));
}

enum isokit_status layout_node_fail(int code, const struct tree_node *node,
				    struct isokit_error *err)
{
	struct text path = { 0 };
	enum isokit_status st;

	tree_node_path(node, &path);
	if ((node->mode & S_IFMT) == S_IFLNK && strlen(node->u.target) > MAX_TARGET_BYTES)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&path),
				 "is a symbolic link to a path of %zu bytes; %d is the limit",
				 strlen(node->u.target), MAX_TARGET_BYTES);
	else
		st = layout_fail(code, text_string(&path), err);
	text_free(&path);
	return st;
}

uint64_t layout_head_bytes(const struct layout *l)
{
	uint32_t block;

	if (iso_write_opts_get_data_start(l->opts, &block, 0) < 0)
		return 0; /* then there is no head, and all is tail */
	return min_u64((uint64_t)block * LAYOUT_BLOCK_BYTES, l->image_bytes);
}
