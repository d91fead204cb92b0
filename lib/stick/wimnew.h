/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new Windows image, content after content, each for itself in LZX. For this room only. */
#ifndef STICK_WIMNEW_H
#define STICK_WIMNEW_H

#include "stick/stick.h"
#include "stick/wimtable.h"

struct isokit_source;
struct libwim;
struct wimnew;

/* A file, or the metadata of an image. */
struct wimnew_content {
	uint64_t bytes;
	const uint8_t *entry; /* of the old table: SHA-1, count of references, flags */
};

/* Into a nameless file of o->scratch_folder. `old` and `lib` are borrowed; `total`: bytes of all
 * contents. */
enum isokit_status wimnew_start(const struct wim_table *old, const struct libwim *lib,
				const struct stick_options *o, uint64_t total,
				struct wimnew **ret, struct isokit_error *err);
void wimnew_free(struct wimnew *w); /* NULL is allowed */

/* n bytes more of the content, which must stay as they are until wimnew_flush(); `last`: they are
 * its end. ISOKIT_E_CORRUPT: it is not what its SHA-1 says. */
enum isokit_status wimnew_feed(struct wimnew *w, const struct wimnew_content *c,
			       const uint8_t *from, size_t n, bool last);
/* ISOKIT_E_CANCELLED: o->progress said so. */
enum isokit_status wimnew_flush(struct wimnew *w);

/* Header, table and description. *ret is the caller's. */
enum isokit_status wimnew_finish(struct wimnew *w, struct isokit_source **ret);

#endif
