/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ISO 9660, High Sierra and UDF: what lib/model reads. */
#include <isokit/image.h>

#include <string.h>

#include "base/fail.h"
#include "volume/files.h"

enum {
	SECTOR = 2048,
	DESCRIPTORS_AT = 16 * SECTOR, /* ECMA-119 6.2.1, ECMA-167 2/8.3 */
	MOST_DESCRIPTORS = 64,
	LABEL_AT = 40, LABEL_BYTES = 32, /* ECMA-119 8.4.7 */
};

static bool mark_at(const uint8_t *sector, size_t at, const char *mark)
{
	return memcmp(sector + at, mark, 5) == 0;
}

/* Names of UDF stand in descriptors that only the model finds. */
static void take_udf_label(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	const struct isokit_image_options quick = { .size = sizeof(quick), .quick = true };
	struct isokit_image *img;
	const char *id;

	if (isokit_image_open_with(volume, 0, &quick, &img, NULL))
		return;
	id = isokit_image_facts(img)->namespaces[ISOKIT_NS_UDF].volume_id;
	if (id)
		volume_name(v->label, sizeof(v->label), id, strlen(id));
	isokit_image_free(img);
}

/* The volume recognition sequence goes on in steps of 2048 bytes, or of a larger block. */
static bool has_udf_mark(struct isokit_source *volume)
{
	uint8_t sector[8];
	bool begun = false;

	for (unsigned i = 0; i < MOST_DESCRIPTORS; i++) {
		if (!volume_try_read(volume, DESCRIPTORS_AT + i * (uint64_t)SECTOR, sector,
				     sizeof(sector)))
			return false;
		if (mark_at(sector, 1, "NSR02") || mark_at(sector, 1, "NSR03"))
			return true;
		begun = begun || mark_at(sector, 1, "BEA01");
		if (mark_at(sector, 1, "TEA01"))
			return false;
		if (!begun && !mark_at(sector, 1, "CD001") && i > 1)
			return false;
	}
	return false;
}

static bool probe_iso(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t sector[LABEL_AT + LABEL_BYTES + 8];
	bool sierra;
	size_t at, n = LABEL_BYTES;

	if (!volume_try_read(volume, DESCRIPTORS_AT, sector, sizeof(sector)))
		return false;
	sierra = mark_at(sector, 9, "CDROM");
	if (!sierra && !mark_at(sector, 1, "CD001"))
		return false;
	v->fs = ISOKIT_FS_ISO9660;
	v->words = sierra ? "High Sierra" : has_udf_mark(volume) ? "ISO 9660 and UDF" : "ISO 9660";
	at = sierra ? LABEL_AT + 8 : LABEL_AT; /* High Sierra: 8 bytes of address come first */
	while (n && sector[at + n - 1] == ' ')
		n--;
	volume_name(v->label, sizeof(v->label), sector + at,
		    strnlen((const char *)sector + at, n));
	return true;
}

static bool probe_udf(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	if (!has_udf_mark(volume))
		return false;
	v->fs = ISOKIT_FS_UDF;
	v->words = "UDF";
	take_udf_label(volume, v);
	return true;
}

static enum isokit_status keep(void *ctx, struct isokit_source *src, struct isokit_error *err)
{
	return volume_mount_keep(ctx, src, err);
}

static void lost(void *ctx, const char *path, const char *why)
{
	const struct volume_read_options *o = ctx;

	(void)why;
	if (o->lost)
		o->lost(o->ctx, VOLUME_LOST_UNREADABLE, path);
}

static void release_image(void *object)
{
	isokit_image_free(object);
}

static enum isokit_status read_image(struct isokit_source *volume, struct tree *t,
				     const char *dest, const struct volume_read_options *options,
				     struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct volume_mount *m;
	struct isokit_image *img;
	struct tree_node *base;
	enum isokit_status st = volume_mount_new(&m, err);

	if (st)
		return st;
	st = isokit_image_open(volume, 0, &img, err);
	if (!st)
		st = volume_mount_at_end(m, release_image, img, err);
	if (!st)
		st = tree_make_dir(t, dest, &base, err);
	if (!st)
		st = tree_add_image_below(t, base, img, volume, isokit_image_best_namespace(img),
					  options->scan, keep, m, lost,
					  (void *)(uintptr_t)options, err);
	if (st)
		volume_mount_free(m);
	else
		*ret_mount = m;
	return st;
}

const struct filesystem filesystem_iso9660 = {
	.fs = ISOKIT_FS_ISO9660, .probe = probe_iso, .read = read_image,
};

const struct filesystem filesystem_udf = {
	.fs = ISOKIT_FS_UDF, .probe = probe_udf, .read = read_image,
};
