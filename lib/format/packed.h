/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FORMAT_PACKED_H
#define FORMAT_PACKED_H

#include "codec/stream.h"

/* Is a file that begins so compressed whole, and how? */
bool packed_kind(const uint8_t *head, size_t n, enum codec_stream_kind *ret_kind);

#endif
