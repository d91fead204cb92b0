/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume of any file system: its files as a tree, whose contents are read. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "ondisk/apfs.h"
#include "packed.h"
#include "tree_sound.h"
#include "volume/volume.h"

enum { APFS_BLOCK = 4096 };

static int look(void *ctx, struct tree_node *n)
{
	uint8_t bytes[64];
	size_t k = n->size < sizeof(bytes) ? (size_t)n->size : sizeof(bytes);
	unsigned *left = ctx;

	if (!tree_is_file(n) || k == 0 || !*left)
		return 0;
	--*left;
	/* What is compressed may turn out to be damaged; nothing lies outside. */
	if (tree_node_read(n, 0, bytes, k, NULL) == ISOKIT_OK)
		touch(bytes, k);
	if (tree_node_read(n, n->size - k, bytes, k, NULL) == ISOKIT_OK)
		touch(bytes, k);
	return 0;
}

static void lost(void *ctx, enum volume_loss what, const char *path)
{
	(void)ctx;
	if ((size_t)what >= VOLUME_LOSSES)
		abort();
	touch(path, strlen(path));
}

static void unclean(void *ctx, const char *volume, const char *words)
{
	(void)ctx;
	touch(volume, strlen(volume));
	touch(words, strlen(words));
}

static void read_one(const struct isokit_volumes *volumes, size_t which, bool forks)
{
	const struct tree_scan_options scan = { .xattrs = true, .acls = true };
	const struct volume_read_options options = { .scan = &scan, .forks = forks, .lost = lost,
						     .unclean = unclean };
	struct volume_mount *mount = NULL;
	struct isokit_error err = { 0 };
	unsigned left = 200;
	struct tree *t;

	if (tree_new(&t, NULL))
		return;
	if (volume_read(volumes, which, t, "/", &options, &mount, &err) == ISOKIT_OK) {
		expect_sound(t->root, 0);
		(void)tree_walk(t->root, look, &left);
	} else if (!err.text[0]) {
		abort();
	}
	tree_free(t);
	volume_mount_free(mount);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct isokit_source *src = packed_open(bytes, n, UINT64_MAX);
	struct isokit_volumes *volumes;
	size_t n_volumes;

	if (!src)
		return 0;
	if (isokit_volumes_find(src, &volumes, NULL) == ISOKIT_OK) {
		(void)isokit_volumes_list(volumes, &n_volumes);
		for (size_t i = 0; i < n_volumes && i < 2; i++)
			read_one(volumes, i, n % 2 == 0);
		isokit_volumes_free(volumes);
	}
	isokit_source_close(src);
	return 0;
}

/* Fletcher's sum, so that a change is not the end of the block. */
static void sign_apfs(const struct pieces *p, uint64_t at)
{
	uint8_t block[APFS_BLOCK];
	uint64_t a = 0, b = 0, first, second;

	packed_get(p, at / APFS_BLOCK * APFS_BLOCK, block, APFS_BLOCK);
	for (size_t i = 8; i < APFS_BLOCK; i += 4) {
		a = (a + get_le32(block + i)) % UINT32_MAX;
		b = (b + a) % UINT32_MAX;
	}
	first = UINT32_MAX - (a + b) % UINT32_MAX;
	second = UINT32_MAX - (a + first) % UINT32_MAX;
	put_le64(block, second << 32 | first);
	packed_put(p, at / APFS_BLOCK * APFS_BLOCK, block, 8);
}

static bool apfs_right(const struct pieces *p, uint64_t at)
{
	uint8_t block[APFS_BLOCK];

	packed_get(p, at / APFS_BLOCK * APFS_BLOCK, block, APFS_BLOCK);
	return get_le64(block) != 0 && ondisk_apfs_sound(block, APFS_BLOCK);
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	static const struct packed_signer signer = { .right = apfs_right, .sign = sign_apfs };

	return packed_mutate(bytes, n, max, seed, &signer);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	return packed_cross(a, n_a, b, n_b, out, max, seed);
}
