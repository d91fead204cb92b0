/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Switching a USB drive off, as the button of a desktop does it: its cache is flushed and its
 * motor stopped by SCSI, then the kernel takes its USB device off the bus. */
#include <errno.h>
#include <fcntl.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fail.h"
#include "device/claim.h"

enum {
	SYNCHRONIZE_CACHE = 0x35, /* SBC-3 5.22 */
	START_STOP_UNIT = 0x1b,   /* SBC-3 5.20; byte 4, bit 0: start */
	TIMEOUT_MS = 30000,
};

static bool scsi(int fd, uint8_t operation)
{
	uint8_t command[10] = { operation }, sense[32];
	struct sg_io_hdr io = {
		.interface_id = 'S',
		.dxfer_direction = SG_DXFER_NONE,
		.cmd_len = operation == START_STOP_UNIT ? 6 : 10,
		.mx_sb_len = sizeof(sense),
		.cmdp = command,
		.sbp = sense,
		.timeout = TIMEOUT_MS,
	};

	return ioctl(fd, SG_IO, &io) == 0 && io.status == 0 && io.host_status == 0;
}

enum isokit_status isokit_drive_power_off(const struct isokit_drive *drive, struct isokit_error *err)
{
	const char *folder = NULL;
	struct isokit_drives *drives = NULL;
	enum isokit_status st;
	int fd = -1, remove = -1;
	ssize_t n;

	st = device_hold(drive, &drives, &folder, &fd, err);
	if (st)
		return st;
	if (!folder)
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, drive->path,
				 "cannot be switched off: it is not on USB (%s)", drive->bus);
	if (st == ISOKIT_OK) {
		/* Sticks need neither, and some know neither. */
		(void)scsi(fd, SYNCHRONIZE_CACHE);
		(void)scsi(fd, START_STOP_UNIT);
		remove = device_open_below(drives, folder, "remove");
		if (remove < 0)
			st = isokit_fail_errno(err, errno, drive->path, "cannot be switched off");
	}
	(void)close(fd); /* before its device goes */
	if (st == ISOKIT_OK) {
		do
			n = write(remove, "1", 1);
		while (n < 0 && errno == EINTR);
		if (n != 1)
			st = isokit_fail_errno(err, errno, drive->path, "cannot be switched off");
	}
	if (remove >= 0)
		(void)close(remove);
	isokit_drives_free(drives);
	return st;
}
