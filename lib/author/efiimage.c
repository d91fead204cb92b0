/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is a file an image of an EFI system partition: FAT, with a loader under the
 * path that firmware tries on removable media? */
#include "author/bootfiles.h"

#include "base/byteorder.h"
#include "base/checked.h"
#include "ondisk/fat.h"

#include <string.h>
#include <strings.h>

enum { CHUNK_BYTES = 4096 };

struct reader {
	const struct tree_node *node;
	struct ondisk_fat fat;
};

/* What to look for in a folder: one name, or any name of a loader. */
static bool wanted(const struct ondisk_fat_dirent *e, const char *name, bool folder)
{
	if (e->kind != ONDISK_FAT_NAME || ((e->attributes & FAT_ATTR_DIRECTORY) != 0) != folder)
		return false;
	if (name != NULL)
		return strcasecmp(e->name, name) == 0;
	/* BOOTRISCV64.EFI has a short name like BOOTRI~1.EFI. */
	return strncasecmp(e->name, "BOOT", 4) == 0 && strlen(e->name) > 8 &&
	       strcasecmp(e->name + strlen(e->name) - 4, ".EFI") == 0;
}

/* Look through a run of directory entries. Returns 1 found, 0 go on, -1 end. */
static int scan_run(const struct reader *r, uint64_t offset, uint64_t bytes, const char *name,
		    bool folder, uint32_t *ret_cluster, enum isokit_status *status,
		    struct isokit_error *err)
{
	for (uint64_t done = 0; done < bytes;) {
		uint8_t raw[CHUNK_BYTES];
		size_t n = (size_t)min_u64(sizeof(raw), bytes - done);

		if (!range_inside(offset + done, n, r->node->size))
			return -1;
		*status = tree_node_read(r->node, offset + done, raw, n, err);
		if (*status < 0)
			return -1;
		for (size_t at = 0; at + FAT_DIRENT_BYTES <= n; at += FAT_DIRENT_BYTES) {
			struct ondisk_fat_dirent e;

			ondisk_fat_dirent_decode(raw + at, &e);
			if (e.kind == ONDISK_FAT_END)
				return -1;
			if (wanted(&e, name, folder)) {
				*ret_cluster = e.cluster;
				return 1;
			}
		}
		done += n;
	}
	return 0;
}

/* Find an entry in a folder; cluster 0 is the fixed root of FAT12 and FAT16. */
static bool find_entry(const struct reader *r, uint32_t dir, const char *name, bool folder,
		       uint32_t *ret_cluster, enum isokit_status *status, struct isokit_error *err)
{
	const struct ondisk_fat *fat = &r->fat;

	if (dir == 0)
		return scan_run(r, fat->root_offset, (uint64_t)fat->root_entries * FAT_DIRENT_BYTES,
				name, folder, ret_cluster, status, err) == 1;
	for (uint64_t done = 0; done < FAT_MAX_DIR_BYTES; done += fat->cluster_bytes) {
		size_t bytes = ondisk_fat_link_bytes(fat->bits);
		uint8_t raw[4];
		uint64_t at;
		int found;

		if (dir < 2 || dir - 2 >= fat->n_clusters)
			return false;
		found = scan_run(r, fat->data_offset + (uint64_t)(dir - 2) * fat->cluster_bytes,
				 fat->cluster_bytes, name, folder, ret_cluster, status, err);
		if (found != 0)
			return found == 1;
		at = fat->table_offset + ondisk_fat_link_offset(fat->bits, dir);
		if (!range_inside(at, bytes, r->node->size))
			return false;
		*status = tree_node_read(r->node, at, raw, bytes, err);
		if (*status < 0)
			return false;
		dir = ondisk_fat_link(fat->bits, dir, raw);
		if (ondisk_fat_link_is_end(fat->bits, dir))
			return false;
	}
	return false;
}

enum isokit_status bootfiles_is_efi_image(const struct tree_node *node, bool *ret_is,
					  struct isokit_error *err)
{
	struct reader r = { .node = node };
	enum isokit_status status;
	uint8_t sector[512];
	uint32_t cluster;

	*ret_is = false;
	if (node->size < sizeof(sector))
		return ISOKIT_OK;
	status = tree_node_read(node, 0, sector, sizeof(sector), err);
	if (status < 0)
		return status;
	if (ondisk_fat_decode(sector, sizeof(sector), &r.fat, NULL) < 0)
		return ISOKIT_OK;
	*ret_is = find_entry(&r, r.fat.bits == 32 ? r.fat.root_cluster : 0, "EFI", true, &cluster,
			     &status, err) &&
		  find_entry(&r, cluster, "BOOT", true, &cluster, &status, err) &&
		  find_entry(&r, cluster, NULL, false, &cluster, &status, err);
	return status;
}
