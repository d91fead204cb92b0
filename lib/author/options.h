/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTHOR_OPTIONS_H
#define AUTHOR_OPTIONS_H

#include "author/plan.h"

/* Copy the caller's options (NULL: none) into the plan, with defaults filled in
 * and descriptor fields checked. */
enum isokit_status options_copy(struct plan *plan, const struct isokit_build_options *from,
				struct isokit_error *err);

/* The descriptor fields that the caller did not give, as an image has them. */
enum isokit_status options_take_volume(struct plan *plan, const struct isokit_volume *volume,
				       struct isokit_error *err);

#endif
