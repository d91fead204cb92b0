/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disc in a drive: its tracks, which the bytes of the block device do not tell. */
#ifndef FORMAT_CDROM_H
#define FORMAT_CDROM_H

#include "format/medium_impl.h"

/* Is it the device of an optical drive whose disc has more than one track, or audio? */
bool cdrom_has_tracks(struct isokit_source *src);

/* The tracks of the disc in the drive `path`: data are ranges of `src`, audio is asked for.
 * `driver` is libcdio's, for tests: 0 is that of this system's drives. */
enum isokit_status cdrom_open(struct isokit_medium *m, struct isokit_source *src, const char *path,
			      int driver, struct isokit_error *err);

#endif
