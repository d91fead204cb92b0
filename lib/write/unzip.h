/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image in a ZIP archive, as a stream: nothing is unpacked anywhere. */
#ifndef WRITE_UNZIP_H
#define WRITE_UNZIP_H

#include "format/zip.h"
#include "write/intake.h"

/* `inner` begins with the bytes of the member, whose sizes and CRC are those of the directory. */
enum isokit_status intake_of_member(struct intake *inner, const struct zip_member *m,
				    struct intake **ret, struct isokit_error *err);

/* `inner` is an archive that can be read but once: its first file that can be an image. Whether
 * it is the only one is known at the end, which fails when not; so do sizes and CRC. */
enum isokit_status intake_of_archive(struct intake *inner, struct intake **ret,
				     struct isokit_error *err);

#endif
