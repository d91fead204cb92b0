/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Libraries that few need: loaded when they are. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <isokit/error.h>

/* Load a library for good: TLS and thread destructors do not survive an unloading.
 * `without` says what cannot be without it, `package` is its name in Debian.
 * ISOKIT_E_UNSUPPORTED when it is not there. */
enum isokit_status library_open(const char *name, const char *without, const char *package,
				void **ret_handle, struct isokit_error *err);

/* The address of a function of it. ISOKIT_E_UNSUPPORTED when it has none. */
enum isokit_status library_function(void *handle, const char *library, const char *name,
				    void **ret_function, struct isokit_error *err);

#endif
