/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the targets over whole images share. */
#ifndef FUZZ_WORK_H
#define FUZZ_WORK_H

#include <isokit/isokit.h>

/* Everything that iso-inspect does with an image. Takes the source. Ends the
 * process where an answer is not sound. */
void work_on_source(struct isokit_source *src);

#endif
