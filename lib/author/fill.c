/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payload to its places: which bytes, from where, and still the planned ones. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "author/fill.h"
#include "base/checked.h"
#include "base/fail.h"

enum { MAX_WORKERS = 16 };

/* The host folder that a worker took its last file from. */
struct fill_worker {
	const struct tree_hostdir *dir;
	int fd;
	struct text name;
};

struct fill {
	struct fill_worker workers[MAX_WORKERS];
	const struct author_progress *progress;
	struct copy_stats stats;
};

enum isokit_status fill_new(unsigned threads, struct fill **ret_fill, struct isokit_error *err)
{
	struct fill *f = calloc(1, sizeof(*f));

	(void)threads;
	if (!f)
		return isokit_fail_nomem(err, "payload", sizeof(*f));
	for (size_t i = 0; i < MAX_WORKERS; i++)
		f->workers[i].fd = -1;
	*ret_fill = f;
	return ISOKIT_OK;
}

void fill_free(struct fill *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < MAX_WORKERS; i++) {
		if (f->workers[i].fd >= 0)
			(void)close(f->workers[i].fd);
		text_free(&f->workers[i].name);
	}
	free(f);
}

static const char *job_name(void *ctx, unsigned worker, const struct copy_job *job)
{
	struct fill_worker *w = &((struct fill *)ctx)->workers[worker];
	const struct payload *p = job->item;

	text_clear(&w->name);
	if (p->node->content == TREE_HOST)
		tree_node_host_path(p->node, &w->name);
	else
		tree_node_path(p->node, &w->name);
	return text_string(&w->name);
}

/* Step by step, for a path that is too long for one call. */
static int open_steps(const struct tree_hostdir *dir, int nofollow)
{
	int up, fd;

	if (!dir->parent)
		return open(dir->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	up = open_steps(dir->parent, nofollow);
	if (up < 0)
		return -1;
	fd = openat(up, dir->path, O_PATH | O_DIRECTORY | O_CLOEXEC | nofollow);
	(void)close(up);
	return fd;
}

/* The descriptor of the folder that a file was found in. */
static int folder_fd(struct fill_worker *w, const struct tree_hostdir *dir, int nofollow)
{
	if (w->dir == dir && w->fd >= 0)
		return w->fd;
	if (w->fd >= 0)
		(void)close(w->fd);
	w->dir = dir;
	w->fd = -1;
	text_clear(&w->name);
	tree_hostdir_path(dir, &w->name);
	if (w->name.failed) {
		errno = ENOMEM;
		return -1;
	}
	w->fd = open(text_string(&w->name), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0 && errno == ENAMETOOLONG)
		w->fd = open_steps(dir, nofollow);
	return w->fd;
}

static enum isokit_status open_host(struct fill *f, unsigned worker, const struct copy_job *job,
				    int *ret_fd, struct isokit_error *err)
{
	struct fill_worker *w = &f->workers[worker];
	const struct payload *p = job->item;
	const struct tree_hostdir *dir = p->node->u.host;
	/* A link now was none when the folder was read, unless links are followed. */
	int nofollow = layout_plan(p->layout)->options.follow_links ? 0 : O_NOFOLLOW;
	int fd, from, flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

	if (dir->is_file) {
		fd = open(dir->path, flags);
	} else {
		from = folder_fd(w, dir, nofollow);
		fd = from < 0 ? -1 : openat(from, p->node->name, flags | nofollow);
	}
	if (fd < 0) {
		int e = errno;

		if (e == ENOENT || e == ELOOP || e == ENOTDIR)
			return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET,
					   job_name(f, worker, job),
					   "disappeared while the image was built");
		return isokit_fail_errno(err, e, job_name(f, worker, job), "cannot be opened");
	}
	*ret_fd = fd;
	return ISOKIT_OK;
}

static enum isokit_status job_open(void *ctx, unsigned worker, const struct copy_job *job,
				   struct copy_input *ret_input, struct isokit_error *err)
{
	const struct payload *p = job->item;
	const struct tree_node *n = p->node;

	switch ((enum tree_content)n->content) {
	case TREE_HOST: return open_host(ctx, worker, job, &ret_input->fd, err);
	case TREE_MEMORY: ret_input->memory = n->u.memory; return ISOKIT_OK;
	case TREE_SOURCE:
		ret_input->src = n->u.range->src;
		ret_input->offset = n->u.range->offset;
		return ISOKIT_OK;
	case TREE_SHARED: /* its payload has the other's node */
	case TREE_EMPTY: break;
	}
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, n->name, "has no content");
}

static enum isokit_status job_check(void *ctx, unsigned worker, const struct copy_job *job,
				    const struct stat *st, struct isokit_error *err)
{
	const struct payload *p = job->item;

	if (tree_node_unchanged(p->node, st))
		return ISOKIT_OK;
	if ((uint64_t)st->st_size != p->node->size)
		return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET,
				   job_name(ctx, worker, job),
				   "changed while the image was built: %llu bytes, before %llu",
				   (unsigned long long)st->st_size,
				   (unsigned long long)p->node->size);
	return isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, job_name(ctx, worker, job),
			   "was modified while the image was built");
}

static int job_progress(void *ctx, uint64_t done)
{
	const struct fill *f = ctx;

	return f->progress ? author_tell(f->progress, done) : 0;
}

static const struct copy_ops fill_ops = {
	.open = job_open,
	.check = job_check,
	.name = job_name,
	.progress = job_progress,
};

enum isokit_status fill_one(struct fill *f, const struct payload *p, struct sink *to,
			    uint64_t offset, struct isokit_error *err)
{
	struct copy_ops ops = fill_ops;
	struct copy_job job = { .to = offset, .length = p->node->size,
				.item = (void *)(uintptr_t)p };

	ops.ctx = f;
	return copy_run(to, true, &job, 1, 1, &ops, &f->stats, err);
}

static bool boots(const struct plan *plan, const struct payload *p)
{
	const struct plan_boot *boot = &plan->boot;

	for (size_t i = 0; i < boot->n_entries; i++) {
		if (boot->entries[i].node && boot->entries[i].node->id == p->index)
			return true;
	}
	return plan_boot_is_partition(boot, p->index);
}

static int by_place(const void *a, const void *b)
{
	const struct copy_job *x = a, *y = b;

	return x->to < y->to ? -1 : x->to > y->to;
}

enum isokit_status fill_payload(struct layout *l, const struct plan *plan, struct sink *to,
				bool only_boot, bool only_located, unsigned threads,
				const struct author_progress *progress,
				struct copy_stats *io_stats, struct isokit_error *err)
{
	struct copy_ops ops = fill_ops;
	struct copy_job *jobs;
	enum isokit_status st;
	struct fill *f = NULL;
	size_t n, n_jobs = 0;
	struct payload *p = layout_payloads(l, &n);
	bool sorted = true;

	jobs = calloc(n ? n : 1, sizeof(*jobs));
	if (!jobs)
		return isokit_fail_nomem(err, "payload", n * sizeof(*jobs));
	for (size_t i = 0; i < n; i++) {
		if (p[i].real || p[i].filled || p[i].node->size == 0 ||
		    (only_located && !p[i].located) || (only_boot && !boots(plan, &p[i])))
			continue;
		p[i].filled = true;
		jobs[n_jobs] = (struct copy_job){ .to = p[i].lba * LAYOUT_BLOCK_BYTES,
						  .length = p[i].node->size, .item = &p[i] };
		if (n_jobs && jobs[n_jobs].to < jobs[n_jobs - 1].to)
			sorted = false;
		n_jobs++;
	}
	if (!sorted)
		qsort(jobs, n_jobs, sizeof(*jobs), by_place);
	st = fill_new(threads, &f, err);
	if (st == ISOKIT_OK) {
		f->progress = progress;
		ops.ctx = f;
		if (n_jobs)
			st = copy_run(to, true, jobs, n_jobs, threads, &ops, &f->stats, err);
	}
	if (st == ISOKIT_OK) {
		io_stats->cloned_bytes += f->stats.cloned_bytes;
		io_stats->copied_bytes += f->stats.copied_bytes;
		io_stats->hole_bytes += f->stats.hole_bytes;
	}
	fill_free(f);
	free(jobs);
	return st;
}
