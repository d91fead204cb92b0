/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A head room before libisofs' image, for structures that it knows nothing of (plan.udf).
 * To libisofs this is a session that begins at a later block, on a medium whose first
 * 64 KiB can be overwritten: those get the system area and the volume descriptors of
 * the whole. The copies of both at the beginning of the session are blanked. */
#include "author/layout_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/checked.h"
#include "base/fail.h"

enum { OVERWRITE_BLOCKS = 32, FIRST_DESCRIPTOR = 16, TERMINATOR = 255 };

enum isokit_status layout_make_room(struct layout *l, struct isokit_error *err)
{
	uint32_t blocks = l->plan->udf.head_blocks;
	/* With the descriptors of a second tree, for a partition. */
	size_t ours = OVERWRITE_BLOCKS + (size_t)l->plan->boot.partition_offset;
	int r;

	if (!blocks)
		return ISOKIT_OK;
	l->overwrite_bytes = ours * LAYOUT_BLOCK_BYTES;
	l->overwrite = calloc(1, l->overwrite_bytes);
	if (!l->overwrite)
		return isokit_fail_nomem(err, "layout", l->overwrite_bytes);
	r = iso_write_opts_set_ms_block(l->opts, blocks);
	if (r >= 0)
		r = iso_write_opts_set_overwrite_buf(l->opts, l->overwrite);
	/* All of it goes through the ring buffer at once, which has 1024 blocks. */
	if (r >= 0 && ours > 1024)
		r = iso_write_opts_set_fifo_size(l->opts, ours);
	if (r < 0)
		return layout_fail(r, "head room", err);
	l->head_bytes = (uint64_t)blocks * LAYOUT_BLOCK_BYTES;
	/* With two of them both are wanted. */
	l->in_session_head = !l->plan->options.emulated_toc;
	return ISOKIT_OK;
}

void layout_set_overlay(struct layout *l, int fd)
{
	l->overlay_fd = fd;
}

static enum isokit_status read_overlay(struct layout *l, uint64_t at, uint8_t *out, size_t n,
				       struct isokit_error *err)
{
	while (n) {
		ssize_t got = pread(l->overlay_fd, out, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return isokit_fail_errno(err, got < 0 ? errno : EIO, "head room",
						 "cannot be read back");
		out += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return ISOKIT_OK;
}

enum isokit_status layout_read_room(struct layout *l, uint8_t *out, size_t n,
				    struct isokit_error *err)
{
	uint64_t at = l->read_bytes;
	size_t some;

	if (l->overlay_fd >= 0)
		return read_overlay(l, at, out, n, err);
	memset(out, 0, n);
	if (at < l->overwrite_bytes) {
		some = (size_t)min_u64(n, l->overwrite_bytes - at);
		memcpy(out, l->overwrite + at, some);
	}
	return ISOKIT_OK;
}

/* The image has one set of volume descriptors, at its beginning. */
static void patch_block(struct layout *l, uint64_t lba, uint8_t *block)
{
	uint64_t first = l->head_bytes / LAYOUT_BLOCK_BYTES;

	if (l->in_session_head) {
		if (lba >= first + FIRST_DESCRIPTOR &&
		    (memcmp(block + 1, "CD001", 5) != 0 || block[0] == TERMINATOR))
			l->in_session_head = false;
		if (lba < first + FIRST_DESCRIPTOR || memcmp(block + 1, "CD001", 5) == 0)
			memset(block, 0, LAYOUT_BLOCK_BYTES);
		return;
	}
	/* A boot info table: where the descriptor lies, and where this image does. */
	if (get_le32(block + 8) == first + FIRST_DESCRIPTOR && get_le32(block + 12) == lba)
		put_le32(block + 8, FIRST_DESCRIPTOR);
}

enum isokit_status layout_patch_room(struct layout *l, uint8_t *out, size_t n,
				     struct isokit_error *err)
{
	uint64_t from = l->read_bytes / LAYOUT_BLOCK_BYTES, blocks = n / LAYOUT_BLOCK_BYTES;
	uint64_t anchor = l->plan->udf.end_anchor;

	for (uint64_t i = 0; i < blocks; i++)
		patch_block(l, from + i, out + i * LAYOUT_BLOCK_BYTES);
	if (l->overlay_fd < 0 || anchor < from || anchor - from >= blocks)
		return ISOKIT_OK;
	return read_overlay(l, anchor * LAYOUT_BLOCK_BYTES,
			    out + (anchor - from) * LAYOUT_BLOCK_BYTES, LAYOUT_BLOCK_BYTES, err);
}
