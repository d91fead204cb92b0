/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives as sources of a tree, read at any place and as a stream. */
#include <fcntl.h>
#include <unistd.h>

#include "tree/archive.h"
#include "tree_sound.h"

static void take(struct tree_archive *from)
{
	static const char *const excludes[] = { "*.o", "/a/b" };
	struct tree_scan_options options = { .xattrs = true, .acls = true, .excludes = excludes,
					     .n_excludes = 2 };
	struct isokit_source *spool = NULL;
	struct isokit_error err = { 0 };
	struct tree *t = NULL;

	if (tree_new(&t, &err))
		return;
	if (tree_add_archive(t, "/sub", from, &options, &spool, &err) == ISOKIT_OK) {
		expect_sound(t->root, 0);
		/* Nothing has come beside the folder that was meant. */
		if (t->root->u.dir.n != 1)
			abort();
		tree_count(t);
	} else if (!err.text[0] || err.status == ISOKIT_OK) {
		abort();
	}
	tree_free(t);
	isokit_source_close(spool);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct tree_archive from = { .name = "fuzz", .fd = -1, .spool_folder = "/tmp",
				     .free_bytes = 1 << 20 };

	(void)tree_source_kind(bytes, n);
	if (isokit_source_from_memory(bytes, n, "fuzz", &from.src, NULL))
		return 0;
	(void)tree_archive_holds_tree(from.src);
	take(&from);
	isokit_source_close(from.src);
	from.src = NULL;
	from.head = bytes;
	from.head_bytes = n;
	from.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	take(&from);
	if (from.fd >= 0)
		(void)close(from.fd);
	return 0;
}
