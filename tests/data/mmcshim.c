/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For LD_PRELOAD: /dev/sr77 and /dev/sr78 are the drives of mmcdrive.c, for whoever opens them and
 * sends commands by SG_IO. They open as files in memory that nothing is written to. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <scsi/scsi.h>
#include <scsi/scsi_ioctl.h>
#include <scsi/sg.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int mmcdrive_sg_io(unsigned drive, sg_io_hdr_t *s);

/* "/dev/sr77" and "/dev/sr78": 0 and 1; -1: others. */
static int drive_of(const char *path)
{
	return strcmp(path, "/dev/sr77") == 0 ? 0 : strcmp(path, "/dev/sr78") == 0 ? 1 : -1;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, #name))

static int drive_behind(int fd)
{
	char link[64], path[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	return strncmp(path, "/memfd:isokit-mmcdrive", 22) == 0 ? path[22] - '0' : -1;
}

int ioctl(int fd, unsigned long request, ...)
{
	int drive = drive_behind(fd);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (drive < 0)
		return REAL(ioctl, int (*)(int, unsigned long, ...))(fd, request, arg);
	if (request == SG_IO)
		return mmcdrive_sg_io((unsigned)drive, arg);
	if (request == CDROM_DRIVE_STATUS)
		return CDS_DISC_OK;
	if (request == SCSI_IOCTL_GET_BUS_NUMBER) {
		*(int *)arg = drive;
		return 0;
	}
	if (request == SCSI_IOCTL_GET_IDLUN) {
		memset(arg, 0, 8);
		return 0;
	}
	errno = ENOTTY;
	return -1;
}

static int open_drive(const char *path)
{
	return memfd_create(drive_of(path) ? "isokit-mmcdrive1" : "isokit-mmcdrive0", MFD_CLOEXEC);
}

#define OPEN(name) \
	int name(const char *path, int flags, ...); \
	int name(const char *path, int flags, ...) \
	{ \
		va_list ap; \
		mode_t mode; \
\
		va_start(ap, flags); \
		mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0; \
		va_end(ap); \
		return drive_of(path) >= 0 ? \
			       open_drive(path) : \
			       REAL(name, int (*)(const char *, int, ...))(path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

#define OPEN_2(name) \
	int name(const char *path, int flags); \
	int name(const char *path, int flags) \
	{ \
		return drive_of(path) >= 0 ? \
			       open_drive(path) : REAL(name, int (*)(const char *, int))(path, flags); \
	}
OPEN_2(__open_2)
OPEN_2(__open64_2)

#define FILL(st) \
	memset(st, 0, sizeof(*(st))); \
	(st)->st_mode = S_IFBLK | 0660; \
	(st)->st_rdev = makedev(11, 77 + (unsigned)drive_of(path)); \
	return 0

/* What the C library had before 2.33. */
#define OLD_STAT(name, type) \
	int name(int version, const char *path, struct type *st); \
	int name(int version, const char *path, struct type *st) \
	{ \
		if (drive_of(path) < 0) \
			return REAL(name, int (*)(int, const char *, struct type *))(version, path, st); \
		FILL(st); \
	}
OLD_STAT(__xstat, stat)
OLD_STAT(__xstat64, stat64)
OLD_STAT(__lxstat, stat)
OLD_STAT(__lxstat64, stat64)

#define STAT(name, type) \
	int name(const char *path, struct type *st) \
	{ \
		if (drive_of(path) < 0) \
			return REAL(name, int (*)(const char *, struct type *))(path, st); \
		FILL(st); \
	}
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

char *realpath(const char *path, char *to)
{
	if (drive_of(path) < 0)
		return REAL(realpath, char *(*)(const char *, char *))(path, to);
	if (!to)
		return strdup(path);
	return strcpy(to, path);
}
