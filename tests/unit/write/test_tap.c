/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job.h"

enum { IMAGE_BYTES = 56 * MIB + 100 };

/* Sees nothing before the drive has done something: it cannot keep up. */
struct watcher {
	struct drive *drive;
	bool (*is_time)(struct watcher *s);
	void (*then)(struct watcher *s);
	const char *path;
	struct isokit_write *w;
	uint64_t next;
	bool right, finished, too_late;
};

static bool see(void *ctx, uint64_t offset, const uint8_t *bytes, size_t n,
		struct isokit_error *err)
{
	struct watcher *s = ctx;

	(void)err;
	for (int i = 0; i < 15000 && s->next == 0 && !s->is_time(s); i++)
		usleep(1000);
	if (s->next == 0 && s->then)
		s->then(s);
	s->right = s->right && offset == s->next && offset + n <= IMAGE_BYTES &&
		   memcmp(bytes, image_bytes + offset, n) == 0;
	s->next = offset + n;
	return true;
}

static bool finish(void *ctx, struct isokit_error *err)
{
	struct watcher *s = ctx;

	(void)err;
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

/* A job whose only flow has this watcher. */
static void begin(struct watcher *s, struct drive *d)
{
	static const struct tap ops = { .see = see, .finish = finish };
	struct isokit_write_options o = job_options();
	struct tap tap = ops;
	struct flow *f;

	*s = (struct watcher){ .drive = d, .is_time = body_is_flushed, .right = true };
	drive_make(d, 60 * MIB);
	s->path = image_make(IMAGE_BYTES);
	s->w = job_open(s->path, &o);
	ck_assert_int_eq(flow_new(s->w, &f, NULL), ISOKIT_OK);
	f->pool = &s->w->main_pool;
	f->bytes = IMAGE_BYTES;
	tap.ctx = s;
	flow_add_tap(f, &tap);
	s->w->flows = malloc(sizeof(*s->w->flows));
	s->w->flows[s->w->n_flows++] = f;
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
	for (size_t i = 0; i < MIB; i++)
		ck_assert_uint_eq(d.bytes[i], 0);
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

UNIT(tap)
{
	tcase_add_test(tc, who_is_slow_reads_again_behind_the_drive);
	tcase_add_test(tc, what_is_read_again_is_what_was_written);
	tcase_add_test(tc, who_is_slow_ends_with_the_last_drive);
}
