/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening an image: the order of the parts, and what they share. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "model/impl.h"

enum isokit_status model_read(struct isokit_image *img, uint64_t offset, void *buffer,
			      size_t length, struct isokit_error *err)
{
	uint64_t at;

	if (!add_u64(img->start, offset, &at))
		return isokit_fail(err, ISOKIT_E_SHORT, offset, img->facts.path,
				   "byte %llu is out of reach", (unsigned long long)offset);
	return isokit_source_read_at(img->src, at, buffer, length, err);
}

enum isokit_status isokit_image_open(struct isokit_source *src, uint64_t start,
				     struct isokit_image **ret_img, struct isokit_error *err)
{
	static const struct isokit_image_options defaults = { .size = sizeof(defaults) };

	return isokit_image_open_with(src, start, &defaults, ret_img, err);
}

/* Does the caller's struct, possibly of an older release, have this member set? */
#define OPTION(options, member) \
	((options)->size >= offsetof(struct isokit_image_options, member) + \
				    sizeof((options)->member) && \
	 (options)->member)

enum isokit_status isokit_image_open_with(struct isokit_source *src, uint64_t start,
					  const struct isokit_image_options *options,
					  struct isokit_image **ret_img, struct isokit_error *err)
{
	static enum isokit_status (*const parts[])(struct isokit_image *,
						   struct isokit_error *) = {
		model_volumes,   model_udf,        model_namespaces,    model_partitions,
		model_el_torito, model_boot_evidence, model_hfs, model_claims,
	};
	uint64_t size = isokit_source_size(src);
	struct isokit_image *img;

	if (start > size || start % SECTOR_BYTES != 0)
		return isokit_fail(err, ISOKIT_E_INVALID, start, isokit_source_name(src),
				   "an image cannot begin at byte %llu",
				   (unsigned long long)start);
	img = calloc(1, sizeof(*img));
	if (!img)
		return isokit_fail_nomem(err, isokit_source_name(src), sizeof(*img));
	img->src = src;
	img->start = start;
	img->quick = OPTION(options, quick);
	img->facts.path = isokit_source_name(src);
	img->facts.size = size - start;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		enum isokit_status st = parts[i](img, err);

		if (st) {
			isokit_image_free(img);
			return st;
		}
	}
	model_findings_publish(img);
	*ret_img = img;
	return ISOKIT_OK;
}

void isokit_image_free(struct isokit_image *img)
{
	if (!img)
		return;
	arena_release(&img->arena);
	free(img->findings);
	free(img);
}

const struct isokit_facts *isokit_image_facts(const struct isokit_image *img)
{
	return &img->facts;
}
