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

/* ---- who owns what beside files --------------------------------------------------- */

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

static int by_start(const void *pa, const void *pb)
{
	const struct lint_range *a = pa, *b = pb;

	return a->start < b->start ? -1 : a->start > b->start;
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
