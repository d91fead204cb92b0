/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Apple partition map entry by entry ("Inside Macintosh: Devices", 3). */
#include "ondisk/apm.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "model/boot.h"
#include "model/lint.h"

enum { MAX_ENTRIES = 128 };

static bool is_map(const struct isokit_apm_partition *p)
{
	return strcmp(p->type, "Apple_partition_map") == 0;
}

/* Apple_Free and Apple_Void say that nothing is there; an HFS partition inside one
 * of the ISO is the point of a hybrid. */
static void check_overlaps(struct lint *l, const struct isokit_apm *apm)
{
	for (size_t i = 0; i < apm->n_partitions; i++) {
		for (size_t k = i + 1; k < apm->n_partitions; k++) {
			const struct isokit_apm_partition *a = &apm->partitions[i];
			const struct isokit_apm_partition *b = &apm->partitions[k];
			uint64_t a_end = (uint64_t)a->start + a->blocks;
			uint64_t b_end = (uint64_t)b->start + b->blocks;

			if (a->start < b_end && b->start < a_end)
				lint_find(l, ISOKIT_F_APM_OVERLAP,
					  max_u64(a->start, b->start) * apm->block_size, 0, NULL,
					  a->index, b->index);
		}
	}
}

/* A map that was not recognised, although its first entry is there. */
static enum isokit_status check_absent(struct lint *l)
{
	for (uint32_t size = SECTOR512; size <= SECTOR_BYTES; size *= 4) {
		uint8_t raw[APM_ENTRY_BYTES];
		enum isokit_status st;
		bool ok;

		st = lint_read(l, size, raw, sizeof(raw), "Apple partition map", &ok);
		if (st)
			return st;
		if (ok && memcmp(raw + 48, "Apple_", 6) == 0)
			lint_find(l, ISOKIT_F_APM_MAP, size, 8, NULL, get_be32(raw + 8),
				  get_be32(raw + 12));
	}
	return ISOKIT_OK;
}

enum isokit_status lint_apm(struct lint *l)
{
	const struct isokit_apm *apm = &l->img->facts.apm;
	uint32_t announced = 0;
	bool has_map = false;

	if (!apm->present)
		return check_absent(l);
	for (size_t i = 0; i < apm->n_partitions && i < MAX_ENTRIES; i++) {
		const struct isokit_apm_partition *p = &apm->partitions[i];
		uint64_t at = (uint64_t)p->index * apm->block_size;
		uint8_t raw[APM_ENTRY_BYTES];
		uint32_t first, data_blocks;
		enum isokit_status st;
		bool ok;

		st = lint_read(l, at, raw, sizeof(raw), "Apple partition map", &ok);
		if (st)
			return st;
		if (!ok)
			break;
		if (announced == 0)
			announced = get_be32(raw + 4);
		if (get_be32(raw + 4) != announced)
			lint_find(l, ISOKIT_F_APM_COUNT, at + 4, 4, NULL, p->index, get_be32(raw + 4));
		lint_reserved(l, ISOKIT_F_APM_RESERVED, raw, 2, 4, at, "Apple partition map");
		first = get_be32(raw + 80);
		data_blocks = get_be32(raw + 84);
		if (first + (uint64_t)data_blocks > p->blocks)
			lint_find(l, ISOKIT_F_APM_DATA, at + 80, 8, p->name, p->index, p->blocks);
		else if (first || data_blocks != p->blocks)
			lint_find(l, ISOKIT_F_APM_DATA_SHORT, at + 80, 8, p->name, p->index, p->blocks);
		if (is_map(p)) {
			has_map = true;
			if (p->start != 1 || p->blocks < announced)
				lint_find(l, ISOKIT_F_APM_MAP, at + 8, 8, NULL, p->start, p->blocks);
		}
	}
	if (!has_map)
		lint_find(l, ISOKIT_F_APM_MAP, apm->block_size, 0, NULL, 0, 0);
	check_overlaps(l, apm);
	return ISOKIT_OK;
}
