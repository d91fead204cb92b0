/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unmounting what the desktop mounted from a drive. */
#ifndef DEVICE_UNMOUNT_H
#define DEVICE_UNMOUNT_H

#include <isokit/device.h>

/* Every use with `removable_mount`, the latest first; never lazily. */
enum isokit_status device_unmount(const struct isokit_drive *drive, struct isokit_error *err);

#endif
