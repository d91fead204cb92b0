/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block devices as targets. lib/device/claim.c alone may call this: nothing else opens one
 * for writing (tests/house.sh). */
#ifndef DEVICE_BLOCK_H
#define DEVICE_BLOCK_H

#include "device/target.h"

/* A target that owns `fd` (on success), opened for reading only where so said. */
enum isokit_status block_target_new(int fd, bool writable, const struct isokit_drive *drive,
				    struct device_target **ret, struct isokit_error *err);

/* The words for an error of writing or reading a drive. */
enum isokit_status block_fail(struct isokit_error *err, int sys_errno, uint64_t offset,
			      const char *name, const char *what);

#endif
