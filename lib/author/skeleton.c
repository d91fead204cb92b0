/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metadata to the file, holes for payload. */
#include "author/skeleton.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"

enum { CHUNK_BYTES = 512 * 1024 };

int author_tell(const struct author_progress *p, uint64_t done)
{
	struct isokit_build_progress now = { .phase = p->phase, .done = done, .total = p->total };

	return p->tell ? p->tell(p->ctx, &now) : 0;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static void put_text(uint8_t *field, size_t size, const char *text)
{
	size_t n = strlen(text);

	memset(field, ' ', size);
	memcpy(field, text, n < size ? n : size);
}

void skeleton_patch_descriptor(const struct plan *plan, uint64_t lba, uint8_t *block)
{
	const struct isokit_build_options *o = &plan->options;

	/* ECMA-119 8.4: the primary descriptor. Offsets in bytes. */
	if (lba != 16 || memcmp(block, "\1CD001", 6) != 0)
		return;
	put_text(block + 8, 32, o->system_id);
	put_text(block + 40, 32, o->volume_id);
	put_text(block + 190, 128, o->volume_set_id);
	put_text(block + 318, 128, o->publisher);
	put_text(block + 446, 128, o->preparer);
	put_text(block + 574, 128, o->application);
	put_text(block + 702, 37, o->copyright_file);
	put_text(block + 739, 37, o->abstract_file);
	put_text(block + 776, 37, o->bibliographic_file);
}

/* What both kinds of output have in common: a walk over the blocks. */
struct writer {
	struct layout *l;
	struct sink *to;
	struct fill *fill;     /* stream: puts contents in; NULL: leave holes */
	uint64_t lba;          /* of the next block */
	uint64_t skip;         /* blocks of a payload that are still to come */
	const uint8_t *run;    /* metadata not yet written, or NULL */
	uint64_t run_lba;
};

static enum isokit_status flush(struct writer *w, const uint8_t *upto, struct isokit_error *err)
{
	const uint8_t *from = w->run;

	w->run = NULL;
	if (!from || from == upto)
		return ISOKIT_OK;
	return sink_write_at(w->to, w->run_lba * LAYOUT_BLOCK_BYTES, from, (size_t)(upto - from),
			     err);
}

static enum isokit_status meet_payload(struct writer *w, struct payload *p,
				       struct isokit_error *err)
{
	enum isokit_status st;

	if (p->lba != LAYOUT_NO_LBA || p->real || p->node->size == 0)
		return isokit_fail(err, ISOKIT_E_MISMATCH, w->lba * LAYOUT_BLOCK_BYTES,
				   p->node->name, "is laid out twice");
	p->lba = w->lba;
	w->skip = div_up(p->node->size, LAYOUT_BLOCK_BYTES);
	if (!w->fill)
		return ISOKIT_OK;
	st = fill_one(w->fill, p, w->to, p->lba * LAYOUT_BLOCK_BYTES, err);
	return st;
}

static enum isokit_status take_block(struct writer *w, const struct plan *plan, uint8_t *block,
				     struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;
	struct payload *p;

	if (w->skip) {
		w->skip--;
		w->lba++;
		return ISOKIT_OK;
	}
	p = layout_placeholder(w->l, block);
	if (p) {
		st = flush(w, block, err);
		if (st == ISOKIT_OK)
			st = meet_payload(w, p, err);
		w->skip--;
	} else if (!w->fill && all_zero(block, LAYOUT_BLOCK_BYTES)) {
		st = flush(w, block, err);
	} else {
		skeleton_patch_descriptor(plan, w->lba, block);
		if (!w->run) {
			w->run = block;
			w->run_lba = w->lba;
		}
	}
	w->lba++;
	return st;
}

static enum isokit_status check_complete(struct layout *l, struct isokit_error *err)
{
	size_t n;
	const struct payload *p = layout_payloads(l, &n);

	for (size_t i = 0; i < n; i++) {
		if (!p[i].real && p[i].node->size && p[i].lba == LAYOUT_NO_LBA)
			return isokit_fail(err, ISOKIT_E_MISMATCH, ISOKIT_NO_OFFSET,
					   p[i].node->name, "has no place in the layout");
	}
	return ISOKIT_OK;
}

static enum isokit_status run(struct writer *w, const struct plan *plan,
			      const struct author_progress *progress, struct isokit_error *err)
{
	uint8_t *chunk = malloc(CHUNK_BYTES);
	enum isokit_status st = ISOKIT_OK;
	size_t got;

	if (!chunk)
		return isokit_fail_nomem(err, sink_name(w->to), CHUNK_BYTES);
	for (;;) {
		st = layout_read(w->l, chunk, CHUNK_BYTES, &got, err);
		if (st || got == 0)
			break;
		for (size_t at = 0; st == ISOKIT_OK && at < got; at += LAYOUT_BLOCK_BYTES)
			st = take_block(w, plan, chunk + at, err);
		if (st == ISOKIT_OK)
			st = flush(w, chunk + got, err);
		if (st)
			break;
		if (author_tell(progress, w->lba * LAYOUT_BLOCK_BYTES)) {
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					 "cancelled");
			break;
		}
	}
	free(chunk);
	return st ? st : check_complete(w->l, err);
}

enum isokit_status skeleton_write(struct layout *l, struct sink *to,
				  const struct author_progress *progress,
				  struct isokit_error *err)
{
	struct writer w = { .l = l, .to = to };

	return run(&w, layout_plan(l), progress, err);
}

enum isokit_status stream_write(struct layout *l, struct sink *to,
				const struct author_progress *progress,
				struct isokit_error *err)
{
	struct writer w = { .l = l, .to = to };
	enum isokit_status st = fill_new(1, &w.fill, err);

	if (st)
		return st;
	st = run(&w, layout_plan(l), progress, err);
	fill_free(w.fill);
	return st;
}
