/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one file of a ZIP archive that can be an image. */
#ifndef FORMAT_ZIP_H
#define FORMAT_ZIP_H

#include <isokit/source.h>

#include "codec/stream.h"

enum { ZIP_NAME_BYTES = 120 };

struct zip_member {
	char name[ZIP_NAME_BYTES]; /* with nothing in it that a terminal obeys */
	uint16_t flags, method;
	uint32_t crc;
	uint64_t header, packed, bytes; /* header: where the local one is */
	uint64_t data;                  /* zip_locate() */
};

/* By the directory at the end. */
enum isokit_status zip_choose(struct isokit_source *src, struct zip_member *ret,
			      struct isokit_error *err);
/* Where its bytes are; they lie inside of the source. */
enum isokit_status zip_locate(struct isokit_source *src, struct zip_member *m,
			      struct isokit_error *err);
/* How it is compressed. ISOKIT_E_UNSUPPORTED: in a way that cannot be expanded, or encrypted. */
enum isokit_status zip_method(const struct zip_member *m, bool *ret_stored,
			      enum codec_stream_kind *ret_kind, struct isokit_error *err);

/* By its name, the only thing that a directory tells. */
bool zip_could_be_image(const char *name, size_t n);
/* A name for messages. */
void zip_print_name(char to[ZIP_NAME_BYTES], const char *name, size_t n);

#endif
