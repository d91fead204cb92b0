/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Windows image that is larger than FAT32 allows, as several (install.swm, install2.swm …),
 * which Windows' own installer takes in its place. Nothing is written to make them: the parts are
 * ranges of the one, and new headers and tables. For this room only. */
#ifndef STICK_WIM_H
#define STICK_WIM_H

#include "stick/compose.h"

struct isokit_source;

struct wim_parts {
	struct isokit_source **parts; /* owned by the layout */
	size_t n;
};

/* Split `wim`, which is borrowed, into parts of at most `most` bytes. `name` is for messages.
 * ISOKIT_E_UNSUPPORTED with the reason: it is no such image, is compressed as a whole, or holds
 * one file that is too large. */
enum isokit_status wim_split(struct composer *c, struct isokit_source *wim, const char *name,
			     uint64_t most, struct wim_parts *ret, struct isokit_error *err);

#endif
