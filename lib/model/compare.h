/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trees of an image against each other. */
#ifndef MODEL_COMPARE_H
#define MODEL_COMPARE_H

#include "model/lint.h"

/* Findings about files that trees show differently, about hidden ones, and about
 * data that nothing claims; and facts.comparisons. A part of isokit_image_check(). */
enum isokit_status lint_compare(struct lint *lint);

#endif
