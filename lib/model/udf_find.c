/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finding of a walk, with the path of the file. */
#include "model/udf_walk.h"

const char *udf_path(struct udf_walk *w, size_t *ret_bytes)
{
	size_t folder = w->n_levels ? udf_top(w)->path_bytes : 1;

	if (w->path.n > folder) {
		w->path.n = folder;
		w->path.bytes[folder] = '\0';
	}
	if (w->n_levels)
		text_add(&w->path, w->name, w->name_bytes);
	if (ret_bytes)
		*ret_bytes = w->path.n;
	return w->path.failed || !w->path.bytes ? NULL : w->path.bytes;
}

void udf_find(struct udf_walk *w, enum isokit_finding_code code, uint64_t at, uint64_t length,
	      uint64_t n0, uint64_t n1)
{
	if (w->report && w->reported[code]++ < UDF_FINDINGS_PER_CODE)
		model_find(w->img, code, at, length, udf_path(w, NULL), n0, n1);
}
