/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw sectors against the codes and addresses that they carry themselves. */
#include <stdlib.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/impl.h"
#include "ondisk/cdsector.h"

enum { BATCH = 256 /* sectors read at once */ };

struct sector_check {
	const struct isokit_container *c;
	uint64_t checked, without_code; /* sectors */
	uint64_t bad, first_bad;
	uint64_t jumps, first_jump;
	bool has_last;
	int32_t last_lba;
};

static void check_code(struct sector_check *k, const uint8_t *p, size_t from, size_t end,
		       uint64_t sector)
{
	uint32_t stored = get_le32(p + end);

	k->checked++;
	if (ondisk_cd_edc(p + from, end - from) == stored)
		return;
	if (k->bad++ == 0)
		k->first_bad = sector;
	k->without_code += stored == 0;
}

static void check_address(struct sector_check *k, const uint8_t *p, uint64_t sector)
{
	int32_t lba;

	if (!ondisk_cd_address(p, &lba)) {
		k->has_last = false;
		return;
	}
	if (k->has_last && lba != k->last_lba + 1 && k->jumps++ == 0)
		k->first_jump = sector - 1;
	k->has_last = true;
	k->last_lba = lba;
}

/* One sector as it stands in the file: mode 1, mode 2 form 1, or none of them (audio,
 * form 2), which has no code that must be there. */
static void check_sector(struct sector_check *k, const uint8_t *p, uint64_t sector)
{
	if (k->c->sector_bytes == 2336) {
		if (k->c->user_offset == 8 && ondisk_cd_is_subheader(p, 8) &&
		    !(p[2] & ONDISK_CD_SUBMODE_FORM2))
			check_code(k, p, 0, 2056, sector);
		return;
	}
	if (!ondisk_cd_is_sync(p, ONDISK_CD_RAW_BYTES)) {
		k->has_last = false;
		return;
	}
	check_address(k, p, sector);
	if (p[15] == 1)
		check_code(k, p, 0, 2064, sector);
	else if (p[15] == 2 && ondisk_cd_is_subheader(p + 16, 8) &&
		 !(p[18] & ONDISK_CD_SUBMODE_FORM2))
		check_code(k, p, 16, 2072, sector);
}

static void report(struct isokit_image *img, const struct sector_check *k)
{
	const struct isokit_container *c = k->c;

	if (k->checked && k->without_code == k->checked) {
		model_find_in_file(img, ISOKIT_F_SECTOR_EDC_NONE, c->offset, 0, NULL, k->checked,
				   0);
	} else if (k->bad) { /* among sectors that have one, a missing code is a wrong one */
		model_find_in_file(img, ISOKIT_F_SECTOR_EDC,
				   c->offset + k->first_bad * c->sector_bytes, c->sector_bytes,
				   NULL, k->bad, k->first_bad);
	}
	if (k->jumps)
		model_find_in_file(img, ISOKIT_F_SECTOR_ADDRESS,
				   c->offset + (k->first_jump + 1) * c->sector_bytes,
				   ONDISK_CD_HEADER_BYTES, NULL, k->jumps, k->first_jump);
	model_findings_publish(img);
}

enum isokit_status isokit_image_check_sectors(struct isokit_image *img,
					      struct isokit_source *file,
					      int (*progress)(void *ctx, uint64_t done),
					      void *ctx, struct isokit_error *err)
{
	struct sector_check k = { .c = img->facts.container };
	enum isokit_status st = ISOKIT_OK;
	uint8_t *batch;

	if (!k.c || k.c->kind != ISOKIT_CONTAINER_RAW_SECTORS ||
	    (k.c->sector_bytes != 2336 && k.c->sector_bytes < ONDISK_CD_RAW_BYTES))
		return ISOKIT_OK;
	batch = malloc((size_t)BATCH * k.c->sector_bytes);
	if (!batch)
		return isokit_fail_nomem(err, img->facts.path, (size_t)BATCH * k.c->sector_bytes);
	for (uint64_t at = 0; !st && at < k.c->sectors; at += BATCH) {
		size_t n = (size_t)min_u64(BATCH, k.c->sectors - at);
		uint64_t offset = k.c->offset + at * k.c->sector_bytes;

		st = isokit_source_read_at(file, offset, batch, n * k.c->sector_bytes, err);
		for (size_t i = 0; !st && i < n; i++)
			check_sector(&k, batch + i * k.c->sector_bytes, at + i);
		if (!st && progress && progress(ctx, offset + n * k.c->sector_bytes))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, offset, img->facts.path,
					 "stopped by the caller");
	}
	free(batch);
	if (!st)
		report(img, &k);
	return st;
}
