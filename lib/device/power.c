/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fail.h"
#include "device/target.h"

enum isokit_status device_power_off(const struct isokit_drive *drive, struct isokit_error *err)
{
	return isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, drive->path,
			   "cannot be switched off");
}
