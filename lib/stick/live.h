/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live systems, and the file system that each looks for to keep changes in. For this room only. */
#ifndef STICK_LIVE_H
#define STICK_LIVE_H

#include <isokit/image.h>

#include "tree/tree.h"

struct live_system {
	const char *name;      /* static: "Debian live" */
	const char *label;     /* of the file system */
	const char *parameter; /* of the kernel, so that it is looked for */
	const char *file, *content;
	const char *folders[3];
};

/* Which is it? NULL: none that is known. */
const struct live_system *live_system_find(const struct isokit_facts *facts, const struct tree *t);

/* Words of a command line that can be given up for the parameter: bytes of a configuration file
 * from `text` on. Puts the parameter there, and blanks; false: it is not there, or there is it
 * already (*ret_has). The length stays the same. */
bool live_parameter_put(char *text, size_t n, const char *parameter, size_t *ret_places,
			bool *ret_has);

#endif
