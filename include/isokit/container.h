/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file container.h  How the sectors of an image lie in the file that holds it. */
#ifndef ISOKIT_CONTAINER_H
#define ISOKIT_CONTAINER_H

#include <isokit/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What stands between the file and the 2048-byte sectors of the image. */
enum isokit_container_kind {
	ISOKIT_CONTAINER_NONE,           /**< the file is the image */
	ISOKIT_CONTAINER_RAW_SECTORS,    /**< each sector has more than its user data */
	ISOKIT_CONTAINER_LEADING_HEADER, /**< the image begins behind something else */
};

/** What kind of sectors they are. ECMA-130 14; CD-ROM XA for the forms. */
enum isokit_sector_mode {
	ISOKIT_SECTORS_PLAIN,       /**< user data alone, or with an unknown frame */
	ISOKIT_SECTORS_MODE1,       /**< data with error correction */
	ISOKIT_SECTORS_MODE2,       /**< with subheader: form 1 */
	ISOKIT_SECTORS_MODE2_MIXED, /**< with subheader: form 2 (2324 bytes, video or audio)
				     *   among them */
};

/** How an image lies in a file. Plain data, filled by isokit_format_detect(). */
struct isokit_container {
	enum isokit_container_kind kind;
	enum isokit_sector_mode mode;
	uint64_t offset;       /**< byte of the file where sector 0 of the image begins */
	uint32_t sector_bytes; /**< of the file for one sector of the image; 2048 if plain */
	uint32_t user_offset;  /**< where the 2048 bytes lie in it */
	uint64_t sectors;      /**< whole ones from `offset` to the end of the file */
	uint64_t trailing;     /**< bytes behind the last whole sector */
	uint64_t file_bytes;   /**< size of the file */
	const char *words;     /**< static: "raw 2352-byte CD sectors, mode 1", "a MacBinary
				*   header" … */
};

/** The byte of the file for a byte of the image; ISOKIT_NO_OFFSET stays itself. */
static inline uint64_t isokit_container_offset(const struct isokit_container *c, uint64_t offset)
{
	if (offset == UINT64_MAX || c->kind == ISOKIT_CONTAINER_NONE)
		return offset;
	return c->offset + offset / 2048 * c->sector_bytes + c->user_offset + offset % 2048;
}

#ifdef __cplusplus
}
#endif
#endif
