/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "job.h"

enum { IMAGE_BYTES = 56 * MIB + 100 };

/* Sees nothing before the drive has done something: it cannot keep up. */
struct watcher {
	struct drive *drive;
	bool (*is_time)(struct watcher *s);
	void (*then)(struct watcher *s);
	const char *path;
	struct isokit_write *w;
	uint64_t fails_at; /* it refuses what comes then; IMAGE_BYTES: at the end; 0: nothing */
	uint64_t next;
	bool right, finished, too_late;
};

static bool refuse(struct isokit_error *err)
{
	(void)isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, "watcher", "does not like it");
	return false;
}

static bool see(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		struct isokit_error *err)
{
	struct watcher *s = ctx;

	for (int i = 0; i < 15000 && s->next == 0 && !s->is_time(s); i++)
		usleep(1000);
	if (s->next == 0 && s->then)
		s->then(s);
	s->right = s->right && offset == s->next && offset + n <= IMAGE_BYTES &&
		   memcmp(bytes, image_bytes + offset, n) == 0;
	s->next = offset + n;
	return s->fails_at == 0 || s->next < s->fails_at || s->fails_at == IMAGE_BYTES || refuse(err);
}

static bool finish(void *ctx, struct isokit_error *err)
{
	struct watcher *s = ctx;

	if (s->fails_at)
		return refuse(err);
	s->finished = true;
	pthread_mutex_lock(&s->drive->lock);
	s->too_late = s->drive->first_write_at > 1; /* once it was wiped */
	pthread_mutex_unlock(&s->drive->lock);
	return true;
}

static bool body_is_flushed(struct watcher *s)
{
	return atomic_load(&s->drive->flushes) >= 2; /* also what was wiped */
}

/* A job whose only flow has these watchers. */
static void begin_with(struct watcher *s, unsigned n, struct drive *d)
{
	static const struct tap ops = { .see = see, .finish = finish };
	struct isokit_write_options o = job_options();
	const char *path = image_make(IMAGE_BYTES);
	struct isokit_write *w = job_open(path, &o);
	struct tap tap = ops;
	struct flow *f;

	drive_make(d, 60 * MIB);
	ck_assert_int_eq(flow_new(w, &f, NULL), ISOKIT_OK);
	f->pool = &w->main_pool;
	f->bytes = IMAGE_BYTES;
	for (unsigned i = 0; i < n; i++) {
		s[i] = (struct watcher){ .drive = d, .is_time = body_is_flushed, .path = path,
					 .w = w, .right = true };
		tap.ctx = &s[i];
		flow_add_tap(f, &tap);
	}
	w->flows = malloc(sizeof(*w->flows));
	w->flows[w->n_flows++] = f;
}

static void begin(struct watcher *s, struct drive *d)
{
	begin_with(s, 1, d);
}

static void expect_blank(const struct drive *d)
{
	for (size_t i = 0; i < MIB; i++)
		ck_assert_uint_eq(d->bytes[i], 0);
}

static void end(struct watcher *s)
{
	job_end(s->w);
	drive_free(s->drive);
}

START_TEST(who_is_slow_reads_again_behind_the_drive)
{
	const struct isokit_write_result *r;
	struct watcher s;
	struct drive d;

	begin(&s, &d);
	r = job_run(s.w, &d, ISOKIT_OK);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_VERIFIED);
	ck_assert_uint_gt(s.w->flows[0]->taps[0].from, 0);
	ck_assert(s.right);
	ck_assert_uint_eq(s.next, IMAGE_BYTES);
	ck_assert(s.finished);
	ck_assert(!s.too_late);
	end(&s);
}
END_TEST

/* More than there are blocks, of which it would have held the first ones. */
static bool others_are_ahead(struct watcher *s)
{
	return atomic_load(&s->drive->writes) > 2 * FLOW_BLOCKS;
}

/* What is read again ends together with what is read. */
START_TEST(who_was_slow_once_reads_again_to_the_end)
{
	struct watcher s;
	struct drive d;

	begin(&s, &d);
	s.is_time = others_are_ahead;
	(void)job_run(s.w, &d, ISOKIT_OK);
	ck_assert_uint_gt(s.w->flows[0]->taps[0].from, 0);
	ck_assert(s.right);
	ck_assert_uint_eq(s.next, IMAGE_BYTES);
	ck_assert(s.finished);
	end(&s);
}
END_TEST

/* … and nobody could tell by its date. */
static void change_image(struct watcher *s)
{
	int fd = open(s->path, O_RDWR | O_CLOEXEC);
	struct timespec times[2];
	struct stat info;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &info), 0);
	ck_assert_int_eq(pwrite(fd, "changed", 7, IMAGE_BYTES - 50), 7);
	times[0] = info.st_atim;
	times[1] = info.st_mtim;
	ck_assert_int_eq(futimens(fd, times), 0);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(what_is_read_again_is_what_was_written)
{
	const struct isokit_write_result *r;
	struct watcher s;
	struct drive d;

	begin(&s, &d);
	s.then = change_image;
	r = job_run(s.w, &d, ISOKIT_E_CORRUPT);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_PARTIAL);
	ck_assert_ptr_nonnull(strstr(r->text, "was changed while it was read"));
	ck_assert(!s.finished);
	expect_blank(&d);
	end(&s);
}
END_TEST

static bool drive_has_failed(struct watcher *s)
{
	return s->w->n_lanes && atomic_load(&s->w->lanes[0]->failed);
}

START_TEST(who_is_slow_ends_with_the_last_drive)
{
	struct watcher s;
	struct drive d;

	begin(&s, &d);
	s.is_time = drive_has_failed;
	d.fail_read = 9;
	(void)job_run(s.w, &d, ISOKIT_E_IO);
	ck_assert(!s.finished);
	ck_assert_uint_lt(s.next, IMAGE_BYTES);
	end(&s);
}
END_TEST

START_TEST(several_who_are_slow_read_again_each_for_itself)
{
	const struct isokit_write_result *r;
	struct watcher s[3];
	struct drive d;

	begin_with(s, 3, &d);
	r = job_run(s[0].w, &d, ISOKIT_OK);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_VERIFIED);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_gt(s[i].w->flows[0]->taps[i].from, 0);
		ck_assert(s[i].right);
		ck_assert_uint_eq(s[i].next, IMAGE_BYTES);
		ck_assert(s[i].finished);
		ck_assert(!s[i].too_late);
	}
	end(s);
}
END_TEST

/* … and the other one, who is behind as well, does not go on for nothing. */
START_TEST(who_refuses_what_is_read_again_ends_it_for_all)
{
	const struct isokit_write_result *r;
	struct watcher s[2];
	struct drive d;

	begin_with(s, 2, &d);
	s[1].fails_at = 20 * MIB;
	r = job_run(s[0].w, &d, ISOKIT_E_CORRUPT);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_PARTIAL);
	ck_assert_ptr_nonnull(strstr(r->text, "does not like it"));
	ck_assert(!s[0].finished);
	ck_assert_uint_eq(s[1].next, 20 * MIB);
	expect_blank(&d);
	end(s);
}
END_TEST

static void stop(struct watcher *s)
{
	atomic_store(&s->w->stop, true);
}

START_TEST(who_is_slow_ends_when_somebody_says_stop)
{
	const struct isokit_write_result *r;
	struct watcher s;
	struct drive d;

	begin(&s, &d);
	s.then = stop;
	r = job_run(s.w, &d, ISOKIT_E_CANCELLED);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_PARTIAL);
	ck_assert(!s.finished);
	ck_assert_uint_lt(s.next, IMAGE_BYTES);
	expect_blank(&d);
	end(&s);
}
END_TEST

static bool flow_failed(struct watcher *s)
{
	return flow_has_failed(s->w->flows[0]);
}

static bool image_is_cut(void *ctx)
{
	struct watcher *s = ctx;

	/* Behind what could be read without that somebody lets go. */
	ck_assert_int_eq(truncate(s->path, 40 * MIB), 0);
	return false;
}

START_TEST(who_is_slow_ends_with_the_image)
{
	const struct isokit_write_result *r;
	struct watcher s;
	struct drive d;

	begin(&s, &d);
	s.is_time = flow_failed;
	d.hold = image_is_cut;
	d.hold_ctx = &s;
	r = job_run(s.w, &d, ISOKIT_E_CHANGED);
	ck_assert_int_eq(r->state, ISOKIT_DRIVE_PARTIAL);
	ck_assert_uint_gt(s.w->flows[0]->taps[0].from, 0);
	ck_assert(!s.finished);
	ck_assert_uint_lt(s.next, IMAGE_BYTES);
	expect_blank(&d);
	end(&s);
}
END_TEST

static bool has_not_failed(void *flow)
{
	return !flow_has_failed(flow);
}

/* What is wrong with the image is wrong on a slow drive as well: it need not be full to say so. */
START_TEST(a_drive_that_reads_for_itself_ends_with_the_others)
{
	struct drive d, slow;
	struct watcher s;
	size_t n;
	const struct isokit_write_result *r;

	begin(&s, &d);
	s.fails_at = IMAGE_BYTES;
	drive_make(&slow, 60 * MIB);
	slow.hold = has_not_failed;
	slow.hold_ctx = s.w->flows[0];
	ck_assert_int_eq(write_add_target(s.w, drive_target(&d), NULL, NULL), ISOKIT_OK);
	ck_assert_int_eq(write_add_target(s.w, drive_target(&slow), NULL, NULL), ISOKIT_OK);
	ck_assert_int_eq(isokit_write_run(s.w, NULL), ISOKIT_E_CORRUPT);
	ck_assert_ptr_nonnull(s.w->lanes[1]->own);
	r = isokit_write_get_results(s.w, &n);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(r[i].state, ISOKIT_DRIVE_PARTIAL);
		ck_assert_ptr_nonnull(strstr(r[i].text, "does not like it"));
	}
	ck_assert_uint_lt(r[1].written_bytes, 40 * MIB);
	expect_blank(&slow);
	drive_free(&slow);
	end(&s);
}
END_TEST

UNIT(tap)
{
	tcase_add_test(tc, several_who_are_slow_read_again_each_for_itself);
	tcase_add_test(tc, who_refuses_what_is_read_again_ends_it_for_all);
	tcase_add_test(tc, who_is_slow_ends_when_somebody_says_stop);
	tcase_add_test(tc, who_is_slow_ends_with_the_image);
	tcase_add_test(tc, a_drive_that_reads_for_itself_ends_with_the_others);
	tcase_add_test(tc, who_is_slow_reads_again_behind_the_drive);
	tcase_add_test(tc, who_was_slow_once_reads_again_to_the_end);
	tcase_add_test(tc, what_is_read_again_is_what_was_written);
	tcase_add_test(tc, who_is_slow_ends_with_the_last_drive);
}
