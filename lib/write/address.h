/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is behind an address, in one request. */
#ifndef WRITE_ADDRESS_H
#define WRITE_ADDRESS_H

#include "bytes/urlstream.h"
#include "write/intake.h"

struct isokit_write;

/* A source that is one of an address (borrowed), from a byte of it on. Asked for when read, from
 * where that begins. */
enum isokit_status intake_of_address(struct isokit_write *w, const struct isokit_source *src,
				     uint64_t from, struct intake **ret, struct isokit_error *err);

/* What the server sends but as a whole. Taken on success. */
enum isokit_status intake_of_stream(struct url_stream *s, struct intake **ret,
				    struct isokit_error *err);

/* How those that read for this job wait. */
struct url_options address_options(struct isokit_write *w);

#endif
