/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file types.h  Opaque types and the small things every header needs. */
#ifndef ISOKIT_TYPES_H
#define ISOKIT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks a symbol that the shared library exports; all others are hidden. */
#if defined(__GNUC__)
#define ISOKIT_API __attribute__((visibility("default")))
#else
#define ISOKIT_API
#endif

struct isokit_source;  /**< bytes of an image, see source.h */
struct isokit_image;   /**< one opened image as facts, see image.h */
struct isokit_error;   /**< why a call failed, see error.h */
struct isokit_finding; /**< something wrong in an image, see finding.h */

/** The version of the library, "0.1.0"; static. */
ISOKIT_API const char *isokit_version(void);

/** A moment as ECMA-119 8.4.26.1 and 9.1.5 or RRIP TF store it. */
struct isokit_time {
	bool set;            /**< false: all zero or blank, "not specified" */
	int32_t year;        /**< 1 to 9999 */
	uint8_t month, day;  /**< from 1 */
	uint8_t hour, minute, second;
	uint8_t hundredths;
	int8_t gmt_quarters; /**< offset from GMT in 15-minute steps */
};

/** What CD-TEXT says, of a disc or a track. */
enum isokit_text {
	ISOKIT_TEXT_TITLE,
	ISOKIT_TEXT_PERFORMER,
	ISOKIT_TEXT_SONGWRITER,
	ISOKIT_TEXT_COMPOSER,
	ISOKIT_TEXT_ARRANGER,
	ISOKIT_TEXT_MESSAGE,
	ISOKIT_TRACK_TEXTS,
	ISOKIT_TEXT_DISC_ID = ISOKIT_TRACK_TEXTS, /**< these are of a disc alone */
	ISOKIT_TEXT_GENRE,
	ISOKIT_TEXTS
};

enum { ISOKIT_TEXT_BYTES = 128 };

#ifdef __cplusplus
}
#endif
#endif
