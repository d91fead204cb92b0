/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master boot record byte by byte, by itself and against the GPT. */
#include "ondisk/mbr.h"

#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "model/boot.h"
#include "model/lint.h"
#include "ondisk/gpt.h"

enum { TABLE = 446, ENTRY = 16 };

struct place { /* a CHS triple and the sector that it should mean */
	uint32_t cylinder, head, sector;
	uint64_t lba;
};

static struct place place_of(const uint8_t *chs, uint64_t lba)
{
	return (struct place){
		.head = chs[0],
		.sector = chs[1] & 0x3f,
		.cylinder = ((uint32_t)chs[1] & 0xc0) << 2 | chs[2],
		.lba = lba,
	};
}

/* 1023 cylinders are the end of what three bytes can say; beyond, programs write
 * FE FF FF, FF FF FF or the last cylinder. */
static bool fits(const struct place *p, uint32_t heads, uint32_t sectors)
{
	uint64_t cylinder = p->lba / ((uint64_t)heads * sectors);

	if (cylinder > 1023)
		return p->cylinder == 1023;
	return p->cylinder == cylinder && p->head == p->lba / sectors % heads &&
	       p->sector == p->lba % sectors + 1;
}

static bool any_geometry(const struct place *p, size_t n)
{
	static const uint8_t tracks[] = { 63, 32, 17 }; /* sectors; what programs use */

	for (size_t i = 0; i < sizeof(tracks); i++) {
		for (uint32_t heads = 1; heads <= 256; heads++) {
			size_t k = 0;

			while (k < n && fits(&p[k], heads, tracks[i]))
				k++;
			if (k == n)
				return true;
		}
	}
	return n == 0;
}

static void check_chs(struct lint *l, const uint8_t *raw)
{
	struct place places[8];
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		const uint8_t *p = raw + TABLE + i * ENTRY;
		uint64_t start = get_le32(p + 8), sectors = get_le32(p + 12);

		if (p[4] == 0 || p[4] == MBR_TYPE_GPT || sectors == 0)
			continue;
		/* Both blank, or both at their limit: not used. */
		if (lint_is_zero(p + 1, 3) && lint_is_zero(p + 5, 3))
			continue;
		if ((p[1] == 0xfe || p[1] == 0xff) && p[2] == 0xff && p[3] == 0xff &&
		    memcmp(p + 1, p + 5, 3) == 0)
			continue;
		places[n++] = place_of(p + 1, start);
		if (!((p[5] == 0xfe || p[5] == 0xff) && p[6] == 0xff && p[7] == 0xff))
			places[n++] = place_of(p + 5, start + sectors - 1);
	}
	if (!any_geometry(places, n))
		lint_find(l, ISOKIT_F_MBR_CHS, TABLE, (size_t)4 * ENTRY, NULL, 0, 0);
}

/* UEFI 5.2.3, table 5-4. */
static void check_protective(struct lint *l, const uint8_t *p, unsigned index)
{
	uint64_t last = l->img->facts.size / SECTOR512 - 1;
	uint64_t at = TABLE + (uint64_t)(index - 1) * ENTRY;
	uint32_t sectors = get_le32(p + 12);

	if (p[0] != 0)
		lint_find(l, ISOKIT_F_MBR_PROTECTIVE_STATUS, at, 1, NULL, index, p[0]);
	if (get_le32(p + 8) != 1)
		return; /* a GPT-type entry of another kind; see gpt-mbr-not-protective */
	if (sectors != min_u64(last, UINT32_MAX) && sectors != UINT32_MAX)
		lint_find(l, ISOKIT_F_MBR_PROTECTIVE_SIZE, at + 12, 4, NULL, sectors, last);
	if (p[1] != 0 || p[2] != 2 || p[3] != 0)
		lint_find(l, ISOKIT_F_MBR_PROTECTIVE_CHS, at + 1, 3, NULL, index, 0);
	if (!(p[5] == 0xff && p[6] == 0xff && p[7] == 0xff) &&
	    !(p[5] == 0xfe && p[6] == 0xff && p[7] == 0xff)) {
		struct place end = place_of(p + 5, sectors);

		if (!any_geometry(&end, 1))
			lint_find(l, ISOKIT_F_MBR_PROTECTIVE_CHS, at + 5, 3, NULL, index, 0);
	}
}

static bool in_gpt(const struct isokit_gpt *g, uint64_t start, uint64_t sectors)
{
	for (size_t i = 0; i < g->n_partitions; i++) {
		const struct isokit_gpt_partition *p = &g->partitions[i];
		uint64_t scale = g->block_size / SECTOR512;

		if (p->first_lba * scale == start && (p->last_lba - p->first_lba + 1) * scale == sectors)
			return true;
	}
	return false;
}

/* Without its signature no table is read. Is there one all the same: used entries that
 * lie inside the image, and a half of the signature or code that is known? */
static bool is_unsigned_mbr(const uint8_t *raw, uint64_t size)
{
	struct ondisk_boot_code code;
	unsigned used = 0;

	for (size_t i = 0; i < 4; i++) {
		const uint8_t *p = raw + TABLE + i * ENTRY;
		uint64_t end = (uint64_t)get_le32(p + 8) + get_le32(p + 12);

		if ((p[0] & 0x7f) || (p[4] && end > size / SECTOR512))
			return false;
		used += p[4] && get_le32(p + 12);
	}
	ondisk_boot_code_recognise(raw, MBR_CODE_BYTES, &code);
	return used && (raw[510] == 0x55 || raw[511] == 0xaa ||
			(code.code != ONDISK_CODE_NONE && code.code != ONDISK_CODE_UNKNOWN));
}

enum isokit_status lint_mbr(struct lint *l)
{
	const struct isokit_facts *f = &l->img->facts;
	bool has_gpt = f->gpt.primary.present || f->gpt.backup.present;
	uint8_t raw[MBR_BYTES];
	enum isokit_status st;
	bool ok;

	st = lint_read(l, 0, raw, sizeof(raw), "master boot record", &ok);
	if (st || !ok)
		return st;
	if (!f->mbr.present) {
		if (f->gpt.primary.present || is_unsigned_mbr(raw, f->size))
			lint_find(l, ISOKIT_F_MBR_SIGNATURE, 510, 2, NULL, raw[510], raw[511]);
		return ISOKIT_OK;
	}
	if (!f->mbr.plausible)
		return ISOKIT_OK;
	if (get_le16(raw + 444) != 0 && get_le16(raw + 444) != 0x5a5a)
		lint_find(l, ISOKIT_F_MBR_RESERVED, 444, 2, NULL, get_le16(raw + 444), 0);
	for (unsigned i = 1; i <= 4; i++) {
		const uint8_t *p = raw + TABLE + (i - 1) * (size_t)ENTRY;
		uint64_t at = TABLE + (uint64_t)(i - 1) * ENTRY;
		uint32_t start = get_le32(p + 8), sectors = get_le32(p + 12);

		if (p[4] == 0) {
			if (!lint_is_zero(p, ENTRY))
				lint_find(l, ISOKIT_F_MBR_UNUSED, at, ENTRY, NULL, i, 0);
			continue;
		}
		if (p[4] == MBR_TYPE_GPT) {
			check_protective(l, p, i);
			if (!has_gpt)
				lint_find(l, ISOKIT_F_MBR_NO_GPT, at + 4, 1, NULL, i, 0);
			continue;
		}
		if (sectors == 0)
			lint_find(l, ISOKIT_F_MBR_EMPTY, at + 12, 4, NULL, i, p[4]);
		else if (start == 0)
			lint_find(l, ISOKIT_F_MBR_START_ZERO, at + 8, 4, NULL, i, p[4]);
		if (has_gpt && p[4] == MBR_TYPE_ESP && sectors &&
		    !in_gpt(&f->gpt, start, sectors))
			lint_find(l, ISOKIT_F_MBR_GPT_DIFFER, at + 8, 8, NULL, i, start);
	}
	check_chs(l, raw);
	return ISOKIT_OK;
}
