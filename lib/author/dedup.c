/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Equal contents are stored once. Files of the same size are compared by the
 * SHA-256 of their ends, and where these agree, of the whole. Nothing but the
 * place is shared: each name keeps owner, mode and time. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "author/contents.h"
#include "author/pool.h"
#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum {
	END_BYTES = 64 * 1024, /* hashed first, of the beginning and of the end */
	BUFFER_BYTES = 256 * 1024,
};

struct dedup {
	struct plan *plan;
	const struct isokit_digests *digests;
	struct content **items; /* to be hashed */
	size_t n;
	bool whole;             /* this time */
	pthread_mutex_t lock;   /* of `done`, and of telling it */
	uint64_t done, total;
	uint8_t *buffers[POOL_MAX_THREADS];
};

static int by_size(const void *a, const void *b)
{
	const struct content *x = *(struct content *const *)a, *y = *(struct content *const *)b;

	if (x->node->size != y->node->size)
		return x->node->size < y->node->size ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int by_hash(const void *a, const void *b)
{
	const struct content *x = *(struct content *const *)a, *y = *(struct content *const *)b;
	int order;

	if (x->node->size != y->node->size)
		return x->node->size < y->node->size ? -1 : 1;
	order = memcmp(x->sha256, y->sha256, sizeof(x->sha256));
	return order ? order : x < y ? -1 : x > y;
}

/* Drop what is alone: of its size, or (hashed) of its size and hash. */
static void drop_lonely(struct dedup *d, bool hashed)
{
	size_t kept = 0, end;

	qsort(d->items, d->n, sizeof(*d->items), hashed ? by_hash : by_size);
	for (size_t i = 0; i < d->n; i = end) {
		const struct content *first = d->items[i];

		for (end = i + 1; end < d->n; end++) {
			const struct content *c = d->items[end];

			if (c->node->size != first->node->size ||
			    (hashed && memcmp(c->sha256, first->sha256, sizeof(c->sha256)) != 0))
				break;
		}
		if (end - i > 1) {
			memmove(d->items + kept, d->items + i, (end - i) * sizeof(*d->items));
			kept += end - i;
		}
	}
	d->n = kept;
}

static enum isokit_status hash_range(struct dedup *d, struct isokit_source *src, uint8_t *buffer,
				     struct digest *md, uint64_t from, uint64_t length,
				     struct isokit_error *err)
{
	while (length) {
		size_t n = (size_t)min_u64(length, BUFFER_BYTES);
		enum isokit_status st = isokit_source_read_at(src, from, buffer, n, err);

		if (st == ISOKIT_OK && !digest_update(md, buffer, n))
			st = isokit_fail_nomem(err, "hashing", 0);
		if (st == ISOKIT_OK) {
			pthread_mutex_lock(&d->lock);
			d->done += n;
			st = contents_tell(d->plan, "compare", d->done, d->total, err);
			pthread_mutex_unlock(&d->lock);
		}
		if (st)
			return st;
		from += n;
		length -= n;
	}
	return ISOKIT_OK;
}

static enum isokit_status hash_item(void *ctx, unsigned worker, size_t item,
				    struct isokit_error *err)
{
	struct dedup *d = ctx;
	struct content *c = d->items[item];
	uint64_t size = c->node->size;
	uint8_t out[ISOKIT_DIGEST_MAX_BYTES], nothing[1];
	struct isokit_source *src = NULL;
	struct digest *md;
	enum isokit_status st;
	bool short_one = size <= 2 * END_BYTES;

	if (d->whole && short_one)
		return ISOKIT_OK; /* its ends were the whole */
	md = digest_new(d->digests, ISOKIT_SHA256);
	if (!d->buffers[worker])
		d->buffers[worker] = malloc(BUFFER_BYTES);
	if (!md || !d->buffers[worker])
		st = isokit_fail_nomem(err, "hashing", BUFFER_BYTES);
	else
		st = tree_node_open(c->node, &src, err);
	if (st == ISOKIT_OK && (d->whole || short_one)) {
		st = hash_range(d, src, d->buffers[worker], md, 0, size, err);
	} else if (st == ISOKIT_OK) {
		st = hash_range(d, src, d->buffers[worker], md, 0, END_BYTES, err);
		if (st == ISOKIT_OK)
			st = hash_range(d, src, d->buffers[worker], md, size - END_BYTES,
					END_BYTES, err);
	}
	isokit_source_close(src);
	/* Is it still the planned one, after the last byte? */
	if (st == ISOKIT_OK)
		st = tree_node_read(c->node, size, nothing, 0, err);
	if (st == ISOKIT_OK && !digest_finish(md, out))
		st = isokit_fail_nomem(err, "hashing", 0);
	if (st == ISOKIT_OK) {
		memcpy(c->sha256, out, sizeof(c->sha256));
		c->hashed = d->whole || short_one;
	}
	digest_free(md);
	return st;
}

static enum isokit_status hash_all(struct dedup *d, bool whole, struct isokit_error *err)
{
	struct pool pool = { .threads = d->plan->options.threads, .n = d->n, .work = hash_item,
			     .ctx = d };

	d->whole = whole;
	d->done = d->total = 0;
	for (size_t i = 0; i < d->n; i++) {
		uint64_t size = d->items[i]->node->size;

		if (size <= 2 * END_BYTES)
			d->total += whole ? 0 : size;
		else
			d->total += whole ? size : 2 * END_BYTES;
	}
	return pool_run(&pool, err);
}

/* The first of the equal ones, in the order of the tree, is stored. */
static void choose(struct dedup *d)
{
	struct plan *plan = d->plan;
	size_t first = 0;

	for (size_t i = 1; i < d->n; i++) {
		struct content *c = d->items[i];
		const struct content *f = d->items[first];

		if (c->node->size != f->node->size ||
		    memcmp(c->sha256, f->sha256, sizeof(c->sha256)) != 0) {
			first = i;
			continue;
		}
		c->same = f;
		plan->dedup_files++;
		plan->dedup_bytes += c->node->size;
	}
}

struct list {
	const struct content *items;
};

static int share(void *ctx, struct tree_node *n)
{
	const struct content *c;

	if (!tree_is_file(n) || n->id == CONTENTS_NONE)
		return 0;
	c = &((const struct list *)ctx)->items[n->id];
	if (c->same) {
		n->content = TREE_SHARED;
		n->u.same = c->same->node;
	}
	return 0;
}

enum isokit_status dedup_apply(struct plan *plan, struct isokit_error *err)
{
	struct dedup d = { .plan = plan };
	struct content *all = NULL;
	enum isokit_status st = contents_list(plan, &all, &d.n, err);

	if (st)
		return st;
	pthread_mutex_init(&d.lock, NULL);
	d.items = calloc(d.n ? d.n : 1, sizeof(*d.items));
	if (!d.items)
		st = isokit_fail_nomem(err, "contents", d.n * sizeof(*d.items));
	else
		st = contents_digests(plan, &d.digests, err);
	if (st == ISOKIT_OK) {
		for (size_t i = 0; i < d.n; i++)
			d.items[i] = &all[i];
		drop_lonely(&d, false);
		st = hash_all(&d, false, err);
	}
	if (st == ISOKIT_OK) {
		drop_lonely(&d, true);
		st = hash_all(&d, true, err);
	}
	if (st == ISOKIT_OK) {
		struct list list = { all };

		drop_lonely(&d, true);
		choose(&d);
		(void)tree_walk(plan->tree->root, share, &list);
	}
	for (size_t i = 0; i < POOL_MAX_THREADS; i++)
		free(d.buffers[i]);
	pthread_mutex_destroy(&d.lock);
	free(d.items);
	free(all);
	return st;
}

/* ---- links --------------------------------------------------------------------------- */

/* To libisofs one place is one file: it counts all names of equal contents whose
 * attributes agree as hard links. Only real ones are. */

static int count_linked(void *ctx, struct tree_node *n)
{
	*(size_t *)ctx += tree_is_file(n) && n->link;
	return 0;
}

struct families {
	const struct tree_node **links; /* of each name with hard links, by address */
	size_t n;
};

static int note_linked(void *ctx, struct tree_node *n)
{
	struct families *f = ctx;

	if (tree_is_file(n) && n->link)
		f->links[f->n++] = n->link;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct tree_node *const *x = a, *const *y = b;

	return (uintptr_t)*x < (uintptr_t)*y ? -1 : (uintptr_t)*x > (uintptr_t)*y;
}

enum isokit_status dedup_families(const struct plan *plan, struct families **ret,
				  struct isokit_error *err)
{
	struct families *f;
	size_t n = 0;

	*ret = NULL;
	if (!plan->dedup_files)
		return ISOKIT_OK;
	(void)tree_walk(plan->tree->root, count_linked, &n);
	f = calloc(1, sizeof(*f));
	if (f)
		f->links = calloc(n ? n : 1, sizeof(struct tree_node *));
	if (!f || !f->links) {
		free(f);
		return isokit_fail_nomem(err, "hard links", n * sizeof(struct tree_node *));
	}
	(void)tree_walk(plan->tree->root, note_linked, f);
	qsort(f->links, f->n, sizeof(*f->links), by_address);
	*ret = f;
	return ISOKIT_OK;
}

void dedup_families_free(struct families *f)
{
	if (f)
		free(f->links);
	free(f);
}

static uint32_t count_names(const struct families *f, const struct tree_node *n)
{
	const struct tree_node *const *at;
	size_t first, end;

	if (!n->link)
		return 1;
	at = bsearch(&n->link, f->links, f->n, sizeof(*f->links), by_address);
	if (!at)
		return 1;
	first = end = (size_t)(at - f->links);
	while (first > 0 && f->links[first - 1] == n->link)
		first--;
	while (end < f->n && f->links[end] == n->link)
		end++;
	return (uint32_t)(end - first);
}

enum {
	RECORD_NAME_LENGTH = 32, RECORD_NAME = 33, /* ECMA-119 9.1.10, 9.1.11 */
	PX_BYTES = 36, PX_LINKS = 12,              /* RRIP 4.1.1 */
};

enum isokit_status dedup_put_links(const struct families *f, int fd, const char *image,
				   uint64_t record_offset, uint32_t links,
				   const struct tree_node *n, struct isokit_error *err)
{
	uint32_t wanted = count_names(f, n);
	uint8_t record[256];
	ssize_t got;
	size_t at;

	if (links == wanted)
		return ISOKIT_OK;
	got = pread(fd, record, sizeof(record), (off_t)record_offset);
	if (got != (ssize_t)sizeof(record))
		return isokit_fail_errno(err, got < 0 ? errno : EIO, image, "cannot be read back");
	at = RECORD_NAME + record[RECORD_NAME_LENGTH];
	for (at += at % 2; at + PX_BYTES <= record[0] && record[at + 2] >= 4; at += record[at + 2]) {
		if (record[at] != 'P' || record[at + 1] != 'X' || record[at + 2] < PX_BYTES)
			continue;
		put_le32(record + at + PX_LINKS, wanted);
		put_be32(record + at + PX_LINKS + 4, wanted);
		got = pwrite(fd, record + at + PX_LINKS, 8, (off_t)(record_offset + at + PX_LINKS));
		return got == 8 ? ISOKIT_OK :
				  isokit_fail_errno(err, got < 0 ? errno : ENOSPC, image,
						    "cannot be written");
	}
	return isokit_fail(err, ISOKIT_E_MISMATCH, record_offset, n->name,
			   "the layout is not as planned: no number of links");
}
