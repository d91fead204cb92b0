/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished image as a jigdo template: what its files on a mirror do not have. Made
 * through libjte from the image itself, in order, and held against it: what libjte
 * wrote must name nothing but what lies in the image. */
#ifndef AUTHOR_JIGDO_H
#define AUTHOR_JIGDO_H

#include "author/files.h"
#include "author/progress.h"
#include "bytes/sink.h"

/* The two files, without their names until the image has its own. */
struct jigdo {
	const struct isokit_build_jigdo *options; /* NULL: no template is wanted */
	struct libjte *lib;
	struct libjte_env *env;
	struct sink *jigdo, *template, *scratch;
	uint64_t jigdo_bytes, template_bytes;
};

/* Everything that can be wrong before there is an image. `image` is its name. In any
 * case jigdo_end() ends it. */
enum isokit_status jigdo_start(struct jigdo *j, const struct plan *plan, const char *image,
			       struct isokit_error *err);
/* `files` has the places of all contents. */
enum isokit_status jigdo_fill(struct jigdo *j, struct plan *plan, struct layout *l,
			      const struct files *files, struct sink *image,
			      const struct author_progress *progress, struct isokit_error *err);
/* Give them their names, or (st is a failure, which is returned) leave nothing. */
enum isokit_status jigdo_end(struct jigdo *j, enum isokit_status st, bool durable,
			     struct isokit_error *err);

#endif
