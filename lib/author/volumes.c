/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other file systems as sources of a build. */
#include <string.h>

#include "author/build_impl.h"
#include "base/array.h"
#include "base/fail.h"
#include "volume/volume.h"

struct losing {
	const struct tree_scan_options *scan;
	isokit_build_lost_fn tell;
	void *ctx;
};

static void lost(void *ctx, enum volume_loss what, const char *path)
{
	const struct losing *l = ctx;

	if (l->tell)
		l->tell(l->ctx, (unsigned)what, volume_loss_words(what), path);
}

static void unclean(void *ctx, const char *volume, const char *words)
{
	const struct losing *l = ctx;

	if (l->scan->note)
		l->scan->note(l->scan->note_ctx, volume, words);
}

/* Those that the caller's release knows. */
static struct isokit_volume_reading taken_options(const struct isokit_volume_reading *how)
{
	struct isokit_volume_reading taken = { 0 };

	if (how)
		memcpy(&taken, how, how->size < sizeof(taken) ? how->size : sizeof(taken));
	return taken;
}

enum isokit_status isokit_build_add_volume(struct isokit_build *build, const char *dest,
					   const struct isokit_volumes *volumes, size_t which,
					   const struct isokit_volume_reading *how,
					   isokit_build_lost_fn tell, void *ctx,
					   struct isokit_error *err)
{
	struct plan *plan = &build->plan;
	struct tree_scan_options scan = build_scan_options(build);
	struct losing losing = { &scan, tell, ctx };
	const struct isokit_volume_reading taken = taken_options(how);
	const struct volume_read_options options = {
		.scan = &scan, .forks = taken.forks, .codepage = taken.codepage,
		.utc_minutes = taken.utc_minutes, .lost = lost, .unclean = unclean, .ctx = &losing,
	};
	struct volume_mount *mount = NULL;
	enum isokit_status st;

	if (build->planned)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, "file system",
				   "cannot be added: the plan is made already");
	if (!ARRAY_RESERVE(plan->mounts, plan->capacity_mounts, plan->n_mounts + 1))
		return isokit_fail_nomem(err, "file system", sizeof(mount));
	st = volume_read(volumes, which, plan->tree, dest ? dest : "/", &options, &mount, err);
	if (mount)
		plan->mounts[plan->n_mounts++] = mount;
	return st;
}

enum isokit_status isokit_build_add_bytes(struct isokit_build *build, const char *path,
					  struct isokit_source *src, uint64_t offset,
					  uint64_t length, struct isokit_error *err)
{
	struct tree_node *node;

	if (build->planned)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "cannot be added: the plan is made already");
	return tree_add_range(build->plan.tree, path, src, offset, length, &node, err);
}
