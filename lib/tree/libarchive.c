/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree/libarchive.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/library.h"

#ifdef HAVE_LIBARCHIVE

#define F(name) { #name, offsetof(struct libarchive, name) },
static const struct library_symbol symbols[] = { LIBARCHIVE_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libarchive.so.13", "no archive can be read", "libarchive13",
	LIBRARY_SYMBOLS(symbols),
};

enum isokit_status libarchive_load(struct libarchive **ret_lib, struct isokit_error *err)
{
	return library_new(&library, sizeof(**ret_lib), (void **)ret_lib, err);
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
