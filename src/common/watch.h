/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of what the library makes step by step, a line for each step, and the signals
 * that stop it. */
#ifndef COMMON_WATCH_H
#define COMMON_WATCH_H

#include <isokit/author.h>

#include "common/progress.h"

/* Zero-initialise but for `common`. */
struct watch {
	const struct common_options *common;
	struct progress progress;
	const char *phase; /* that the line on the screen is about; NULL: none */
};

/* For isokit_build_options.progress, with a struct watch as context. In the step "name" no
 * signal stops the program any more. */
int watch_progress(void *watch, const struct isokit_build_progress *now);

/* Remove the line. */
void watch_end(struct watch *w);

#endif
