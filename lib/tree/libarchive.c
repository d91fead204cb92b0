/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/libarchive.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/library.h"

#ifdef HAVE_LIBARCHIVE

static const char subject[] = "libarchive.so.13";

enum isokit_status libarchive_load(struct libarchive **ret_lib, struct isokit_error *err)
{
	struct libarchive *lib = NULL;
	enum isokit_status st;
	void *handle;

	st = library_open(subject, "no archive can be read", "libarchive13", &handle, err);
	if (st)
		return st;
	lib = calloc(1, sizeof(*lib));
	if (!lib)
		return isokit_fail_nomem(err, subject, sizeof(*lib));
#define F(name) \
	if (st == ISOKIT_OK) \
		st = library_function(handle, subject, #name, (void **)&lib->name, err);
	LIBARCHIVE_FUNCTIONS(F)
#undef F
	if (st)
		free(lib);
	else
		*ret_lib = lib;
	return st;
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
