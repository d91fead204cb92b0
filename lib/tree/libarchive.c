/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/libarchive.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "base/fail.h"

#ifdef HAVE_LIBARCHIVE

static const char subject[] = "libarchive.so.13";

enum isokit_status libarchive_load(struct libarchive **ret_lib, struct isokit_error *err)
{
	struct libarchive *lib;
	void *handle = dlopen(subject, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!handle)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "cannot be loaded, and no archive can be read without it "
				   "(Debian: libarchive13)");
	lib = calloc(1, sizeof(*lib));
	if (!lib)
		return isokit_fail_nomem(err, subject, sizeof(*lib));
#define F(name) \
	*(void **)&lib->name = dlsym(handle, #name); \
	if (!lib->name) { \
		free(lib); \
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject, \
				   "has no function %s", #name); \
	}
	LIBARCHIVE_FUNCTIONS(F)
#undef F
	*ret_lib = lib;
	return ISOKIT_OK;
}

#else

enum isokit_status libarchive_load(struct libarchive **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "libarchive",
			   "was not there when this program was built: no archive can be read");
}

#endif

void libarchive_unload(struct libarchive *lib)
{
	free(lib);
}
