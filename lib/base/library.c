/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/library.h"

#include <dlfcn.h>

#include "base/fail.h"

enum isokit_status library_open(const char *name, const char *without, const char *package,
				void **ret_handle, struct isokit_error *err)
{
	*ret_handle = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!*ret_handle)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, name,
				   "cannot be loaded, and %s without it (Debian: %s)", without,
				   package);
	return ISOKIT_OK;
}

enum isokit_status library_function(void *handle, const char *library, const char *name,
				    void **ret_function, struct isokit_error *err)
{
	*ret_function = dlsym(handle, name);
	if (!*ret_function)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library,
				   "has no function %s", name);
	return ISOKIT_OK;
}
