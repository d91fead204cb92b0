/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/libjte.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/library.h"

#ifdef HAVE_LIBJTE

static const char subject[] = "libjte.so.2";

enum isokit_status libjte_load(struct libjte **ret_lib, struct isokit_error *err)
{
	struct libjte *lib = NULL;
	enum isokit_status st;
	void *handle;

	st = library_open(subject, "no jigdo template can be made", "libjte2", &handle, err);
	if (st)
		return st;
	lib = calloc(1, sizeof(*lib));
	if (!lib)
		return isokit_fail_nomem(err, subject, sizeof(*lib));
#define F(name) \
	if (st == ISOKIT_OK) \
		st = library_function(handle, subject, #name, (void **)&lib->name, err);
	LIBJTE_FUNCTIONS(F)
#undef F
	if (st) {
		free(lib);
		return st;
	}
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
