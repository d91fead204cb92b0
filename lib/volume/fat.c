/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT12, FAT16 and FAT32. */
#include "ondisk/fat.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "volume/clusters.h"
#include "volume/files.h"

enum {
	ROOT = 0,
	NAME_BYTES = FAT_LONG_BYTES / 2 * 3 + 1,
	LABEL_LOOK = 16 * 1024,      /* of the root folder, for the label */
};

#define NO_CODEPAGE ((iconv_t)-1)
#define FILE_ID (UINT64_C(1) << 32) /* numbers of files; folders have their first cluster */

/* ---- names ------------------------------------------------------------------------- */

/* In another code page than 437. What has no meaning there is U+FFFD. */
static size_t by_codepage(iconv_t codepage, const char *name, size_t n, char *out, size_t room)
{
	static const char unknown[] = "\xef\xbf\xbd";
	char *in = (char *)(uintptr_t)name, *to = out; /* its declaration has no const */
	size_t left = room;

	(void)iconv(codepage, NULL, NULL, NULL, NULL);
	while (n) {
		if (iconv(codepage, &in, &n, &to, &left) != (size_t)-1 || errno == E2BIG ||
		    left < sizeof(unknown))
			break;
		memcpy(to, unknown, sizeof(unknown) - 1);
		to += sizeof(unknown) - 1;
		left -= sizeof(unknown) - 1;
		in++;
		n--;
	}
	return room - left;
}

/* Base and ending each have a bit that says they are lower-case. */
static size_t add_part(iconv_t codepage, const char *name, size_t n, bool lower, char *out)
{
	enum { ROOM = 64 }; /* of at most 11 letters */
	size_t bytes = codepage == NO_CODEPAGE ? ondisk_fat_name_to_utf8(name, n, out) :
						 by_codepage(codepage, name, n, out, ROOM);

	for (size_t i = 0; lower && i < bytes; i++)
		out[i] = ascii_lower(out[i]);
	return bytes;
}

static size_t short_name(iconv_t codepage, const struct ondisk_fat_dirent *e, char out[NAME_BYTES])
{
	const char *dot = strrchr(e->name, '.');
	size_t n = strlen(e->name), base = dot ? (size_t)(dot - e->name) : n, bytes;

	bytes = add_part(codepage, e->name, base, e->lower_base, out);
	return bytes + add_part(codepage, e->name + base, n - base, e->lower_extension, out + bytes);
}

/* The name of an entry in UTF-8; forgets the long one. */
static size_t name_of(struct ondisk_fat_long *l, iconv_t codepage,
		      const struct ondisk_fat_dirent *e, char out[NAME_BYTES])
{
	size_t n = ondisk_fat_long_take(l, e);

	return n ? volume_utf16le_to_utf8(l->units, n, out) : short_name(codepage, e, out);
}

/* ---- folders ----------------------------------------------------------------------- */

struct fat {
	struct volume_files f;
	struct ondisk_fat boot;
	struct clusters c;
	struct ondisk_fat_long name;
	iconv_t codepage; /* of short names, or NO_CODEPAGE */
	uint64_t next_file;
	uint64_t folder; /* that is being read */
	uint8_t *bytes;  /* of one cluster, or of the fixed root */
};

static void take_content(struct fat *fat, struct tree_node *node, const struct ondisk_fat_dirent *e)
{
	if (e->bytes == 0)
		return;
	switch (clusters_runs(&fat->c, e->cluster, e->bytes, false)) {
	case CLUSTERS_OK:
		(void)gather_runs(&fat->f.g, node, e->bytes, fat->c.runs, fat->c.n_runs);
		break;
	case CLUSTERS_DAMAGED:
		gather_lost(&fat->f.g, VOLUME_LOST_UNREADABLE);
		break;
	case CLUSTERS_NO_MEMORY:
		(void)gather_fail(&fat->f.g, ISOKIT_E_NOMEM, "no memory for a fragmented file");
		break;
	}
}

static void take_entry(struct fat *fat, const struct ondisk_fat_dirent *e)
{
	bool is_folder = e->attributes & FAT_ATTR_DIRECTORY;
	uint32_t mode = is_folder ? S_IFDIR | 0755 : S_IFREG | 0644;
	struct gather *g = &fat->f.g;
	struct tree_node *node;
	char name[NAME_BYTES];
	uint64_t id = FILE_ID + fat->next_file;
	size_t n = name_of(&fat->name, fat->codepage, e, name);

	/* The folder itself and the one above it. */
	if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
		return;
	if ((e->attributes & FAT_ATTR_READ_ONLY) && !is_folder)
		mode = S_IFREG | 0444;
	if (is_folder && clusters_has(&fat->c, e->cluster))
		id = fat->boot.bits == 32 && e->cluster == fat->boot.root_cluster ? ROOT : e->cluster;
	else
		fat->next_file++;
	node = gather_name(g, fat->folder, id, mode, name, n);
	if (!node)
		return;
	gather_time(node, ondisk_fat_seconds(e->write_date, e->write_time) -
				  fat->f.options->utc_minutes * 60, 0);
	if (e->attributes & (FAT_ATTR_HIDDEN | FAT_ATTR_SYSTEM))
		gather_lost(g, VOLUME_LOST_FLAG);
	if (!is_folder)
		take_content(fat, node, e);
	else if (id >= FILE_ID)
		gather_lost(g, VOLUME_LOST_UNREADABLE); /* it is nowhere */
}

/* False: the folder ends here. */
static bool take_bytes(struct fat *fat, const uint8_t *raw, size_t n)
{
	for (size_t i = 0; i + FAT_DIRENT_BYTES <= n && !fat->f.g.status; i += FAT_DIRENT_BYTES) {
		struct ondisk_fat_dirent e;

		ondisk_fat_dirent_decode(raw + i, &e);
		switch (e.kind) {
		case ONDISK_FAT_END:
			return false;
		case ONDISK_FAT_LONG:
			ondisk_fat_long_part(&fat->name, &e);
			break;
		case ONDISK_FAT_NAME:
			take_entry(fat, &e);
			break;
		case ONDISK_FAT_FREE:
		case ONDISK_FAT_LABEL:
			ondisk_fat_long_forget(&fat->name);
			break;
		}
	}
	return !fat->f.g.status;
}

static void read_fixed_root(struct fat *fat)
{
	uint64_t left = (uint64_t)fat->boot.root_entries * FAT_DIRENT_BYTES;
	uint64_t at = fat->boot.root_offset;

	fat->folder = ROOT;
	while (left) {
		size_t n = (size_t)min_u64(left, fat->boot.cluster_bytes);

		if (!volume_try_read(fat->c.volume, at, fat->bytes, n)) {
			gather_lost_folder(&fat->f.g, ROOT);
			return;
		}
		if (!take_bytes(fat, fat->bytes, n))
			return;
		at += n;
		left -= n;
	}
}

static void read_folder(struct fat *fat, uint64_t id, uint32_t cluster)
{
	struct clusters_walk walk = { 0 };
	struct gather *g = &fat->f.g;
	uint64_t done = 0;

	fat->folder = id;
	ondisk_fat_long_forget(&fat->name);
	while (done < FAT_MAX_DIR_BYTES) {
		enum clusters_link link;

		if (!clusters_has(&fat->c, cluster) || clusters_walk_returns(&walk, cluster) ||
		    !volume_try_read(fat->c.volume, clusters_offset(&fat->c, cluster), fat->bytes,
				     fat->boot.cluster_bytes)) {
			gather_lost_folder(g, id);
			return;
		}
		done += fat->boot.cluster_bytes;
		if (!gather_spend(g, fat->boot.cluster_bytes) ||
		    !take_bytes(fat, fat->bytes, fat->boot.cluster_bytes))
			return;
		link = clusters_next(&fat->c, cluster, &cluster);
		if (link == CLUSTERS_LAST)
			return;
		if (link == CLUSTERS_BROKEN) {
			gather_lost_folder(g, id);
			return;
		}
	}
}

/* The boot sector, of any system and any time. */
static bool decode(struct isokit_source *volume, struct ondisk_fat *ret)
{
	uint8_t raw[512], table[3];

	if (!volume_try_read(volume, 0, raw, sizeof(raw)))
		return false;
	/* The table repeats the media byte. Boot sectors of other things may look like one of
	 * FAT; those of GRUB do so on purpose. */
	if (ondisk_fat_decode(raw, sizeof(raw), ret, NULL) == ISOKIT_OK)
		return volume_try_read(volume, ret->active_table_offset, table, sizeof(table)) &&
		       (table[0] == ret->media || table[0] == 0xf0 || table[0] >= 0xf8);
	if (ondisk_fat_decode_any(raw, sizeof(raw), ret, NULL) == ISOKIT_OK &&
	    volume_try_read(volume, ret->active_table_offset, table, sizeof(table)) &&
	    ondisk_fat_table_fits(ret, table))
		return true;
	return volume_try_read(volume, 512, table, sizeof(table)) &&
	       ondisk_fat_old_floppy(isokit_source_size(volume), table, ret);
}

static enum isokit_status read_fat(struct isokit_source *volume, struct tree *t, const char *dest,
				   const struct volume_read_options *options,
				   struct volume_mount **ret_mount, struct isokit_error *err)
{
	struct fat *fat = calloc(1, sizeof(*fat));
	enum isokit_status st = ISOKIT_OK;
	uint64_t id;

	if (!fat)
		return isokit_fail_nomem(err, "FAT", sizeof(*fat));
	if (!decode(volume, &fat->boot)) {
		st = isokit_fail(err, ISOKIT_E_CORRUPT, 0, "FAT", "has no boot sector any more");
	} else {
		fat->bytes = malloc(fat->boot.cluster_bytes);
		if (!fat->bytes)
			st = isokit_fail_nomem(err, "FAT", fat->boot.cluster_bytes);
	}
	if (st) {
		free(fat);
		return st;
	}
	fat->codepage = options->codepage ? iconv_open("UTF-8", options->codepage) : NO_CODEPAGE;
	if (options->codepage && fat->codepage == NO_CODEPAGE) {
		st = isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, options->codepage,
				 "is no character set that is known here (iconv -l lists them)");
		free(fat->bytes);
		free(fat);
		return st;
	}
	clusters_begin(&fat->c, volume, fat->boot.bits, fat->boot.active_table_offset,
		       fat->boot.data_offset, fat->boot.cluster_bytes, fat->boot.n_clusters);
	st = volume_files_begin(&fat->f, volume, t, "FAT", options, err);
	if (!st && gather_root(&fat->f.g, ROOT)) {
		if (fat->boot.bits == 32)
			read_folder(fat, ROOT, fat->boot.root_cluster);
		else
			read_fixed_root(fat);
		while (gather_folder(&fat->f.g, &id))
			if (id < FILE_ID)
				read_folder(fat, id, (uint32_t)id);
	}
	st = volume_files_end(&fat->f, ROOT, dest, ret_mount);
	clusters_end(&fat->c);
	if (fat->codepage != NO_CODEPAGE)
		(void)iconv_close(fat->codepage);
	free(fat->bytes);
	free(fat);
	return st;
}

/* ---- knowing it -------------------------------------------------------------------- */

/* The label in the root folder counts more than the one in the boot sector, which
 * Windows leaves as it was. */
static void take_label(struct isokit_source *volume, const struct ondisk_fat *f,
		       struct isokit_disk_volume *v)
{
	uint64_t at = f->bits == 32 ? f->data_offset + (uint64_t)(f->root_cluster - 2) * f->cluster_bytes :
				      f->root_offset;
	uint64_t bytes = f->bits == 32 ? f->cluster_bytes :
					 (uint64_t)f->root_entries * FAT_DIRENT_BYTES;
	const char *label = f->label;
	struct ondisk_fat_dirent e;
	char utf8[sizeof(e.name) * 3];

	for (uint64_t i = 0; i < min_u64(bytes, LABEL_LOOK); i += FAT_DIRENT_BYTES) {
		uint8_t raw[FAT_DIRENT_BYTES];

		if (!volume_try_read(volume, at + i, raw, sizeof(raw)))
			break;
		ondisk_fat_dirent_decode(raw, &e);
		if (e.kind == ONDISK_FAT_END)
			break;
		if (e.kind == ONDISK_FAT_LABEL) {
			label = e.name;
			break;
		}
	}
	volume_name(v->label, sizeof(v->label), utf8,
		    ondisk_fat_name_to_utf8(label, strlen(label), utf8));
}

static bool probe(struct isokit_source *volume, struct isokit_disk_volume *v)
{
	struct ondisk_fat f;

	if (!decode(volume, &f))
		return false;
	v->fs = f.bits == 12 ? ISOKIT_FS_FAT12 : f.bits == 16 ? ISOKIT_FS_FAT16 : ISOKIT_FS_FAT32;
	take_label(volume, &f, v);
	return true;
}

const struct filesystem filesystem_fat = {
	.fs = ISOKIT_FS_FAT32,
	.probe = probe,
	.read = read_fat,
};
