/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening an image: the order of the parts, and what they share. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bytes/cache.h"
#include "model/boot.h"

/* Structures are small and lie in a few places: blocks of 16 KiB save most reads,
 * eight hold what is looked at together. */
static const struct cache_options cache_options = {
	.block_bytes = 16 * 1024, .n_blocks = 8, .borrow = true,
};

/* Most images have no UDF, and need no page of the code for it. */
static enum isokit_status prefer_udf(struct isokit_image *img, struct isokit_error *err)
{
	return img->udf ? model_udf_prefer(img, err) : ISOKIT_OK;
}

/* Everything from the descriptor set at session_lba on. */
static enum isokit_status open_parts(struct isokit_image *img, struct isokit_error *err)
{
	static enum isokit_status (*const parts[])(struct isokit_image *,
						   struct isokit_error *) = {
		model_volumes,   model_udf,       model_namespaces,    prefer_udf,
		boot_mbr,        boot_gpt,        boot_apm,
		model_el_torito, model_boot_evidence, model_hfs, model_content, model_claims,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		enum isokit_status st = parts[i](img, err);

		if (st)
			return st;
	}
	return ISOKIT_OK;
}

static enum isokit_status start_image(struct isokit_source *src, uint64_t start,
				      const struct isokit_container *container,
				      struct isokit_image **ret_img, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src);
	struct isokit_image *img;
	enum isokit_status st;

	if (start > size || start % SECTOR_BYTES != 0)
		return isokit_fail(err, ISOKIT_E_INVALID, start, isokit_source_name(src),
				   "an image cannot begin at byte %llu",
				   (unsigned long long)start);
	img = calloc(1, sizeof(*img));
	if (!img)
		return isokit_fail_nomem(err, isokit_source_name(src), sizeof(*img));
	st = bytes_cache_new(src, &cache_options, &img->src, err);
	if (st) {
		free(img);
		return st;
	}
	img->direct = src;
	img->start = start;
	img->facts.path = isokit_source_name(src);
	img->facts.size = size - start;
	if (container && container->kind != ISOKIT_CONTAINER_NONE) {
		img->container = *container;
		img->facts.container = &img->container;
	}
	*ret_img = img;
	return ISOKIT_OK;
}

/* What the container itself is worth saying. */
static void find_container(struct isokit_image *img)
{
	const struct isokit_container *c = img->facts.container;

	if (!c)
		return;
	if (c->kind == ISOKIT_CONTAINER_RAW_SECTORS)
		model_find_in_file(img, ISOKIT_F_CONTAINER_RAW_SECTORS, c->offset, 0, c->words,
				   c->sector_bytes, c->offset);
	else
		model_find_in_file(img, ISOKIT_F_CONTAINER_HEADER, 0, c->offset, c->words,
				   c->offset, 0);
	if (c->kind == ISOKIT_CONTAINER_RAW_SECTORS && c->trailing)
		model_find_in_file(img, ISOKIT_F_CONTAINER_ODD_SIZE, c->file_bytes - c->trailing,
				   c->trailing, NULL, c->trailing, c->sector_bytes);
}

/* The place of a session, found by a look of its own at the descriptors. */
static enum isokit_status place_session(struct isokit_image *img, uint32_t number,
					struct isokit_error *err)
{
	struct isokit_image *look;
	enum isokit_status st;
	size_t n;

	st = start_image(img->src, img->start, img->facts.container, &look, err);
	if (st)
		return st;
	st = model_volumes(look, err);
	n = look->facts.n_sessions;
	if (!st && number > n && number != ISOKIT_SESSION_LAST)
		st = isokit_fail(err, ISOKIT_E_NOT_FOUND, ISOKIT_NO_OFFSET, img->facts.path,
				 "has no session %u: %zu can be seen", number, n);
	if (!st && n)
		img->facts.session_lba =
			look->facts.sessions[number == ISOKIT_SESSION_LAST ? n - 1 : number - 1].lba;
	if (st)
		isokit_image_free(look);
	else
		img->first = look;
	return st;
}

/* Does the caller's struct, possibly of an older release, have this member set? */
#define OPTION(options, member) \
	((options)->size >= offsetof(struct isokit_image_options, member) + \
				    sizeof((options)->member) ? (options)->member : 0)

enum isokit_status isokit_image_open_with(struct isokit_source *src, uint64_t start,
					  const struct isokit_image_options *options,
					  struct isokit_image **ret_img, struct isokit_error *err)
{
	struct isokit_image *img;
	enum isokit_status st;

	st = start_image(src, start, OPTION(options, container), &img, err);
	if (st)
		return st;
	img->quick = OPTION(options, quick);
	if (OPTION(options, session_block))
		img->facts.session_lba = OPTION(options, session_block);
	else if (OPTION(options, session))
		st = place_session(img, OPTION(options, session), err);
	if (!st)
		st = open_parts(img, err);
	if (st) {
		isokit_image_free(img);
		return st;
	}
	img->opened = true;
	find_container(img);
	model_findings_publish(img);
	*ret_img = img;
	return ISOKIT_OK;
}

enum isokit_status isokit_image_open(struct isokit_source *src, uint64_t start,
				     struct isokit_image **ret_img, struct isokit_error *err)
{
	static const struct isokit_image_options defaults = { .size = sizeof(defaults) };

	return isokit_image_open_with(src, start, &defaults, ret_img, err);
}

void isokit_image_free(struct isokit_image *img)
{
	if (!img)
		return;
	isokit_image_free(img->first);
	isokit_source_close(img->src);
	arena_release(&img->arena);
	free(img->findings);
	free(img->scratch);
	free(img);
}

const struct isokit_facts *isokit_image_facts(const struct isokit_image *img)
{
	return &img->facts;
}
