/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sticks that are composed from an image: its files, a partition for changes, its GPT moved. The
 * last two bytes of the input choose what, and for which drive. */
#include <isokit/source.h>

#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "ondisk/fat.h"
#include "ondisk/mbr.h"
#include "packed.h"
#include "stick/stick.h"
#include "target.h"

enum { PART = 64 * 1024, MAX_READ = 8 << 20, MIB = 1 << 20 };

static uint8_t buffer[PART];

static void expect_told(enum isokit_status st, const struct isokit_error *err)
{
	if (st != ISOKIT_OK && (err->status != st || !err->text[0]))
		abort();
}

/* The first partition of the MBR, where FAT32 is what was made. */
static void expect_fat(const struct stick_layout *l, uint32_t sector)
{
	struct ondisk_fat fat;
	struct ondisk_mbr m;

	if (isokit_source_read_at(l->src, 0, buffer, 512, NULL) != ISOKIT_OK)
		abort();
	ondisk_mbr_decode(buffer, &m);
	if (!m.signature)
		abort();
	if (strcmp(l->table, "MBR") != 0)
		return;
	if (isokit_source_read_at(l->src, (uint64_t)m.entries[0].start_lba * sector, buffer, PART,
				  NULL) != ISOKIT_OK ||
	    ondisk_fat_decode(buffer, PART, &fat, NULL) != ISOKIT_OK || fat.bits != 32)
		abort();
}

static void expect_sound(const struct stick_layout *l, const struct stick_options *o)
{
	uint64_t end = 0, sum = 0, read = 0;

	if (isokit_source_size(l->src) != o->bytes || !l->n_extents)
		abort();
	for (size_t i = 0; i < l->n_extents; i++) {
		const struct stick_extent *e = &l->extents[i];

		if (!e->bytes || e->offset % o->sector || e->bytes % o->sector || (i && e->offset <= end) ||
		    e->offset > o->bytes || e->bytes > o->bytes - e->offset)
			abort();
		end = e->offset + e->bytes;
		sum += e->bytes;
		for (uint64_t at = e->offset; at < end && read < MAX_READ; at += PART) {
			size_t n = end - at < PART ? (size_t)(end - at) : PART;

			/* What the image does not have cannot be read. */
			(void)isokit_source_read_at(l->src, at, buffer, n, NULL);
			read += n;
		}
	}
	if (sum != l->extent_bytes)
		abort();
	for (size_t i = 0; i < l->n_notes; i++)
		touch(l->notes[i], strlen(l->notes[i]) + 1);
}

static void move_gpt(struct isokit_source *image, const struct stick_options *o)
{
	struct isokit_error err = { .text = "" };
	struct stick_patch *p = NULL;
	size_t n = 0;
	enum isokit_status st = stick_move_gpt(image, o->bytes, o->sector, &p, &n, &err);
	uint64_t end = 0;

	expect_told(st, &err);
	for (size_t i = 0; !st && i < n; i++) {
		if (p[i].offset % o->sector || p[i].n % o->sector || p[i].offset < end ||
		    p[i].offset > o->bytes || p[i].n > o->bytes - p[i].offset)
			abort();
		touch(p[i].bytes, p[i].n);
		end = p[i].offset + p[i].n;
	}
	if (!st)
		stick_patches_free(p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const uint64_t sizes[] = { 80 * MIB, 300 * MIB, 16 * MIB, (uint64_t)3 << 40 };
	unsigned what = n ? bytes[n - 1] : 0, how = n > 1 ? bytes[n - 2] : 0;
	const struct stick_options o = {
		.bytes = sizes[how & 3], .sector = how & 4 ? 4096 : 512, .card = how & 8,
		.label = how & 16 ? "Label \xc3\xa4" : NULL, .epoch = 1700000000,
		.persistence = how & 32 ? 70 * MIB : UINT64_MAX,
	};
	struct isokit_source *image = packed_open(bytes, n, 64 * MIB);
	struct isokit_error err = { .text = "" };
	struct stick_layout l = { 0 };
	enum isokit_status st;

	if (!image)
		return 0;
	if (what % 4 == 3) {
		move_gpt(image, &o);
	} else {
		st = what % 4 == 2 ? stick_compose_persistent(image, &o, &l, &err) :
				     stick_compose_files(image, &o, &l, &err);
		expect_told(st, &err);
		if (!st) {
			expect_sound(&l, &o);
			if (what % 4 < 2)
				expect_fat(&l, o.sector);
			stick_layout_release(&l);
		}
	}
	isokit_source_close(image);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t max, unsigned seed)
{
	if (n > 1 && seed % 8 == 0)
		bytes[n - 1 - (seed >> 3) % 2] = (uint8_t)(seed >> 4);
	if (!packed_is(bytes, n))
		return seed % 3 ? mutate_image(bytes, n, max, seed / 3) : LLVMFuzzerMutate(bytes, n, max);
	return packed_mutate(bytes, n, max, seed / 3, NULL);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
				 uint8_t *out, size_t max, unsigned seed)
{
	if (!packed_is(a, n_a))
		return mutate_cross(a, n_a, b, n_b, out, max, seed);
	return packed_cross(a, n_a, b, n_b, out, max, seed);
}
