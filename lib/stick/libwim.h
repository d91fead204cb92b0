/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Windows images are compressed with, by wimlib: chunks in memory, no files. For this room
 * only. */
#ifndef STICK_LIBWIM_H
#define STICK_LIBWIM_H

#include <isokit/error.h>

#include <stdbool.h>

/* As numbered in such images. */
enum libwim_kind { LIBWIM_NONE, LIBWIM_XPRESS, LIBWIM_LZX, LIBWIM_LZMS };

struct libwim; /* the library, and what expands with it */

/* ISOKIT_E_UNSUPPORTED: it is not there. Free with libwim_free(). */
enum isokit_status libwim_load(struct libwim **ret, struct isokit_error *err);
void libwim_free(struct libwim *lib); /* NULL is allowed */

/* Exactly n bytes of a chunk of at most `chunk`. False: it is damaged, or of an unknown kind, or
 * there is no memory. Not for several threads at once. */
bool libwim_expand(struct libwim *lib, enum libwim_kind kind, size_t chunk, const void *in,
		   size_t in_bytes, void *out, size_t n);

/* Compress to LZX, in chunks of at most 32 KiB; one for each thread. NULL without memory. */
struct libwim_packer;
struct libwim_packer *libwim_packer_new(const struct libwim *lib);
void libwim_packer_free(struct libwim_packer *p); /* NULL is allowed */
/* Bytes of the result, which is smaller than n; 0: it would not be. */
size_t libwim_pack(struct libwim_packer *p, const void *in, size_t n, void *out);

#endif
