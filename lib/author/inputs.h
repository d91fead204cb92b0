/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree can come from besides folders. */
#ifndef AUTHOR_INPUTS_H
#define AUTHOR_INPUTS_H

#include "author/plan.h"

/* An archive into the plan's tree. It is read at any place where `path` (or fd) is a
 * regular file, else as a stream; what must be kept of it goes to `scratch`. A stream may
 * also be a manifest. */
enum isokit_status inputs_add_archive(struct plan *plan, const char *dest, const char *path,
				      const char *scratch, const struct tree_scan_options *scan,
				      struct isokit_error *err);
enum isokit_status inputs_add_stream(struct plan *plan, const char *dest, int fd,
				     const char *name, const char *scratch,
				     const struct tree_scan_options *scan,
				     struct isokit_error *err);

/* An mtree manifest into the plan's tree. */
enum isokit_status inputs_add_manifest(struct plan *plan, const char *dest, const char *path,
				       const struct tree_scan_options *scan,
				       struct isokit_error *err);

/* Are the archives that contents were copied out of still those of the plan? */
enum isokit_status inputs_check_unchanged(const struct plan *plan, struct isokit_error *err);

#endif
