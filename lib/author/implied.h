/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders on the way to a place in the image, which no source holds. */
#ifndef AUTHOR_IMPLIED_H
#define AUTHOR_IMPLIED_H

#include "tree/tree.h"

/* After `source` was put at `dest`: the folders made for it get owner, mode and time of
 * those on the way to the source, level by level from below; as far as there are any. */
void implied_describe(struct tree *t, const char *dest, const char *source);

#endif
