/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contents of regular files, by several threads. Small files are read whole and written
 * with one call. A large one is made by one thread; those that find nothing else to do
 * help it with pieces, which is worth most where bytes must be expanded. Until a file is
 * whole it has no name (fresh.c): a fifth more time of the processor for small ones. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/thread.h"
#include "bytes/sink.h"
#include "copy/range.h"
#include "unpack/unpack.h"

enum {
	SMALL_BYTES = 128 * 1024,
	PIECE_BYTES = 8 * 1024 * 1024, /* a multiple of any block size */
	MAX_THREADS = 16,
	MAX_LARGE = MAX_THREADS,
	/* Two threads that make files in one folder mostly wait for each other: a whole
	 * folder, if it is not too large. */
	MAX_BATCH = 4096,
	TELL_EVERY = 64,
};

/* A file that is being written in pieces. */
struct large {
	bool used, opening;
	uint32_t item;
	struct unpack_content content;
	struct sink *sink;
	int dir;
	struct unpack_fresh file;
	uint64_t next;    /* where the next piece begins */
	unsigned working; /* threads that have a piece of it */
	enum isokit_status status;
	struct isokit_error error;
};

struct unpack_shared {
	struct unpack_run *run;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t opened;
	uint32_t folder;      /* the item whose children are next … */
	uint32_t child;       /* … from this number on */
	struct large large[MAX_LARGE];
	enum isokit_status status; /* that all stop for */
	struct isokit_error error;
	atomic_bool stop;
	atomic_uint_fast64_t done;
	atomic_uint_fast64_t files, bytes, shared_bytes, hole_bytes;
	pthread_mutex_t progress_lock;
	struct copy_shared movers;
	struct worker *workers;
	unsigned n_workers;
};

struct worker {
	struct unpack_shared *sh;
	unsigned number;
	struct unpack_folder folder;
	struct copy_mover mover;
	bool mover_ready;
	struct unpack_fresh small;
	uint8_t *buffer; /* SMALL_BYTES */
	struct isokit_error err;
};

enum { TAKE_NOTHING, TAKE_BATCH, TAKE_LARGE, TAKE_PIECE };

struct taken {
	int what;
	uint32_t first, n; /* items */
	struct large *large;
	uint64_t offset, length;
};

static void stop_all(struct unpack_shared *sh, enum isokit_status st,
		     const struct isokit_error *why)
{
	(void)pthread_mutex_lock(&sh->lock);
	if (sh->status == ISOKIT_OK) {
		sh->status = st;
		sh->error = *why;
	}
	(void)pthread_mutex_unlock(&sh->lock);
	atomic_store(&sh->stop, true);
}

/* A file is not there. `writing`: not for a reason in the image. */
static void fail_file(struct worker *w, uint32_t item, bool writing,
		      const struct isokit_error *why)
{
	struct unpack_run *run = w->sh->run;
	char text[sizeof(why->subject) + sizeof(why->text) + 4];
	const struct tree_node *node = run->plan->items[item].node;

	if (why->status == ISOKIT_E_CANCELLED)
		return;
	if (writing && unpack_is_final(why->sys_errno)) {
		stop_all(w->sh, ISOKIT_E_IO, why);
		return;
	}
	if (why->status == ISOKIT_E_NOMEM) {
		stop_all(w->sh, why->status, why);
		return;
	}
	if (writing || !why->subject[0] || strcmp(why->subject, node->name) == 0)
		(void)snprintf(text, sizeof(text), "%s", why->text);
	else
		(void)snprintf(text, sizeof(text), "%s: %s", why->subject, why->text);
	unpack_tell(run->x, writing ? ISOKIT_EXTRACT_FAILED : ISOKIT_EXTRACT_LOST, node, text);
}

static void fail_errno(struct worker *w, uint32_t item, int e, const char *what)
{
	struct isokit_error err = { 0 };

	(void)isokit_fail_errno(&err, e, w->sh->run->plan->items[item].name, "%s", what);
	fail_file(w, item, true, &err);
}

/* ---- what to do next --------------------------------------------------------------------- */

static bool is_content(const struct unpack_item *it)
{
	return tree_is_file(it->node) && !(it->flags & UNPACK_LINK);
}

static bool is_large(const struct unpack_item *it)
{
	const struct tree_node *n = it->node;

	if (n->content == TREE_SHARED)
		n = n->u.same;
	return n->size > SMALL_BYTES || (n->flags & TREE_ZISOFS && n->size);
}

/* Under the lock. */
static bool take_items(struct unpack_shared *sh, struct taken *ret)
{
	const struct unpack_plan *plan = sh->run->plan;

	for (; sh->folder < plan->n; sh->folder++, sh->child = 0) {
		const struct unpack_item *dir = &plan->items[sh->folder];

		if (!tree_is_dir(dir->node) || dir->flags & UNPACK_FAILED)
			continue;
		while (sh->child < dir->n && !is_content(&plan->items[dir->first + sh->child]))
			sh->child++;
		if (sh->child == dir->n)
			continue;
		*ret = (struct taken){ .what = TAKE_BATCH, .first = dir->first + sh->child };
		if (is_large(&plan->items[ret->first])) {
			ret->what = TAKE_LARGE;
			ret->n = 1;
			sh->child++;
			return true;
		}
		while (sh->child < dir->n && ret->n < MAX_BATCH &&
		       !is_large(&plan->items[dir->first + sh->child])) {
			sh->child++;
			ret->n++;
		}
		return true;
	}
	return false;
}

/* A part of a large file, under the lock. */
static bool take_piece_of(struct large *l, struct taken *ret)
{
	if (!l->used || l->opening || l->status || l->next >= l->content.bytes)
		return false;
	*ret = (struct taken){ .what = TAKE_PIECE, .large = l, .offset = l->next };
	ret->length = min_u64(PIECE_BYTES, l->content.bytes - l->next);
	l->next += ret->length;
	l->working++;
	return true;
}

static struct large *free_large(struct unpack_shared *sh)
{
	for (size_t i = 0; i < MAX_LARGE; i++) {
		if (!sh->large[i].used)
			return &sh->large[i];
	}
	return NULL; /* there are as many as threads, and each has one */
}

static bool take(struct unpack_shared *sh, struct taken *ret)
{
	bool any = false, wait;

	(void)pthread_mutex_lock(&sh->lock);
	do {
		wait = false;
		if (atomic_load(&sh->stop))
			break;
		any = take_items(sh, ret);
		for (size_t i = 0; !any && i < MAX_LARGE; i++) {
			any = take_piece_of(&sh->large[i], ret);
			wait |= sh->large[i].used && sh->large[i].opening;
		}
		/* It may soon be a file that can be helped with. */
		if (!any && wait)
			(void)pthread_cond_wait(&sh->opened, &sh->lock);
	} while (!any && wait);
	if (any && ret->what == TAKE_LARGE) {
		ret->large = free_large(sh);
		*ret->large = (struct large){ .used = true, .opening = true, .item = ret->first,
					      .dir = -1, .file = { .fd = -1 }, .working = 1 };
	}
	(void)pthread_mutex_unlock(&sh->lock);
	return any;
}

static void tell_progress(struct worker *w)
{
	struct unpack_shared *sh = w->sh;
	struct isokit_extract *x = sh->run->x;
	struct isokit_error why = { 0 };
	int stop;

	if (!x->options.progress || pthread_mutex_trylock(&sh->progress_lock) != 0)
		return; /* another thread is just telling */
	stop = x->options.progress(x->options.ctx, atomic_load(&sh->done), sh->run->plan->bytes);
	(void)pthread_mutex_unlock(&sh->progress_lock);
	if (!stop)
		return;
	(void)isokit_fail(&why, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	stop_all(sh, ISOKIT_E_CANCELLED, &why);
}

/* ---- small files ----------------------------------------------------------------------------- */

static int write_all(int fd, const uint8_t *from, size_t n)
{
	while (n) {
		ssize_t put = write(fd, from, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? errno : EIO;
		from += put;
		n -= (size_t)put;
	}
	return 0;
}

static void tell_made(struct worker *w, uint32_t item, uint64_t bytes)
{
	struct unpack_item *it = &w->sh->run->plan->items[item];

	it->flags |= UNPACK_MADE;
	atomic_fetch_add(&w->sh->files, 1);
	atomic_fetch_add(&w->sh->bytes, bytes);
	unpack_tell(w->sh->run->x, ISOKIT_EXTRACT_MADE, it->node, NULL);
}

static void make_small(struct worker *w, uint32_t item, int dir)
{
	struct unpack_run *run = w->sh->run;
	struct unpack_item *it = &run->plan->items[item];
	struct unpack_fresh *f = &w->small;
	struct unpack_content c;
	enum isokit_status st = unpack_content_open(it->node, &c, &w->err);
	size_t n = (size_t)c.bytes;
	int e, closed;

	if (st == ISOKIT_OK && n)
		st = isokit_source_read_at(c.src, c.offset, w->buffer, n, &w->err);
	if (st == ISOKIT_OK || c.owned)
		unpack_content_close(&c);
	if (st) {
		fail_file(w, item, false, &w->err);
		return;
	}
	e = unpack_fresh_make(run->target, w->number, dir, unpack_mode(run->x, it->node), f);
	if (!e)
		e = write_all(f->fd, w->buffer, n);
	if (!e) {
		unpack_attributes_set(run->x, it->node, f->fd);
		e = unpack_fresh_name(run->x, run->target, it, f);
	}
	closed = unpack_fresh_end(f);
	if (!e && closed) {
		e = closed;
		(void)unlinkat(dir, it->name, 0);
	}
	if (e)
		fail_errno(w, item, e, "cannot be written");
	else
		tell_made(w, item, n);
}

static void make_batch(struct worker *w, uint32_t first, uint32_t n)
{
	struct unpack_run *run = w->sh->run;
	uint32_t parent = run->plan->items[first].parent;
	int dir = unpack_folder_use(&w->folder, run->target, run->plan->items, parent);

	if (dir < 0) {
		fail_errno(w, parent, errno, "cannot be opened");
		return;
	}
	for (uint32_t i = first; i < first + n && !atomic_load(&w->sh->stop); i++) {
		if (!is_content(&run->plan->items[i]))
			continue;
		make_small(w, i, dir);
		atomic_fetch_add(&w->sh->done, run->plan->items[i].node->size);
		if ((i - first) % TELL_EVERY == TELL_EVERY - 1)
			tell_progress(w);
	}
}

/* ---- large files ------------------------------------------------------------------------------ */

/* Everything for writing; false after it was told why not. */
static bool open_large(struct worker *w, struct large *l)
{
	struct unpack_run *run = w->sh->run;
	struct unpack_item *it = &run->plan->items[l->item];
	struct isokit_error *err = &l->error;
	int e;

	l->status = unpack_content_open(it->node, &l->content, err);
	if (l->status) {
		l->content = (struct unpack_content){ 0 };
		fail_file(w, l->item, false, err);
		return false;
	}
	l->dir = unpack_folder_open(run->target, run->plan->items, it->parent, O_PATH);
	e = l->dir < 0 ? errno :
			 unpack_fresh_make(run->target, w->number, l->dir,
					   unpack_mode(run->x, it->node), &l->file);
	if (e)
		l->status = isokit_fail_errno(err, e, it->name, "cannot be made");
	/* Whose name is that of the file in errors of writing. */
	if (l->status == ISOKIT_OK)
		l->status = sink_borrow_file(l->file.fd, it->name, &l->sink, err);
	if (l->status)
		fail_file(w, l->item, true, err);
	return l->status == ISOKIT_OK;
}

static void finish_large(struct worker *w, struct large *l)
{
	struct unpack_run *run = w->sh->run;
	struct unpack_item *it = &run->plan->items[l->item];
	int fd = l->file.fd, closed, e = 0;
	bool whole = !l->status && fd >= 0 && l->next >= l->content.bytes && l->sink;
	struct stat st;

	if (whole) {
		/* Not every file system can; most files have their size without it. */
		if (ftruncate(fd, (off_t)l->content.bytes) != 0)
			e = errno;
		if (e && fstat(fd, &st) == 0 && (uint64_t)st.st_size == l->content.bytes)
			e = 0;
		if (!e)
			unpack_attributes_set(run->x, it->node, fd);
		if (!e)
			e = unpack_fresh_name(run->x, run->target, it, &l->file);
		whole = !e;
	}
	closed = unpack_fresh_end(&l->file);
	if (whole && closed)
		e = closed;
	if (e)
		fail_errno(w, l->item, e, "cannot be written");
	else if (whole)
		tell_made(w, l->item, l->content.bytes);
	if (l->dir >= 0)
		(void)close(l->dir);
	sink_abort(l->sink);
	unpack_content_close(&l->content);
	(void)pthread_mutex_lock(&w->sh->lock);
	l->used = false;
	(void)pthread_mutex_unlock(&w->sh->lock);
}

static void copy_piece(struct worker *w, const struct taken *t)
{
	struct large *l = t->large;
	enum isokit_status st = ISOKIT_OK;
	bool failed_before;

	if (atomic_load(&w->sh->stop))
		st = isokit_fail(&w->err, ISOKIT_E_CANCELLED, ISOKIT_NO_OFFSET, NULL, "cancelled");
	else if (!w->mover_ready)
		st = copy_mover_init(&w->mover, &w->sh->movers, l->sink, true, &w->err);
	if (st == ISOKIT_OK) {
		w->mover_ready = true;
		w->mover.to = l->sink;
		st = copy_source(&w->mover, l->content.src, l->content.offset + t->offset,
				 t->offset, t->length, &w->err);
	}
	if (st == ISOKIT_OK) {
		atomic_fetch_add(&w->sh->done, t->length);
		return;
	}
	(void)pthread_mutex_lock(&w->sh->lock);
	failed_before = l->status;
	l->status = st;
	(void)pthread_mutex_unlock(&w->sh->lock);
	if (!failed_before)
		fail_file(w, l->item,
			  strcmp(w->err.subject, sink_name(l->sink)) == 0 && w->err.sys_errno,
			  &w->err);
}

/* ---- the work ---------------------------------------------------------------------------------- */

/* A thread leaves a large file; the last one closes it. */
static void leave_large(struct worker *w, struct large *l)
{
	bool last;

	(void)pthread_mutex_lock(&w->sh->lock);
	l->working--;
	last = l->working == 0 && (l->status || l->next >= l->content.bytes ||
				   atomic_load(&w->sh->stop));
	(void)pthread_mutex_unlock(&w->sh->lock);
	if (last)
		finish_large(w, l);
}

static void make_large(struct worker *w, struct large *l)
{
	struct unpack_shared *sh = w->sh;
	bool ok = open_large(w, l), more = ok;
	struct taken t;

	(void)pthread_mutex_lock(&sh->lock);
	l->opening = false;
	(void)pthread_cond_broadcast(&sh->opened);
	(void)pthread_mutex_unlock(&sh->lock);
	while (more) {
		(void)pthread_mutex_lock(&sh->lock);
		more = !atomic_load(&sh->stop) && take_piece_of(l, &t);
		if (more)
			l->working--; /* it is counted already */
		(void)pthread_mutex_unlock(&sh->lock);
		if (more) {
			copy_piece(w, &t);
			tell_progress(w);
		}
	}
	leave_large(w, l);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct taken t;

	w->buffer = malloc(SMALL_BYTES);
	if (!w->buffer) {
		stop_all(w->sh, isokit_fail_nomem(&w->err, w->sh->run->target->path, SMALL_BYTES),
			 &w->err);
		return NULL;
	}
	while (take(w->sh, &t)) {
		if (t.what == TAKE_BATCH) {
			make_batch(w, t.first, t.n);
		} else if (t.what == TAKE_LARGE) {
			make_large(w, t.large);
		} else {
			copy_piece(w, &t);
			leave_large(w, t.large);
		}
		tell_progress(w);
	}
	if (w->mover_ready) {
		atomic_fetch_add(&w->sh->shared_bytes, w->mover.cloned_bytes);
		atomic_fetch_add(&w->sh->hole_bytes, w->mover.hole_bytes);
		copy_mover_release(&w->mover);
	}
	unpack_folder_end(&w->folder);
	free(w->buffer);
	return NULL;
}

static void count(struct unpack_shared *sh)
{
	struct isokit_extract_result *r = &sh->run->x->result;

	r->files += atomic_load(&sh->files);
	r->bytes += atomic_load(&sh->bytes);
	r->shared_bytes += atomic_load(&sh->shared_bytes);
	r->hole_bytes += atomic_load(&sh->hole_bytes);
}

static unsigned number_of_threads(const struct isokit_extract *x)
{
	long n = x->options.threads ? (long)x->options.threads : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}

static enum isokit_status start(struct unpack_run *run, struct unpack_shared *sh,
				unsigned threads, struct isokit_error *err)
{
	struct worker *workers = calloc(threads, sizeof(*workers));
	pthread_t ids[MAX_THREADS];
	unsigned started = 0;

	if (!workers)
		return isokit_fail_nomem(err, run->target->path, threads * sizeof(*workers));
	sh->run = run;
	(void)pthread_mutex_init(&sh->lock, NULL);
	(void)pthread_mutex_init(&sh->progress_lock, NULL);
	(void)pthread_cond_init(&sh->opened, NULL);
	copy_shared_init(&sh->movers, false);
	run->shared = sh;
	for (unsigned i = 0; i < threads; i++)
		workers[i] = (struct worker){ .sh = sh, .number = i, .folder = { .fd = -1 },
					      .small = { .fd = -1 } };
	sh->workers = workers;
	sh->n_workers = threads;
	atomic_store(&run->x->running, run);
	/* The caller's thread is worker 0; fewer threads are no failure. */
	for (unsigned i = 1; i < threads && thread_start(&ids[started], work, &workers[i]); i++)
		started++;
	(void)work(&workers[0]);
	for (unsigned i = 0; i < started; i++)
		(void)pthread_join(ids[i], NULL);
	atomic_store(&run->x->running, NULL);
	run->shared = NULL;
	copy_shared_release(&sh->movers);
	(void)pthread_cond_destroy(&sh->opened);
	(void)pthread_mutex_destroy(&sh->progress_lock);
	(void)pthread_mutex_destroy(&sh->lock);
	free(workers);
	count(sh);
	if (sh->status && err)
		*err = sh->error;
	return sh->status;
}

enum isokit_status unpack_files(struct unpack_run *run, struct isokit_error *err)
{
	struct unpack_shared *sh = calloc(1, sizeof(*sh));
	enum isokit_status st;

	if (!sh)
		return isokit_fail_nomem(err, run->target->path, sizeof(*sh));
	st = start(run, sh, number_of_threads(run->x), err);
	free(sh);
	return st;
}

enum isokit_status unpack_file_alone(struct unpack_run *run, uint32_t item,
				     struct isokit_error *err)
{
	struct unpack_item folder = run->plan->items[run->plan->items[item].parent];
	struct unpack_plan *plan = run->plan;
	struct unpack_shared *sh = calloc(1, sizeof(*sh));
	uint32_t parent = plan->items[item].parent;
	enum isokit_status st;

	if (!sh)
		return isokit_fail_nomem(err, run->target->path, sizeof(*sh));
	/* Its folder has this one child meanwhile, and is the last. */
	plan->items[item].flags &= (uint8_t)~UNPACK_LINK;
	plan->items[parent].first = item;
	plan->items[parent].n = 1;
	sh->folder = parent;
	size_t n = plan->n;
	plan->n = (size_t)parent + 1;
	st = start(run, sh, 1, err);
	plan->n = n;
	plan->items[parent] = folder;
	free(sh);
	return st;
}

void unpack_files_abandon(const struct unpack_run *run)
{
	const struct unpack_shared *sh = run->shared;

	for (size_t i = 0; sh && i < MAX_LARGE; i++)
		unpack_fresh_abandon(&sh->large[i].file);
	for (unsigned i = 0; sh && i < sh->n_workers; i++)
		unpack_fresh_abandon(&sh->workers[i].small);
}
