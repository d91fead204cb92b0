/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/sink.h"
#include "stick/stick.h"
#include "write/job.h"

#define PREVIEW_BYTES (UINT64_C(64) << 30)
/* Behind an image, whatever its tables say of its end. */
#define PREVIEW_ROOM (UINT64_C(2) << 30)
#define PREVIEW_UNIT ((uint64_t)BLOCK_BYTES)

bool compose_wanted(const struct isokit_write *w)
{
	return w->options.mode == ISOKIT_WRITE_FILES || w->options.mode == ISOKIT_WRITE_RESTORE ||
	       w->options.persistence;
}

bool compose_alike(const struct flow *f, uint64_t bytes, uint32_t sector)
{
	/* An empty file system is nothing that would have to be read for all: each drive has
	 * ids of its own. */
	return f->w->options.mode != ISOKIT_WRITE_RESTORE && f->drive_bytes == bytes &&
	       f->drive_sector == sector;
}

static int cancelled(void *ctx)
{
	return write_tell(ctx, "prepare", 0, 0, 0);
}

static int progress(void *ctx, uint64_t done, uint64_t total)
{
	return write_tell(ctx, "expand", 0, done, total);
}

/* ---- extents ----------------------------------------------------------------------------------- */

bool extents_add(struct flow *f, uint64_t offset, uint64_t bytes)
{
	uint64_t from = offset - offset % UNITS_LEAF_BYTES;
	uint64_t to = round_up(offset + bytes, UNITS_LEAF_BYTES);
	struct write_extent *last = f->n_extents ? &f->extents[f->n_extents - 1] : NULL;

	/* The first MiB is written in one piece. */
	if (from < BLOCK_BYTES) {
		from = 0;
		to = max_u64(to, BLOCK_BYTES);
	}
	if (last && from <= last->offset + last->bytes) {
		last->bytes = max_u64(last->bytes, to - last->offset);
		return true;
	}
	if (!ARRAY_RESERVE(f->extents, f->capacity_extents, f->n_extents + 1))
		return false;
	f->extents[f->n_extents++] = (struct write_extent){ from, to - from };
	return true;
}

uint64_t extents_bytes(const struct flow *f)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < f->n_extents; i++)
		bytes += f->extents[i].bytes;
	return bytes;
}

/* ---- sticks ------------------------------------------------------------------------------------ */

static enum isokit_status compose(struct flow *f, const struct stick_options *o,
				  struct stick_layout *l, struct isokit_error *err)
{
	struct isokit_write *w = f->w;

	if (w->options.mode == ISOKIT_WRITE_RESTORE)
		return stick_compose_empty(o, l, err);
	if (w->options.mode == ISOKIT_WRITE_FILES)
		return stick_compose_files(w->payload, o, l, err);
	return stick_compose_persistent(w->payload, o, l, err);
}

static void fill_options(struct isokit_write *w, struct stick_options *o, uint64_t bytes,
			 uint32_t sector)
{
	*o = (struct stick_options){
		.bytes = bytes,
		.sector = sector,
		.label = w->options.label,
		.fs = w->options.fs,
		.scratch_folder = w->options.scratch_folder ? w->options.scratch_folder :
							     SINK_SPOOL_FOLDER,
		.epoch = w->options.epoch,
		.persistence = w->options.persistence,
		.kept = &w->kept,
		.cancelled = cancelled,
		.progress = progress,
		.ctx = w,
	};
}

/* There are not many. */
static bool was_said(const struct isokit_write *w, const char *note)
{
	for (size_t i = 0; i < w->n_notes; i++)
		if (strcmp(w->notes[i], note) == 0)
			return true;
	return false;
}

/* What is left out, renamed or split matters to who is asked; and is told once, also where there
 * are drives of several sizes. */
static void say_notes(struct isokit_write *w, const struct stick_layout *l)
{
	for (size_t i = 0; i < l->n_notes; i++)
		if (!was_said(w, l->notes[i]))
			write_note(w, "%s", l->notes[i]);
}

/* Whether there can be a partition behind the image, for a drive that is large enough. */
static enum isokit_status preview_persistent(struct isokit_write *w, struct isokit_error *err)
{
	uint64_t least = stick_persistent_least(), want = w->options.persistence;
	uint64_t image = round_up(isokit_source_size(w->payload), PREVIEW_UNIT);
	struct stick_layout l = { 0 };
	struct stick_options o;
	enum isokit_status st;

	if (image > INT64_MAX / 2)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, w->path, "is too large");
	fill_options(w, &o, image + PREVIEW_ROOM, 512);
	o.persistence = min_u64(want, least);
	st = stick_compose_persistent(w->payload, &o, &l, err);
	if (st)
		return st;
	say_notes(w, &l);
	stick_layout_release(&l);
	want = want == UINT64_MAX ? least : want;
	if (!add_u64(image, round_up(min_u64(want, INT64_MAX), PREVIEW_UNIT), &w->plan.at_least))
		w->plan.at_least = UINT64_MAX;
	return ISOKIT_OK;
}

/* What a stick with the files would boot by is known when it is composed: for a drive that is
 * large enough for anything. */
static enum isokit_status preview_files(struct isokit_write *w, struct isokit_error *err)
{
	struct stick_layout l = { 0 };
	struct stick_options o;
	enum isokit_status st;

	fill_options(w, &o, PREVIEW_BYTES, 512);
	st = stick_compose_files(w->payload, &o, &l, err);
	if (st)
		return st;
	w->plan.verdict = NULL;
	w->plan.bytes = 0;
	w->plan.at_least = l.file_bytes; /* with smaller clusters */
	w->plan.boots = l.bios || l.uefi;
	w->plan.boot_words = !w->plan.boots ?
		"with its files on a stick nothing would boot: there is no loader in them that could; "
		"--any writes it all the same" :
		write_text(w, "boots from a stick by %s%s%s", l.bios ? "BIOS" : "",
			   l.bios && l.uefi ? " and " : "", l.uefi ? "UEFI" : "");
	say_notes(w, &l);
	stick_layout_release(&l);
	return ISOKIT_OK;
}

enum isokit_status compose_preview(struct isokit_write *w, struct isokit_error *err)
{
	bool files = w->options.mode == ISOKIT_WRITE_FILES;
	enum isokit_status st = files ? preview_files(w, err) : preview_persistent(w, err);
	struct isokit_error why;

	if (st != ISOKIT_E_NOT_ISO || !err)
		return st;
	why = *err;
	return isokit_fail(err, st, why.offset, why.subject, "%s; without %s its bytes are written",
			   why.text, files ? "--as=files" : "--persistence");
}

static bool is_card(const struct isokit_drive *drive)
{
	return strcmp(drive->bus, "mmc") == 0 || strcmp(drive->bus, "sd") == 0;
}

enum isokit_status compose_suits(const struct isokit_write *w, const struct isokit_drive *drive,
				 struct isokit_error *err)
{
	const struct stick_options o = {
		.bytes = drive->bytes, .sector = drive->logical_sector, .card = is_card(drive),
		.label = w->options.label, .fs = w->options.fs, .epoch = w->options.epoch,
	};
	bool empty = w->options.mode == ISOKIT_WRITE_RESTORE;
	struct stick_layout l = { 0 };
	struct isokit_error why;
	enum isokit_status st;

	if (!o.bytes || !o.sector) /* no medium, which the guard tells */
		return ISOKIT_OK;
	st = empty ? stick_compose_empty(&o, &l, &why) : stick_check_files(&o, &why);
	if (st)
		return isokit_fail(err, st, why.offset, drive->path, "%s: %s", why.subject, why.text);
	if (empty)
		stick_layout_release(&l);
	return ISOKIT_OK;
}

enum isokit_status compose_flow(struct flow *f, const struct isokit_drive *drive,
				struct isokit_error *err)
{
	struct isokit_write *w = f->w;
	struct stick_options o;
	struct stick_layout *l = calloc(1, sizeof(*l));
	enum isokit_status st;

	if (!l)
		return isokit_fail_nomem(err, w->path, sizeof(*l));
	fill_options(w, &o, f->drive_bytes, f->drive_sector);
	if (drive) {
		o.card = is_card(drive);
		o.seed = w->options.mode == ISOKIT_WRITE_RESTORE ? drive->serial : NULL;
	}
	st = compose(f, &o, l, err);
	if (st) {
		free(l);
		return st;
	}
	f->keep = l;
	f->src = l->src;
	for (size_t i = 0; i < l->n_extents; i++)
		if (!extents_add(f, l->extents[i].offset, l->extents[i].bytes))
			return isokit_fail_nomem(err, w->path, sizeof(*f->extents));
	say_notes(w, l);
	return ISOKIT_OK;
}

void compose_end(struct flow *f)
{
	if (!f->keep)
		return;
	stick_layout_release(f->keep);
	free(f->keep);
}

/* ---- a GPT ------------------------------------------------------------------------------------- */

static bool take_patch(struct lane *l, const struct stick_patch *p)
{
	struct lane_patch *to = &l->patches[l->n_patches];

	to->offset = p->offset;
	to->n = p->n;
	to->bytes = malloc(p->n + 1);
	to->was = calloc(1, p->n + 1);
	to->covered = calloc(1, p->n + 1);
	l->n_patches++; /* also a half one is freed with the lane */
	if (!to->bytes || !to->was || !to->covered)
		return false;
	memcpy(to->bytes, p->bytes, p->n);
	return true;
}

enum isokit_status compose_patches(struct lane *l, struct isokit_error *err)
{
	struct isokit_write *w = l->w;
	struct stick_patch *patches = NULL;
	enum isokit_status st = ISOKIT_OK;
	size_t n = 0;

	if (!w->payload || compose_wanted(w))
		return ISOKIT_OK;
	st = stick_move_gpt(w->payload, lane_bytes(l), lane_sector(l), &patches, &n, err);
	if (st)
		return st;
	l->patches = calloc(n + 1, sizeof(*l->patches));
	for (size_t i = 0; i < n && !st; i++)
		if (!l->patches || !take_patch(l, &patches[i]))
			st = isokit_fail_nomem(err, w->path, patches[i].n);
	stick_patches_free(patches, n);
	if (!st && n == 0 && l->number == 0 && w->options.fix_gpt)
		write_note(w, "there is no GPT that would have to be moved");
	return st;
}
