/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stack of sources that gives the plain sectors of a container. */
#include <isokit/format.h>

#include "base/fail.h"

enum isokit_status isokit_format_open(struct isokit_source *src,
				      const struct isokit_container *container,
				      struct isokit_source **ret_src, struct isokit_error *err)
{
	uint64_t size = isokit_source_size(src);

	switch (container->kind) {
	case ISOKIT_CONTAINER_RAW_SECTORS:
		return isokit_source_sectors(src, container->offset, container->sector_bytes,
					     container->user_offset, ret_src, err);
	case ISOKIT_CONTAINER_LEADING_HEADER:
		if (container->offset <= size)
			return isokit_source_slice(src, container->offset,
						   size - container->offset, ret_src, err);
		break;
	case ISOKIT_CONTAINER_NONE:
		break;
	}
	return isokit_fail(err, ISOKIT_E_INVALID, container->offset, isokit_source_name(src),
			   "holds no image at byte %llu", (unsigned long long)container->offset);
}
