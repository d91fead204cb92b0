/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A progress line on stderr: percent, rate, time left. Nothing is shown before
 * half a second has passed, nor when stderr is no terminal, unless asked for.
 * --progress=json: one object per line,
 * {"progress":"copying","done":1,"total":2,"seconds":0.5}
 * and at the end the same with "finished":true. */
#ifndef COMMON_PROGRESS_H
#define COMMON_PROGRESS_H

#include <stdint.h>

#include "common/options.h"

struct progress {
	bool enabled, json, shown;
	const char *what; /* "copying" */
	const char *unit; /* NULL: bytes; else "files" … */
	uint64_t total;   /* 0: unknown */
	uint64_t done;
	double started, last; /* seconds of the monotonic clock */
};

/* Is it? `quiet` turns off what nobody asked for. *ret_json: as JSON. */
bool progress_wanted(const struct common_options *common, bool *ret_json);

void progress_start(struct progress *p, const struct common_options *common, const char *what,
		    const char *unit, uint64_t total);

/* Cheap enough to be called for every chunk; not thread-safe. */
void progress_update(struct progress *p, uint64_t done);

/* Remove the line. */
void progress_end(struct progress *p);

#endif
