/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a drive hold as much as it says? Either all of it is written and read back, which is
 * proof; or marks at places that those who fake drives leave behind, which is quick. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "write/job.h"
#include "write/pattern.h"
#include "write/suspect.h"

enum {
	MARK_BYTES = 64 * 1024,
	MOST_MARKS = 256,
	STEPS = 64,        /* marks at equal distances */
	NEAR_BYTES = 1024 * 1024, /* a border is sought that exactly */
	SMALL_BYTES = 16 * 1024 * 1024, /* all of so little is quick, too, and a proof */
};

struct probe {
	struct lane *l;
	uint64_t key, size, end; /* end: it could be written up to there */
	bool quick;
	pthread_mutex_t lock;    /* of all below */
	uint64_t next;
	uint64_t good;           /* bytes that were read as they were written */
	uint64_t elsewhere, distance, example, belongs;
	uint64_t blank;
	uint64_t first_bad, last_good_end;
	uint64_t sectors_bad;
};

/* A key that no probe before had. */
static uint64_t make_key(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)now.tv_nsec << 20;
}

static struct block *take(struct lane *l)
{
	struct block *b = NULL;

	while (!b && !lane_stopped(l))
		b = pool_take(&l->w->check_pool, WAIT_MS);
	return b;
}

/* The lane's number of the probe is found through the lane, as threads get only that. */
static struct probe *of(struct lane *l)
{
	return l->probe;
}

static bool next_part(struct probe *p, uint64_t end, uint64_t *ret_at, size_t *ret_n)
{
	bool any;

	pthread_mutex_lock(&p->lock);
	any = p->next < end;
	*ret_at = p->next;
	*ret_n = (size_t)min_u64(BLOCK_BYTES, end - min_u64(p->next, end));
	p->next += *ret_n;
	pthread_mutex_unlock(&p->lock);
	return any;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static void *write_parts(void *arg)
{
	struct lane *l = arg;
	struct probe *p = of(l);
	struct block *b = take(l);
	uint64_t at;
	size_t n;

	while (b && !lane_stopped(l) && next_part(p, p->end, &at, &n)) {
		pattern_fill(p->key, at, b->bytes, n);
		if (device_write_at(l->target, at, b->bytes, n, NULL) != ISOKIT_OK) {
			/* What it does not take, it does not have. */
			pthread_mutex_lock(&p->lock);
			p->end = min_u64(p->end, at);
			pthread_mutex_unlock(&p->lock);
			break;
		}
		atomic_fetch_add(&l->done, n);
	}
	block_unref(b);
	return NULL;
}

static void see_sector(struct probe *p, uint64_t at, const uint8_t *sector)
{
	uint64_t place, distance;

	if (pattern_place(p->key, sector, &place) && place == at) {
		p->good += PATTERN_SECTOR;
		p->last_good_end = max_u64(p->last_good_end, at + PATTERN_SECTOR);
		return;
	}
	p->sectors_bad++;
	p->first_bad = min_u64(p->first_bad, at);
	if (pattern_place(p->key, sector, &place)) {
		distance = place > at ? place - at : at - place;
		p->elsewhere++;
		if (!p->distance || distance < p->distance) {
			p->distance = distance;
			p->example = at;
			p->belongs = place;
		}
	} else if (sector[0] == 0 || sector[0] == 0xff) {
		p->blank += memcmp(sector, sector + 1, PATTERN_SECTOR - 1) == 0;
	}
}

/* Returns which leaves have something wrong. */
static uint32_t see_part(struct probe *p, uint64_t at, const uint8_t *bytes, size_t n)
{
	uint32_t bad = 0;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < n; i += PATTERN_SECTOR) {
		uint64_t before = p->sectors_bad;

		see_sector(p, at + i, bytes + i);
		if (p->sectors_bad != before)
			bad |= UINT32_C(1) << i / UNITS_LEAF_BYTES;
	}
	pthread_mutex_unlock(&p->lock);
	return bad;
}

static void *read_parts(void *arg)
{
	struct lane *l = arg;
	struct probe *p = of(l);
	struct block *b = take(l);
	uint64_t at;
	size_t n;

	while (b && !lane_stopped(l) && next_part(p, p->end, &at, &n)) {
		uint32_t bad;

		/* What cannot be read is not what was written. */
		if (device_read_at(l->target, at, b->bytes, n, NULL) != ISOKIT_OK)
			memset(b->bytes, 0, n);
		bad = see_part(p, at, b->bytes, n);
		if (bad)
			suspect_add(l->suspect, at, bad, p->size);
		atomic_fetch_add(&l->done, n);
	}
	block_unref(b);
	return NULL;
}

static enum isokit_status probe_all(struct probe *p, struct isokit_error *err)
{
	struct lane *l = p->l;
	double began = write_clock(), middle;
	enum isokit_status st;

	lane_phase(l, "write", p->size);
	lane_side_by_side(l, LANE_DEPTH, write_parts);
	if (lane_stopped(l))
		return write_fail_cancelled(err);
	lane_phase(l, "flush", 0);
	st = device_flush(l->target, err);
	middle = write_clock();
	l->result.write_seconds = middle - began;
	l->result.written_bytes = p->end;
	if (st)
		return st;
	p->next = 0;
	lane_phase(l, "verify", p->end);
	lane_side_by_side(l, LANE_DEPTH, read_parts);
	l->result.compared_bytes = p->end;
	l->result.verify_seconds = write_clock() - middle;
	if (lane_stopped(l))
		return write_fail_cancelled(err);
	return ISOKIT_OK;
}

/* ---- marks ---------------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void add_mark(const struct probe *p, uint64_t *marks, size_t *io_n, uint64_t at)
{
	at -= at % MARK_BYTES;
	if (*io_n < MOST_MARKS - 1 && range_inside(at, MARK_BYTES, p->size))
		marks[(*io_n)++] = at;
}

/* Powers of two and what lies before them, where drives begin again; equal steps; the end. */
static size_t choose_marks(const struct probe *p, uint64_t marks[MOST_MARKS])
{
	size_t n = 0, kept = 0;

	add_mark(p, marks, &n, 0);
	for (uint64_t at = MARK_BYTES; at && at < p->size; at *= 2) {
		add_mark(p, marks, &n, at);
		add_mark(p, marks, &n, at - MARK_BYTES);
		add_mark(p, marks, &n, at + at / 2);
	}
	for (uint64_t i = 1; i < STEPS; i++)
		add_mark(p, marks, &n, p->size / STEPS * i);
	marks[n++] = p->size - MARK_BYTES; /* to the very end */
	qsort(marks, n, sizeof(*marks), ascending);
	for (size_t i = 0; i < n; i++)
		if (!i || marks[i] != marks[i - 1])
			marks[kept++] = marks[i];
	return kept;
}

static bool write_mark(struct probe *p, struct block *b, uint64_t at)
{
	pattern_fill(p->key, at, b->bytes, MARK_BYTES);
	p->l->result.written_bytes += MARK_BYTES;
	return device_write_at(p->l->target, at, b->bytes, MARK_BYTES, NULL) == ISOKIT_OK;
}

static bool read_mark(struct probe *p, struct block *b, uint64_t at)
{
	uint64_t bad = p->sectors_bad;

	if (device_read_at(p->l->target, at, b->bytes, MARK_BYTES, NULL) != ISOKIT_OK)
		memset(b->bytes, 0, MARK_BYTES);
	(void)see_part(p, at, b->bytes, MARK_BYTES);
	p->l->result.compared_bytes += MARK_BYTES;
	return bad == p->sectors_bad;
}

/* Between a place that keeps what is written and one that does not. */
static void seek_border(struct probe *p, struct block *b, uint64_t good, uint64_t bad)
{
	while (bad - good > NEAR_BYTES && !lane_stopped(p->l)) {
		uint64_t middle = good + (bad - good) / 2;

		middle -= middle % MARK_BYTES;
		if (write_mark(p, b, middle) && device_flush(p->l->target, NULL) == ISOKIT_OK &&
		    read_mark(p, b, middle))
			good = middle;
		else
			bad = middle;
	}
	p->first_bad = min_u64(p->first_bad, bad);
	p->last_good_end = good + MARK_BYTES;
}

static enum isokit_status probe_marks(struct probe *p, struct isokit_error *err)
{
	uint64_t marks[MOST_MARKS], last_good = 0, first_bad = UINT64_MAX;
	size_t n = choose_marks(p, marks);
	struct lane *l = p->l;
	struct block *b = take(l);
	enum isokit_status st = b ? ISOKIT_OK : write_fail_cancelled(err);

	lane_phase(l, "probe", 2 * n * MARK_BYTES);
	for (size_t i = 0; i < n && !st; i++) {
		(void)write_mark(p, b, marks[i]); /* that it failed is seen when it is read */
		atomic_fetch_add(&l->done, MARK_BYTES);
		if (lane_stopped(l))
			st = write_fail_cancelled(err);
	}
	if (!st)
		st = device_flush(l->target, err);
	for (size_t i = 0; i < n && !st; i++) {
		if (read_mark(p, b, marks[i]))
			last_good = first_bad == UINT64_MAX ? marks[i] : last_good;
		else
			first_bad = min_u64(first_bad, marks[i]);
		atomic_fetch_add(&l->done, MARK_BYTES);
		if (lane_stopped(l))
			st = write_fail_cancelled(err);
	}
	if (!st && first_bad != UINT64_MAX && !p->elsewhere && first_bad > last_good)
		seek_border(p, b, last_good, first_bad);
	block_unref(b);
	return st;
}

/* ---- the answer --------------------------------------------------------------------------------- */

static void judge(struct probe *p)
{
	struct isokit_write_result *r = &p->l->result;
	char a[NUMBER_BYTES], b[NUMBER_BYTES], c[NUMBER_BYTES];

	if (p->elsewhere) {
		r->suspect = ISOKIT_SUSPECT_FAKE;
		r->real_bytes = p->distance;
		snprintf(r->detail, sizeof(r->detail), "at byte %s lies what was written to byte "
			 "%s: it begins again after %s bytes", write_number(p->example, a),
			 write_number(p->belongs, b), write_number(p->distance, c));
	} else if (p->end < p->size || p->last_good_end <= p->first_bad) {
		r->suspect = ISOKIT_SUSPECT_FAKE;
		r->real_bytes = min_u64(p->end, p->first_bad);
		snprintf(r->detail, sizeof(r->detail), "nothing is kept from byte %s on",
			 write_number(r->real_bytes, a));
	} else {
		r->suspect = ISOKIT_SUSPECT_CELLS;
		r->real_bytes = p->quick ? 0 : p->good;
		snprintf(r->detail, sizeof(r->detail), "%s sectors are not what was written to "
			 "them, the first at byte %s", write_number(p->sectors_bad, a),
			 write_number(p->first_bad, b));
	}
	r->advice = suspect_advice(r->suspect, false);
	if (r->suspect == ISOKIT_SUSPECT_FAKE)
		r->advice = "the drive is not what it says: give it back";
}

static enum isokit_status answer(struct probe *p, struct isokit_error *err)
{
	struct isokit_write_result *r = &p->l->result;
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (p->sectors_bad == 0 && p->end == p->size) {
		r->state = ISOKIT_DRIVE_VERIFIED;
		r->real_bytes = p->quick ? 0 : p->size;
		if (p->quick)
			snprintf(r->detail, sizeof(r->detail),
				 "marks at many places are where they should be; that it does not "
				 "begin again after an odd number of bytes, only a full probe proves");
		return ISOKIT_OK;
	}
	judge(p);
	r->state = ISOKIT_DRIVE_DIFFERS;
	if (!p->quick) {
		suspect_list(p->l, p->end);
		r->different_bytes = p->size - p->good;
	}
	return isokit_fail(err, ISOKIT_E_MISMATCH, p->first_bad, device_target_name(p->l->target),
			   "says that it has %s bytes, and holds %s%s", write_number(p->size, a),
			   p->quick && r->real_bytes ? "about " : "",
			   r->real_bytes ? write_number(r->real_bytes, b) : "less");
}

enum isokit_status probe_drive(struct lane *l, struct isokit_error *err)
{
	struct probe p = { .l = l, .key = make_key(), .first_bad = UINT64_MAX };
	enum isokit_status st, wiped;

	p.size = device_target_bytes(l->target);
	p.size -= p.size % PATTERN_SECTOR;
	p.end = p.size;
	p.quick = l->w->options.quick && p.size > SMALL_BYTES;
	pthread_mutex_init(&p.lock, NULL);
	l->probe = &p;
	l->result.state = ISOKIT_DRIVE_PARTIAL;
	lane_phase(l, "wipe", 0);
	st = device_wipe(l->target, err);
	if (!st)
		st = p.quick ? probe_marks(&p, err) : probe_all(&p, err);
	if (!st)
		st = answer(&p, err);
	/* The marks mean nothing to anybody. A drive that fails now was no sound one either. */
	wiped = device_wipe(l->target, st ? NULL : err);
	l->blank = !wiped;
	if (!st && wiped) {
		st = wiped;
		l->result.state = ISOKIT_DRIVE_PARTIAL;
	}
	l->probe = NULL;
	pthread_mutex_destroy(&p.lock);
	return st;
}
