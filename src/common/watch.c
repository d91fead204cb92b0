/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/watch.h"

#include <string.h>

#include "common/interrupt.h"

int watch_progress(void *ctx, const struct isokit_build_progress *now)
{
	struct watch *w = ctx;

	/* The image is complete: from here on it gets its name. */
	if (strcmp(now->phase, "name") == 0)
		return interrupt_hold() ? 0 : 1;
	if (interrupt_pending())
		return 1;
	if (w->phase == NULL || strcmp(w->phase, now->phase) != 0) {
		watch_end(w);
		progress_start(&w->progress, w->common, now->phase,
			       strcmp(now->phase, "scan") == 0 ? "names" : NULL, now->total);
		w->phase = now->phase;
	}
	/* Of files that are not full to the last block, a little more is moved. */
	progress_update(&w->progress, now->total != 0 && now->done > now->total ? now->total :
				      now->done);
	return 0;
}

void watch_end(struct watch *w)
{
	if (w->phase != NULL)
		progress_end(&w->progress);
	w->phase = NULL;
}
