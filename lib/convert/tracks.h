/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tracks of a disc as they are stored, and as WAV files. */
#ifndef CONVERT_TRACKS_H
#define CONVERT_TRACKS_H

#include "convert/convert.h"

/* The sectors of all tracks, one after the other; of one track. Owned by the caller. */
enum isokit_status convert_raw_disc(struct isokit_convert *c, struct isokit_source **ret_src,
				    struct isokit_error *err);
enum isokit_status convert_raw_track(struct isokit_convert *c, size_t index,
				     struct isokit_source **ret_src, struct isokit_error *err);

/* The source with zeros behind it, up to so many bytes. It is borrowed. */
enum isokit_status convert_padded(struct isokit_convert *c, struct isokit_source *src,
				  uint64_t bytes, struct isokit_source **ret_src,
				  struct isokit_error *err);

#endif
