/* SPDX-License-Identifier: GPL-3.0-or-later */
/* While a drive is written the computer neither sleeps nor shuts down by itself: logind is
 * asked for that, where there is one. */
#ifndef ISO_WRITE_INHIBIT_H
#define ISO_WRITE_INHIBIT_H

#include <stddef.h>

struct target;

struct inhibit {
	int fd; /* holds as long as it is open; -1: not inhibited */
};

void inhibit_start(struct inhibit *in, const struct target *targets, size_t n);
void inhibit_end(struct inhibit *in);

#endif
