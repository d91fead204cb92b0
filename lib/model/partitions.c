/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables: what MBR, GPT and APM have in common. */
#include "base/checked.h"
#include "base/text.h"
#include "model/boot.h"

enum { MAX_OVERLAPS = 16 }; /* a hostile table must not crowd out other findings */

enum isokit_status boot_try_read(struct isokit_image *img, uint64_t offset, void *buffer,
				 size_t length, const char *what, bool *ret_ok,
				 struct isokit_error *err)
{
	struct isokit_error why;
	enum isokit_status st;

	*ret_ok = false;
	if (!range_inside(offset, length, img->facts.size))
		return ISOKIT_OK;
	st = model_read(img, offset, buffer, length, &why);
	if (st == ISOKIT_OK) {
		*ret_ok = true;
		return ISOKIT_OK;
	}
	if (st == ISOKIT_E_IO) { /* one bad sector of a disc is no reason to stop */
		model_find(img, ISOKIT_F_READ_FAILED, offset, length, what, 0, 0);
		return ISOKIT_OK;
	}
	if (err)
		*err = why;
	return st;
}

const char *boot_numbered(struct isokit_image *img, const char *word, unsigned number)
{
	struct text t = { 0 };
	const char *kept;

	text_add_str(&t, word);
	text_add_char(&t, ' ');
	text_add_number(&t, number);
	kept = t.failed ? NULL : arena_strndup(&img->arena, t.bytes, t.n);
	text_free(&t);
	return kept ? kept : word;
}

void boot_find_overlaps(struct isokit_image *img, const struct boot_range *ranges, size_t n,
			enum isokit_finding_code nested, enum isokit_finding_code crossing,
			uint64_t unit_bytes)
{
	unsigned reported = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n && reported < MAX_OVERLAPS; k++) {
			const struct boot_range *a = &ranges[i], *b = &ranges[k];
			bool inner;

			if (a->first >= b->end || b->first >= a->end)
				continue;
			inner = (a->first <= b->first && b->end <= a->end) ||
				(b->first <= a->first && a->end <= b->end);
			model_find(img, inner ? nested : crossing,
				   max_u64(a->first, b->first) * unit_bytes,
				   (min_u64(a->end, b->end) - max_u64(a->first, b->first)) *
					   unit_bytes,
				   NULL, a->index, b->index);
			reported++;
		}
	}
}
