/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The path tables record by record (ECMA-119 6.9, 9.4): against the directories,
 * in order, and each against the first. Which directories they name is looked at
 * by the walk that counts. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/lint.h"

enum { WINDOW_BYTES = 32 * 1024, LONGEST_RECORD = 8 + 255 + 1 };

struct reader {
	struct lint_tree *t;
	const char *what;
	bool big_endian;
	uint64_t start, at, bytes; /* `at` is relative to start */
	uint8_t *window;
	uint64_t window_at;
	size_t filled;
	size_t n;     /* records so far */
	bool broken;
};

/* The next record; false at the end. Its name points into the window. */
static enum isokit_status next(struct reader *p, struct ondisk_path_record *ret, bool *ret_more)
{
	size_t have = (size_t)(p->window_at + p->filled - p->at);

	*ret_more = false;
	if (p->at >= p->bytes || p->broken)
		return ISOKIT_OK;
	if (have < LONGEST_RECORD && p->window_at + p->filled < p->bytes) {
		size_t n = (size_t)min_u64(WINDOW_BYTES, p->bytes - p->at);
		enum isokit_status st;
		bool ok;

		st = lint_read(p->t->l, p->start + p->at, p->window, n, p->what, &ok);
		if (st || !ok)
			return st;
		p->window_at = p->at;
		p->filled = have = n;
	}
	if (p->window[p->at - p->window_at] == 0 ||
	    ondisk_path_record_decode(p->window + (p->at - p->window_at), have, p->big_endian, false,
				      ret, NULL)) {
		p->broken = true;
		return ISOKIT_OK;
	}
	p->at += ret->length;
	p->n++;
	*ret_more = true;
	return ISOKIT_OK;
}

static enum isokit_status start(struct reader *p, struct lint_tree *t, uint32_t lba,
				bool big_endian, const char *what)
{
	*p = (struct reader){
		.t = t, .what = what, .big_endian = big_endian,
		.start = (uint64_t)lba * t->block_bytes,
		.bytes = t->v->path_table_bytes,
	};
	p->window = malloc(WINDOW_BYTES);
	return p->window ? ISOKIT_OK :
			   isokit_fail_nomem(t->l->err, t->l->img->facts.path, WINDOW_BYTES);
}

static const uint8_t *raw_of(const struct reader *p, const struct ondisk_path_record *r)
{
	return p->window + (p->at - r->length - p->window_at);
}

/* A record against the directory that it leads to. */
static void check_directory(struct reader *p, const struct ondisk_path_record *r, uint64_t at)
{
	struct lint *l = p->t->l;
	const uint8_t *raw = raw_of(p, r);
	const struct lint_dir *d;
	uint32_t index;

	if (!(r->name_bytes & 1) ? false : raw[8 + r->name_bytes] != 0)
		lint_find(l, ISOKIT_F_PATH_TABLE_PADDING, at + 8 + r->name_bytes, 1, p->what, p->n,
			  raw[8 + r->name_bytes]);
	if (!model_lba_set_get(&p->t->seen, r->lba, &index))
		return; /* the walk that counts has said so */
	d = &p->t->dirs[index];
	if (d->name_hash != lint_hash(r->name, r->name_bytes))
		lint_find(l, ISOKIT_F_PATH_TABLE_NAME, at + 8, r->name_bytes, p->what, p->n, 0);
	if (d->xattr_blocks != r->xattr_blocks)
		lint_find(l, ISOKIT_F_PATH_TABLE_XATTR, at + 1, 1, p->what, p->n, r->xattr_blocks);
}

struct last {
	uint8_t name[256];
	size_t n;
	uint16_t parent;
	bool any;
};

/* 6.9.1: by level, by the parent's number, by identifier. Parents stand before
 * their children, so ascending parents are ascending levels too. */
static void check_order(struct reader *p, const struct ondisk_path_record *r, uint64_t at,
			struct last *last)
{
	bool wrong = last->any && p->n <= UINT16_MAX &&
		     (r->parent < last->parent ||
		      (r->parent == last->parent && p->n > 2 &&
		       !lint_in_order(p->t, last->name, last->n, r->name, r->name_bytes)));

	if (wrong)
		lint_find(p->t->l, ISOKIT_F_PATH_TABLE_ORDER, at, r->length, p->what, p->n, 0);
	memcpy(last->name, r->name, r->name_bytes);
	last->n = r->name_bytes;
	last->parent = r->parent;
	last->any = true;
}

static enum isokit_status check_first(struct lint_tree *t)
{
	struct last last = { .any = false };
	struct ondisk_path_record r;
	struct reader p;
	enum isokit_status st;
	bool more = true;

	st = start(&p, t, t->v->path_table_l_lba, false, "little-endian path table");
	while (!st && more) {
		st = next(&p, &r, &more);
		if (st || !more)
			break;
		/* 9.4.5: the root is 00, and nothing else is. */
		if (r.name_bytes == 1 && r.name[0] == 0 && p.n != 1)
			lint_find(t->l, ISOKIT_F_PATH_TABLE_NAME, p.start + p.at - r.length + 8, 1,
				  p.what, p.n, 0);
		check_directory(&p, &r, p.start + p.at - r.length);
		check_order(&p, &r, p.start + p.at - r.length, &last);
	}
	/* 8.4.13: the size is that of the records. */
	if (!st && p.at < p.bytes)
		lint_find(t->l, ISOKIT_F_PATH_TABLE_SIZE, t->v->lba * SECTOR_BYTES + 132, 8, p.what,
			  p.bytes, p.at);
	free(p.window);
	return st;
}

static bool differ(const struct ondisk_path_record *a, const struct ondisk_path_record *b)
{
	return a->lba != b->lba || a->parent != b->parent || a->xattr_blocks != b->xattr_blocks ||
	       a->name_bytes != b->name_bytes || memcmp(a->name, b->name, a->name_bytes) != 0;
}

/* Another copy, of either byte order, against the little-endian table. */
static enum isokit_status check_copy(struct lint_tree *t, uint32_t lba, bool big_endian,
				     const char *what)
{
	struct reader first, other = { .window = NULL };
	struct ondisk_path_record a, b;
	bool more_a = true, more_b = true;
	enum isokit_status st;

	st = start(&first, t, t->v->path_table_l_lba, false, "little-endian path table");
	if (!st)
		st = start(&other, t, lba, big_endian, what);
	while (!st && more_a && more_b) {
		uint64_t at = other.start + other.at;

		st = next(&first, &a, &more_a);
		if (!st)
			st = next(&other, &b, &more_b);
		if (st || (!more_a && !more_b))
			break;
		if (more_a != more_b || differ(&a, &b)) {
			lint_find(t->l, ISOKIT_F_PATH_TABLE_COPY, at, 0, what, other.n + !more_b, 0);
			if (more_a != more_b || a.name_bytes != b.name_bytes)
				break;
		} else if ((b.name_bytes & 1) && raw_of(&other, &b)[8 + b.name_bytes]) {
			lint_find(t->l, ISOKIT_F_PATH_TABLE_PADDING, at + 8 + b.name_bytes, 1, what,
				  other.n, raw_of(&other, &b)[8 + b.name_bytes]);
		}
	}
	free(first.window);
	free(other.window);
	return st;
}

enum isokit_status lint_path_tables(struct lint_tree *t)
{
	const struct {
		uint32_t lba;
		bool big_endian;
		const char *what;
	} copies[] = {
		{ t->v->path_table_m_lba, true, "big-endian path table" },
		{ t->v->path_table_l_opt_lba, false, "optional little-endian path table" },
		{ t->v->path_table_m_opt_lba, true, "optional big-endian path table" },
	};
	uint64_t size = t->l->img->facts.size, bytes = t->v->path_table_bytes;
	enum isokit_status st = ISOKIT_OK;

	if (t->v->path_table_l_lba == 0 ||
	    !range_inside((uint64_t)t->v->path_table_l_lba * t->block_bytes, bytes, size))
		return ISOKIT_OK; /* the walk that counts has said so */
	if (t->complete)
		st = check_first(t);
	for (size_t i = 0; i < 3 && !st; i++) {
		uint64_t at = (uint64_t)copies[i].lba * t->block_bytes;

		if (copies[i].lba == 0)
			continue;
		if (!range_inside(at, bytes, size)) {
			if (i > 0) /* the others the walk that counts looks at */
				lint_find(t->l, ISOKIT_F_PATH_TABLE_RANGE,
					  t->v->lba * SECTOR_BYTES + (i == 1 ? 144 : 152), 4,
					  copies[i].what, at, bytes);
			continue;
		}
		st = check_copy(t, copies[i].lba, copies[i].big_endian, copies[i].what);
	}
	return st;
}
