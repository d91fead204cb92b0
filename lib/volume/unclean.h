/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Was a volume left in order? What is only in a journal is read by nobody here. */
#ifndef VOLUME_UNCLEAN_H
#define VOLUME_UNCLEAN_H

#include <isokit/volume.h>

/* What to tell: "was not unmounted: …"; static. NULL: it was left in order, or does not say. */
const char *volume_unclean(struct isokit_source *volume, enum isokit_filesystem fs);

/* Of the log of XFS: NULL likewise. */
const char *xfs_unclean(struct isokit_source *volume);

#endif
