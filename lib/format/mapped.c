/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/mapped.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "format/medium.h"

enum {
	PAGE_BYTES = 4096,
	PAGES = 64,
	SLOTS = 8,	   /* expanded units that are kept */
	MERGE_RUNS = 1024, /* neighbours that one answer about places may join */
	MAX_PARENTS = 16,
};

#define MOST_BYTES (UINT64_C(1) << 48) /* 256 TiB: VHDX and VMDK end far below */

/* ---- tables ------------------------------------------------------------------------ */

struct page {
	const struct isokit_source *src; /* NULL: nothing yet */
	uint64_t number;
	size_t n;
	uint8_t bytes[PAGE_BYTES];
};

struct mapped_table {
	pthread_mutex_t lock;
	struct page *pages;
};

/* A source of no bytes, so that the medium closes it. */
static enum isokit_status table_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					struct isokit_error *err)
{
	(void)self;
	(void)buffer;
	(void)length;
	return isokit_fail(err, ISOKIT_E_SHORT, offset, "table", "has no bytes");
}

static void table_close(void *self)
{
	struct mapped_table *t = self;

	pthread_mutex_destroy(&t->lock);
	free(t->pages);
	free(t);
}

static const struct isokit_source_ops table_ops = {
	.size = sizeof(table_ops),
	.read_at = table_read_at,
	.close = table_close,
};

enum isokit_status mapped_table_new(struct isokit_medium *m, struct mapped_table **ret_table,
				    struct isokit_error *err)
{
	struct mapped_table *t = calloc(1, sizeof(*t));
	struct page *pages = calloc(PAGES, sizeof(*pages));
	struct isokit_source *keep;
	enum isokit_status st;

	if (!t || !pages) {
		free(t);
		free(pages);
		return isokit_fail_nomem(err, "block table", PAGES * sizeof(*pages));
	}
	t->pages = pages;
	pthread_mutex_init(&t->lock, NULL);
	st = isokit_source_new(&table_ops, t, 0, "block table", &keep, err);
	if (st) {
		table_close(t);
		return st;
	}
	st = medium_keep(m, keep, err);
	if (!st)
		*ret_table = t;
	return st;
}

enum isokit_status mapped_table_read(struct mapped_table *t, struct isokit_source *src, uint64_t at,
				     void *out, size_t n, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src), number = at / PAGE_BYTES;
	struct page *p = &t->pages[number % PAGES];
	enum isokit_status st = ISOKIT_OK;

	if (!range_inside(at, n, size) || at % PAGE_BYTES + n > PAGE_BYTES)
		return isokit_source_read_at(src, at, out, n, err);
	pthread_mutex_lock(&t->lock);
	if (p->src != src || p->number != number) {
		p->src = NULL;
		p->number = number;
		p->n = (size_t)min_u64(PAGE_BYTES, size - number * PAGE_BYTES);
		st = isokit_source_read_at(src, number * PAGE_BYTES, p->bytes, p->n, err);
		if (!st)
			p->src = src;
	}
	if (!st)
		memcpy(out, p->bytes + at % PAGE_BYTES, n);
	pthread_mutex_unlock(&t->lock);
	return st;
}

/* ---- the disk ---------------------------------------------------------------------- */

struct slot {
	uint64_t unit_at; /* UINT64_MAX: free */
	uint64_t used;
	uint32_t n, capacity;
	uint8_t *bytes;
};

struct mapped {
	const struct mapped_ops *ops;
	void *self;
	struct isokit_source *parent;
	uint64_t parent_bytes, bytes;
	pthread_mutex_t lock;
	struct slot slots[SLOTS];
	uint64_t clock;
};

static enum isokit_status look_up(const struct mapped *d, uint64_t offset, struct mapped_run *run,
				  struct isokit_error *err)
{
	enum isokit_status st = d->ops->lookup(d->self, offset, run, err);

	if (st)
		return st;
	if (run->kind == MAPPED_PARENT) {
		if (offset >= d->parent_bytes) {
			run->kind = MAPPED_ZEROS;
		} else {
			run->kind = MAPPED_STORED;
			run->src = d->parent;
			run->offset = offset;
			run->bytes = min_u64(run->bytes, d->parent_bytes - offset);
		}
	}
	run->bytes = min_u64(run->bytes, d->bytes - offset);
	return ISOKIT_OK;
}

/* Copy from a unit that was expanded before. */
static bool from_slot(struct mapped *d, const struct mapped_run *run, uint64_t skip, void *out,
		      size_t n)
{
	bool found = false;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *s = &d->slots[i];

		if (s->unit_at != run->unit_at || s->n != run->unit_bytes)
			continue;
		memcpy(out, s->bytes + skip, n);
		s->used = ++d->clock;
		found = true;
		break;
	}
	pthread_mutex_unlock(&d->lock);
	return found;
}

/* The unit takes the place of the one that was used longest ago. */
static void to_slot(struct mapped *d, const struct mapped_run *run, uint8_t *bytes)
{
	struct slot *s = &d->slots[0];
	uint8_t *old;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 1; i < SLOTS; i++)
		if (d->slots[i].used < s->used)
			s = &d->slots[i];
	old = s->bytes;
	*s = (struct slot){ .unit_at = run->unit_at, .used = ++d->clock, .n = run->unit_bytes,
			    .bytes = bytes };
	pthread_mutex_unlock(&d->lock);
	free(old);
}

static enum isokit_status read_packed(struct mapped *d, const struct mapped_run *run, uint64_t skip,
				      void *out, size_t n, struct isokit_error *err)
{
	enum isokit_status st;
	uint8_t *bytes;

	if (skip == 0 && n == run->unit_bytes)
		return d->ops->expand(d->self, run, out, err);
	if (from_slot(d, run, skip, out, n))
		return ISOKIT_OK;
	bytes = malloc(run->unit_bytes);
	if (!bytes)
		return isokit_fail_nomem(err, "compressed block", run->unit_bytes);
	st = d->ops->expand(d->self, run, bytes, err);
	if (st) {
		free(bytes);
		return st;
	}
	memcpy(out, bytes + skip, n);
	to_slot(d, run, bytes);
	return ISOKIT_OK;
}

static enum isokit_status mapped_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	struct mapped *d = self;
	enum isokit_status st = ISOKIT_OK;
	uint8_t *to = buffer;

	while (!st && length) {
		struct mapped_run run = { 0 };
		size_t n;

		st = look_up(d, offset, &run, err);
		if (st)
			break;
		n = (size_t)min_u64(length, run.bytes);
		switch (run.kind) {
		case MAPPED_STORED:
			st = isokit_source_read_at(run.src, run.offset, to, n, err);
			break;
		case MAPPED_PACKED:
			st = read_packed(d, &run, offset - run.unit_at, to, n, err);
			break;
		case MAPPED_ZEROS:
		case MAPPED_PARENT:
			memset(to, 0, n);
			break;
		}
		to += n;
		offset += n;
		length -= n;
	}
	return st;
}

static bool continues(const struct mapped_run *first, const struct mapped_run *next)
{
	if (first->kind != next->kind)
		return false;
	return first->kind == MAPPED_ZEROS ||
	       (first->kind == MAPPED_STORED && first->src == next->src &&
		first->offset + first->bytes == next->offset);
}

static void mapped_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret)
{
	const struct mapped *d = self;
	struct mapped_run run = { 0 };

	if (look_up(d, offset, &run, NULL)) {
		*ret = (struct isokit_location){ ISOKIT_WHERE_READ, .fd = -1, .length = length };
		return;
	}
	for (unsigned i = 0; i < MERGE_RUNS && run.bytes < length && run.kind != MAPPED_PACKED; i++) {
		struct mapped_run next = { 0 };

		if (offset + run.bytes >= d->bytes || look_up(d, offset + run.bytes, &next, NULL) ||
		    !continues(&run, &next))
			break;
		run.bytes += next.bytes;
	}
	length = min_u64(length, run.bytes);
	if (run.kind == MAPPED_STORED &&
	    range_inside(run.offset, length, isokit_source_size(run.src)))
		isokit_source_locate(run.src, run.offset, length, ret);
	else
		*ret = (struct isokit_location){
			run.kind == MAPPED_ZEROS ? ISOKIT_WHERE_ZEROS : ISOKIT_WHERE_READ,
			.fd = -1, .length = length };
}

static void mapped_close(void *self)
{
	struct mapped *d = self;

	for (size_t i = 0; i < SLOTS; i++)
		free(d->slots[i].bytes);
	if (d->ops->close)
		d->ops->close(d->self);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

static const struct isokit_source_ops mapped_source_ops = {
	.size = sizeof(mapped_source_ops),
	.read_at = mapped_read_at,
	.locate = mapped_locate,
	.close = mapped_close,
};

enum isokit_status mapped_new(struct isokit_medium *m, const struct mapped_ops *ops, void *self,
			      struct isokit_source *parent, uint64_t bytes, const char *name,
			      struct isokit_source **ret_src, struct isokit_error *err)
{
	struct mapped *d = NULL;
	enum isokit_status st = ISOKIT_OK;

	if (bytes > MOST_BYTES && !medium_options(m)->any_size)
		st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, name,
				 "claims to be a disk of %llu TiB, which nobody has",
				 (unsigned long long)(bytes >> 40));
	else
		d = calloc(1, sizeof(*d));
	if (!d) {
		if (ops->close)
			ops->close(self);
		return st ? st : isokit_fail_nomem(err, name, sizeof(*d));
	}
	d->ops = ops;
	d->self = self;
	d->parent = parent;
	d->parent_bytes = parent ? isokit_source_size(parent) : 0;
	d->bytes = bytes;
	for (size_t i = 0; i < SLOTS; i++)
		d->slots[i].unit_at = UINT64_MAX;
	pthread_mutex_init(&d->lock, NULL);
	st = isokit_source_new(&mapped_source_ops, d, bytes, name, ret_src, err);
	if (st)
		mapped_close(d);
	return st;
}

/* ---- parents ----------------------------------------------------------------------- */

struct parent {
	struct isokit_medium *medium;
};

static enum isokit_status parent_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const struct parent *p = self;

	return isokit_source_read_at(isokit_medium_disk(p->medium), offset, buffer, length, err);
}

static void parent_locate(void *self, uint64_t offset, uint64_t length,
			  struct isokit_location *ret)
{
	const struct parent *p = self;

	isokit_source_locate(isokit_medium_disk(p->medium), offset, length, ret);
}

static void parent_close(void *self)
{
	struct parent *p = self;

	isokit_medium_free(p->medium);
	free(p);
}

static const struct isokit_source_ops parent_ops = {
	.size = sizeof(parent_ops),
	.read_at = parent_read_at,
	.locate = parent_locate,
	.close = parent_close,
};

/* The medium as a source of its disk, which closes it. */
static enum isokit_status wrap(struct isokit_medium *inner, const char *name,
			       struct isokit_source **ret_src, struct isokit_error *err)
{
	struct isokit_source *disk = isokit_medium_disk(inner);
	struct parent *p;
	enum isokit_status st;

	if (!disk)
		return isokit_fail(err, ISOKIT_E_CORRUPT, ISOKIT_NO_OFFSET, name,
				   "is the image of a disc with tracks, which is no parent of a disk");
	p = malloc(sizeof(*p));
	if (!p)
		return isokit_fail_nomem(err, name, sizeof(*p));
	p->medium = inner;
	st = isokit_source_new(&parent_ops, p, isokit_source_size(disk), name, ret_src, err);
	if (st)
		free(p);
	return st;
}

enum isokit_status mapped_open_parent(struct isokit_medium *m, const char *name, bool plain,
				      struct isokit_source **ret_disk,
				      struct isokit_source **ret_file, struct isokit_error *err)
{
	struct isokit_source *file, *view, *disk;
	struct isokit_medium *inner;
	enum isokit_status st;

	if (m->depth == MAX_PARENTS)
		return isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, name,
				   "is the parent of more than %d images in a row, or of itself",
				   MAX_PARENTS);
	st = medium_open_beside(m, name, &file, err);
	if (!st)
		st = bytes_view(file, 0, isokit_source_size(file), &view, err);
	if (st)
		return st;
	st = medium_open_inner(m, view, plain, &inner, err);
	if (st) {
		isokit_source_close(view);
		return st;
	}
	st = wrap(inner, name, &disk, err);
	if (st) {
		isokit_medium_free(inner);
		return st;
	}
	st = medium_keep(m, disk, err);
	if (st)
		return st;
	*ret_disk = disk;
	if (ret_file)
		*ret_file = file;
	return ISOKIT_OK;
}
