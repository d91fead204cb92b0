/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of several drives at once. */
#ifndef ISO_WRITE_LINES_H
#define ISO_WRITE_LINES_H

#include <isokit/write.h>

#include "common/options.h"

struct target;

struct line {
	const char *name, *phase; /* phase NULL: nothing heard of it yet */
	uint64_t done, total;
	unsigned waiting; /* seconds: for a server */
	double started, last;
};

struct lines {
	struct line *items;
	size_t n;
	bool enabled, json;
	unsigned shown; /* lines on the screen */
	double started, last;
	char text[8192];
};

/* False when memory is refused. */
bool lines_start(struct lines *l, const struct common_options *common,
		 const struct target *targets, size_t n);
void lines_update(struct lines *l, const struct isokit_write_progress *at);
/* Remove them from the screen. */
void lines_end(struct lines *l);

#endif
