/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a disk holds: its partitions by the table that counts, and a look into each. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/fail.h"
#include "bytes/source.h"
#include "volume/impl.h"
#include "volume/unclean.h"

struct isokit_volumes {
	struct isokit_source *disk;
	struct volume_list list;
	const struct filesystem **filesystems; /* NULL where nobody reads the files */
	struct isokit_source **sources;
};

/* How many of these partitions hold something that is known? */
static size_t count_known(struct isokit_source *disk, const struct volume_list *list)
{
	size_t known = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct isokit_disk_volume v = list->items[i];
		struct isokit_source *view;

		if (!v.bytes || bytes_view(disk, v.offset, v.bytes, &view, NULL))
			continue;
		(void)filesystem_probe(view, &v);
		known += v.fs != ISOKIT_FS_NONE;
		isokit_source_close(view);
	}
	return known;
}

/* The unit of an MBR is that of the disk, which it does not say: the one that makes the
 * most of its partitions known, 512 when all are alike. */
static enum isokit_status find_mbr(struct isokit_source *disk, struct volume_list *list,
				   struct isokit_error *err)
{
	static const uint32_t others[] = { 4096, 2048, 1024 };
	enum isokit_status st = partitions_mbr(disk, 512, list, err);
	size_t known = st ? 0 : count_known(disk, list);

	if (st || known)
		return st;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct volume_list other = { 0 };

		st = partitions_mbr(disk, others[i], &other, err);
		if (!st && count_known(disk, &other)) {
			free(list->items);
			*list = other;
			return ISOKIT_OK;
		}
		free(other.items);
		if (st)
			return st;
	}
	return ISOKIT_OK;
}

static enum isokit_status find_partitions(struct isokit_source *disk, struct volume_list *list,
					  struct isokit_error *err)
{
	enum isokit_status st = ISOKIT_OK;

	if (partitions_gpt_counts(disk))
		st = partitions_gpt(disk, list, err);
	if (!st && !list->n)
		st = find_mbr(disk, list, err);
	if (!st && !list->n)
		st = partitions_apm(disk, list, err);
	return st;
}

/* A view of each volume, and what is in it. */
static enum isokit_status look_inside(struct isokit_volumes *vs, struct isokit_error *err)
{
	vs->filesystems = calloc(vs->list.n, sizeof(vs->filesystems[0]));
	vs->sources = calloc(vs->list.n, sizeof(vs->sources[0]));
	if (!vs->filesystems || !vs->sources)
		return isokit_fail_nomem(err, "partitions", vs->list.n * sizeof(vs->sources[0]));
	for (size_t i = 0; i < vs->list.n; i++) {
		struct isokit_disk_volume *v = &vs->list.items[i];
		enum isokit_status st;

		st = bytes_view(vs->disk, v->offset, v->bytes, &vs->sources[i], err);
		if (st)
			return st;
		vs->filesystems[i] = filesystem_probe(vs->sources[i], v);
	}
	return ISOKIT_OK;
}

/* The whole disk as a volume: where it has no partitions, or where a file system begins
 * with it all the same, as in a hybrid ISO. */
static enum isokit_status add_whole(struct isokit_volumes *vs, struct isokit_error *err)
{
	struct isokit_disk_volume whole = { .bytes = isokit_source_size(vs->disk) };
	struct volume_list list = { 0 };
	enum isokit_status st;

	(void)filesystem_probe(vs->disk, &whole);
	/* What else is at the beginning of a partitioned disk is most likely left over. */
	if (vs->list.n && whole.fs != ISOKIT_FS_ISO9660 && whole.fs != ISOKIT_FS_UDF &&
	    whole.fs != ISOKIT_FS_FAT12 && whole.fs != ISOKIT_FS_FAT16 &&
	    whole.fs != ISOKIT_FS_FAT32)
		return ISOKIT_OK;
	if (vs->list.n && whole.fs == ISOKIT_FS_ISO9660 && !volume_iso_is_alive(vs->disk))
		return ISOKIT_OK;
	st = volume_list_add(&list, &whole, err);
	for (size_t i = 0; !st && i < vs->list.n; i++)
		st = volume_list_add(&list, &vs->list.items[i], err);
	free(vs->list.items);
	vs->list = list;
	return st;
}

enum isokit_status isokit_volumes_find(struct isokit_source *disk,
				       struct isokit_volumes **ret_volumes,
				       struct isokit_error *err)
{
	struct isokit_volumes *vs = calloc(1, sizeof(*vs));
	enum isokit_status st;
	uint8_t raw[512];

	if (!vs)
		return isokit_fail_nomem(err, "partitions", sizeof(*vs));
	vs->disk = disk;
	/* From here on, what cannot be read is not there; a disk that cannot be read at all
	 * is another matter. */
	st = isokit_source_read_at(disk, 0, raw,
				   (size_t)min_u64(sizeof(raw), isokit_source_size(disk)), err);
	if (!st)
		st = find_partitions(disk, &vs->list, err);
	if (!st)
		st = add_whole(vs, err);
	if (!st)
		st = look_inside(vs, err);
	if (st) {
		isokit_volumes_free(vs);
		return st;
	}
	*ret_volumes = vs;
	return ISOKIT_OK;
}

void isokit_volumes_free(struct isokit_volumes *vs)
{
	if (!vs)
		return;
	for (size_t i = 0; vs->sources && i < vs->list.n; i++)
		isokit_source_close(vs->sources[i]);
	free(vs->sources);
	free(vs->filesystems);
	free(vs->list.items);
	free(vs);
}

const struct isokit_disk_volume *isokit_volumes_list(const struct isokit_volumes *vs,
						     size_t *ret_n)
{
	*ret_n = vs->list.n;
	return vs->list.items;
}

enum isokit_status volume_source(const struct isokit_volumes *vs, size_t which,
				 struct isokit_source **ret_src, struct isokit_error *err)
{
	if (which >= vs->list.n)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET,
				   isokit_source_name(vs->disk), "has %zu volumes, not %zu",
				   vs->list.n, which + 1);
	*ret_src = vs->sources[which];
	return ISOKIT_OK;
}

enum isokit_status volume_read(const struct isokit_volumes *vs, size_t which, struct tree *t,
			       const char *dest, const struct volume_read_options *options,
			       struct volume_mount **ret_mount, struct isokit_error *err)
{
	static const struct volume_read_options none = { 0 };
	const struct isokit_disk_volume *v;
	struct isokit_source *src;
	enum isokit_status st = volume_source(vs, which, &src, err);
	const char *why;

	if (st)
		return st;
	v = &vs->list.items[which];
	if (vs->filesystems[which]) {
		if (!options)
			options = &none;
		why = options->unclean ? volume_unclean(src, v->fs) : NULL;
		if (why)
			options->unclean(options->ctx, isokit_source_name(src), why);
		return vs->filesystems[which]->read(src, t, dest, options, ret_mount, err);
	}
	why = v->unreadable ? v->unreadable : "nothing that is known is in it";
	if (v->partition)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, v->offset,
				   isokit_source_name(vs->disk), "partition %u, %s: %s",
				   v->partition, v->words, why);
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, v->offset, isokit_source_name(vs->disk),
			   "%s: %s", v->words, why);
}
