/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume of any file system: its files as a tree, whose contents are read. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "mutate.h"
#include "ondisk/apfs.h"
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

static void read_one(const struct isokit_volumes *volumes, size_t which, bool forks)
{
	const struct tree_scan_options scan = { .xattrs = true, .acls = true };
	const struct volume_read_options options = { .scan = &scan, .forks = forks, .lost = lost };
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
	struct isokit_volumes *volumes;
	struct isokit_source *src;
	size_t n_volumes;

	if (isokit_source_from_memory(bytes, n, "input", &src, NULL))
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
static void sign_apfs(uint8_t *block)
{
	uint64_t a = 0, b = 0, first, second;

	for (size_t at = 8; at < APFS_BLOCK; at += 4) {
		a = (a + get_le32(block + at)) % UINT32_MAX;
		b = (b + a) % UINT32_MAX;
	}
	first = UINT32_MAX - (a + b) % UINT32_MAX;
	second = UINT32_MAX - (a + first) % UINT32_MAX;
	put_le64(block, second << 32 | first);
}

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 8;
}

/* A number somewhere where something is: turned, one more, the largest, another's. */
static void change_number(uint8_t *p, const uint8_t *other, unsigned *seed)
{
	static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff, 0xfe, 4, 16 };
	unsigned bytes = 1u << next(seed) % 4;

	switch (next(seed) % 5) {
	case 0: p[0] ^= (uint8_t)(1u << next(seed) % 8); break;
	case 1: p[0] = (uint8_t)(p[0] + 1 - 2 * (next(seed) % 2)); break;
	case 2: memset(p, odd[next(seed) % sizeof(odd)], bytes); break;
	case 3: memmove(p, other, bytes); break;
	default: p[next(seed) % 8] = (uint8_t)next(seed); break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	unsigned times = 1 + seed % 3;
	bool apfs = n >= APFS_BLOCK && memcmp(bytes + 32, "NXSB", 4) == 0;

	(void)max;
	if (n < 1024)
		return LLVMFuzzerMutate(bytes, n, max);
	while (times--) {
		size_t at = 0, from;

		/* Not in the middle of nothing, if that can be helped. */
		for (unsigned k = 0; k < 64; k++) {
			at = ((size_t)next(&seed) << 12 ^ next(&seed)) % (n - 16);
			if (bytes[at] || bytes[at + 1] || bytes[at + 7])
				break;
		}
		from = ((size_t)next(&seed) << 12 ^ next(&seed)) % (n - 16);
		if (apfs) {
			uint8_t *block = bytes + at / APFS_BLOCK * APFS_BLOCK;
			bool signed_before = at / APFS_BLOCK < n / APFS_BLOCK &&
					     ondisk_apfs_sound(block, APFS_BLOCK);

			change_number(bytes + at, bytes + from, &seed);
			if (signed_before)
				sign_apfs(block);
		} else {
			change_number(bytes + at, bytes + from, &seed);
		}
	}
	return n;
}
