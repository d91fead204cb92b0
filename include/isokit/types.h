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

#ifdef __cplusplus
}
#endif
#endif
