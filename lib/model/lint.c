/* SPDX-License-Identifier: GPL-3.0-or-later */
/* isokit_image_check(): what the counting walk finds, and every other rule that a
 * machine can test. */
#include "model/lint.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "model/boot.h"
#include "model/compare.h"

enum { REPEATS = 8, MAX_RANGES = 4096 };

/* ---- findings ----------------------------------------------------------------- */

void lint_scope(struct lint *l)
{
	memset(l->repeat, 0, sizeof(l->repeat));
}

bool lint_wants(struct lint *l, enum isokit_finding_code code)
{
	struct lint_repeat *r = &l->repeat[code];

	if (r->n < REPEATS)
		return true;
	r->n++;
	l->img->findings[r->last].more++;
	return false;
}

void lint_find(struct lint *l, enum isokit_finding_code code, uint64_t offset, uint64_t length,
	       const char *what, uint64_t n0, uint64_t n1)
{
	size_t before = l->img->n_findings;

	if (!lint_wants(l, code))
		return;
	model_find(l->img, code, offset, length, what, n0, n1);
	if (l->img->n_findings == before)
		return; /* could not be kept: nothing to add to */
	l->repeat[code].n++;
	l->repeat[code].last = before;
}

enum isokit_status lint_read(struct lint *l, uint64_t offset, void *buffer, size_t length,
			     const char *what, bool *ret_ok)
{
	return boot_try_read(l->img, offset, buffer, length, what, ret_ok, l->err);
}

bool lint_is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

void lint_reserved(struct lint *l, enum isokit_finding_code code, const uint8_t *raw, size_t from,
		   size_t end, uint64_t offset, const char *what)
{
	if (lint_is_zero(raw + from, end - from))
		return;
	while (raw[from] == 0)
		from++;
	lint_find(l, code, offset + from, 1, what, from, raw[from]);
}

/* ---- who owns what beside files --------------------------------------------------- */

bool lint_claim(struct lint *l, uint64_t start, uint64_t end, const char *what, bool is_file)
{
	if (start >= end || l->n_ranges >= MAX_RANGES)
		return true;
	if (!ARRAY_RESERVE(l->ranges, l->capacity_ranges, l->n_ranges + 1))
		return false;
	l->ranges[l->n_ranges++] = (struct lint_range){
		.start = start, .end = end, .what = what, .is_file = is_file };
	l->longest_range = max_u64(l->longest_range, end - start);
	return true;
}

static int by_start(const void *pa, const void *pb)
{
	const struct lint_range *a = pa, *b = pb;

	return a->start < b->start ? -1 : a->start > b->start;
}

const struct lint_range *lint_claimed(const struct lint *l, uint64_t start, uint64_t end)
{
	size_t low = 0, high = l->n_ranges;

	/* The first range that begins at or behind `end`; all that can share bytes are
	 * before it, and not further back than the longest is long. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->ranges[middle].start < end)
			low = middle + 1;
		else
			high = middle;
	}
	while (low > 0) {
		const struct lint_range *r = &l->ranges[--low];

		if (r->end > start)
			return r;
		if (start - r->start > l->longest_range)
			break;
	}
	return NULL;
}

static bool claim_path_tables(struct lint *l)
{
	static const char *const names[] = { "a path table of ISO 9660", "a path table of Joliet",
					     "a path table of the enhanced tree" };
	static const enum isokit_namespace_kind kinds[] = { ISOKIT_NS_ISO9660, ISOKIT_NS_JOLIET,
							    ISOKIT_NS_ENHANCED };
	bool ok = true;

	for (size_t i = 0; i < 3; i++) {
		const struct isokit_volume *v = l->img->facts.namespaces[kinds[i]].volume;
		uint32_t lbas[4];

		if (!v)
			continue;
		lbas[0] = v->path_table_l_lba;
		lbas[1] = v->path_table_l_opt_lba;
		lbas[2] = v->path_table_m_lba;
		lbas[3] = v->path_table_m_opt_lba;
		for (size_t k = 0; k < 4; k++) {
			uint64_t at = (uint64_t)lbas[k] * model_block_bytes(v);

			if (at)
				ok = ok && lint_claim(l, at, at + v->path_table_bytes, names[i], false);
		}
	}
	return ok;
}

static enum isokit_status collect_ranges(struct lint *l)
{
	const struct isokit_facts *f = &l->img->facts;
	const struct isokit_gpt_header *backup = &f->gpt.backup;
	/* ECMA-119 6.2.1: files begin behind the system area and the descriptors, which
	 * the counting walk looks at. */
	bool ok = lint_claim(l, 0, 16 * SECTOR_BYTES, "the system area", false);

	ok = ok && claim_path_tables(l);
	if (f->el_torito.readable)
		ok = ok && lint_claim(l, (uint64_t)f->el_torito.catalog_lba * SECTOR_BYTES,
				      ((uint64_t)f->el_torito.catalog_lba + 1) * SECTOR_BYTES,
				      "the boot catalog", true);
	for (size_t i = 0; ok && i < f->el_torito.n_entries; i++) {
		const struct isokit_boot_entry *e = &f->el_torito.entries[i];
		uint64_t at = (uint64_t)e->lba * SECTOR_BYTES;

		/* One with a path is a file and looked at as such. Its first sector is
		 * enough to see where it begins. */
		if (e->path || !e->inside)
			continue;
		ok = lint_claim(l, at, at + SECTOR_BYTES, boot_numbered(l->img, "boot image", e->index),
				true);
		if (ok && l->n_ranges && l->ranges[l->n_ranges - 1].start == at) {
			l->ranges[l->n_ranges - 1].is_image = true;
			l->ranges[l->n_ranges - 1].index = e->index;
		}
	}
	if (backup->present) {
		uint64_t bytes = (uint64_t)backup->n_entries * backup->entry_bytes;
		uint64_t at;

		ok = ok && lint_claim(l, backup->lba * f->gpt.block_size,
				      (backup->lba + 1) * f->gpt.block_size, "the backup GPT", false);
		if (mul_u64(backup->entries_lba, f->gpt.block_size, &at) &&
		    range_inside(at, bytes, f->size))
			ok = ok && lint_claim(l, at, at + bytes, "the backup GPT", false);
	}
	if (!ok)
		return isokit_fail_nomem(l->err, f->path, sizeof(*l->ranges));
	if (l->n_ranges)
		qsort(l->ranges, l->n_ranges, sizeof(*l->ranges), by_start);
	return ISOKIT_OK;
}

/* ---- all of it ------------------------------------------------------------------------ */

enum isokit_status isokit_image_check(struct isokit_image *img, struct isokit_error *err)
{
	static enum isokit_status (*const parts[])(struct lint *) = {
		lint_volumes, lint_el_torito, lint_mbr, lint_gpt, lint_apm, lint_trees, lint_padding,
		lint_compare,
	};
	struct lint *l;
	enum isokit_status st = isokit_image_count(img, err);

	if (st || img->checked)
		return st;
	l = calloc(1, sizeof(*l));
	if (!l)
		return isokit_fail_nomem(err, img->facts.path, sizeof(*l));
	l->img = img;
	l->err = err;
	st = collect_ranges(l);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !st; i++) {
		lint_scope(l);
		st = parts[i](l);
	}
	free(l->ranges);
	free(l);
	model_findings_publish(img);
	img->checked = st == ISOKIT_OK;
	return st;
}
