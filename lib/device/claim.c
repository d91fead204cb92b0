/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one way to a drive that can be written: past the guard, twice. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "device/block.h"
#include "device/claim.h"
#include "device/drives.h"
#include "device/unmount.h"

enum {
	BUSY_TRIES = 20, /* udev and others look at a drive for a moment, above all when it is new */
	BUSY_WAIT_MS = 100,
};

static enum isokit_status ask(const struct isokit_drive *d, const struct isokit_guard_question *q,
			      struct isokit_error *err)
{
	struct isokit_guard_reason reasons[ISOKIT_GUARD_MAX];

	if (isokit_guard(d, q, reasons) == 0)
		return ISOKIT_OK;
	return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, d->path, "refused: %s%s%s",
			   reasons[0].text, *reasons[0].remedy ? "; " : "", reasons[0].remedy);
}

/* The same drive, looked at afresh. `*ret_drives` is to be freed. */
static enum isokit_status look_again(const struct isokit_drive *d, struct isokit_drives **ret_drives,
				     const struct isokit_drive **ret_now, struct isokit_error *err)
{
	enum isokit_status st = isokit_drives_scan(NULL, ret_drives, err);
	const char *what;

	if (st)
		return st;
	st = isokit_drives_find(*ret_drives, d->path, ret_now, err);
	what = st ? "" : device_difference(d, *ret_now);
	if (st)
		st = isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, d->path,
				 "was there a moment ago and is gone");
	else if (what)
		st = isokit_fail(err, ISOKIT_E_CHANGED, ISOKIT_NO_OFFSET, d->path,
				 "is not the drive that was looked at: %s is another", what);
	if (st) {
		isokit_drives_free(*ret_drives);
		*ret_drives = NULL;
	}
	return st;
}

static enum isokit_status fail_open(const struct isokit_drive *d, int sys_errno, struct isokit_error *err)
{
	if (sys_errno == EBUSY)
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, d->path,
				   "refused: somebody holds it (mounted, part of something, or opened by another program)");
	if (sys_errno == EACCES || sys_errno == EPERM)
		return isokit_fail_errno(err, sys_errno, d->path,
					 "cannot be opened; run this as root, or as a member of its group");
	return block_fail(err, sys_errno, 0, d->path, "cannot be opened");
}

static enum isokit_status open_drive(const struct isokit_drive *d, int flags, int *ret_fd,
				     struct isokit_error *err)
{
	struct timespec wait = { 0, BUSY_WAIT_MS * 1000000L };
	int fd = -1;

	for (int i = 0; i < BUSY_TRIES && fd < 0; i++) {
		fd = open(d->path, flags | O_DIRECT | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && errno == EINVAL) /* no direct access */
			fd = open(d->path, flags | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && errno != EBUSY && errno != EINTR)
			break;
		if (fd < 0)
			(void)nanosleep(&wait, NULL);
	}
	if (fd < 0)
		return fail_open(d, errno, err);
	*ret_fd = fd;
	return ISOKIT_OK;
}

/* As udev's documentation asks of programs that change partition tables: it leaves a locked
 * drive alone, and locks it while it looks. Where it cannot be had it is no reason to stop. */
static void lock(int fd)
{
	struct timespec wait = { 0, BUSY_WAIT_MS * 1000000L };

	for (int i = 0; i < BUSY_TRIES && flock(fd, LOCK_EX | LOCK_NB) != 0; i++)
		(void)nanosleep(&wait, NULL);
}

enum isokit_status device_claim(const struct isokit_drive *drive,
				const struct isokit_guard_question *question,
				struct device_target **ret_target, struct isokit_error *err)
{
	struct isokit_guard_question again = *question;
	const struct isokit_drive *now = NULL;
	struct isokit_drives *drives = NULL;
	enum isokit_status st;
	int fd = -1;

	again.reading = false; /* whatever the caller says: this one will be written */
	st = ask(drive, &again, err);
	if (st == ISOKIT_OK)
		st = look_again(drive, &drives, &now, err);
	if (st == ISOKIT_OK)
		st = ask(now, &again, err);
	if (st == ISOKIT_OK && again.unmount) {
		st = device_unmount(now, err);
		isokit_drives_free(drives);
		drives = NULL;
		if (st == ISOKIT_OK)
			st = look_again(drive, &drives, &now, err);
	}
	again.unmount = false;
	if (st == ISOKIT_OK)
		st = ask(now, &again, err);
	if (st == ISOKIT_OK)
		st = open_drive(now, O_RDWR | O_EXCL, &fd, err);
	if (st == ISOKIT_OK)
		lock(fd);
	if (st == ISOKIT_OK)
		st = block_target_new(fd, true, now, ret_target, err);
	if (st && fd >= 0)
		(void)close(fd);
	isokit_drives_free(drives);
	return st;
}

enum isokit_status device_open_reading(const struct isokit_drive *drive,
				       struct device_target **ret_target, struct isokit_error *err)
{
	const struct isokit_guard_question question = { .size = sizeof(question), .reading = true };
	const struct isokit_drive *now = NULL;
	struct isokit_drives *drives = NULL;
	enum isokit_status st;
	int fd = -1;

	st = look_again(drive, &drives, &now, err);
	if (st == ISOKIT_OK)
		st = ask(now, &question, err);
	if (st == ISOKIT_OK)
		st = open_drive(now, O_RDONLY, &fd, err);
	if (st == ISOKIT_OK)
		st = block_target_new(fd, false, now, ret_target, err);
	if (st && fd >= 0)
		(void)close(fd);
	isokit_drives_free(drives);
	return st;
}

/* The readers of a box with several slots go together. */
static enum isokit_status check_siblings(const struct isokit_drives *drives, const struct isokit_drive *d,
					 struct look *l, const char *folder, struct isokit_error *err)
{
	for (size_t i = 0; i < drives->n; i++) {
		const struct isokit_drive *other = &drives->list[i];
		struct device_bus bus;

		if (other == d || other->n_uses == 0)
			continue;
		device_find_bus(l, &drives->facts.nodes[drives->nodes[i]], &bus);
		if (bus.usb_folder && strcmp(bus.usb_folder, folder) == 0)
			return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, d->path,
					   "cannot be switched off: %s is in the same box and in use (%s)",
					   other->path, other->uses[0].where);
	}
	return ISOKIT_OK;
}

enum isokit_status device_hold(const struct isokit_drive *drive, struct isokit_drives **ret_drives,
			       const char **ret_folder, int *ret_fd, struct isokit_error *err)
{
	const struct isokit_guard_question question = { .size = sizeof(question) };
	const struct isokit_drive *now = NULL;
	struct isokit_drives *drives = NULL;
	struct device_bus bus = { .bus = "" };
	enum isokit_status st;

	st = look_again(drive, &drives, &now, err);
	if (st)
		return st;
	device_find_bus(&drives->look, &drives->facts.nodes[drives->nodes[now - drives->list]], &bus);
	if (!now->hotplug)
		st = isokit_fail(err, ISOKIT_E_UNSUPPORTED, ISOKIT_NO_OFFSET, drive->path,
				 "cannot be switched off: it is built in (%s)", now->bus);
	else if (!now->read_only)
		st = ask(now, &question, err);
	if (st == ISOKIT_OK && bus.usb_folder)
		st = check_siblings(drives, now, &drives->look, bus.usb_folder, err);
	if (st == ISOKIT_OK)
		st = open_drive(now, O_RDONLY | O_EXCL, ret_fd, err);
	if (st) {
		isokit_drives_free(drives);
		return st;
	}
	*ret_folder = bus.usb_folder;
	*ret_drives = drives;
	return ISOKIT_OK;
}

int device_open_below(const struct isokit_drives *drives, const char *folder, const char *name)
{
	char path[LOOK_PATH];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(drives->look.root, path, O_WRONLY | O_CLOEXEC);
}
