/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTHOR_LISTS_H
#define AUTHOR_LISTS_H

#include "author/plan.h"

/* With options.update_manifests: lists of checksums in the tree agree with it again.
 * Lines of files that did not change stay as they are; those of boot images that are
 * written into go. */
enum isokit_status lists_update(struct plan *plan, struct isokit_error *err);

#endif
