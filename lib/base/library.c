/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/library.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

enum isokit_status library_load(const struct library *library, void *table,
				struct isokit_error *err)
{
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!handle)
		return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library->file,
				   "cannot be loaded, and %s without it (Debian: %s)",
				   library->without, library->package);
	for (size_t i = 0; i < library->n_symbols; i++) {
		const struct library_symbol *symbol = &library->symbols[i];
		void *function = dlsym(handle, symbol->name);

		if (!function)
			return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, library->file,
					   "has no function %s", symbol->name);
		memcpy((char *)table + symbol->at, &function, sizeof(function));
	}
	return ISOKIT_OK;
}

enum isokit_status library_new(const struct library *library, size_t bytes, void **ret_table,
			       struct isokit_error *err)
{
	void *table = calloc(1, bytes);
	enum isokit_status st;

	if (!table)
		return isokit_fail_nomem(err, library->file, bytes);
	st = library_load(library, table, err);
	if (st)
		free(table);
	else
		*ret_table = table;
	return st;
}
