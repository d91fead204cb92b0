/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the files that say what an image is, and reading the beginning of them. */
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/boot.h"
#include "model/content.h"
#include "model/udf.h"

static const char *const paths[] = {
#define X(id, path, type) [CONTENT_##id] = path,
	CONTENT_FILES(X)
#undef X
};

static const enum isokit_file_type types[] = {
#define X(id, path, type) [CONTENT_##id] = ISOKIT_##type,
	CONTENT_FILES(X)
#undef X
};

/* The tree cannot be read any further. Damage and bad sectors are no reason to
 * stop with the image, and what is wrong with the tree is said elsewhere. */
static enum isokit_status stop(struct content *c, enum isokit_status st,
			       const struct isokit_error *why)
{
	if (st == ISOKIT_E_NOMEM || st == ISOKIT_E_CHANGED) {
		if (c->err)
			*c->err = *why;
		return st;
	}
	if (st == ISOKIT_E_IO)
		model_find(c->img, ISOKIT_F_READ_FAILED, why->offset, 0, "folder", 0, 0);
	return ISOKIT_OK;
}

static enum isokit_status find_in_tree(struct content *c, enum isokit_namespace_kind ns)
{
	struct model_lookup *wanted = arena_array(&c->img->arena, CONTENT_N_FILES, sizeof(*wanted));
	enum isokit_status st;
	struct isokit_error why;

	if (!wanted)
		return isokit_fail_nomem(c->err, c->img->facts.path, sizeof(*wanted));
	for (size_t i = 0; i < CONTENT_N_FILES; i++)
		wanted[i].path = paths[i];
	st = model_lookup(c->img, ns, true, wanted, CONTENT_N_FILES, &why);
	if (st)
		return stop(c, st, &why);
	for (size_t i = 0; i < CONTENT_N_FILES; i++) {
		const struct model_found *f = &wanted[i].found;

		if (f->state == MODEL_FOUND && f->type == types[i])
			c->files[i] = (struct content_found){
				.path = f->path,
				.type = f->type,
				.bytes = f->bytes,
				.at = f->plain ? f->offset : ISOKIT_NO_OFFSET,
				.at_bytes = f->plain ? f->first_bytes : 0,
			};
	}
	return ISOKIT_OK;
}

/* ---- UDF ---------------------------------------------------------------------------- */

struct udf_search {
	struct content *c;
	uint32_t block_bytes;
	bool failed;
};

/* Runs that follow each other on the medium are one. */
static uint64_t first_run(const struct isokit_entry *e, uint32_t block_bytes)
{
	uint64_t bytes = e->extents[0].bytes, lba = e->extents[0].lba;

	for (size_t i = 1; i < e->n_extents && e->extents[i - 1].bytes % block_bytes == 0; i++) {
		lba += e->extents[i - 1].bytes / block_bytes;
		if (e->extents[i].lba != lba || e->extents[0].skip_bytes)
			break;
		bytes += e->extents[i].bytes;
	}
	return bytes;
}

static int take_entry(void *ctx, size_t which, const struct isokit_entry *e)
{
	struct udf_search *s = ctx;
	struct content_found found;

	if (e->type != types[which])
		return 0;
	found = (struct content_found){
		.path = arena_strndup(&s->c->img->arena, e->path, e->path_bytes),
		.type = e->type,
		.bytes = e->bytes,
		.at = ISOKIT_NO_OFFSET,
	};
	if (s->block_bytes && e->type == ISOKIT_FILE && e->n_extents && !e->refused &&
	    e->extents[0].lba != ISOKIT_HOLE &&
	    mul_u64(e->extents[0].lba, s->block_bytes, &found.at) &&
	    add_u64(found.at, e->extents[0].skip_bytes, &found.at))
		found.at_bytes = first_run(e, s->block_bytes);
	s->failed = !found.path;
	s->c->files[which] = found;
	return s->failed;
}

static enum isokit_status find_in_udf(struct content *c)
{
	struct udf_search s = { .c = c,
				.block_bytes = c->img->facts.namespaces[ISOKIT_NS_UDF].block_bytes };
	enum isokit_status st;
	struct isokit_error why;

	st = model_udf_find(c->img, paths, CONTENT_N_FILES, take_entry, &s, &why);
	if (s.failed)
		return isokit_fail_nomem(c->err, c->img->facts.path, 0);
	return st ? stop(c, st, &why) : ISOKIT_OK;
}

/* ---- both ----------------------------------------------------------------------------- */

enum isokit_status content_find_files(struct content *c, enum isokit_namespace_kind ns)
{
	for (size_t i = 0; i < CONTENT_N_FILES; i++)
		c->files[i] = (struct content_found){ .at = ISOKIT_NO_OFFSET };
	return ns == ISOKIT_NS_UDF ? find_in_udf(c) : find_in_tree(c, ns);
}

enum isokit_status content_read_at(struct content *c, enum content_file id, uint64_t from,
				   void *buffer, size_t size, size_t *ret_got)
{
	const struct content_found *f = &c->files[id];
	enum isokit_status st;
	uint64_t at;
	bool ok;

	*ret_got = 0;
	if (f->at == ISOKIT_NO_OFFSET || from >= f->at_bytes || !add_u64(f->at, from, &at) ||
	    at >= c->img->facts.size)
		return ISOKIT_OK;
	size = (size_t)min_u64(size, min_u64(f->at_bytes - from, c->img->facts.size - at));
	st = boot_try_read(c->img, at, buffer, size, f->path, &ok, c->err);
	if (!st && ok)
		*ret_got = size;
	return st;
}
