/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/libjte.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "base/fail.h"

#ifdef HAVE_LIBJTE

static const char subject[] = "libjte.so.2";

enum isokit_status libjte_load(struct libjte **ret_lib, struct isokit_error *err)
{
	struct libjte *lib;
	void *handle = dlopen(subject, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!handle)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "cannot be loaded, and no jigdo template can be made without it "
				   "(Debian: libjte2)");
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
	LIBJTE_FUNCTIONS(F)
#undef F
	if (!lib->libjte__is_compatible(LIBJTE_VERSION_MAJOR, LIBJTE_VERSION_MINOR,
					LIBJTE_VERSION_MICRO, 0)) {
		free(lib);
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, subject,
				   "is older than the one that this program was built with");
	}
	*ret_lib = lib;
	return ISOKIT_OK;
}

#else

enum isokit_status libjte_load(struct libjte **ret_lib, struct isokit_error *err)
{
	(void)ret_lib;
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, "jigdo",
			   "not supported: this program was built without libjte");
}

#endif

void libjte_unload(struct libjte *lib)
{
	free(lib);
}
