/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "write/damaged.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "write/job.h"

enum {
	STEP_BYTES = 4096,  /* what modern drives lose at once */
	TRIES = 2,
	LISTED = 32,
	MOST_STEPS = 4096,  /* each of them may take the drive a minute */
};

struct damaged {
	struct isokit_write *w;
	uint64_t steps;              /* that could not be read */
	uint64_t from, to;           /* the run that is being listed */
	unsigned n;
};

static void list_run(struct damaged *d)
{
	char a[NUMBER_BYTES], b[NUMBER_BYTES];

	if (d->to == d->from)
		return;
	if (d->n++ < LISTED)
		write_note(d->w, "%s bytes at byte %s of the source cannot be read: zeros are "
			   "written there", write_number(d->to - d->from, a),
			   write_number(d->from, b));
	d->from = d->to = 0;
}

static void lose(struct damaged *d, uint64_t at, size_t n)
{
	if (d->to != at) {
		list_run(d);
		d->from = at;
	}
	d->to = at + n;
	atomic_fetch_add(&d->w->lost_bytes, n);
}

/* The drive is there, and only these bytes are not. */
static bool is_damage(const struct isokit_error *e)
{
	return e->sys_errno == EIO || e->sys_errno == EREMOTEIO || e->sys_errno == EILSEQ ||
	       e->sys_errno == ENODATA || e->sys_errno == EBADMSG;
}

static enum isokit_status read_steps(struct damaged *d, uint64_t at, uint8_t *to, size_t n,
				     struct isokit_error *err)
{
	struct isokit_source *src = d->w->payload;

	while (n) {
		size_t some = (size_t)min_u64(n, STEP_BYTES - at % STEP_BYTES);
		enum isokit_status st = ISOKIT_E_IO;

		if (atomic_load(&d->w->stop))
			return write_fail_cancelled(err);
		for (unsigned try = 0; try < TRIES && st; try++)
			st = isokit_source_read_at(src, at, to, some, err);
		if (st && (!is_damage(err) || ++d->steps > MOST_STEPS))
			return st;
		if (st) {
			memset(to, 0, some);
			lose(d, at, some);
		}
		at += some;
		to += some;
		n -= some;
	}
	return ISOKIT_OK;
}

static enum isokit_status damaged_read_at(void *self, uint64_t offset, void *buffer, size_t n,
					  size_t *ret_n, bool *ret_end, struct isokit_error *err)
{
	struct damaged *d = self;
	uint64_t size = isokit_source_size(d->w->payload);
	struct isokit_error why = { .status = ISOKIT_OK };
	enum isokit_status st;

	*ret_n = offset < size ? (size_t)min_u64(n, size - offset) : 0;
	*ret_end = *ret_n < n;
	if (!*ret_n)
		return ISOKIT_OK;
	st = isokit_source_read_at(d->w->payload, offset, buffer, *ret_n, &why);
	if (st && is_damage(&why))
		st = read_steps(d, offset, buffer, *ret_n, &why);
	if (st && err)
		*err = why;
	return st;
}

static void damaged_close(void *self)
{
	list_run(self);
	free(self);
}

enum isokit_status intake_of_damaged(struct isokit_write *w, struct intake **ret,
				     struct isokit_error *err)
{
	static const struct intake_ops ops = { .read_at = damaged_read_at, .close = damaged_close };
	struct damaged *d = calloc(1, sizeof(*d));
	enum isokit_status st;

	if (!d)
		return isokit_fail_nomem(err, w->path, sizeof(*d));
	d->w = w;
	st = intake_new(&ops, d, w->path, ret, err);
	if (st)
		free(d);
	return st;
}
