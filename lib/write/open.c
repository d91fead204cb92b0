/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Begin and end of a job, and what is said of it. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/thread.h"
#include "digest/digest.h"
#include "write/bmap.h"
#include "write/job.h"

const char *isokit_write_state_name(enum isokit_write_state state)
{
	static const char *const names[] = { "untouched", "partial", "written", "verified",
					     "differs" };

	return (unsigned)state < sizeof(names) / sizeof(*names) ? names[state] : "untouched";
}

const char *isokit_write_suspect_name(enum isokit_write_suspect suspect)
{
	static const char *const names[] = { "none", "fake", "cells", "transfer", "writer",
					     "kept", "moved-gpt", "other" };

	return (unsigned)suspect < ISOKIT_SUSPECT_COUNT ? names[suspect] : "none";
}

/* ---- options --------------------------------------------------------------------------------- */

static enum isokit_status keep_texts(struct isokit_write *w, struct isokit_error *err)
{
	const char **texts[] = { &w->options.sha256, &w->options.bmap, &w->options.label,
				 &w->options.fs, &w->options.scratch_folder };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (!*texts[i])
			continue;
		*texts[i] = arena_strndup(&w->arena, *texts[i], strlen(*texts[i]));
		if (!*texts[i])
			return isokit_fail_nomem(err, "options", 0);
	}
	for (size_t i = 0; i < ISOKIT_DIGEST_COUNT; i++) {
		const char *s = w->options.file_sums[i];

		w->options.file_sums[i] = s ? arena_strndup(&w->arena, s, strlen(s)) : NULL;
		if (s && !w->options.file_sums[i])
			return isokit_fail_nomem(err, "options", 0);
	}
	if (w->options.password) {
		w->options.password = arena_memdup(&w->arena, w->options.password,
						   w->options.password_bytes + 1);
		if (!w->options.password)
			return isokit_fail_nomem(err, "options", 0);
	}
	return ISOKIT_OK;
}

static enum isokit_status check_options(struct isokit_write *w, struct isokit_error *err)
{
	const struct isokit_write_options *o = &w->options;
	bool imageless = o->mode == ISOKIT_WRITE_RESTORE || o->mode == ISOKIT_WRITE_PROBE;
	uint8_t sum[32];

	if (imageless != !w->path)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, w->path,
				   imageless ? "no image is written there" : "no image was given");
	if (o->sha256 && (strlen(o->sha256) != 64 || !digest_unhex(o->sha256, 32, sum)))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, o->sha256,
				   "is no SHA-256: that has 64 hexadecimal digits");
	if (o->sha256)
		digest_hex(sum, 32, w->sha256);
	if ((o->bmap || o->fix_gpt || o->persistence) && o->mode != ISOKIT_WRITE_IMAGE &&
	    !(o->fix_gpt && o->mode == ISOKIT_WRITE_COMPARE) &&
	    !(o->bmap && o->mode == ISOKIT_WRITE_COMPARE))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, w->path,
				   "a bmap, the moving of a GPT and a partition for changes go with "
				   "the bytes of an image, and with nothing else");
	if (o->bmap && o->persistence)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, o->bmap,
				   "does not describe an image with one more partition");
	return ISOKIT_OK;
}

enum isokit_status isokit_write_open(const char *path, const struct isokit_write_options *options,
				     struct isokit_write **ret_write, struct isokit_error *err)
{
	struct isokit_write *w = calloc(1, sizeof(*w));
	enum isokit_status st;

	if (!w || pthread_mutex_init(&w->lock, NULL) != 0) {
		free(w);
		return isokit_fail_nomem(err, path, sizeof(*w));
	}
	if (!thread_cond_start(&w->lane_ended)) {
		pthread_mutex_destroy(&w->lock);
		free(w);
		return isokit_fail_nomem(err, path, sizeof(*w));
	}
	if (options)
		memcpy(&w->options, options,
		       options->size < sizeof(w->options) ? options->size : sizeof(w->options));
	w->path = path ? arena_strndup(&w->arena, path, strlen(path)) : NULL;
	st = path && !w->path ? isokit_fail_nomem(err, path, strlen(path)) : keep_texts(w, err);
	if (!st)
		st = check_options(w, err);
	w->plan.mode = w->options.mode;
	if (!st)
		st = write_look(w, err);
	if (!st && w->options.bmap)
		st = bmap_open(w, err);
	if (!st)
		st = write_check_sum(w, err);
	if (!st)
		st = write_file_same(w, true, err);
	if (st) {
		isokit_write_free(w);
		return st;
	}
	*ret_write = w;
	return ISOKIT_OK;
}

const struct isokit_write_plan *isokit_write_get_plan(const struct isokit_write *w)
{
	return &w->plan;
}

const char *const *isokit_write_get_notes(struct isokit_write *w, size_t *ret_n)
{
	*ret_n = w->n_notes;
	return w->notes;
}

const struct isokit_write_result *isokit_write_get_results(const struct isokit_write *w,
							   size_t *ret_n)
{
	*ret_n = w->results ? w->n_lanes : 0;
	return w->results;
}

void isokit_write_free(struct isokit_write *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_lanes; i++)
		lane_free(w->lanes[i]);
	for (size_t i = 0; i < w->n_flows; i++)
		flow_free(w->flows[i]);
	write_look_end(w);
	stick_kept_free(&w->kept);
	bmap_free(w->bmap);
	pool_end(&w->main_pool);
	pool_end(&w->check_pool);
	isokit_digests_free(w->digests);
	free(w->lanes);
	free(w->flows);
	free(w->results);
	free(w->notes);
	pthread_cond_destroy(&w->lane_ended);
	pthread_mutex_destroy(&w->lock);
	arena_release(&w->arena);
	free(w);
}
