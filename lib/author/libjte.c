/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "author/libjte.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/library.h"

#ifdef HAVE_LIBJTE

#define F(name) { #name, offsetof(struct libjte, name) },
static const struct library_symbol symbols[] = { LIBJTE_FUNCTIONS(F) };
#undef F
static const struct library library = {
	"libjte.so.2", "no jigdo template can be made", "libjte2",
	LIBRARY_SYMBOLS(symbols),
};

enum isokit_status libjte_load(struct libjte **ret_lib, struct isokit_error *err)
{
	struct libjte *lib = NULL;
	enum isokit_status st = library_new(&library, sizeof(*lib), (void **)&lib, err);

	if (st)
		return st;
	if (!lib->libjte__is_compatible(LIBJTE_VERSION_MAJOR, LIBJTE_VERSION_MINOR,
					LIBJTE_VERSION_MICRO, 0)) {
		free(lib);
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library.file,
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
