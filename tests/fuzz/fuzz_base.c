/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as the start of a build: its tree as nodes, whose contents are read. */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "target.h"
#include "tree/tree.h"

static enum isokit_status keep(void *ctx, struct isokit_source *src, struct isokit_error *err)
{
	struct isokit_source **kept = ctx;

	(void)err;
	/* One is enough for its reads to be tried; the others are only closed. */
	if (*kept == NULL) {
		*kept = src;
		return ISOKIT_OK;
	}
	isokit_source_close(src);
	return ISOKIT_E_NOMEM;
}

static int look(void *ctx, struct tree_node *n)
{
	uint8_t bytes[64];
	size_t k = n->size < sizeof(bytes) ? (size_t)n->size : sizeof(bytes);

	(void)ctx;
	/* No name leads out of its folder, and folders are sorted. */
	if (strlen(n->name) != n->name_bytes || strchr(n->name, '/') != NULL ||
	    strcmp(n->name, "..") == 0 || strcmp(n->name, ".") == 0)
		abort();
	if (tree_is_dir(n)) {
		for (uint32_t i = 1; i < n->u.dir.n; i++)
			if (strcmp(n->u.dir.children[i - 1]->name, n->u.dir.children[i]->name) >= 0)
				abort();
		return 0;
	}
	if (!tree_is_file(n) || k == 0)
		return 0;
	/* What is in the tree can be read: the range was checked. */
	if (tree_node_read(n, 0, bytes, k, NULL) != ISOKIT_OK ||
	    tree_node_read(n, n->size - k, bytes, k, NULL) != ISOKIT_OK)
		abort();
	touch(bytes, k);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct isokit_source *src = NULL, *kept = NULL;
	struct isokit_image *img = NULL;
	struct tree *t = NULL;

	if (isokit_source_from_memory(bytes, n, "input", &src, NULL) != ISOKIT_OK)
		return 0;
	if (isokit_image_open(src, 0, &img, NULL) == ISOKIT_OK && tree_new(&t, NULL) == ISOKIT_OK) {
		if (tree_add_image(t, img, src, isokit_image_best_namespace(img), NULL, keep, &kept,
				   NULL, NULL, NULL) == ISOKIT_OK) {
			tree_count(t);
			(void)tree_walk(t->root, look, NULL);
		}
	}
	tree_free(t);
	isokit_image_free(img);
	isokit_source_close(kept);
	isokit_source_close(src);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	return mutate_image(bytes, n, max, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	return mutate_cross(a, n_a, b, n_b, out, max, seed);
}
