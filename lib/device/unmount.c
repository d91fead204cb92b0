/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "device/unmount.h"

#include <errno.h>
#include <sys/mount.h>
#include <time.h>

#include "base/fail.h"

enum {
	BUSY_TRIES = 10, /* the desktop looks at a new stick for a while */
	BUSY_WAIT_MS = 200,
};

enum isokit_status device_unmount(const struct isokit_drive *drive, struct isokit_error *err)
{
	for (size_t i = drive->n_uses; i-- > 0;) {
		const struct isokit_drive_use *u = &drive->uses[i];
		int tries = 0;

		if (!u->removable_mount)
			continue;
		while (umount2(u->where, UMOUNT_NOFOLLOW) != 0) {
			struct timespec wait = { 0, BUSY_WAIT_MS * 1000000L };

			if (errno == EPERM)
				return isokit_fail_errno(err, errno, u->where,
							 "cannot be unmounted; run this as root, or umount it first");
			if (errno != EBUSY || ++tries == BUSY_TRIES)
				return isokit_fail_errno(
					err, errno, u->where, "cannot be unmounted%s",
					errno == EBUSY ? ", as a program uses files of it (fuser -m says which)" : "");
			(void)nanosleep(&wait, NULL);
		}
	}
	return ISOKIT_OK;
}
