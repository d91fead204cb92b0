/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options + tree → checked plan. */
#include "author/plan.h"

#include <stdlib.h>
#include <string.h>

#include "author/contents.h"
#include "author/base.h"
#include "author/ids.h"
#include "author/lists.h"
#include "author/joliet.h"
#include "author/layout.h"
#include "author/session.h"
#include "base/checked.h"
#include "base/fail.h"
#include "volume/volume.h"

void plan_release(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_notes; i++) {
		free(plan->notes[i].path);
		free(plan->notes[i].text);
	}
	free(plan->notes);
	base_free(plan->base);
	tree_free(plan->old_tree);
	tree_free(plan->tree);
	tree_free(plan->extra);
	/* After the trees, whose ranges look into them. */
	for (size_t i = 0; i < plan->n_sources; i++)
		isokit_source_close(plan->sources[i]);
	free(plan->sources);
	for (size_t i = 0; i < plan->n_mounts; i++)
		volume_mount_free(plan->mounts[i]);
	free(plan->mounts);
	free(plan->watches);
	isokit_digests_free(plan->digests);
	free(plan->boot.system_area);
	arena_release(&plan->arena);
	*plan = (struct plan){ 0 };
}

/* What Linux keeps of a name of Rock Ridge, as of 6.12: 253 bytes. Of a longer one
 * it drops the whole second part. */
enum { LINUX_NAME_BYTES = 253 };

static int count_long(void *ctx, struct tree_node *n)
{
	*(uint64_t *)ctx += n->name_bytes > LINUX_NAME_BYTES;
	return 0;
}

enum { HEAD_ROOM_BLOCKS = 32 };

static void note_long_names(struct plan *plan)
{
	uint64_t n = 0;

	if (plan->options.no_rock_ridge)
		return;
	(void)tree_walk(plan->tree->root, count_long, &n);
	if (n)
		plan_note(plan, ISOKIT_BUILD_NOTE, NULL,
			  "%llu name%s of more than %d bytes: stored whole, but Linux shows only the beginning",
			  (unsigned long long)n, n == 1 ? "" : "s", LINUX_NAME_BYTES);
}

/* ECMA-119 9.4.4: a path table numbers folders with 16 bits. */
enum { PATH_TABLE_DIRS = 65535 };

static void warn_many_folders(struct plan *plan)
{
	if (plan->tree->n_dirs > PATH_TABLE_DIRS)
		plan_note(plan, ISOKIT_BUILD_WARNING, NULL,
			  "%llu folders: path tables hold %d, and systems that go by them (Windows) may not find the rest",
			  (unsigned long long)plan->tree->n_dirs, PATH_TABLE_DIRS);
}

/* What contents take, and the largest of them. */
struct bulk {
	uint64_t bytes;
	const struct tree_node *largest;
};

static int count_bulk(void *ctx, struct tree_node *n)
{
	struct bulk *b = ctx;

	if ((n->mode & S_IFMT) != S_IFREG || n->content == TREE_SHARED || (n->link && n->link != n))
		return 0;
	b->bytes += min_u64(n->size, UINT64_MAX - b->bytes);
	if (!b->largest || n->size > b->largest->size)
		b->largest = n;
	return 0;
}

/* ECMA-119 8.4.8: blocks are numbered with 32 bits. libisofs would reserve memory for the
 * extents first, and cut numbers off. */
static enum isokit_status check_bulk(const struct plan *plan, struct isokit_error *err)
{
	struct bulk b = { 0 };
	struct text path = { 0 };
	enum isokit_status st;

	(void)tree_walk(plan->tree->root, count_bulk, &b);
	if (b.bytes / LAYOUT_BLOCK_BYTES < UINT32_MAX)
		return ISOKIT_OK;
	tree_node_path(b.largest, &path);
	st = isokit_fail(err, ISOKIT_E_LIMIT, ISOKIT_NO_OFFSET, text_string(&path),
			 "has %llu bytes, all files together %llu; an image has less than 8 TiB",
			 (unsigned long long)b.largest->size, (unsigned long long)b.bytes);
	text_free(&path);
	return st;
}

/* Equal contents become one, others are compressed. */
static enum isokit_status apply_to_contents(struct plan *plan, struct isokit_error *err)
{
	const struct isokit_build_options *o = &plan->options;
	enum isokit_status st = ISOKIT_OK;

	if (o->dedup)
		st = dedup_apply(plan, err);
	if (st == ISOKIT_OK && (o->zisofs != ISOKIT_BUILD_ZISOFS_NONE || o->zisofs_marked))
		st = zisofs_apply(plan, err);
	return st;
}

enum isokit_status plan_complete(struct plan *plan, struct isokit_error *err)
{
	bool keep;
	enum isokit_status st = session_check(plan, err);

	if (st == ISOKIT_OK)
		st = check_bulk(plan, err);
	if (st == ISOKIT_OK)
		st = session_compare(plan, err);
	if (st == ISOKIT_OK)
		st = base_choose(plan, &keep, err);
	if (st == ISOKIT_OK)
		st = ids_fill(plan, err);
	if (st == ISOKIT_OK && keep)
		st = base_boot(plan, err);
	if (st == ISOKIT_OK && !keep)
		st = author_profile_apply(plan, err);
	if (st == ISOKIT_OK)
		session_trim_boot(plan);
	if (st == ISOKIT_OK)
		st = plan_boot_check(&plan->boot, err);
	if (st == ISOKIT_OK)
		st = lists_update(plan, err);
	if (st == ISOKIT_OK)
		st = apply_to_contents(plan, err);
	if (st == ISOKIT_OK)
		st = layout_cut_names(plan, err);
	if (st)
		return st;
	/* The session of libisofs' tags must not hold the descriptor that the other
	 * MD5 is implanted in, as that is of the tags: it begins behind it. */
	if (plan->options.checksums && plan->options.implant_md5)
		plan->udf.head_blocks = HEAD_ROOM_BLOCKS;
	if (plan->options.emulated_toc)
		plan->udf.head_blocks = HEAD_ROOM_BLOCKS;
	tree_count(plan->tree);
	note_long_names(plan);
	warn_many_folders(plan);
	return joliet_note(plan, err);
}
