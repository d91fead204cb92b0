/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exFAT. */
#include "ondisk/exfat.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "ondisk/fat.h"
#include "volume/clusters.h"
#include "volume/files.h"

enum { NAME_BYTES = EXFAT_MAX_NAME * 3 + 1, LABEL_LOOK = 16 * 1024 };

/* Numbers of folders say where they are: cluster, whether the table counts, how many
 * clusters. Those of files have no such number of clusters. */
#define CONTIGUOUS (UINT64_C(1) << 32)
#define CLUSTERS_SHIFT 33
#define FILE_ID (UINT64_C(1) << 63)

struct exfat {
	struct volume_files f;
	struct ondisk_exfat boot;
	struct clusters c;
	uint64_t next_file, folder;
	uint8_t *bytes; /* of one cluster */
	/* The set of entries that is being read. */
	bool in_set;
	unsigned left, units, n_units;
	struct ondisk_exfat_entry file, stream;
	uint8_t name[2 * EXFAT_MAX_NAME + 2 * EXFAT_NAME_UNITS];
};

static void take_content(struct exfat *x, struct tree_node *node)
{
	const struct ondisk_exfat_entry *s = &x->stream;
	struct gather *g = &x->f.g;

	if (s->bytes == 0)
		return;
	switch (clusters_runs(&x->c, s->cluster, s->bytes, s->contiguous)) {
	case CLUSTERS_OK:
		break;
	case CLUSTERS_DAMAGED:
		gather_lost(g, VOLUME_LOST_UNREADABLE);
		return;
	case CLUSTERS_NO_MEMORY:
		(void)gather_fail(g, ISOKIT_E_NOMEM, "no memory for a fragmented file");
		return;
	}
	/* What was never written is a hole. */
	while (x->c.n_runs && x->c.runs[x->c.n_runs - 1].at >= s->valid_bytes)
		x->c.n_runs--;
	if (x->c.n_runs) {
		struct gather_run *last = &x->c.runs[x->c.n_runs - 1];

		last->bytes = min_u64(last->bytes, s->valid_bytes - last->at);
	}
	(void)gather_runs(g, node, s->bytes, x->c.runs, x->c.n_runs);
}

static uint64_t folder_id(const struct exfat *x)
{
	uint64_t n = div_up(x->stream.bytes, x->boot.cluster_bytes);

	if (!clusters_has(&x->c, x->stream.cluster) || n == 0 || n > x->c.n ||
	    x->stream.bytes > EXFAT_MAX_DIR_BYTES)
		return FILE_ID;
	return n << CLUSTERS_SHIFT | (x->stream.contiguous ? CONTIGUOUS : 0) | x->stream.cluster;
}

/* All entries of a file are there. */
static void take_file(struct exfat *x)
{
	bool is_folder = x->file.attributes & FAT_ATTR_DIRECTORY;
	uint32_t mode = is_folder ? S_IFDIR | 0755 : S_IFREG | 0644;
	struct gather *g = &x->f.g;
	struct tree_node *node;
	char name[NAME_BYTES];
	uint64_t id = FILE_ID;

	if ((x->file.attributes & FAT_ATTR_READ_ONLY) && !is_folder)
		mode = S_IFREG | 0444;
	if (is_folder)
		id = folder_id(x);
	if (id == FILE_ID)
		id += x->next_file++;
	node = gather_name(g, x->folder, id, mode, name,
			   volume_utf16le_to_utf8(x->name, (size_t)x->n_units * 2, name));
	if (!node)
		return;
	gather_time(node, x->file.mtime, x->file.mtime_ns);
	if (x->file.attributes & (FAT_ATTR_HIDDEN | FAT_ATTR_SYSTEM))
		gather_lost(g, VOLUME_LOST_FLAG);
	if (!is_folder)
		take_content(x, node);
	else if (id >= FILE_ID && x->stream.bytes)
		gather_lost(g, VOLUME_LOST_UNREADABLE);
}

static void take_name(struct exfat *x, const struct ondisk_exfat_entry *e)
{
	unsigned n = x->n_units - x->units;

	if (n > EXFAT_NAME_UNITS)
		n = EXFAT_NAME_UNITS;
	memcpy(x->name + (size_t)x->units * 2, e->units, (size_t)n * 2);
	x->units += n;
}

/* False: the folder ends here. A set is a file, a stream, and names. */
static bool take_bytes(struct exfat *x, const uint8_t *raw, size_t n)
{
	for (size_t i = 0; i < n && !x->f.g.status; i += EXFAT_ENTRY_BYTES) {
		struct ondisk_exfat_entry e;

		ondisk_exfat_entry_decode(raw + i, &e);
		switch (e.kind) {
		case EXFAT_END:
			return false;
		case EXFAT_FILE:
			x->in_set = true;
			x->left = e.n;
			x->file = e;
			x->stream.kind = EXFAT_END;
			x->units = x->n_units = 0;
			continue;
		case EXFAT_STREAM:
			if (x->in_set && x->stream.kind == EXFAT_END) {
				x->stream = e;
				x->n_units = e.n;
			}
			break;
		case EXFAT_NAME:
			if (x->in_set && x->stream.kind == EXFAT_STREAM)
				take_name(x, &e);
			break;
		case EXFAT_LABEL:
			x->in_set = false;
			break;
		case EXFAT_OTHER:
			if (e.primary)
				x->in_set = false;
			break;
		}
		if (!x->in_set)
			continue;
		if (x->left)
			x->left--;
		if (x->left == 0) {
			x->in_set = false;
			if (x->stream.kind == EXFAT_STREAM && x->n_units && x->units == x->n_units)
				take_file(x);
			else
				gather_lost_folder(&x->f.g, x->folder);
		}
	}
	return !x->f.g.status;
}

/* `clusters` of the folder; 0: as many as the chain has. */
static void read_folder(struct exfat *x, uint64_t id, uint32_t cluster, uint64_t clusters,
			bool contiguous)
{
	uint64_t most = EXFAT_MAX_DIR_BYTES / x->boot.cluster_bytes + 1;
	struct clusters_walk walk = { 0 };
	struct gather *g = &x->f.g;

	x->folder = id;
	x->in_set = false;
	for (uint64_t i = 0; i < (clusters ? clusters : most); i++) {
		enum clusters_link link = CLUSTERS_NEXT;

		if (!clusters_has(&x->c, cluster) || clusters_walk_returns(&walk, cluster) ||
		    !volume_try_read(x->c.volume, clusters_offset(&x->c, cluster), x->bytes,
				     x->boot.cluster_bytes)) {
			gather_lost_folder(g, id);
			return;
		}
		if (!gather_spend(g, x->boot.cluster_bytes) ||
		    !take_bytes(x, x->bytes, x->boot.cluster_bytes))
			return;
		if (contiguous)
			cluster++;
		else if (i + 1 != clusters)
			link = clusters_next(&x->c, cluster, &cluster);
		if (link == CLUSTERS_LAST && !clusters)
			return;
		if (link != CLUSTERS_NEXT) {
			gather_lost_folder(g, id);
			return;
		}
	}
}

static enum isokit_status read_exfat(struct isokit_source *volume, struct tree *t,
				     const char *dest, const struct volume_read_options *options,
				     struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct exfat *x = calloc(1, sizeof(*x));
	enum isokit_status st;
	uint8_t raw[EXFAT_BOOT_BYTES];
	uint64_t root, id;

	if (!x)
		return isokit_fail_nomem(err, "exFAT", sizeof(*x));
	st = isokit_source_read_at(volume, 0, raw, sizeof(raw), err);
	if (!st)
		st = ondisk_exfat_decode(raw, &x->boot, err);
	if (!st) {
		x->bytes = malloc(x->boot.cluster_bytes);
		if (!x->bytes)
			st = isokit_fail_nomem(err, "exFAT", x->boot.cluster_bytes);
	}
	if (st) {
		free(x);
		return st;
	}
	clusters_begin(&x->c, volume, 64, x->boot.table_offset, x->boot.data_offset,
		       x->boot.cluster_bytes, x->boot.n_clusters);
	root = x->boot.root_cluster;
	st = volume_files_begin(&x->f, volume, t, "exFAT", options, err);
	if (!st && gather_root(&x->f.g, root)) {
		read_folder(x, root, (uint32_t)root, 0, false);
		while (gather_folder(&x->f.g, &id))
			if (id < FILE_ID)
				read_folder(x, id, (uint32_t)id, id >> CLUSTERS_SHIFT,
					    id & CONTIGUOUS);
	}
	st = volume_files_end(&x->f, root, dest, ret_mount);
	clusters_end(&x->c);
	free(x->bytes);
	free(x);
	return st;
}

static void take_label(struct isokit_source *volume, const struct ondisk_exfat *f,
		       struct isokit_disk_volume *v)
{
	uint64_t at = f->data_offset + (uint64_t)(f->root_cluster - 2) * f->cluster_bytes;
	uint64_t bytes = min_u64(f->cluster_bytes, LABEL_LOOK);

	for (uint64_t i = 0; i < bytes; i += EXFAT_ENTRY_BYTES) {
		struct ondisk_exfat_entry e;
		uint8_t raw[EXFAT_ENTRY_BYTES];

		if (!volume_try_read(volume, at + i, raw, sizeof(raw)))
			return;
		ondisk_exfat_entry_decode(raw, &e);
		if (e.kind == EXFAT_LABEL)
			volume_name_utf16le(v->label, sizeof(v->label), e.units, e.n < 11 ? e.n : 11);
		if (e.kind == EXFAT_LABEL || e.kind == EXFAT_END)
			return;
	}
}

static bool probe(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	uint8_t raw[EXFAT_BOOT_BYTES];
	struct ondisk_exfat f;

	if (!volume_try_read(volume, 0, raw, sizeof(raw)) || ondisk_exfat_decode(raw, &f, NULL))
		return false;
	v->fs = ISOKIT_FS_EXFAT;
	take_label(volume, &f, v);
	return true;
}

const struct filesystem filesystem_exfat = {
	.fs = ISOKIT_FS_EXFAT,
	.probe = probe,
	.read = read_exfat,
};
