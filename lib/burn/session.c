/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where on a disc an image belongs: block numbers of a session count from the beginning of
 * the disc. An image that lies anywhere else can be read back, but not mounted. */
#include <string.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"
#include "burn/burn.h"
#include "ondisk/directory.h"
#include "ondisk/volume.h"

enum { FIRST_DESCRIPTOR = 16, HEAD_SECTORS = 32 };

static bool read_sector(struct isokit_source *src, uint64_t sector, uint8_t *to)
{
	return range_inside(sector, 1, isokit_source_size(src) / OPTICAL_SECTOR) &&
	       isokit_source_read_at(src, sector * OPTICAL_SECTOR, to, OPTICAL_SECTOR, NULL) ==
		       ISOKIT_OK;
}

/* Does the root directory lie where it says when the image begins at block `lba`? */
static bool root_is_there(struct isokit_source *src, const struct ondisk_volume *v, uint32_t root,
			  uint32_t lba)
{
	uint8_t sector[OPTICAL_SECTOR];
	struct ondisk_dirent dot;

	return root >= lba && read_sector(src, root - lba, sector) &&
	       ondisk_dirent_decode(sector, sizeof(sector), v->high_sierra, &dot, NULL) ==
		       ISOKIT_OK &&
	       ondisk_dirent_is_dot(&dot) && dot.lba.le == root;
}

void burn_find_origin(struct isokit_source *src, bool has_next, uint32_t next_lba,
		      struct burn_origin *ret_origin)
{
	uint8_t sector[OPTICAL_SECTOR];
	struct ondisk_volume v;
	uint32_t root;

	*ret_origin = (struct burn_origin){ 0 };
	if (!read_sector(src, FIRST_DESCRIPTOR, sector) ||
	    ondisk_volume_decode(sector, sizeof(sector), &v, NULL) != ISOKIT_OK ||
	    v.block_bytes.le != OPTICAL_SECTOR)
		return;
	root = get_le32(v.root.p + 2);
	ret_origin->is_volume = true;
	ret_origin->volume_bytes = (uint64_t)v.space_blocks.le * OPTICAL_SECTOR;
	if (has_next && root_is_there(src, &v, root, next_lba)) {
		ret_origin->lba = next_lba;
	} else if (!root_is_there(src, &v, root, 0)) {
		/* A directory begins with its own address: look for it. It is among the first
		 * that come after the descriptors and path tables. */
		uint64_t sectors = min_u64(isokit_source_size(src) / OPTICAL_SECTOR, 65536);

		for (uint32_t at = FIRST_DESCRIPTOR + 1; at < sectors && at <= root; at++)
			if (root_is_there(src, &v, root, root - at)) {
				ret_origin->lba = root - at;
				break;
			}
	}
}

enum isokit_status burn_renew_head(struct isokit_source *session, uint32_t lba, uint8_t *head,
				   struct isokit_error *err)
{
	uint64_t blocks = lba + isokit_source_size(session) / OPTICAL_SECTOR;
	struct ondisk_vd_head vd;

	for (unsigned i = FIRST_DESCRIPTOR; i < HEAD_SECTORS; i++) {
		uint8_t *to = head + (size_t)i * OPTICAL_SECTOR;

		if (!read_sector(session, i, to))
			return isokit_fail(err, ISOKIT_E_SHORT, ISOKIT_NO_OFFSET,
					   isokit_source_name(session), "has no volume descriptors");
		if (!ondisk_vd_head_decode(to, OPTICAL_SECTOR, &vd))
			continue;
		/* ECMA-119 8.4.8: the volume now reaches from block 0 to the end of the session. */
		if (memcmp(vd.id, "CD001", 5) == 0 && (vd.type == 1 || vd.type == 2) &&
		    blocks <= UINT32_MAX && get_le32(to + ONDISK_PVD_SPACE) < blocks) {
			put_le32(to + ONDISK_PVD_SPACE, (uint32_t)blocks);
			put_be32(to + ONDISK_PVD_SPACE + 4, (uint32_t)blocks);
		}
	}
	return ISOKIT_OK;
}
