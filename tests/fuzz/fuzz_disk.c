/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks of virtual machines, partitions, FAT and exFAT: a file is opened, read at many
 * places, and the files of each volume become a tree. */
#include <isokit/medium.h>

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "mutate.h"
#include "ondisk/vhdx.h"
#include "ondisk/vmdk.h"
#include "packed.h"
#include "tree_sound.h"
#include "volume/volume.h"

enum { PIECE = 30 * 1000, PIECES = 16, MAX_INPUT = 4 << 20, MAX_READ = 64 * 1024 };

static void expect_reason(enum isokit_status st, const struct isokit_error *err)
{
	if (st && (err->status != st || !err->text[0]))
		abort();
}

/* Places all over it, and where they are said to lie. */
static void read_source(struct isokit_source *src)
{
	static uint8_t buffer[PIECE];
	uint64_t size = isokit_source_size(src), step = size / PIECES + 1;
	struct isokit_location where;
	struct isokit_error err;

	for (uint64_t at = 0, i = 0; at < size && i <= PIECES; at += step, i++) {
		size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
		enum isokit_status st = isokit_source_read_at(src, at, buffer, n, &err);

		expect_reason(st, &err);
		if (!st)
			touch(buffer, n);
		isokit_source_locate(src, at, size - at, &where);
		if (where.length == 0 || where.length > size - at)
			abort();
	}
}

static int read_node(void *ctx, struct tree_node *n)
{
	static uint8_t buffer[MAX_READ];
	unsigned *left = ctx;
	struct isokit_error err;
	size_t bytes = n->size < MAX_READ ? (size_t)n->size : MAX_READ;

	if (!tree_is_file(n) || !bytes || !*left)
		return 0;
	--*left;
	expect_reason(tree_node_read(n, n->size - bytes, buffer, bytes, &err), &err);
	return 0;
}

static void read_volume(const struct isokit_volumes *vs, size_t i)
{
	struct volume_mount *mount = NULL;
	struct isokit_error err = { 0 };
	unsigned left = 50;
	struct tree *t;
	enum isokit_status st;

	if (tree_new(&t, &err))
		return;
	st = volume_read(vs, i, t, "/sub", NULL, &mount, &err);
	expect_reason(st, &err);
	if (!st) {
		expect_sound(t->root, 0);
		(void)tree_walk(t->root, read_node, &left);
	}
	tree_free(t);
	volume_mount_free(mount);
}

static void read_disk(struct isokit_source *disk)
{
	const struct isokit_disk_volume *v;
	struct isokit_volumes *vs;
	struct isokit_error err;
	size_t n;

	read_source(disk);
	if (isokit_volumes_find(disk, &vs, &err))
		return;
	v = isokit_volumes_list(vs, &n);
	for (size_t i = 0; i < n; i++) {
		if (v[i].offset > isokit_source_size(disk) ||
		    v[i].bytes > isokit_source_size(disk) - v[i].offset || !v[i].words)
			abort();
		touch(v[i].label, strlen(v[i].label));
		/* Others have targets of their own, and libraries of their own faults. */
		if (i < 4 && ((v[i].fs >= ISOKIT_FS_FAT12 && v[i].fs <= ISOKIT_FS_EXFAT) ||
			      v[i].unreadable))
			read_volume(vs, i);
	}
	isokit_volumes_free(vs);
}

/* Checksums that no change would survive are made right again. */
static void mend(uint8_t *bytes, size_t n)
{
	for (int i = 0; i < 2; i++) {
		size_t at = VHDX_HEADER_AT(i);

		if (n >= at + VHDX_HEADER_BYTES && memcmp(bytes + at, "head", 4) == 0)
			put_le32(bytes + at + 4, ondisk_vhdx_crc(bytes + at, VHDX_HEADER_BYTES, 4));
		at = VHDX_REGION_AT(i);
		if (n >= at + VHDX_REGION_BYTES && memcmp(bytes + at, "regi", 4) == 0)
			put_le32(bytes + at + 4, ondisk_vhdx_crc(bytes + at, VHDX_REGION_BYTES, 4));
	}
	for (size_t at = 0; at + 4096 <= n; at += 4096) {
		size_t entry = get_le32(bytes + at + 8);

		if (memcmp(bytes + at, "loge", 4) == 0 && entry <= n - at && entry >= 64)
			put_le32(bytes + at + 4, ondisk_vhdx_crc(bytes + at, entry, 4));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct isokit_source *src;
	struct isokit_medium *m;
	struct ondisk_vmdk_text text;
	struct isokit_error err = { 0 };
	enum isokit_status st;
	uint8_t *copy;

	copy = packed_expand(bytes, n, MAX_INPUT, &n);
	if (!copy)
		return 0;
	(void)ondisk_vmdk_text_decode((const char *)copy, n, &text, NULL, NULL);
	mend(copy, n);
	if (!isokit_source_from_memory(copy, n, "fuzz", &src, NULL)) {
		st = isokit_medium_open_source(src, NULL, NULL, &m, &err);
		expect_reason(st, &err);
		if (st) {
			isokit_source_close(src);
		} else {
			if (isokit_medium_disk(m))
				read_disk(isokit_medium_disk(m));
			isokit_medium_free(m);
		}
	}
	free(copy);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	if (seed % 3 == 0 && !packed_is(bytes, n))
		return LLVMFuzzerMutate(bytes, n, max);
	return packed_mutate(bytes, n, max, seed / 3, NULL);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	return packed_cross(a, n_a, b, n_b, out, max, seed);
}
