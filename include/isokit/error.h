/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file error.h  Status codes and the error record. */
#ifndef ISOKIT_ERROR_H
#define ISOKIT_ERROR_H

#include <isokit/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Result of every function that can fail. Values are ABI: add at the end. */
enum isokit_status {
	ISOKIT_OK = 0,
	ISOKIT_E_NOMEM = -1,       /**< allocation refused or over its cap */
	ISOKIT_E_SHORT = -2,       /**< bytes end before the structure does */
	ISOKIT_E_NOT_ISO = -3,     /**< the required mark or structure is absent */
	ISOKIT_E_CORRUPT = -4,     /**< present, but cannot be followed safely */
	ISOKIT_E_IO = -5,          /**< a system call failed, see sys_errno */
	ISOKIT_E_UNSUPPORTED = -6, /**< known, but not handled */
	ISOKIT_E_INVALID = -7,     /**< the caller asked for something impossible */
	ISOKIT_E_NOT_FOUND = -8,   /**< no such path, file or entry */
	ISOKIT_E_EXISTS = -9,      /**< would overwrite what must not be */
	ISOKIT_E_CANCELLED = -10,  /**< a callback asked to stop */
	ISOKIT_E_CHANGED = -11,    /**< an input changed while it was read */
	ISOKIT_E_MISMATCH = -12,   /**< verification found a difference */
	ISOKIT_E_LIMIT = -13,      /**< a limit of the format or a size bound */
};

/** "No byte position" in isokit_error.offset. */
#define ISOKIT_NO_OFFSET UINT64_MAX

/**
 * Why a call failed. Owned by the caller, holds no heap memory, written only
 * on failure. `text` is one sentence without newline that does not repeat the
 * subject; `subject` names the thing at fault (a path, a structure).
 */
struct isokit_error {
	enum isokit_status status;
	int sys_errno;     /**< errno of the failed system call, or 0 */
	uint64_t offset;   /**< byte offset in the source, or ISOKIT_NO_OFFSET */
	char subject[256]; /**< "primary volume descriptor", "isolinux/isolinux.bin" */
	char text[320];
};

/** A status in one or two words ("out of memory"); static, never NULL. */
ISOKIT_API const char *isokit_status_words(enum isokit_status status);

#ifdef __cplusplus
}
#endif
#endif
