/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a walk finds, and dates: needed by all that looks at records. */
#include "model/tree.h"

#include <string.h>

#include "model/tree_records.h"

enum { FINDINGS_PER_CODE = 64 };

void model_tree_find(struct tree *t, enum isokit_finding_code code, uint64_t offset,
		     uint64_t length, uint64_t n0, uint64_t n1)
{
	struct tree_file *f = &t->file;
	bool ignored = false;

	if (t->options.report_links && code != ISOKIT_F_RR_CHILD && code != ISOKIT_F_TREE_LOOP &&
	    code != ISOKIT_F_TREE_SHARED)
		return;
	if (!t->options.report || t->reported[code]++ >= FINDINGS_PER_CODE)
		return;
	if (!t->named && f->rec.name) {
		/* Its Rock Ridge fields are still being read: the plain name must do. */
		f->name = t->name;
		f->name_bytes = model_name_iso9660(f->rec.name, f->rec.name_bytes,
						   f->rec.flags & ONDISK_DR_DIRECTORY, t->name,
						   &ignored);
	}
	model_find(t->img, code, offset, length, model_tree_path(t, NULL), n0, n1);
}

void model_tree_time7(struct tree *t, const uint8_t *raw, bool high_sierra,
		      struct isokit_time *ret_time)
{
	/* All zeros is the first date remembered, and no date. */
	if (memcmp(raw, t->last_date, sizeof(t->last_date)) != 0) {
		memcpy(t->last_date, raw, sizeof(t->last_date));
		(void)ondisk_time7_decode(raw, high_sierra, &t->last_time);
	}
	*ret_time = t->last_time;
}

const char *model_tree_path(struct tree *t, size_t *ret_bytes)
{
	if (t->file.depth > 0 || t->n_levels > 0) {
		size_t folder = t->n_levels ? model_tree_top(t)->path_bytes : 1;

		if (t->path.n > folder) {
			t->path.n = folder;
			t->path.bytes[folder] = '\0';
		}
		text_add(&t->path, t->file.name, t->file.name_bytes);
	}
	if (ret_bytes)
		*ret_bytes = t->path.n;
	return t->path.failed || !t->path.bytes ? NULL : t->path.bytes;
}
