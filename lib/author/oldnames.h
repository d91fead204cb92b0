/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of ISO 9660 as genisoimage spells them; libisofs has ways of its own. */
#ifndef AUTHOR_OLDNAMES_H
#define AUTHOR_OLDNAMES_H

#include <isokit/author.h>

enum {
	OLDNAME_BYTES = 128, /* the most characters, ";1", a dot, and some to spare */
	OLDNAME_CHARS = 96,  /* with ISO 9660:1999; as many as libisofs makes room for */
};

struct oldname {
	char bytes[OLDNAME_BYTES];
	uint8_t n;        /* all of it, with ";1" */
	uint8_t root_bytes; /* before the dot of the extension */
	uint8_t end;      /* where the version begins */
};

/* How a file or folder of that name is called. `level` is that of the options. */
void oldname_make(const struct isokit_build_naming *naming, int level, const char *name,
		  size_t name_bytes, bool dir, struct oldname *ret_name);

/* The same with a number (less than 36 * 36 * 36) before the extension, as short as the
 * level asks for. */
void oldname_number(const struct isokit_build_naming *naming, int level,
		    const struct oldname *from, unsigned number, struct oldname *ret_name);

/* An identifier as it stands. False: longer than OLDNAME_BYTES. */
bool oldname_take(const char *identifier, size_t bytes, struct oldname *ret_name);

/* In the order of ECMA-119 9.3. */
int oldname_compare(const struct oldname *a, const struct oldname *b);

#endif
