/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Libraries that few need: loaded when they are. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stddef.h>

#include <isokit/error.h>

struct library_symbol {
	const char *name;
	size_t at; /* of its address, in a table of functions */
};

struct library {
	const char *file;    /* "libz.so.1" */
	const char *without; /* what cannot be without it */
	const char *package; /* its name in Debian */
	const struct library_symbol *symbols;
	size_t n_symbols;
};

/* The last two members. */
#define LIBRARY_SYMBOLS(symbols) symbols, sizeof(symbols) / sizeof(*(symbols))

/* Load a library for good (TLS and thread destructors do not survive an unloading), and fill in
 * a table. ISOKIT_E_UNSUPPORTED when it is not there, or has not all of the functions. */
enum isokit_status library_load(const struct library *library, void *table,
				struct isokit_error *err);

/* The same with a new table of so many bytes, all else in it zeros: to be freed. */
enum isokit_status library_new(const struct library *library, size_t bytes, void **ret_table,
			       struct isokit_error *err);

#endif
