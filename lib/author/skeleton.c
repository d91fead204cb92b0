/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metadata to the file, holes for payload. */
#include "author/skeleton.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "author/fill.h"
#include "author/gptkeep.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "base/thread.h"
#include "ondisk/eltorito.h"

enum { CHUNK_BYTES = 512 * 1024 };

static void put_text(uint8_t *field, size_t size, const char *text)
{
	size_t n = strlen(text);

	memset(field, ' ', size);
	memcpy(field, text, n < size ? n : size);
}

/* ECMA-119 7.4.1 */
static void put_a_text(uint8_t *field, size_t size, const char *text)
{
	static const char others[] = " !\"%&'()*+,-./:;<=>?_";
	size_t n = 0;

	memset(field, ' ', size);
	for (; *text && n < size; text++) {
		uint8_t c = (uint8_t)*text;

		if ((c & 0xc0) == 0x80 && n)
			continue; /* goes on with a character of UTF-8, which has its '_' */
		if (c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && !strchr(others, c))
			c = '_';
		field[n++] = c;
	}
}

/* Of primary and supplementary descriptors (ECMA-119 8.4.11, 8.4.12, 8.4.30). */
static void patch_numbers(const struct isokit_build_options *o, uint8_t *block)
{
	if (o->volume_set_size)
		put_both16(block + 120, o->volume_set_size);
	if (o->volume_number)
		put_both16(block + 124, o->volume_number);
	if (o->application_use)
		memcpy(block + 883, o->application_use, 512);
}

void skeleton_patch_descriptor(const struct plan *plan, uint64_t lba, uint8_t *block)
{
	const struct isokit_build_options *o = &plan->options;
	void (*put)(uint8_t *field, size_t size, const char *text);

	lba -= plan->options.session_block;
	if (lba >= 16 && lba < 32 && (block[0] == 1 || block[0] == 2) &&
	    memcmp(block + 1, "CD001", 5) == 0)
		patch_numbers(o, block);
	/* ECMA-119 8.4: the primary descriptor, also that of partition 1. Offsets in
	 * bytes. */
	if ((lba != 16 && lba != plan->boot.partition_offset + UINT64_C(16)) ||
	    memcmp(block, "\1CD001", 6) != 0)
		return;
	put = o->naming && o->naming->a_characters ? put_a_text : put_text;
	put(block + 8, 32, o->system_id);
	put_text(block + 40, 32, o->volume_id);
	put_text(block + 190, 128, o->volume_set_id);
	put(block + 318, 128, o->publisher);
	put(block + 446, 128, o->preparer);
	put(block + 574, 128, o->application);
	put_text(block + 702, 37, o->copyright_file);
	put_text(block + 739, 37, o->abstract_file);
	put_text(block + 776, 37, o->bibliographic_file);
	if (plan->has_volume_times)
		memcpy(block + 813, plan->volume_times, sizeof(plan->volume_times));
}

/* Where the load size does not fit its field, libisofs writes 0, "to the end of
 * the volume". An appended partition lies behind the volume, and EDK II computes
 * a length below zero for it: the largest number is nearer to the truth. The
 * block is known by its contents; only metadata and boot images come by here. */
static void patch_catalog(const struct plan *plan, uint8_t *block)
{
	const struct plan_boot *boot = &plan->boot;
	struct ondisk_eltorito_validation v;
	uint8_t platform;
	bool large = false;

	for (size_t i = 0; i < boot->n_entries; i++) {
		const struct plan_boot_entry *e = &boot->entries[i];

		large = large || (e->partition && e->full_load &&
				  plan_entry_content(boot, e)->size > (uint64_t)UINT16_MAX * 512);
	}
	if (!large || block[0] != 1)
		return;
	ondisk_eltorito_validation_decode(block, &v);
	if (!v.key_ok || v.sum != 0)
		return;
	platform = v.platform;
	for (size_t at = 32; at < LAYOUT_BLOCK_BYTES; at += ELTORITO_ENTRY_BYTES) {
		uint8_t *e = block + at;

		if (e[0] == 0x90 || e[0] == 0x91)
			platform = e[1];
		else if (e[0] == ELTORITO_BOOTABLE && platform == ISOKIT_PLATFORM_UEFI &&
			 get_le16(e + 6) == 0)
			put_le16(e + 6, UINT16_MAX);
	}
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
	if (p->met || p->real || p->node->size == 0)
		return isokit_fail(err, ISOKIT_E_MISMATCH, w->lba * LAYOUT_BLOCK_BYTES,
				   p->node->name, "is laid out twice");
	if (p->located && p->lba != w->lba)
		return isokit_fail(err, ISOKIT_E_MISMATCH, w->lba * LAYOUT_BLOCK_BYTES,
				   p->node->name,
				   "its directory record says block %llu, but it lies at %llu",
				   (unsigned long long)p->lba, (unsigned long long)w->lba);
	/* A located payload may be in the hands of another thread. */
	if (!p->located)
		p->lba = w->lba;
	p->met = true;
	w->skip = div_up(p->node->size, LAYOUT_BLOCK_BYTES);
	return w->fill ? fill_one(w->fill, p, w->to, w->lba * LAYOUT_BLOCK_BYTES, err) :
			 ISOKIT_OK;
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
		patch_catalog(plan, block);
		if (!w->run) {
			w->run = block;
			w->run_lba = w->lba;
		}
	}
	w->lba++;
	return st;
}

/* Has everything a place? */
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

/* Take blocks up to a byte of the image. */
static enum isokit_status run(struct writer *w, uint64_t upto_bytes,
			      const struct author_progress *progress, atomic_bool *stop,
			      struct isokit_error *err)
{
	const struct plan *plan = layout_plan(w->l);
	uint8_t *chunk = malloc(CHUNK_BYTES);
	enum isokit_status st = ISOKIT_OK;
	size_t got;

	if (!chunk)
		return isokit_fail_nomem(err, sink_name(w->to), CHUNK_BYTES);
	while (st == ISOKIT_OK && w->lba * LAYOUT_BLOCK_BYTES < upto_bytes) {
		uint64_t left = upto_bytes - w->lba * LAYOUT_BLOCK_BYTES;

		st = layout_read(w->l, chunk, (size_t)min_u64(CHUNK_BYTES, left), &got, err);
		if (st == ISOKIT_OK && w->skip * LAYOUT_BLOCK_BYTES < got)
			gptkeep_patch(plan->gptkeep, w->lba * LAYOUT_BLOCK_BYTES, chunk, got);
		for (size_t at = 0; st == ISOKIT_OK && at < got; at += LAYOUT_BLOCK_BYTES)
			st = take_block(w, plan, chunk + at, err);
		if (st == ISOKIT_OK)
			st = flush(w, chunk + got, err);
		if (st == ISOKIT_OK &&
		    ((progress && author_tell(progress, w->lba * LAYOUT_BLOCK_BYTES)) ||
		     (stop && atomic_load(stop))))
			st = isokit_fail(err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL,
					 "cancelled");
	}
	free(chunk);
	return st;
}

enum isokit_status skeleton_head(struct layout *l, struct sink *to,
				 const struct author_progress *progress,
				 struct isokit_error *err)
{
	struct writer w = { .l = l, .to = to, .lba = layout_origin(l) / LAYOUT_BLOCK_BYTES };

	return run(&w, layout_head_bytes(l), progress, NULL, err);
}

struct tail {
	struct writer w;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	enum isokit_status status;
	struct isokit_error error;
};

static void *tail_work(void *arg)
{
	struct tail *t = arg;

	t->status = run(&t->w, layout_image_bytes(t->w.l), NULL, &t->stop, &t->error);
	return NULL;
}

static bool all_have_places(struct layout *l)
{
	return check_complete(l, NULL) == ISOKIT_OK;
}

enum isokit_status skeleton_tail_start(struct layout *l, struct sink *to, struct tail **ret_tail,
				       struct isokit_error *err)
{
	struct tail *t = calloc(1, sizeof(*t));

	if (!t)
		return isokit_fail_nomem(err, sink_name(to), sizeof(*t));
	t->w = (struct writer){ .l = l, .to = to,
				.lba = layout_head_bytes(l) / LAYOUT_BLOCK_BYTES };
	if (!layout_tail_is_payload(l) || !all_have_places(l)) {
		t->running = thread_start(&t->thread, tail_work, t);
		if (!t->running)
			(void)tail_work(t); /* no thread to be had: now, then */
	}
	*ret_tail = t;
	return ISOKIT_OK;
}

enum isokit_status skeleton_tail_end(struct tail *t, bool stop, struct isokit_error *err)
{
	enum isokit_status st;

	if (!t)
		return ISOKIT_OK;
	atomic_store(&t->stop, stop);
	if (t->running)
		pthread_join(t->thread, NULL);
	st = t->status;
	if (st && err)
		*err = t->error;
	if (st == ISOKIT_OK)
		st = check_complete(t->w.l, err);
	free(t);
	return st;
}

enum isokit_status stream_write(struct layout *l, struct sink *to,
				const struct author_progress *progress,
				struct isokit_error *err)
{
	struct writer w = { .l = l, .to = to, .lba = layout_origin(l) / LAYOUT_BLOCK_BYTES };
	enum isokit_status st = fill_new(1, &w.fill, err);

	if (st)
		return st;
	st = run(&w, layout_image_bytes(l), progress, NULL, err);
	fill_free(w.fill);
	return st ? st : check_complete(l, err);
}
