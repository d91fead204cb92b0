/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images as hex dumps, so that a reviewer sees what is in them, and what is
 * broken in the broken ones. A dump is made of lines:
 *
 *	# comment
 *	like base.hex      begin with that image (a file beside this one)
 *	size 49152         make it so many bytes long, with zeros or by cutting
 *	0008000: 0143…     bytes at an offset, both hexadecimal
 */
#ifndef DATA_HEX_H
#define DATA_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The image of a dump, or any other file as it is. From malloc. On failure a
 * message is on stderr. */
bool hex_load(const char *path, uint8_t **ret_bytes, size_t *ret_n);

#endif
