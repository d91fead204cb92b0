/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A drive that is opened, and the list of all of them. Nobody is disturbed: a drive that
 * somebody else holds is not asked anything, and an empty one is asked only that. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/fail.h"
#include "base/scan.h"
#include "burn/burn.h"
#include "ondisk/volume.h"

static const char pseudo_prefix[] = "stdio:";

enum { MAX_DRIVES = 64, FIRST_DESCRIPTOR = 16, MARKS_SECTORS = 32, UDF_ANCHOR = 256,
       READY_TRIES = 100, READY_MS = 300 };

/* ---- the medium as bytes ------------------------------------------------------------------------ */

static enum isokit_status medium_read_at(void *self, uint64_t offset, void *buffer, size_t length,
					 struct isokit_error *err)
{
	const size_t room = OPTICAL_READ_SECTORS * OPTICAL_SECTOR;
	uint8_t *to = buffer, *sectors = malloc(room);
	enum isokit_status st = ISOKIT_OK;

	if (!sectors)
		return isokit_fail_nomem(err, "disc", room);
	while (length) {
		uint64_t first = offset / OPTICAL_SECTOR, skip = offset % OPTICAL_SECTOR;
		uint32_t n = (uint32_t)min_u64(div_up(skip + length, OPTICAL_SECTOR),
					       OPTICAL_READ_SECTORS), got;
		size_t step = (size_t)min_u64((uint64_t)n * OPTICAL_SECTOR - skip, length);

		st = optical_read(self, (uint32_t)first, sectors, n, &got, err);
		if (st) {
			if (err)
				err->offset = (first + got) * OPTICAL_SECTOR;
			break;
		}
		memcpy(to, sectors + skip, step);
		to += step;
		offset += step;
		length -= step;
	}
	free(sectors);
	return st;
}

enum isokit_status isokit_burner_source(struct isokit_burner *b, struct isokit_source **ret_src,
					struct isokit_error *err)
{
	static const struct isokit_source_ops ops = { .size = sizeof(ops),
						      .read_at = medium_read_at };

	return isokit_source_new(&ops, b->optical,
				 (uint64_t)optical_readable(b->optical) * OPTICAL_SECTOR,
				 b->facts.drive, ret_src, err);
}

/* ---- what is on it -------------------------------------------------------------------------------- */

static void copy_id(char *to, size_t n, struct ondisk_bytes id)
{
	size_t used = 0;

	for (size_t i = 0; i < id.n && used + 1 < n; i++)
		to[used++] = id.p[i] >= 0x20 && id.p[i] < 0x7f ? (char)id.p[i] : '_';
	while (used && to[used - 1] == ' ')
		used--;
	to[used] = '\0';
}

static bool is_zero(struct optical *o, uint32_t lba, uint32_t n)
{
	size_t bytes = (size_t)n * OPTICAL_SECTOR;
	uint8_t *sectors = malloc(bytes + 1);
	uint32_t got;
	bool zero = sectors && optical_read(o, lba, sectors, n, &got, NULL) == ISOKIT_OK &&
		    all_zero(sectors, bytes);

	free(sectors);
	return zero;
}

/* Nothing where file systems have their marks: the system area, descriptors, UDF's anchor. */
static bool is_cleared(struct optical *o)
{
	uint32_t readable = optical_readable(o);

	return (!readable || is_zero(o, 0, (uint32_t)min_u64(readable, MARKS_SECTORS))) &&
	       (readable <= UDF_ANCHOR || is_zero(o, UDF_ANCHOR, 1));
}

static void read_volume(struct optical *o, struct isokit_disc_facts *f)
{
	uint32_t first = f->state == ISOKIT_DISC_APPENDABLE || f->state == ISOKIT_DISC_FULL ?
				 f->last_session_lba : 0;
	uint8_t sector[OPTICAL_SECTOR];
	struct ondisk_volume v;
	uint32_t got;

	if (!f->readable || optical_read(o, first + FIRST_DESCRIPTOR, sector, 1, &got, NULL) ||
	    ondisk_volume_decode(sector, sizeof(sector), &v, NULL) != ISOKIT_OK)
		return;
	copy_id(f->volume_id, sizeof(f->volume_id), v.id);
	f->volume_bytes = (uint64_t)v.space_blocks.le * v.block_bytes.le;
}

void burn_read_facts(struct optical *o, struct isokit_disc_facts *f)
{
	optical_facts(o, f);
	if (f->state == ISOKIT_DISC_NONE || f->state == ISOKIT_DISC_UNSUITABLE)
		return;
	read_volume(o, f);
	if (f->state != ISOKIT_DISC_OVERWRITABLE)
		return;
	/* Sessions are a matter of agreement here: the next one begins behind the volume. */
	f->cleared = is_cleared(o);
	f->has_next = f->volume_bytes != 0;
	f->next_lba = (uint32_t)min_u64(round_up(f->volume_bytes / OPTICAL_SECTOR, 32), UINT32_MAX);
}

void burner_renew_facts(struct isokit_burner *b)
{
	struct isokit_disc_facts f = { 0 };

	(void)snprintf(f.drive, sizeof(f.drive), "%s", b->facts.drive);
	burn_read_facts(b->optical, &f);
	b->facts = f;
}

/* ---- which drive ------------------------------------------------------------------------------------ */

bool isokit_burner_is(const char *path)
{
	char real[PATH_MAX];
	struct stat st;

	if (strncmp(path, pseudo_prefix, sizeof(pseudo_prefix) - 1) == 0)
		return true;
	/* Symbolic links of udev lead to it. */
	return realpath(path, real) && stat(real, &st) == 0 && S_ISBLK(st.st_mode) &&
	       strncmp(real, "/dev/sr", 7) == 0;
}

/* For reading and writing, made if it is not there. What is no regular file is not even
 * opened: -1 and ENODEV. */
static int open_regular(const char *path)
{
	int at = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), fd, e;
	char name[64];
	struct stat st;

	if (at < 0)
		return errno == ENOENT ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
	if (fstat(at, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(at);
		errno = ENODEV;
		return -1;
	}
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", at);
	fd = open(name, O_RDWR | O_CLOEXEC);
	e = errno;
	(void)close(at);
	errno = e;
	return fd;
}

/* A file that plays a drive: regular, below the folder, and opened by us, so that libburn,
 * which would open anything for writing, gets no path. */
static enum isokit_status open_pseudo(struct isokit_burner *b, const char *path, char *address,
				      size_t n, struct isokit_error *err)
{
	const char *file = path + sizeof(pseudo_prefix) - 1;
	char folder[PATH_MAX], real[PATH_MAX], parent[PATH_MAX];
	const char *slash = strrchr(file, '/');
	size_t len;

	if (!b->pseudo_folder || !realpath(b->pseudo_folder, folder))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "pseudo drives are for tests, and none is allowed here");
	if (!slash || (size_t)(slash - file) >= sizeof(parent) || strlen(slash + 1) > NAME_MAX ||
	    !slash[1])
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "is no absolute path of a file");
	(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - file), file);
	len = strlen(folder);
	if (!realpath(parent[0] ? parent : "/", real) || strncmp(real, folder, len) != 0 ||
	    (real[len] && real[len] != '/'))
		return isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
				   "does not lie below %s", folder);
	len = strlen(real);
	(void)snprintf(real + len, sizeof(real) - len, "/%s", slash + 1);
	b->pseudo_fd = open_regular(real);
	if (b->pseudo_fd < 0)
		return errno == ENODEV ?
			       isokit_fail(err, ISOKIT_E_INVALID, ISOKIT_NO_OFFSET, path,
					   "is no regular file, and only such a one can play a drive") :
			       isokit_fail_errno(err, errno, path, "cannot be opened");
	(void)snprintf(address, n, "%s/dev/fd/%d", pseudo_prefix, b->pseudo_fd);
	return ISOKIT_OK;
}

/* Held by nobody else? Opening a drive this way asks it nothing. */
static enum isokit_status probe(const char *path, int *ret_status, struct isokit_error *err)
{
	char point[PATH_MAX];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_EXCL | O_CLOEXEC);

	if (fd < 0) {
		int e = errno;

		if (e == EBUSY) {
			burn_mounted_on(path, point, sizeof(point));
			return isokit_fail(err, ISOKIT_E_IO, ISOKIT_NO_OFFSET, path,
					   point[0] ? "is mounted on %.200s: unmount it first" :
						      "is in use by another program%.0s", point);
		}
		return isokit_fail_errno(err, e, path, e == EACCES || e == EPERM ?
					 "cannot be opened; run this as root, or as a member of its group" :
					 "cannot be opened");
	}
	*ret_status = ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT);
	(void)close(fd);
	return ISOKIT_OK;
}

/* ---- one drive ------------------------------------------------------------------------------------------ */

static enum isokit_status open_drive(struct isokit_burner *b, const char *path, char *address,
				     size_t n, struct isokit_error *err)
{
	char real[PATH_MAX];
	int status;

	if (!isokit_burner_is(path))
		return isokit_fail(err, access(path, F_OK) ? ISOKIT_E_NOT_FOUND : ISOKIT_E_INVALID,
				   ISOKIT_NO_OFFSET, path, "is no drive for discs");
	if (!realpath(path, real) || strlen(real) >= n)
		return isokit_fail_errno(err, errno, path, "cannot be found");
	(void)snprintf(address, n, "%s", real);
	(void)snprintf(b->facts.drive, sizeof(b->facts.drive), "%.255s", real);
	return probe(real, &status, err);
}

static enum isokit_status copy_string(const char *from, char **ret, struct isokit_error *err)
{
	*ret = from ? strdup(from) : NULL;
	return from && !*ret ? isokit_fail_nomem(err, from, strlen(from)) : ISOKIT_OK;
}

enum isokit_status isokit_burner_open(const char *path, const struct isokit_burn_options *options,
				      struct isokit_burner **ret_burner, struct isokit_error *err)
{
	struct isokit_burner *b = calloc(1, sizeof(*b));
	char address[PATH_MAX];
	enum isokit_status st;

	if (!b)
		return isokit_fail_nomem(err, path, sizeof(*b));
	b->pseudo_fd = -1;
	if (options)
		memcpy(&b->options, options, min_u64(options->size, sizeof(b->options)));
	(void)snprintf(b->facts.drive, sizeof(b->facts.drive), "%.255s", path);
	st = copy_string(b->options.pseudo_folder, &b->pseudo_folder, err);
	if (!st)
		st = copy_string(b->options.sha256, &b->sha256, err);
	if (!st && strncmp(path, pseudo_prefix, sizeof(pseudo_prefix) - 1) == 0)
		st = open_pseudo(b, path, address, sizeof(address), err);
	else if (!st)
		st = open_drive(b, path, address, sizeof(address), err);
	if (!st) {
		st = optical_open(address, true, &b->optical, err);
		if (st && err && !err->subject[0])
			(void)snprintf(err->subject, sizeof(err->subject), "%.255s", path);
	}
	if (st) {
		isokit_burner_close(b, false);
		return st;
	}
	burner_renew_facts(b);
	*ret_burner = b;
	return ISOKIT_OK;
}

void isokit_burner_close(struct isokit_burner *b, bool burnt)
{
	if (!b)
		return;
	optical_close(b->optical, burnt && b->options.eject);
	if (b->pseudo_fd >= 0)
		(void)close(b->pseudo_fd);
	free(b->pseudo_folder);
	free(b->sha256);
	free(b);
}

const struct isokit_disc_facts *isokit_burner_facts(const struct isokit_burner *b)
{
	return &b->facts;
}

const char *const *isokit_burner_messages(const struct isokit_burner *b, size_t *ret_n)
{
	return optical_messages(b->optical, ret_n);
}

/* ---- all drives ------------------------------------------------------------------------------------------- */

struct isokit_discs {
	size_t n;
	struct isokit_disc_facts list[];
};

static void look(struct isokit_disc_facts *f)
{
	struct isokit_error err = { 0 };
	struct optical *o;
	int status = CDS_NO_INFO;

	if (probe(f->drive, &status, &err)) {
		f->state = err.sys_errno ? ISOKIT_DISC_UNKNOWN : ISOKIT_DISC_BUSY;
		(void)snprintf(f->problem, sizeof(f->problem), "%.159s", err.text);
	} else if (status == CDS_NO_DISC || status == CDS_TRAY_OPEN) {
		f->state = ISOKIT_DISC_NONE;
		(void)snprintf(f->problem, sizeof(f->problem), "%s",
			       status == CDS_TRAY_OPEN ? "the tray is open" : "no medium");
	} else if (optical_open(f->drive, false, &o, &err)) {
		f->state = ISOKIT_DISC_UNKNOWN;
		(void)snprintf(f->problem, sizeof(f->problem), "%.80s%s%.78s", err.subject,
			       err.subject[0] ? " " : "", err.text);
	} else {
		burn_read_facts(o, f);
		optical_close(o, false);
	}
}

enum isokit_status isokit_discs_scan(const struct isokit_burn_options *options,
				     struct isokit_discs **ret_discs, struct isokit_error *err)
{
	char names[MAX_DRIVES][16];
	size_t n = burn_sysfs_drives(names, MAX_DRIVES);
	struct isokit_discs *d = calloc(1, sizeof(*d) + n * sizeof(d->list[0]));

	(void)options;
	if (!d)
		return isokit_fail_nomem(err, "list of drives", n * sizeof(d->list[0]));
	d->n = n;
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(d->list[i].drive, sizeof(d->list[i].drive), "/dev/%s", names[i]);
		burn_sysfs_facts(names[i], &d->list[i]);
		look(&d->list[i]);
	}
	*ret_discs = d;
	return ISOKIT_OK;
}

void isokit_discs_free(struct isokit_discs *discs)
{
	free(discs);
}

const struct isokit_disc_facts *isokit_discs_list(const struct isokit_discs *discs, size_t *ret_n)
{
	*ret_n = discs->n;
	return discs->list;
}
