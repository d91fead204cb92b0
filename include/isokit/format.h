/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file format.h  Images inside something else: detect it, and read through it. */
#ifndef ISOKIT_FORMAT_H
#define ISOKIT_FORMAT_H

#include <isokit/container.h>
#include <isokit/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Find an ISO 9660 (or High Sierra, or UDF) image that a file holds in raw CD
 * sectors or behind a header, by its structures and never by a name. Meant for
 * sources that isokit_image_open() refuses: what it takes as it stands is not
 * looked at here. Reads the first 1 MiB and a few sectors more.
 *
 * @param ret_container  kind ISOKIT_CONTAINER_NONE when there is no such image
 * @return ISOKIT_OK, ISOKIT_E_IO, ISOKIT_E_CHANGED or ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_format_detect(struct isokit_source *src,
						   struct isokit_container *ret_container,
						   struct isokit_error *err);

/**
 * The plain 2048-byte sectors of an image that lies in a source as `container`
 * says.
 *
 * @param src      taken on success (closed with the result); still the caller's
 *                 on failure
 * @param ret_src  owned by caller, free with isokit_source_close()
 * @return ISOKIT_OK, ISOKIT_E_INVALID when the container does not fit the
 *         source, ISOKIT_E_NOMEM
 */
ISOKIT_API enum isokit_status isokit_format_open(struct isokit_source *src,
						 const struct isokit_container *container,
						 struct isokit_source **ret_src,
						 struct isokit_error *err);

#ifdef __cplusplus
}
#endif
#endif
