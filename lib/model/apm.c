/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Apple partition map, in blocks of 512 or 2048 bytes. */
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/boot.h"
#include "ondisk/apm.h"

enum { MAX_ENTRIES = 128 };

/* Is there a map whose blocks have this size? */
static enum isokit_status probe(struct isokit_image *img, uint32_t block_size, bool *ret_found,
				struct isokit_error *err)
{
	struct ondisk_apm_entry e;
	uint8_t raw[APM_ENTRY_BYTES];
	enum isokit_status st;

	st = boot_try_read(img, block_size, raw, sizeof(raw), "Apple partition map", ret_found,
			   err);
	if (!st && *ret_found)
		*ret_found = ondisk_apm_entry_decode(raw, sizeof(raw), &e, NULL) == ISOKIT_OK &&
			     e.map_blocks != 0;
	return st;
}

static enum isokit_status read_entries(struct isokit_image *img, uint32_t block_size,
				       struct isokit_apm_partition *list, size_t *ret_n,
				       struct isokit_error *err)
{
	uint32_t announced = 1;
	size_t n = 0;

	for (uint32_t i = 1; i <= announced && n < MAX_ENTRIES; i++) {
		uint64_t at = (uint64_t)i * block_size, end;
		struct ondisk_apm_entry e;
		uint8_t raw[APM_ENTRY_BYTES];
		enum isokit_status st;
		bool ok;

		st = boot_try_read(img, at, raw, sizeof(raw), "Apple partition map", &ok, err);
		if (st)
			return st;
		if (!ok || ondisk_apm_entry_decode(raw, sizeof(raw), &e, NULL) != ISOKIT_OK) {
			model_find(img, ISOKIT_F_APM_SHORT, at, 0, NULL, announced, i - 1);
			break;
		}
		if (i == 1)
			announced = e.map_blocks;
		list[n] = (struct isokit_apm_partition){
			.index = i,
			.start = e.start,
			.blocks = e.blocks,
			.name = arena_strndup(&img->arena, e.name, strlen(e.name)),
			.type = arena_strndup(&img->arena, e.type, strlen(e.type)),
		};
		if (!list[n].name || !list[n].type)
			return isokit_fail_nomem(err, "Apple partition map", sizeof(e));
		end = ((uint64_t)e.start + e.blocks) * block_size;
		if (end > img->facts.size)
			model_find(img, ISOKIT_F_APM_PARTITION_OUTSIDE,
				   (uint64_t)e.start * block_size, (uint64_t)e.blocks * block_size,
				   list[n].type, i, end);
		n++;
	}
	*ret_n = n;
	return ISOKIT_OK;
}

enum isokit_status boot_apm(struct isokit_image *img, struct isokit_error *err)
{
	struct isokit_apm_partition list[MAX_ENTRIES];
	struct isokit_apm *apm = &img->facts.apm;
	uint32_t sizes[3];
	uint8_t zero_block[4];
	enum isokit_status st;
	bool found = false;
	size_t n = 0;

	st = boot_try_read(img, 0, zero_block, sizeof(zero_block), "driver descriptor record",
			   &found, err);
	if (st || !found)
		return st;
	/* Block zero says how large blocks are; a map in 512-byte blocks may stand
	 * beside one in 2048-byte blocks all the same. */
	sizes[0] = ondisk_apm_block_size(zero_block);
	sizes[1] = 512;
	sizes[2] = 2048;
	found = false;
	for (size_t i = 0; i < 3 && !found; i++) {
		if (sizes[i] != 512 && sizes[i] != 1024 && sizes[i] != 2048 && sizes[i] != 4096)
			continue;
		/* Without block zero's mark, two letters are too little to go by. */
		if (sizes[0] == 0)
			return ISOKIT_OK;
		st = probe(img, sizes[i], &found, err);
		if (st)
			return st;
		if (found)
			apm->block_size = sizes[i];
	}
	if (!found)
		return ISOKIT_OK;
	st = read_entries(img, apm->block_size, list, &n, err);
	if (st)
		return st;
	apm->present = true;
	if (n) {
		apm->partitions = arena_memdup(&img->arena, list, n * sizeof(list[0]));
		if (!apm->partitions)
			return isokit_fail_nomem(err, "Apple partition map", n * sizeof(list[0]));
		apm->n_partitions = n;
		for (size_t i = 0; i < n; i++)
			model_expect(img,
				     ((uint64_t)list[i].start + list[i].blocks) * apm->block_size,
				     boot_numbered(img, "APM partition", list[i].index));
	}
	return ISOKIT_OK;
}
