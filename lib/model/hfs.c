/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HFS and HFS+ beside ISO 9660: recognised, not walked. */
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "model/impl.h"

/* The signature of a volume whose file system begins at `start`: at byte 1024,
 * "BD" (Inside Macintosh: Files 2-61) or "H+", "HX" (TN1150). */
static enum isokit_status probe(struct isokit_image *img, uint64_t start, const char **ret_version,
				struct isokit_error *err)
{
	uint8_t raw[128];
	enum isokit_status st;

	*ret_version = NULL;
	if (!range_inside(start, 1024 + sizeof(raw), img->facts.size))
		return ISOKIT_OK;
	st = model_read(img, start + 1024, raw, sizeof(raw), err);
	if (st)
		return st;
	if (memcmp(raw, "H+", 2) == 0 && get_be16(raw + 2) == 4)
		*ret_version = "HFS+";
	else if (memcmp(raw, "HX", 2) == 0 && get_be16(raw + 2) == 5)
		*ret_version = "HFS+";
	else if (memcmp(raw, "BD", 2) == 0)
		/* An HFS wrapper may embed HFS+ (drEmbedSigWord). */
		*ret_version = memcmp(raw + 124, "H+", 2) == 0 ? "HFS+" : "HFS";
	return ISOKIT_OK;
}

enum isokit_status model_hfs(struct isokit_image *img, struct isokit_error *err)
{
	const struct isokit_apm *apm = &img->facts.apm;
	struct isokit_namespace *ns = &img->facts.namespaces[ISOKIT_NS_HFS];
	const char *version;
	enum isokit_status st = probe(img, 0, &version, err);

	for (size_t i = 0; !st && !version && apm->present && i < apm->n_partitions; i++)
		if (apm->partitions[i].type && strncmp(apm->partitions[i].type, "Apple_HFS", 9) == 0)
			st = probe(img, (uint64_t)apm->partitions[i].start * apm->block_size,
				   &version, err);
	if (!st && version) {
		ns->present = true;
		ns->version = version;
	}
	return st;
}
