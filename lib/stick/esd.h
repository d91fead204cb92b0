/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Windows image that is compressed as a whole (install.esd) as one that is not, and so can be
 * split. For this room only. */
#ifndef STICK_ESD_H
#define STICK_ESD_H

#include "stick/stick.h"

/* Is it compressed as a whole? ISOKIT_E_UNSUPPORTED: it is no Windows image. */
enum isokit_status esd_is_one(struct isokit_source *wim, const char *name, bool *ret,
			      struct isokit_error *err);

/* Write it anew into a nameless file of o->scratch_folder, each content for itself in LZX;
 * o->progress is called. *ret is the caller's. ISOKIT_E_UNSUPPORTED: without libwim, or without a
 * folder, or its chunks are too large; ISOKIT_E_CORRUPT: a content is not what its SHA-1 says. */
enum isokit_status esd_expand(struct isokit_source *esd, const char *name,
			      const struct stick_options *o, struct isokit_source **ret,
			      struct isokit_error *err);

#endif
