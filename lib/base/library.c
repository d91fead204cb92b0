/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/library.h"

#include <dlfcn.h>
#include <stdlib.h>

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

enum isokit_status library_load(const struct library *library, void *table,
				struct isokit_error *err)
{
	void *handle;
	enum isokit_status st = library_open(library->file, library->without, library->package,
					     &handle, err);

	for (size_t i = 0; i < library->n_symbols && !st; i++)
		st = library_function(handle, library->file, library->symbols[i].name,
				      (void **)((char *)table + library->symbols[i].at), err);
	return st;
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
