/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests over a tree that has something already. */
#include "tree/mtree.h"
#include "tree_sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct tree_scan_options options = { 0 };
	struct isokit_error err = { 0 };
	struct tree *t = NULL;

	if (tree_new(&t, &err))
		return 0;
	if (tree_add_memory(t, "/a", "x", 1, true, NULL, &err) == ISOKIT_OK &&
	    tree_add_memory(t, "/d/b", "x", 1, true, NULL, &err) == ISOKIT_OK) {
		if (tree_add_mtree(t, "/", "fuzz", (const char *)bytes, n, &options, &err) ==
		    ISOKIT_OK)
			expect_sound(t->root, 0);
		else if (!err.text[0])
			abort();
	}
	tree_free(t);
	return 0;
}
