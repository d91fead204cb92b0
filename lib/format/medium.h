/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The medium itself: for layers.c, medium.c, tracks.c and beside.c; formats see medium_impl.h. */
#ifndef FORMAT_MEDIUM_H
#define FORMAT_MEDIUM_H

#include <pthread.h>

#include "format/medium_impl.h"

struct isokit_medium {
	struct isokit_medium_facts facts;
	struct isokit_medium_options options;
	struct arena arena;
	const char *path; /* of the file, or NULL */
	unsigned depth;   /* how many images have this one as their parent */
	/* layers.c, which knows all formats; these know none of each other. */
	enum isokit_status (*open_inner)(struct isokit_medium *m, struct isokit_source *src,
					 bool plain, struct isokit_medium **ret_inner,
					 struct isokit_error *err);
	const char *name; /* for messages; borrowed from the outermost source */
	struct isokit_source *outermost; /* the caller's until opening has succeeded */
	struct isokit_source *disk;
	struct isokit_source **kept;
	size_t n_kept, kept_capacity;
	uint8_t *window; /* while layers are looked at */
	bool no_memory;  /* for a note */

	struct isokit_layer layers[FORMAT_MAX_LAYERS];
	const struct format *formats[FORMAT_MAX_LAYERS];
	void *states[FORMAT_MAX_LAYERS];

	struct isokit_track tracks[FORMAT_MAX_TRACKS];
	struct isokit_source *stored[FORMAT_MAX_TRACKS]; /* NULL: nowhere */
	struct isokit_source *plain[FORMAT_MAX_TRACKS];  /* made when asked for; kept */
	struct isokit_source *gaps[FORMAT_MAX_TRACKS];   /* plain; NULL: none stored */

	const char **notes;
	size_t notes_capacity;
	pthread_mutex_t lock; /* damages, plain */
	struct isokit_damage *damages;
	size_t n_damages, damages_capacity;
	uint64_t damages_lost;
};

/* The path as the user named it, or NULL. */
const char *medium_path(const struct isokit_medium *m);

/* Open what another file has, which this image rests on; its notes are told as those of
 * `m`. `src` is taken on success; to be freed before what `src` rests on. */
enum isokit_status medium_open_inner(struct isokit_medium *m, struct isokit_source *src, bool plain,
				     struct isokit_medium **ret_inner, struct isokit_error *err);

#endif
