/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drives join, everything runs, and what became of each is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/text.h"
#include "base/thread.h"
#include "write/bmap.h"
#include "write/compose.h"
#include "write/job.h"
#include "write/stream.h"

/* ---- drives ---------------------------------------------------------------------------------- */

void isokit_write_get_question(const struct isokit_write *w, struct isokit_guard_question *ret)
{
	*ret = (struct isokit_guard_question){
		.size = sizeof(*ret),
		.bytes = w->plan.at_least,
		.has_source = w->on_device,
		.source_major = w->device_major,
		.source_minor = w->device_minor,
		.fixed_disk = w->options.fixed_disk,
		.unmount = w->options.unmount,
		.reading = w->options.mode == ISOKIT_WRITE_COMPARE,
	};
}

static enum isokit_status check_boots(const struct isokit_write *w, struct isokit_error *err)
{
	bool may_boot = w->options.mode == ISOKIT_WRITE_IMAGE ||
			w->options.mode == ISOKIT_WRITE_FILES;

	if (!may_boot || w->options.any || w->plan.is_drive ||
	    !w->plan.judged || w->plan.boots)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, w->path, "%s",
			   w->plan.boot_words);
}

/* A partition table counts in sectors of the drive: elsewhere it says something else. */
enum isokit_status isokit_write_suits(const struct isokit_write *w, const struct isokit_drive *drive,
				      struct isokit_error *err)
{
	uint8_t head[8];
	bool table;

	if (w->options.mode == ISOKIT_WRITE_FILES || w->options.mode == ISOKIT_WRITE_RESTORE)
		return compose_suits(w, drive, err);
	if (w->options.mode != ISOKIT_WRITE_IMAGE || w->options.any || w->plan.is_drive ||
	    drive->logical_sector <= 512 || !w->plan.boots)
		return ISOKIT_OK;
	table = w->plan.verdict ||
		(w->payload && isokit_source_size(w->payload) > 1024 &&
		 isokit_source_read_at(w->payload, 512, head, sizeof(head), NULL) == ISOKIT_OK &&
		 memcmp(head, "EFI PART", sizeof(head)) == 0);
	if (!table)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, drive->path,
			   "has sectors of %u bytes, and the image's partition table counts in 512: "
			   "nothing would boot from it, and no partition be found; take another drive, "
			   "or --as=files (--any writes it all the same)", drive->logical_sector);
}

static enum isokit_status add_lane(struct isokit_write *w, struct lane *l,
				   const struct isokit_drive *drive, struct isokit_error *err)
{
	struct lane **more = realloc(w->lanes, (w->n_lanes + 1) * sizeof(*more));

	if (!more)
		return isokit_fail_nomem(err, NULL, sizeof(*more));
	w->lanes = more;
	l->number = (unsigned)w->n_lanes;
	l->result.drive = drive;
	w->lanes[w->n_lanes++] = l;
	return ISOKIT_OK;
}

enum isokit_status write_add_target(struct isokit_write *w, struct device_target *target,
				    const struct isokit_drive *drive, struct isokit_error *err)
{
	struct lane *l;
	enum isokit_status st = lane_new(w, &l, err);

	if (st)
		return st;
	st = add_lane(w, l, drive, err);
	if (st)
		lane_free(l);
	else
		l->target = target;
	return st;
}

static enum isokit_status refuse_twice(const struct isokit_write *w,
				       const struct isokit_drive *drive, struct isokit_error *err)
{
	for (size_t i = 0; i < w->n_lanes; i++) {
		const struct isokit_drive *d = w->lanes[i]->result.drive;

		if (d && d->major == drive->major && d->minor == drive->minor)
			return isokit_fail(err, ISOKIT_E_EXISTS, ISOKIT_NO_OFFSET, drive->path,
					   "was named twice");
	}
	if (w->ran || w->n_lanes >= JOB_DRIVES)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, drive->path, "%s",
				   w->ran ? "comes too late" : "is one drive too many");
	return ISOKIT_OK;
}

/* Everything but taking it. */
static enum isokit_status ask_guard(const struct isokit_drive *drive,
				    const struct isokit_guard_question *q,
				    struct isokit_error *err)
{
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];

	if (isokit_guard(drive, q, reasons) == 0)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, drive->path, "%s",
			   reasons[0].text);
}

enum isokit_status isokit_write_add(struct isokit_write *w, const struct isokit_drive *drive,
				    const struct isokit_guard_question *question,
				    struct isokit_error *err)
{
	struct isokit_guard_question q;
	struct device_target *target = NULL;
	enum isokit_status st = refuse_twice(w, drive, err);

	if (!st)
		st = check_boots(w, err);
	if (!st)
		st = isokit_write_suits(w, drive, err);
	if (st)
		return st;
	isokit_write_get_question(w, &q);
	if (question) {
		q.fixed_disk = question->fixed_disk;
		q.unmount = question->unmount;
	}
	if (w->options.mode == ISOKIT_WRITE_COMPARE)
		st = device_open_reading(drive, &target, err);
	else if (w->options.simulate)
		st = ask_guard(drive, &q, err);
	else
		st = device_claim(drive, &q, &target, err);
	if (!st)
		st = write_add_target(w, target, drive, err);
	if (st)
		device_release(target);
	return st;
}

/* ---- flows ------------------------------------------------------------------------------------ */

static enum isokit_status add_flow(struct isokit_write *w, struct flow **ret,
				   struct isokit_error *err)
{
	struct flow **more = realloc(w->flows, (w->n_flows + 1) * sizeof(*more));
	enum isokit_status st;

	if (!more)
		return isokit_fail_nomem(err, w->path, sizeof(*more));
	w->flows = more;
	st = flow_new(w, ret, err);
	if (st)
		return st;
	w->flows[w->n_flows++] = *ret;
	(*ret)->pool = &w->main_pool;
	/* Each keeps its first MiB to the end: of many, that would be all blocks there are. */
	if (w->n_flows > 1 && !pool_start(&(*ret)->own_pool, 1))
		return isokit_fail_nomem(err, w->path, BLOCK_BYTES);
	return ISOKIT_OK;
}

/* The drives that can be fed from the same reading. */
static enum isokit_status find_flow(struct isokit_write *w, struct lane *l,
				    struct isokit_error *err)
{
	uint64_t bytes = lane_bytes(l);
	uint32_t sector = lane_sector(l);
	bool composed = compose_wanted(w);
	enum isokit_status st;
	struct flow *f;

	for (size_t i = 0; i < w->n_flows; i++)
		if (!composed || compose_alike(w->flows[i], bytes, sector)) {
			l->flow = w->flows[i];
			return flow_add_lane(l->flow, l) ? ISOKIT_OK :
							   isokit_fail_nomem(err, NULL, 0);
		}
	st = add_flow(w, &f, err);
	if (st)
		return st;
	f->drive_bytes = bytes;
	f->drive_sector = sector;
	l->flow = f;
	if (!flow_add_lane(f, l))
		return isokit_fail_nomem(err, NULL, 0);
	st = composed ? compose_flow(f, l->result.drive, err) :
	     w->bmap  ? bmap_flow(f, err) : ISOKIT_OK;
	f->bytes = f->extents ? extents_bytes(f) : w->plan.bytes;
	return st ? st : write_add_taps(f, err);
}

/* *ret_at: the drive for which it cannot be done. */
static enum isokit_status prepare(struct isokit_write *w, const struct lane **ret_at,
				  struct isokit_error *err)
{
	bool pipe = w->plan.streamed && !w->stream->packed;
	unsigned blocks = pipe ? PIPE_BLOCKS : FLOW_BLOCKS;
	enum isokit_status st = ISOKIT_OK;

	if (!pool_start(&w->main_pool, blocks) || !pool_start(&w->check_pool, CHECK_BLOCKS))
		return isokit_fail_nomem(err, w->path, (blocks + CHECK_BLOCKS) * BLOCK_BYTES);
	for (size_t i = 0; i < w->n_lanes && !st; i++) {
		if (write_tell(w, "prepare", (unsigned)i, 0, 0))
			return write_fail_cancelled(err);
		if (w->options.mode == ISOKIT_WRITE_PROBE)
			continue;
		st = find_flow(w, w->lanes[i], err);
		if (!st && w->options.fix_gpt)
			st = compose_patches(w->lanes[i], err);
		else if (!st && w->options.mode == ISOKIT_WRITE_COMPARE)
			/* To know them again; that there are none is no failure. */
			(void)compose_patches(w->lanes[i], NULL);
		*ret_at = st ? w->lanes[i] : NULL;
	}
	return st;
}

/* ---- all together ----------------------------------------------------------------------------- */

static bool all_finished(const struct isokit_write *w)
{
	for (size_t i = 0; i < w->n_lanes; i++)
		if (w->lanes[i]->started && !atomic_load(&w->lanes[i]->finished))
			return false;
	return true;
}

static void stop_all(struct isokit_write *w)
{
	atomic_store(&w->stop, true);
	for (size_t i = 0; i < w->n_lanes; i++)
		queue_close(&w->lanes[i]->queue);
}

/* Progress is told by the thread that started us, and by no other. */
static void watch(struct isokit_write *w)
{
	unsigned rounds = 0;

	while (!all_finished(w)) {
		/* What is short is told of, too. */
		struct timespec until = thread_moment_in(rounds++ < 25 ? 2 : WAIT_MS);
		int e = 0;

		pthread_mutex_lock(&w->lock);
		while (e == 0 && !all_finished(w))
			e = pthread_cond_timedwait(&w->lane_ended, &w->lock, &until);
		pthread_mutex_unlock(&w->lock);
		for (unsigned i = 0; i < w->n_lanes && !atomic_load(&w->stop); i++) {
			struct lane *l = w->lanes[i];

			if (write_tell(w, atomic_load(&l->phase), i, atomic_load(&l->done),
				       atomic_load(&l->total)))
				stop_all(w);
		}
	}
	/* That it is done is told, too, however short the last phase was. */
	for (unsigned i = 0; i < w->n_lanes; i++)
		(void)write_tell(w, atomic_load(&w->lanes[i]->phase), i,
				 atomic_load(&w->lanes[i]->done),
				 atomic_load(&w->lanes[i]->total));
}

static enum isokit_status start(struct isokit_write *w, struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	for (size_t i = 0; i < w->n_flows && !st; i++)
		st = flow_start(w->flows[i], err);
	for (size_t i = 0; i < w->n_lanes && !st; i++)
		if (!lane_start(w->lanes[i]))
			st = write_fail_thread(err);
	if (st)
		stop_all(w);
	return st;
}

/* ---- the end ------------------------------------------------------------------------------------ */

/* In which state is it? */
static const char *state_words(const struct lane *l)
{
	if (l->w->options.mode == ISOKIT_WRITE_COMPARE)
		return "";
	switch (l->result.state) {
	case ISOKIT_DRIVE_UNTOUCHED:
		return "; nothing was written to it";
	case ISOKIT_DRIVE_PARTIAL:
	case ISOKIT_DRIVE_DIFFERS:
		return l->blank ? "; its first sectors are blank, so that nothing boots from it" :
				  "; its first sectors could not be made blank: what they hold is "
				  "not known, start nothing from it";
	case ISOKIT_DRIVE_WRITTEN:
		return "; everything was written, and not compared";
	case ISOKIT_DRIVE_VERIFIED:
		break;
	}
	return "";
}

static void conclude(struct isokit_write *w, struct lane *l)
{
	struct isokit_write_result *r = &l->result;
	const struct isokit_error *e = &l->error;
	const char *name = l->target ? device_target_name(l->target) : "";
	char number[NUMBER_BYTES];
	struct text t = { 0 };

	if (r->status == ISOKIT_OK && atomic_load(&l->failed))
		r->status = (enum isokit_status)atomic_load(&l->failed);
	if (r->status && *e->subject && strcmp(e->subject, name) != 0)
		text_addf(&t, "%s: ", e->subject);
	if (r->status) {
		text_addf(&t, "%s%s", e->text, state_words(l));
		memcpy(r->text, text_string(&t), min_u64(t.n + !t.n, sizeof(r->text) - 1));
	}
	text_free(&t);
	/* A drive that is incomplete, or differs, has another one. */
	if (!r->status && l->flow)
		memcpy(r->hash, l->flow->hash, sizeof(r->hash));
	if (!r->status && atomic_load(&w->lost_bytes)) {
		(void)isokit_fail(&l->error, ISOKIT_E_IO, ISOKIT_NO_OFFSET, w->path,
				  "%s bytes of it cannot be read, and are zeros on the drive",
				  write_number(atomic_load(&w->lost_bytes), number));
		r->status = ISOKIT_E_IO;
		snprintf(r->text, sizeof(r->text), "%s bytes of the source cannot be read, and are "
			 "zeros here; all else is written", number);
	}
	if (!r->status && l->flow && l->flow->keep && w->options.mode == ISOKIT_WRITE_RESTORE) {
		const struct stick_layout *made = l->flow->keep;

		snprintf(r->detail, sizeof(r->detail), "an empty %s file system, in %s %s", made->fs,
			 strcmp(made->table, "MBR") == 0 ? "an" : "a", made->table);
	}
	w->results[l->number] = *r;
}

/* A difference is told before anything else; then what is not only somebody's wish to stop. */
static unsigned gravity(enum isokit_status st)
{
	return st == ISOKIT_E_MISMATCH ? 3 : st == ISOKIT_E_CANCELLED ? 1 : st ? 2 : 0;
}

static enum isokit_status gravest(struct isokit_write *w, struct isokit_error *err)
{
	enum isokit_status worst = ISOKIT_OK;

	for (size_t i = 0; i < w->n_lanes; i++) {
		const struct lane *l = w->lanes[i];

		if (gravity(l->result.status) <= gravity(worst))
			continue;
		worst = l->result.status;
		if (err)
			*err = l->error;
	}
	return worst;
}

/* None is begun when one of them cannot be: that is told of each. */
static void fail_to_begin(struct lane *l, enum isokit_status st, const struct lane *at,
			  const struct isokit_error *why)
{
	struct isokit_error other;

	if (at && at != l && st != ISOKIT_E_CANCELLED) {
		(void)isokit_fail(&other, st, ISOKIT_NO_OFFSET, NULL, "was not begun, as %s cannot be "
				  "written", at->target ? device_target_name(at->target) :
							  at->result.drive->path);
		why = &other;
	}
	lane_fail(l, st, why);
}

enum isokit_status isokit_write_run(struct isokit_write *w, struct isokit_error *err)
{
	struct isokit_error why = { .status = ISOKIT_OK };
	const struct lane *at = NULL;
	enum isokit_status st;

	if (w->ran || w->n_lanes == 0)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, w->path,
				   w->ran ? "was written already" : "no drive was given");
	w->ran = true;
	w->results = calloc(w->n_lanes, sizeof(*w->results));
	if (!w->results)
		return isokit_fail_nomem(err, w->path, w->n_lanes * sizeof(*w->results));
	st = prepare(w, &at, &why);
	if (!st)
		st = start(w, &why);
	if (!st)
		watch(w);
	for (size_t i = 0; i < w->n_lanes; i++) {
		struct lane *l = w->lanes[i];

		if (l->started)
			(void)pthread_join(l->thread, NULL);
		else if (st)
			fail_to_begin(l, st, at, &why);
	}
	for (size_t i = 0; i < w->n_flows; i++)
		flow_stop(w->flows[i]);
	for (size_t i = 0; i < w->n_lanes; i++)
		conclude(w, w->lanes[i]);
	if (st && err)
		*err = why;
	return st ? st : gravest(w, err);
}
