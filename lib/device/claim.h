/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What switching off needs of claiming. */
#ifndef DEVICE_CLAIM_H
#define DEVICE_CLAIM_H

#include <isokit/device.h>

/* Look at a drive afresh and hold it exclusively, for reading: that nobody uses it. It must be
 * hot-plugged. `*ret_folder` is that of its USB device in sysfs, or NULL; it lives as long as
 * `*ret_drives`, which is to be freed. */
enum isokit_status device_hold(const struct isokit_drive *drive, struct isokit_drives **ret_drives,
			       const char **ret_folder, int *ret_fd, struct isokit_error *err);

/* Open a file of sysfs for writing; -1 and errno. */
int device_open_below(const struct isokit_drives *drives, const char *folder, const char *name);

#endif
